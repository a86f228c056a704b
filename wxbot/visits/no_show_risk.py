"""Use cases of the no-show risk: points of visits, calls to the risky few, and the monthly calibration."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta

from wxbot.actors import Actor
from wxbot.audit.actions import AuditAction
from wxbot.audit.service import AuditTrail
from wxbot.booking.models import Appointment, AppointmentId
from wxbot.booking.service import Booking
from wxbot.clinic.models import Clinic
from wxbot.clinic.ports import LiveClinic
from wxbot.errors import NotFoundError
from wxbot.followups.models import FollowUpKind
from wxbot.followups.service import FollowUps
from wxbot.history.models import PatientId
from wxbot.logs import get_logger
from wxbot.visits.days import next_day
from wxbot.visits.lateness import RISK, named, subject_of
from wxbot.visits.risk import Risk, past_visits, risk_of
from wxbot.visits.risk_calibration import CalibrationState, OutcomeCounter, RiskCalibration
from wxbot.visits.rules import VisitDayRules
from wxbot.visits.service import READ
from wxbot.visits.store import RiskCalibrationStore
from wxbot.workflow import NotNowError

log = get_logger(__name__)

SETTINGS_READ, SETTINGS_EDIT = "settings:clinic:read", "settings:clinic:edit"
MOST_PER_PATIENT = 60  # earlier visits of one patient that are read
YEAR, HISTORY = 365, 730  # days that a calibration counts, and that it knows of before each visit
LISTED = 12  # calibrations on the page
DECIDED = "这个月的核算已经处理过了。"


class NoShowRisk:
    """未到诊风险. Points come from the file until an administrator accepts others."""

    def __init__(  # noqa: PLR0913 - what it works with, all keyword-only
        self,
        store: RiskCalibrationStore,
        *,
        booking: Booking,
        followups: FollowUps,
        clinics: LiveClinic,
        audit: AuditTrail,
        rules: VisitDayRules,
    ) -> None:
        self._store = store
        self._booking = booking
        self._followups = followups
        self._clinics = clinics
        self._audit = audit
        self._day_rules = rules
        self.rules = rules.risk

    async def points(self) -> Mapping[str, int]:
        """What each factor counts now: as accepted last, and as the file says for what was not there then."""
        accepted = await self._store.accepted()
        return {**self.rules.points, **(accepted.points if accepted is not None else {})}

    async def of(self, visits: Sequence[Appointment], *, by: Actor) -> Mapping[AppointmentId, Risk]:
        """The risk of each visit; two reads for all. Raises ForbiddenError."""
        by.must(READ)
        return await self._of(visits)

    # -- calls ----------------------------------------------------------------------------------------------------

    async def open_calls(self, now: datetime) -> int:
        """Have the risky few called who have not confirmed the next day, in the hours before its deadline.

        Each visit once, and no more in a day than the clinic set, the riskiest first. Repeating it changes nothing.
        """
        clinic = self._clinics.current
        day, visits = await next_day(self._booking, clinic, self._day_rules, now.astimezone(clinic.timezone).date())
        deadline = day.deadline
        if deadline is None or not deadline - self.rules.call_ahead <= now < deadline:
            return 0
        keys = {each.id: call_key(each) for each in visits}
        known = await self._followups.opened_before(set(keys.values()), now + timedelta(days=1))
        left = self.rules.calls_per_day - len(known)
        asked = [each for each in visits if each.live and each.confirmed_at is None and keys[each.id] not in known]
        if left <= 0 or not asked:
            return 0
        risks = await self._of(asked)
        risky = [each for each in asked if risks[each.id].points >= self.rules.call_points]
        risky.sort(key=lambda each: (-risks[each.id].points, each.start, each.id))
        for visit in risky[:left]:
            await self._followups.open(
                key=keys[visit.id],
                kind=FollowUpKind.PHONE,
                reason=_reason(visit, risks[visit.id], clinic),
                contact_id=visit.contact_id,
                patient_id=visit.patient_id,
                due_at=deadline,
                now=now,
                subject=subject_of(visit.id),
            )
        return len(risky[:left])

    # -- calibration ----------------------------------------------------------------------------------------------

    async def propose(self, now: datetime) -> int:
        """Count the past year once a month and keep what it speaks for; 1 where a month's table is new."""
        clinic = self._clinics.current
        today = now.astimezone(clinic.timezone).date()
        month = f"{today:%Y-%m}"
        if await self._store.by_id(month) is not None:
            return 0
        counter = await self._counted(today.replace(day=1), clinic)
        calibration = RiskCalibration(
            id=month, at=now, visits=counter.visits, missed=counter.missed, rows=counter.rows(await self.points())
        )
        added = await self._store.insert(calibration)
        log.info("risk_calibrated", month=month, visits=counter.visits, changes=calibration.changes)
        return int(added)

    async def calibrations(self, *, by: Actor) -> list[RiskCalibration]:
        """The latest months first. Raises ForbiddenError."""
        by.must(SETTINGS_READ)
        return await self._store.latest(LISTED)

    async def accept(self, month: str, *, by: Actor, now: datetime) -> RiskCalibration:
        """Count by the proposed points from now on. Raises ForbiddenError, NotFoundError and NotNowError (decided)."""
        return await self._decide(month, CalibrationState.ACCEPTED, by=by, now=now)

    async def decline(self, month: str, *, by: Actor, now: datetime) -> RiskCalibration:
        """Leave the points as they are. Raises ForbiddenError, NotFoundError and NotNowError (decided)."""
        return await self._decide(month, CalibrationState.DECLINED, by=by, now=now)

    # -- inside ---------------------------------------------------------------------------------------------------

    async def _decide(self, month: str, state: CalibrationState, *, by: Actor, now: datetime) -> RiskCalibration:
        by.must(SETTINGS_EDIT)
        found = await self._store.by_id(month)
        if found is None:
            raise NotFoundError("no calibration of that month")
        change = {"state": state.value, "decided_at": now, "decided_by": by.by}
        if not await self._store.decide(month, change):
            raise NotNowError(DECIDED)
        accepted = state is CalibrationState.ACCEPTED
        changed = [f"{each.label} {each.points}→{each.proposed}" for each in found.rows if each.points != each.proposed]
        await self._audit.record(
            AuditAction.RISK_ACCEPTED if accepted else AuditAction.RISK_DECLINED,
            f"risk:{month}",
            by=by,
            now=now,
            summary=f"{'采用' if accepted else '不采用'} {month} 的风险核算：{'，'.join(changed) or '没有变化'}",
        )
        decided = await self._store.by_id(month)
        assert decided is not None  # noqa: S101 - a moment ago it was there, and nothing removes one
        return decided

    async def _of(self, visits: Sequence[Appointment]) -> Mapping[AppointmentId, Risk]:
        patients = sorted({each.patient_id for each in visits})
        if not patients:
            return {}
        known, points = await asyncio.gather(
            self._booking.of_patients(patients, limit=MOST_PER_PATIENT * len(patients)), self.points()
        )
        by_patient: dict[PatientId, list[Appointment]] = {}
        for each in known:
            by_patient.setdefault(each.patient_id, []).append(each)
        return {each.id: risk_of(each, past_visits(by_patient.get(each.patient_id, ())), points) for each in visits}

    async def _counted(self, until: date, clinic: Clinic) -> OutcomeCounter:
        """The year before a local day, and the two years of history before it, a day at a time."""
        counter = OutcomeCounter(datetime.combine(until - timedelta(days=YEAR), time(), clinic.timezone))
        day = until - timedelta(days=YEAR + HISTORY)
        while day < until:
            counter.add(await self._booking.on_day(day))
            await asyncio.sleep(0)
            day += timedelta(days=1)
        return counter


def call_key(visit: Appointment) -> str:
    """One call for a visit at its hour, however often it is looked at."""
    return f"{RISK}/{visit.id}/{visit.start:%Y%m%d%H%M}"


def _reason(visit: Appointment, risk: Risk, clinic: Clinic) -> str:
    because = "，".join(each.words for each in risk.because)
    return f"{named(visit, clinic)}：还没有确认，未到诊风险 {risk.points} 点：{because}。请在确认时限前打电话"
