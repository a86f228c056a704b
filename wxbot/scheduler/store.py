"""Locks that keep a job running in one process at a time."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from wxbot.database import Database, DuplicateKeyError, Index

NAME = "locks"
RUNS = "job_runs"


@dataclass(frozen=True)
class LastRun:
    """When a job last ran to its end, in whichever process, and whether without an error."""

    at: datetime
    ok: bool


class LockStore:
    """The collections `locks`: name → holder and time it ends, and `job_runs`, both by the machine's time."""

    INDEXES: Sequence[Index] = ()

    def __init__(self, database: Database) -> None:
        self._locks = database.collection(NAME)
        self._runs = database.collection(RUNS)

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

    async def note_run(self, name: str, at: datetime, *, ok: bool) -> None:
        """Remember a job's latest run."""
        await self._runs.update_one({"_id": name}, {"$set": {"at": at, "ok": ok}}, upsert=True)

    async def runs(self, names: Collection[str]) -> dict[str, LastRun]:
        """The latest run of each of those jobs that was remembered."""
        found = self._runs.find({"_id": {"$in": list(names)}})
        return {row["_id"]: LastRun(row["at"], row["ok"]) async for row in found}

    async def activity(self, since: datetime) -> dict[str, datetime]:
        """What running processes have left since that machine time: jobs that ran, and locks that are held.

        A service renews it all the time: some job at least every half minute (`runner.NOTED_EVERY`).
        """
        runs = {f"job:{row['_id']}": row["at"] async for row in self._runs.find({"at": {"$gt": since}})}
        locks = {f"lock:{row['_id']}": row["until"] async for row in self._locks.find({"until": {"$gt": since}})}
        return {**runs, **locks}
