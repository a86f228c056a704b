"""What a first visit is registered with: name, telephone and the questionnaire (A4-13, A4-27)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from wxbot.actors import Actor
from wxbot.audit.actions import AuditAction
from wxbot.audit.service import AuditTrail
from wxbot.booking.models import Appointment, AppointmentId, AppointmentState
from wxbot.booking.service import Booking
from wxbot.booking.visit_stages import EDIT
from wxbot.errors import FieldErrors, NotFoundError
from wxbot.patients.models import Patient
from wxbot.patients.records import PatientRecords
from wxbot.patients.service import Patients
from wxbot.reception.models import ReceptionRecord
from wxbot.reception.ports import FilledIntakes
from wxbot.reception.stores.records import ReceptionVisitStore
from wxbot.visits.models import Noted
from wxbot.visits.service import READ

WANTED: Mapping[str, str] = {
    "name": "初诊建病历要有姓名，请问一下患者。",
    "phone": "初诊建病历要有手机号，请问一下患者；孩子的登记家长的。",
}
LAST_SEEN = 20  # visits that are looked through for the last one that took place


@dataclass(frozen=True, kw_only=True)
class ReturningCard:
    """复诊卡: what reception knows of somebody who was here before (A4-29)."""

    last: Appointment
    remarks: str = ""  # what reception noted then for the clinicians
    feels: str = ""  # how they said they felt then


class Registering:
    """Use cases at the door. Each raises ForbiddenError and NotFoundError."""

    def __init__(  # noqa: PLR0913 - collaborators, all keyword-only
        self,
        store: ReceptionVisitStore,
        *,
        booking: Booking,
        patients: Patients,
        records: PatientRecords,
        intakes: FilledIntakes,
        audit: AuditTrail,
    ) -> None:
        self._store = store
        self._booking = booking
        self._patients = patients
        self._records = records
        self._intakes = intakes
        self._audit = audit

    async def missing(self, visit: Appointment) -> tuple[str, ...]:
        """Which of name and telephone the patient's record lacks."""
        patient = (await self._patients.patients([visit.patient_id])).get(visit.patient_id)
        return () if patient is None else _missing(patient)

    async def complete(
        self, appointment_id: AppointmentId, typed: Mapping[str, str], *, by: Actor, now: datetime
    ) -> None:
        """Keep what the record of a first visit lacks; all of it must be there afterwards.

        Raises FieldErrors: something is missing or cannot be understood.
        """
        by.must(EDIT)
        visit = await self._found(appointment_id)
        patient = (await self._patients.patients([visit.patient_id])).get(visit.patient_id)
        if patient is None:
            raise NotFoundError(f"patient {visit.patient_id}")
        lacking = _missing(patient)
        if faults := {name: WANTED[name] for name in lacking if not typed.get(name, "").strip()}:
            raise FieldErrors(faults)
        if lacking:
            given = {name: typed[name] for name in lacking}
            await self._records.edit(patient.id, given, revision=patient.revision, by=by, now=now)

    async def enter_intake(self, appointment_id: AppointmentId, *, by: Actor, now: datetime) -> None:
        """The questionnaire was filled in on paper and entered into the record (A4-13)."""
        by.must(EDIT)
        visit = await self._found(appointment_id)
        entered = ReceptionRecord(id=visit.id, intake_entered=Noted(at=now, by=by.by))
        await self._store.put(entered, "intake_entered")
        await self._audit.record(
            AuditAction.INTAKE_ENTERED, f"appointment:{visit.id}", by=by, now=now, summary="登记问诊表已录入"
        )

    async def with_intake(self, visits: Collection[Appointment]) -> frozenset[AppointmentId]:
        """Those of the visits whose questionnaire is there."""
        noted = await self._store.of([each.id for each in visits]) if visits else {}
        entered = frozenset(key for key, record in noted.items() if record.intake_entered is not None)
        return entered | await self._intakes.of(visits)

    async def last_visit(self, visit: Appointment, *, by: Actor) -> Appointment | None:
        """The patient's latest visit before this one that took place."""
        by.must(READ)
        known = await self._booking.of_patients([visit.patient_id], limit=LAST_SEEN)
        return next(
            (each for each in known if each.start < visit.start and each.state is AppointmentState.COMPLETED), None
        )

    # -- inside -----------------------------------------------------------------------------------------------

    async def _found(self, appointment_id: AppointmentId) -> Appointment:
        found = await self._booking.by_ids([appointment_id])
        if appointment_id not in found:
            raise NotFoundError(f"appointment {appointment_id}")
        return found[appointment_id]


def _missing(patient: Patient) -> tuple[str, ...]:
    return tuple(name for name in WANTED if not getattr(patient, name))
