"""The only place that asks the machine for the time. Everything else is told."""

from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Protocol


class Clock(Protocol):
    """What the time is now; always an aware UTC datetime."""

    def now(self) -> datetime:
        """The present moment in UTC."""
        ...

    def machine_now(self) -> datetime:
        """The machine's own UTC time, never moved: for leases between processes."""
        ...

    def monotonic(self) -> float:
        """Seconds on a clock that never jumps, for measuring how long something took."""
        ...


class SystemClock:
    """The machine's clock, moved by `shift` (WXBOT_CLOCK_SHIFT; demo and tests only)."""

    def __init__(self, shift: timedelta = timedelta(0)) -> None:
        self.shift = shift

    def now(self) -> datetime:
        """The machine's time in UTC plus the shift."""
        return datetime.now(UTC) + self.shift

    def machine_now(self) -> datetime:
        """The machine's time in UTC, without the shift."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds since an arbitrary start; not moved by the shift."""
        return monotonic()

    def move(self, by: timedelta) -> None:
        """Move the clinic's clock. Only the demo does this."""
        self.shift += by
