"""Where is kept who ticked what on which day."""

from collections.abc import Sequence
from datetime import date

from wxbot.database import Database, DuplicateKeyError, Index, Mapper
from wxbot.reception.models import DayChecklist, Tick

NAME = "checklists"
TICKS = Mapper(Tick)


class ChecklistStore:
    """The collection `checklists`, one document per local day on which something was ticked."""

    INDEXES: Sequence[Index] = ()

    def __init__(self, database: Database) -> None:
        self._rows = database.collection(NAME)
        self._mapper = Mapper(DayChecklist)

    async def tick(self, day: date, key: str, tick: Tick) -> bool:
        """Tick it; False where somebody has: the first tick stays."""
        change = {"$set": {f"ticks.{key}": TICKS.document(tick)}}
        query = {"_id": day.isoformat(), f"ticks.{key}": {"$exists": False}}
        for _ in range(2):
            try:
                await self._rows.update_one(query, change, upsert=True)
            except DuplicateKeyError:  # the day is there: with that tick, or begun by a colleague in the same moment
                continue
            return True
        return False

    async def untick(self, day: date, key: str) -> bool:
        """Take the tick back; False where there is none."""
        query = {"_id": day.isoformat(), f"ticks.{key}": {"$exists": True}}
        result = await self._rows.update_one(query, {"$unset": {f"ticks.{key}": ""}})
        return bool(result.modified_count)

    async def between(self, first: date, last: date) -> dict[str, DayChecklist]:
        """The days from `first` to `last`, both included, on which something was ticked, by ISO date."""
        query = {"_id": {"$gte": first.isoformat(), "$lte": last.isoformat()}}
        return {row["_id"]: self._mapper.thing(row) async for row in self._rows.find(query)}
