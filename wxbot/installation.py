"""From the files of config/ to the rooms' own values: one place, no hand-written field lists."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, time
from typing import Any
from zoneinfo import ZoneInfo

from cattrs import Converter

from config.content import Content, load_content
from config.problems import ContentError
from config.settings import Settings
from wxbot.care.checks import problems_of
from wxbot.care.models import CarePlan
from wxbot.clinic.models import Clinic
from wxbot.errors import ConfigurationError
from wxbot.templates.models import Card, Template


@dataclass(frozen=True, kw_only=True)
class Installation:
    """What makes one clinic different from another."""

    clinic: Clinic
    templates: tuple[Template, ...]
    plans: tuple[CarePlan, ...]
    menu: dict[str, Any]
    examples: dict[str, str]  # an example for every variable that wording may use
    unbound: tuple[str, ...]  # cards' names for templates of the account that have no id yet


def read_installation(settings: Settings) -> Installation:
    """Read and check the configuration folder. Raises ConfigurationError with every problem found."""
    try:
        content = load_content(settings.config_dir)
    except ContentError as error:
        raise ConfigurationError([str(problem) for problem in error.problems]) from error
    return _installation(content, settings)


def _installation(content: Content, settings: Settings) -> Installation:
    converter = Converter()
    for kind in (time, date, ZoneInfo):
        converter.register_structure_hook(kind, lambda value, _: value)
    clinic = converter.structure({**content.clinic.model_dump(), "timezone": settings.timezone}, Clinic)
    templates = converter.structure([entry.model_dump() for entry in content.templates], tuple[Template, ...])
    plans = converter.structure([plan.model_dump() for plan in content.plans], tuple[CarePlan, ...])
    if problems := problems_of(plans, {template.key: template for template in templates}):
        raise ConfigurationError(problems)
    bindings = {name: name for name in content.bindings} if settings.demo else content.bindings
    return Installation(
        clinic=clinic,
        templates=tuple(_bound(template, bindings) for template in templates),
        plans=plans,
        menu=content.menu.wire(),
        examples=content.examples(),
        unbound=tuple(name for name, account_id in bindings.items() if not account_id),
    )


def _bound(template: Template, bindings: Mapping[str, str]) -> Template:
    """The template with the account's own ids on its cards; the demo account uses the names themselves."""

    def bound(card: Card | None) -> Card | None:
        return None if card is None else replace(card, template_id=bindings.get(card.template_id, ""))

    return replace(template, template_card=bound(template.template_card), notice_card=bound(template.notice_card))


def common_variables(clinic: Clinic) -> dict[str, str]:
    """What every template may say of the clinic."""
    return {
        "clinic_name": clinic.name,
        "clinic_address": clinic.address,
        "clinic_phone": clinic.phone,
        "privacy_contact": clinic.privacy_contact,
    }
