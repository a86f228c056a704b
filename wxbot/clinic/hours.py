"""Opening hours: when a practitioner receives on a local day. Pure."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import StrEnum

from wxbot.clinic.models import Clinic, Closure, DatedHours, Practitioner, Weekday
from wxbot.clinic.workdays import holiday_name

WEEKDAYS = tuple(Weekday)  # in the order of date.weekday()


@dataclass(frozen=True, kw_only=True)
class Opening:
    """One stretch in which a practitioner receives. Aware UTC; a visit must fit inside one opening."""

    start: datetime
    end: datetime


class Absence(StrEnum):
    """Why somebody does not receive on a whole local day."""

    CLOSURE = "closure"
    HOLIDAY = "holiday"  # a statutory one
    DATED = "dated"  # their own entry for that day has no hours


@dataclass(frozen=True, kw_only=True)
class DayOff:
    """A whole local day on which a practitioner does not receive; `reason` is for staff and may be empty."""

    why: Absence
    reason: str


def openings(clinic: Clinic, practitioner: Practitioner, day: date) -> tuple[Opening, ...]:
    """The practitioner's openings on a local day, earliest first; empty when they do not receive.

    Hours entered for that very day replace the weekly ones; they hold on a statutory holiday too, since somebody
    entered them on purpose, but not through a closure. Hours are wall-clock hours in the clinic's zone, so an opening
    across a change of the clocks is an hour longer or shorter. A 调休 make-up workday adds no hours of its own: the
    weekly plan decides.
    """
    if day_off(clinic, practitioner, day) is not None:
        return ()
    spans = (
        Opening(
            start=datetime.combine(day, start, clinic.timezone).astimezone(UTC),
            end=datetime.combine(day, end, clinic.timezone).astimezone(UTC),
        )
        for start, end in hours_on(practitioner, day)
    )
    # A block swallowed by a change of the clocks would come out empty or reversed.
    return tuple(sorted((span for span in spans if span.start < span.end), key=lambda span: span.start))


def hours_on(practitioner: Practitioner, day: date) -> tuple[tuple[time, time], ...]:
    """The local hours planned for a day: those entered for it, else the weekday's. Closures are not looked at."""
    dated = dated_hours(practitioner, day)
    if dated is not None:
        return dated.spans
    weekday = WEEKDAYS[day.weekday()]
    return tuple((block.start, block.end) for block in practitioner.hours if block.day is weekday)


def dated_hours(practitioner: Practitioner, day: date) -> DatedHours | None:
    """What was entered for that very day, if anything was."""
    return next((each for each in practitioner.dated if each.day == day), None)


def day_off(clinic: Clinic, practitioner: Practitioner, day: date) -> DayOff | None:
    """Why the practitioner does not receive at all that day, as far as it is more than their weekly plan."""
    for closure in clinic.closures:
        if _covers(closure, practitioner, day):
            return DayOff(why=Absence.CLOSURE, reason=closure.reason)
    dated = dated_hours(practitioner, day)
    if dated is not None:
        return None if dated.spans else DayOff(why=Absence.DATED, reason=dated.reason)
    holiday = holiday_name(day, clinic.year_table(day.year)) if clinic.closed_on_statutory_holidays else None
    return None if holiday is None else DayOff(why=Absence.HOLIDAY, reason=holiday)


def closed_because(clinic: Clinic, practitioner: Practitioner, day: date) -> str | None:
    """Why no hours hold on that day: a holiday's name or a closure's reason; None if they hold."""
    found = day_off(clinic, practitioner, day)
    return None if found is None else found.reason


def _covers(closure: Closure, practitioner: Practitioner, day: date) -> bool:
    whose = closure.practitioner_id
    return closure.first <= day <= closure.last and (whose is None or whose == practitioner.id)
