"""Staff's use cases around contacts: who speaks for a patient, and what they agreed to by telephone or in person."""

from dataclasses import replace
from datetime import datetime

from wxbot.actors import Actor
from wxbot.audit.actions import AuditAction
from wxbot.audit.service import AuditTrail
from wxbot.errors import FieldErrors, InvalidInputError, NotFoundError
from wxbot.history.models import ContactId, PatientId
from wxbot.history.service import History
from wxbot.patients.changing import Changing
from wxbot.patients.lines import CONSENT_SENTENCES, updated_line
from wxbot.patients.models import ConsentTopic, Contact, ContactLink, Patient, Relation
from wxbot.patients.service import Patients
from wxbot.patients.stores.patients import PatientStore

LONGEST_REASON = 200  # characters
CONSENT_WORDING = "console.consent"  # the reason says what the patient agreed to; no template was shown

RELATION_NAMES = {
    Relation.SELF: "本人",
    Relation.CHILD: "孩子（联系人是监护人）",
    Relation.PARENT: "父母",
    Relation.SPOUSE: "配偶",
    Relation.OTHER: "其他亲友",
}


class OwnRecordError(InvalidInputError):
    """The contact has a record of their own already: `patient_id`. The two are to be merged, not linked twice."""

    code = "own_record"
    sentence = "这位联系人已有本人档案。如果是同一个人，请合并两份档案。"

    def __init__(self, patient_id: PatientId) -> None:
        super().__init__(f"own record {patient_id}")
        self.patient_id = patient_id


class PatientLinks:
    """Contacts and the patients they speak for."""

    def __init__(self, store: PatientStore, *, patients: Patients, history: History, audit: AuditTrail) -> None:
        self._store = store
        self._patients = patients
        self._history = history
        self._audit = audit
        self._changing = Changing(store)

    async def candidates(self, text: str, *, by: Actor) -> list[Contact]:
        """Contacts that may be meant by an alias, or by the name of a patient they speak for."""
        by.must("patients:contact:link")
        words = text.strip()
        if not words:
            return []
        aliased = await self._store.finding.by_alias("访客·" + words.removeprefix("访客·"), 10)
        named = await self._store.look_up(words)
        found = {contact.id: contact for contact in (*aliased, *named) if contact.erased_at is None}
        return list(found.values())[:10]

    async def contact(self, contact_id: ContactId, *, by: Actor) -> tuple[Contact, list[Patient]]:
        """A contact for their page, with the records of whom they speak for. Raises NotFoundError, also when erased."""
        by.must("patients:patient:read")
        contact = (await self._store.contacts.of_ids([contact_id])).get(contact_id)
        if contact is None or contact.erased_at is not None:
            raise NotFoundError("no such contact")
        patients = await self._store.living(contact.patient_ids)
        return contact, [patients[each] for each in contact.patient_ids if each in patients]

    async def link(
        self, patient_id: PatientId, contact_id: ContactId, relation: Relation, *, by: Actor, now: datetime
    ) -> Patient:
        """Let a contact speak for a patient; the first one is written to. Linking again changes the relation.

        Raises:
            OwnRecordError: as `self`, but the contact has a record of their own.
            NotFoundError: no such patient, or no such contact (any more).
        """
        by.must("patients:contact:link")
        contact = (await self._store.contacts.of_ids([contact_id])).get(contact_id)
        if contact is None or contact.erased_at is not None:
            raise NotFoundError("no such contact")
        if relation is Relation.SELF:
            own = (await self._store.self_patients([contact_id])).get(contact_id)
            if own is not None and own.id != patient_id:
                raise OwnRecordError(own.id)

        def linked(it: Patient) -> Patient:
            others = tuple(each for each in it.other_contacts if each.contact_id != contact_id)
            if it.contact_id in {None, contact_id}:
                after = replace(it, contact_id=contact_id, relation=relation, other_contacts=others)
            else:
                after = replace(it, other_contacts=(*others, ContactLink(contact_id=contact_id, relation=relation)))
            return it if after == it else after

        patient = await self._living(patient_id)
        if linked(patient) is not patient:
            words = f"关联微信联系人 {contact.alias}（{RELATION_NAMES[relation]}）"
            await self._audit.record(AuditAction.CONTACT_LINKED, f"patient:{patient.id}", by=by, now=now, summary=words)
        before, after = await self._changing.patient(patient_id, linked)
        known = after.id
        await self._changing.contact(
            contact_id,
            lambda it: it if known in it.patient_ids else replace(it, patient_ids=(*it.patient_ids, known)),
        )
        if before is not after:
            await self._history.append(updated_line(after, ["关联联系人"], now, by.by))
        return after

    async def unlink(self, patient_id: PatientId, contact_id: ContactId, *, by: Actor, now: datetime) -> Patient:
        """A contact speaks for a patient no more; the next one, if any, is written to. Raises NotFoundError."""
        by.must("patients:contact:link")

        def unlinked(it: Patient) -> Patient:
            others = tuple(each for each in it.other_contacts if each.contact_id != contact_id)
            if it.contact_id != contact_id:
                return it if len(others) == len(it.other_contacts) else replace(it, other_contacts=others)
            if not others:
                return replace(it, contact_id=None)
            first, *rest = others
            relation = first.relation if first.relation is not Relation.SELF else Relation.OTHER
            return replace(it, contact_id=first.contact_id, relation=relation, other_contacts=tuple(rest))

        patient = await self._living(patient_id)
        found = await self._store.contacts.of_ids([contact_id])
        merged = await self._store.merged_into([patient.id])  # the contact may speak through a duplicate
        if unlinked(patient) is not patient or any(each.contact_id == contact_id for each in merged):
            words = f"解除微信联系人 {found[contact_id].alias if contact_id in found else ''}"
            await self._audit.record(
                AuditAction.CONTACT_UNLINKED, f"patient:{patient.id}", by=by, now=now, summary=words
            )
        before, after = await self._changing.patient(patient_id, unlinked)
        for each in await self._store.merged_into([after.id]):
            if each.contact_id == contact_id:
                await self._store.replace_patient(each, replace(each, contact_id=None, revision=each.revision + 1))
                before = each
        theirs = {after.id, patient_id}
        if contact_id in found:
            await self._changing.contact(contact_id, lambda it: _without(it, theirs))
        if before is not after:
            await self._history.append(updated_line(after, ["解除联系人"], now, by.by))
        return after

    async def set_consent(  # noqa: PLR0913 - one fact each, all keyword-only
        self,
        patient_id: PatientId,
        contact_id: ContactId,
        topic: ConsentTopic,
        *,
        granted: bool,
        reason: str,
        by: Actor,
        now: datetime,
    ) -> Contact:
        """A patient said yes or no to a member of staff; `reason` says how and when (by telephone, in person).

        Raises:
            InvalidInputError: no reason given; the message is in Chinese for staff.
            NotFoundError: that contact does not speak for that patient.
        """
        by.must("patients:consent:edit")
        words = " ".join(reason.split())
        if not words or len(words) > LONGEST_REASON:
            raise FieldErrors({"reason": f"请写明患者何时、以什么方式表示的（1至{LONGEST_REASON}个字）"})
        patient = (await self._store.living([patient_id])).get(patient_id)
        if patient is None or contact_id not in await self._speaking(patient):
            raise NotFoundError("that contact does not speak for that patient")
        contact = await self._patients.set_consent(
            contact_id, topic, granted=granted, now=now, source=f"{by.by}：{words}", wording=CONSENT_WORDING, by=by.by
        )
        summary = f"代患者登记：{CONSENT_SENTENCES[topic, granted]}"
        subject = f"patient:{patient.id}"
        await self._audit.record(AuditAction.CONSENT_CHANGED, subject, by=by, now=now, summary=summary, reason=words)
        return contact

    async def _speaking(self, patient: Patient) -> set[ContactId]:
        merged = await self._store.merged_into([patient.id])
        ids = {patient.contact_id, *(each.contact_id for each in patient.other_contacts)}
        ids |= {each.contact_id for each in merged}
        return {each for each in ids if each is not None}

    async def _living(self, patient_id: PatientId) -> Patient:
        patient = (await self._store.living([patient_id])).get(patient_id)
        if patient is None:
            raise NotFoundError("no such patient")
        return patient


def _without(contact: Contact, patient_ids: set[PatientId]) -> Contact:
    kept = tuple(each for each in contact.patient_ids if each not in patient_ids)
    return contact if len(kept) == len(contact.patient_ids) else replace(contact, patient_ids=kept)
