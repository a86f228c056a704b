"""Business time: only seconds in which the desk answers count. Pure.

The desk's hours are blocks of a week on open days; a closure of the clinic or a statutory holiday has none.
"""

from datetime import datetime, timedelta

from wxbot.clinic.models import Clinic
from wxbot.conversations.rules import DeskRules


class BusinessTime:
    """Elapsed and due times of one clinic's desk. Immutable; make it anew when the clinic changes."""

    def __init__(self, clinic: Clinic, rules: DeskRules) -> None:
        self._clinic = clinic
        self._rules = rules

    def is_open(self, at: datetime) -> bool:
        """Whether somebody should answer then."""
        raise NotImplementedError

    def opens_at(self, at: datetime) -> datetime | None:
        """The next opening at or after `at`: `at` itself while open; None when none is near (60 days)."""
        raise NotImplementedError

    def elapsed(self, start: datetime, end: datetime) -> timedelta:
        """The business time between two moments; zero when `end` is not later."""
        raise NotImplementedError

    def after(self, start: datetime, business: timedelta) -> datetime | None:
        """When so much business time has passed since `start`; None when it does not within 60 days."""
        raise NotImplementedError
