"""How many searches by digits somebody made who may not reveal telephones. One write each, two rows per person."""

from collections.abc import Sequence

from pymongo import ReturnDocument

from wxbot.database import Database, Index

COLLECTION = "digit_searches"


class DigitSearchStore:
    """The collection `digit_searches`: how many in the latest stretch of time, by whom."""

    INDEXES: Sequence[Index] = ()

    def __init__(self, database: Database) -> None:
        self._counts = database.collection(COLLECTION)

    async def count(self, key: str, stretch: int) -> int:
        """Count one more in that stretch, a number that grows; how many there are in it now."""
        same = {"$eq": ["$stretch", stretch]}
        change = [{"$set": {"searches": {"$cond": [same, {"$add": ["$searches", 1]}, 1]}, "stretch": stretch}}]
        found = await self._counts.find_one_and_update(
            {"_id": key}, change, upsert=True, return_document=ReturnDocument.AFTER
        )
        return int(found["searches"])
