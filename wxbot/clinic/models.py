"""What a clinic consists of."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum
from functools import cached_property
from typing import NewType, TypeAlias
from zoneinfo import ZoneInfo

DeviceId = NewType("DeviceId", str)
PhotoId = NewType("PhotoId", str)
PractitionerId = NewType("PractitionerId", str)
RoomId = NewType("RoomId", str)
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


WeeklyOpening: TypeAlias = tuple[tuple[Weekday, tuple[tuple[time, time], ...]], ...]
"""By weekday, Monday first: the stretches of local hours in which somebody receives."""


@dataclass(frozen=True, kw_only=True)
class Block:
    """A stretch of local hours on one weekday, for instance 09:00 to 12:00."""

    day: Weekday
    start: time
    end: time


@dataclass(frozen=True, kw_only=True)
class DatedHours:
    """One local day on which a practitioner receives at other hours than the weekly ones; none: not at all."""

    day: date
    spans: tuple[tuple[time, time], ...] = ()  # local hours instead of the weekly ones, earliest first
    reason: str = ""  # for staff, e.g. 加班, 上午开会


@dataclass(frozen=True, kw_only=True)
class BookingWindow:
    """When patients may book; None keeps the clinic's own rule. Staff are bound by none of these."""

    lead_minutes: int | None = None  # how soon before the hour
    horizon_days: int | None = None  # how many days ahead
    same_day_until: time | None = None  # after this local hour, nothing of the same day


@dataclass(frozen=True, kw_only=True)
class Course:
    """疗程: how often the same visit is repeated, and at what interval: 每28±3天，共6次."""

    every_days: int
    within_days: int = 0  # sooner or later
    times: int = 2


@dataclass(frozen=True, kw_only=True)
class VisitType:
    """项目: what a patient books, and how long it takes."""

    id: VisitTypeId
    name: str
    minutes: int
    aftercare: str | None = None  # the treatment kind whose aftercare plan follows, e.g. "surgery"
    bring: str = ""  # what to bring or mind, for the confirmation
    also: tuple[str, ...] = ()  # what patients call it besides its name
    retired: bool = False  # 停用: no new bookings; those that stand keep it
    price_from: int | None = None  # yuan: the lowest usual price; None is not told
    price_to: int | None = None  # yuan: the highest usual price; None is open
    price_until: date | None = None  # the last local day on which these prices may be said (A3-03); None: until changed
    price_by: tuple[str, ...] = ()  # roles that may say them in chat (A3-08); empty: everybody at the desk
    before_minutes: int = 0  # preparation: practitioner, room and devices are busy, the patient is not there yet
    after_minutes: int = 0  # cleaning up, in the same way
    room_kind: str = ""  # a kind of room it needs (Room.kinds); empty: the practitioner's own room
    devices: tuple[str, ...] = ()  # kinds of device it needs (Device.kind), one of each
    window: BookingWindow = BookingWindow()  # when patients may book it
    new_window: BookingWindow | None = None  # the same for those who were never seen here; None: no difference
    parts: tuple[VisitTypeId, ...] = ()  # 组合: one practitioner does these one after another (`bundles`)
    course: Course | None = None  # 疗程: staff book it as a series; None: each visit for itself


@dataclass(frozen=True, kw_only=True)
class Room:
    """诊室. `id` is what occupies its hours; the name may change."""

    id: RoomId
    name: str
    note: str = ""  # for staff, e.g. what stands in it
    retired: bool = False  # 停用: nobody new receives there
    kinds: tuple[str, ...] = ()  # what it serves as beside a consulting room, e.g. 手术室


@dataclass(frozen=True, kw_only=True)
class Device:
    """设备: what a visit type needs beside practitioner and room, one patient at a time."""

    id: DeviceId
    name: str
    kind: str  # what visit types ask for, e.g. 激光仪; several devices may be of one kind
    note: str = ""
    retired: bool = False  # 停用: not given to new visits


@dataclass(frozen=True, kw_only=True)
class Practitioner:
    """医生: who treats, in which room, which visit types, at which hours."""

    id: PractitionerId
    name: str
    title: str
    speciality: str
    room: str  # the room's id, which in the files is mostly its name
    visit_types: tuple[VisitTypeId, ...]
    hours: tuple[Block, ...]
    photo: PhotoId | None = None
    bio: str = ""  # a few sentences for the doctor card
    retired: bool = False  # 停用: no new bookings; those that stand stay
    dated: tuple[DatedHours, ...] = ()  # days that differ from the weekly hours, earliest first


@dataclass(frozen=True, kw_only=True)
class Closure:
    """A span of local days on which the clinic, or one practitioner, does not receive."""

    first: date
    last: date
    reason: str
    practitioner_id: PractitionerId | None = None


@dataclass(frozen=True, kw_only=True)
class SpecialDay:
    """A day that differs from its weekday by the State Council's arrangement."""

    day: date
    off: bool  # 休: people are off; else 班, a make-up workday
    name: str = ""  # the holiday's name, e.g. 春节


@dataclass(frozen=True, kw_only=True)
class YearTable:
    """A year's arrangement of statutory days off and 调休 workdays. It replaces what is built in for that year."""

    year: int
    days: tuple[SpecialDay, ...]  # earliest first

    @cached_property
    def by_day(self) -> Mapping[date, SpecialDay]:
        """The same by date."""
        return {each.day: each for each in self.days}


@dataclass(frozen=True, kw_only=True)
class SendingRules:
    """When and how much may be sent without the patient having just asked. Reference: A1-31, A1-39, A4-20."""

    quiet_start: time = time(21, 0)  # clinic time; nobody wants a clinic's message at night
    quiet_end: time = time(8, 30)
    marketing_share_percent: int = 25  # of what a patient receives, at most this much may be marketing
    marketing_per_30_days: int = 1  # marketing messages a patient receives in 30 days at most
    care_per_day: int = 2  # care messages a patient receives on one day at most
    recovery_days: int = 30  # after a treatment no marketing for this long
    decline_days: int = 90  # after a patient declined no marketing for this long
    pace_per_hour: int = 60  # broadcast messages that leave in an hour, so that replies can be answered

    @property
    def quiet_hours(self) -> tuple[time, time]:
        """From (inside) and to (outside); equal bounds mean none."""
        return (self.quiet_start, self.quiet_end)


@dataclass(frozen=True, kw_only=True)
class Clinic:
    """The whole clinic at one moment: as config/clinic.toml begins it and the console changes it."""

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
    rooms: tuple[Room, ...] = ()
    sending: SendingRules = SendingRules()
    devices: tuple[Device, ...] = ()
    holidays: tuple[YearTable, ...] = ()  # years whose published arrangement was entered or imported

    @cached_property
    def longest_horizon_days(self) -> int:
        """How far ahead a patient may book at all: the furthest of any visit type, for whom it is furthest."""
        windows = [
            window
            for kind in self.visit_types
            if not kind.retired
            for window in (kind.window, kind.new_window)
            if window is not None
        ]
        ahead = [self.horizon_days if each.horizon_days is None else each.horizon_days for each in windows]
        return max(ahead, default=self.horizon_days)

    def year_table(self, year: int) -> YearTable | None:
        """The arrangement entered for that year, if one was."""
        return next((table for table in self.holidays if table.year == year), None)

    def room(self, room_id: str) -> Room | None:
        """The room of that id, if the clinic still has it."""
        return next((room for room in self.rooms if room.id == room_id), None)

    def room_name(self, room_id: str) -> str:
        """What people call that room; of one that is gone, its id."""
        room = self.room(room_id)
        return room_id if room is None else room.name

    @cached_property
    def weekly_opening(self) -> WeeklyOpening:
        """When at least one person receives, by weekday: everybody's blocks laid over each other."""
        return tuple((day, self._opening_on(day)) for day in Weekday)

    def _opening_on(self, day: Weekday) -> tuple[tuple[time, time], ...]:
        blocks = sorted(
            (block.start, block.end)
            for person in self.practitioners
            if not person.retired
            for block in person.hours
            if block.day is day
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
        """Everyone who takes new bookings of that visit type, in the clinic's own order; nobody of a retired one."""
        kind = self.visit_type(visit_type_id)
        return () if kind is not None and kind.retired else self.who_treats(visit_type_id)

    def who_treats(self, visit_type_id: VisitTypeId) -> tuple[Practitioner, ...]:
        """The same for an appointment that stands already: its visit type may have been retired since."""
        return tuple(
            person for person in self.practitioners if visit_type_id in person.visit_types and not person.retired
        )
