"""Messages of one undertaking: those whose keys begin alike, e.g. all of one broadcast."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from wxbot.history.service import History
from wxbot.outbox.lines import ended_line
from wxbot.outbox.models import Message, State
from wxbot.outbox.stores.messages import OutboxStore
from wxbot.outbox.stores.reading import GapTally, Tallied
from wxbot.outbox.tally import Tally


class MessageGroups:
    """Counts, shows, resumes and ends them together. Each question is a range of the index on `key`."""

    def __init__(self, store: OutboxStore, history: History, tally: Tally, wake: Callable[[], None]) -> None:
        self._store = store
        self._reading = store.reading
        self._history = history
        self._tally = tally
        self._wake = wake

    async def tally(self, prefix: str) -> Sequence[Tallied]:
        """How the messages whose keys begin so stand: by state, reason and channel."""
        return await self._reading.tally(prefix)

    async def messages(
        self, prefix: str, *, after: str = "", limit: int = 50, states: Collection[State] = tuple(State)
    ) -> list[Message]:
        """Messages whose keys begin so, in those states, by key, after the key `after`."""
        return await self._reading.with_prefix(prefix, after=after, limit=limit, states=states)

    async def any_pending(self, prefix: str) -> bool:
        """Whether a message whose key begins so is still to be decided."""
        return await self._reading.any_pending(prefix)

    async def tally_gap(self, gap: str) -> Sequence[GapTally]:
        """How the messages stand that fell due in a gap of care's looks and were not simply sent later."""
        return await self._reading.tally_gap(gap)

    async def of_gap(self, gap: str, *, asked: str | None = None, after: str = "", limit: int = 50) -> list[Message]:
        """Those messages by key, after the key `after`; with `asked` those that wait for one decision."""
        return await self._reading.of_gap(gap, asked=asked, after=after, limit=limit)

    async def resume(self, prefix: str, reason: str, now: datetime) -> int:
        """Messages whose keys begin so, and that wait for that reason, are due now; the number."""
        changed = await self._store.make_group_due(prefix, reason, now)
        if changed:
            self._wake()
        return changed

    async def cancel(self, prefix: str, reason: str, *, explanation: str, now: datetime) -> int:
        """Drop what still waits and whose key begins so; the number dropped. Repeating it changes nothing."""
        dropped = await self._store.drop_group(prefix, reason=reason, explanation=explanation, now=now)
        await self._history.append(*(ended_line(message, reason, explanation, now) for message in dropped))
        self._tally.reasons[reason] += len(dropped)
        return len(dropped)
