"""A waitlist on which nobody waits, for handlers that only ask."""

from dataclasses import dataclass, field
from typing import Any


class NoEntries:
    """No contact waits for anything."""

    async def of_contact(self, _: Any) -> list[Any]:
        return []


@dataclass
class NobodyWaits:
    """In place of `wxbot.waitlist.room.WaitlistRoom`."""

    entries: NoEntries = field(default_factory=NoEntries)
