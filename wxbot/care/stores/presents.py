"""The collection `presents`: what was given to patients."""

from collections.abc import Collection, Sequence

from pymongo import ASCENDING

from wxbot.care.presents import Present
from wxbot.database import Database, Index
from wxbot.encryption.data_keys import DataKeys
from wxbot.encryption.documents import DocumentCipher, EncryptedMapper
from wxbot.history.models import PatientId

NAME = "presents"


class PresentStore:
    """Presents by patient."""

    INDEXES: Sequence[Index] = (
        Index(collection=NAME, keys=[("patient_id", ASCENDING)], serves="what was given to a patient; erasure"),
    )

    def __init__(self, database: Database, keys: DataKeys) -> None:
        self._rows = database.collection(NAME)
        self.cipher = DocumentCipher(keys, NAME, ["text"])
        self._mapper = EncryptedMapper(Present, self.cipher)

    async def of(self, patient_ids: Collection[PatientId]) -> list[Present]:
        """What was noted of those patients, taken back or not, in the order in which it was noted."""
        rows = self._rows.find({"patient_id": {"$in": sorted(patient_ids)}}).sort("_id", ASCENDING)
        return await self._mapper.things(await rows.to_list(None))

    async def insert(self, present: Present) -> None:
        """Keep a new one."""
        await self._rows.insert_one(self._mapper.document(present))

    async def take_back(self, present: Present) -> bool:
        """Write that it was taken back; False where a colleague was quicker."""
        query = {"_id": present.id, "taken_back_at": None}
        return bool((await self._rows.replace_one(query, self._mapper.document(present))).matched_count)

    async def erase(self, patient_ids: Collection[PatientId]) -> int:
        """Delete those of patients whose records go; the number."""
        if not patient_ids:
            return 0
        return int((await self._rows.delete_many({"patient_id": {"$in": sorted(patient_ids)}})).deleted_count)
