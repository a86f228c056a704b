"""The wording of the house: look up, fill, check."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from wxbot.errors import ConfigurationError, NotFoundError
from wxbot.logs import get_logger
from wxbot.templates import fields
from wxbot.templates.models import Card, FilledCard, Option, Purpose, Rendered, Template
from wxbot.templates.rendering import Wording, WordingError

log = get_logger(__name__)

# A reply holds 2048 bytes of UTF-8 in all (reference §1.6); values and entries to tap need room beside the wording.
WORDING_BYTES = 1400


@dataclass(frozen=True, slots=True)
class _Compiled:
    template: Template
    text: Wording
    template_card: Mapping[str, Wording]
    notice_card: Mapping[str, Wording]


class Templates:
    """All templates, compiled. `common` fills what every message may name, e.g. clinic_name and clinic_phone.

    Raises:
        ConfigurationError: every template that is malformed or given twice, at once.
    """

    def __init__(self, templates: Iterable[Template], common: Mapping[str, str] | None = None) -> None:
        self._common = dict(common or {})
        self._compiled: dict[str, _Compiled] = {}
        problems: list[str] = []
        for template in templates:
            if template.key in self._compiled:
                problems.append(f"The template {template.key!r} is given twice.")
            try:
                self._compiled[template.key] = _compile(template)
            except WordingError as error:
                problems.append(f"The template {template.key!r} is malformed: {error}.")
        if problems:
            raise ConfigurationError(problems)

    @property
    def keys(self) -> frozenset[str]:
        """Every key there is."""
        return frozenset(self._compiled)

    def get(self, key: str) -> Template:
        """The template of that key.

        Raises:
            NotFoundError: there is none.
        """
        return self._find(key).template

    def render(self, key: str, variables: Mapping[str, Any], options: Iterable[Option] = ()) -> Rendered:
        """Fill a template for one patient.

        A card that is not bound to a platform template, or has a field that cannot fit, is left out.

        Raises:
            NotFoundError: there is no such template.
            WordingError: a variable the text needs is missing.
        """
        compiled = self._find(key)
        template = compiled.template
        known = {**self._common, **variables}
        return Rendered(
            key=template.key,
            version=template.version,
            text=compiled.text.fill(known),
            options=tuple(options),
            template_card=self._card(template, template.template_card, compiled.template_card, known),
            notice_card=self._card(template, template.notice_card, compiled.notice_card, known),
        )

    def check(self, examples: Mapping[str, str] | None = None) -> list[str]:
        """What should be mended, in sentences. With `examples` (variable → value) cards are filled and measured too."""
        problems: list[str] = []
        for compiled in self._compiled.values():
            problems += _doubts(compiled)
            if examples is not None:
                problems += _misfits(compiled, {**self._common, **examples})
        return problems

    def _find(self, key: str) -> _Compiled:
        compiled = self._compiled.get(key)
        if compiled is None:
            raise NotFoundError(f"no template {key!r}")
        return compiled

    @staticmethod
    def _card(
        template: Template, card: Card | None, wordings: Mapping[str, Wording], known: Mapping[str, Any]
    ) -> FilledCard | None:
        if card is None or not card.template_id:
            return None
        try:
            filled = {key: fields.fit(key, wording.fill(known, plain=True)) for key, wording in wordings.items()}
        except fields.FieldError as error:
            log.warning("card_left_out", template=template.key, field=error.key, problems=error.problems)
            return None
        except WordingError:
            log.warning("card_left_out", template=template.key, problems=("a variable is missing",))
            return None
        return FilledCard(template_id=card.template_id, title=card.title, fields=filled)


def _compile(template: Template) -> _Compiled:
    def wordings(card: Card | None) -> dict[str, Wording]:
        return {
            key: Wording(text, template.fallbacks) for key, text in (card.fields if card is not None else {}).items()
        }

    compiled = _Compiled(
        template=template,
        text=Wording(template.text, template.fallbacks),
        template_card=wordings(template.template_card),
        notice_card=wordings(template.notice_card),
    )
    used = compiled.text.variables.union(
        *(wording.variables for card in (compiled.template_card, compiled.notice_card) for wording in card.values())
    )
    for name in template.fallbacks:
        if name not in used:
            raise WordingError(f"it has a fallback for {name!r} and does not use it")
    return compiled


def _doubts(compiled: _Compiled) -> list[str]:
    template, problems = compiled.template, []
    size = len(template.text.encode())
    if size > WORDING_BYTES:
        problems.append(f"{template.key}: the text has {size} bytes, keep it below {WORDING_BYTES}.")
    if template.purpose is Purpose.MARKETING and template.template_card is not None:
        problems.append(f"{template.key}: WeChat forbids marketing as template message.")
    for card in (compiled.template_card, compiled.notice_card):
        for key in card:
            if fields.type_of(key) is None:
                problems += [f"{template.key}: {problem}." for problem in fields.check(key, "")]
    return problems


def _misfits(compiled: _Compiled, examples: Mapping[str, str]) -> list[str]:
    """Fields of known type that the example values do not fit."""
    problems = []
    for card in (compiled.template_card, compiled.notice_card):
        for key, wording in card.items():
            if fields.type_of(key) is None:
                continue
            try:
                found = fields.check(key, wording.fill(examples, plain=True))
            except WordingError as error:
                found = [str(error)]
            problems += [f"{compiled.template.key}: {key} {problem}." for problem in found]
    return problems
