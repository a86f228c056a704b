"""Where practice talks are kept."""

from collections.abc import Sequence

from pymongo import ASCENDING, DESCENDING

from wxbot.conversations.evaluation.practice_models import Practice
from wxbot.database import Database, Document, Index, Mapper
from wxbot.staff.models import AccountId

NAME = "practices"


class PracticeStore:
    """The collection `practices`. Satisfies `PracticeRows`."""

    INDEXES: Sequence[Index] = (
        Index(
            collection=NAME,
            keys=[("account_id", ASCENDING), ("finished_at", DESCENDING)],
            serves="what somebody has practised, the latest first",
        ),
        Index(collection=NAME, keys=[("finished_at", DESCENDING)], serves="the latest results of everybody"),
    )

    def __init__(self, database: Database) -> None:
        self._rows = database.collection(NAME)
        self._mapper = Mapper(Practice)

    async def insert(self, practice: Practice) -> None:
        """Keep a new one."""
        await self._rows.insert_one(self._mapper.document(practice))

    async def replace(self, practice: Practice, revision: int) -> bool:
        """Keep it in place of that revision."""
        document = self._mapper.document(practice)
        result = await self._rows.replace_one({"_id": practice.id, "revision": revision}, document)
        return bool(result.matched_count)

    async def by_id(self, practice_id: str) -> Practice | None:
        """The one of that id."""
        row = await self._rows.find_one({"_id": practice_id})
        return self._mapper.thing(row) if row else None

    async def finished(self, account_id: AccountId | None, limit: int) -> list[Practice]:
        """Finished ones (of one person, where given), the latest first."""
        query: Document = {"finished_at": {"$type": "date"}}
        if account_id is not None:
            query["account_id"] = account_id
        rows = self._rows.find(query).sort("finished_at", DESCENDING).limit(limit)
        return [self._mapper.thing(row) async for row in rows]
