"""Undo an import: the last row first, so that what later rows did on top of earlier ones comes off before them.

A patient it created is removed if it was not changed since; a patient it filled gets each field back that is
still as it was filled. Everything else is left alone, with the reason. Doing a batch twice changes nothing more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from wxbot.clock import Clock
from wxbot.history.models import PatientId
from wxbot.patients.birthdays import keys_for
from wxbot.patients.derived import search_keys
from wxbot.patients.imports.models import FIELD_NAMES, Field, Import, Row, Undone, Verdict
from wxbot.patients.imports.ports import Bookings, Traces
from wxbot.patients.imports.store import ImportStore
from wxbot.patients.imports.work import FILLED_FIELDS, LEASE, SECONDS_AT_ONCE
from wxbot.patients.models import Patient
from wxbot.patients.stores.patients import PatientStore

PAST_ALL_LINES = 9_999_999
AT_ONCE = 250  # rows per round; each comes with the whole patient it wrote


@dataclass(kw_only=True)
class _Batch:
    """The patients of one batch as they are, and as they will be."""

    stored: Mapping[PatientId, Patient]
    touched: Mapping[PatientId, str]  # patients with a life of their own by now → what it is, for staff
    now: dict[PatientId, Patient] = field(default_factory=dict)
    removed: dict[PatientId, Patient] = field(default_factory=dict)


class Undoing:
    """Takes back what one import wrote."""

    def __init__(
        self, store: ImportStore, patients: PatientStore, clock: Clock, *, bookings: Bookings, traces: Traces
    ) -> None:
        self._store = store
        self._patients = patients
        self._clock = clock
        self._bookings = bookings
        self._traces = traces

    async def undo(self, it: Import, sheet: int) -> bool:
        """Go through the rows; True when all are through, False when there is more to do another time."""
        deadline = self._clock.monotonic() + SECONDS_AT_ONCE
        before, through = PAST_ALL_LINES, it.progress
        while rows := await self._store.undoable(it.id, sheet, before=before, limit=AT_ONCE):
            await self._store.mark(await self._take_back(rows))
            before, through = rows[-1].number, min(through + len(rows), it.total)
            await self._store.advance(it, through, self._clock.machine_now() + LEASE)
            if self._clock.monotonic() > deadline:
                return False
        return True

    async def _take_back(self, rows: Sequence[Row]) -> list[Row]:
        created = [row.patient_id for row in rows if row.patient_id is not None and row.verdict is Verdict.CREATE]
        everybody = {row.patient_id for row in rows if row.patient_id is not None}
        stored = await self._patients.patients(everybody)
        batch = _Batch(stored=stored, touched=await self._touched(created), now=dict(stored))
        judged = [
            _remove(row, batch) if row.verdict is Verdict.CREATE else _restore(row, batch)
            for row in sorted(rows, key=lambda row: -row.number)
        ]
        changed = [
            (stored[patient_id], patient) for patient_id, patient in batch.now.items() if patient != stored[patient_id]
        ]
        await self._patients.replace_many(changed)
        deleted = await self._patients.delete_unchanged(list(batch.removed.values()))
        if not changed and deleted == len(batch.removed):
            return judged
        left = await self._patients.patients(everybody)
        return [_confirmed(row, batch, left) for row in judged]

    async def _touched(self, created: Sequence[PatientId]) -> dict[PatientId, str]:
        if not created:
            return {}
        seen = dict.fromkeys(await self._traces.patients_with_lines(created), "导入后已有往来或修改记录")
        return seen | dict.fromkeys(await self._bookings.with_appointments(created), "已有预约")


def restored(current: Patient, before: Patient, after: Patient) -> tuple[Patient, list[str]]:
    """The patient with what was filled taken back, and the names of fields that were changed since and stay.

    Untouched since: exactly the record before, revision and all. A record already taken back stays as it is.
    """
    if current == after:
        return before, []
    changes: dict[str, Any] = {}
    stay: list[str] = []
    for name in FILLED_FIELDS:
        old, new, now = getattr(before, name), getattr(after, name), getattr(current, name)
        if old in (new, now):
            continue
        if now == new:
            changes[name] = old
        else:
            stay.append(FIELD_NAMES[Field(name)])
    added = set(after.tags) - set(before.tags)
    if added & set(current.tags):
        changes["tags"] = tuple(tag for tag in current.tags if tag not in added)
    if not changes:
        return current, stay
    bare = replace(current, **changes)
    days = keys_for(bare.birthday) if bare.birthday else ()
    return replace(bare, search_keys=search_keys(bare), birthday_keys=days, revision=current.revision + 1), stay


def _restore(row: Row, batch: _Batch) -> Row:
    current = batch.now.get(row.patient_id) if row.patient_id is not None else None
    if current is None or row.before is None or row.after is None:
        return replace(row, undone=Undone.KEPT, remark="这位患者的档案已经不在了")
    again, stay = restored(current, row.before, row.after)
    batch.now[current.id] = again
    if stay:
        words = "、".join(stay)
        return replace(row, undone=Undone.KEPT, remark=f"{words}在导入后又被改过，保持现状；其余已恢复")
    return replace(row, undone=Undone.RESTORED)


def _remove(row: Row, batch: _Batch) -> Row:
    current = batch.now.get(row.patient_id) if row.patient_id is not None else None
    if current is None:
        return replace(row, undone=Undone.REMOVED)  # by an earlier try, or by staff
    reason = batch.touched.get(current.id, "")
    if current.merged_into is not None:
        reason = reason or "已与另一份档案合并"
    elif current.contact_id is not None or current.other_contacts:
        reason = reason or "已关联微信"
    elif row.after is None or current.revision != row.after.revision:
        reason = reason or "导入后被修改过"
    if reason:
        return replace(row, undone=Undone.KEPT, remark=reason)
    batch.removed[current.id] = current
    return replace(row, undone=Undone.REMOVED)


def _confirmed(row: Row, batch: _Batch, left: Mapping[PatientId, Patient]) -> Row:
    """The row's outcome, corrected where the patient was changed at the same time."""
    if row.patient_id is None or row.undone is Undone.KEPT:
        return row
    wanted = batch.now.get(row.patient_id)
    gone = row.patient_id in batch.removed
    if (gone and row.patient_id in left) or (not gone and wanted is not None and left.get(row.patient_id) != wanted):
        return replace(row, undone=Undone.KEPT, remark="正被别人修改，保持现状")
    return row
