"""The board's live stream: an event whenever something of a day changed, within half a second.

Each process looks at the days that somebody has open, one indexed query a day, and only while somebody has.
"""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator
from datetime import date, timedelta
from enum import Enum, auto

from aiohttp import web

from wxbot.booking.models import Appointment
from wxbot.database import PyMongoError
from wxbot.logs import get_logger
from wxbot.services import Services
from wxbot.web.console.board_day import asked_day, mark_of
from wxbot.web.console.frame import actor_of
from wxbot.web.console.live import still_signed_in

log = get_logger(__name__)

READ = "booking:appointment:read"
LOOK_SECONDS = 0.5
BEAT_SECONDS = 25.0  # between looks at the session; with an empty line, so that proxies keep a quiet stream open
LONGEST = timedelta(minutes=30)  # then the browser connects again
RETRY_MILLISECONDS = 1_000  # how soon it does


class Told(Enum):
    """What the streams of a day are told."""

    CHANGED = auto()
    STOPPING = auto()  # the service


Queue = asyncio.Queue[Told]
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
            queue.put_nowait(Told.STOPPING)
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
                queue.put_nowait(Told.STOPPING)

    async def _look(self) -> None:
        while self._listeners:
            for day in list(self._listeners):
                try:
                    mark = self._mark(await self._services.booking.on_day(day))
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

    def _mark(self, visits: list[Appointment]) -> Mark:
        """The day's mark, and the clinic's: other hours draw another board."""
        return id(self._services.clinic), mark_of(visits, self._services.clock.now())


OPEN_DAYS = web.AppKey("open_days", OpenDays)


async def close(app: web.Application) -> None:
    """End the streams when the service stops."""
    await app[OPEN_DAYS].close()


async def stream(request: web.Request) -> web.StreamResponse:
    """`changed` at every change of the day, and at once where the page, drawn with `mark`, has missed one."""
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"})
    response.headers["Cache-Control"] = "no-store"
    await response.prepare(request)
    await response.write(f"retry: {RETRY_MILLISECONDS}\n\n".encode())
    day, _ = asked_day(request)
    mark = request.query.get("mark", "")
    with contextlib.suppress(ConnectionResetError, TimeoutError):
        async with asyncio.timeout(LONGEST.total_seconds()), request.app[OPEN_DAYS].listen(day, mark) as queue:
            await _send(request, response, queue)
    return response


async def _send(request: web.Request, response: web.StreamResponse, queue: Queue) -> None:
    actor = actor_of(request)
    beat = _seconds() + BEAT_SECONDS
    while True:
        if _seconds() >= beat:
            still = await still_signed_in(request, actor)
            if still is None or not still.may(READ):
                return
            actor = still
            await response.write(b": still here\n\n")
            beat = _seconds() + BEAT_SECONDS
        try:
            told = await asyncio.wait_for(queue.get(), max(beat - _seconds(), 0))
        except TimeoutError:
            continue
        if told is Told.STOPPING:
            return
        await response.write(b"event: changed\ndata: .\n\n")


def _seconds() -> float:
    return asyncio.get_running_loop().time()
