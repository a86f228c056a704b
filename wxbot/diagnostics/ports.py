"""What the diagnostics ask of a database."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from wxbot.diagnostics.models import DatabaseFacts


class Probe(Protocol):
    """One database. Every call raises PyMongoError when it fails. Implemented by the room's store."""

    async def ping(self) -> None:
        """A sign of life."""
        ...

    async def facts(self, machine_now: Callable[[], datetime]) -> DatabaseFacts:
        """What it says of itself."""
        ...

    async def write(self, machine_now: datetime) -> None:
        """Try a transaction; nothing of it is left."""
        ...
