"""Staff's use cases around a patient's record: find, look, create, edit, reveal. Numbers leave this room masked."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from wxbot import ids
from wxbot.actors import Actor
from wxbot.audit.actions import AuditAction
from wxbot.audit.service import AuditTrail
from wxbot.database import DuplicateKeyError
from wxbot.errors import DomainError, FieldErrors, NotFoundError
from wxbot.history.models import ContactId, PatientId
from wxbot.history.service import History
from wxbot.patients import phones
from wxbot.patients.changing import Changing
from wxbot.patients.derived import indexed
from wxbot.patients.details import FIELDS, shown, understand
from wxbot.patients.digit_searches import FEWEST_DIGITS, REVEAL, TOO_MANY, allowed, digits_in, note, without_guesses
from wxbot.patients.likely_duplicates import LikelyDuplicates
from wxbot.patients.lines import updated_line
from wxbot.patients.models import Contact, Patient, Relation
from wxbot.patients.ports import LiveClinicZone
from wxbot.patients.search_keys import prefixes_of
from wxbot.patients.searching import Matches, matches
from wxbot.patients.stores.patients import PatientStore
from wxbot.patients.views import Card, Found, LinkedContact, PatientDetail, card_of

CAUGHT_UP_AT_ONCE = 500  # records given their search keys in one write
MOST_MERGES = 20  # shown on a patient's page
_RECORD_NUMBER_TAKEN = {"record_number": "这个病历号已属于另一位患者"}

_REVEALS: Mapping[str, tuple[str, AuditAction]] = {  # field → the permission, and how the audit calls it
    "phone": ("patients:phone:reveal", AuditAction.PHONE_REVEALED),
    "identity": ("patients:identity:reveal", AuditAction.IDENTITY_REVEALED),
}


class DuplicatesError(DomainError):
    """Patients very like the one being saved exist already; `found` are they, masked."""

    code = "duplicates"
    sentence = "可能已有这位患者的档案，请先核对下面的名单。"

    def __init__(self, found: Sequence[Card]) -> None:
        super().__init__(f"{len(found)} alike")
        self.found = tuple(found)


class PatientRecords:
    """What staff do with records."""

    def __init__(self, store: PatientStore, *, history: History, audit: AuditTrail, clinics: LiveClinicZone) -> None:
        self._store = store
        self._history = history
        self._audit = audit
        self._clinics = clinics
        self._changing = Changing(store)
        self._duplicates = LikelyDuplicates(store)

    # -- looking ---------------------------------------------------------------------------------------------

    async def search(self, query: str, *, by: Actor, now: datetime) -> Found:
        """Patients by part of the name, pinyin, telephone tail or record number; contacts by alias. At most 20 each.

        Searches by digits are noted, and bounded for who may not reveal telephones: see `digit_searches`.
        """
        by.must("patients:patient:read")
        words = prefixes_of(query)
        if not words:
            return Found(cards=())
        typed = digits_in(query)
        if not by.may(REVEAL):
            words = without_guesses(words)
            if typed >= FEWEST_DIGITS and not await allowed(self._store.digit_searches, by=by, now=now):
                await note(self._audit, typed, None, by=by, now=now)
                return Found(cards=(), refusal=TOO_MANY)
        found = await self._found(await matches(self._store.finding, words, query), now)
        if typed >= FEWEST_DIGITS:
            await note(self._audit, typed, len(found.cards), by=by, now=now)
        return found

    async def catch_up(self) -> int:
        """Make records findable that were written before there were search keys, or kinds of holds; the number.

        Safe to repeat.
        """
        done = await self._upgrade_holds()
        while found := await self._store.finding.never_indexed(CAUGHT_UP_AT_ONCE):
            await self._store.set_search_keys([indexed(each) for each in found])
            done += len(found)
        return done

    async def detail(self, patient_id: PatientId, *, by: Actor, now: datetime) -> PatientDetail:
        """Everything this room knows for a patient's page; for a merged duplicate that of the record it became.

        Raises NotFoundError.
        """
        by.must("patients:patient:read")
        patient = await self._living(patient_id)
        merged = await self._store.merged_into([patient.id])
        (card,) = await self.cards([patient], now)
        return PatientDetail(
            card=card,
            linked_contacts=await self._linked_contacts(patient, merged),
            merged_ids=tuple(each.id for each in merged),
            merges=tuple(await self._store.merges.of_survivor(patient.id, MOST_MERGES)),
        )

    async def cards(self, patients: Sequence[Patient], now: datetime) -> list[Card]:
        """Patients as lists show them, masked; the unnamed under their contact's alias. One look-up for all."""
        unnamed = {each.contact_id for each in patients if not each.name and each.contact_id is not None}
        contacts = await self._store.contacts.of_ids(unnamed) if unnamed else {}
        today = self._today(now)
        return [
            card_of(each, today, now, contacts.get(each.contact_id) if each.contact_id is not None else None)
            for each in patients
        ]

    async def reveal(self, patient_id: PatientId, field: str, *, by: Actor, now: datetime) -> str:
        """The whole `phone` or `identity`; noted in the audit before it is given. Empty where there is none.

        Raises ForbiddenError, NotFoundError.
        """
        if field not in _REVEALS:
            raise NotFoundError("no such field to reveal")
        permission, action = _REVEALS[field]
        by.must(permission)
        patient = await self._living(patient_id)
        value: str | None = getattr(patient, field)
        if not value:
            return ""
        words = f"查看了完整{FIELDS[field]}"
        await self._audit.record(action, f"patient:{patient.id}", by=by, now=now, summary=words)
        return phones.spoken(value) if field == "phone" else value

    # -- writing ---------------------------------------------------------------------------------------------

    async def book_without_guardian(self, patient_id: PatientId, reason: str, *, by: Actor, now: datetime) -> None:
        """Note why staff book for a child whose guardian's consent is not on record yet. Raises ForbiddenError."""
        by.must("booking:appointment:edit")
        words = f"未登记监护人同意，仍为未满14周岁的患者预约：{reason}"
        action = AuditAction.PATIENT_WITHOUT_GUARDIAN
        await self._audit.record(action, f"patient:{patient_id}", by=by, now=now, summary=words)

    async def create(
        self, typed: Mapping[str, str], *, by: Actor, now: datetime, despite_duplicates: bool = False
    ) -> Patient:
        """Keep a new record of what staff typed (fields as in details.FIELDS).

        Raises:
            FieldErrors: something cannot be understood, or the record number is another's.
            DuplicatesError: a patient has that telephone or identity, or the same name and birthday.
        """
        by.must("patients:patient:create")
        kept = understand({"name": "", **typed}, self._today(now))
        new = indexed(Patient(id=PatientId(ids.new_id(now)), created_at=now, source=by.by, revision=1, **kept))
        async with self._duplicates.alone(new, now):
            alike = await self.alike(new)
            if any(new.record_number and each.record_number == new.record_number for each in alike):
                raise FieldErrors(_RECORD_NUMBER_TAKEN)
            if alike and not despite_duplicates:
                raise DuplicatesError(await self.cards(alike, now))
            if not await self._store.insert(new):
                raise FieldErrors(_RECORD_NUMBER_TAKEN)
        await self._record_change(new, AuditAction.PATIENT_CREATED, "新建患者档案", kept, Patient(**_BLANK), by, now)
        return new

    async def record_for(self, contact_id: ContactId, *, by: Actor, now: datetime) -> Patient:
        """建档: the record of a contact who has none yet, to be filled in; the one they have, if they do.

        Raises NotFoundError for an unknown or erased contact.
        """
        by.must("patients:patient:create")
        contact = (await self._store.contacts.of_ids([contact_id])).get(contact_id)
        if contact is None or contact.erased_at is not None:
            raise NotFoundError("no such contact")
        found = (await self._store.self_patients([contact_id])).get(contact_id)
        if found is None:
            blank = Patient(id=PatientId(ids.new_id(now)), name=None, created_at=now, contact_id=contact_id)
            found = await self._store.create_self_patient(replace(blank, source=by.by))
            await self._record_change(found, AuditAction.PATIENT_CREATED, "为微信联系人建档", {}, found, by, now)
        known = found.id
        await self._changing.contact(
            contact_id,
            lambda it: it if known in it.patient_ids else replace(it, patient_ids=(*it.patient_ids, known)),
        )
        return found

    async def edit(  # noqa: PLR0913 - what is changed, by whom, and what they answered
        self,
        patient_id: PatientId,
        typed: Mapping[str, str],
        *,
        revision: int,
        by: Actor,
        now: datetime,
        despite_duplicates: bool = False,
    ) -> Patient:
        """Change the fields that were typed; the others stay. `revision` is what the editor saw.

        Raises:
            FieldErrors: something cannot be understood, or the record number is another's.
            DuplicatesError: what was typed makes them like another patient, as `create` asks.
            StaleError: the record was changed meanwhile.
            NotFoundError: there is no such record.
        """
        by.must("patients:patient:edit")
        kept = understand(typed, self._today(now))
        stands = await self._living(patient_id)
        if stands.revision == revision and not despite_duplicates:
            alike = await self._duplicates.of_change(stands, kept)
            if alike:
                raise DuplicatesError(await self.cards(alike, now))
        try:
            before, after = await self._changing.patient(patient_id, lambda it: _with(it, kept), revision=revision)
        except DuplicateKeyError:
            raise FieldErrors(_RECORD_NUMBER_TAKEN) from None
        if before is not after:
            await self._record_change(after, AuditAction.PATIENT_EDITED, "修改患者资料", kept, before, by, now)
        return after

    async def alike(self, patient: Patient) -> list[Patient]:
        """Who is likely the same person: the telephone, identity or record number, or both name and birthday."""
        return await self._duplicates.of(patient)

    # -- inside ----------------------------------------------------------------------------------------------

    async def _upgrade_holds(self) -> int:
        """Reading understands both forms, the lists only today's: each record is written anew, where it is as read."""
        done = 0
        while found := await self._store.finding.with_older_holds(CAUGHT_UP_AT_ONCE):
            await self._store.replace_many([(it, indexed(replace(it, revision=it.revision + 1))) for it in found])
            done += len(found)
        return done

    async def _found(self, known: Matches | None, now: datetime) -> Found:
        if known is None:
            return Found(cards=(), vague=True)
        return Found(cards=tuple(await self.cards(known.patients, now)), contacts=known.contacts, more=known.more)

    async def _record_change(  # noqa: PLR0913, PLR0917 - one entry's facts
        self,
        patient: Patient,
        action: AuditAction,
        summary: str,
        fields: Iterable[str],
        before: Patient,
        by: Actor,
        now: datetime,
    ) -> None:
        changed = [each for each in fields if getattr(patient, each) != getattr(before, each)]
        await self._audit.record(
            action,
            f"patient:{patient.id}",
            by=by,
            now=now,
            summary=summary,
            changes={FIELDS[each]: (shown(before, each), shown(patient, each)) for each in changed},
        )
        names = [FIELDS[each] for each in changed] if action is AuditAction.PATIENT_EDITED else [summary]
        await self._history.append(updated_line(patient, names, now, by.by))

    async def _living(self, patient_id: PatientId) -> Patient:
        patient = (await self._store.living([patient_id])).get(patient_id)
        if patient is None:
            raise NotFoundError("no such patient")
        return patient

    async def _linked_contacts(self, patient: Patient, merged: Sequence[Patient]) -> tuple[LinkedContact, ...]:
        """Their first contact, the others, and those linked to a duplicate."""
        asked: dict[ContactId, tuple[Relation, bool]] = {}
        if patient.contact_id is not None:
            asked[patient.contact_id] = (patient.relation, True)
        for speaker in patient.other_contacts:
            asked.setdefault(speaker.contact_id, (speaker.relation, False))
        for each in merged:
            if each.contact_id is not None:
                asked.setdefault(each.contact_id, (each.relation, False))
        found: Mapping[ContactId, Contact] = await self._store.contacts.of_ids(asked) if asked else {}
        return tuple(
            LinkedContact(contact=found[contact_id], relation=relation, first=first)
            for contact_id, (relation, first) in asked.items()
            if contact_id in found
        )

    def _today(self, now: datetime) -> date:
        return now.astimezone(self._clinics.current.timezone).date()


_BLANK: dict[str, Any] = {"id": PatientId(""), "name": None, "created_at": datetime.min}  # noqa: DTZ901 - never stored


def _with(patient: Patient, kept: Mapping[str, Any]) -> Patient:
    """The record with those fields; the same object where nothing differs."""
    changed = {field: value for field, value in kept.items() if getattr(patient, field) != value}
    return replace(patient, **changed) if changed else patient
