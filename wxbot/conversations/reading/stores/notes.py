"""Where notes are kept, encrypted. Nothing that sends reads them."""

from collections.abc import Collection, Sequence
from datetime import datetime

from pymongo import ASCENDING, DESCENDING

from wxbot.conversations.models import Note
from wxbot.database import Database, Document, DuplicateKeyError, Index
from wxbot.encryption.data_keys import DataKeys
from wxbot.encryption.documents import DocumentCipher, EncryptedMapper
from wxbot.history.models import ContactId
from wxbot.staff.models import AccountId

NAME = "notes"
MOST_SHOWN = 500  # of one contact, the latest


class NoteStore:
    """The collection `notes`."""

    INDEXES: Sequence[Index] = (
        Index(
            collection=NAME,
            keys=[("contact_id", ASCENDING), ("at", DESCENDING)],
            serves="a contact's notes; their erasure",
        ),
        Index(
            collection=NAME,
            keys=[("mentions", ASCENDING), ("at", DESCENDING)],
            serves="where somebody was mentioned, newest first",
        ),
    )

    def __init__(self, database: Database, keys: DataKeys) -> None:
        self._rows = database.collection(NAME)
        self._cipher = DocumentCipher(keys, NAME, ["text"])
        self._mapper = EncryptedMapper(Note, self._cipher)
        self.ciphers: Sequence[DocumentCipher] = (self._cipher,)

    async def insert(self, note: Note) -> Note:
        """Keep a note; the one that is kept under its id."""
        try:
            await self._rows.insert_one(self._mapper.document(note))
        except DuplicateKeyError:
            row = await self._rows.find_one({"_id": note.id})
            if row is not None:
                return self._mapper.thing(row)
        return note

    async def of_contact(self, contact_id: ContactId, since: datetime | None) -> list[Note]:
        """A contact's notes, oldest first; of more than 500 the latest."""
        query: Document = {"contact_id": contact_id}
        if since is not None:
            query["at"] = {"$gte": since}
        rows = await self._rows.find(query).sort([("at", DESCENDING), ("_id", DESCENDING)]).to_list(MOST_SHOWN)
        return await self._mapper.things(rows[::-1])

    async def mentioning(self, account_id: AccountId, limit: int) -> list[Note]:
        """Notes that mention somebody, newest first."""
        rows = await self._rows.find({"mentions": account_id}).sort("at", DESCENDING).to_list(limit)
        return await self._mapper.things(rows)

    async def erase(self, contact_ids: Collection[ContactId]) -> int:
        """Delete what was noted about those contacts; the number."""
        return int((await self._rows.delete_many({"contact_id": {"$in": list(contact_ids)}})).deleted_count)
