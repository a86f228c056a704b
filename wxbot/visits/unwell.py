"""不适: a patient who is here feels unwell, and somebody who treats comes at once (A2-92)."""

from datetime import datetime

from wxbot.actors import Actor
from wxbot.audit.actions import AuditAction
from wxbot.audit.service import AuditTrail
from wxbot.booking.day_visits import DayVisits
from wxbot.booking.models import Appointment, AppointmentId, VisitStage
from wxbot.booking.visit_stages import EDIT
from wxbot.clinic.models import Clinic
from wxbot.clinic.ports import LiveClinic
from wxbot.errors import InvalidInputError, NotFoundError
from wxbot.followups.models import FollowUp, FollowUpKind, FollowUpState, PatientWords
from wxbot.followups.service import FollowUps
from wxbot.logs import get_logger
from wxbot.patients.service import Patients
from wxbot.understanding.danger import Urgency
from wxbot.visits.models import MOST_WORDS, Noted, VisitRecord
from wxbot.visits.ports import DangerAlerts
from wxbot.visits.store import VisitRecordStore
from wxbot.workflow import NotNowError

log = get_logger(__name__)

TOPIC = "danger"  # joins what the patient wrote of danger signs, as long as nobody has seen to it
ALERT = "staff.unwell_alert"
PRESSED = "前台看到患者不适"
NOT_TODAY = "这次预约不在今天，不能登记不适。"
NOT_HERE = "患者还没有登记到诊，不能登记不适。"


class Unwell:
    """Opens the urgent task and tells the colleagues who treat."""

    def __init__(  # noqa: PLR0913 - collaborators, all keyword-only
        self,
        store: VisitRecordStore,
        *,
        visits: DayVisits,
        patients: Patients,
        followups: FollowUps,
        alerts: DangerAlerts,
        clinics: LiveClinic,
        audit: AuditTrail,
    ) -> None:
        self._store = store
        self._visits = visits
        self._patients = patients
        self._followups = followups
        self._alerts = alerts
        self._clinics = clinics
        self._audit = audit

    async def report(
        self,
        appointment_id: AppointmentId,
        *,
        words: PatientWords | None = None,
        said: str = "",
        by: Actor,
        now: datetime,
    ) -> FollowUp:
        """Open the urgent task for a patient who came today, or join the one that is open; repeating changes nothing.

        `words` are the patient's, `said` what reception saw. Raises ForbiddenError, NotFoundError, InvalidInputError
        (too long) and NotNowError (another day, or nobody came).
        """
        by.must(EDIT)
        if len(said) > MOST_WORDS:
            raise InvalidInputError("too long", sentence=f"最多 {MOST_WORDS} 字")
        visit = await self._visits.one(appointment_id)
        if visit is None:
            raise NotFoundError(f"appointment {appointment_id}")
        clinic = self._clinics.current
        if visit.start.astimezone(clinic.timezone).date() != now.astimezone(clinic.timezone).date():
            raise NotNowError(NOT_TODAY)
        if visit.stage is VisitStage.EXPECTED:
            raise NotNowError(NOT_HERE)
        task = await self._task(visit, words, _reason(visit, clinic, said), now)
        told = words.text if words is not None else said or PRESSED
        noted = Noted(at=now, by=by.by, words=told[:MOST_WORDS])
        await self._store.put(VisitRecord(id=visit.id, contact_id=visit.contact_id, unwell=noted), "unwell")
        if by.is_staff:
            subject = f"appointment:{visit.id}"
            await self._audit.record(
                AuditAction.VISIT_UNWELL, subject, by=by, now=now, summary="登记患者不适，已通知医护"
            )
        await self._tell(visit, task, told, now)
        return task

    # -- inside ---------------------------------------------------------------------------------------------------

    async def _task(self, visit: Appointment, words: PatientWords | None, reason: str, now: datetime) -> FollowUp:
        """One task per stage of the visit, and another one when the patient is unwell again after it was done."""
        key = f"unwell/{visit.id}/{visit.stage.value}"
        while True:
            task = await self._followups.open(
                key=key,
                kind=FollowUpKind.DANGER,
                reason=reason,
                contact_id=visit.contact_id,
                patient_id=visit.patient_id,
                due_at=now,
                now=now,
                topic=TOPIC,
                urgent=True,
                words=() if words is None else (words,),
            )
            if task.state is FollowUpState.OPEN:
                return task
            key = f"unwell/{visit.id}/after/{task.id}"

    async def _tell(self, visit: Appointment, task: FollowUp, words: str, now: datetime) -> None:
        contacts = await self._patients.contacts([visit.contact_id]) if visit.contact_id is not None else {}
        patients = await self._patients.patients([visit.patient_id])
        contact = contacts.get(visit.contact_id) if visit.contact_id is not None else None
        try:
            people = list(patients.values())
            cause = f"/unwell/{visit.id}/{visit.stage.value}"  # the task may be one that they know already
            await self._alerts.send(task, contact, people, words, Urgency.URGENT, now, template=ALERT, cause=cause)
        except Exception:  # the task stands, and the patient must have an answer whatever becomes of the alert
            log.exception("unwell_alert_failed", followup_id=task.id)


def _reason(visit: Appointment, clinic: Clinic, said: str) -> str:
    practitioner = clinic.practitioner(visit.practitioner_id)
    local = visit.start.astimezone(clinic.timezone)
    who = f"（{practitioner.name}）" if practitioner is not None else ""
    seen = f"：{said}" if said else ""
    return f"今天 {local:%H:%M} 的患者{who}{visit.stage.label}时感到不适{seen}。请马上到患者身边查看。"
