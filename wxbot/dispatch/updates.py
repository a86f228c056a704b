"""What the platform pushes, as our own values (reference §2). Handlers and filters see only these."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any

IDENTITY = frozenset({"key", "openid", "account"})  # the fields that say whose push it is and which


@dataclass(frozen=True, kw_only=True)
class Update:
    """One push. `key` tells it from every other (wechat/parsing.py says of what it is made).

    `openid` is empty where it names nobody.
    """

    key: str
    openid: str
    account: str  # the gh_… id it was sent to
    created_at: datetime  # by the platform's clock, whole seconds


@dataclass(frozen=True, kw_only=True)
class PatientMessage(Update):
    """Anything the patient sent as a chat message."""

    article_id: str | None = None  # MsgDataId when written from an article
    article_index: int | None = None  # Idx, 1-based


@dataclass(frozen=True, kw_only=True)
class TextMessage(PatientMessage):
    """Typed words, or a tapped menu-message entry when `menu_id` is set."""

    text: str
    menu_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class ImageMessage(PatientMessage):
    """A picture; the media lives 3 days at the platform."""

    media_id: str
    picture_url: str


@dataclass(frozen=True, kw_only=True)
class VoiceMessage(PatientMessage):
    """A voice message."""

    media_id: str
    audio_format: str
    media_id_16k: str | None = None
    recognition: str | None = None  # what WeChat heard in it; missing since 2023, where it is not still given


@dataclass(frozen=True, kw_only=True)
class VideoMessage(PatientMessage):
    """A video, or a short video."""

    media_id: str
    thumb_media_id: str
    short: bool = False


@dataclass(frozen=True, kw_only=True)
class LocationMessage(PatientMessage):
    """A place the patient sent by hand."""

    latitude: float
    longitude: float
    scale: int
    label: str


@dataclass(frozen=True, kw_only=True)
class LinkMessage(PatientMessage):
    """A shared link."""

    title: str
    description: str
    url: str


@dataclass(frozen=True, kw_only=True)
class UnknownMessage(PatientMessage):
    """A message type this version does not know, or a message that lacks what its type has; logged and acknowledged."""

    message_type: str
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Event(Update):
    """Something the patient or the platform did. `name` is the raw Event value."""

    name: str


@dataclass(frozen=True, kw_only=True)
class Followed(Event):
    """subscribe; `scene` without the qrscene_ prefix when a scene QR brought them."""

    scene: str | None = None
    ticket: str | None = None


@dataclass(frozen=True, kw_only=True)
class Unfollowed(Event):
    """unsubscribe."""


@dataclass(frozen=True, kw_only=True)
class Scanned(Event):
    """SCAN: a follower scanned a scene QR."""

    scene: str
    ticket: str | None = None


@dataclass(frozen=True, kw_only=True)
class MenuClicked(Event):
    """CLICK on an account menu entry."""

    menu_key: str


@dataclass(frozen=True, kw_only=True)
class MenuViewed(Event):
    """VIEW or view_miniprogram: a link was opened from the menu. Takes no reply."""

    url: str
    menu_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class CodeScanned(Event):
    """scancode_push or scancode_waitmsg from the menu."""

    menu_key: str
    scan_type: str
    result: str
    waits_for_reply: bool


@dataclass(frozen=True, kw_only=True)
class PicturesChosen(Event):
    """pic_sysphoto, pic_photo_or_album, pic_weixin; the pictures follow as image messages."""

    menu_key: str
    count: int


@dataclass(frozen=True, kw_only=True)
class PlaceChosen(Event):
    """location_select from the menu."""

    menu_key: str
    latitude: float
    longitude: float
    label: str
    place_name: str = ""


@dataclass(frozen=True, kw_only=True)
class PositionReported(Event):
    """LOCATION: the patient's position on entering the chat. Never kept: location is sensitive (reference §12)."""


@dataclass(frozen=True, kw_only=True)
class TemplateSettled(Event):
    """TEMPLATESENDJOBFINISH: the receipt of a template message. `status` is normalised to lower case, one space."""

    message_id: str
    status: str  # "success", "failed:user block", "failed:system failed"


@dataclass(frozen=True, kw_only=True)
class MassSettled(Event):
    """MASSSENDJOBFINISH."""

    message_id: str
    status: str
    total: int
    sent: int
    failed: int


@dataclass(frozen=True, kw_only=True)
class PublishSettled(Event):
    """PUBLISHJOBFINISH."""

    publish_id: str
    status: int


@dataclass(frozen=True, kw_only=True)
class NoticeAnswer:
    """One template's answer inside a subscription event."""

    template_id: str
    accepted: bool


@dataclass(frozen=True, kw_only=True)
class NoticesAnswered(Event):
    """subscribe_msg_popup_event: accepted or rejected, once per template."""

    answers: tuple[NoticeAnswer, ...]


@dataclass(frozen=True, kw_only=True)
class NoticesChanged(Event):
    """subscribe_msg_change_event: switched off in the account's settings."""

    answers: tuple[NoticeAnswer, ...]


@dataclass(frozen=True, kw_only=True)
class NoticeReceipt:
    """One receipt inside subscribe_msg_sent_event."""

    template_id: str
    message_id: str
    code: int
    status: str


@dataclass(frozen=True, kw_only=True)
class NoticesSettled(Event):
    """subscribe_msg_sent_event: the result of subscription notices."""

    receipts: tuple[NoticeReceipt, ...]


@dataclass(frozen=True, kw_only=True)
class DeskSessionChanged(Event):
    """kf_create_session, kf_close_session, kf_switch_session of WeChat's own desk."""

    agent: str
    previous_agent: str | None = None


@dataclass(frozen=True, kw_only=True)
class ProfileRiskCleared(Event):
    """user_info_modified: the platform purged a nickname or avatar."""


@dataclass(frozen=True, kw_only=True)
class AuthorizationRevoked(Event):
    """user_authorization_revoke: delete the kinds of data named (reference §2.2)."""

    data_kinds: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class AuthorizationCancelled(Event):
    """user_authorization_cancellation: the WeChat account is closed: erase."""


@dataclass(frozen=True, kw_only=True)
class AccountNotice(Event):
    """qualification, naming, annual_renew, verify_expired: an operator must look."""

    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class UnknownEvent(Event):
    """An event this version does not know, or that lacks what its kind has; logged and acknowledged."""

    details: Mapping[str, Any] = field(default_factory=dict)


def shortened(update: Update, longest: int) -> Update:
    """The update with no text longer than `longest` characters; itself when it has none. Who sent it stays whole."""
    longer: dict[str, Any] = {
        each.name: value[:longest]
        for each in fields(update)
        if each.name not in IDENTITY and isinstance(value := getattr(update, each.name), str) and len(value) > longest
    }
    return replace(update, **longer) if longer else update


def is_said(update: Update) -> bool:
    """Whether the patient says it: typed words, a photo, a voice, …; a tap on an entry or the menu says nothing."""
    return isinstance(update, PatientMessage) and not (isinstance(update, TextMessage) and update.menu_id is not None)


def takes_reply(update: Update) -> bool:
    """Whether the platform shows an answer in the response to this push; else it wants only an acknowledgement.

    Reference §1.6: messages, subscribe, SCAN, CLICK and scancode_waitmsg.
    """
    if not update.account:  # nobody to answer in the name of
        return False
    if isinstance(update, CodeScanned):
        return update.waits_for_reply
    return isinstance(update, PatientMessage | Followed | Scanned | MenuClicked)
