"""The later visits of a series: on which days their hours are free, and why not where none can be had. Reads only."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from wxbot.booking.models import Appointment, Booker
from wxbot.booking.obstacles import ObstacleKind, day_obstacles
from wxbot.booking.sentences import part_of_day
from wxbot.booking.series_models import ProposedVisit
from wxbot.booking.series_placement import DayFit, Interval, Placed, fit, place
from wxbot.booking.slot_finder import SlotFinder, SlotQuery
from wxbot.booking.stores.appointments import BookingStore
from wxbot.clinic.ports import LiveClinic
from wxbot.history.models import PatientId


class SeriesPlanner:
    """Places visits on the free hours of `SlotFinder`, around the patient's own other visits."""

    def __init__(self, finder: SlotFinder, bookings: BookingStore, clinics: LiveClinic) -> None:
        self._finder = finder
        self._bookings = bookings
        self._clinics = clinics

    async def rest(  # noqa: PLR0913, PLR0917 - what a series is
        self,
        query: SlotQuery,
        patient_id: PatientId,
        start: datetime,
        number: int,
        count: int,
        interval: Interval,
        now: datetime,
        leaving: Sequence[Appointment] = (),
    ) -> list[ProposedVisit]:
        """The visits after visit `number`, which begins at `start`."""
        zone = self._clinics.current.timezone
        local = start.astimezone(zone)
        days = _looked_at(local.date(), count - number, interval)
        slots = await self._finder.free_starts(query, days, now)
        own = await self._bookings.overlapping(
            patient_id, start, start + timedelta(days=(days[-1] - local.date()).days + 2) if days else start
        )
        busy = [each for each in own if each.id not in {one.id for one in leaving}]
        fits: dict[date, DayFit] = {}
        best: dict[date, datetime] = {}
        for day, free in zip(days, slots, strict=True):
            length = timedelta(minutes=query.visit_type.minutes)
            for each in free:
                if any(one.start < each + length and each < one.end for one in busy):
                    continue
                clock = each.astimezone(zone).time()
                same = part_of_day(clock) == part_of_day(local.time())
                suits = fit(clock, local.time(), same_part=same)
                if day not in fits or _better(suits, fits[day]):
                    fits[day], best[day] = suits, each
        placed = place(local.date(), count, interval, fits, number=number)
        return [self._told(each, best, query, now) for each in placed]

    def _told(self, placed: Placed, best: Mapping[date, datetime], query: SlotQuery, now: datetime) -> ProposedVisit:
        start = None if placed.day is None else best[placed.day]
        why = "" if start is not None else self._why(placed, query, now)
        return ProposedVisit(number=placed.number, first=placed.first, last=placed.last, start=start, why=why)

    def _why(self, placed: Placed, query: SlotQuery, now: datetime) -> str:
        """Why no day of the window can be had: each different reason once, in the order of the days."""
        reasons: list[str] = []
        for ahead in range((placed.last - placed.first).days + 1):
            day = placed.first + timedelta(days=ahead)
            found = day_obstacles(
                self._finder.hours, query.practitioners, query.visit_type, day, now=now, booker=Booker.STAFF
            )
            if found and found[0].kind is ObstacleKind.HORIZON:
                reasons.append(found[0].words)
            else:
                reasons.append(f"{day.month}月{day.day}日{found[0].kind.label if found else '已约满'}")
        return "，".join(dict.fromkeys(reasons))


def _looked_at(start: date, visits: int, interval: Interval) -> list[date]:
    """The days on which any of the following visits may be, in order."""
    days: set[date] = set()
    first = last = start
    for _ in range(visits):
        first, last = interval.window(first)[0], interval.window(last)[1]
        days |= {first + timedelta(days=each) for each in range((last - first).days + 1)}
    return sorted(days)


def _better(one: DayFit, other: DayFit) -> bool:
    return (one.other_part, one.minutes_off) < (other.other_part, other.minutes_off)
