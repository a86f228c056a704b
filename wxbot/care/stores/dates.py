"""The collection `patient_dates`: days that staff noted of patients, for plans to count from."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date

from pymongo import ASCENDING

from wxbot.care.dates import PatientDate
from wxbot.database import Database, Document, DuplicateKeyError, Index
from wxbot.encryption.data_keys import DataKeys
from wxbot.encryption.documents import DocumentCipher, EncryptedMapper
from wxbot.history.models import PatientId

NAME = "patient_dates"


class DateStore:
    """Dates by patient and by day."""

    INDEXES: Sequence[Index] = (
        Index(
            collection=NAME,
            keys=[("patient_id", ASCENDING), ("kind", ASCENDING), ("day", ASCENDING)],
            serves="the same date noted twice is one",
            unique=True,
            partial={"live": True},
        ),
        Index(
            collection=NAME,
            keys=[("day", ASCENDING), ("kind", ASCENDING)],
            serves="whose dates lie on certain days, for care plans",
            partial={"live": True},
        ),
        Index(collection=NAME, keys=[("patient_id", ASCENDING)], serves="a patient's dates, removed ones too"),
    )

    def __init__(self, database: Database, keys: DataKeys) -> None:
        self._rows = database.collection(NAME)
        self.cipher = DocumentCipher(keys, NAME, ["note"])
        self._mapper = EncryptedMapper(PatientDate, self.cipher)

    async def insert(self, noted: PatientDate) -> bool:
        """Keep a new date; False where the patient has that kind on that day."""
        try:
            await self._rows.insert_one(self._mapper.document(noted))
        except DuplicateKeyError:
            return False
        return True

    async def replace(self, before: PatientDate, after: PatientDate) -> bool:
        """Write `after` where `before` still stands. Raises DuplicateKeyError where another is on that day."""
        query = {"_id": before.id, "revision": before.revision}
        return bool((await self._rows.replace_one(query, self._mapper.document(after))).matched_count)

    async def by_ids(self, ids: Collection[str]) -> Mapping[str, PatientDate]:
        """Those of the dates that exist, by id."""
        if not ids:
            return {}
        rows = await self._rows.find({"_id": {"$in": list(ids)}}).to_list(None)
        return {each.id: each for each in await self._mapper.things(rows)}

    async def of_patients(self, patient_ids: Collection[PatientId]) -> list[PatientDate]:
        """Those patients' dates, by day, removed ones too."""
        rows = self._rows.find({"patient_id": {"$in": list(patient_ids)}}).sort("day", ASCENDING)
        return await self._mapper.things(await rows.to_list(None))

    async def between(self, first: date, last: date, kinds: Collection[str], *, others: bool) -> list[PatientDate]:
        """The dates of those kinds, or with `others` of every other kind, on the days from first to last."""
        query: Document = {
            "live": True,
            "day": {"$gte": first.isoformat(), "$lte": last.isoformat()},
            "kind": {"$nin" if others else "$in": sorted(kinds)},
        }
        return await self._mapper.things(await self._rows.find(query).to_list(None))

    async def forget_removed(self, patient_ids: Collection[PatientId]) -> None:
        """Delete those patients' dates that were removed."""
        await self._rows.delete_many({"patient_id": {"$in": list(patient_ids)}, "live": False})
