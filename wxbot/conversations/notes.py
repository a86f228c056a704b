"""备注: what colleagues tell each other about a patient. No way leads from here to the patient."""

from collections.abc import Collection
from datetime import datetime

from wxbot.actors import Actor
from wxbot.conversations.models import Note
from wxbot.history.models import ContactId


class Notes:
    """Use cases of notes."""

    async def write(  # noqa: PLR0913 - one fact each, all keyword-only
        self,
        contact_id: ContactId,
        text: str,
        *,
        key: str,
        whisper: bool = False,
        line_id: str = "",
        by: Actor,
        now: datetime,
    ) -> Note:
        """Write one, once per `key`. @名字 mentions a colleague. Raises ForbiddenError, FieldErrors."""
        raise NotImplementedError

    async def of(self, contact_id: ContactId, *, since: datetime | None = None, by: Actor) -> list[Note]:
        """A contact's notes, oldest first; whispers only for the owner and supervisors."""
        raise NotImplementedError

    async def mentioning(self, *, by: Actor, limit: int = 50) -> list[Note]:
        """Where they were mentioned, newest first."""
        raise NotImplementedError

    async def erase(self, contact_ids: Collection[ContactId]) -> int:
        """Delete what was noted about those contacts; the number."""
        raise NotImplementedError
