"""Locks that keep a job running in one process at a time, and the look for what jobs have to do."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pymongo import UpdateOne

from wxbot.database import Database, Document, DuplicateKeyError, Index
from wxbot.due_work import Due

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

    async def note_runs(self, runs: Mapping[str, LastRun]) -> None:
        """Remember each of those jobs' latest run, in one write."""
        changes = [
            UpdateOne({"_id": name}, {"$set": {"at": run.at, "ok": run.ok}}, upsert=True) for name, run in runs.items()
        ]
        await self._runs.bulk_write(changes, ordered=False)

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


class DueStore:
    """Reads what the rooms' stores declare as due."""

    def __init__(self, database: Database, due: Sequence[Due]) -> None:
        self._database = database
        self._due = due
        self.jobs = frozenset(job for each in due for job in each.jobs)

    async def look(self, jobs: Collection[str], now: datetime, machine_now: datetime) -> set[str]:
        """Which of those jobs have something to do, in one read whatever their number."""
        wanted = set(jobs)
        asked = [each for each in self._due if wanted.intersection(each.jobs)]
        if not asked:
            return set()
        first, *others = [(each.collection, _steps(each, now, machine_now)) for each in asked]
        steps = [*first[1], *({"$unionWith": {"coll": name, "pipeline": parts}} for name, parts in others)]
        rows = self._database.collection(first[0]).aggregate(steps)
        return wanted.intersection([job async for row in rows for job in row["jobs"]])


def _steps(due: Due, now: datetime, machine_now: datetime) -> list[Document]:
    """One document that is due, by its index; of it nothing but whose work it is."""
    return [
        {"$match": due.query(now, machine_now)},
        {"$sort": dict(due.order)},
        {"$limit": 1},
        {"$project": {"_id": 0, "jobs": {"$literal": list(due.jobs)}}},
    ]
