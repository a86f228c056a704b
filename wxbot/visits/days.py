"""Whole days: the one that is to be confirmed, today's list, and the sheet of an evening."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from wxbot.actors import Actor
from wxbot.booking.day_visits import DayVisits
from wxbot.booking.models import Appointment, AppointmentId
from wxbot.booking.service import Booking
from wxbot.clinic.models import Clinic
from wxbot.clinic.ports import LiveClinic
from wxbot.visits.confirming import Confirmations, confirmations, day_to_confirm
from wxbot.visits.day_sheet import DaySheet, day_sheet
from wxbot.visits.learnt_times import LearntTimes
from wxbot.visits.models import VisitRecord
from wxbot.visits.ports import VisitSatisfaction
from wxbot.visits.rules import VisitDayRules
from wxbot.visits.service import READ, VisitDay
from wxbot.visits.waiting import WAITING, Estimate, estimate


@dataclass(frozen=True, kw_only=True)
class ListedDay:
    """A day's visits with what was noted, and how long those who wait will."""

    visits: Sequence[Appointment]
    records: Mapping[AppointmentId, VisitRecord]
    estimates: Mapping[AppointmentId, Estimate]


class VisitDays:
    """Reads whole days for the lists of 今日."""

    def __init__(  # noqa: PLR0913 - collaborators, all keyword-only
        self,
        *,
        booking: Booking,
        visits: DayVisits,
        notes: VisitDay,
        clinics: LiveClinic,
        times: LearntTimes,
        surveys: VisitSatisfaction,
    ) -> None:
        self._booking = booking
        self._visits = visits
        self._notes = notes
        self._clinics = clinics
        self._times = times
        self._surveys = surveys

    async def listed(self, visits: Sequence[Appointment], *, by: Actor, now: datetime) -> ListedDay:
        """What a list says of those visits of one day."""
        by.must(READ)
        records = await self._notes.records([each.id for each in visits])
        return ListedDay(visits=visits, records=records, estimates=await self.estimates(visits, now))

    async def estimates(self, visits: Sequence[Appointment], now: datetime) -> Mapping[AppointmentId, Estimate]:
        """How long those of the visits who are here and wait still will; nothing is read where nobody does."""
        waiting = [each for each in visits if each.live and each.stage in WAITING]
        if not waiting:
            return {}
        whole = await self._booking.on_day(now.astimezone(self._clinics.current.timezone).date())
        times = await self._times.current(now)
        given_up = self._notes.rules.late_red
        return {each.id: estimate(each, whole, times, now, given_up=given_up) for each in waiting}

    async def to_confirm(self, *, by: Actor, now: datetime) -> tuple[Confirmations, list[Appointment]]:
        """The next day on which anybody receives or is booked, how far it is confirmed, and its visits (A4-14)."""
        by.must(READ)
        clinic = self._clinics.current
        return await next_day(self._booking, clinic, self._notes.rules, now.astimezone(clinic.timezone).date())

    async def sheet(self, day: date, *, by: Actor, now: datetime) -> DaySheet:
        """What a local day came to (A4-02)."""
        by.must(READ)
        visits = await self._booking.on_day(day)
        records = await self._notes.records([each.id for each in visits])
        after = datetime.combine(day + timedelta(days=1), time(), self._clinics.current.timezone)
        again = await self._visits.coming({each.patient_id for each in visits}, after)
        answers = (await self._surveys.of_visits([each.id for each in visits])).values()
        said = [each.satisfaction for each in answers if each.satisfaction is not None]
        return day_sheet(visits, records, again, self._notes.rules, now=now, said=said)


async def next_day(
    booking: Booking, clinic: Clinic, rules: VisitDayRules, today: date
) -> tuple[Confirmations, list[Appointment]]:
    """The day after `today` that is to be confirmed, how far that is, and its visits."""
    tomorrow = today + timedelta(days=1)
    visits = await booking.on_day(tomorrow)
    booked = {tomorrow} if any(each.live for each in visits) else set()
    day = day_to_confirm(clinic, today, booked)
    if day != tomorrow:
        visits = await booking.on_day(day)
    return confirmations(visits, clinic, rules, day=day, today=today), visits
