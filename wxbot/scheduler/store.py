"""Locks that keep a job running in one process at a time."""

from collections.abc import Sequence
from datetime import datetime

from wxbot.database import Database, DuplicateKeyError, Index

NAME = "locks"


class LockStore:
    """The collection `locks`: name → who holds it until when, by the machine's time."""

    INDEXES: Sequence[Index] = ()

    def __init__(self, database: Database) -> None:
        self._locks = database.collection(NAME)

    async def acquire(self, name: str, holder: str, machine_now: datetime, until: datetime) -> bool:
        """Take or prolong the lock; False while another holder's time has not run out."""
        try:
            result = await self._locks.update_one(
                {"_id": name, "$or": [{"holder": holder}, {"until": {"$lt": machine_now}}]},
                {"$set": {"holder": holder, "until": until}},
                upsert=True,
            )
        except DuplicateKeyError:
            return False  # it exists and is held: the upsert could only have made a second one
        return bool(result.matched_count or result.upserted_id)

    async def release(self, name: str, holder: str) -> None:
        """Give the lock back, if it is still ours."""
        await self._locks.delete_one({"_id": name, "holder": holder})
