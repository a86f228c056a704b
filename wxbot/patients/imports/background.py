"""What imports do in the background: the dry run, the run, the undoing; one import at a time, taken up by a lease."""

from dataclasses import replace
from datetime import datetime, timedelta, tzinfo

from wxbot.actors import Actor
from wxbot.audit.actions import AuditAction
from wxbot.audit.service import AuditTrail
from wxbot.clock import Clock
from wxbot.logs import get_logger
from wxbot.patients.imports.dates import DateOrder
from wxbot.patients.imports.decisions import Frame
from wxbot.patients.imports.hiding import hidden
from wxbot.patients.imports.models import Choice, Import, ImportState, in_words, undone_in_words
from wxbot.patients.imports.ports import Bookings, Traces
from wxbot.patients.imports.store import ImportStore
from wxbot.patients.imports.undoing import Undoing
from wxbot.patients.imports.work import LEASE, ImportWork
from wxbot.patients.stores.patients import PatientStore

log = get_logger(__name__)

ROWS_KEPT = timedelta(days=8)  # staged rows repeat the file: no longer than undoing needs them


class Background:
    """Takes up imports that staff have set going, also those whose worker vanished."""

    def __init__(  # noqa: PLR0913 - its collaborators, one each
        self,
        store: ImportStore,
        patients: PatientStore,
        *,
        audit: AuditTrail,
        bookings: Bookings,
        traces: Traces,
        clock: Clock,
        timezone: tzinfo,
    ) -> None:
        self._store = store
        self._audit = audit
        self._clock = clock
        self._timezone = timezone
        self._work = ImportWork(store, patients, clock)
        self._undoing = Undoing(store, patients, clock, bookings=bookings, traces=traces)

    async def work(self, now: datetime) -> int:
        """Take up one import that has something to do; the number worked on.

        A long one is let go in between, for the next tick to continue. The audit is written before the end is marked: a
        crash in between repeats the entry rather than losing it.
        """
        machine_now = self._clock.machine_now()
        it = await self._store.claim(machine_now, machine_now + LEASE)
        if it is None or it.choice is None:
            return 0
        if it.state is ImportState.CHECKING:
            await self._check(it, it.choice)
        elif it.state is ImportState.RUNNING:
            await self._run(it, it.choice, now)
        else:
            await self._undo(it, it.choice, now)
        return 1

    async def _check(self, it: Import, choice: Choice) -> None:
        frame = await self._frame(it, choice)
        order = await self._work.date_order(it, choice, frame.today)
        await self._work.check(it, replace(frame, date_order=order))
        counts = await self._store.count_by(it.id, choice.sheet, "verdict")
        found = {"counts": counts, "mistakes": await self._store.mistakes(it.id, choice.sheet), "date_order": order}
        await self._store.finish(it, ImportState.CHECKED, found)
        log.info("import_checked", import_id=it.id, **counts)

    async def _run(self, it: Import, choice: Choice, now: datetime) -> None:
        if not await self._work.run(it, await self._frame(it, choice)):
            await self._store.let_go(it)
            return
        counts = await self._store.count_by(it.id, choice.sheet, "verdict")
        await self._store.keep_until(it.id, self._clock.machine_now() + ROWS_KEPT)
        await self._note(it, AuditAction.IMPORT_FINISHED, f"导入完成「{hidden(it.filename)}」：{in_words(counts)}", now)
        mistakes = await self._store.mistakes(it.id, choice.sheet)
        await self._store.finish(it, ImportState.DONE, {"counts": counts, "mistakes": mistakes, "finished_at": now})
        log.info("import_finished", import_id=it.id, **counts)

    async def _undo(self, it: Import, choice: Choice, now: datetime) -> None:
        if not await self._undoing.undo(it, choice.sheet):
            await self._store.let_go(it)
            return
        counts = await self._store.count_by(it.id, choice.sheet, "undone")
        await self._note(
            it, AuditAction.IMPORT_UNDONE, f"撤销导入「{hidden(it.filename)}」：{undone_in_words(counts)}", now
        )
        await self._store.finish(it, ImportState.UNDONE, {"undo_counts": counts, "undone_at": now})
        log.info("import_undone", import_id=it.id, **counts)

    async def _note(self, it: Import, action: AuditAction, summary: str, now: datetime) -> None:
        """An audit entry in the name of the account that started this work."""
        actor = Actor(id=it.actor, name=it.actor_name, permissions=frozenset())
        await self._audit.record(action, f"import:{it.id}", by=actor, now=now, summary=summary)

    async def _frame(self, it: Import, choice: Choice) -> Frame:
        return Frame(
            import_id=it.id,
            choice=choice,
            header=await self._store.header(it.id, choice),
            today=it.created_at.astimezone(self._timezone).date(),
            at=it.started_at or it.created_at,
            date_order=it.date_order if choice.date_order is DateOrder.SHEET else choice.date_order,
        )
