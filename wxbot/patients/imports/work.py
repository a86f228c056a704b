"""The dry run and the run, batch by batch in the background. Whatever a crash leaves is taken up again.

A run writes down what a batch will do (`planned`, with the patients as they will be) before it does it. New patients
have ids that follow from the line, filled ones are replaced only where they are unchanged: doing a batch twice is the
same as doing it once. Reading and deciding take their time, so they happen in a thread.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from wxbot.clock import Clock
from wxbot.history.models import PatientId
from wxbot.patients.imports.dates import SHORT_DATE, DateOrder, order_of
from wxbot.patients.imports.decisions import Decision, Frame, decide_all, read_all, taken_number
from wxbot.patients.imports.known import Known
from wxbot.patients.imports.models import Choice, Field, Import, Row, Verdict
from wxbot.patients.imports.readings import Reading, positions
from wxbot.patients.imports.store import ImportStore
from wxbot.patients.models import Patient
from wxbot.patients.stores.patients import PatientStore

BATCH = 500  # rows per round: some six round trips, a tenth of a second
LEASE = timedelta(seconds=60)  # a worker that has not come back within this is gone
TRIES = 3  # at filling a patient that is changed at the same time
SECONDS_AT_ONCE = 5.0  # then the worker lets go, so that a stop of the service need not wait long
FILLED_FIELDS = ("name", "phone", "second_phone", "gender", "birthday", "record_number", "identity", "note")


class ImportWork:
    """Goes through the rows of one import."""

    def __init__(self, store: ImportStore, patients: PatientStore, clock: Clock) -> None:
        self._store = store
        self._patients = patients
        self._clock = clock

    async def check(self, it: Import, frame: Frame) -> None:
        """The dry run: say what each row would come to. Nothing else is written; it may be begun afresh."""
        await self._store.start_over(it.id)
        known, after, through = Known(), frame.choice.header_row, 0
        while rows := await self._store.rows(it.id, frame.choice.sheet, after=after, limit=BATCH):
            decisions = await self._decide(rows, known, frame)
            await self._store.save([_judged(decision) for decision in decisions])
            after, through = rows[-1].number, through + len(rows)
            await self._store.advance(it, through, self._clock.machine_now() + LEASE)

    async def date_order(self, it: Import, choice: Choice, today: date) -> DateOrder:
        """In which order the sheet writes short dates, by the clear ones among its birthdays."""
        position = positions(choice.columns).get(Field.BIRTHDAY)
        if position is None or choice.date_order is not DateOrder.SHEET:
            return choice.date_order
        texts: set[str] = set()
        after = choice.header_row
        while rows := await self._store.rows(it.id, choice.sheet, after=after, limit=BATCH):
            cells = (row.cells[position] for row in rows if position < len(row.cells))
            texts.update(text for text in cells if SHORT_DATE.fullmatch(text))
            after = rows[-1].number
            await self._store.advance(it, 0, self._clock.machine_now() + LEASE)
        return order_of(texts, today)

    async def run(self, it: Import, frame: Frame) -> bool:
        """Write patients; True when all rows are through, False when there is more to do another time."""
        deadline = self._clock.monotonic() + SECONDS_AT_ONCE
        after = frame.choice.header_row
        through = it.progress
        while rows := await self._store.unfinished(it.id, frame.choice.sheet, after=after, limit=BATCH):
            await self._write(rows, frame)
            after, through = rows[-1].number, min(through + len(rows), it.total)
            await self._store.advance(it, through, self._clock.machine_now() + LEASE)
            if self._clock.monotonic() > deadline:
                return False
        return True

    async def _decide(self, rows: Sequence[Row], known: Known, frame: Frame) -> list[Decision]:
        readings = await asyncio.to_thread(read_all, rows, frame)
        await self._learn(known, readings)
        return await asyncio.to_thread(decide_all, rows, readings, known, frame)

    async def _write(self, rows: Sequence[Row], frame: Frame) -> None:
        """One batch: decide, write down, do, mark. Rows that a crash left planned are done as planned."""
        overtaken = await self._apply([row for row in rows if row.planned])
        undecided = sorted([*overtaken, *(row for row in rows if not row.planned)], key=lambda row: row.number)
        for _ in range(TRIES):
            if not undecided:
                return
            decisions = await self._decide(undecided, Known(), frame)
            fresh = [_judged(decision, final=True) for decision in decisions]
            await self._store.save(fresh)
            undecided = await self._apply([row for row in fresh if row.planned])
        left = [
            replace(row, verdict=Verdict.SKIP, doubtful=False, remark="正被别人修改，没有补充，请人工核对")
            for row in undecided
        ]
        await self._store.save([replace(row, done=True) for row in left])

    async def _apply(self, planned: Sequence[Row]) -> list[Row]:
        """Do what is planned and mark it; the rows whose patient was changed meanwhile are to be decided again."""
        await self._create([row for row in planned if row.verdict is Verdict.CREATE])
        fills = [row for row in planned if row.verdict is Verdict.FILL and row.before is not None]
        if not fills:
            return []
        await self._patients.replace_many(_one_each(fills))
        now = await self._patients.patients({row.before.id for row in fills if row.before is not None})
        await self._store.mark([replace(row, done=True) for row in fills if _stands(now, row)])
        blank: dict[str, Any] = {
            "planned": False,
            "verdict": None,
            "doubtful": False,
            "before": None,
            "after": None,
            "patient_id": None,
        }
        return [replace(row, **blank) for row in fills if not _stands(now, row)]

    async def _create(self, rows: Sequence[Row]) -> None:
        new = [row.after for row in rows if row.after is not None]
        fresh = await self._patients.insert_many(new)
        refused = [patient.id for patient, is_new in zip(new, fresh, strict=True) if not is_new]
        there = await self._patients.patients(refused) if refused else {}
        lost = set(refused) - set(there)  # the record number was taken a moment ago
        await self._store.mark([replace(row, done=True) for row in rows if row.patient_id not in lost])
        await self._store.save([_lost(row) for row in rows if row.patient_id in lost])

    async def _learn(self, known: Known, readings: Sequence[Reading]) -> None:
        """Look up the patients whom these rows could be about; for a merged duplicate the record that it became."""
        sound = [reading for reading in readings if not reading.problems]
        found = {
            patient.id: patient
            for group in await asyncio.gather(
                self._patients.by_phones({reading.phone for reading in sound if reading.phone}),
                self._patients.by_record_numbers({each.record_number for each in sound if each.record_number}),
                self._patients.by_identities({reading.identity for reading in sound if reading.identity}),
            )
            for patient in group
        }
        merged = [patient.id for patient in found.values() if patient.merged_into is not None]
        known.absorb(patient for patient in found.values() if patient.merged_into is None)
        for patient_id, living in (await self._patients.living(merged) if merged else {}).items():
            if living.merged_into is None:
                known.absorb([living])
                known.also(living.id, found[patient_id])


def _judged(decision: Decision, *, final: bool = False) -> Row:
    """The row with what it comes to. `final`: in the run, where what writes nothing is through at once."""
    writes = decision.after is not None
    return replace(
        decision.row,
        verdict=decision.verdict,
        problems=decision.problems,
        doubtful=writes and bool(decision.problems),
        remark=decision.remark,
        patient_id=decision.after.id if decision.after is not None else None,
        before=decision.before if final else None,
        after=decision.after if final else None,
        planned=final and writes,
        done=final and not writes,
    )


def _lost(row: Row) -> Row:
    """A row whose record number somebody else has taken since it was decided."""
    number = row.after.record_number if row.after is not None else None
    problem = taken_number(Reading(record_number=number))
    return replace(
        row,
        verdict=Verdict.WRONG,
        problems=(problem,),
        doubtful=False,
        after=None,
        patient_id=None,
        planned=False,
        done=True,
    )


def _one_each(fills: Sequence[Row]) -> list[tuple[Patient, Patient]]:
    """Each filled patient once, from before the first of these rows to after the last."""
    changes: dict[PatientId, tuple[Patient, Patient]] = {}
    for row in fills:
        if row.before is not None and row.after is not None:
            first = changes.get(row.before.id, (row.before, row.after))[0]
            changes[row.before.id] = (first, row.after)
    return list(changes.values())


def _stands(now: dict[PatientId, Patient], row: Row) -> bool:
    """Whether what a row fills is there: written by us a moment ago, or before a crash."""
    patient = now.get(row.before.id) if row.before is not None else None
    if patient is None or row.before is None or row.after is None:
        return False
    tags = {tag.name for tag in patient.tags}
    return {tag.name for tag in row.after.tags} - {tag.name for tag in row.before.tags} <= tags and all(
        getattr(patient, field) == getattr(row.after, field)
        for field in FILLED_FIELDS
        if getattr(row.before, field) != getattr(row.after, field)
    )
