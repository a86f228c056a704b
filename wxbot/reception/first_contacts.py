"""Use cases of first contacts: by which entry somebody came, their class, and the call that invites them."""

from datetime import datetime

from wxbot.actors import Actor
from wxbot.audit.actions import AuditAction
from wxbot.audit.service import AuditTrail
from wxbot.booking.day_visits import DayVisits
from wxbot.clinic.desk_hours import answered_from
from wxbot.clinic.ports import LiveClinic
from wxbot.errors import FieldErrors, NotFoundError
from wxbot.followups.leads import INVITES, LEAD_SCRIPT, LEAD_SUBJECT
from wxbot.followups.models import FollowUpKind
from wxbot.followups.service import FollowUps
from wxbot.history.models import ContactId, PatientId
from wxbot.patients.models import Patient
from wxbot.patients.service import Patients
from wxbot.reception.models import EntryKind, FirstContact
from wxbot.reception.rules import LeadClass, ReceptionRules
from wxbot.reception.stores.first_contacts import FirstContactStore
from wxbot.visits.rules import found

NOTE = "reception:contact:note"


class FirstContacts:
    """Each use case raises ForbiddenError and NotFoundError."""

    def __init__(  # noqa: PLR0913 - collaborators, all keyword-only
        self,
        store: FirstContactStore,
        *,
        patients: Patients,
        visits: DayVisits,
        followups: FollowUps,
        clinics: LiveClinic,
        audit: AuditTrail,
        rules: ReceptionRules,
    ) -> None:
        self._store = store
        self._patients = patients
        self._visits = visits
        self._followups = followups
        self._clinics = clinics
        self._audit = audit
        self._rules = rules

    async def note(
        self, patient_id: PatientId, entry: str, lead_class: str, *, by: Actor, now: datetime
    ) -> FirstContact:
        """Note how a patient first reached the clinic, or correct it; one to invite becomes a call (A4-03).

        The call is opened once per patient and class, and not for who has booked. Raises FieldErrors.
        """
        by.must(NOTE)
        patient = await self._patient(patient_id)
        chosen = found(self._rules.lead_classes, lead_class)
        faults = {}
        if entry not in {each.value for each in EntryKind}:
            faults["entry"] = "请选择客户怎样联系到我们：电话、网络或现场。"
        if chosen is None:
            faults["lead_class"] = "请选择客户分类。"
        if faults or chosen is None:
            raise FieldErrors(faults)
        known = FirstContact(
            id=patient.id,
            entry=EntryKind(entry),
            lead_class=lead_class,
            at=now,
            by=by.by,
            contact_id=patient.contact_id,
            changed_at=now,
            changed_by=by.by,
        )
        await self._store.put(known)
        await self._audit.record(
            AuditAction.FIRST_CONTACT_NOTED,
            f"patient:{patient.id}",
            by=by,
            now=now,
            summary=f"登记首次联系：{known.entry.label}，{chosen.name}",
        )
        if chosen.invite:
            await self._invite(patient, chosen, now)
        return known

    async def of(self, patient_id: PatientId, *, by: Actor) -> FirstContact | None:
        """What is known of a patient's first contact; of records that were merged, the earliest."""
        by.must(NOTE)
        await self._patient(patient_id)
        merged = [each.id for each in await self._patients.duplicates([patient_id])]
        kept = await self._store.of([patient_id, *merged])
        return min(kept.values(), key=lambda each: each.at, default=None)

    async def erase(self, contact_id: ContactId) -> int:
        """Delete those of an erased contact's patients; the number."""
        return await self._store.erase(contact_id)

    # -- inside -----------------------------------------------------------------------------------------------

    async def _patient(self, patient_id: PatientId) -> Patient:
        patient = (await self._patients.patients([patient_id])).get(patient_id)
        if patient is None:
            raise NotFoundError(f"patient {patient_id}")
        return patient

    async def _invite(self, patient: Patient, chosen: LeadClass, now: datetime) -> None:
        if patient.id in await self._visits.coming([patient.id], now):
            return
        from_when = answered_from(self._clinics.current, now) or now
        await self._followups.open(
            key=f"{INVITES}{patient.id}/{chosen.key}",
            kind=FollowUpKind.PHONE,
            reason=f"{chosen.name} 客户，请打电话邀约，结果写在这里",
            contact_id=patient.contact_id,
            patient_id=patient.id,
            due_at=from_when + self._rules.invite_within,
            now=now,
            subject=f"{LEAD_SUBJECT}{patient.id}",
            script=LEAD_SCRIPT,
        )
