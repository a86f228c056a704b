"""A template made ready to be filled often: wording in parts, card fields under the platform's own keys. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from wxbot.templates.models import Binding, Card, Template
from wxbot.templates.rendering import Wording, WordingError


@dataclass(frozen=True, slots=True)
class CompiledCard:
    """A card with the account's id, and its wordings under the platform's keys."""

    template_id: str
    title: str
    fields: Mapping[str, Wording]


@dataclass(frozen=True, slots=True)
class Compiled:
    """A template ready to be filled."""

    template: Template
    text: Wording
    template_card: CompiledCard | None
    notice_card: CompiledCard | None

    @property
    def cards(self) -> tuple[CompiledCard, ...]:
        """The cards it may travel on."""
        return tuple(card for card in (self.template_card, self.notice_card) if card is not None)


def compiled(template: Template, bindings: Mapping[str, Binding] | None = None) -> Compiled:
    """Make a template ready. Without `bindings` a card's name is taken for the account's id.

    Raises:
        WordingError: a wording is malformed, or a fallback stands for nothing.
    """

    def card(given: Card | None) -> CompiledCard | None:
        if given is None:
            return None
        binding = None if bindings is None else bindings.get(given.template_id)
        wordings = {key: Wording(text, template.fallbacks) for key, text in given.fields.items()}
        if binding is not None:
            wordings = {binding.theirs(key): wording for key, wording in wordings.items() if binding.theirs(key)}
        account_id = given.template_id if bindings is None else (binding.template_id if binding is not None else "")
        return CompiledCard(template_id=account_id, title=given.title, fields=wordings)

    made = Compiled(
        template=template,
        text=Wording(template.text, template.fallbacks),
        template_card=card(template.template_card),
        notice_card=card(template.notice_card),
    )
    used = variables_of(template)
    for name in template.fallbacks:
        if name not in used:
            raise WordingError(
                f"it has a fallback for {name!r} and does not use it",
                sentence=f"写了「{name}」为空时的内容，正文却没有用到它",
            )
    return made


def variables_of(template: Template) -> frozenset[str]:
    """Every variable its text and cards name.

    Raises:
        WordingError: a wording is malformed.
    """
    texts = [template.text]
    for card in (template.template_card, template.notice_card):
        texts += card.fields.values() if card is not None else ()
    return frozenset[str]().union(*(Wording(text).variables for text in texts))
