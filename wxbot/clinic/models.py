"""What a clinic consists of."""

from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum
from functools import cached_property
from typing import NewType
from zoneinfo import ZoneInfo

PractitionerId = NewType("PractitionerId", str)
VisitTypeId = NewType("VisitTypeId", str)


class Weekday(StrEnum):
    """Days as they are written in clinic.toml; Monday first."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


@dataclass(frozen=True, kw_only=True)
class Block:
    """A stretch of local hours on one weekday, for instance 09:00 to 12:00."""

    day: Weekday
    start: time
    end: time


@dataclass(frozen=True, kw_only=True)
class VisitType:
    """项目: what a patient books, and how long it takes."""

    id: VisitTypeId
    name: str
    minutes: int
    aftercare: str | None = None  # the treatment kind whose aftercare plan follows, e.g. "surgery"
    bring: str = ""  # what to bring or mind, for the confirmation
    also: tuple[str, ...] = ()  # what patients call it besides its name


@dataclass(frozen=True, kw_only=True)
class Practitioner:
    """医生: who treats, in which room, which visit types, at which hours."""

    id: PractitionerId
    name: str
    title: str
    speciality: str
    room: str
    visit_types: tuple[VisitTypeId, ...]
    hours: tuple[Block, ...]


@dataclass(frozen=True, kw_only=True)
class Closure:
    """A span of local days on which the clinic, or one practitioner, does not receive."""

    first: date
    last: date
    reason: str
    practitioner_id: PractitionerId | None = None


@dataclass(frozen=True, kw_only=True)
class Clinic:
    """The whole clinic as read from config/clinic.toml."""

    name: str
    address: str
    phone: str
    privacy_contact: str
    timezone: ZoneInfo
    visit_types: tuple[VisitType, ...]
    practitioners: tuple[Practitioner, ...]
    closures: tuple[Closure, ...] = ()
    horizon_days: int = 30  # how far ahead a patient may book
    lead_minutes: int = 60  # how soon before the hour a patient may still book
    slot_minutes: int = 30  # the grid on which offered hours start
    closed_on_statutory_holidays: bool = True
    assume_attended_after_minutes: int = 120  # a visit neither cancelled nor marked missed counts as attended

    @cached_property
    def weekly_opening(self) -> tuple[tuple[Weekday, tuple[tuple[time, time], ...]], ...]:
        """When at least one person receives, by weekday: everybody's blocks laid over each other."""
        return tuple((day, self._opening_on(day)) for day in Weekday)

    def _opening_on(self, day: Weekday) -> tuple[tuple[time, time], ...]:
        blocks = sorted(
            (block.start, block.end) for person in self.practitioners for block in person.hours if block.day is day
        )
        joined: list[tuple[time, time]] = []
        for start, end in blocks:
            if joined and start <= joined[-1][1]:
                joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
            else:
                joined.append((start, end))
        return tuple(joined)

    def visit_type(self, visit_type_id: VisitTypeId) -> VisitType | None:
        """The visit type of that id, if the clinic still offers it."""
        return next((kind for kind in self.visit_types if kind.id == visit_type_id), None)

    def practitioner(self, practitioner_id: PractitionerId) -> Practitioner | None:
        """The practitioner of that id, if they still work here."""
        return next((person for person in self.practitioners if person.id == practitioner_id), None)

    def who_offers(self, visit_type_id: VisitTypeId) -> tuple[Practitioner, ...]:
        """Everyone who offers that visit type, in the clinic's own order."""
        return tuple(person for person in self.practitioners if visit_type_id in person.visit_types)
