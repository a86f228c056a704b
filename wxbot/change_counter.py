"""Whether settings that several processes keep in memory must be read from the database again."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from wxbot.clock import Clock

FULL_LOOK = timedelta(minutes=1)  # also without a new counter: a process may have died just before counting


@dataclass(frozen=True)
class Look:
    """One look at the counter: what it stood at, and when, in seconds of the machine's clock."""

    counter: int
    at: float


class ChangeCounter:
    """The counter that every writer of some settings moves, as far as this process has followed it.

    `read` gives its present value. By the machine's clock, because a demo's may stand or jump.
    """

    def __init__(self, read: Callable[[], Awaitable[int]], clock: Clock) -> None:
        self._read = read
        self._clock = clock
        self._counter: int | None = None
        self._looked_at: float | None = None

    async def look(self, *, always: bool = False) -> Look | None:
        """The look to read the settings after; None when nothing changed and the last full look is recent.

        The counter is read before the settings: what changes meanwhile is then seen next time.
        """
        look = Look(await self._read(), self._clock.monotonic())
        rested = self._looked_at is not None and look.at - self._looked_at < FULL_LOOK.total_seconds()
        return None if look.counter == self._counter and rested and not always else look

    def looked(self, look: Look, *, found: bool = True) -> None:
        """The settings were read after that look; unless they were `found`, the counter is looked at again."""
        self._looked_at = look.at
        if found:
            self._counter = look.counter
