"""Messages patients send (reference §2.1): MsgType → our own `Update`."""

from collections.abc import Callable, Mapping
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
from wxbot.wechat.push import Push, count
from wxbot.wechat.refusals import MalformedError

Common: TypeAlias = dict[str, Any]
Reader: TypeAlias = Callable[[Push, Common], Update]


def message(push: Push, common: Common, kind: str) -> Update:
    """The message of MsgType `kind`; one this version does not know becomes an UnknownMessage."""
    common["article_id"] = push.get("MsgDataId") or None
    if common["article_id"]:
        common["article_index"] = count(push.get("Idx")) or None
    reader = READERS.get(kind.lower())
    if reader is None:
        message_id = push.get("MsgId")
        common["key"] = f"m:{message_id}" if message_id else "e:" + push.digest_of_everything()
        return UnknownMessage(message_type=kind, **common)
    common["key"] = "m:" + push.need("MsgId")
    return reader(push, common)


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
