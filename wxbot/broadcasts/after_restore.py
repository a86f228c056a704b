"""Broadcasts of a database that was restored: who received them since the backup is unknown, so none goes on alone.

One that was in progress is cancelled; one that waited for approval becomes a draft again, since it may have been
approved and sent meanwhile. One that is approved for a later time starts then.
"""

from dataclasses import dataclass, field
from datetime import datetime

from wxbot.actors import Actor
from wxbot.broadcasts.lifecycle import BroadcastLifecycle
from wxbot.broadcasts.models import IN_PROGRESS, Broadcast, BroadcastAction, BroadcastState
from wxbot.broadcasts.runner import ENQUEUE_AHEAD, PAUSED
from wxbot.broadcasts.states import TRANSITIONS
from wxbot.broadcasts.store import BroadcastStore
from wxbot.database import Document
from wxbot.outbox.service import Outbox

MOST = 10_000  # broadcasts in one state
MADE_DUE_EARLY = (PAUSED,)  # reasons to wait that end when staff resume a broadcast
NOTE = "系统从备份恢复：备份之后可能已经发出，请先核实，再另建推送"


@dataclass(frozen=True, kw_only=True)
class BroadcastsClosed:
    """Titles of the broadcasts that were cancelled, and of those that became drafts again."""

    cancelled: tuple[str, ...] = field(default=())
    returned: tuple[str, ...] = field(default=())


class BroadcastsAfterRestore:
    """Closes broadcasts of a database that was restored; nothing else may work on it meanwhile."""

    def __init__(self, store: BroadcastStore, lifecycle: BroadcastLifecycle, outbox: Outbox) -> None:
        self._store = store
        self._lifecycle = lifecycle
        self._outbox = outbox

    async def close(self, until: datetime, *, by: Actor, now: datetime) -> BroadcastsClosed:
        """Cancel those that may have sent something by `until`, return those that may have been approved."""
        for action in (BroadcastAction.CANCELLED, BroadcastAction.RETURNED):
            by.must(TRANSITIONS[action].permission)
        change: Document = {"pause_reason": "", "audience.phones": [], "preview_run": None}  # as `Broadcasts.cancel`
        cancelled = [each for each in await self._store.in_states(IN_PROGRESS, MOST) if _may_have_sent(each, until)]
        for broadcast in cancelled:
            await self._lifecycle.move(
                BroadcastAction.CANCELLED, broadcast, "恢复备份后取消推送", change, NOTE, by=by, now=now
            )
            await self._outbox.groups.cancel(broadcast.prefix, "broadcast_cancelled", explanation=NOTE, now=now)
        returned = await self._store.in_states([BroadcastState.WAITING], MOST)
        for broadcast in returned:
            back: Document = {"preview_run": None}  # an approval in the background does not go on either
            await self._lifecycle.move(
                BroadcastAction.RETURNED, broadcast, "恢复备份后退回草稿", back, NOTE, by=by, now=now
            )
        return BroadcastsClosed(
            cancelled=tuple(each.title for each in cancelled), returned=tuple(each.title for each in returned)
        )


def _may_have_sent(broadcast: Broadcast, until: datetime) -> bool:
    if broadcast.state is not BroadcastState.APPROVED:
        return True
    return broadcast.slots_from is None or broadcast.slots_from <= until + ENQUEUE_AHEAD
