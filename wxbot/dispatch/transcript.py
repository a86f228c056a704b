"""Updates and replies as lines of the transcript. Pure."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any

from wxbot.dispatch import updates as u
from wxbot.dispatch.replies import TextReply, WireReply
from wxbot.dispatch.senders import OF_THE_ACCOUNT
from wxbot.history.models import By, ContactId, Direction, Interaction, Kind
from wxbot.templates.models import Option

PROMPT = timedelta(seconds=2)  # rounding to whole seconds, and the time of transport
UNREADABLE = "[无法读取的消息]"
COMMON_FIELDS = frozenset({"key", "openid", "account", "created_at", "name"})  # kept elsewhere, or personal

WORDS: dict[type[u.Update], str] = {
    u.ImageMessage: "[图片]",
    u.VoiceMessage: "[语音]",
    u.VideoMessage: "[视频]",
    u.LocationMessage: "[位置]",
    u.LinkMessage: "[链接]",
    u.UnknownMessage: "[无法显示的消息]",
    u.Followed: "[关注]",
    u.Unfollowed: "[取消关注]",
    u.Scanned: "[扫码]",
    u.MenuClicked: "[点击菜单]",
    u.MenuViewed: "[打开菜单链接]",
    u.CodeScanned: "[菜单扫码]",
    u.PicturesChosen: "[菜单发图]",
    u.PlaceChosen: "[菜单位置]",
}


def received(update: u.Update, contact_id: ContactId, taken_up_at: datetime) -> Interaction:
    """The line for what came in, whose id is the update's own key.

    The platform's times are whole seconds, too coarse for the order of a chat: a push handled promptly is dated by
    that moment, a late one by the platform's time.
    """
    if isinstance(update, u.TextMessage):
        text: str | None = update.text
        payload: dict[str, Any] = {"type": "text"}
        if update.menu_id is not None:
            payload["menu_id"] = update.menu_id
    else:
        text = WORDS.get(type(update))
        payload = {"type": type(update).__name__, **_details(update)}
    from_platform = isinstance(update, u.Event) and text is None
    return Interaction(
        id=update.key,
        at=taken_up_at if taken_up_at - update.created_at < PROMPT else update.created_at,
        kind=Kind.MESSAGE_RECEIVED,
        direction=Direction.NONE if from_platform else Direction.IN,
        contact_id=contact_id,
        by=By.SYSTEM if from_platform else By.PATIENT,
        text=text,
        payload=payload,
    )


def of_nobody(update: u.Update, at: datetime) -> Interaction:
    """The line for a push about nobody whom we know.

    Only of the account's own reports the details are kept: anybody's data without an owner could never be erased.
    """
    details = _details(update) if isinstance(update, OF_THE_ACCOUNT) else {}
    name = {"event": update.name} if isinstance(update, u.Event) else {}
    return Interaction(
        id=update.key, at=at, kind=Kind.MESSAGE_RECEIVED, payload={"type": type(update).__name__, **name, **details}
    )


def unreadable(key: str, contact_id: ContactId, update: u.Update | None, at: datetime) -> Interaction:
    """The line for what cannot be kept as it came: no details, and of the words what the database takes."""
    text = update.text.encode("utf-8", "replace").decode() if isinstance(update, u.TextMessage) else UNREADABLE
    return Interaction(
        id=key,
        at=at,
        kind=Kind.MESSAGE_RECEIVED,
        direction=Direction.IN,
        contact_id=contact_id,
        by=By.PATIENT,
        text=text,
        payload={"type": "unreadable"},
    )


def answered(
    update: u.Update, contact_id: ContactId, reply: WireReply, provenance: Mapping[str, Any], at: datetime
) -> Interaction:
    """The line for an answer given in the HTTP response; `provenance` names template and version."""
    payload: dict[str, Any] = {"channel": "passive", **provenance}
    text: str | None = None
    if isinstance(reply, TextReply):
        text = reply.text
        if reply.options:
            payload["options"] = [[option.id, option.label] for option in reply.options]
    else:
        payload["type"] = type(reply).__name__
    return Interaction(
        id=reply_id(update.key),
        at=at,
        kind=Kind.MESSAGE_SENT,
        direction=Direction.OUT,
        contact_id=contact_id,
        by=By.BOT,
        text=text,
        payload=payload,
        ref=update.key,
    )


def reply_id(key: str) -> str:
    """The id of the line that answers the update of that key."""
    return f"{key}:reply"


def earlier_answer(line: Interaction) -> TextReply | None:
    """The answer given earlier, to be given again when the platform asks again."""
    if line.text is None:
        return None
    options = tuple(Option(id=str(pair[0]), label=str(pair[1])) for pair in line.payload.get("options", ()))
    return TextReply(text=line.text, options=options)


def _details(update: u.Update) -> dict[str, Any]:
    details: dict[str, Any] = {}
    if isinstance(update, (u.UnknownEvent, u.UnknownMessage, u.AccountNotice)):  # apart: their names may be ours
        details["details"] = {key: str(value) for key, value in update.details.items()}
    if isinstance(update, (u.UnknownEvent, u.AccountNotice)):
        return {"event": update.name, **details}
    for field in fields(update):
        value = getattr(update, field.name)
        if field.name in COMMON_FIELDS or value is None or field.name in details:
            continue
        details[field.name] = list(map(str, value)) if isinstance(value, tuple) else value
    return details
