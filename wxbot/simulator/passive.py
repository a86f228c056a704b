"""Reading the body that answers a push: a passive reply of any kind (reference §1.3, §1.6)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree as ET

from wxbot.simulator.account import AccountConfig
from wxbot.simulator.codec import CodecError, codec_for, same, sign
from wxbot.simulator.links import links_of
from wxbot.simulator.markup import MarkupError, read, text_of

TEXT_BYTES = 2048  # UTF-8
ARTICLES = 8  # more are dropped
ONE_ARTICLE_FOR = frozenset({"text", "image", "voice", "video", "shortvideo", "news", "location"})


class ReplyError(Exception):
    """The answer is malformed: the patient sees the grey line."""


@dataclass(frozen=True)
class Expected:
    """What a reply must fit: who asked, with what kind of push, and which media exist."""

    openid: str
    push_kind: str  # MsgType of the push
    has_media: Callable[[str], bool]


def decode(body: bytes, account: AccountConfig, expected: Expected) -> dict[str, Any] | None:
    """The reply as plain data, or None for `success` and the empty answer. Raises ReplyError."""
    stripped = body.strip()
    if stripped in {b"", b"success"}:
        return None
    try:
        root = read(stripped)
        if root.find("Encrypt") is not None:
            if account.mode == "plain":
                raise ReplyError("an encrypted reply in plain mode")
            root = read(_open(root, account))
        elif account.mode == "safe":
            raise ReplyError("a plain reply in safe mode")
    except MarkupError as error:
        raise ReplyError(str(error)) from error
    if text_of(root, "ToUserName") != expected.openid or text_of(root, "FromUserName") != account.account_id:
        raise ReplyError("ToUserName or FromUserName is wrong")
    if not text_of(root, "CreateTime").isdigit():
        raise ReplyError("CreateTime is not a number of seconds")
    kind = text_of(root, "MsgType")
    if kind not in READERS:
        raise ReplyError(f"unknown MsgType {kind!r}")
    return {"kind": kind, **READERS[kind](root, expected)}


def _open(root: ET.Element, account: AccountConfig) -> str:
    encrypted = text_of(root, "Encrypt")
    given = text_of(root, "MsgSignature")
    if not same(given, sign(account.token, text_of(root, "TimeStamp"), text_of(root, "Nonce"), encrypted)):
        raise ReplyError("MsgSignature does not fit")
    try:
        return codec_for(account).decrypt(encrypted)
    except CodecError as error:
        raise ReplyError(str(error)) from error


def _text(root: ET.Element, _: Expected) -> dict[str, Any]:
    content = text_of(root, "Content")
    if not content:
        raise ReplyError("Content is empty")
    if len(content.encode()) > TEXT_BYTES:
        raise ReplyError(f"Content is longer than {TEXT_BYTES} bytes")
    links = links_of(content)
    return {"text": content, "plain": links.plain, "links": list(links.quick), "urls": list(links.web)}


def _media(element: str) -> Callable[[ET.Element, Expected], dict[str, Any]]:
    def reader(root: ET.Element, expected: Expected) -> dict[str, Any]:
        media_id = text_of(root, f"{element}/MediaId")
        if not expected.has_media(media_id):
            raise ReplyError(f"{element}/MediaId is unknown or expired")
        title, description = text_of(root, f"{element}/Title"), text_of(root, f"{element}/Description")
        return {"media_id": media_id, "title": title, "description": description}

    return reader


def _music(root: ET.Element, expected: Expected) -> dict[str, Any]:
    thumb = text_of(root, "Music/ThumbMediaId")
    if not expected.has_media(thumb):
        raise ReplyError("Music/ThumbMediaId is unknown or expired")
    return {
        "title": text_of(root, "Music/Title"),
        "description": text_of(root, "Music/Description"),
        "url": text_of(root, "Music/MusicUrl"),
        "media_id": thumb,
    }


def _news(root: ET.Element, expected: Expected) -> dict[str, Any]:
    items = root.findall("Articles/item")
    if not items or text_of(root, "ArticleCount") != str(len(items)):
        raise ReplyError("ArticleCount does not fit the articles")
    most = 1 if expected.push_kind in ONE_ARTICLE_FOR else ARTICLES
    articles = [
        {
            "title": text_of(item, "Title"),
            "description": text_of(item, "Description"),
            "url": text_of(item, "Url"),
            "picture": text_of(item, "PicUrl"),
        }
        for item in items[:most]
    ]
    if not all(article["title"] for article in articles):
        raise ReplyError("an article lacks its title")
    return {"articles": articles}


def _hand_off(root: ET.Element, expected: Expected) -> dict[str, Any]:
    if expected.push_kind == "event":
        raise ReplyError("only messages may be transferred, never events")
    return {"agent": text_of(root, "TransInfo/KfAccount")}


READERS: dict[str, Callable[[ET.Element, Expected], dict[str, Any]]] = {
    "text": _text,
    "image": _media("Image"),
    "voice": _media("Voice"),
    "video": _media("Video"),
    "music": _music,
    "news": _news,
    "transfer_customer_service": _hand_off,
}
