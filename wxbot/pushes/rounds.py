"""Working out the list of a push, to look at or to approve: a short one at once, a long one in the background.

A round in the background is kept with the push and taken up by a lease, so it goes on after a crash, from its
beginning: rows of a round count only when the push names it. Whatever changes the push meanwhile ends the round.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from wxbot.actors import Actor
from wxbot.clock import Clock
from wxbot.errors import StaleError
from wxbot.ids import new_id
from wxbot.logs import get_logger
from wxbot.pushes.errors import LostRoundError, OwnWorkError, PeopleChangedError, PushProblemsError
from wxbot.pushes.models import Did, Preview, Push, PushState, Round, draft_of
from wxbot.pushes.previewing import Previewing, start_of
from wxbot.pushes.running import Running
from wxbot.pushes.steps import Steps
from wxbot.pushes.store import PushStore

log = get_logger(__name__)

LEASE = timedelta(seconds=30)  # renewed every hundred people: a worker silent for so long is gone
CHANGED = "名单或内容与您看到的有变化，已重新核对，请再看一遍后批准"


class Rounds:
    """Works out lists, and carries on with what they were asked for."""

    def __init__(self, store: PushStore, steps: Steps, previewing: Previewing, running: Running, clock: Clock) -> None:
        self._store = store
        self._steps = steps
        self._previewing = previewing
        self._running = running
        self._clock = clock

    async def preview(self, by: Actor, before: Push, now: datetime) -> Push:
        """Work out who gets what; with `working_out` set when that goes on in the background.

        Raises StaleError, PushProblemsError.
        """
        worked_out = await self._previewing.at_once(before, now)
        if worked_out is None:
            return await self._begin(by, before, now)
        return await self._previewed(by, before, worked_out, now)

    async def approve(self, by: Actor, before: Push, seen: str, now: datetime) -> Push:
        """Work it out once more and approve it if it still is what was `seen`; or that goes on in the background.

        Raises StaleError, PushProblemsError, OwnWorkError, PeopleChangedError.
        """
        worked_out = await self._previewing.at_once(before, now)
        if worked_out is None:
            return await self._begin(by, before, now, seen)
        return await self._approved(by, before, seen, worked_out, now)

    async def work(self, now: datetime) -> int:
        """Take up one list in the background; the number worked on. Called by the clock, in any process."""
        machine_now = self._clock.machine_now()
        push = await self._store.take_round(new_id(now), machine_now, machine_now + LEASE)
        if push is None or push.working_out is None:
            return 0
        try:
            await self._finish(push, push.working_out, now)
        except (LostRoundError, StaleError):
            log.info("push_round_lost", push_id=push.id)
            await self._store.forget_round(push.id, push.working_out.id)
        except PeopleChangedError:
            pass  # kept with the push, to be looked at
        except (PushProblemsError, OwnWorkError) as error:
            failed = replace(push, working_out=None, trouble=str(error), revision=push.revision + 1)
            await self._store.replace(push, failed)
            await self._store.forget_round(push.id, push.working_out.id)
        return 1

    async def _finish(self, push: Push, under_way: Round, now: datetime) -> None:
        by = Actor(id=under_way.by, name=under_way.name, permissions=frozenset())  # asked for, and allowed, before

        async def go_on(done: int) -> None:
            until = self._clock.machine_now() + LEASE
            if not await self._store.go_on(push.id, under_way.id, done, until):
                raise LostRoundError("somebody else goes on with it")

        self._steps.check(draft_of(push), now, started=True)
        worked_out = await self._previewing.work_out(push, now, under_way.id, go_on)
        if under_way.seen:
            await self._approved(by, push, under_way.seen, worked_out, now)
        else:
            await self._previewed(by, push, worked_out, now)
        log.info("push_round_finished", push_id=push.id, people=worked_out.people)

    async def _begin(self, by: Actor, before: Push, now: datetime, seen: str = "") -> Push:
        if before.working_out is not None and before.working_out.seen == seen:  # asked for twice
            return before
        under_way = Round(id=new_id(now), by=by.id, name=by.name, lease_until=self._clock.machine_now(), seen=seen)
        after = replace(before, working_out=under_way, trouble="", revision=before.revision + 1)
        if not await self._store.replace(before, after):
            raise StaleError("the push changed meanwhile")
        return after

    async def _previewed(self, by: Actor, before: Push, worked_out: Preview, now: datetime) -> Push:
        state = before.state if before.state is PushState.WAITING else PushState.PREVIEWED
        looked_at = replace(before, state=state, preview=worked_out, working_out=None, trouble="")
        after = await self._steps.replace(by, Did.PREVIEWED, before, looked_at, now)
        await self._store.forget_rounds(before.id, worked_out.round)
        words = f"核对名单：{worked_out.people} 人，将发送 {worked_out.goes} 人"
        await self._steps.note(by, Did.PREVIEWED, after, now, words)
        return after

    async def _approved(self, by: Actor, before: Push, seen: str, worked_out: Preview, now: datetime) -> Push:
        own = self._steps.not_own(by, before)
        if worked_out.fingerprint != seen:
            changed = replace(before, preview=worked_out, working_out=None, trouble=CHANGED)
            await self._steps.replace(by, Did.PREVIEWED, before, changed, now)
            await self._store.forget_rounds(before.id, worked_out.round)
            raise PeopleChangedError(CHANGED)
        approved = replace(
            before,
            state=PushState.APPROVED,
            preview=worked_out,
            working_out=None,
            trouble="",
            selection=replace(before.selection, phones=()),  # everybody found is in the rows now: keep no numbers
            template_version=self._running.version_of(before),
            base_at=start_of(before, now),
        )
        after = await self._steps.replace(by, Did.APPROVED, before, approved, now)
        await self._store.forget_rounds(before.id, worked_out.round)
        words = f"{'自行审批并' if own else ''}批准推送：{worked_out.people} 人，将发送 {worked_out.goes} 人"
        await self._steps.note(by, Did.APPROVED, after, now, words, own=own)
        return after
