"""Where first contacts are kept."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from pymongo import ASCENDING

from wxbot.database import Database, DuplicateKeyError, Index, Mapper
from wxbot.history.models import ContactId, PatientId
from wxbot.reception.models import FirstContact

NAME = "first_contacts"
FIRST = ("at", "by")  # stay as they were first written


class FirstContactStore:
    """The collection `first_contacts`, one document per patient."""

    INDEXES: Sequence[Index] = (
        Index(collection=NAME, keys=[("at", ASCENDING)], serves="first contacts of some days, for the figures"),
        Index(
            collection=NAME,
            keys=[("contact_id", ASCENDING)],
            partial={"contact_id": {"$gt": ""}},
            serves="a contact's patients' first contacts, for erasure",
        ),
    )

    def __init__(self, database: Database) -> None:
        self._rows = database.collection(NAME)
        self._mapper = Mapper(FirstContact)

    async def put(self, contact: FirstContact) -> None:
        """Keep it; of one that is there, when and by whom it was first noted stays."""
        document = self._mapper.document(contact)
        begun = {name: document.pop(name) for name in FIRST}
        del document["_id"]
        change = {"$set": document, "$setOnInsert": begun}
        try:
            await self._rows.update_one({"_id": contact.id}, change, upsert=True)
        except DuplicateKeyError:  # a colleague inserted it in the same moment
            await self._rows.update_one({"_id": contact.id}, change)

    async def of(self, patient_ids: Collection[PatientId]) -> Mapping[PatientId, FirstContact]:
        """Those that exist, by patient, in one query."""
        rows = self._rows.find({"_id": {"$in": list(patient_ids)}})
        return {row["_id"]: self._mapper.thing(row) async for row in rows}

    async def between(self, start: datetime, end: datetime) -> list[FirstContact]:
        """Those first noted in [start, end), earliest first."""
        rows = self._rows.find({"at": {"$gte": start, "$lt": end}}).sort("at", ASCENDING)
        return [self._mapper.thing(row) async for row in rows]

    async def erase(self, contact_id: ContactId) -> int:
        """Delete those of the contact's patients; the number."""
        return int((await self._rows.delete_many({"contact_id": contact_id})).deleted_count)
