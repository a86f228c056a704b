"""The ladder: who is told that a patient waits, each rung once in every wait; and what the clock does besides."""

from collections.abc import Mapping
from datetime import datetime


class Escalation:
    """Fires rungs, nudges silent patients, closes what stays silent, wakes snoozed episodes, watches promises."""

    async def run(self, now: datetime) -> Mapping[str, int]:
        """Everything that is due; what was done, by name. Safe in several processes: each rung is claimed once."""
        raise NotImplementedError
