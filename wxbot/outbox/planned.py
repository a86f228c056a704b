"""What plans do with their messages beside enqueueing them: end one from the start, move one that waits."""

from collections.abc import Callable, Sequence
from datetime import datetime

from wxbot.history.service import History
from wxbot.outbox.lines import ended_line
from wxbot.outbox.models import Message, MessageId
from wxbot.outbox.stores.messages import OutboxStore


class PlannedMessages:
    """Messages that follow from a plan: each step has one row, also where nothing was to be sent."""

    def __init__(self, store: OutboxStore, history: History, wake: Callable[[], None]) -> None:
        self._store = store
        self._history = history
        self._wake = wake

    async def keep_ended(self, messages: Sequence[Message]) -> int:
        """Keep messages that were decided against from the start, each with its reason; the number of new ones.

        One whose key is stored already is left as it is. The transcript has a line of each that was kept.
        """
        if not messages:
            return 0
        new = await self._store.insert(messages)
        kept = {each.id for each in (await self._store.reading.by_keys([one.key for one in messages])).values()}
        lines = [ended_line(one, one.reason, one.explanation, one.settled_at or one.created_at) for one in messages]
        await self._history.append(*(line for line in lines if line.ref in kept))
        return new

    async def move(self, message_id: MessageId, due_at: datetime, expires_at: datetime) -> bool:
        """Let a message that waits wait for another time; whether it did."""
        moved = await self._store.move_waiting(message_id, due_at, expires_at)
        if moved:
            self._wake()
        return moved

    async def by_id(self, message_id: MessageId) -> Message | None:
        """One message."""
        return await self._store.reading.by_id(message_id)
