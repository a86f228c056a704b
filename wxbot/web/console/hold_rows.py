"""Holds as a patient's page shows them: those that stand, with what they stop and who may lift them, and the past."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from wxbot.actors import Actor
from wxbot.outbox.hold_effects import Occasion, stops
from wxbot.patients.hold_words import hold_text
from wxbot.patients.holding import may_lift
from wxbot.patients.holds import over, standing
from wxbot.patients.models import TOPIC_NAMES, Contact, Hold, HoldKind, Patient

GRAVE = frozenset({HoldKind.DISPUTE, HoldKind.OBJECTION, HoldKind.ADVERSE, HoldKind.DECEASED})  # shown in red
MOST_PAST = 20  # of those that are over, the latest


@dataclass(frozen=True)
class HoldRow:
    """A hold as the page shows it."""

    hold: Hold
    text: str
    stops: str  # what does not leave, in words
    tone: str
    may_lift: bool


@dataclass(frozen=True)
class HoldRows:
    """Those that stand, and those that are over."""

    standing: tuple[HoldRow, ...]
    past: tuple[HoldRow, ...]

    @property
    def doers(self) -> set[str]:
        """Who set or lifted one of them."""
        holds = [each.hold for each in (*self.standing, *self.past)]
        return {each.by for each in holds} | {each.lifted_by for each in holds}


def hold_rows(patient: Patient, *, by: Actor, now: datetime) -> HoldRows:
    """The holds of a patient for their page."""
    return HoldRows(
        tuple(_row(each, by) for each in standing(patient.holds, now)),
        tuple(_row(each, by) for each in over(patient.holds, now)[:MOST_PAST]),
    )


def unwanted_in_wechat(contacts: Iterable[Contact]) -> list[tuple[str, str]]:
    """Who of those contacts stopped which kinds of messages in WeChat: their name there, and the kinds in words."""
    stopped = [(each.alias, [name for topic, name in TOPIC_NAMES.items() if each.stopped(topic)]) for each in contacts]
    return [(alias, "、".join(names)) for alias, names in stopped if names]


def _row(hold: Hold, by: Actor) -> HoldRow:
    stopped = "、".join(each.label for each in Occasion if stops(hold, each))
    tone = "bad" if hold.kind in GRAVE else "warn"
    return HoldRow(hold, hold_text(hold), stopped, tone, may_lift(hold, by))
