"""What changes at the desk, as hints for open consoles: each names a contact, the console reads the rest again.

One change stream per process, only while somebody listens, over the collections that the desk shows. The id of an event
is the stream's resume token: a console that was away tells the last one it saw, and gets what came since, in order.
Tokens sort by time as texts, so that a position in the stream is compared with an event's id.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from string import hexdigits

from wxbot.conversations.reading.hints import Change, FeedEvent
from wxbot.conversations.reading.stores.changes import ChangeStore, PositionLostError
from wxbot.database import PyMongoError
from wxbot.logs import get_logger

__all__ = ["Change", "Feed", "FeedEvent", "Queue"]

log = get_logger(__name__)

Queue = asyncio.Queue[FeedEvent | None]

MOST_WAITING = 500  # events that a console has not taken yet, or missed; beyond it reads everything again
MOST_RECENT = 2_000  # events kept for consoles that come back; half a minute of a busy clinic
LINGER_SECONDS = 30.0  # the stream stays open so long after the last console has gone: pages are reloaded
OPEN_SECONDS = 5.0  # how long a console waits for the stream before it is told to read everything
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.2, 5.0  # between attempts to reach a database that is away
CLOCKS_APART = 10  # seconds: how far a position of another process may be ahead of this one's
LONGEST_POSITION = 2_000  # characters of a token; usual are 250
_SECONDS_AT = slice(2, 10)  # where a token has its seconds since 1970, in hexadecimal


class _Listener:
    """One console. While it is brought up to date, what comes is held back."""

    def __init__(self) -> None:
        self.queue: Queue = asyncio.Queue()
        self.seen = ""  # nothing up to this position is told again
        self._held: list[FeedEvent] | None = []

    def tell(self, event: FeedEvent) -> None:
        if self._held is not None:
            self._held.append(event)
        elif event.change is Change.RESET or event.id > self.seen:
            self._put(event)

    def begin(self, missed: list[FeedEvent]) -> None:
        """What it missed, up to `seen`; then what came while that was read."""
        held, self._held = self._held or [], None
        for event in missed:
            self._put(event)
        for event in held:
            self.tell(event)

    def _put(self, event: FeedEvent) -> None:
        if self.queue.qsize() < MOST_WAITING:
            self.queue.put_nowait(event)
        else:  # too slow: it reads everything, which is quicker than all of these
            while not self.queue.empty():
                self.queue.get_nowait()
            self.queue.put_nowait(_reset(event.id))


class Feed:
    """Serves every open console of this process."""

    def __init__(self, changes: ChangeStore) -> None:
        self._changes = changes
        self._listeners: set[_Listener] = set()
        self._recent: deque[FeedEvent] = deque()
        self._from = ""  # what came after this position is among the recent ones
        self._position = ""  # how far the stream has been read
        self._lost = False  # what came before it was opened again is not known
        self._is_open = asyncio.Event()
        self._closing = asyncio.Event()
        self._running: asyncio.Task[None] | None = None
        self._readings: set[asyncio.Task[list[FeedEvent] | None]] = set()
        self._gone_since: float | None = None

    @asynccontextmanager
    async def listen(self, after: str = "") -> AsyncIterator[Queue]:
        """A queue with what came after that id, then everything as it comes; None means that the service stops.

        Without an id, or with one since when too much has happened, the first event is a RESET: the console reads
        everything, and has a position from which it can come back.
        """
        listener = _Listener()
        self._listeners.add(listener)
        if not self._closing.is_set() and (self._running is None or self._running.done()):
            self._forget()
            self._running = asyncio.create_task(self._run())
        try:
            listener.begin(await self._missed(listener, after))
            if self._closing.is_set():
                listener.queue.put_nowait(None)
            yield listener.queue
        finally:
            self._listeners.discard(listener)

    async def close(self) -> None:
        """Let every stream end, those too that are about to begin."""
        self._closing.set()
        self._is_open.set()
        for listener in self._listeners:
            listener.queue.put_nowait(None)
        running = {self._running} if self._running is not None else set()
        await asyncio.gather(*running, *self._readings, return_exceptions=True)

    # -- what a console missed -------------------------------------------------------------------------------

    async def _missed(self, listener: _Listener, after: str) -> list[FeedEvent]:
        try:
            async with asyncio.timeout(OPEN_SECONDS):
                await self._is_open.wait()
        except TimeoutError:  # the database is away: nothing else can be read either
            return [_reset(after)]
        here = self._position
        listener.seen = max(after, here)
        if not after or not _plausible(after) or _seconds(after) - _seconds(here) > CLOCKS_APART:
            listener.seen = here
            return [_reset(here)]
        if after >= here:  # of a process that has read a little further
            return []
        if self._from <= after:
            return [event for event in self._recent if event.id > after]
        reading = asyncio.create_task(self._between(after, here))
        self._readings.add(reading)
        reading.add_done_callback(self._readings.discard)
        missed = await asyncio.shield(reading)  # a console that leaves meanwhile must not tear a call in flight
        return [_reset(here)] if missed is None else missed

    async def _between(self, after: str, until: str) -> list[FeedEvent] | None:
        """What came after a position up to another, from the database; None when it is not there any more."""
        missed: list[FeedEvent] = []
        enough, before = _now() + OPEN_SECONDS, ""
        try:
            async with self._changes.since(after) as changes:
                while not self._closing.is_set() and len(missed) <= MOST_WAITING and _now() < enough:
                    events = await changes.next()
                    missed += [event for event in events if event.id <= until]
                    if (events[-1].id if events else changes.position) >= until:
                        return missed
                    if not events and changes.position == before:
                        return missed  # the end of what there is
                    before = changes.position
        except (PositionLostError, PyMongoError) as error:
            log.warning("desk_feed_not_resumed", error=type(error).__name__)
        return None

    # -- the stream ------------------------------------------------------------------------------------------

    async def _run(self) -> None:
        """Read the stream while somebody listens; when the database was away, from where it was left."""
        pause = FIRST_PAUSE_SECONDS
        while self._wanted():
            try:
                async with self._changes.since(self._position) as changes:
                    while self._wanted():
                        events = await changes.next()
                        self._take(events, changes.position)
                        pause = FIRST_PAUSE_SECONDS
                continue  # somebody may have come while it was closed
            except PositionLostError as error:
                log.warning("desk_feed_position_lost", error=str(error))
                self._forget()
                self._lost = True
            except PyMongoError as error:
                log.warning("desk_feed_not_read", error=type(error).__name__)
            except Exception:  # whatever it is, the open consoles still need the next hints
                log.exception("desk_feed_failed")
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._closing.wait()
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    def _take(self, events: list[FeedEvent], position: str) -> None:
        latest = events[-1].id if events else position
        self._from = self._from or latest
        if self._lost:
            self._lost = False
            for listener in self._listeners:
                listener.seen = ""
                listener.tell(_reset(latest))
        for event in events:
            self._recent.append(event)
            for listener in self._listeners:
                listener.tell(event)
        while len(self._recent) > MOST_RECENT:
            self._from = self._recent.popleft().id
        self._position = max(self._position, latest, position)
        self._is_open.set()

    def _forget(self) -> None:
        self._recent.clear()
        self._from = self._position = ""
        self._is_open.clear()
        self._gone_since = None

    def _wanted(self) -> bool:
        if self._listeners:
            self._gone_since = None
        elif self._gone_since is None:
            self._gone_since = _now()
        lingers = self._gone_since is None or _now() - self._gone_since < LINGER_SECONDS
        return lingers and not self._closing.is_set()


def _reset(position: str) -> FeedEvent:
    return FeedEvent(id=position, change=Change.RESET)


def _plausible(position: str) -> bool:
    """Whether a text may be a position: what a browser says is not trusted."""
    return _SECONDS_AT.stop <= len(position) <= LONGEST_POSITION and all(each in hexdigits for each in position)


def _seconds(position: str) -> int:
    return int(position[_SECONDS_AT] or "0", 16)


def _now() -> float:
    return asyncio.get_running_loop().time()
