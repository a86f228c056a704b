"""What one patient's actions allow the account to send by customer-service message (reference §4.1).

Budgets do not add up: each action lifts the remaining count and the end to that action's own maximum.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Budget:
    """Messages one kind of patient action allows, and for how long."""

    count: int
    lasts: timedelta


MESSAGE = Budget(5, timedelta(hours=48))  # the patient wrote
TAP = Budget(3, timedelta(minutes=1))  # click, scancode_push, scancode_waitmsg, or a tapped menu message entry
FOLLOW = Budget(3, timedelta(minutes=1))
SCAN = Budget(3, timedelta(minutes=1))

WINDOW_CLOSED = 45015
COUNT_USED_UP = 45047


@dataclass
class Rights:
    """The current budget of one patient; `until` is None when nothing was ever allowed."""

    left: int = 0
    until: datetime | None = None

    def remaining(self, now: datetime) -> int:
        """How many messages may be sent at this moment."""
        return self.left if self.until is not None and now < self.until else 0

    def open(self, budget: Budget, now: datetime) -> None:
        """The patient did something: lift count and end to this action's maximum."""
        until = now + budget.lasts
        self.left = max(self.remaining(now), budget.count)
        self.until = until if self.until is None else max(self.until, until)

    def refusal(self, now: datetime) -> int | None:
        """The error code a send gets at this moment, or None when it is allowed."""
        if self.until is None or now >= self.until:
            return WINDOW_CLOSED
        return COUNT_USED_UP if self.left <= 0 else None

    def spend(self) -> None:
        """One message was accepted."""
        self.left -= 1

    def close(self) -> None:
        """The patient left: nothing is allowed any more."""
        self.left, self.until = 0, None
