"""The board's live stream: an event whenever something of a day changed, within half a second.

Each process looks at the days that somebody has open, one indexed query a day, and only while somebody has.
"""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from datetime import date
from enum import Enum, auto

from aiohttp import web

from wxbot.actors import Actor
from wxbot.booking.models import Appointment
from wxbot.database import PyMongoError
from wxbot.logs import get_logger
from wxbot.services import Services
from wxbot.web.console.board_day import asked_day, mark_of, records_of
from wxbot.web.console.event_stream import stream_events

log = get_logger(__name__)

LOOK_SECONDS = 0.5
RETRY = b"retry: 1000\n\n"  # milliseconds until a browser connects again


class Told(Enum):
    """What the streams of a day are told."""

    CHANGED = auto()


Queue = asyncio.Queue[Told | None]  # None: the service stops
Mark = tuple[int, str]
"""Which clinic a board was drawn for, and what it showed (`mark_of`)."""


class OpenDays:
    """The days that are open in browsers of this process."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._listeners: dict[date, dict[Queue, Mark]] = defaultdict(dict)  # what each has drawn
        self._looking: asyncio.Task[None] | None = None
        self._closed = False

    @contextlib.asynccontextmanager
    async def listen(self, day: date, mark: str) -> AsyncIterator[Queue]:
        """A queue that is told of every change of that local day since it was drawn with that mark."""
        queue: Queue = asyncio.Queue()
        if self._closed:  # a request that was on its way here when the service stopped
            queue.put_nowait(None)
            yield queue
            return
        self._listeners[day][queue] = (id(self._services.clinic), mark)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        try:
            yield queue
        finally:
            del self._listeners[day][queue]
            if not self._listeners[day]:
                del self._listeners[day]

    async def close(self) -> None:
        """Let every stream end, those too that are about to begin."""
        self._closed = True
        if self._looking is not None:
            self._looking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._looking
        for queues in self._listeners.values():
            for queue in queues:
                queue.put_nowait(None)

    async def _look(self) -> None:
        while self._listeners:
            for day in list(self._listeners):
                try:
                    mark = await self._mark(await self._services.booking.on_day(day))
                except PyMongoError as error:
                    log.warning("board_day_not_read", error=type(error).__name__)
                    continue
                except Exception:  # whatever it is, the open streams still need the next change
                    log.exception("board_day_look_failed")
                    continue
                drawn = self._listeners.get(day, {})  # everybody may have left meanwhile
                for queue in [each for each, before in drawn.items() if before != mark]:
                    drawn[queue] = mark
                    queue.put_nowait(Told.CHANGED)
            await asyncio.sleep(LOOK_SECONDS)

    async def _mark(self, visits: list[Appointment]) -> Mark:
        """The day's mark, and the clinic's: other hours draw another board."""
        records = await records_of(self._services, visits)
        return id(self._services.clinic), mark_of(visits, self._services.clock.now(), records)


OPEN_DAYS = web.AppKey("open_days", OpenDays)


async def close(app: web.Application) -> None:
    """End the streams when the service stops."""
    await app[OPEN_DAYS].close()


async def stream(request: web.Request) -> web.StreamResponse:
    """`changed` at every change of the day, and at once where the page, drawn with `mark`, has missed one."""
    day, _ = asked_day(request)
    listening = request.app[OPEN_DAYS].listen(day, request.query.get("mark", ""))
    return await stream_events(request, listening, _written, opening=RETRY)


def _written(_: Actor, changes: Sequence[Told]) -> bytes:
    return b"event: changed\ndata: .\n\n" if changes else b""
