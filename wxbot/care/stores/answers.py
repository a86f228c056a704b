"""The collection `care_answers`: what patients answered to questions of plans, encrypted."""

from collections.abc import Collection, Sequence

from pymongo import ASCENDING, DESCENDING

from wxbot.care.records import CareAnswer
from wxbot.database import Database, DuplicateKeyError, Index
from wxbot.encryption.data_keys import DataKeys
from wxbot.encryption.documents import DocumentCipher, EncryptedMapper
from wxbot.history.models import ContactId, PatientId

NAME = "care_answers"


class AnswerStore:
    """Answers; the first to a question stands, later ones are kept beside it."""

    INDEXES: Sequence[Index] = (
        Index(collection=NAME, keys=[("enrolment", ASCENDING)], serves="what a plan's conditions look at"),
        Index(
            collection=NAME,
            keys=[("patient_id", ASCENDING), ("at", DESCENDING)],
            serves="a patient's answers, for their page",
        ),
        Index(collection=NAME, keys=[("contact_id", ASCENDING)], serves="a contact's answers, for erasure"),
    )

    def __init__(self, database: Database, keys: DataKeys) -> None:
        self._rows = database.collection(NAME)
        self.cipher = DocumentCipher(keys, NAME, ["value"])
        self._mapper = EncryptedMapper(CareAnswer, self.cipher)

    async def keep(self, answer: CareAnswer) -> CareAnswer:
        """Keep an answer, as a later one where another stands; each line of the transcript once. As it is kept."""
        for each in (answer, answer.as_later()):
            try:
                await self._rows.insert_one(self._mapper.document(each))
            except DuplicateKeyError:
                row = await self._rows.find_one({"_id": each.id})
                if row is not None and (row["line_id"] == each.line_id or each.later):
                    return self._mapper.thing(row)
            else:
                return each
        return answer.as_later()

    async def of_enrolments(self, enrolments: Collection[str]) -> list[CareAnswer]:
        """The answers that stand in those enrolments, oldest first."""
        rows = self._rows.find({"enrolment": {"$in": list(enrolments)}, "later": False}).sort("at", ASCENDING)
        return await self._mapper.things(await rows.to_list(None))

    async def of_patients(self, patient_ids: Collection[PatientId], limit: int) -> list[CareAnswer]:
        """Those patients' answers, the latest first."""
        rows = self._rows.find({"patient_id": {"$in": list(patient_ids)}}).sort("at", DESCENDING).limit(limit)
        return await self._mapper.things(await rows.to_list(limit))

    async def erase(self, contact_id: ContactId) -> int:
        """Delete a contact's answers; the number."""
        return int((await self._rows.delete_many({"contact_id": contact_id})).deleted_count)
