"""What the transcript asks of the rooms above it."""

from collections.abc import Sequence
from typing import Protocol

from wxbot.history.models import ContactId, Interaction


class LineIndex(Protocol):
    """Finds lines by their words."""

    def note(self, lines: Sequence[Interaction]) -> None:
        """Those lines are in the transcript: index soon what has words to be found; again changes nothing."""
        ...

    async def erase(self, contact_id: ContactId) -> None:
        """Forget a contact's lines."""
        ...
