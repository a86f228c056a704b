"""Staff's use cases around duplicates: preview a merge, merge, undo it within 30 days."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from wxbot import ids
from wxbot.actors import Actor
from wxbot.audit.actions import AuditAction
from wxbot.audit.service import AuditTrail
from wxbot.database import DuplicateKeyError
from wxbot.errors import InvalidInputError, NotFoundError, StaleError
from wxbot.history.models import ContactId, PatientId
from wxbot.history.service import History
from wxbot.patients.changing import Changing
from wxbot.patients.combining import Choice, choices, combined, parted
from wxbot.patients.details import FIELDS
from wxbot.patients.lines import updated_line
from wxbot.patients.models import Merge, Patient, Relation, Taken
from wxbot.patients.records import PatientRecords
from wxbot.patients.stores.patients import PatientStore
from wxbot.patients.views import Card

UNDO_WITHIN = timedelta(days=30)
MERGE = "patients:patient:merge"
GIVEN_AWAY = "病历号或联系人已给了另一份档案，请先改正再撤销"
_OTHER_NAMES = {
    "contact_id": "联系人",
    "tags": "标签",
    "holds": "暂停与异议",
    "recovered": "已恢复",
    "offers_declined_at": "不需要推荐",
}


class MergeRefusedError(InvalidInputError):
    """These two records cannot be merged, or not be parted any more."""

    code = "merge"
    sentence = "这两份档案现在不能合并或恢复。"

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence=sentence)


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What a merge would do. The revisions are part of it: who merges confirms what they saw."""

    survivor: Card
    merged: Card
    choices: tuple[Choice, ...]
    takes_contact: bool  # the survivor has no contact and takes the duplicate's


@dataclass(frozen=True, kw_only=True)
class Undone:
    """What became of an undoing. `stays` names what was changed since the merge and was left as it is."""

    survivor_id: PatientId
    merged_id: PatientId
    stays: tuple[str, ...]


class PatientMerges:
    """Merges of duplicates."""

    def __init__(self, store: PatientStore, *, records: PatientRecords, history: History, audit: AuditTrail) -> None:
        self._store = store
        self._records = records
        self._history = history
        self._audit = audit
        self._changing = Changing(store)

    async def suggestions(self, patient_id: PatientId, *, by: Actor, now: datetime) -> list[Card]:
        """Records that look like the same person. Raises NotFoundError."""
        by.must(MERGE)
        patient = (await self._store.living([patient_id])).get(patient_id)
        if patient is None:
            raise NotFoundError("no such patient")
        return await self._records.cards(await self._records.alike(patient), now)

    async def preview(self, survivor_id: PatientId, merged_id: PatientId, *, by: Actor, now: datetime) -> Preview:
        """Which field would come from which record. Raises NotFoundError, MergeRefusedError."""
        by.must(MERGE)
        survivor, merged = await self._two(survivor_id, merged_id)
        first, second = await self._records.cards([survivor, merged], now)
        return Preview(
            survivor=first,
            merged=second,
            choices=tuple(choices(survivor, merged)),
            takes_contact=survivor.contact_id is None and merged.contact_id is not None,
        )

    async def merge(  # noqa: PLR0913 - one fact each, all keyword-only
        self,
        survivor_id: PatientId,
        merged_id: PatientId,
        chosen: Mapping[str, Taken],
        *,
        revisions: tuple[int, int],
        by: Actor,
        now: datetime,
    ) -> Merge:
        """Make two records one, in one transaction. `revisions` are those of the preview, the survivor's first.

        Raises:
            StaleError: one of them changed since the preview.
            MergeRefusedError: the same record twice, or one that is merged already.
            NotFoundError: there is no such record.
        """
        by.must(MERGE)
        survivor, merged = await self._two(survivor_id, merged_id)
        if (survivor.revision, merged.revision) != revisions:
            raise StaleError("a record changed since the preview")
        picked = {field: taken for field, taken in chosen.items() if field in FIELDS}
        after, shell = combined(survivor, merged, picked)
        merge = Merge(
            id=ids.new_id(now),
            survivor_id=survivor.id,
            merged_id=merged.id,
            by=by.by,
            at=now,
            taken=picked,
            survivor_before=survivor,
            merged_before=merged,
            survivor_after=after,
            contact_ids=_contacts(survivor, merged),
        )
        words = f"合并重复档案：{merged.id} → {survivor.id}"
        await self._note(by, AuditAction.PATIENT_MERGED, words, now, survivor, merged)
        if not await self._store.merges.write(merge, [(merged, shell), (survivor, after)]):
            raise StaleError("a record changed while they were merged")
        await self._follow_contact(survivor, after)
        await self._history.append(updated_line(after, ["合并重复档案"], now, by.by))
        return merge

    async def undo(self, merge_id: str, *, by: Actor, now: datetime) -> Undone:
        """Part the two records again, exactly as they were; what was changed since the merge stays with the survivor.

        Raises:
            MergeRefusedError: undone already, older than 30 days, or the survivor was merged further since.
            NotFoundError: there is no such merge.
            StaleError: one of the records is being changed this moment.
        """
        by.must(MERGE)
        merge, survivor, shell = await self._undoable(merge_id, now)
        one, two, stays = parted(merge, survivor, shell)
        await self._refuse_given_away(one, two)
        undone = replace(merge, undone_at=now, undone_by=by.by)
        words = f"撤销合并：{two.id} 与 {one.id} 恢复为两份档案"
        await self._note(by, AuditAction.PATIENT_UNMERGED, words, now, one, two)
        try:
            written = await self._store.merges.write(undone, [(survivor, one), (shell, two)])
        except DuplicateKeyError:
            raise MergeRefusedError(GIVEN_AWAY) from None
        if not written:
            raise StaleError("a record changed while they were parted")
        await self._follow_contact(survivor, one)
        for each in (one, two):
            await self._history.append(updated_line(each, ["撤销合并"], now, by.by))
        names = tuple(dict.fromkeys(name for field in stays if (name := FIELDS.get(field) or _OTHER_NAMES.get(field))))
        return Undone(survivor_id=one.id, merged_id=two.id, stays=names)

    async def forget_originals(self, now: datetime) -> int:
        """Blank the originals of merges that cannot be undone any more; the number. Repeating it changes nothing."""
        return await self._store.merges.forget_originals(now - UNDO_WITHIN)

    async def _undoable(self, merge_id: str, now: datetime) -> tuple[Merge, Patient, Patient]:
        """The merge and both records, where it can still be undone."""
        merge = await self._store.merges.by_id(merge_id)
        if merge is None:
            raise NotFoundError("no such merge")
        if merge.undone_at is not None:
            raise MergeRefusedError("这次合并已经撤销过了")
        if now - merge.at > UNDO_WITHIN or merge.survivor_before is None:
            raise MergeRefusedError(f"合并已超过{UNDO_WITHIN.days}天，不能再撤销")
        found = await self._store.patients([merge.survivor_id, merge.merged_id])
        survivor, shell = found.get(merge.survivor_id), found.get(merge.merged_id)
        if survivor is None or shell is None:
            raise MergeRefusedError("档案已被删除，不能再撤销")
        if survivor.merged_into is not None:
            raise MergeRefusedError("这份档案后来又并入了另一份，请先撤销后一次合并")
        if shell.merged_into != survivor.id:
            raise MergeRefusedError("这份档案已不在这次合并里，不能再撤销")
        return merge, survivor, shell

    async def _refuse_given_away(self, *parted_again: Patient) -> None:
        """What an index would refuse, before the audit says that it was done."""
        theirs = {each.id for each in parted_again}
        numbers = [each.record_number for each in parted_again if each.record_number]
        selves = [
            each.contact_id for each in parted_again if each.contact_id is not None and each.relation is Relation.SELF
        ]
        taken = await self._store.by_record_numbers(numbers) if numbers else []
        known = await self._store.self_patients(selves) if selves else {}
        if any(each.id not in theirs for each in (*taken, *known.values())):
            raise MergeRefusedError(GIVEN_AWAY)

    async def _note(self, by: Actor, action: AuditAction, words: str, now: datetime, *patients: Patient) -> None:
        """An entry at each record, before anything is written."""
        for each in patients:
            await self._audit.record(action, f"patient:{each.id}", by=by, now=now, summary=words)

    async def _two(self, survivor_id: PatientId, merged_id: PatientId) -> tuple[Patient, Patient]:
        if survivor_id == merged_id:
            raise MergeRefusedError("这是同一份档案")
        found = await self._store.patients([survivor_id, merged_id])
        survivor, merged = found.get(survivor_id), found.get(merged_id)
        if survivor is None or merged is None:
            raise NotFoundError("no such patient")
        if survivor.merged_into is not None or merged.merged_into is not None:
            raise MergeRefusedError("其中一份档案已经被合并过了")
        return survivor, merged

    async def _follow_contact(self, before: Patient, after: Patient) -> None:
        """The contacts' own lists of whom they speak for; a crash before this heals with their next message."""
        gained = {after.contact_id} - {before.contact_id, None}
        lost = {before.contact_id} - {after.contact_id, None}
        known = after.id
        for contact_id in gained:
            if contact_id is not None:
                await self._changing.contact(
                    contact_id,
                    lambda it: it if known in it.patient_ids else replace(it, patient_ids=(*it.patient_ids, known)),
                )
        for contact_id in lost:
            if contact_id is not None:
                await self._changing.contact(
                    contact_id,
                    lambda it: (
                        it
                        if known not in it.patient_ids
                        else replace(it, patient_ids=tuple(each for each in it.patient_ids if each != known))
                    ),
                )


def _contacts(*patients: Patient) -> tuple[ContactId, ...]:
    """Everybody who speaks for one of them."""
    ids_found = [
        contact_id
        for patient in patients
        for contact_id in (patient.contact_id, *(each.contact_id for each in patient.other_contacts))
        if contact_id is not None
    ]
    return tuple(dict.fromkeys(ids_found))
