"""Follow-ups of a visit's day: derived by a job, once per cause, and closed when their cause ends."""

from collections.abc import Container, Mapping
from datetime import date, datetime, time, timedelta

from wxbot.booking.day_visits import DayVisits
from wxbot.booking.models import Appointment, AppointmentId
from wxbot.booking.service import Booking
from wxbot.clinic.models import Clinic
from wxbot.clinic.ports import LiveClinic
from wxbot.followups.models import FollowUp, FollowUpKind
from wxbot.followups.service import FollowUps
from wxbot.history.models import PatientId
from wxbot.visits.days import next_day
from wxbot.visits.lateness import VisitTask, late_task, obsolete, subject_of, unattended_task, visit_of
from wxbot.visits.rules import VisitDayRules

LOOKED_BACK = timedelta(days=1)  # a service that stood still for a day still calls who cancelled meanwhile
FINISHED_AFTER = timedelta(minutes=5)  # a task that old has its line in the transcript, whatever died meanwhile
DAY = "day:"
CONFIRMED = "已全部确认"
DAY_BEGAN = "这一天已经开始"


class VisitTasks:
    """Calls about visits (A4-16, A4-43), and the alarm when tomorrow is not confirmed before closing (A4-14).

    Nothing is remembered between runs: what is due follows from appointments, follow-ups and the time, so that any
    number of processes may run it, and one that dies leaves nothing half done for longer than until the next run.
    """

    def __init__(
        self,
        *,
        booking: Booking,
        visits: DayVisits,
        followups: FollowUps,
        clinics: LiveClinic,
        rules: VisitDayRules,
    ) -> None:
        self._booking = booking
        self._visits = visits
        self._followups = followups
        self._clinics = clinics
        self._rules = rules

    async def run(self, now: datetime) -> Mapping[str, int]:
        """Open what is due, close what is not any more; the numbers. Repeating it changes nothing."""
        opened = await self._open_calls(now) + await self._open_alarm(now)
        return {"opened": opened, "settled": await self._settle(now)}

    # -- inside ---------------------------------------------------------------------------------------------------

    async def _open_calls(self, now: datetime) -> int:
        clinic = self._clinic
        due: dict[str, tuple[Appointment, VisitTask]] = {}
        midnight = _midnight(clinic, now.astimezone(clinic.timezone).date())
        for visit in await self._booking.around(midnight, now):
            if (task := late_task(visit, now, self._rules, clinic)) is not None:
                due[task.key] = (visit, task)
        ended = await self._visits.unattended_since(now - LOOKED_BACK)
        coming = await self._visits.coming({each.patient_id for each in ended}, now)
        for visit in ended:
            again = visit.patient_id in coming
            if (task := unattended_task(visit, self._rules, clinic, coming=again)) is not None:
                due[task.key] = (visit, task)
        known = await self._followups.opened_before(due, now - FINISHED_AFTER)
        fresh = [due[key] for key in due if key not in known]
        for visit, task in fresh:
            await self._followups.open(
                key=task.key,
                kind=FollowUpKind.PHONE,
                reason=task.reason,
                contact_id=visit.contact_id,
                patient_id=visit.patient_id,
                due_at=task.due_at,
                now=now,
                subject=subject_of(visit.id),
                script=task.script,
            )
        return len(fresh)

    async def _open_alarm(self, now: datetime) -> int:
        clinic = self._clinic
        today = now.astimezone(clinic.timezone).date()
        found, _ = await next_day(self._booking, clinic, self._rules, today)
        day = found.day
        key = f"visit-unconfirmed/{day}"
        if not found.missed(now) or await self._followups.opened_before([key], now - FINISHED_AFTER):
            return 0
        left = found.booked - found.confirmed
        await self._followups.open(
            key=key,
            kind=FollowUpKind.CHECK,
            reason=f"{day.month}月{day.day}日还有 {left} 位患者没有确认，时限已过。请现在确认完，再把名单发到群里",
            contact_id=None,
            patient_id=None,
            due_at=found.deadline or now,
            now=now,
            urgent=True,
            subject=f"{DAY}{day}",
        )
        return 1

    async def _settle(self, now: datetime) -> int:
        tasks = await self._followups.open_with_subject()
        ids = {each.id: visit_of(each.subject) for each in tasks}
        named = [each for each in ids.values() if each is not None]
        visits = await self._booking.by_ids(named) if named else {}
        coming = await self._visits.coming({each.patient_id for each in visits.values()}, now)
        settled = 0
        for task in tasks:
            why = await self._why_settled(task, visits, coming, now)
            settled += bool(why) and await self._followups.settle(task.id, why, now)
        return settled

    async def _why_settled(
        self,
        task: FollowUp,
        visits: Mapping[AppointmentId, Appointment],
        coming: Container[PatientId],
        now: datetime,
    ) -> str:
        appointment_id = visit_of(task.subject)
        if appointment_id is not None:
            visit = visits.get(appointment_id)
            return obsolete(task.key, visit, coming=visit is not None and visit.patient_id in coming)
        if not task.subject.startswith(DAY):
            return ""
        day = date.fromisoformat(task.subject.removeprefix(DAY))
        if day <= now.astimezone(self._clinic.timezone).date():
            return DAY_BEGAN
        open_ones = [each for each in await self._booking.on_day(day) if each.live and each.confirmed_at is None]
        return "" if open_ones else CONFIRMED

    @property
    def _clinic(self) -> Clinic:
        return self._clinics.current


def _midnight(clinic: Clinic, day: date) -> datetime:
    return datetime.combine(day, time(), clinic.timezone)
