"""What the platform saw: every call and every push, the newest thousand, and who wants to hear of them."""

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

LINES_KEPT = 2000
EVENTS_WAITING = 500  # per listener; a listener that slow has missed the moment anyway


@dataclass(frozen=True, slots=True)
class Traffic:
    """One call ("api") or one push ("push"). `code` is the errcode answered, `status` the HTTP status."""

    n: int
    at: datetime
    direction: str
    name: str
    openid: str = ""
    code: int | None = None
    status: int | None = None
    elapsed_ms: float = 0.0
    note: str = ""

    def as_json(self) -> dict[str, Any]:
        """Plain data for the control API."""
        return asdict(self) | {"at": self.at.isoformat()}


class TrafficLog:
    """The last lines, numbered from 1 without gaps."""

    def __init__(self) -> None:
        self.lines: deque[Traffic] = deque(maxlen=LINES_KEPT)
        self._next = 1

    def __iter__(self) -> Iterator[Traffic]:
        """Oldest first."""
        return iter(self.lines)

    def __len__(self) -> int:
        """Lines kept at this moment."""
        return len(self.lines)

    def add(  # noqa: PLR0913 - one fact each
        self,
        at: datetime,
        direction: str,
        name: str,
        *,
        openid: str = "",
        code: int | None = None,
        status: int | None = None,
        elapsed_ms: float = 0.0,
        note: str = "",
    ) -> None:
        """Note one line."""
        self.lines.append(Traffic(self._next, at, direction, name, openid, code, status, elapsed_ms, note))
        self._next += 1

    def after(self, n: int) -> list[Traffic]:
        """The kept lines with a greater number, oldest first."""
        missing = self._next - 1 - n
        if missing <= 0:
            return []
        return list(self.lines)[-missing:]


class Listeners:
    """Who is told that something changed; costs nothing while nobody listens. `changes` counts them all."""

    def __init__(self) -> None:
        self.changes = 0
        self._queues: set[asyncio.Queue[dict[str, Any] | None]] = set()

    def tell(self, what: str, openid: str = "") -> None:
        """Say what changed, and for whom."""
        self.changes += 1
        for queue in self._queues:
            if not queue.full():
                queue.put_nowait({"what": what, "openid": openid} if openid else {"what": what})

    def close(self) -> None:
        """Tell every listener that the platform stops (a None)."""
        for queue in self._queues:
            while queue.full():
                queue.get_nowait()
            queue.put_nowait(None)

    @contextmanager
    def listening(self) -> Iterator[asyncio.Queue[dict[str, Any] | None]]:
        """A queue of changes for as long as the caller stays."""
        queue: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue(EVENTS_WAITING)
        self._queues.add(queue)
        try:
            yield queue
        finally:
            self._queues.discard(queue)
