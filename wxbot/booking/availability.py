"""Availability: which hours of a visit type are free. Pure; the taken ticks are an argument."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Self

from wxbot.booking.models import Slot
from wxbot.booking.offered_hours import OfferedHours, PlannedSlot, Slots, by_start
from wxbot.booking.ticks import Taken, resources
from wxbot.clinic.models import Clinic, Practitioner, VisitType


def bookable_days(clinic: Clinic, now: datetime) -> list[date]:
    """The local days a patient may book at all: today up to the clinic's horizon."""
    today = now.astimezone(clinic.timezone).date()
    return [today + timedelta(days=ahead) for ahead in range(clinic.horizon_days + 1)]


@dataclass(frozen=True, slots=True)
class Bookable:
    """Which of a clinic's hours may be booked at a moment: local days from first to last, starts from `earliest` on."""

    first: date
    last: date
    earliest: datetime

    @classmethod
    def at(cls, clinic: Clinic, now: datetime) -> Self:
        """From the clinic's lead time on, up to its horizon."""
        today = now.astimezone(clinic.timezone).date()
        horizon = today + timedelta(days=clinic.horizon_days)
        return cls(today, horizon, now + timedelta(minutes=clinic.lead_minutes))


def offered(
    hours: OfferedHours, practitioner: Practitioner, visit_type: VisitType, day: date, now: datetime
) -> Iterator[Slot]:
    """Every hour of a day that may be booked, free or not, earliest first: in the plan, and after the lead time."""
    bookable = Bookable.at(hours.clinic, now)
    return (each.slot for each in _in_time(hours, practitioner, visit_type, day, bookable))


def free(  # noqa: PLR0913 - each a plain fact, the last two by name
    hours: OfferedHours, practitioner: Practitioner, visit_type: VisitType, day: date, *, taken: Taken, now: datetime
) -> list[Slot]:
    """The hours of one practitioner on one local day that nothing has claimed, earliest first."""
    planned = _in_time(hours, practitioner, visit_type, day, Bookable.at(hours.clinic, now))
    return _untaken(planned, practitioner, taken)


def free_of_any(  # noqa: PLR0913 - each a plain fact, the last two by name
    hours: OfferedHours,
    practitioners: Sequence[Practitioner],
    visit_type: VisitType,
    days: Iterable[date],
    *,
    taken: Taken,
    now: datetime,
) -> Iterator[Slots]:
    """For each local day: start → the free slots at that start, in the given order of practitioners, earliest first."""
    bookable = Bookable.at(hours.clinic, now)
    on = hours.of_all(practitioners, visit_type)
    untouched = not any(resource in taken for person in practitioners for resource in resources(person))
    for day in days:
        if not bookable.first <= day <= bookable.last:
            yield {}
            continue
        planned = on(day)
        if not planned or (untouched and next(iter(planned)) >= bookable.earliest):
            yield planned
            continue
        yield by_start(
            _untaken(_in_time(hours, person, visit_type, day, bookable), person, taken) for person in practitioners
        )


def next_free(  # noqa: PLR0913 - each a plain fact, all but the first three by name
    hours: OfferedHours,
    practitioners: Sequence[Practitioner],
    visit_type: VisitType,
    *,
    after: datetime,
    taken: Taken,
    now: datetime,
    count: int = 3,
) -> list[Slot]:
    """The earliest `count` free slots that start at `after` or later, one per start."""
    found: list[Slot] = []
    first_day = after.astimezone(hours.clinic.timezone).date()
    days = [day for day in bookable_days(hours.clinic, now) if day >= first_day]
    for slots_at in free_of_any(hours, practitioners, visit_type, days, taken=taken, now=now):
        found += [slots[0] for start, slots in slots_at.items() if start >= after]
        if len(found) >= count:
            break
    return found[:count]


def is_offered(
    hours: OfferedHours, practitioner: Practitioner, visit_type: VisitType, start: datetime, now: datetime
) -> Slot | None:
    """The slot at exactly that start if it may be booked (free or not), else None."""
    day = start.astimezone(hours.clinic.timezone).date()
    return next((slot for slot in offered(hours, practitioner, visit_type, day, now) if slot.start == start), None)


def _in_time(
    hours: OfferedHours, practitioner: Practitioner, visit_type: VisitType, day: date, bookable: Bookable
) -> Sequence[PlannedSlot]:
    """The planned slots of a day that may still be booked."""
    if not bookable.first <= day <= bookable.last:
        return ()
    planned = hours.of_one(practitioner, visit_type, day)
    return [each for each in planned if each.slot.start >= bookable.earliest]


def _untaken(planned: Sequence[PlannedSlot], practitioner: Practitioner, taken: Taken) -> list[Slot]:
    for resource in resources(practitioner):
        claimed = taken.get(resource)
        if claimed:
            planned = [each for each in planned if claimed.isdisjoint(each.ticks)]
    return [each.slot for each in planned]
