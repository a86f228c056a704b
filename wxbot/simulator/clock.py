"""The platform's clock: the machine's time plus a shift that tests and the demo may enlarge."""

from datetime import UTC, datetime, timedelta
from typing import Protocol


class MovableClock(Protocol):
    """What the platform asks of a clock. Any object with these fits, also one shared with the service."""

    shift: timedelta

    def now(self) -> datetime:
        """The present moment, aware, UTC."""
        ...

    def move(self, by: timedelta) -> None:
        """Move the clock forward."""
        ...


class SimulatorClock:
    """The machine's time plus `shift`."""

    def __init__(self, shift: timedelta = timedelta(0)) -> None:
        self.shift = shift

    def now(self) -> datetime:
        """The present moment, aware, UTC."""
        return datetime.now(UTC) + self.shift

    def move(self, by: timedelta) -> None:
        """Move the clock by this much, for the whole platform at once."""
        self.shift += by
