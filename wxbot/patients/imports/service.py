"""Use cases of imports: upload, choose, dry run, run, undo. What takes its time happens in `background`."""

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

from wxbot import ids
from wxbot.actors import Actor
from wxbot.audit.actions import AuditAction
from wxbot.audit.service import AuditTrail
from wxbot.clock import Clock
from wxbot.database import PyMongoError
from wxbot.errors import InvalidInputError, NotFoundError, StaleError
from wxbot.logs import get_logger
from wxbot.patients.imports.background import ROWS_KEPT, Background
from wxbot.patients.imports.dates import DateOrder
from wxbot.patients.imports.headers import LOOKED_AT
from wxbot.patients.imports.hiding import hidden, hidden_preview, hidden_rows
from wxbot.patients.imports.models import (
    FIELD_NAMES,
    Choice,
    Import,
    ImportId,
    ImportState,
    Preset,
    Row,
    Sheet,
    Verdict,
    in_words,
)
from wxbot.patients.imports.ports import Bookings, Traces
from wxbot.patients.imports.report import problem_sheet
from wxbot.patients.imports.sheets import (
    EXAMPLES,
    LONGEST_FILENAME,
    Preview,
    check_choice,
    columns_of,
    grown,
    header_of,
    likely_sheet,
    mapping_for,
    sheet_of,
    signature_of,
    staged,
)
from wxbot.patients.imports.store import ImportStore
from wxbot.patients.stores.patients import PatientStore
from wxbot.spreadsheets.reader import SheetHead, UploadReader
from wxbot.spreadsheets.workbook import MOST_ROWS, SLACK_ROWS

log = get_logger(__name__)

RUN = "patients:import:run"
UNDO_WITHIN = timedelta(days=7)


class PatientImports:
    """Patients out of spreadsheets."""

    def __init__(  # noqa: PLR0913 - its collaborators, one each
        self,
        store: ImportStore,
        patients: PatientStore,
        *,
        audit: AuditTrail,
        bookings: Bookings,
        traces: Traces,
        uploads: UploadReader,
        clock: Clock,
        timezone: tzinfo,
    ) -> None:
        self._store = store
        self._audit = audit
        self._clock = clock
        self._uploads = uploads
        self._background = Background(
            store, patients, audit=audit, bookings=bookings, traces=traces, clock=clock, timezone=timezone
        )

    # -- a file comes ----------------------------------------------------------------------------------------

    async def upload(self, path: Path, filename: str, *, by: Actor, now: datetime) -> Import:
        """Stage the rows of a file. Raises UploadRefusedError with words for staff."""
        by.must(RUN)
        import_id = ImportId(ids.new_id(now))
        try:
            sheets = await self._stage(import_id, path, filename)
        except BaseException:  # a refusal or a stop: what was staged of it is nobody's
            with contextlib.suppress(PyMongoError):
                await self._store.forget_rows(import_id)
            raise
        new = Import(
            id=import_id,
            filename=Path(filename).name[:LONGEST_FILENAME] or "未命名",
            by=by.id,
            by_name=by.name,
            created_at=now,
            sheets=sheets,
        )
        count = sum(sheet.rows for sheet in sheets)
        await self._note(by, AuditAction.IMPORT_UPLOADED, new, now, f"上传导入文件{_named(new)}，{count} 行")
        await self._store.insert(new)  # last: an import that is listed has all its rows
        log.info("import_uploaded", import_id=import_id, rows=count)
        return new

    async def _stage(self, import_id: ImportId, path: Path, filename: str) -> tuple[Sheet, ...]:
        sheets: list[Sheet] = []
        forget_at = self._clock.machine_now() + ROWS_KEPT
        async with self._uploads.read(path, filename) as pieces:
            async for piece in pieces:
                if isinstance(piece, SheetHead):
                    sheets.append(sheet_of(piece))
                else:
                    await self._store.stage(staged(import_id, len(sheets) - 1, piece, forget_at))
                    sheets[-1] = grown(sheets[-1], piece.rows)
        return tuple(sheets)

    async def newest(self, *, by: Actor, before: datetime | None = None, limit: int = 20) -> list[Import]:
        """Imports, newest first; pass the last one's `created_at` as `before` for the next page."""
        by.must(RUN)
        return await self._store.newest(before=before, limit=limit)

    async def get(self, import_id: ImportId, *, by: Actor) -> Import:
        """One import; raises NotFoundError."""
        by.must(RUN)
        return await self._known(import_id)

    async def preview(
        self, it: Import, *, by: Actor, sheet: int | None = None, header_row: int | None = None
    ) -> Preview:
        """How a sheet would be read, its numbers masked. Raises InvalidInputError: no such sheet or header row."""
        by.must(RUN)
        return hidden_preview(await self._preview(it, sheet, header_row))

    async def _preview(self, it: Import, sheet: int | None, header_row: int | None) -> Preview:
        if sheet is None:
            sheet = it.choice.sheet if it.choice else likely_sheet(it.sheets)
        if header_row is None and it.choice is not None and it.choice.sheet == sheet:
            header_row = it.choice.header_row
        if not 0 <= sheet < len(it.sheets) or it.sheets[sheet].too_long:
            raise InvalidInputError(sentence="这张工作表不能导入，请另选一张")
        top = await self._store.rows(it.id, sheet, after=0, limit=LOOKED_AT)
        header = header_of(top, header_row)
        if header is None and header_row is not None:
            header = next(iter(await self._store.rows(it.id, sheet, after=header_row - 1, limit=1)), None)
        if header is None:
            raise InvalidInputError(sentence="这一行不在表格里，请填写表头所在的行号")
        below = await self._store.rows(it.id, sheet, after=header.number, limit=EXAMPLES)
        mark = signature_of(header)
        preset = await self._store.preset(mark)
        before = it.choice
        chosen = before.columns if before and (before.sheet, before.header_row) == (sheet, header.number) else None
        mapping = chosen if chosen is not None else mapping_for(header, preset.columns if preset else None)
        return Preview(
            sheet=sheet,
            header_row=header.number,
            signature=mark,
            columns=columns_of(header, below, mapping),
            remembered=chosen is None and preset is not None,
            rows=await self._store.count_data(it.id, sheet, header.number),
            hidden_rows=it.sheets[sheet].hidden_rows,
        )

    # -- staff decide ----------------------------------------------------------------------------------------

    async def choose(self, import_id: ImportId, revision: int, choice: Choice, *, by: Actor, now: datetime) -> Import:
        """Take the mapping and policy, remember them for such files, and let the dry run begin.

        Raises:
            InvalidInputError: in words for staff; StaleError: another account continued it meanwhile.
        """
        by.must(RUN)
        it = await self._standing(import_id, revision, ImportState.UPLOADED, ImportState.CHECKED)
        preview = await self._preview(it, choice.sheet, choice.header_row)
        check_choice(choice, preview)
        names = "、".join(FIELD_NAMES[field] for field in choice.columns.values())
        await self._note(by, AuditAction.IMPORT_CHOSEN, it, now, f"指定{_named(it)}的列：{names}")
        await self._store.keep_preset(Preset(id=preview.signature, columns=choice.columns, by=by.by, at=now))
        blank: dict[str, Any] = {"counts": {}, "mistakes": (), "date_order": DateOrder.SHEET}
        after = replace(it, choice=choice, total=preview.rows, **blank)
        return await self._set(it, after, ImportState.CHECKING, by)

    async def run(self, import_id: ImportId, revision: int, *, by: Actor, now: datetime) -> Import:
        """Let the run begin, after the dry run. Raises InvalidInputError when there is nothing to write."""
        by.must(RUN)
        it = await self._standing(import_id, revision, ImportState.CHECKED)
        if not it.counts.get(Verdict.CREATE, 0) + it.counts.get(Verdict.FILL, 0):
            raise InvalidInputError(sentence="没有可以导入的行，请先修改文件或换一种重复处理方式")
        await self._note(by, AuditAction.IMPORT_STARTED, it, now, f"开始导入{_named(it)}：{in_words(it.counts)}")
        return await self._set(it, replace(it, started_at=now), ImportState.RUNNING, by)

    async def undo(self, import_id: ImportId, revision: int, *, by: Actor, now: datetime) -> Import:
        """Let the undoing begin. Raises InvalidInputError when seven days have gone by."""
        by.must(RUN)
        it = await self._standing(import_id, revision, ImportState.DONE)
        if not self.may_undo(it, now):
            raise InvalidInputError(sentence="导入已超过 7 天，不能整批撤销；可以在患者页面逐个修改")
        await self._note(by, AuditAction.IMPORT_UNDO_STARTED, it, now, f"开始撤销导入{_named(it)}")
        wrote = it.counts.get(Verdict.CREATE, 0) + it.counts.get(Verdict.FILL, 0)
        return await self._set(it, replace(it, total=wrote), ImportState.UNDOING, by)

    async def discard(self, import_id: ImportId, revision: int, *, by: Actor, now: datetime) -> None:
        """Throw a file away that nothing was written from."""
        by.must(RUN)
        it = await self._standing(import_id, revision, ImportState.UPLOADED, ImportState.CHECKED)
        await self._note(by, AuditAction.IMPORT_DISCARDED, it, now, f"删除导入文件{_named(it)}，没有写入任何患者")
        if not await self._store.delete(it):
            raise StaleError("the import went on meanwhile")

    @staticmethod
    def may_undo(it: Import, now: datetime) -> bool:
        """Whether it is through, and not longer than seven days."""
        return it.state is ImportState.DONE and it.finished_at is not None and now - it.finished_at <= UNDO_WITHIN

    # -- what came of it -------------------------------------------------------------------------------------

    async def judged(
        self, it: Import, verdicts: Sequence[Verdict], *, by: Actor, after: int = 0, limit: int = 50
    ) -> list[Row]:
        """Rows of those verdicts, and those to be checked, below a line: what is wrong with them, numbers masked."""
        by.must(RUN)
        if it.choice is None:
            return []
        return hidden_rows(await self._store.judged(it.id, it.choice.sheet, verdicts, after=after, limit=limit))

    async def left_alone(self, it: Import, *, by: Actor, after: int = 0, limit: int = 50) -> list[Row]:
        """Rows that undoing left alone, each with the reason."""
        by.must(RUN)
        return hidden_rows(await self._store.left_alone(it.id, after=after, limit=limit))

    async def problem_report(self, it: Import, *, by: Actor) -> bytes:
        """The rows not imported or to be checked, with reasons and their own cells, as an .xlsx to mend and reuse.

        Audited before: the report holds whole telephones and identities.
        """
        by.must(RUN)
        if it.choice is None:
            raise NotFoundError("no dry run yet")
        header = await self._store.header(it.id, it.choice)
        rows = await self._store.judged(
            it.id, it.choice.sheet, (Verdict.WRONG, Verdict.SKIP), after=0, limit=MOST_ROWS + SLACK_ROWS
        )
        content = await asyncio.to_thread(problem_sheet, header, rows)
        summary = f"下载{_named(it)}没有导入或待核对的 {len(rows)} 行"
        await self._note(by, AuditAction.IMPORT_FETCHED, it, self._clock.now(), summary)
        return content

    # -- in the background -----------------------------------------------------------------------------------

    async def work(self, now: datetime) -> int:
        """Take up one import that has something to do; the number worked on. Called by the clock."""
        return await self._background.work(now)

    # --------------------------------------------------------------------------------------------------------

    async def _note(self, by: Actor, action: AuditAction, it: Import, now: datetime, summary: str) -> None:
        """An audit entry, written before the action."""
        await self._audit.record(action, f"import:{it.id}", by=by, now=now, summary=summary)

    async def _known(self, import_id: ImportId) -> Import:
        found = await self._store.get(import_id)
        if found is None:
            raise NotFoundError("no such import")
        return found

    async def _standing(self, import_id: ImportId, revision: int, *states: ImportState) -> Import:
        it = await self._known(import_id)
        if it.revision != revision or it.state not in states:
            raise StaleError("the import went on meanwhile")
        return it

    async def _set(self, before: Import, after: Import, state: ImportState, by: Actor) -> Import:
        new = replace(
            after,
            state=state,
            progress=0,
            lease_until=None,
            actor=by.id,
            actor_name=by.name,
            revision=before.revision + 1,
        )
        if not await self._store.replace(before, new):
            raise StaleError("the import went on meanwhile")
        return new


def _named(it: Import) -> str:
    """A file's name for the audit; some are called by a patient's telephone."""
    return f"「{hidden(it.filename)}」"
