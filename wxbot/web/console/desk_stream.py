"""The desk's live stream: hints as server-sent events, with replay from the last one that the browser saw."""

import asyncio
import contextlib
import json
from collections.abc import Iterable
from datetime import timedelta
from functools import lru_cache

from aiohttp import web

from wxbot.conversations.feed import FeedEvent, Queue
from wxbot.conversations.states import READ
from wxbot.web.console.frame import actor_of, services_of
from wxbot.web.console.keys import SERVICES
from wxbot.web.console.live import still_signed_in
from wxbot.web.console.rates import RATES

BEAT_SECONDS = 25.0  # between looks at the session; with an empty line, so that proxies keep a quiet stream open
GATHER_SECONDS = 0.1  # a console is written to no more often: what comes meanwhile leaves together
LONGEST = timedelta(minutes=30)  # then the browser connects again
RETRY_MILLISECONDS = 1_000  # how soon it does


async def close(app: web.Application) -> None:
    """End the streams when the service stops."""
    await app[SERVICES].chat.feed.close()


async def stream(request: web.Request) -> web.StreamResponse:
    """One `hint` per change, as JSON: change, contact, ref, owner, moved. Ends with the session.

    The browser repeats the last id it saw in `Last-Event-ID`; a page that was left open says it as `?after=`.
    Raises TooOftenError where the account has too many open.
    """
    with request.app[RATES].stream(actor_of(request).id):
        return await _stream(request)


async def _stream(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"})
    response.headers["Cache-Control"] = "no-store"
    await response.prepare(request)
    await response.write(f"retry: {RETRY_MILLISECONDS}\n\n".encode())
    after = request.headers.get("Last-Event-ID") or request.query.get("after", "")
    with contextlib.suppress(ConnectionResetError, TimeoutError):
        async with (
            asyncio.timeout(LONGEST.total_seconds()),
            services_of(request).chat.feed.listen(after) as queue,
        ):
            await _send(request, response, queue)
    return response


async def _send(request: web.Request, response: web.StreamResponse, queue: Queue) -> None:
    actor = actor_of(request)
    beat = _seconds() + BEAT_SECONDS
    written = 0.0
    while True:
        if _seconds() >= beat:
            still = await still_signed_in(request, actor)
            if still is None or not still.may(READ):
                return
            actor = still
            await response.write(b": still here\n\n")
            beat = _seconds() + BEAT_SECONDS
        try:
            first = await asyncio.wait_for(queue.get(), max(beat - _seconds(), 0))
        except TimeoutError:
            continue
        if first is not None:
            await asyncio.sleep(written + GATHER_SECONDS - _seconds())  # of a quiet time the first leaves at once
        gathered = [first]
        while not queue.empty():
            gathered.append(queue.get_nowait())
        written = _seconds()
        await response.write(_written(event for event in gathered if event is not None))
        if None in gathered:
            return


def _written(events: Iterable[FeedEvent]) -> bytes:
    return b"".join(_event(event) for event in events)


@lru_cache(maxsize=256)  # every console is told the same
def _event(event: FeedEvent) -> bytes:
    told = {
        "change": event.change.value,
        "contact": event.contact_id or "",
        "ref": event.ref,
        "owner": event.owner,
        "moved": event.moved,
    }
    identity = f"id: {event.id}\n" if event.id else ""
    return f"{identity}event: hint\ndata: {json.dumps(told, ensure_ascii=False)}\n\n".encode()


def _seconds() -> float:
    return asyncio.get_running_loop().time()
