"""When kinds of which every patient has an anchor are gone through: not at each look, a hundred thousand times in vain.

All of those anchors are there before a step falls due. So once everything was handed over, the next look that can find
more is the one at which another step falls due.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from wxbot.care.calendar import Calendar
from wxbot.care.models import CarePlan, Step
from wxbot.care.spans import spans

EVERY = timedelta(minutes=10)
"""How long a round counts for: what changes without a step falling due (a pause ends) is seen by then."""


class FullLooks:
    """The last complete round of this process."""

    def __init__(self) -> None:
        self._done: datetime | None = None
        self._plans: Sequence[CarePlan] = ()

    def wanted(self, steps: Sequence[Step], plans: Sequence[CarePlan], now: datetime, calendar: Calendar) -> bool:
        """Whether one is due: none yet, the last too long ago (or ahead of `now`), other plans, or a step fell due."""
        last = self._done
        if last is None or plans is not self._plans or not last <= now < last + EVERY:
            return True
        hours = (now - last) / timedelta(hours=1)
        lately = [replace(each, grace_hours=min(each.grace_hours, hours)) for each in steps]
        return bool(hours) and bool(spans(lately, now, calendar))

    def done(self, plans: Sequence[CarePlan], now: datetime) -> None:
        """Everything that was due by then was handed over."""
        self._done, self._plans = now, plans
