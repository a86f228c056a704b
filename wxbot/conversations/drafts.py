"""What somebody has typed and not sent, kept per person and contact."""

from datetime import datetime

from wxbot.actors import Actor
from wxbot.history.models import ContactId


class Drafts:
    """Drafts. One per person and contact, in every window of theirs; gone after 30 days."""

    async def keep(  # noqa: PLR0913 - one fact each
        self, contact_id: ContactId, text: str, *, note: bool, edit: int, by: Actor, now: datetime
    ) -> int:
        """Keep it; the new edit. Of two windows the later edit wins. Raises StaleError when `edit` is older."""
        raise NotImplementedError

    async def of(self, contact_id: ContactId, *, by: Actor) -> tuple[str, bool, int]:
        """The text, whether it is a note, and its edit; empty without one."""
        raise NotImplementedError

    async def clear(self, contact_id: ContactId, *, by: Actor) -> None:
        """It was sent or thrown away."""
        raise NotImplementedError
