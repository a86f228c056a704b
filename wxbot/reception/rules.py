"""What a clinic sets for its front desk. Read from config/reception.toml."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from cattrs import Converter

from wxbot.visits.rules import Choice


@dataclass(frozen=True, kw_only=True)
class LeadClass(Choice):
    """How promising somebody is who has not come yet (A4-03)."""

    invite: bool = False  # they are called and invited


@dataclass(frozen=True, kw_only=True)
class ChecklistItem(Choice):
    """One thing that reception does every day (A4-48, A4-50, A4-54)."""

    group: str


@dataclass(frozen=True, kw_only=True)
class Scripts:
    """What reception says, sentence by sentence."""

    arrival: tuple[str, ...] = ()  # to everybody (A4-26)
    first: tuple[str, ...] = ()  # to a first visit (A4-27)
    returning: tuple[str, ...] = ()  # to everybody else (A4-29)
    escort: tuple[str, ...] = ()  # on the way to the room (A4-37)
    checkout: tuple[str, ...] = ()  # before they leave (A4-38)


@dataclass(frozen=True, kw_only=True)
class ReceptionRules:
    """Goals, lists and sentences of the front desk."""

    checklist_goal: int = 90  # percent of what is to be ticked (A4-12)
    class_goal: int = 95  # percent of second labels that agree with the first (A4-10)
    sample: int = 10  # arrivals of one blind check
    retention: timedelta = timedelta(days=90)  # who was seen again within, or has a next visit, stays (A4-01)
    invite_within: timedelta = timedelta(hours=4)  # of opening hours (A4-03)
    finished: frozenset[str] = frozenset()  # reasons for no next visit with which a treatment is over
    lead_classes: tuple[LeadClass, ...] = ()
    checklist: tuple[ChecklistItem, ...] = ()
    scripts: Scripts = Scripts()


def reception_rules(entries: Mapping[str, Any]) -> ReceptionRules:
    """The rules that a file's entries say."""
    converter, goals = Converter(), entries["goals"]
    return ReceptionRules(
        checklist_goal=goals["checklist"],
        class_goal=goals["classes"],
        sample=goals["sample"],
        retention=timedelta(days=goals["retention_days"]),
        invite_within=timedelta(hours=goals["invite_hours"]),
        finished=frozenset(goals["finished"]),
        lead_classes=converter.structure(entries["lead_classes"], tuple[LeadClass, ...]),
        checklist=converter.structure(entries["checklist"], tuple[ChecklistItem, ...]),
        scripts=converter.structure(entries["scripts"], Scripts),
    )
