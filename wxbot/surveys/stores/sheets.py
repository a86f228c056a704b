"""The collection `survey_sheets`: which satisfaction sheets were produced, with their numbers of that moment."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from pymongo import DESCENDING

from wxbot.database import Database, DuplicateKeyError, Index, Mapper
from wxbot.periods import Span

NAME = "survey_sheets"


@dataclass(frozen=True, kw_only=True)
class ProducedSheet:
    """A sheet as it went to the supervisor. `id` is its period's, so that there is one of each."""

    id: str
    span: Span
    first: str  # local ISO date
    produced_at: datetime
    asked: int
    answered: int
    rated: int
    satisfied: int
    low: int
    followup_id: str = ""  # the supervisor's task; none where nobody was asked


class SheetStore:
    """One document per period."""

    INDEXES: Sequence[Index] = (
        Index(collection=NAME, keys=[("produced_at", DESCENDING)], serves="the latest sheets, for the page"),
    )

    def __init__(self, database: Database) -> None:
        self._rows = database.collection(NAME)
        self._mapper = Mapper(ProducedSheet)

    async def insert(self, sheet: ProducedSheet) -> bool:
        """Keep it; False where the period has one."""
        try:
            await self._rows.insert_one(self._mapper.document(sheet))
        except DuplicateKeyError:
            return False
        return True

    async def known(self, ids: Collection[str]) -> frozenset[str]:
        """Which of those periods have one."""
        return frozenset([row["_id"] async for row in self._rows.find({"_id": {"$in": sorted(ids)}}, {"_id": 1})])

    async def latest(self, limit: int) -> list[ProducedSheet]:
        """Those of periods in which somebody was asked, the latest first."""
        rows = self._rows.find({"asked": {"$gt": 0}}).sort("produced_at", DESCENDING).limit(limit)
        return [self._mapper.thing(row) async for row in rows]
