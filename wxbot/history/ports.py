"""What the transcript asks of the rooms above it."""

from collections.abc import Sequence
from typing import Protocol

from wxbot.history.models import ContactId, Interaction


class LineIndex(Protocol):
    """Finds lines by their words. Kept with them: whoever appends waits for both."""

    async def add(self, lines: Sequence[Interaction]) -> None:
        """Index those that have words to be found; again changes nothing."""
        ...

    async def erase(self, contact_id: ContactId) -> None:
        """Forget a contact's lines."""
        ...
