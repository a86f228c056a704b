"""When kinds of which every patient has an anchor are gone through: not at each look, a hundred thousand times in vain.

All of those anchors are there before a step falls due. So once everything was handed over, the next look that can find
more is the one at which another step falls due.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from wxbot.care.calendar import Calendar
from wxbot.care.models import CarePlan, Step
from wxbot.care.spans import spans

EVERY = timedelta(minutes=10)
"""How long a full look counts for: what changes without a step falling due (a pause ends) is seen by then."""


@dataclass(frozen=True)
class FullLook:
    """A look at everybody, and the plans that were followed then."""

    at: datetime
    plans: Sequence[CarePlan]


class FullLooks:
    """The last complete one of this process, by kind of anchor."""

    def __init__(self) -> None:
        self._complete: dict[str, FullLook] = {}
        self._begun: dict[str, FullLook] = {}

    def begin(
        self, kind: str, steps: Sequence[Step], plans: Sequence[CarePlan], now: datetime, calendar: Calendar
    ) -> bool:
        """Whether everybody is to be gone through, which is complete once `end` is called.

        None yet, the last is too long ago (or ahead of `now`), other plans are followed, or a step fell due since.
        """
        last = self._complete.get(kind)
        if last is not None and last.plans is plans and last.at <= now < last.at + EVERY:
            hours = (now - last.at) / timedelta(hours=1)
            lately = [replace(each, grace_hours=min(each.grace_hours, hours)) for each in steps]
            if not hours or not spans(lately, now, calendar):
                self._begun.pop(kind, None)
                return False
        self._begun[kind] = FullLook(now, plans)
        return True

    def end(self) -> None:
        """What was begun was gone through, and everything that was due handed over."""
        self._complete |= self._begun
        self._begun = {}
