"""What colleagues write to patients: what of it is not sent, and taking it back while it still waits."""

from datetime import datetime

from wxbot.history.models import ContactId
from wxbot.outbox.models import Message
from wxbot.outbox.stores.messages import OutboxStore

TAKEN_BACK = "taken_back"
MOST_UNSENT = 100  # of one contact; nobody reads more


class AuthoredMessages:
    """Messages with an author. They are sent like all others."""

    def __init__(self, store: OutboxStore) -> None:
        self._store = store

    async def unsent(self, contact_id: ContactId, since: datetime) -> list[Message]:
        """Those of a contact that wait or are on their way, and those that ended unsent or unknown since, oldest first.

        Without what was taken back or seen to.
        """
        return await self._store.reading.authored(contact_id, since, MOST_UNSENT)

    async def take_back(self, message: Message, now: datetime) -> bool:
        """End one that still waits, as if it had never been written; False when it is on its way or has ended."""
        if not await self._store.drop(message.id, reason=TAKEN_BACK, explanation="", now=now):
            return False
        await self._store.put_away(message.id)
        return True

    async def put_away(self, message: Message) -> bool:
        """A colleague has seen to one that ended unsent or unknown; False when it did not end so."""
        return await self._store.put_away(message.id)
