"""Which looks ask for everything that is due, and which only for what fell due since the one before. Pure.

A fact may come late: a visit that is marked as attended in the evening had steps in the afternoon. Those are found by a
look over everything, whose cost grows with the number of anchors; so the more there are, the rarer it is.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

PER_ANCHOR = timedelta(milliseconds=10)
"""Between two looks over everything, for each anchor of the first: one takes 0.1 ms, so that is about 1 % of the time.

A clinic of 1,000 patients has some 150 anchors whose steps are due on a day, one of 100,000 some 13,000: two minutes.
"""


@dataclass
class FullLooks:
    """What one process has looked at. `handed_over` are keys that the outbox has for ever."""

    handed_over: set[str] = field(default_factory=set)
    _whole: datetime | None = None  # the last look over everything
    _latest: datetime | None = None  # the last look
    _anchors: int = 0  # of the last look over everything

    def since(self, now: datetime) -> datetime | None:
        """From when on it is enough to ask what fell due; None: ask for everything."""
        if self._whole is None or self._latest is None or now < self._latest:
            return None
        return self._latest if now - self._whole < self._anchors * PER_ANCHOR else None

    def note(self, now: datetime, *, whole: bool, anchors: int, due: set[str]) -> None:
        """A look is complete: it was over everything or not, and found so many anchors and those keys."""
        self._latest = now
        if whole:
            self._whole, self._anchors, self.handed_over = now, anchors, due
        else:
            self.handed_over |= due
