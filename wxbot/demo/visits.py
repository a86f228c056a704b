"""The demo's visits: who comes when, how each visit was booked and how it ended. Pure."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from wxbot.booking.sentences import day_words, hour_words, part_of_day
from wxbot.clinic.hours import openings
from wxbot.clinic.models import Clinic, Practitioner, VisitType
from wxbot.demo.people import People, Person

WEIGHTS = {
    "cleaning": 5,
    "checkup": 4,
    "laser_spots": 4,
    "wisdom_tooth": 3,
    "braces_advice": 4,
    "follow_up": 2,
    "filling": 3,
    "implant": 1,
    "whitening": 1,
    "injection": 2,
}
BUSY = 0.28  # of the hours of a day that is over
LATER = (0.5, 0.45, 0.35, 0.25, 0.2, 0.15, 0.1, 0.1)  # of today's hours, tomorrow's, …: they fill up as they come near
LONGEST_AHEAD = 6  # days between booking and visit
RETURNS, NEW = 0.25, 0.5  # shares of visits by people who have been here, and of the others by newcomers
MISSED, CANCELLED, MOVED = 0.06, 0.07, 0.06  # shares of visits


class BookingMethod(StrEnum):
    """How a visit is booked."""

    TAPS = "taps"  # chatting, by tapping what is offered
    WORDS = "words"  # chatting, in words
    PHONE = "phone"  # reception types it in


class Outcome(StrEnum):
    """How a visit ends."""

    KEPT = "kept"
    MISSED = "missed"
    CANCELLED = "cancelled"  # by the patient, by chat
    MOVED = "moved"  # by the patient, by chat, to another hour


@dataclass(frozen=True, kw_only=True)
class PlannedSlot:
    """One hour of one practitioner, and what is done in it. `start` in the clinic's zone."""

    practitioner: Practitioner
    visit_type: VisitType
    start: datetime

    @property
    def day_words(self) -> str:
        """11月27日 周五, as the entries to tap read."""
        return day_words(self.start.date())

    @property
    def hour_words(self) -> str:
        """上午10:30, as the entries to tap read."""
        return hour_words(self.start.time())

    @property
    def spoken_day(self) -> str:
        """11月27日."""
        return f"{self.start.month}月{self.start.day}日"

    @property
    def spoken_hour(self) -> str:
        """上午10点半."""
        clock = self.start.time()
        past = {0: "", 30: "半"}.get(clock.minute, f"{clock.minute:02d}分")
        return f"{part_of_day(clock)}{(clock.hour - 1) % 12 + 1}点{past}"


@dataclass(frozen=True, kw_only=True)
class PlannedVisit:
    """One visit: whose, when, booked on which day in which way, and what becomes of it."""

    person: Person
    slot: PlannedSlot
    on: date
    method: BookingMethod
    outcome: Outcome


def slots_of(clinic: Clinic, first: date, today: date, last: date, chance: random.Random) -> list[PlannedSlot]:
    """The hours that are taken from `first` to `last`, both included, earliest first; none where nobody receives."""
    found: list[PlannedSlot] = []
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        ahead = (day - today).days
        share = BUSY if ahead < 0 else LATER[min(ahead, len(LATER) - 1)]
        for practitioner in clinic.practitioners:
            found += _of_day(clinic, practitioner, day, share, chance)
    return sorted(found, key=lambda slot: (slot.start, slot.practitioner.id))


def _of_day(
    clinic: Clinic, practitioner: Practitioner, day: date, share: float, chance: random.Random
) -> Iterator[PlannedSlot]:
    offered = [kind for kind in clinic.visit_types if kind.id in practitioner.visit_types and not kind.retired]
    if practitioner.retired or not offered:
        return
    step = timedelta(minutes=clinic.slot_minutes)
    for opening in openings(clinic, practitioner, day):
        start = opening.start
        while start < opening.end:
            kind = chance.choices(offered, [WEIGHTS.get(each.id, 1) for each in offered])[0]
            length = timedelta(minutes=kind.minutes)
            if chance.random() < share and start + length <= opening.end:
                yield PlannedSlot(practitioner=practitioner, visit_type=kind, start=start.astimezone(clinic.timezone))
                start += step * -(-length // step)
            else:
                start += step


def visits_in(
    slots: Sequence[PlannedSlot], people: People, first: date, today: date, chance: random.Random
) -> list[PlannedVisit]:
    """Each hour with a patient, in the order of the hours: newcomers, people of the old list, and who has been here.

    Nobody comes twice on one day. Hours for which nobody is left stay free.
    """
    newcomers, registered = list(reversed(people.newcomers)), list(reversed(people.registered))
    seen: list[PlannedVisit] = []
    found: list[PlannedVisit] = []
    for slot in slots:
        day = slot.start.date()
        on = min(max(day - timedelta(days=chance.randint(1, LONGEST_AHEAD)), first), today)
        again = _again(seen, slot, on) if chance.random() < RETURNS else None
        if again is not None:
            seen.remove(again)
            person = again.person
        elif newcomers and on > first and chance.random() < NEW:
            person = newcomers.pop()
        elif registered:
            person = registered.pop()
        else:
            continue
        method = (
            chance.choice((BookingMethod.TAPS, BookingMethod.WORDS))
            if person.wechat and on > first
            else BookingMethod.PHONE
        )
        visit = PlannedVisit(
            person=person, slot=slot, on=on, method=method, outcome=_outcome(slot, on, method, today, chance)
        )
        found.append(visit)
        if visit.outcome is Outcome.KEPT:
            seen.append(visit)
    return found


def _again(seen: Sequence[PlannedVisit], slot: PlannedSlot, on: date) -> PlannedVisit | None:
    """The kept visit of somebody who may come for this as well; the longest ago first."""
    if slot.visit_type.aftercare is not None:
        return None
    return next((visit for visit in seen if visit.slot.start.date() < on), None)


def _outcome(slot: PlannedSlot, on: date, method: BookingMethod, today: date, chance: random.Random) -> Outcome:
    day = slot.start.date()
    drawn = chance.random()
    if method is not BookingMethod.PHONE and on + timedelta(days=1) < min(day, today):
        if drawn < CANCELLED:
            return Outcome.CANCELLED
        if drawn < CANCELLED + MOVED:
            return Outcome.MOVED
    return Outcome.MISSED if day < today and drawn > 1 - MISSED else Outcome.KEPT
