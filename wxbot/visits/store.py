"""Where is kept what reception noted about visits, and what patients answered before them; words are encrypted."""

from collections.abc import Collection, Mapping, Sequence

from pymongo import ASCENDING

from wxbot.booking.models import AppointmentId
from wxbot.database import Database, Document, DuplicateKeyError, Index, Mapper
from wxbot.encryption.data_keys import DataKeys
from wxbot.encryption.documents import DocumentCipher, EncryptedMapper
from wxbot.history.models import ContactId
from wxbot.visits.models import VisitRecord
from wxbot.visits.questions import VisitAnswers

NAME = "visits"
ANSWERS = "visit_answers"
FREE = (  # what somebody wrote in their own words, and what a person came for
    "arrival.said.complaint",
    "arrival.said.keep_practitioner",
    "arrival.said.remarks",
    "arrival.said.social_status",
    "arrival.said.feels_now",
    "checkout.words",
    "decision.words",
    "unwell.words",
    "survey.words",
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


class VisitAnswerStore:
    """The collection `visit_answers`, one document per appointment that something was answered before."""

    INDEXES: Sequence[Index] = (
        Index(
            collection=ANSWERS, keys=[("contact_id", ASCENDING)], serves="a contact's answers, for withdrawal, erasure"
        ),
    )

    def __init__(self, database: Database, keys: DataKeys) -> None:
        self._rows = database.collection(ANSWERS)
        self._cipher = DocumentCipher(keys, ANSWERS, ["answers.*.choice", "answers.*.words"])
        self._mapper = EncryptedMapper(VisitAnswers, self._cipher)
        self.ciphers: Sequence[DocumentCipher] = (self._cipher,)

    async def of(self, ids: Collection[AppointmentId]) -> Mapping[AppointmentId, VisitAnswers]:
        """Those that exist, by appointment, in one query."""
        rows = await self._rows.find({"_id": {"$in": list(ids)}}).to_list(None)
        return {answers.id: answers for answers in await self._mapper.things(rows)}

    async def replace(self, answers: VisitAnswers, revision: int) -> bool:
        """Keep them in place of that revision (0: of none); False when another page was quicker."""
        document = self._mapper.document(answers)
        if revision == 0:
            try:
                await self._rows.insert_one(document)
            except DuplicateKeyError:
                return False
            return True
        result = await self._rows.replace_one({"_id": answers.id, "revision": revision}, document)
        return bool(result.matched_count)

    async def of_contact(self, contact_id: ContactId) -> list[VisitAnswers]:
        """Everything that a contact answered, the latest visit first."""
        rows = await self._rows.find({"contact_id": contact_id}).sort("_id", -1).to_list(None)
        return await self._mapper.things(rows)

    async def erase(self, contact_id: ContactId) -> int:
        """Delete what the contact answered; the number of visits."""
        result = await self._rows.delete_many({"contact_id": contact_id})
        return int(result.deleted_count)
