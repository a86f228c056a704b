"""What goes back in the HTTP answer (reference §1.6). Rendered and encrypted by wechat/replies.py."""

from dataclasses import dataclass

from wxbot.templates.models import Option


@dataclass(frozen=True, kw_only=True)
class TextReply:
    """Words, and entries the patient can tap or answer by number; at most 2048 bytes of UTF-8 in all."""

    text: str
    options: tuple[Option, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ImageReply:
    """A picture by media id; no animated gif."""

    media_id: str


@dataclass(frozen=True, kw_only=True)
class VoiceReply:
    """A voice message by media id."""

    media_id: str


@dataclass(frozen=True, kw_only=True)
class VideoReply:
    """A video by media id."""

    media_id: str
    title: str = ""
    description: str = ""


@dataclass(frozen=True, kw_only=True)
class MusicReply:
    """Music; only the thumb's media id is required."""

    thumb_media_id: str
    title: str = ""
    description: str = ""
    url: str = ""
    high_quality_url: str = ""


@dataclass(frozen=True, kw_only=True)
class Article:
    """One article of a news reply."""

    title: str
    description: str
    picture_url: str
    url: str


@dataclass(frozen=True, kw_only=True)
class NewsReply:
    """Articles: one when answering a message, at most eight when answering an event."""

    articles: tuple[Article, ...]


@dataclass(frozen=True, kw_only=True)
class TransferReply:
    """Hand the patient's message to WeChat's own desk (only in answer to messages, never events)."""

    agent: str | None = None


WireReply = TextReply | ImageReply | VoiceReply | VideoReply | MusicReply | NewsReply | TransferReply
