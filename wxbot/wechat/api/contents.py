"""What a customer-service message may carry (reference §4.2). `kind` is the platform's msgtype, `body` its object."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, TypeAlias

from wxbot.templates.models import Option
from wxbot.wechat.text import TEXT_BYTES, clean, fit


@dataclass(frozen=True, kw_only=True)
class Text:
    """Words, at most 2048 bytes of UTF-8; longer ones are cut."""

    kind: ClassVar[str] = "text"
    content: str

    def body(self) -> Mapping[str, Any]:
        """The platform's object."""
        return {"content": fit(clean(self.content))}


@dataclass(frozen=True, kw_only=True)
class Image:
    """A picture."""

    kind: ClassVar[str] = "image"
    media_id: str

    def body(self) -> Mapping[str, Any]:
        """The platform's object."""
        return {"media_id": self.media_id}


@dataclass(frozen=True, kw_only=True)
class Voice:
    """A voice message."""

    kind: ClassVar[str] = "voice"
    media_id: str

    def body(self) -> Mapping[str, Any]:
        """The platform's object."""
        return {"media_id": self.media_id}


@dataclass(frozen=True, kw_only=True)
class Video:
    """A video."""

    kind: ClassVar[str] = "video"
    media_id: str
    thumb_media_id: str
    title: str = ""
    description: str = ""

    def body(self) -> Mapping[str, Any]:
        """The platform's object."""
        return {
            "media_id": self.media_id,
            "thumb_media_id": self.thumb_media_id,
            "title": clean(self.title),
            "description": clean(self.description),
        }


@dataclass(frozen=True, kw_only=True)
class Music:
    """Music."""

    kind: ClassVar[str] = "music"
    url: str
    thumb_media_id: str
    high_quality_url: str = ""
    title: str = ""
    description: str = ""

    def body(self) -> Mapping[str, Any]:
        """The platform's object."""
        return {
            "title": clean(self.title),
            "description": clean(self.description),
            "musicurl": self.url,
            "hqmusicurl": self.high_quality_url or self.url,
            "thumb_media_id": self.thumb_media_id,
        }


@dataclass(frozen=True, kw_only=True)
class News:
    """One article with a link: more are refused (45008)."""

    kind: ClassVar[str] = "news"
    title: str
    description: str
    url: str
    picture_url: str = ""

    def body(self) -> Mapping[str, Any]:
        """The platform's object."""
        article = {
            "title": clean(self.title),
            "description": clean(self.description),
            "url": self.url,
            "picurl": self.picture_url,
        }
        return {"articles": [article]}


@dataclass(frozen=True, kw_only=True)
class PublishedArticle:
    """An article of the account that is already published."""

    kind: ClassVar[str] = "mpnewsarticle"
    article_id: str

    def body(self) -> Mapping[str, Any]:
        """The platform's object."""
        return {"article_id": self.article_id}


@dataclass(frozen=True, kw_only=True)
class Menu:
    """Words with entries to tap, at most 2048 bytes in all. A tap comes back as a text with the entry's id."""

    kind: ClassVar[str] = "msgmenu"
    head: str
    options: tuple[Option, ...]
    tail: str = ""

    def body(self) -> Mapping[str, Any]:
        """The platform's object."""
        labels = [clean(option.label) for option in self.options]
        tail = clean(self.tail)
        room = TEXT_BYTES - len("".join([*labels, tail]).encode())
        return {
            "head_content": fit(clean(self.head), max(room, 0)),
            "list": [{"id": option.id, "content": label} for option, label in zip(self.options, labels, strict=True)],
            "tail_content": tail,
        }


@dataclass(frozen=True, kw_only=True)
class MiniProgramPage:
    """A card that opens a mini program; thumb 520×416."""

    kind: ClassVar[str] = "miniprogrampage"
    title: str
    app_id: str
    page_path: str
    thumb_media_id: str

    def body(self) -> Mapping[str, Any]:
        """The platform's object."""
        return {
            "title": clean(self.title),
            "appid": self.app_id,
            "pagepath": self.page_path,
            "thumb_media_id": self.thumb_media_id,
        }


@dataclass(frozen=True, kw_only=True)
class Coupon:
    """A card or coupon of the account."""

    kind: ClassVar[str] = "wxcard"
    card_id: str

    def body(self) -> Mapping[str, Any]:
        """The platform's object."""
        return {"card_id": self.card_id}


Content: TypeAlias = Text | Image | Voice | Video | Music | News | PublishedArticle | Menu | MiniProgramPage | Coupon
