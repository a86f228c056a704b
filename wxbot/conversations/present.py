"""Nothing is written about a contact that does not exist, or whose erasure has begun: nobody would delete it."""

from datetime import datetime

from wxbot.conversations.ports import KnownContacts
from wxbot.errors import ContactBlockedError, NotFoundError
from wxbot.history.models import ContactId
from wxbot.patients.models import Contact


async def must_be_there(contacts: KnownContacts, contact_id: ContactId) -> Contact:
    """The contact. Raises NotFoundError."""
    contact = (await contacts.contacts([contact_id])).get(contact_id)
    if contact is None or contact.erased_at is not None:
        raise NotFoundError("no such contact")
    return contact


async def must_not_be_blocked(contacts: KnownContacts, contact_id: ContactId, now: datetime) -> None:
    """Refuse to begin a talk with who is blocked. Raises ContactBlockedError."""
    contact = (await contacts.contacts([contact_id])).get(contact_id)
    if contact is not None and contact.blocked(now):
        raise ContactBlockedError("the contact is blocked")
