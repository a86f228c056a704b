"""From the files of config/ to the rooms' own values: one place, no hand-written field lists."""

from dataclasses import dataclass
from datetime import date, time
from typing import Any
from zoneinfo import ZoneInfo

from cattrs import Converter

from config.content import Content, load_content
from config.problems import ContentError
from config.settings import Settings
from wxbot.care.models import CarePlan
from wxbot.clinic.models import Clinic
from wxbot.errors import ConfigurationError
from wxbot.templates.models import Template


@dataclass(frozen=True, kw_only=True)
class Installation:
    """What makes one clinic different from another."""

    clinic: Clinic
    templates: tuple[Template, ...]
    plans: tuple[CarePlan, ...]
    menu: dict[str, Any]


def read_installation(settings: Settings) -> Installation:
    """Read and check the configuration folder. Raises ConfigurationError with every problem found."""
    try:
        content = load_content(settings.config_dir)
    except ContentError as error:
        raise ConfigurationError([str(problem) for problem in error.problems]) from error
    return _installation(content, settings.timezone)


def _installation(content: Content, timezone: ZoneInfo) -> Installation:
    converter = Converter()
    for kind in (time, date, ZoneInfo):
        converter.register_structure_hook(kind, lambda value, _: value)
    clinic = converter.structure({**content.clinic.model_dump(), "timezone": timezone}, Clinic)
    templates = converter.structure([entry.model_dump() for entry in content.templates], tuple[Template, ...])
    plans = converter.structure([plan.model_dump() for plan in content.plans], tuple[CarePlan, ...])
    return Installation(
        clinic=clinic,
        templates=templates,
        plans=plans,
        menu=content.menu.wire(),
    )


def common_variables(clinic: Clinic) -> dict[str, str]:
    """What every template may say of the clinic."""
    return {
        "clinic_name": clinic.name,
        "clinic_address": clinic.address,
        "clinic_phone": clinic.phone,
        "privacy_contact": clinic.privacy_contact,
    }
