"""Chat lines: how passive replies, texts, news and cards look on the phone."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from wxbot.simulator.links import links_of
from wxbot.simulator.people import Seen


def shown(reply: Mapping[str, Any], now: datetime) -> Sequence[Seen]:
    """The chat lines of a decoded passive reply; a hand-off shows nothing."""
    kind = str(reply["kind"])
    common: dict[str, Any] = {"at": now, "direction": "out", "kind": kind, "via": "passive"}
    if kind == "text":
        return [text_seen(reply["text"], now, via="passive")]
    if kind in {"image", "voice", "video"}:
        return [Seen(**common, text=reply["title"], media_id=reply["media_id"], media=media_path(reply["media_id"]))]
    if kind == "music":
        card = card_of(reply["title"], reply["url"], description=reply["description"])
        return [Seen(**common, card=card, media_id=reply["media_id"])]
    if kind == "news":
        return [news_seen(reply["articles"], now, via="passive")]
    return []


def text_seen(text: str, now: datetime, *, via: str, by_machine: bool = False, agent: str = "") -> Seen:
    """A text message with its links taken out."""
    links = links_of(text)
    return Seen(
        at=now,
        direction="out",
        kind="text",
        text=text,
        options=links.quick,
        links=links.web,
        via=via,
        by_machine=by_machine,
        agent=agent,
    )


def news_seen(articles: Sequence[dict[str, str]], now: datetime, *, via: str) -> Seen:
    """A news message; the card is its first article."""
    first = articles[0]
    card = card_of(first["title"], first["url"], description=first["description"], articles=list(articles))
    return Seen(at=now, direction="out", kind="news", card=card, via=via)


def card_of(title: str, url: str, fields: Sequence[tuple[str, str]] = (), **more: Any) -> dict[str, Any]:
    """A card: title, rows of label and value, where it leads."""
    return {"title": title, "fields": [list(pair) for pair in fields], "url": url, **more}


def media_path(media_id: str) -> str:
    """Where the phone page fetches a medium."""
    return f"/sim/media/{media_id}"
