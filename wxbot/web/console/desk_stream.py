"""The desk's live stream: hints as server-sent events, with replay from the last one that the browser saw."""

import json
from collections.abc import Sequence
from functools import lru_cache

from aiohttp import web

from wxbot.actors import Actor
from wxbot.conversations.reading.feed import FeedEvent
from wxbot.web.console.event_stream import stream_events
from wxbot.web.console.frame import actor_of, services_of
from wxbot.web.console.keys import SERVICES
from wxbot.web.console.rates import RATES

GATHER_SECONDS = 0.1  # a console is written to no more often: what comes meanwhile leaves together
RETRY_MILLISECONDS = 1_000  # how soon the browser connects again


async def close(app: web.Application) -> None:
    """End the streams when the service stops."""
    await app[SERVICES].chat.feed.close()


async def stream(request: web.Request) -> web.StreamResponse:
    """One `hint` per change, as JSON: change, contact, ref, owner, moved. Ends with the session.

    The browser repeats the last id it saw in `Last-Event-ID`; a page that was left open says it as `?after=`.
    Raises TooOftenError where the account has too many open.
    """
    after = request.headers.get("Last-Event-ID") or request.query.get("after", "")
    with request.app[RATES].stream(actor_of(request).id):
        return await stream_events(
            request,
            services_of(request).chat.feed.listen(after),
            _written,
            opening=f"retry: {RETRY_MILLISECONDS}\n\n".encode(),
            gather_seconds=GATHER_SECONDS,
        )


def _written(_: Actor, events: Sequence[FeedEvent]) -> bytes:
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
