"""推荐: one offer per visit, by the patient's wish, and never where something speaks against it (A4-20, A4-39)."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import datetime

from wxbot.actors import Actor
from wxbot.audit.actions import AuditAction
from wxbot.audit.service import AuditTrail
from wxbot.booking.day_visits import DayVisits
from wxbot.booking.models import Appointment, AppointmentId, VisitStage
from wxbot.booking.visit_stages import EDIT
from wxbot.clinic.ports import LiveClinic
from wxbot.errors import FieldErrors, NotFoundError
from wxbot.history.models import PatientId
from wxbot.outbox.marketing import personal_refusal
from wxbot.patients.marks import PatientMarks
from wxbot.patients.service import Patients
from wxbot.visits.models import MadeOffer, OfferAnswer, VisitRecord
from wxbot.visits.rules import VisitDayRules, found
from wxbot.visits.store import VisitRecordStore
from wxbot.workflow import NotNowError

NOT_HERE = "患者还没有到，或者这次就诊不在今天，不能登记推荐。"
MADE = "这次就诊已经推荐过一次，不再推荐。"

Treated = Callable[[Collection[PatientId], datetime], Awaitable[Mapping[PatientId, datetime]]]
"""When each patient's latest treatment with aftercare began."""


class VisitOffers:
    """What may be offered at checkout, and what came of it."""

    def __init__(  # noqa: PLR0913 - collaborators, all keyword-only
        self,
        store: VisitRecordStore,
        *,
        visits: DayVisits,
        patients: Patients,
        marks: PatientMarks,
        clinics: LiveClinic,
        audit: AuditTrail,
        rules: VisitDayRules,
        treated: Treated,
    ) -> None:
        self._store = store
        self._visits = visits
        self._patients = patients
        self._marks = marks
        self._clinics = clinics
        self._audit = audit
        self._rules = rules
        self._treated = treated

    async def forbidden(self, visit: Appointment, now: datetime) -> str:
        """Why nothing is offered at this visit, for staff; empty where it may be."""
        record = (await self._store.of([visit.id])).get(visit.id)
        if record is not None and record.offer is not None:
            return MADE
        return await self.objection(visit.patient_id, now)

    async def objection(self, patient_id: PatientId, now: datetime) -> str:
        """Why nothing is offered to a patient, by whatever way, for staff; empty where it may be (A1-31)."""
        patient = (await self._patients.patients([patient_id])).get(patient_id)
        if patient is None:
            return "没有找到这位患者。"
        clinic = self._clinics.current
        treated = await self._treated([patient.id], now)
        today = now.astimezone(clinic.timezone).date()
        refused = personal_refusal(patient, patient.id, treated.get(patient.id), clinic.sending, now, today)
        return "" if refused is None else refused[1]

    async def make(
        self, appointment_id: AppointmentId, offer: str, answer: str, *, by: Actor, now: datetime
    ) -> MadeOffer:
        """Note the one offer of a visit of today and what the patient said; 不需要 is remembered (A4-20).

        The same again changes nothing. Raises ForbiddenError, NotFoundError, FieldErrors and NotNowError (not here,
        offered before, or something speaks against it).
        """
        by.must(EDIT)
        visit = await self._visits.one(appointment_id)
        if visit is None:
            raise NotFoundError(f"appointment {appointment_id}")
        if found(self._rules.offers, offer) is None:
            raise FieldErrors({"offer": "请从列表中选择"})
        if answer not in {each.value for each in OfferAnswer}:
            raise FieldErrors({"answer": "请选择患者的意思"})
        record = (await self._store.of([visit.id])).get(visit.id)
        before = None if record is None else record.offer
        if before is not None and (before.offer, before.answer) == (offer, OfferAnswer(answer)):
            return before
        zone = self._clinics.current.timezone
        today = visit.start.astimezone(zone).date() == now.astimezone(zone).date()
        if visit.stage is VisitStage.EXPECTED or not today:
            raise NotNowError(NOT_HERE)
        if refused := await self.forbidden(visit, now):
            raise NotNowError(refused)
        made = MadeOffer(offer=offer, answer=OfferAnswer(answer), at=now, by=by.by)
        if made.answer is OfferAnswer.REFUSED:  # first: what was said is remembered whatever dies after it
            await self._marks.declined_offers(visit.patient_id, by=by, now=now)
        await self._store.put(VisitRecord(id=visit.id, contact_id=visit.contact_id, offer=made), "offer")
        subject = f"appointment:{visit.id}"
        await self._audit.record(
            AuditAction.VISIT_OFFER, subject, by=by, now=now, summary=f"登记推荐：{made.answer.label}"
        )
        return made
