"""Customer-service messages and the typing sign (reference §4.2, §4.3)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from wxbot.simulator.api.endpoint import OK, POST, Answer, Call, Endpoint
from wxbot.simulator.errors import ApiError
from wxbot.simulator.passive import TEXT_BYTES
from wxbot.simulator.people import Person, Seen
from wxbot.simulator.showing import card_of, media_path, news_seen, text_seen

VIA = "customer"
EXCHANGE_WINDOW = timedelta(seconds=30)  # typing needs a message this recent
TYPING_LASTS = timedelta(seconds=15)


def send(call: Call) -> Answer:
    """POST /cgi-bin/message/custom/send. Neither id nor idempotency: a repeated call is a second message."""
    kind = call.text("msgtype")
    reader = READERS.get(kind)
    if reader is None:
        raise ApiError(40008)
    person = call.person(call.body.get("touser"))
    content = call.body.get(kind)
    if not isinstance(content, dict):
        raise ApiError(44004 if kind == "text" else 47001)
    now = call.platform.now()
    seen = reader(call, content, now)
    if not person.following:
        raise ApiError(45015)  # the same words as for a closed window (reference §4.5)
    check_reachable(person)
    if person.refusing:
        raise ApiError(48002)
    refusal = person.rights.refusal(now)
    if refusal is not None:
        raise ApiError(refusal)
    person.rights.spend()
    call.platform.show(person, seen)
    call.platform.note_sent(call.path, person.openid, call.body)
    return OK


def check_reachable(person: Person) -> None:
    """Raises ApiError 43004 (not following), 43019 (on our blacklist)."""
    if not person.following:
        raise ApiError(43004)
    if person.blacklisted:
        raise ApiError(43019)


def typing(call: Call) -> Answer:
    """POST /cgi-bin/message/custom/typing."""
    person = call.person(call.body.get("touser"))
    command, now = call.text("command"), call.platform.now()
    if command not in {"Typing", "CancelTyping"}:
        raise ApiError(45072)
    if person.exchanged_at is None or now - person.exchanged_at > EXCHANGE_WINDOW:
        raise ApiError(45080)
    if command == "CancelTyping":
        person.typing_until = None
    elif person.typing_until is not None and now < person.typing_until:
        raise ApiError(45081)
    else:
        person.typing_until = now + TYPING_LASTS
    call.platform.listeners.tell("typing", person.openid)
    return OK


def _extras(call: Call) -> dict[str, Any]:
    agent, mark = call.body.get("customservice"), call.body.get("aimsgcontext")
    return {
        "agent": str(agent.get("kf_account", "")) if isinstance(agent, dict) else "",
        "by_machine": isinstance(mark, dict) and mark.get("is_ai_msg") == 1,
    }


def _text(call: Call, content: dict[str, Any], now: datetime) -> Seen:
    text = content.get("content")
    if not isinstance(text, str) or not text:
        raise ApiError(44004)
    if len(text.encode()) > TEXT_BYTES:
        raise ApiError(45002)
    return text_seen(text, now, via=VIA, **_extras(call))


def _media(call: Call, content: dict[str, Any], now: datetime) -> Seen:
    medium = call.platform.media.get(_word(content, "media_id"), now)
    title = _word(content, "title")
    path = media_path(medium.media_id)
    return _seen(call, now, medium.kind, text=title, media_id=medium.media_id, media=path)


def _music(call: Call, content: dict[str, Any], now: datetime) -> Seen:
    thumb = call.platform.media.get(_word(content, "thumb_media_id"), now)
    url = _word(content, "musicurl") or _word(content, "hqmusicurl")
    card = card_of(_word(content, "title"), url, description=_word(content, "description"))
    return _seen(call, now, "music", card=card, media_id=thumb.media_id)


def _news(_: Call, content: dict[str, Any], now: datetime) -> Seen:
    articles = content.get("articles")
    if not isinstance(articles, list) or not articles:
        raise ApiError(44003)
    if len(articles) > 1:
        raise ApiError(45008)
    article = articles[0]
    if not isinstance(article, dict) or not _word(article, "title"):
        raise ApiError(44003)
    names = {"title": "title", "description": "description", "url": "url", "picture": "picurl"}
    return news_seen([{ours: _word(article, theirs) for ours, theirs in names.items()}], now, via=VIA)


def _menu(call: Call, content: dict[str, Any], now: datetime) -> Seen:
    entries = content.get("list")
    if not isinstance(entries, list) or not entries:
        raise ApiError(40035, "msgmenu.list")
    options = []
    for entry in entries:
        if not isinstance(entry, dict) or not entry.get("content") or "id" not in entry:
            raise ApiError(40035, "msgmenu.list")
        options.append({"id": str(entry["id"]), "text": str(entry["content"])})
    head, tail = _word(content, "head_content"), _word(content, "tail_content")
    if len("".join([head, tail, *(option["text"] for option in options)]).encode()) > TEXT_BYTES:
        raise ApiError(45002)
    return _seen(call, now, "menu", text=head, tail=tail, options=tuple(options))


def _article(call: Call, content: dict[str, Any], now: datetime) -> Seen:
    article = _word(content, "article_id")
    if not article:
        raise ApiError(44003)
    return _seen(call, now, "news", card=card_of(article, ""))


def _mini_program(call: Call, content: dict[str, Any], now: datetime) -> Seen:
    thumb = call.platform.media.get(_word(content, "thumb_media_id"), now)
    if not _word(content, "appid"):
        raise ApiError(40013)
    page = _word(content, "pagepath")
    if not page:
        raise ApiError(40165)
    return _seen(call, now, "link", card=card_of(_word(content, "title"), page), media_id=thumb.media_id)


def _card(call: Call, content: dict[str, Any], now: datetime) -> Seen:
    if not _word(content, "card_id"):
        raise ApiError(40035, "wxcard.card_id")
    return _seen(call, now, "link", card=card_of(_word(content, "card_id"), ""))


def _seen(call: Call, now: datetime, kind: str, **more: Any) -> Seen:
    return Seen(at=now, direction="out", kind=kind, via=VIA, **_extras(call), **more)


def _word(content: dict[str, Any], name: str) -> str:
    value = content.get(name, "")
    return value if isinstance(value, str) else ""


READERS: dict[str, Callable[[Call, dict[str, Any], datetime], Seen]] = {
    "text": _text,
    "image": _media,
    "voice": _media,
    "video": _media,
    "music": _music,
    "news": _news,
    "mpnews": _media,
    "mpnewsarticle": _article,
    "msgmenu": _menu,
    "miniprogrampage": _mini_program,
    "wxcard": _card,
}

ENDPOINTS = (
    Endpoint(POST, "/cgi-bin/message/custom/send", send, literal=True),
    Endpoint(POST, "/cgi-bin/message/custom/typing", typing),
)
