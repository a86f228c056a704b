"""Messages that failed or may have been lost, newest first. Read-only, over the collection `outbox`."""

from collections.abc import Sequence
from datetime import datetime
from heapq import merge
from itertools import islice

from pymongo import DESCENDING

from wxbot.database import Database, Document, Index, Mapper
from wxbot.outbox.models import Message, State
from wxbot.outbox.stores.messages import OUTBOX

FAILED_STATES = (State.FAILED, State.UNKNOWN)


class FailedMessageStore:
    """Two small partial indexes: messages that went well cost nothing here."""

    INDEXES: Sequence[Index] = tuple(
        Index(
            collection=OUTBOX,
            keys=[("settled_at", DESCENDING)],
            partial={"state": state.value},
            name=f"settled_at_of_{state.value}",
            serves=f"messages that ended as {state.value}, newest first",
        )
        for state in FAILED_STATES
    )

    def __init__(self, database: Database) -> None:
        self._rows = database.collection(OUTBOX)
        self._message = Mapper(Message)

    async def latest(self, since: datetime, *, before: datetime | None = None, limit: int) -> list[Message]:
        """Troubled messages that ended after `since` (and before `before`), newest first, at most `limit`."""
        spans: Document = {"$gte": since} if before is None else {"$gte": since, "$lt": before}
        found = [await self._of(state, spans, limit) for state in FAILED_STATES]
        newest_first = merge(*found, key=lambda message: message.settled_at or since, reverse=True)
        return list(islice(newest_first, limit))

    async def count(self, since: datetime, limit: int) -> int:
        """How many there are since then, counting no further than `limit`."""
        counted = 0
        for state in FAILED_STATES:
            query = {"state": state.value, "settled_at": {"$gte": since}}
            counted += await self._rows.count_documents(query, limit=limit)
        return min(counted, limit)

    async def _of(self, state: State, spans: Document, limit: int) -> list[Message]:
        rows = self._rows.find({"state": state.value, "settled_at": spans}).sort("settled_at", DESCENDING).limit(limit)
        return [self._message.thing(row) async for row in rows]
