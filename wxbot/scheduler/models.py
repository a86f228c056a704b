"""Jobs as values."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from wxbot.services import Services

Counts = Mapping[str, int]
"""What a run did, by name, for the log: {"sent": 3}."""

Run = Callable[[Services, datetime], Awaitable[Counts]]


@dataclass(frozen=True)
class Job:
    """What runs, and how often. `alone`: in one process at a time, the one that holds the lock in the database."""

    name: str
    run: Run
    every: timedelta
    alone: bool = True
