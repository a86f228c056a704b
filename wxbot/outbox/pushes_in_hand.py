"""Pushes that this process is handling: patients wait for their answers, so the delivery leaves them room."""

import asyncio
from contextlib import suppress
from typing import Any

from wxbot.clock import Clock

LATELY_SECONDS = 1.0  # after the last push: where patients write, the next one soon comes
LONGEST_PAUSE_SECONDS = 0.04  # then the delivery goes on, however many pushes there are: what is due leaves in time


class PushesInHand:
    """Which pushes are being handled, and whether there were any lately. The dispatcher adds each."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._tasks: set[asyncio.Task[Any]] = set()
        self._none = asyncio.Event()
        self._none.set()
        self._last_ended: float | None = None  # monotonic seconds

    def add(self, task: asyncio.Task[Any]) -> None:
        """A push is in hand for as long as its task runs."""
        self._tasks.add(task)
        self._none.clear()
        task.add_done_callback(self._ended)

    def keep_coming(self) -> bool:
        """Whether a push is in hand, or was a moment ago."""
        if self._tasks:
            return True
        return self._last_ended is not None and self._clock.monotonic() - self._last_ended < LATELY_SECONDS

    async def pause(self) -> None:
        """Wait until no push is in hand, `LONGEST_PAUSE_SECONDS` at most."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LONGEST_PAUSE_SECONDS):
                await self._none.wait()

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        self._last_ended = self._clock.monotonic()
        if not self._tasks:
            self._none.set()
