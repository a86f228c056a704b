"""Availability: which hours of a visit type are free. Pure; the taken ticks are an argument."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from wxbot.booking.models import Slot
from wxbot.booking.ticks import Taken, resources, ticks
from wxbot.clinic.hours import openings
from wxbot.clinic.models import Clinic, Practitioner, VisitType


def bookable_days(clinic: Clinic, now: datetime) -> list[date]:
    """The local days a patient may book at all: today up to the clinic's horizon."""
    today = now.astimezone(clinic.timezone).date()
    return [today + timedelta(days=ahead) for ahead in range(clinic.horizon_days + 1)]


def offered(
    clinic: Clinic, practitioner: Practitioner, visit_type: VisitType, day: date, now: datetime
) -> Iterator[Slot]:
    """Every hour of a day that may be booked, free or not, earliest first.

    Hours start on the clinic's grid counted from the opening of each block, fit inside one block, and leave
    the clinic's lead time. Steps are real minutes, so a change of the clocks neither doubles nor skips one.
    """
    ahead = (day - now.astimezone(clinic.timezone).date()).days
    if visit_type.id not in practitioner.visit_types or not 0 <= ahead <= clinic.horizon_days:
        return
    earliest = now + timedelta(minutes=clinic.lead_minutes)
    length, step = timedelta(minutes=visit_type.minutes), timedelta(minutes=clinic.slot_minutes)
    seen: set[datetime] = set()
    for opening in openings(clinic, practitioner, day):
        start = opening.start
        while start + length <= opening.end:
            if start >= earliest and start not in seen:
                seen.add(start)
                yield Slot(practitioner_id=practitioner.id, start=start, end=start + length)
            start += step


def free(  # noqa: PLR0913 - each a plain fact, the last two by name
    clinic: Clinic, practitioner: Practitioner, visit_type: VisitType, day: date, *, taken: Taken, now: datetime
) -> list[Slot]:
    """The hours of one practitioner on one local day that nothing has claimed, earliest first."""
    busy = [taken[resource] for resource in resources(practitioner) if resource in taken]
    return [
        slot
        for slot in offered(clinic, practitioner, visit_type, day, now)
        if all(claimed.isdisjoint(ticks(slot.start, slot.end)) for claimed in busy)
    ]


def free_of_any(  # noqa: PLR0913 - each a plain fact, the last two by name
    clinic: Clinic,
    practitioners: Sequence[Practitioner],
    visit_type: VisitType,
    day: date,
    *,
    taken: Taken,
    now: datetime,
) -> dict[datetime, list[Slot]]:
    """Start → the free slots at that start, in the given order of practitioners; starts earliest first."""
    by_start: dict[datetime, list[Slot]] = {}
    for practitioner in practitioners:
        for slot in free(clinic, practitioner, visit_type, day, taken=taken, now=now):
            by_start.setdefault(slot.start, []).append(slot)
    return dict(sorted(by_start.items()))


def next_free(  # noqa: PLR0913 - each a plain fact, all but the first three by name
    clinic: Clinic,
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
    first_day = after.astimezone(clinic.timezone).date()
    for day in bookable_days(clinic, now):
        if day < first_day:
            continue
        by_start = free_of_any(clinic, practitioners, visit_type, day, taken=taken, now=now)
        found += [slots[0] for start, slots in by_start.items() if start >= after]
        if len(found) >= count:
            break
    return found[:count]


def is_offered(
    clinic: Clinic, practitioner: Practitioner, visit_type: VisitType, start: datetime, now: datetime
) -> Slot | None:
    """The slot at exactly that start if it may be booked (free or not), else None."""
    day = start.astimezone(clinic.timezone).date()
    return next((slot for slot in offered(clinic, practitioner, visit_type, day, now) if slot.start == start), None)
