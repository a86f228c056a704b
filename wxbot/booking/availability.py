"""Availability: which hours of a visit type are free. Pure; the taken ticks are an argument."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from wxbot.booking.models import Slot
from wxbot.booking.offered_hours import OfferedHours, PlannedSlot, Slots, by_start
from wxbot.booking.ticks import Taken, resources
from wxbot.clinic.models import Clinic, Practitioner, VisitType


def bookable_days(clinic: Clinic, now: datetime) -> list[date]:
    """The local days a patient may book at all: today up to the clinic's horizon."""
    today = now.astimezone(clinic.timezone).date()
    return [today + timedelta(days=ahead) for ahead in range(clinic.horizon_days + 1)]


def offered(
    hours: OfferedHours, practitioner: Practitioner, visit_type: VisitType, day: date, now: datetime
) -> Iterator[Slot]:
    """Every hour of a day that may be booked, free or not, earliest first: in the plan, and after the lead time."""
    return (each.slot for each in _in_time(hours, practitioner, visit_type, day, now))


def free(  # noqa: PLR0913 - each a plain fact, the last two by name
    hours: OfferedHours, practitioner: Practitioner, visit_type: VisitType, day: date, *, taken: Taken, now: datetime
) -> list[Slot]:
    """The hours of one practitioner on one local day that nothing has claimed, earliest first."""
    busy = [taken[resource] for resource in resources(practitioner) if resource in taken]
    planned = _in_time(hours, practitioner, visit_type, day, now)
    for claimed in busy:
        planned = [each for each in planned if claimed.isdisjoint(each.ticks)]
    return [each.slot for each in planned]


def free_of_any(  # noqa: PLR0913 - each a plain fact, the last two by name
    hours: OfferedHours,
    practitioners: Sequence[Practitioner],
    visit_type: VisitType,
    day: date,
    *,
    taken: Taken,
    now: datetime,
) -> Slots:
    """Start → the free slots at that start, in the given order of practitioners; starts earliest first."""
    if not _bookable(hours.clinic, day, now):
        return {}
    planned = hours.of_all(practitioners, visit_type, day)
    untouched = not any(resource in taken for person in practitioners for resource in resources(person))
    if not planned or (untouched and next(iter(planned)) >= _earliest(hours.clinic, now)):
        return planned
    return by_start(free(hours, person, visit_type, day, taken=taken, now=now) for person in practitioners)


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
    for day in bookable_days(hours.clinic, now):
        if day < first_day:
            continue
        slots_at = free_of_any(hours, practitioners, visit_type, day, taken=taken, now=now)
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
    hours: OfferedHours, practitioner: Practitioner, visit_type: VisitType, day: date, now: datetime
) -> Sequence[PlannedSlot]:
    """The planned slots of a day that may still be booked."""
    if not _bookable(hours.clinic, day, now):
        return ()
    earliest = _earliest(hours.clinic, now)
    planned = hours.of_one(practitioner, visit_type, day)
    return [each for each in planned if each.slot.start >= earliest]


def _bookable(clinic: Clinic, day: date, now: datetime) -> bool:
    return 0 <= (day - now.astimezone(clinic.timezone).date()).days <= clinic.horizon_days


def _earliest(clinic: Clinic, now: datetime) -> datetime:
    return now + timedelta(minutes=clinic.lead_minutes)
