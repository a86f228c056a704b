"""Making words fit for the platform: no character XML refuses, no broken link, never over the length."""

import re
from collections.abc import Sequence

from wxbot.templates.models import Option

TEXT_BYTES = 2048  # UTF-8 bytes of a text, passive or customer-service (reference §1.6, §4.2)
ELLIPSIS = "…"
UNWANTED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})


def clean(text: str) -> str:
    """`text` without control characters (tab and line ends stay), lone surrogates and non-characters."""
    return text if text.isprintable() else UNWANTED.sub("", text)


def cdata(text: str) -> str:
    """`text` cleaned for a CDATA section, out of which it cannot break."""
    text = clean(text)
    return text.replace("]]>", "]]]]><![CDATA[>") if "]]>" in text else text


def fit(text: str, limit: int = TEXT_BYTES) -> str:
    """`text` in at most `limit` bytes of UTF-8: cut between characters, never inside a link, with … at the end."""
    if len(text) * 4 <= limit or len(text.encode("utf-8", "replace")) <= limit:
        return text
    room = limit - len(ELLIPSIS.encode())
    if room < 0:
        return ""
    kept = text.encode("utf-8", "replace")[:room].decode("utf-8", "ignore")
    opened = kept.rfind("<a ")
    if opened > kept.rfind("</a>"):
        kept = kept[:opened]
    return kept.rstrip() + ELLIPSIS


def with_options(text: str, options: Sequence[Option]) -> str:
    """`text` and under it one numbered line per option, tappable in the chat.

    Where the links would make it too long the lines stay without them (a number answers as well); where it is
    still too long the words are cut and the options stay.
    """
    text = clean(text)
    if not options:
        return fit(text)
    labels = [(clean(option.id).translate(ESCAPES), clean(option.label).translate(ESCAPES)) for option in options]
    linked = "\n".join(
        f'<a href="weixin://bizmsgmenu?msgmenucontent={label}&msgmenuid={ident}">{number}. {label}</a>'
        for number, (ident, label) in enumerate(labels, 1)
    )
    whole = f"{text}\n{linked}" if text else linked
    if len(whole.encode()) <= TEXT_BYTES:
        return whole
    plain = "\n".join(f"{number}. {label}" for number, (_, label) in enumerate(labels, 1))
    room = TEXT_BYTES - len(plain.encode()) - 1
    words = fit(text, room) if room > 0 else ""
    return fit(f"{words}\n{plain}" if words else plain)
