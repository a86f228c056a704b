"""Search over messages and names, in Chinese by pairs of characters, names also by pinyin initials."""

from dataclasses import dataclass
from datetime import datetime

from wxbot.actors import Actor
from wxbot.history.models import ContactId


@dataclass(frozen=True, kw_only=True)
class Hit:
    """One message or person found. `marks` are the half-open spans of `text` that were sought."""

    contact_id: ContactId
    name: str
    line_id: str  # empty for a person
    at: datetime | None
    text: str
    marks: tuple[tuple[int, int], ...]


class DeskSearch:
    """Use cases of the search."""

    async def find(self, query: str, *, by: Actor, now: datetime, limit: int = 30) -> list[Hit]:
        """People first, then messages, newest first. Raises ForbiddenError."""
        raise NotImplementedError
