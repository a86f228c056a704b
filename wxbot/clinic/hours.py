"""Opening hours: when a practitioner receives on a local day. Pure."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from wxbot.clinic.models import Clinic, Closure, Practitioner, Weekday
from wxbot.clinic.workdays import holiday_name

WEEKDAYS = tuple(Weekday)  # in the order of date.weekday()


@dataclass(frozen=True, kw_only=True)
class Opening:
    """One stretch in which a practitioner receives. Aware UTC; a visit must fit inside one opening."""

    start: datetime
    end: datetime


def openings(clinic: Clinic, practitioner: Practitioner, day: date) -> tuple[Opening, ...]:
    """The practitioner's openings on a local day, earliest first; empty when they do not receive.

    Hours are wall-clock hours in the clinic's zone, so an opening across a change of the clocks is an hour
    longer or shorter. A 调休 make-up workday adds no hours of its own: the weekly plan decides.
    """
    if closed_because(clinic, practitioner, day) is not None:
        return ()
    weekday = WEEKDAYS[day.weekday()]
    spans = (
        Opening(
            start=datetime.combine(day, block.start, clinic.timezone).astimezone(UTC),
            end=datetime.combine(day, block.end, clinic.timezone).astimezone(UTC),
        )
        for block in practitioner.hours
        if block.day is weekday
    )
    # A block swallowed by a change of the clocks would come out empty or reversed.
    return tuple(sorted((span for span in spans if span.start < span.end), key=lambda span: span.start))


def closed_because(clinic: Clinic, practitioner: Practitioner, day: date) -> str | None:
    """Why the weekly hours do not hold on that day: a holiday's name or a closure's reason; None if they hold."""
    for closure in clinic.closures:
        if _covers(closure, practitioner, day):
            return closure.reason
    return holiday_name(day, clinic.year_table(day.year)) if clinic.closed_on_statutory_holidays else None


def _covers(closure: Closure, practitioner: Practitioner, day: date) -> bool:
    whose = closure.practitioner_id
    return closure.first <= day <= closure.last and (whose is None or whose == practitioner.id)
