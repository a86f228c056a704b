"""How a template looks on a phone, filled for an example patient. Pure; never raises for what is being written."""

from collections.abc import Mapping
from dataclasses import dataclass

from wxbot.templates import fields
from wxbot.templates.models import Binding, Card, Template
from wxbot.templates.rendering import TOKEN, Wording, WordingError


@dataclass(frozen=True, kw_only=True)
class CardView:
    """A card as the phone shows it: (label, value, whether it fits) line by line."""

    title: str
    lines: tuple[tuple[str, str, bool], ...]


@dataclass(frozen=True, kw_only=True)
class View:
    """One example patient's phone."""

    text: str
    template_card: CardView | None = None
    notice_card: CardView | None = None


def view(template: Template, sample: Mapping[str, str], bindings: Mapping[str, Binding]) -> View:
    """The template filled with `sample`; what cannot be filled stays as it is written."""
    return View(
        text=_filled(template.text, template.fallbacks, sample),
        template_card=_card(template.template_card, template.fallbacks, sample, bindings),
        notice_card=_card(template.notice_card, template.fallbacks, sample, bindings),
    )


def _card(
    card: Card | None, fallbacks: Mapping[str, str], sample: Mapping[str, str], bindings: Mapping[str, Binding]
) -> CardView | None:
    if card is None:
        return None
    binding = bindings.get(card.template_id)
    labels = dict(binding.fields) if binding is not None else {}
    lines = []
    for ours, wording in card.fields.items():
        key = binding.theirs(ours) if binding is not None else ours
        if not key:
            continue
        filled = _filled(wording, fallbacks, sample)
        try:
            lines.append((labels.get(key, key), fields.fit(key, filled), True))
        except fields.FieldError:
            lines.append((labels.get(key, key), filled, False))
    title = card.title or (binding.title if binding is not None else "")
    return CardView(title=title, lines=tuple(lines))


def _filled(text: str, fallbacks: Mapping[str, str], sample: Mapping[str, str]) -> str:
    try:
        return Wording(text, fallbacks).fill(sample)
    except WordingError:
        return TOKEN.sub(lambda token: sample.get(token[1] or "", token[0]) or token[0], text)
