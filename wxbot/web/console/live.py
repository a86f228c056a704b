"""Live counts: one look at the board serves every open console, sent as server-sent events.

Each process looks for itself, every few seconds and only while somebody listens; nothing is looked up for nobody.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence

from aiohttp import web

from wxbot.actors import Actor
from wxbot.board.models import Number
from wxbot.database import PyMongoError
from wxbot.logs import get_logger
from wxbot.services import Services
from wxbot.web.console.event_stream import stream_events
from wxbot.web.console.tiles import shown_to

log = get_logger(__name__)

LOOK_SECONDS = 5.0  # between looks at the board; a waiting chat is seen within this


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
    return await stream_events(request, request.app[BOARD].listen(), _written)


def _written(actor: Actor, changes: Sequence[tuple[Number, ...]]) -> bytes:
    return "".join(_event(number) for numbers in changes for _, number in shown_to(actor, numbers)).encode()


def _event(number: Number) -> str:
    hot = ' class="hot"' if number.hot else ""
    return f"event: {number.topic}\ndata: <span{hot}>{number.text}</span>\n\n"
