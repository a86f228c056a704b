"""Links inside text messages: quick replies that speak for the patient, and plain web links (reference §4.2)."""

import html
import re
from dataclasses import dataclass
from urllib.parse import parse_qs

_ANCHOR = re.compile(r"<a\b([^>]*)>(.*?)</a\s*>", re.IGNORECASE | re.DOTALL)
_HREF = re.compile(r"""\bhref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
_QUICK_REPLY = "weixin://bizmsgmenu?"


@dataclass(frozen=True)
class TextLinks:
    """What a text offers to tap, and how it reads without its markup."""

    quick: tuple[dict[str, str], ...]  # {"id", "text": what the patient says, "label": what is shown}
    web: tuple[dict[str, str], ...]  # {"url", "text": what is shown}
    plain: str


def links_of(text: str) -> TextLinks:
    """Find the links of a text message; an unknown kind of link is only text."""
    quick: list[dict[str, str]] = []
    web: list[dict[str, str]] = []
    for attributes, label in _ANCHOR.findall(text):
        shown = html.unescape(re.sub(r"<[^>]*>", "", label))
        found = _HREF.search(attributes)
        href = html.unescape(next((group for group in found.groups() if group is not None), "")) if found else ""
        if href.lower().startswith(_QUICK_REPLY):
            query = parse_qs(href[len(_QUICK_REPLY) :])
            said = query.get("msgmenucontent", [""])[0]
            if said:
                quick.append({"id": query.get("msgmenuid", [""])[0], "text": said, "label": shown})
        elif href.startswith(("http://", "https://")):
            web.append({"url": href, "text": shown})
    plain = html.unescape(re.sub(r"</?a\b[^>]*>", "", text, flags=re.IGNORECASE))
    return TextLinks(tuple(quick), tuple(web), plain)
