"""Live counts: one look at the board serves every open console, sent as server-sent events.

Each process looks for itself, every few seconds and only while somebody listens; nothing is looked up for nobody.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta

from aiohttp import web

from wxbot.actors import Actor
from wxbot.board.models import Number
from wxbot.database import PyMongoError
from wxbot.logs import get_logger
from wxbot.services import Services
from wxbot.web.console.frame import actor_of
from wxbot.web.console.security import signed_in
from wxbot.web.console.tiles import shown_to

log = get_logger(__name__)

LOOK_SECONDS = 5.0  # between looks at the board; a waiting chat is seen within this
BEAT_SECONDS = 25.0  # between looks at the session; with an empty line, so that proxies keep a quiet stream open
LONGEST = timedelta(minutes=30)  # then the browser connects again


class Board:
    """Reads the board while a browser is connected, and sends every change to all of them."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._listeners: set[asyncio.Queue[tuple[Number, ...] | None]] = set()
        self._looking: asyncio.Task[None] | None = None
        self._latest: tuple[Number, ...] = ()
        self._closed = False

    @contextlib.asynccontextmanager
    async def listen(self) -> AsyncIterator["asyncio.Queue[tuple[Number, ...] | None]"]:
        """A queue that gets the numbers now and whenever they change; None means that the service stops."""
        queue: asyncio.Queue[tuple[Number, ...] | None] = asyncio.Queue()
        if self._closed:  # a request that was on its way here when the service stopped
            queue.put_nowait(None)
            yield queue
            return
        self._listeners.add(queue)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        elif self._latest:
            queue.put_nowait(self._latest)
        try:
            yield queue
        finally:
            self._listeners.discard(queue)

    async def close(self) -> None:
        """Let every stream end, those too that are about to begin."""
        self._closed = True
        if self._looking is not None:
            self._looking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._looking
        for queue in self._listeners:
            queue.put_nowait(None)

    async def _look(self) -> None:
        self._latest = ()
        while self._listeners:
            try:
                numbers = await self._services.board.numbers(self._services.clock.now())
            except PyMongoError as error:
                log.warning("board_not_read", error=type(error).__name__)
            except Exception:  # whatever it is, the open streams still need the next numbers
                log.exception("board_look_failed")
            else:
                if numbers != self._latest:
                    self._latest = numbers
                    for queue in self._listeners:
                        queue.put_nowait(numbers)
            await asyncio.sleep(LOOK_SECONDS)


BOARD = web.AppKey("board", Board)


async def close(app: web.Application) -> None:
    """End the streams when the service stops."""
    await app[BOARD].close()


async def stream(request: web.Request) -> web.StreamResponse:
    """One event per number, named by its topic, for the topics that this actor may open. Ends with the session."""
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"})
    response.headers["Cache-Control"] = "no-store"
    await response.prepare(request)
    with contextlib.suppress(ConnectionResetError, TimeoutError):
        async with asyncio.timeout(LONGEST.total_seconds()), request.app[BOARD].listen() as queue:
            await _send(request, response, queue)
    return response


async def _send(
    request: web.Request, response: web.StreamResponse, queue: "asyncio.Queue[tuple[Number, ...] | None]"
) -> None:
    actor = actor_of(request)
    beat = _seconds() + BEAT_SECONDS
    while True:
        if _seconds() >= beat:
            still = await still_signed_in(request, actor)
            if still is None:
                return
            actor = still
            await response.write(b": still here\n\n")
            beat = _seconds() + BEAT_SECONDS
        try:
            numbers = await asyncio.wait_for(queue.get(), max(beat - _seconds(), 0))
        except TimeoutError:
            continue
        if numbers is None:
            return
        for _, number in shown_to(actor, numbers):
            hot = ' class="hot"' if number.hot else ""
            await response.write(f"event: {number.topic}\ndata: <span{hot}>{number.text}</span>\n\n".encode())


async def still_signed_in(request: web.Request, actor: Actor) -> Actor | None:
    """Who listens, with what they may do by now; None when the session is over or the account disabled."""
    try:
        found = await signed_in(request)
    except PyMongoError as error:  # nothing can be read now, the board neither; asked again at the next beat
        log.warning("session_not_read", error=type(error).__name__)
        return actor
    return found[1].actor if found is not None else None


def _seconds() -> float:
    return asyncio.get_running_loop().time()
