"""Where is kept what colleagues wrote about patients' interests."""

from collections.abc import Collection, Sequence

from pymongo import ASCENDING

from wxbot.database import Database, DuplicateKeyError, Index
from wxbot.encryption.data_keys import DataKeys
from wxbot.encryption.documents import DocumentCipher, EncryptedMapper
from wxbot.history.models import PatientId
from wxbot.reception.interest_models import InterestNote

NAME = "interests"


class InterestStore:
    """The collection `interests`."""

    INDEXES: Sequence[Index] = (
        Index(collection=NAME, keys=[("patient_id", ASCENDING)], serves="a patient's interests; erasure"),
    )

    def __init__(self, database: Database, keys: DataKeys) -> None:
        self._rows = database.collection(NAME)
        self._cipher = DocumentCipher(keys, NAME, ["project"])
        self._mapper = EncryptedMapper(InterestNote, self._cipher)
        self.ciphers: Sequence[DocumentCipher] = (self._cipher,)

    async def of(self, patient_ids: Collection[PatientId]) -> list[InterestNote]:
        """Those patients' notes, the oldest first."""
        rows = self._rows.find({"patient_id": {"$in": sorted(patient_ids)}}).sort("_id", ASCENDING)
        return await self._mapper.things(await rows.to_list(None))

    async def insert(self, note: InterestNote) -> bool:
        """Keep a new one; False where there is one of that id."""
        try:
            await self._rows.insert_one(self._mapper.document(note))
        except DuplicateKeyError:
            return False
        return True

    async def replace(self, note: InterestNote) -> bool:
        """Write it where the revision before still stands."""
        query = {"_id": note.id, "revision": note.revision - 1}
        return bool((await self._rows.replace_one(query, self._mapper.document(note))).matched_count)

    async def erase(self, patient_ids: Collection[PatientId]) -> int:
        """Delete those of patients whose records go; the number."""
        if not patient_ids:
            return 0
        return int((await self._rows.delete_many({"patient_id": {"$in": sorted(patient_ids)}})).deleted_count)
