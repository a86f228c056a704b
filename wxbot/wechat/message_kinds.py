"""Messages patients send (reference §2.1): MsgType → our own `Update`."""

from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any, TypeAlias

from wxbot.dispatch.updates import (
    ImageMessage,
    LinkMessage,
    LocationMessage,
    TextMessage,
    UnknownMessage,
    Update,
    VideoMessage,
    VoiceMessage,
)
from wxbot.logs import get_logger
from wxbot.wechat.push import Push, count
from wxbot.wechat.refusals import MalformedError

OWNER_DIGITS = 12  # hex digits of whom a MsgId is: told apart only from others with the same MsgId

log = get_logger(__name__)

Common: TypeAlias = dict[str, Any]
Reader: TypeAlias = Callable[[Push, Common], Update]


def message(push: Push, common: Common, kind: str) -> Update:
    """The message of MsgType `kind`; one this version does not know, or that has a gap, becomes an UnknownMessage."""
    common["article_id"] = push.get("MsgDataId") or None
    if common["article_id"]:
        common["article_index"] = count(push.get("Idx")) or None
    message_id = push.in_any_case("MsgId")
    common["key"] = key_of(common["openid"], message_id) if message_id else "e:" + push.digest_of_everything()
    reader = READERS.get(kind.lower())
    if reader is not None:
        try:
            return reader(push, common)
        except MalformedError as gap:
            log.warning("push_with_a_gap", kind=kind, reason=str(gap))
    return UnknownMessage(message_type=kind, details=push.details(), **common)


def key_of(openid: str, message_id: str) -> str:
    """The key of a message: its MsgId, and a digest of both.

    The openid cannot be read from it, nor the other messages of its owner found by it: keys stay in records that
    outlive the erasure of an openid.
    """
    owner = sha256(f"{message_id}\x1f{openid}".encode()).hexdigest()
    return f"m:{message_id}:{owner[:OWNER_DIGITS]}"


def _text(push: Push, common: Common) -> Update:
    content = push.fields.get("Content")
    if content is None:
        raise MalformedError("Content is missing")
    return TextMessage(text=content, menu_id=push.get("bizmsgmenuid") or None, **common)


def _image(push: Push, common: Common) -> Update:
    return ImageMessage(media_id=push.need("MediaId"), picture_url=push.get("PicUrl"), **common)


def _voice(push: Push, common: Common) -> Update:
    return VoiceMessage(
        media_id=push.need("MediaId"),
        audio_format=push.get("Format"),
        media_id_16k=push.get("MediaId16K") or None,
        recognition=push.get("Recognition") or None,
        **common,
    )


def _video(push: Push, common: Common) -> Update:
    return VideoMessage(media_id=push.need("MediaId"), thumb_media_id=push.get("ThumbMediaId"), **common)


def _short_video(push: Push, common: Common) -> Update:
    return VideoMessage(media_id=push.need("MediaId"), thumb_media_id=push.get("ThumbMediaId"), short=True, **common)


def _location(push: Push, common: Common) -> Update:
    return LocationMessage(
        latitude=push.number("Location_X"),
        longitude=push.number("Location_Y"),
        scale=count(push.get("Scale")),
        label=push.get("Label"),
        **common,
    )


def _link(push: Push, common: Common) -> Update:
    return LinkMessage(title=push.get("Title"), description=push.get("Description"), url=push.need("Url"), **common)


READERS: Mapping[str, Reader] = {
    "text": _text,
    "image": _image,
    "voice": _voice,
    "video": _video,
    "shortvideo": _short_video,
    "location": _location,
    "link": _link,
}
