"""Use cases of owners: name a patient's consultant, the owner of a dispute, and who may call them."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime

from wxbot.actors import SYSTEM, Actor
from wxbot.audit.actions import AuditAction
from wxbot.audit.service import AuditTrail
from wxbot.clinic.ports import LiveClinic
from wxbot.errors import FieldErrors, NotFoundError
from wxbot.followups.models import FollowUp
from wxbot.followups.owner_models import Ownership, PatientOwner
from wxbot.followups.ownership import ownership
from wxbot.followups.ports import SourceOwners
from wxbot.followups.rules import FollowUpRules
from wxbot.followups.stores.owners import OwnerStore
from wxbot.history.models import ContactId, PatientId
from wxbot.patients.models import Patient
from wxbot.patients.selecting import counting
from wxbot.patients.service import Patients
from wxbot.staff.models import AccountId
from wxbot.staff.service import Staff
from wxbot.workflow import NotNowError

OWN = "followups:owner:edit"


class Owners:
    """Whose patients are. Each use case raises ForbiddenError and NotFoundError."""

    def __init__(  # noqa: PLR0913 - collaborators, all keyword-only
        self,
        store: OwnerStore,
        *,
        patients: Patients,
        sources: SourceOwners,
        staff: Staff,
        clinics: LiveClinic,
        audit: AuditTrail,
        rules: FollowUpRules,
    ) -> None:
        self._store = store
        self._patients = patients
        self._sources = sources
        self._staff = staff
        self._clinics = clinics
        self._audit = audit
        self._rules = rules

    async def assign(
        self, patient_id: PatientId, *, consultant: str, dispute: str, by: Actor, now: datetime
    ) -> PatientOwner:
        """Name the consultant and the owner of a dispute (empty: none); what is open goes to whose it is now.

        Raises FieldErrors for somebody who is no colleague.
        """
        by.must(OWN)
        patient = await self._patient(patient_id)
        names = {"consultant": consultant, "dispute": dispute}
        faults = {name: "请从同事里选" for name, account in names.items() if account and not await self._works(account)}
        if faults:
            raise FieldErrors(faults)
        known = await self._owner(patient)
        if known is not None and (known.consultant, known.dispute) == (consultant, dispute):
            return known
        kept = PatientOwner(
            id=patient_id,
            consultant=consultant,
            dispute=dispute,
            contact_id=patient.contact_id,
            changed_at=now,
            changed_by=by.by,
        )
        for record in (patient_id, *(each.id for each in await self._patients.duplicates([patient_id]))):
            await self._store.put(replace(kept, id=record))
        now_theirs = await self._of(patient, kept, now)
        if now_theirs.account:
            await self._store.hand_over(patient_id, now_theirs.account)
        called = await self._staff.names([each for each in names.values() if each])
        summary = f"负责人：咨询师 {called.get(consultant, '无')}，纠纷 {called.get(dispute, '无')}"
        await self._audit.record(AuditAction.PATIENT_ASSIGNED, f"patient:{patient_id}", by=by, now=now, summary=summary)
        return kept

    async def of(self, patient_ids: Collection[PatientId]) -> Mapping[PatientId, PatientOwner]:
        """The owners of those patients, as far as there are any; what was named for a duplicate counts."""
        patients = await self._patients.patients(patient_ids)
        found = {patient_id: await self._owner(patient) for patient_id, patient in patients.items()}
        return {patient_id: owner for patient_id, owner in found.items() if owner is not None}

    async def whose(self, task: FollowUp, now: datetime) -> Ownership:
        """Whose a follow-up is, and whether others may call."""
        patient = await self._patient_of(task.patient_id, task.contact_id)
        if patient is None:
            return Ownership(account=task.owner)
        found = await self._of(patient, await self._owner(patient), now)
        return found if found.locked or not task.owner else replace(found, account=task.owner)

    async def owner_for(self, patient_id: PatientId | None, contact_id: ContactId | None, now: datetime) -> str:
        """The account of who is to do a new follow-up about them; empty where anybody may."""
        patient = await self._patient_of(patient_id, contact_id)
        if patient is None:
            return ""
        return (await self._of(patient, await self._owner(patient), now)).account

    async def consultant_of(self, patient: Patient, now: datetime) -> str:
        """The account of the consultant on site (A1-11), or of who alone may call; empty where there is none."""
        owner = (await self._store.of([patient.id])).get(patient.id)
        found = await self._of(patient, owner, now)
        return found.account if found.locked or owner is None else owner.consultant

    async def must_be_theirs(self, task: FollowUp, caller: Actor, now: datetime) -> None:
        """Refuse a call to somebody else's locked patient (A1-07, A2-65). Raises NotNowError."""
        found = await self.whose(task, now)
        if found.locked and found.account != caller.id and caller.is_staff:
            name = (await self._staff.names([found.account])).get(found.account, "负责人")
            raise NotNowError(f"{found.why}：请交给{name}。")

    async def erase(self, contact_id: ContactId) -> int:
        """Take an erased contact off; the number."""
        return await self._store.erase(contact_id)

    # -- inside ---------------------------------------------------------------------------------------------------

    async def _of(self, patient: Patient, owner: PatientOwner | None, now: datetime) -> Ownership:
        today = now.astimezone(self._clinics.current.timezone).date()
        tags = {each.name for each in counting(patient.tags, today)}
        return ownership(owner, tags, await self._sources.source_of(patient.id), self._rules.vip_tags)

    async def _owner(self, patient: Patient) -> PatientOwner | None:
        """Who is named for a patient; where nobody is, who was for a duplicate: a dispute outlives a merge."""
        merged = await self._patients.duplicates([patient.id])
        kept = await self._store.of([patient.id, *(each.id for each in merged)])
        known = [kept[each] for each in (patient.id, *(one.id for one in merged)) if each in kept]
        if not known:
            return None
        consultant = next((each.consultant for each in known if each.consultant), "")
        dispute = next((each.dispute for each in known if each.dispute), "")
        return replace(known[0], id=patient.id, consultant=consultant, dispute=dispute)

    async def _patient(self, patient_id: PatientId) -> Patient:
        patient = (await self._patients.patients([patient_id])).get(patient_id)
        if patient is None:
            raise NotFoundError("no such patient")
        return patient

    async def _patient_of(self, patient_id: PatientId | None, contact_id: ContactId | None) -> Patient | None:
        if patient_id is None and contact_id is not None:
            contact = (await self._patients.contacts([contact_id])).get(contact_id)
            patient_id = contact.patient_ids[0] if contact is not None and contact.patient_ids else None
        return (await self._patients.patients([patient_id])).get(patient_id) if patient_id is not None else None

    async def _works(self, account: str) -> bool:
        try:
            return not (await self._staff.account(AccountId(account), by=SYSTEM)).disabled
        except NotFoundError:
            return False
