"""One at a time per contact: within a process by a queue here, between processes by the inbox's unique index."""

import asyncio
from collections import deque
from datetime import datetime, timedelta

APART = timedelta(milliseconds=1)  # the database keeps whole milliseconds: less would be the same moment there


class Ticket:
    """A place in one contact's queue."""

    def __init__(self, queue: "ContactQueue", key: str, at: datetime, *, first: bool) -> None:
        self._queue = queue
        self._key = key
        self._called = asyncio.Event() if not first else None
        self.at = at  # when it was drawn, later than every ticket ahead
        self.first = first  # nobody of this contact was ahead when the ticket was drawn

    async def turn(self) -> None:
        """Wait until everybody ahead is done."""
        if self._called is not None:
            await self._called.wait()

    def call(self) -> None:
        """It is this ticket's turn."""
        if self._called is not None:
            self._called.set()

    def done(self) -> None:
        """Leave the queue and let the next one in."""
        self._queue.leave(self._key, self)


class ContactQueue:
    """Queues of tickets by contact, in the order they were drawn."""

    def __init__(self) -> None:
        self._queues: dict[str, deque[Ticket]] = {}

    def draw(self, key: str, now: datetime) -> Ticket:
        """Take a place behind everybody who is there already.

        The tickets of a queue bear moments in its order, also when they are drawn in the same one: the inbox goes
        by them, and two orders of the same pushes would wait for each other for ever.
        """
        queue = self._queues.get(key)
        if queue is None:
            queue = self._queues[key] = deque()
        at = max(now, queue[-1].at + APART) if queue else now
        ticket = Ticket(self, key, at, first=not queue)
        queue.append(ticket)
        return ticket

    def leave(self, key: str, ticket: Ticket) -> None:
        """Remove a ticket, wherever it stands, and call the one now in front."""
        queue = self._queues[key]
        queue.remove(ticket)
        if queue:
            queue[0].call()
        else:
            del self._queues[key]
