"""The hours of one practitioner on one day as bits, so that what is free of them is one operation on integers. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from wxbot.booking.models import Slot
from wxbot.booking.ticks import TICK_SECONDS
from wxbot.clinic.models import PractitionerId, VisitType

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MINUTE_SECONDS = 60
TICKS_A_DAY = 24 * 60 * MINUTE_SECONDS // TICK_SECONDS


class Length(NamedTuple):
    """How long a visit takes: the patient's own minutes, preparation before and cleaning up after; and the grid."""

    minutes: int
    before: int
    after: int
    step: int

    @classmethod
    def of(cls, visit_type: VisitType, step: int) -> "Length":
        """Of a visit type whose hours begin in steps of so many minutes."""
        return cls(visit_type.minutes, visit_type.before_minutes, visit_type.after_minutes, step)


@dataclass(frozen=True, slots=True)
class Starts:
    """Starts of visits, a bit for each: set where practitioner, room and devices are busy from that tick on.

    They become busy `offset` seconds after the beginning of that tick: 0 unless somebody opens at two minutes past.
    """

    offset: int
    count: int  # ticks that a visit occupies
    first: int  # the tick of bit 0
    bits: int

    def ticks(self, bit: int) -> range:
        """In which ticks the visit of that bit is busy."""
        return range(self.first + bit, self.first + bit + self.count)


class PlannedDay:
    """Every hour of one practitioner on a local day for visits of one length, free or not."""

    __slots__ = ("_before", "_minutes", "_slots", "_who", "earliest", "starts")

    def __init__(self, who: PractitionerId, length: Length, moments: Iterable[int]) -> None:
        """`moments` are the starts of the patients' time, in seconds since 1970."""
        self._who = who
        self._before = length.before * MINUTE_SECONDS
        self._minutes = timedelta(minutes=length.minutes)
        self._slots: dict[int, Slot] = {}
        whole = (length.before + length.minutes + length.after) * MINUTE_SECONDS
        ticks: dict[int, list[int]] = {}
        for moment in moments:
            tick, offset = divmod(moment - self._before, TICK_SECONDS)
            ticks.setdefault(offset, []).append(tick)
        self.starts: tuple[Starts, ...] = tuple(
            Starts(offset, -(-(offset + whole) // TICK_SECONDS), first, sum(1 << tick - first for tick in set(found)))
            for offset, found in ticks.items()
            for first in (min(found),)
        )
        self.earliest = min((self._moment(each, 0) for each in self.starts), default=0)

    def slots(self) -> list[Slot]:
        """All of them, earliest first."""
        return self.slots_of((each, each.bits) for each in self.starts)

    def slots_of(self, chosen: Iterable[tuple[Starts, int]]) -> list[Slot]:
        """The hours of those bits, earliest first."""
        found = [self._slot(moment) for starts, bits in chosen for moment in self._moments(starts, bits)]
        if len(self.starts) > 1:
            found.sort(key=lambda slot: slot.start)
        return found

    def at(self, start: datetime) -> Starts | None:
        """That one start, where it is one of them."""
        moment = (start - EPOCH) // SECOND
        tick, offset = divmod(moment - self._before, TICK_SECONDS)
        if start != EPOCH + moment * SECOND:
            return None
        for each in self.starts:
            bit = tick - each.first
            if each.offset == offset and bit >= 0 and each.bits >> bit & 1:
                return Starts(offset, each.count, tick, 1)
        return None

    def not_before(self, starts: Starts, moment: int) -> int:
        """The bits of the starts at that second since 1970 or later."""
        past = -(-(moment - self._before - starts.offset) // TICK_SECONDS) - starts.first
        return starts.bits >> past << past if past > 0 else starts.bits

    def _moments(self, starts: Starts, bits: int) -> Iterator[int]:
        base = self._moment(starts, 0)
        while bits:
            lowest = bits & -bits
            yield base + (lowest.bit_length() - 1) * TICK_SECONDS
            bits ^= lowest

    def _moment(self, starts: Starts, bit: int) -> int:
        return (starts.first + bit) * TICK_SECONDS + starts.offset + self._before

    def _slot(self, moment: int) -> Slot:
        found = self._slots.get(moment)
        if found is None:
            start = EPOCH + timedelta(seconds=moment)
            found = self._slots[moment] = Slot(practitioner_id=self._who, start=start, end=start + self._minutes)
        return found


NO_HOURS = PlannedDay(PractitionerId(""), Length(0, 0, 0, 0), ())


def before(day: date) -> int:
    """A tick before all of that local day, wherever the clinic is."""
    return (day - EPOCH.date()).days * TICKS_A_DAY - 2 * TICKS_A_DAY


def seconds(moment: datetime) -> int:
    """The first whole second since 1970 that is not before that moment."""
    return -((EPOCH - moment) // SECOND)
