"""The check of colleagues' words as the shipped files make it, and the moment in which somebody writes."""

from datetime import date, datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from config.settings import Settings
from wxbot.conversations.replies.clinic_facts import facts_of
from wxbot.installation import Installation, read_installation
from wxbot.quality.facts import ClinicFacts, SpokenContext
from wxbot.quality.models import Finding
from wxbot.quality.spoken import SpokenCheck

MONDAY = datetime(2027, 3, 8, 15, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
TODAY: date = MONDAY.date()


@cache
def shipped() -> Installation:
    """The shipped folder."""
    return read_installation(Settings.model_construct())


@cache
def check() -> SpokenCheck:
    """The check with the shipped lexicon and clinic words."""
    return SpokenCheck(shipped().lexicon, shipped().spoken)


@cache
def facts() -> ClinicFacts:
    """The demo clinic's prices and doctors."""
    return facts_of(shipped().clinic)


def context(**more: Any) -> SpokenContext:
    """A Monday afternoon in March."""
    return SpokenContext(**{"at": MONDAY, "clinic": facts(), **more})


def found(text: str, **more: Any) -> list[tuple[str, str]]:
    """Severity and label of everything found, the most serious first."""
    return [(each.severity.value, each.label) for each in check().findings(text, context(**more))]


def first(text: str, **more: Any) -> Finding:
    """The most serious finding."""
    return check().findings(text, context(**more))[0]
