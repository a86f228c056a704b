"""The collections `care_looks` and `care_decisions`: when everything due was last handed over, and what was decided."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from wxbot.care.records import Decision
from wxbot.database import Database, DuplicateKeyError, Index, Mapper

LOOKS = "care_looks"
DECISIONS = "care_decisions"
LOOK = "enqueue"


class LookStore:
    """The moment of the last complete look, and decisions about what fell due while nobody looked."""

    INDEXES: Sequence[Index] = ()

    def __init__(self, database: Database) -> None:
        self._looks = database.collection(LOOKS)
        self._decisions = database.collection(DECISIONS)
        self._mapper = Mapper(Decision)

    async def last(self) -> datetime | None:
        """Up to when everything that fell due was handed over; None before the first look."""
        row = await self._looks.find_one({"_id": LOOK})
        return row["at"] if row is not None else None

    async def note(self, at: datetime) -> None:
        """Everything that was due by then was handed over; an earlier moment changes nothing."""
        await self._looks.update_one({"_id": LOOK}, {"$max": {"at": at}}, upsert=True)

    async def put_back(self, at: datetime) -> None:
        """The clock had run ahead: what falls due from this moment on was not handed over."""
        await self._looks.update_one({"_id": LOOK}, {"$set": {"at": at}}, upsert=True)

    async def decide(self, decision: Decision) -> bool:
        """Keep a decision; False where one was taken before."""
        try:
            await self._decisions.insert_one(self._mapper.document(decision))
        except DuplicateKeyError:
            return False
        return True

    async def decisions(self, ids: Collection[str]) -> Mapping[str, Decision]:
        """Those that were taken, by what they are about."""
        if not ids:
            return {}
        rows = self._decisions.find({"_id": {"$in": list(ids)}})
        return {row["_id"]: self._mapper.thing(row) async for row in rows}
