"""Pushes that had no proper answer from us lately: after many of them the platform pushes nothing for a minute.

That is its MarkFail. How many it takes the platform does not say; its own alarms count over five minutes.
"""

from collections import deque

from wxbot.clock import Clock

LATELY_SECONDS = 300.0
WORTH_A_WARNING = 10  # in five minutes: our own choice, a clinic's ordinary day has none
MOST_KEPT = 10_000


class UnansweredPushes:
    """Counts them, in this process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._at: deque[float] = deque(maxlen=MOST_KEPT)

    def note(self) -> None:
        """One more: not taken in time, failed, or not understood although the platform signed it."""
        self._at.append(self._clock.monotonic())

    def lately(self) -> int:
        """How many in the last five minutes."""
        since = self._clock.monotonic() - LATELY_SECONDS
        while self._at and self._at[0] < since:
            self._at.popleft()
        return len(self._at)
