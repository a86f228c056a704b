"""Where reports of the desk are kept."""

from collections.abc import Sequence

from pymongo import DESCENDING

from wxbot.conversations.evaluation.report_models import Report
from wxbot.database import Database, DuplicateKeyError, Index, Mapper

NAME = "desk_reports"


class ReportStore:
    """The collection `desk_reports`. Satisfies `ReportRows`."""

    INDEXES: Sequence[Index] = (
        Index(collection=NAME, keys=[("first", DESCENDING)], serves="kept reports, the latest periods first"),
    )

    def __init__(self, database: Database) -> None:
        self._rows = database.collection(NAME)
        self._mapper = Mapper(Report)

    async def put(self, report: Report) -> bool:
        """Keep it in place of the revision before it; False when that is not there."""
        document = self._mapper.document(report)
        if report.revision == 1:
            try:
                await self._rows.insert_one(document)
            except DuplicateKeyError:
                return False
            return True
        query = {"_id": report.id, "revision": report.revision - 1}
        return bool((await self._rows.replace_one(query, document)).matched_count)

    async def by_id(self, report_id: str) -> Report | None:
        """The report of that period."""
        row = await self._rows.find_one({"_id": report_id})
        return self._mapper.thing(row) if row else None

    async def latest(self, limit: int) -> list[Report]:
        """The latest periods first."""
        rows = self._rows.find().sort("first", DESCENDING).limit(limit)
        return [self._mapper.thing(row) async for row in rows]
