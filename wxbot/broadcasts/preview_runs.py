"""Preview runs: a short audience is previewed within the request, a long one in the background.

A background run is stored with the broadcast and claimed by a lease. After a crash it starts over under a new run id,
and only rows of the run that the broadcast names count. Any change of the broadcast ends the run.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from wxbot.actors import Actor
from wxbot.broadcasts.errors import AudienceChangedError, BroadcastProblemsError, PreviewRunLostError, SelfApprovalError
from wxbot.broadcasts.lifecycle import BroadcastLifecycle
from wxbot.broadcasts.models import Broadcast, BroadcastAction, BroadcastState, Preview, PreviewRun, draft_of
from wxbot.broadcasts.previewer import BroadcastPreviewer, start_of
from wxbot.broadcasts.runner import BroadcastRunner
from wxbot.broadcasts.store import BroadcastStore
from wxbot.clock import Clock
from wxbot.errors import StaleError
from wxbot.ids import new_id
from wxbot.logs import get_logger

log = get_logger(__name__)

LEASE = timedelta(seconds=30)  # renewed every hundred people: a worker silent for so long is gone
CHANGED = "名单或内容与您看到的有变化，已重新核对，请再看一遍后批准"


class PreviewRuns:
    """Works out lists, and carries on with what they were asked for."""

    def __init__(
        self,
        store: BroadcastStore,
        steps: BroadcastLifecycle,
        previewing: BroadcastPreviewer,
        running: BroadcastRunner,
        clock: Clock,
    ) -> None:
        self._store = store
        self._steps = steps
        self._previewing = previewing
        self._running = running
        self._clock = clock

    async def preview(self, before: Broadcast, *, by: Actor, now: datetime) -> Broadcast:
        """Work out who gets what; with `working_out` set when that goes on in the background.

        Raises StaleError, BroadcastProblemsError.
        """
        worked_out = await self._previewing.at_once(before, now)
        if worked_out is None:
            return await self._begin(by, before, now)
        return await self._previewed(by, before, worked_out, now)

    async def approve(self, before: Broadcast, seen: str, *, by: Actor, now: datetime) -> Broadcast:
        """Work it out once more and approve it if it still is what was `seen`; or that goes on in the background.

        Raises StaleError, BroadcastProblemsError, OwnWorkError, PeopleChangedError.
        """
        worked_out = await self._previewing.at_once(before, now)
        if worked_out is None:
            return await self._begin(by, before, now, seen)
        return await self._approved(by, before, seen, worked_out, now)

    async def work(self, now: datetime) -> int:
        """Take up one list in the background; the number worked on. Called by the clock, in any process."""
        machine_now = self._clock.machine_now()
        broadcast = await self._store.claim_preview_run(new_id(now), machine_now, machine_now + LEASE)
        if broadcast is None or broadcast.preview_run is None:
            return 0
        try:
            await self._finish(broadcast, broadcast.preview_run, now)
        except (PreviewRunLostError, StaleError):
            log.info("broadcast_round_lost", broadcast_id=broadcast.id)
            await self._store.delete_run(broadcast.id, broadcast.preview_run.id)
        except AudienceChangedError:
            pass  # kept with the broadcast, to be looked at
        except (BroadcastProblemsError, SelfApprovalError) as error:
            failed = replace(broadcast, preview_run=None, failure=str(error), revision=broadcast.revision + 1)
            await self._store.replace(broadcast, failed)
            await self._store.delete_run(broadcast.id, broadcast.preview_run.id)
        return 1

    async def _finish(self, broadcast: Broadcast, under_way: PreviewRun, now: datetime) -> None:
        by = Actor(id=under_way.by, name=under_way.name, permissions=frozenset())  # asked for, and allowed, before

        async def go_on(done: int) -> None:
            until = self._clock.machine_now() + LEASE
            if not await self._store.extend_preview_run(broadcast.id, under_way.id, done, until):
                raise PreviewRunLostError("somebody else goes on with it")

        self._steps.check(draft_of(broadcast), now, started=True)
        worked_out = await self._previewing.work_out(broadcast, now, under_way.id, go_on)
        if under_way.seen:
            await self._approved(by, broadcast, under_way.seen, worked_out, now)
        else:
            await self._previewed(by, broadcast, worked_out, now)
        log.info("broadcast_round_finished", broadcast_id=broadcast.id, people=worked_out.people)

    async def _begin(self, by: Actor, before: Broadcast, now: datetime, seen: str = "") -> Broadcast:
        if before.preview_run is not None and before.preview_run.seen == seen:  # asked for twice
            return before
        under_way = PreviewRun(id=new_id(now), by=by.id, name=by.name, lease_until=self._clock.machine_now(), seen=seen)
        after = replace(before, preview_run=under_way, failure="", revision=before.revision + 1)
        if not await self._store.replace(before, after):
            raise StaleError("the broadcast changed meanwhile")
        return after

    async def _previewed(self, by: Actor, before: Broadcast, worked_out: Preview, now: datetime) -> Broadcast:
        state = before.state if before.state is BroadcastState.WAITING else BroadcastState.PREVIEWED
        looked_at = replace(before, state=state, preview=worked_out, preview_run=None, failure="")
        after = await self._steps.replace(BroadcastAction.PREVIEWED, before, looked_at, by=by, now=now)
        await self._store.delete_other_runs(before.id, worked_out.run_id)
        words = f"核对名单：{worked_out.people} 人，将发送 {worked_out.will_send} 人"
        await self._steps.note(BroadcastAction.PREVIEWED, after, words, by=by, now=now)
        return after

    async def _approved(self, by: Actor, before: Broadcast, seen: str, worked_out: Preview, now: datetime) -> Broadcast:
        own = self._steps.not_own(before, by=by)
        if worked_out.fingerprint != seen:
            changed = replace(before, preview=worked_out, preview_run=None, failure=CHANGED)
            await self._steps.replace(BroadcastAction.PREVIEWED, before, changed, by=by, now=now)
            await self._store.delete_other_runs(before.id, worked_out.run_id)
            raise AudienceChangedError(CHANGED)
        approved = replace(
            before,
            state=BroadcastState.APPROVED,
            preview=worked_out,
            preview_run=None,
            failure="",
            audience=replace(before.audience, phones=()),  # everybody found is in the rows now: keep no numbers
            template_version=self._running.version_of(before),
            slots_from=start_of(before, now),
        )
        after = await self._steps.replace(BroadcastAction.APPROVED, before, approved, by=by, now=now)
        await self._store.delete_other_runs(before.id, worked_out.run_id)
        words = f"{'自行审批并' if own else ''}批准推送：{worked_out.people} 人，将发送 {worked_out.will_send} 人"
        await self._steps.note(BroadcastAction.APPROVED, after, words, by=by, now=now, own=own)
        return after
