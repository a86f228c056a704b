"""Claimed ticks. `occupancy` holds one document per resource and five-minute tick.

Its unique index is what makes a double booking impossible. The first tick of a claim tells how many follow it
(`ticks`), so that what is taken is read from an index of the claims, a sixth of the ticks of half an hour.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, TypeAlias

from wxbot.booking.claims import Claim
from wxbot.booking.errors import OccupiedError
from wxbot.booking.taken import Taken
from wxbot.booking.ticks import ticks
from wxbot.database import BulkWriteError, Database, Index, Session, duplicate_positions

Document: TypeAlias = dict[str, Any]

OCCUPANCY = "occupancy"
LONGEST_CLAIM = 288  # ticks: a day is longer than any visit with its preparation


class OccupancyStore:
    """The collection `occupancy`."""

    INDEXES: Sequence[Index] = (
        Index(
            collection=OCCUPANCY,
            keys=[("resource", 1), ("tick", 1)],
            unique=True,
            serves="no resource is claimed twice; which claims to release",
        ),
        Index(
            collection=OCCUPANCY,
            keys=[("resource", 1), ("tick", 1), ("ticks", 1)],
            partial={"ticks": {"$gt": 0}},
            name="claims",
            serves="which ticks are taken",
        ),
    )

    def __init__(self, database: Database) -> None:
        self._occupancy = database.collection(OCCUPANCY)

    async def taken(self, resources: Iterable[str], start: datetime, end: datetime) -> Taken:
        """The claimed ticks of each resource in [start, end), answered from the index of claims alone."""
        span = ticks(start, end)
        since = {"$gte": span.start - LONGEST_CLAIM, "$lt": span.stop}
        pipeline: list[Document] = [
            {"$match": {"resource": {"$in": sorted(set(resources))}, "tick": since, "ticks": {"$gt": 0}}},
            {"$group": {"_id": "$resource", "first": {"$push": "$tick"}, "count": {"$push": "$ticks"}}},
        ]
        runs = {
            row["_id"]: [range(first, first + count) for first, count in zip(row["first"], row["count"], strict=True)]
            async for row in self._occupancy.aggregate(pipeline)
        }
        return Taken(runs, span)

    async def claim(self, owner: str, claims: Iterable[Claim], session: Session) -> None:
        """Claim for an appointment or a hold. Raises OccupiedError naming the first resource that somebody else has."""
        rows: list[Document] = []
        for claim in claims:
            for tick in claim.ticks:
                row = {"resource": claim.resource, "tick": tick, "appointment_id": owner}
                if tick == claim.ticks.start:
                    row["ticks"] = len(claim.ticks)
                rows.append(row)
        if not rows:
            return
        try:
            await self._occupancy.insert_many(rows, session=session)
        except BulkWriteError as error:
            for position in duplicate_positions(error):
                raise OccupiedError(str(rows[position]["resource"])) from error
            raise

    async def release(self, owners: Sequence[str], claims: Sequence[Claim], session: Session) -> None:
        """Free exactly what those have of these claims."""
        if not claims:
            return
        await self._occupancy.delete_many(
            {
                "resource": {"$in": sorted({claim.resource for claim in claims})},
                "tick": {
                    "$gte": min(claim.ticks.start for claim in claims),
                    "$lt": max(claim.ticks.stop for claim in claims),
                },
                "appointment_id": {"$in": list(owners)},
            },
            session=session,
        )

    async def forget(self, resources: Iterable[str], before: datetime) -> None:
        """Delete what these resources had before that moment."""
        last = ticks(before, before).start
        await self._occupancy.delete_many({"resource": {"$in": sorted(set(resources))}, "tick": {"$lt": last}})

    async def mark_first_ticks(self) -> int:
        """Give the claims of earlier versions what tells their length; the number of claims. May be repeated."""
        unmarked: list[Document] = [
            {
                "$group": {
                    "_id": {"resource": "$resource", "owner": "$appointment_id"},
                    "first": {"$min": "$tick"},
                    "count": {"$sum": 1},
                    "marked": {"$max": "$ticks"},
                }
            },
            {"$match": {"marked": None}},
        ]
        marked = 0
        async for row in self._occupancy.aggregate(unmarked, allowDiskUse=True):
            first = {
                "resource": row["_id"]["resource"],
                "tick": row["first"],
                "appointment_id": row["_id"]["owner"],
            }
            result = await self._occupancy.update_one(first, {"$set": {"ticks": row["count"]}})
            marked += int(result.modified_count)
        return marked
