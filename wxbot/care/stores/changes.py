"""The collections `care_pins` and `care_endings`: what colleagues changed of one patient's plans."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from pymongo import ASCENDING

from wxbot.care.records import Ending, Pin
from wxbot.database import Database, DuplicateKeyError, Index, Mapper
from wxbot.history.models import PatientId

PINS = "care_pins"
ENDINGS = "care_endings"


class ChangeStore:
    """Hand-set times by step, endings by enrolment."""

    INDEXES: Sequence[Index] = (
        Index(collection=PINS, keys=[("at", ASCENDING)], serves="hand-set times that are due now"),
        Index(collection=ENDINGS, keys=[("patient_id", ASCENDING)], serves="what was ended for a patient"),
    )

    def __init__(self, database: Database) -> None:
        self._pins = database.collection(PINS)
        self._endings = database.collection(ENDINGS)
        self._pin = Mapper(Pin)
        self._ending = Mapper(Ending)

    async def pins(self, keys: Collection[str]) -> Mapping[str, Pin]:
        """The hand-set times of those steps, by key."""
        if not keys:
            return {}
        return {row["_id"]: self._pin.thing(row) async for row in self._pins.find({"_id": {"$in": list(keys)}})}

    async def pinned_between(self, since: datetime, until: datetime) -> list[Pin]:
        """Hand-set times of (since, until] and those before that are still worth sending after `since`."""
        rows = self._pins.find({"at": {"$lte": until}, "expires_at": {"$gt": since}})
        return [self._pin.thing(row) async for row in rows]

    async def pin(self, pin: Pin) -> None:
        """Set a time, in place of one set before."""
        await self._pins.replace_one({"_id": pin.id}, self._pin.document(pin), upsert=True)

    async def unpin(self, key: str) -> bool:
        """Take a hand-set time back; whether there was one."""
        return bool((await self._pins.delete_one({"_id": key})).deleted_count)

    async def endings(self, enrolments: Collection[str]) -> Mapping[str, Ending]:
        """What was ended of those enrolments, by name."""
        if not enrolments:
            return {}
        rows = self._endings.find({"_id": {"$in": list(enrolments)}})
        return {row["_id"]: self._ending.thing(row) async for row in rows}

    async def end(self, ending: Ending) -> bool:
        """End an enrolment; False where it was ended before."""
        try:
            await self._endings.insert_one(self._ending.document(ending))
        except DuplicateKeyError:
            return False
        return True

    async def ending_of(self, enrolment: str) -> Ending | None:
        """The ending of one."""
        row = await self._endings.find_one({"_id": enrolment})
        return self._ending.thing(row) if row else None

    async def endings_of(self, patient_ids: Collection[PatientId]) -> list[Ending]:
        """What was ended for those patients."""
        rows = self._endings.find({"patient_id": {"$in": list(patient_ids)}}).sort("at", ASCENDING)
        return [self._ending.thing(row) async for row in rows]

    async def resume(self, enrolment: str) -> bool:
        """Take an ending back; whether there was one."""
        return bool((await self._endings.delete_one({"_id": enrolment})).deleted_count)
