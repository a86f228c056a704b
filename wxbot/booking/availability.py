"""Availability: which hours of a visit type are free. Pure; what is taken is an argument."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta

from wxbot.booking.models import Booker, Slot
from wxbot.booking.needs import Needs
from wxbot.booking.offered_hours import OfferedHours, Slots, by_start
from wxbot.booking.planned_days import PlannedDay, Starts, before, seconds
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
    if not bookable.first <= day <= bookable.last:
        return iter(())
    planned = hours.of_one(practitioner, visit_type, day, grid_minutes(hours.clinic, booker))
    return (slot for slot in planned.slots() if slot.start >= bookable.earliest)


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
    (found,) = free_of_any(hours, (practitioner,), visit_type, [day], taken=taken, now=now, booker=booker)
    return [slot for slots in found.values() for slot in slots]


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
    look = _Look(hours, practitioners, visit_type, taken, now, booker)
    on, untouched = hours.of_all(practitioners, visit_type, look.step), look.untouched()
    for day in days:
        planned: Slots = on(day) if untouched and look.inside(day) else {}
        if planned and next(iter(planned)) >= look.bookable.earliest:
            yield planned
        else:
            yield by_start(planned.slots_of(found) for planned, found in look.on(day))


def free_counts(  # noqa: PLR0913 - each a plain fact, the last three by name
    hours: OfferedHours,
    practitioners: Sequence[Practitioner],
    visit_type: VisitType,
    days: Sequence[date],
    *,
    taken: Taken,
    now: datetime,
    booker: Booker = Booker.RETURNING,
) -> list[int]:
    """How many starts `free_of_any` has on each local day; a start that several share counts once."""
    return _Look(hours, practitioners, visit_type, taken, now, booker).counts(days)


def free_at(  # noqa: PLR0913 - each a plain fact, the last three by name
    hours: OfferedHours,
    practitioners: Sequence[Practitioner],
    visit_type: VisitType,
    start: datetime,
    *,
    taken: Taken,
    now: datetime,
    booker: Booker = Booker.RETURNING,
) -> list[Slot]:
    """The free slots at exactly that start, in the given order of practitioners: those that `free_of_any` has there."""
    look = _Look(hours, practitioners, visit_type, taken, now, booker)
    day = start.astimezone(hours.clinic.timezone).date()
    return [slot for planned, found in look.on(day, start) for slot in planned.slots_of(found)]


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
    bookable = Bookable.at(hours.clinic, now, visit_type, booker)
    day = start.astimezone(hours.clinic.timezone).date()
    if start < bookable.earliest or not bookable.first <= day <= bookable.last:
        return None
    planned = hours.of_one(practitioner, visit_type, day, grid_minutes(hours.clinic, booker))
    found = planned.at(start)
    return None if found is None else planned.slots_of([(found, found.bits)])[0]


class _Look:
    """What is free of some practitioners' hours, as bits. Every question above that knows what is taken asks here."""

    def __init__(  # noqa: PLR0913, PLR0917 - each a plain fact
        self,
        hours: OfferedHours,
        practitioners: Sequence[Practitioner],
        visit_type: VisitType,
        taken: Taken,
        now: datetime,
        booker: Booker,
    ) -> None:
        self.bookable = Bookable.at(hours.clinic, now, visit_type, booker)
        self.step = grid_minutes(hours.clinic, booker)
        self._hours, self._kind, self._taken = hours, visit_type, taken
        self._needs = [(person, hours.needs(person, visit_type)) for person in practitioners]
        self._earliest = seconds(self.bookable.earliest)
        self._blocked: dict[tuple[str, int], int] = {}

    def untouched(self) -> bool:
        """Whether all that they need is there, and nothing of it is claimed at any time."""
        return all(each.possible and not each.touched(self._taken) for _, each in self._needs)

    def inside(self, day: date) -> bool:
        """Whether that local day may be booked at all."""
        return self.bookable.first <= day <= self.bookable.last

    def on(self, day: date, start: datetime | None = None) -> Iterator[tuple[PlannedDay, list[tuple[Starts, int]]]]:
        """Each one's hours of that day, and the bits of those that are free; of one start where it is given."""
        if not self.inside(day):
            return
        for person, needs in self._needs:
            planned = self._hours.of_one(person, self._kind, day, self.step)
            only = None if start is None else planned.at(start)
            asked = planned.starts if start is None else () if only is None else (only,)
            yield planned, list(self._free(planned, asked, needs))

    def counts(self, days: Sequence[date]) -> list[int]:
        """How many starts of each day somebody is free at."""
        at: list[dict[int, int]] = [{} for _ in days]  # offset → bits
        wanted = [(number, day) for number, day in enumerate(days) if self.inside(day)]
        for person, needs in self._needs:
            plan = self._hours.of_each(person, self._kind, [day for _, day in wanted], self.step)
            for (number, day), planned in zip(wanted, plan, strict=True):
                base, of_day = before(day), at[number]
                for starts, bits in self._free(planned, planned.starts, needs):
                    of_day[starts.offset] = of_day.get(starts.offset, 0) | bits << starts.first - base
        return [sum(bits.bit_count() for bits in each.values()) for each in at]

    def _free(self, planned: PlannedDay, asked: Sequence[Starts], needs: Needs) -> Iterator[tuple[Starts, int]]:
        for starts in asked:
            bits = starts.bits
            if planned.earliest < self._earliest:
                bits = planned.not_before(starts, self._earliest)
            blocked = self._blocked_for(needs, starts.count)
            if blocked < 0 or not bits:
                continue
            shift = starts.first - (self._taken.first + 1 - starts.count)
            bits ^= bits & (blocked >> shift if shift >= 0 else blocked << -shift)
            if not needs.exclusive:  # two of one kind: each is free, but both?
                bits = sum(1 << bit for bit in _each(bits) if needs.choose(starts.ticks(bit), self._taken) is not None)
            if bits:
                yield starts, bits

    def _blocked_for(self, needs: Needs, count: int) -> int:
        """The first ticks at which something that is needed is not free; negative where something is missing."""
        key = (needs.practitioner, count)
        found = self._blocked.get(key)
        if found is None:
            found = self._taken.blocked((needs.practitioner,), count)
            for choice in needs.choices:
                found |= self._taken.blocked(choice.resources, count)
            self._blocked[key] = found
        return found


def _each(bits: int) -> Iterator[int]:
    """The places of the bits, the lowest first."""
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest
