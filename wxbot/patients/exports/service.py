"""Use cases of exports: ask for one, write it in the background, fetch it."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta, tzinfo
from pathlib import Path

from wxbot import ids
from wxbot.actors import Actor
from wxbot.audit.actions import AuditAction
from wxbot.audit.service import AuditTrail
from wxbot.clock import Clock
from wxbot.days import read_day
from wxbot.errors import InvalidInputError, NotFoundError
from wxbot.logs import get_logger
from wxbot.patients.exports.columns import cells_of
from wxbot.patients.exports.models import (
    COLUMN_NAMES,
    SENSITIVE,
    Column,
    Export,
    ExportId,
    ExportState,
    Scope,
    Selection,
)
from wxbot.patients.exports.pages import portions
from wxbot.patients.exports.sheet import Head, Sheet
from wxbot.patients.exports.store import ExportStore
from wxbot.patients.models import Patient
from wxbot.patients.stores.patients import PatientStore

log = get_logger(__name__)

RUN = "patients:export:run"
SHORTEST_REASON, LONGEST_REASON = 5, 200  # characters
MOST_ROWS = 100_000
MOST_NUMBERS = 5_000  # pasted
FILE_KEPT = timedelta(minutes=30)  # long enough to fetch it again after a broken download
LEASE = timedelta(seconds=60)  # a writer that has not come back within this is gone
PIECE_BYTES = 1024 * 1024
TOO_MANY = f"超过 {MOST_ROWS:,} 位患者，一次导不完；请按标签或建档日期分批导出"


class PatientExports:
    """Patients into spreadsheets."""

    def __init__(
        self, store: ExportStore, patients: PatientStore, *, audit: AuditTrail, clock: Clock, timezone: tzinfo
    ) -> None:
        self._store = store
        self._patients = patients
        self._audit = audit
        self._clock = clock
        self._timezone = timezone
        self._stopping = False

    # -- staff -----------------------------------------------------------------------------------------------

    async def ask(
        self, selection: Selection, columns: Sequence[Column], reason: str, *, by: Actor, now: datetime
    ) -> Export:
        """Have a file written. Raises ForbiddenError for columns they may not reveal, InvalidInputError in words."""
        by.must(RUN)
        for column in columns:
            if column in SENSITIVE:
                by.must(SENSITIVE[column])
        why = " ".join(reason.split())
        if not SHORTEST_REASON <= len(why) <= LONGEST_REASON:
            raise InvalidInputError(sentence=f"请写明导出理由，{SHORTEST_REASON} 到 {LONGEST_REASON} 个字")
        if not columns:
            raise InvalidInputError(sentence="请至少选择一列")
        if len(selection.numbers) > MOST_NUMBERS:
            raise InvalidInputError(sentence=f"一次最多粘贴 {MOST_NUMBERS:,} 个号码")
        if selection.scope is Scope.CREATED:
            _check_days(selection)
        new = Export(
            id=ExportId(ids.new_id(now)),
            by=by.id,
            by_name=by.name,
            created_at=now,
            selection=selection,
            columns=tuple(column for column in Column if column in columns),
            reason=why,
        )
        await self._store.insert(new)
        return new

    async def newest(self, *, by: Actor, before: datetime | None = None, limit: int = 30) -> list[Export]:
        """Everybody's exports, newest first: who, when, why, how many."""
        by.must(RUN)
        return await self._store.newest(before=before, limit=limit)

    async def get(self, export_id: ExportId, *, by: Actor) -> Export:
        """One export; raises NotFoundError."""
        by.must(RUN)
        found = await self._store.get(export_id)
        if found is None:
            raise NotFoundError("no such export")
        return found

    async def may_fetch(self, it: Export, *, by: Actor) -> bool:
        """Whether they asked for it and the file is still there."""
        by.must(RUN)
        ours = it.by == by.id and it.state is ExportState.READY
        return ours and await self._store.has_file(it.id, it.bytes)

    async def fetch(self, export_id: ExportId, *, by: Actor, now: datetime) -> AsyncIterator[bytes]:
        """The file, piece by piece, for the account that asked for it; audited before. Raises NotFoundError."""
        it = await self.get(export_id, by=by)
        if not await self.may_fetch(it, by=by):
            raise NotFoundError("the file is not there any more")
        await self._record(by, AuditAction.EXPORT_FETCHED, it, it.rows, now)
        await self._store.note_fetched(it.id, now)
        return self._store.pieces(it.id)

    # -- in the background -----------------------------------------------------------------------------------

    def stop(self) -> None:
        """The service stops: let go of what is being written; it is begun afresh after the next start."""
        self._stopping = True

    async def work(self, now: datetime) -> int:
        """Write one export that waits, also one whose writer vanished; the number of rows written."""
        machine_now = self._clock.machine_now()
        it = await self._store.claim(machine_now, machine_now + LEASE)
        if it is None:
            return 0
        await self._store.forget_pieces(it.id)
        with tempfile.TemporaryDirectory(prefix="wxbot-export-") as folder:
            path = Path(folder) / "export.xlsx"
            rows = await self._write(it, path, now)
            if rows is None:
                return 0
            if rows > MOST_ROWS:
                await self._store.finish(it.id, ExportState.FAILED, problem=TOO_MANY, finished_at=now)
                return 0
            size = await self._keep(it, path)
        # The audit entry is written before the file can be fetched.
        await self._record(
            Actor(id=it.by, name=it.by_name, permissions=frozenset()), AuditAction.EXPORT_WRITTEN, it, rows, now
        )
        await self._store.finish(it.id, ExportState.READY, rows=rows, finished_at=now, bytes=size)
        log.info("export_written", export_id=it.id, rows=rows, bytes=size)
        return rows

    async def _write(self, it: Export, path: Path, now: datetime) -> int | None:
        """Write the sheet; the number of rows, more than MOST_ROWS when there are too many, None when stopped."""
        names = [COLUMN_NAMES[column] for column in it.columns]
        sheet = await asyncio.to_thread(Sheet, self._head(it), names)

        def append(patients: Sequence[Patient]) -> None:
            sheet.add([cells_of(patient, it.columns, self._timezone, now) for patient in patients])

        rows = 0
        try:
            async for portion in portions(self._patients, it.selection, self._timezone):
                rows += len(portion)
                if rows > MOST_ROWS:
                    return rows
                await asyncio.to_thread(append, portion)
                await self._store.advance(it.id, rows, self._clock.machine_now() + LEASE)
                if self._stopping:
                    await self._store.advance(it.id, 0, None)
                    return None
        finally:
            await asyncio.to_thread(sheet.save, path)  # also where it is given up: openpyxl removes its own files then
        return rows

    async def _keep(self, it: Export, path: Path) -> int:
        forget_at = self._clock.machine_now() + FILE_KEPT
        content = await asyncio.to_thread(path.read_bytes)
        for number, start in enumerate(range(0, len(content), PIECE_BYTES)):
            await self._store.keep_piece(it.id, number, content[start : start + PIECE_BYTES], forget_at)
        return len(content)

    async def _record(self, by: Actor, action: AuditAction, it: Export, rows: int, now: datetime) -> None:
        columns = "、".join(COLUMN_NAMES[column] for column in it.columns)
        summary = f"导出患者 {rows} 位（{it.selection.in_words}），列：{columns}"
        await self._audit.record(action, f"export:{it.id}", by=by, now=now, summary=summary, reason=it.reason)

    def _head(self, it: Export) -> Head:
        at = it.created_at.astimezone(self._timezone)
        return Head(by_name=it.by_name, at=f"{at:%Y-%m-%d %H:%M}", reason=it.reason, selection=it.selection.in_words)


def _check_days(selection: Selection) -> None:
    """Days in order and within what can be meant; raises InvalidInputError."""
    first, last = read_day(selection.first_day), read_day(selection.last_day)
    if first > last:
        raise InvalidInputError(sentence="开始日期不能晚于结束日期")
