"""Server-sent events to an open page, for as long as whoever opened it is signed in and may see them."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import TypeVar

from aiohttp import web

from wxbot.actors import Actor
from wxbot.database import PyMongoError
from wxbot.logs import get_logger
from wxbot.web.console.frame import actor_of
from wxbot.web.console.routing import route_of
from wxbot.web.console.security import signed_in

log = get_logger(__name__)

T = TypeVar("T")
Listening = AbstractAsyncContextManager[asyncio.Queue[T | None]]  # a queue of events; None ends the stream
Written = Callable[[Actor, Sequence[T]], bytes]  # events as this actor may see them, as server-sent events

BEAT_SECONDS = 25.0  # between looks at the session; with an empty line, so that proxies keep a quiet stream open
LONGEST = timedelta(minutes=30)  # then the browser connects again


async def stream_events(
    request: web.Request,
    listening: Listening[T],
    written: Written[T],
    *,
    opening: bytes = b"",
    gather_seconds: float = 0.0,
) -> web.StreamResponse:
    """Send what is listened to until the session ends, the right to the address is withdrawn, or LONGEST has passed.

    `opening` is sent first. A browser is written to once in `gather_seconds` at most: the first event of a quiet time
    leaves at once, what comes meanwhile leaves together.
    """
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"})
    response.headers["Cache-Control"] = "no-store"
    await response.prepare(request)
    with contextlib.suppress(ConnectionResetError, TimeoutError):
        if opening:
            await response.write(opening)
        async with asyncio.timeout(LONGEST.total_seconds()), listening as queue:
            await _send(request, response, queue, written, gather_seconds)
    return response


async def _send(
    request: web.Request,
    response: web.StreamResponse,
    queue: asyncio.Queue[T | None],
    written: Written[T],
    gather_seconds: float,
) -> None:
    actor = actor_of(request)
    beat, written_at = _seconds() + BEAT_SECONDS, 0.0
    while True:
        if _seconds() >= beat:
            still = await _still_signed_in(request, actor)
            if still is None or not _may_open(request, still):
                return
            actor = still
            await response.write(b": still here\n\n")
            beat = _seconds() + BEAT_SECONDS
        try:
            first = await asyncio.wait_for(queue.get(), max(beat - _seconds(), 0))
        except TimeoutError:
            continue
        if first is not None and gather_seconds:
            await asyncio.sleep(written_at + gather_seconds - _seconds())
        gathered = [first]
        while not queue.empty():
            gathered.append(queue.get_nowait())
        written_at = _seconds()
        await response.write(written(actor, [event for event in gathered if event is not None]))
        if None in gathered:
            return


async def _still_signed_in(request: web.Request, actor: Actor) -> Actor | None:
    """Who listens, with what they may do by now; None when the session is over or the account disabled."""
    try:
        found = await signed_in(request)
    except PyMongoError as error:  # nothing can be read now; asked again at the next beat
        log.warning("session_not_read", error=type(error).__name__)
        return actor
    return found[1].actor if found is not None else None


def _may_open(request: web.Request, actor: Actor) -> bool:
    route = route_of(request)
    return route is not None and actor.may(route.permission)


def _seconds() -> float:
    return asyncio.get_running_loop().time()
