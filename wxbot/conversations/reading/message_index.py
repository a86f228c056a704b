"""New messages are indexed for the search a moment after they were written, many at once: no push waits for it."""

import asyncio
from collections import deque
from collections.abc import Sequence
from datetime import datetime

from wxbot.conversations.reading.stores.search import MessageIndexStore, searched
from wxbot.database import PyMongoError
from wxbot.history.models import ContactId, Interaction
from wxbot.logs import get_logger

log = get_logger(__name__)

AT_ONCE = 500  # messages indexed in one write, and by the job in a second: in a flood the pushes go first
MOST_WAITING = 20_000  # messages kept for it, some tens of MB at most; what is beyond is found by `catch_up`
CATCH_UP = 2_000  # lines looked at once more in one portion


class MessageIndex:
    """Keeps the index true to the transcript. Implements `wxbot.history.ports.LineIndex`.

    What waits here is lost with the process; `catch_up` looks at every line once more, ten minutes after its moment.
    """

    def __init__(self, store: MessageIndexStore) -> None:
        self._store = store
        self._waiting: deque[Interaction] = deque()
        self._writing = asyncio.Lock()

    def note(self, lines: Sequence[Interaction]) -> None:
        """Those lines are in the transcript: index the messages among them soon."""
        self._waiting.extend(line for line in lines if searched(line))
        while len(self._waiting) > MOST_WAITING:
            self._waiting.pop()

    async def index(self) -> int:
        """Index some of what waits, the earliest first; how many. Raises PyMongoError, and they go on waiting."""
        async with self._writing:
            lines = [self._waiting[place] for place in range(min(AT_ONCE, len(self._waiting)))]
            if lines:
                await self._store.add(lines)
                for _ in lines:
                    self._waiting.popleft()
            return len(lines)

    async def bring_up(self) -> None:
        """Before a search: index what this process has written, as far as that is quick."""
        if 0 < len(self._waiting) <= AT_ONCE:
            try:
                await self.index()
            except PyMongoError as error:
                log.warning("messages_not_indexed", error=type(error).__name__)

    async def erase(self, contact_id: ContactId) -> None:
        """Forget a contact's messages."""
        async with self._writing:
            self._waiting = deque(each for each in self._waiting if each.contact_id != contact_id)
            await self._store.erase(contact_id)

    async def catch_up(self, now: datetime) -> int | None:
        """Look at a portion of the lines that may not be indexed; None when nothing is left to look at."""
        return await self._store.catch_up(CATCH_UP, now)
