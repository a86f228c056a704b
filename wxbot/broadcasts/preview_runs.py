"""Preview runs: a short audience is previewed within the request, a long one in the background.

A background run is stored with the broadcast and claimed by a lease. After a crash it starts over under a new run id,
and only rows of the run that the broadcast names count. Any change of the broadcast ends the run.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from wxbot.actors import Actor
from wxbot.approval import SelfApprovalError
from wxbot.broadcasts.errors import AudienceChangedError, PreviewRunLostError
from wxbot.broadcasts.lifecycle import BroadcastLifecycle
from wxbot.broadcasts.models import Broadcast, BroadcastAction, Preview, PreviewRun, draft_of
from wxbot.broadcasts.previewer import BroadcastPreviewer, start_of
from wxbot.broadcasts.runner import BroadcastRunner
from wxbot.broadcasts.states import TRANSITIONS
from wxbot.broadcasts.store import BroadcastStore
from wxbot.clock import Clock
from wxbot.errors import FieldErrors, StaleError
from wxbot.ids import new_id
from wxbot.logs import get_logger

log = get_logger(__name__)

LEASE = timedelta(seconds=30)  # extended after every hundred recipients


class PreviewRuns:
    """Previews an audience, at once or in the background, and then writes the preview or the approval."""

    def __init__(
        self,
        store: BroadcastStore,
        lifecycle: BroadcastLifecycle,
        previewer: BroadcastPreviewer,
        runner: BroadcastRunner,
        clock: Clock,
    ) -> None:
        self._store = store
        self._lifecycle = lifecycle
        self._previewer = previewer
        self._runner = runner
        self._clock = clock

    async def preview(self, before: Broadcast, *, by: Actor, now: datetime) -> Broadcast:
        """The broadcast with its preview, or with `preview_run` set when it is made in the background.

        Raises StaleError, FieldErrors.
        """
        preview = await self._previewer.preview_now(before, now)
        if preview is None:
            return await self._request(by, before, now)
        return await self._save_preview(by, before, preview, now)

    async def approve(self, before: Broadcast, seen: str, *, by: Actor, now: datetime) -> Broadcast:
        """Preview it again and approve it if the fingerprint still is `seen`; or do that in the background.

        Raises StaleError, FieldErrors, SelfApprovalError, AudienceChangedError.
        """
        preview = await self._previewer.preview_now(before, now)
        if preview is None:
            return await self._request(by, before, now, seen)
        return await self._approve(by, before, seen, preview, now)

    async def work(self, now: datetime) -> int:
        """Claim one background run and finish it; the number of runs claimed. Safe in several processes at once."""
        machine_now = self._clock.machine_now()
        broadcast = await self._store.claim_preview_run(new_id(now), machine_now, machine_now + LEASE)
        if broadcast is None or broadcast.preview_run is None:
            return 0
        try:
            await self._finish(broadcast, broadcast.preview_run, now)
        except (PreviewRunLostError, StaleError):
            log.info("broadcast_preview_run_lost", broadcast_id=broadcast.id)
            await self._store.delete_run(broadcast.id, broadcast.preview_run.id)
        except AudienceChangedError:
            pass  # stored as the broadcast's `failure`
        except (FieldErrors, SelfApprovalError) as error:
            failed = replace(broadcast, preview_run=None, failure=error.sentence, revision=broadcast.revision + 1)
            await self._store.replace(broadcast, failed)
            await self._store.delete_run(broadcast.id, broadcast.preview_run.id)
        return 1

    async def _finish(self, broadcast: Broadcast, run: PreviewRun, now: datetime) -> None:
        async def extend(done: int) -> None:
            until = self._clock.machine_now() + LEASE
            if not await self._store.extend_preview_run(broadcast.id, run.id, done, until):
                raise PreviewRunLostError("another worker claimed the run, or it was ended")

        self._lifecycle.check(draft_of(broadcast), now, started=True)
        preview = await self._previewer.preview(broadcast, now, run.id, extend)
        if run.seen:
            await self._approve(_requester(run), broadcast, run.seen, preview, now)
        else:
            await self._save_preview(_requester(run), broadcast, preview, now)
        log.info("broadcast_preview_run_finished", broadcast_id=broadcast.id, people=preview.people)

    async def _request(self, by: Actor, before: Broadcast, now: datetime, seen: str = "") -> Broadcast:
        if before.preview_run is not None and before.preview_run.seen == seen:  # requested twice
            return before
        run = PreviewRun(id=new_id(now), by=by.id, name=by.name, lease_until=self._clock.machine_now(), seen=seen)
        after = replace(before, preview_run=run, failure="", revision=before.revision + 1)
        if not await self._store.replace(before, after):
            raise StaleError("the broadcast changed meanwhile")
        return after

    async def _save_preview(self, by: Actor, before: Broadcast, preview: Preview, now: datetime) -> Broadcast:
        previewed = replace(before, preview=preview, preview_run=None, failure="")
        after = await self._lifecycle.replace(BroadcastAction.PREVIEWED, before, previewed, by=by, now=now)
        await self._store.delete_other_runs(before.id, preview.run_id)
        words = f"核对名单：{preview.people} 人，将发送 {preview.will_send} 人"
        await self._lifecycle.record(BroadcastAction.PREVIEWED, after, words, by=by, now=now)
        return after

    async def _approve(self, by: Actor, before: Broadcast, seen: str, preview: Preview, now: datetime) -> Broadcast:
        own = self._lifecycle.approval.is_self_approval(before.authors, by=by)
        if preview.fingerprint != seen:
            changed = replace(before, preview=preview, preview_run=None, failure=AudienceChangedError.sentence)
            await self._lifecycle.replace(BroadcastAction.PREVIEWED, before, changed, by=by, now=now)
            await self._store.delete_other_runs(before.id, preview.run_id)
            raise AudienceChangedError
        approved = replace(
            before,
            preview=preview,
            preview_run=None,
            failure="",
            audience=replace(before.audience, phones=()),  # the recipients are stored now: the numbers are not needed
            template_version=self._runner.version_of(before),
            slots_from=start_of(before, now),
        )
        after = await self._lifecycle.replace(BroadcastAction.APPROVED, before, approved, by=by, now=now)
        await self._store.delete_other_runs(before.id, preview.run_id)
        words = f"{'自行审批并' if own else ''}批准推送：{preview.people} 人，将发送 {preview.will_send} 人"
        await self._lifecycle.record(BroadcastAction.APPROVED, after, words, by=by, now=now, self_approved=own)
        return after


def _requester(run: PreviewRun) -> Actor:
    """Who requested the run, with the permissions that were checked then."""
    actions = {BroadcastAction.PREVIEWED, BroadcastAction.APPROVED} if run.seen else {BroadcastAction.PREVIEWED}
    return Actor(id=run.by, name=run.name, permissions=frozenset(TRANSITIONS[each].permission for each in actions))
