"""Where is kept what reception noted about visits; what is written freely is encrypted."""

from collections.abc import Collection, Mapping, Sequence

from pymongo import ASCENDING

from wxbot.booking.models import AppointmentId
from wxbot.database import Database, Document, DuplicateKeyError, Index, Mapper
from wxbot.encryption.data_keys import DataKeys
from wxbot.encryption.documents import DocumentCipher, EncryptedMapper
from wxbot.history.models import ContactId
from wxbot.visits.models import VisitRecord

NAME = "visits"
FREE = (  # what somebody wrote in their own words, and what a person came for
    "arrival.said.complaint",
    "arrival.said.keep_practitioner",
    "arrival.said.remarks",
    "arrival.said.social_status",
    "arrival.said.feels_now",
    "checkout.words",
    "decision.words",
)


class VisitRecordStore:
    """The collection `visits`, one document per appointment that somebody noted something about."""

    INDEXES: Sequence[Index] = (
        Index(collection=NAME, keys=[("contact_id", ASCENDING)], serves="a contact's visits, for erasure"),
    )

    def __init__(self, database: Database, keys: DataKeys) -> None:
        self._rows = database.collection(NAME)
        self._cipher = DocumentCipher(keys, NAME, FREE)
        self._mapper: Mapper[VisitRecord] = EncryptedMapper(VisitRecord, self._cipher)
        self.ciphers: Sequence[DocumentCipher] = (self._cipher,)

    async def put(self, record: VisitRecord, part: str) -> None:
        """Write one part of a visit's record, and leave the others as they are; the latest one counts."""
        document = self._mapper.document(record)
        change: Document = {"$set": {part: document[part], "contact_id": document["contact_id"]}}
        try:
            await self._rows.update_one({"_id": record.id}, change, upsert=True)
        except DuplicateKeyError:  # a colleague inserted it in the same moment
            await self._rows.update_one({"_id": record.id}, change)

    async def of(self, ids: Collection[AppointmentId]) -> Mapping[AppointmentId, VisitRecord]:
        """Those that exist, by appointment, in one query."""
        rows = await self._rows.find({"_id": {"$in": list(ids)}}).to_list(None)
        return {record.id: record for record in await self._mapper.things(rows)}

    async def erase(self, contact_id: ContactId) -> int:
        """Part the contact from their visits, and forget what was written about them freely; the number."""
        for path in FREE:
            part = path.split(".", maxsplit=1)[0]
            await self._rows.update_many({"contact_id": contact_id, part: {"$type": "object"}}, {"$set": {path: ""}})
        result = await self._rows.update_many({"contact_id": contact_id}, {"$set": {"contact_id": None}})
        return int(result.modified_count)
