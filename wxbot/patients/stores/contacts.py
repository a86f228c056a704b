"""The collection `contacts`: who wrote to the clinic, whom they speak for, what they agreed to."""

from collections.abc import Collection, Sequence
from datetime import datetime

from pymongo import ASCENDING, UpdateOne

from wxbot.database import BulkWriteError, Database, Document, Index, Mapper, duplicate_positions
from wxbot.history.models import ContactId
from wxbot.patients.models import Contact

CONTACTS = "contacts"
_ANY_TEXT = {"$gt": ""}  # "is a non-empty string", in the one form partial indexes and $in queries agree on


class ContactStore:
    """Contacts by openid, by id and by alias; those whose erasure is due."""

    INDEXES: Sequence[Index] = (
        Index(
            collection=CONTACTS,
            keys=[("openid", ASCENDING)],
            serves="who wrote: one contact per openid, erased ones apart",
            unique=True,
            partial={"openid": _ANY_TEXT},
        ),
        Index(
            collection=CONTACTS,
            keys=[("unfollowed_at", ASCENDING)],
            serves="whose grace after unfollowing is over",
            partial={"following": False},
        ),
        Index(
            collection=CONTACTS,
            keys=[("followed_at", ASCENDING)],
            serves="who followed in a span of time",
            partial={"following": True},
        ),
        Index(
            collection=CONTACTS,
            keys=[("alias", ASCENDING)],
            serves="a contact by the alias or its beginning",
            partial={"alias": _ANY_TEXT},
        ),
        Index(
            collection=CONTACTS,
            keys=[("block.since", ASCENDING)],
            serves="contacts that are blocked",
            partial={"block.since": {"$type": "date"}},
        ),
    )

    def __init__(self, database: Database) -> None:
        self._contacts = database.collection(CONTACTS)
        self._mapper = Mapper(Contact)

    def contact(self, document: Document) -> Contact:
        """The contact that a document of the collection stands for."""
        return self._mapper.thing(document)

    async def by_openid(self, openids: Collection[str]) -> dict[str, Contact]:
        """The contacts of those openids that exist, by openid; one round trip."""
        found = await self._contacts.find({"openid": {"$in": list(openids)}}).to_list(None)
        return {document["openid"]: self._mapper.thing(document) for document in found}

    async def followed_between(self, start: datetime, end: datetime) -> list[Contact]:
        """Followers who followed in [start, end)."""
        query = {"following": True, "followed_at": {"$gte": start, "$lt": end}}
        return [self._mapper.thing(each) for each in await self._contacts.find(query).to_list(None)]

    async def of_ids(self, ids: Collection[ContactId]) -> dict[ContactId, Contact]:
        """The contacts of those ids that exist; one round trip."""
        found = await self._contacts.find({"_id": {"$in": list(ids)}}).to_list(None)
        return {document["_id"]: self._mapper.thing(document) for document in found}

    async def known_as(self, text: str, also: Collection[ContactId]) -> list[Contact]:
        """Contacts whose id, openid or alias is `text`, and those with the ids `also`."""
        ways: list[Document] = [{"_id": {"$in": [text, *also]}}, {"openid": text}, {"alias": text}]
        found = await self._contacts.find({"$or": ways}).to_list(None)
        return [self._mapper.thing(document) for document in found]

    async def blocked(self, now: datetime, limit: int) -> list[Contact]:
        """Contacts whose block holds at that moment, blocked first in front."""
        query = {
            "block.since": {"$type": "date"},
            "$or": [{"block.until": None}, {"block.until": {"$gt": now}}],
        }
        found = await self._contacts.find(query).sort("block.since", ASCENDING).to_list(limit)
        return [self._mapper.thing(document) for document in found]

    async def create(self, contacts: Sequence[Contact]) -> None:
        """Create contacts; an openid that another process has just created is left to it."""
        documents = [self._mapper.document(contact) for contact in contacts]
        creations = [
            UpdateOne({"openid": document.pop("openid")}, {"$setOnInsert": document}, upsert=True)
            for document in documents
        ]
        try:
            await self._contacts.bulk_write(creations, ordered=False)
        except BulkWriteError as error:
            duplicate_positions(error)  # raises unless all that went wrong is that somebody was faster

    async def replace(self, before: Contact, after: Contact) -> bool:
        """Write `after` where `before` still stands; False when somebody changed it meanwhile."""
        result = await self._contacts.replace_one(
            {"_id": before.id, "revision": before.revision}, self._mapper.document(after)
        )
        return bool(result.matched_count)

    async def set_conversation(
        self, contact_id: ContactId, conversation: str, *, instead_of: str | None = None
    ) -> bool:
        """Set the hint where it says something else (or exactly `instead_of`); False when nothing was to be written.

        The revision grows with it: whoever replaces the whole contact must not write an older hint back.
        """
        known = {"$ne": conversation} if instead_of is None else instead_of
        result = await self._contacts.update_one(
            {"_id": contact_id, "erased_at": None, "conversation": known},
            {"$set": {"conversation": conversation}, "$inc": {"revision": 1}},
        )
        return bool(result.modified_count)

    async def due_for_erasure(self, unfollowed_before: datetime, limit: int) -> list[Contact]:
        """Contacts gone since before that moment whose erasure is not finished, oldest first."""
        query = {"following": False, "unfollowed_at": {"$lte": unfollowed_before}}
        found = await self._contacts.find(query).sort("unfollowed_at", ASCENDING).to_list(limit)
        return [self._mapper.thing(document) for document in found]
