"""What is done to the words of a template before they are kept, and how a change is told. Pure."""

from collections.abc import Mapping
from dataclasses import replace

from wxbot.messaging import Channel, Purpose
from wxbot.templates.compiling import variables_of
from wxbot.templates.models import Card
from wxbot.templates.records import Content, template_of
from wxbot.templates.rendering import WordingError

LONGEST_SHOWN = 120  # characters of a wording in an audit entry


def tidy(content: Content) -> Content:
    """Without spaces around it, and without words for variables that are not used."""
    text = content.text.strip()
    try:
        used = variables_of(template_of("", Purpose.SERVICE, "", replace(content, text=text)))
    except WordingError:  # still being written: nothing is thrown away
        used = frozenset(content.fallbacks)
    fallbacks = {name: words.strip() for name, words in content.fallbacks.items() if name in used}
    return replace(content, name=content.name.strip(), text=text, fallbacks=fallbacks)


def allowed(content: Content, purpose: Purpose) -> Content:
    """A copy for another purpose leaves the card behind that it may not travel on (reference §5.4)."""
    return replace(content, template_card=None) if purpose is Purpose.MARKETING else content


def changes_between(before: Content, after: Content) -> dict[str, tuple[str, str]]:
    """What differs, as short text for the audit. Templates hold no patient's data."""
    told = {
        "名称": (before.name, after.name),
        "正文": (before.text, after.text),
        "为空时": (_pairs(before.fallbacks), _pairs(after.fallbacks)),
        f"{Channel.TEMPLATE.label}卡片": (card_words(before.template_card), card_words(after.template_card)),
        f"{Channel.NOTICE.label}卡片": (card_words(before.notice_card), card_words(after.notice_card)),
    }
    return {name: (_short(old), _short(new)) for name, (old, new) in told.items() if old != new}


def card_words(card: Card | None) -> str:
    """A card in one text, field by field."""
    if card is None:
        return ""
    return "\n".join(
        [f"{card.title}（{card.template_id or '未绑定'}）", *(f"{k}：{v}" for k, v in card.fields.items())]
    )


def _pairs(fallbacks: Mapping[str, str]) -> str:
    return "；".join(f"{name}：{words}" for name, words in fallbacks.items())


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1] + "…"
