"""Availability: which hours of a visit type are free. Pure; what is taken is an argument."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta

from wxbot.booking.models import Booker, Slot
from wxbot.booking.needs import Needs
from wxbot.booking.offered_hours import OfferedHours, PlannedSlot, Slots, by_start
from wxbot.booking.taken import Taken
from wxbot.booking.windows import Bookable, grid_minutes
from wxbot.clinic.models import Clinic, Practitioner, VisitType


def bookable_days(
    clinic: Clinic,
    now: datetime,
    visit_type: VisitType | None = None,
    booker: Booker = Booker.RETURNING,
    *,
    until: date | None = None,
) -> list[date]:
    """The local days that may be booked at all: today (or tomorrow, after the cut-off) up to the horizon.

    `until` is the last day looked at; by default as far as patients may book, for staff as far as the clinic's own
    horizon.
    """
    bookable = Bookable.at(clinic, now, visit_type, booker)
    last = bookable.last
    if until is None and booker is Booker.STAFF:
        until = bookable.today + timedelta(days=clinic.horizon_days)
    if until is not None:
        last = min(last, until)
    return [bookable.first + timedelta(days=ahead) for ahead in range((last - bookable.first).days + 1)]


def offered(  # noqa: PLR0913 - each a plain fact, the last by name
    hours: OfferedHours,
    practitioner: Practitioner,
    visit_type: VisitType,
    day: date,
    now: datetime,
    *,
    booker: Booker = Booker.RETURNING,
) -> Iterator[Slot]:
    """Every hour of a day that may be booked, free or not, earliest first: in the plan, and inside the window."""
    bookable = Bookable.at(hours.clinic, now, visit_type, booker)
    return (each.slot for each in _in_time(hours, practitioner, visit_type, day, bookable))


def free(  # noqa: PLR0913 - each a plain fact, the last three by name
    hours: OfferedHours,
    practitioner: Practitioner,
    visit_type: VisitType,
    day: date,
    *,
    taken: Taken,
    now: datetime,
    booker: Booker = Booker.RETURNING,
) -> list[Slot]:
    """The hours of one practitioner on one local day for which all that is needed is free, earliest first."""
    planned = _in_time(hours, practitioner, visit_type, day, Bookable.at(hours.clinic, now, visit_type, booker))
    return _untaken(planned, hours.needs(practitioner, visit_type), taken)


def free_of_any(  # noqa: PLR0913 - each a plain fact, the last three by name
    hours: OfferedHours,
    practitioners: Sequence[Practitioner],
    visit_type: VisitType,
    days: Iterable[date],
    *,
    taken: Taken,
    now: datetime,
    booker: Booker = Booker.RETURNING,
) -> Iterator[Slots]:
    """For each local day: start → the free slots at that start, in the given order of practitioners, earliest first."""
    bookable = Bookable.at(hours.clinic, now, visit_type, booker)
    step = grid_minutes(hours.clinic, booker)
    on = hours.of_all(practitioners, visit_type, step)
    needs = [hours.needs(person, visit_type) for person in practitioners]
    untouched = all(each.possible() and not each.touched(taken) for each in needs)
    for day in days:
        if not bookable.first <= day <= bookable.last:
            yield {}
            continue
        planned = on(day)
        if not planned or (untouched and next(iter(planned)) >= bookable.earliest):
            yield planned
            continue
        yield by_start(
            _untaken(_in_time(hours, person, visit_type, day, bookable), needed, taken)
            for person, needed in zip(practitioners, needs, strict=True)
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
    booker: Booker = Booker.RETURNING,
    days: Sequence[date] | None = None,
) -> list[Slot]:
    """The earliest `count` free slots that start at `after` or later, one per start; `days` bounds the search."""
    found: list[Slot] = []
    first_day = after.astimezone(hours.clinic.timezone).date()
    possible = bookable_days(hours.clinic, now, visit_type, booker) if days is None else days
    wanted = [day for day in possible if day >= first_day]
    for slots_at in free_of_any(hours, practitioners, visit_type, wanted, taken=taken, now=now, booker=booker):
        found += [slots[0] for start, slots in slots_at.items() if start >= after]
        if len(found) >= count:
            break
    return found[:count]


def is_offered(  # noqa: PLR0913 - each a plain fact, the last by name
    hours: OfferedHours,
    practitioner: Practitioner,
    visit_type: VisitType,
    start: datetime,
    now: datetime,
    *,
    booker: Booker = Booker.RETURNING,
) -> Slot | None:
    """The slot at exactly that start if it may be booked (free or not), else None."""
    day = start.astimezone(hours.clinic.timezone).date()
    found = offered(hours, practitioner, visit_type, day, now, booker=booker)
    return next((slot for slot in found if slot.start == start), None)


def _in_time(
    hours: OfferedHours, practitioner: Practitioner, visit_type: VisitType, day: date, bookable: Bookable
) -> Sequence[PlannedSlot]:
    """The planned slots of a day that may still be booked."""
    if not bookable.first <= day <= bookable.last:
        return ()
    planned = hours.of_one(practitioner, visit_type, day, grid_minutes(hours.clinic, bookable.booker))
    if planned and planned[0].slot.start >= bookable.earliest:
        return planned
    return [each for each in planned if each.slot.start >= bookable.earliest]


def _untaken(planned: Sequence[PlannedSlot], needs: Needs, taken: Taken) -> list[Slot]:
    """Those of the slots for which all that is needed is free; each choice is looked at for all slots at once."""
    choices = [(needs.practitioner,), *(each.resources for each in needs.choices)]
    for resources in choices:
        free_then = taken.free_of(resources, [each.ticks for each in planned])
        if not all(free_then):
            planned = [each for each, is_free in zip(planned, free_then, strict=True) if is_free]
    if not needs.exclusive:  # two of one kind: each is free, but both?
        planned = [each for each in planned if needs.choose(each.ticks, taken) is not None]
    return [each.slot for each in planned]
