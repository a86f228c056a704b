"""Claimed ticks. `occupancy` holds one document per resource and five-minute tick, and these two are its `_id`.

The unique index of `_id`, which every collection has, makes a double booking impossible; a second index over the
same two was a quarter of the server's work for a booking. The first tick of a claim tells how many follow it (`ticks`),
so that what is taken is read from an index of the claims, a sixth of the ticks of half an hour.
"""

import asyncio
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeAlias

from wxbot.booking.claims import Claim
from wxbot.booking.errors import OccupiedError
from wxbot.booking.taken import Taken
from wxbot.booking.ticks import TICK_SECONDS, ticks
from wxbot.database import BulkWriteError, Database, Index, Session, duplicate_positions
from wxbot.due_work import Due

Document: TypeAlias = dict[str, Any]

OCCUPANCY = "occupancy"
CLAIMS = "claims"  # the index of first ticks: named, so that a look is not planned anew branch by branch
FREED = "freed_hours"
MUCH = 50_000  # resources x ticks: more is read in two halves
FORGOTTEN_AT_ONCE = 50  # resources whose past is deleted with one call
KEYED_AT_ONCE = 1_000  # ticks of earlier versions changed in one transaction
FORMER_INDEX = "resource_1_tick_1"  # of earlier versions
LONGEST_CLAIM = 288  # ticks: a day is longer than any visit with its preparation
_BY_HOUR = [("first", 1)]


@dataclass(frozen=True)
class Freed:
    """A stretch of time in which something became free, in seconds since 1970; `key` is the database's."""

    key: Any
    first: int
    last: int


Look: TypeAlias = tuple[Sequence[str], datetime, datetime]
"""Resources, from, until."""


def _claimed(resources: Sequence[str], span: range) -> Document:
    """What the index of claims answers: each claim of these resources that may reach into those ticks."""
    since = {"$gte": span.start - LONGEST_CLAIM, "$lt": span.stop}
    return {"resource": {"$in": list(resources)}, "tick": since, "ticks": {"$gt": 0}}


def rows_of(owner: str, claim: Claim) -> list[Document]:
    """The documents of a claim."""
    resource = claim.resource
    rows: list[Document] = [
        {"_id": {"resource": resource, "tick": tick}, "resource": resource, "tick": tick, "appointment_id": owner}
        for tick in claim.ticks
    ]
    if rows:
        rows[0]["ticks"] = len(rows)
    return rows


def _key(resource: str, tick: int) -> Document:
    """The `_id` of a tick; the order of its fields is that of the index."""
    return {"resource": resource, "tick": tick}


def _of_look(claims: Sequence[tuple[str, int, list[int]]], resources: Collection[str], span: range) -> Taken:
    """What one of several looks sees of the claims that were read for all of them."""
    first, last = span.start - LONGEST_CLAIM, span.stop
    own = [
        (resource, count, [tick for tick in ticks if first <= tick < last])
        for resource, count, ticks in claims
        if resource in resources
    ]
    return Taken.of_claims(own, span, LONGEST_CLAIM)


class OccupancyStore:
    """The collections `occupancy` and `freed_hours`: what was freed lately, written where it is freed."""

    INDEXES: Sequence[Index] = (
        Index(
            collection=OCCUPANCY,
            keys=[("resource", 1), ("tick", 1), ("ticks", 1)],
            partial={"ticks": {"$gt": 0}},
            name=CLAIMS,
            serves="which ticks are taken",
        ),
        Index(collection=FREED, keys=_BY_HOUR, serves="what was freed, by its hour"),
    )

    DUE: Sequence[Due] = (Due(jobs=("offer_freed_hours",), collection=FREED, query=lambda _, __: {}, order=_BY_HOUR),)

    def __init__(self, database: Database) -> None:
        self._database = database
        self._occupancy = database.collection(OCCUPANCY)
        self._freed = database.collection(FREED)

    async def taken(self, resources: Iterable[str], start: datetime, end: datetime) -> Taken:
        """The claimed ticks of each resource in [start, end), answered from the index of claims alone."""
        span, wanted = ticks(start, end), sorted(set(resources))
        half = len(wanted) // 2 if len(wanted) * len(span) > MUCH else 0
        parts = [wanted[:half], wanted[half:]] if half else [wanted]  # the server reads both at once
        found = await asyncio.gather(*(self._matching(_claimed(part, span)) for part in parts))
        return Taken.of_claims([claim for part in found for claim in part], span, LONGEST_CLAIM)

    async def taken_each(self, looks: Sequence[Look]) -> list[Taken]:
        """Of each look, what is claimed of its resources in its time; one query for all of them.

        Who looks at a day next week and who looks at tomorrow read these two days, not the week between them.
        """
        wanted: dict[range, set[str]] = {}
        for resources, start, end in looks:
            wanted.setdefault(ticks(start, end), set()).update(resources)
        if len(wanted) == 1:
            ((resources, start, end),) = [(sorted(found), *looks[0][1:]) for found in wanted.values()]
            return [await self.taken(resources, start, end)] * len(looks)
        claims = await self._matching({"$or": [_claimed(sorted(found), span) for span, found in wanted.items()]})
        seen = {span: _of_look(claims, found, span) for span, found in wanted.items()}
        return [seen[ticks(start, end)] for _, start, end in looks]

    async def _matching(self, query: Document) -> list[tuple[str, int, list[int]]]:
        """Resource, length and first ticks of the claims that a query finds; claims of one length stand together."""
        pipeline: list[Document] = [
            {"$match": query},
            {"$group": {"_id": {"resource": "$resource", "ticks": "$ticks"}, "first": {"$push": "$tick"}}},
        ]
        rows = await self._occupancy.aggregate(pipeline, hint=CLAIMS).to_list(None)
        return [(row["_id"]["resource"], row["_id"]["ticks"], row["first"]) for row in rows]

    async def claim(self, owner: str, claims: Iterable[Claim], session: Session) -> None:
        """Claim for an appointment or a hold. Raises OccupiedError naming the first resource that somebody else has."""
        await self.claim_all([(owner, claim) for claim in claims], session)

    async def claim_all(self, claims: Sequence[tuple[str, Claim]], session: Session) -> None:
        """Claim for several at once; the owner stands with each claim. Raises as `claim` does."""
        rows = [row for owner, claim in claims for row in rows_of(owner, claim)]
        if not rows:
            return
        try:
            await self._occupancy.insert_many(rows, session=session)
        except BulkWriteError as error:
            for position in duplicate_positions(error):
                row = rows[position]
                raise OccupiedError(str(row["resource"]), str(row["appointment_id"])) from error
            raise

    async def release(self, owners: Sequence[str], claims: Sequence[Claim], session: Session) -> None:
        """Free exactly what those have of these claims, and note that it was freed."""
        if not claims:
            return
        first = min(claim.ticks.start for claim in claims)
        last = max(claim.ticks.stop for claim in claims)
        await self._freed.insert_one({"first": first, "last": last}, session=session)
        keys = [_key(claim.resource, tick) for claim in claims for tick in claim.ticks]
        await self._occupancy.delete_many(
            {"_id": {"$in": keys}, "appointment_id": {"$in": list(owners)}}, session=session
        )

    async def release_rest(self, owner: str, claims: Sequence[Claim], since: datetime, session: Session) -> None:
        """Free what that owner has of these claims from that moment on, and note that it was freed."""
        cut = ticks(since, since).start
        rest = [replace(each, ticks=range(max(each.ticks.start, cut), each.ticks.stop)) for each in claims]
        await self.release([owner], [each for each in rest if len(each.ticks)], session)
        first_ticks = {
            "resource": {"$in": sorted({each.resource for each in claims})},
            "tick": {"$gte": cut - LONGEST_CLAIM, "$lt": cut},
            "ticks": {"$gt": 0},
            "appointment_id": owner,
        }
        shorter: Document = {"$min": ["$ticks", {"$subtract": [cut, "$tick"]}]}
        await self._occupancy.update_many(first_ticks, [{"$set": {"ticks": shorter}}], session=session)

    async def owners(self, claims: Sequence[Claim]) -> list[str]:
        """Who has something of these claims, the earliest first."""
        keys = [_key(each.resource, tick) for each in claims for tick in each.ticks]
        rows = await self._occupancy.find({"_id": {"$in": keys}}).to_list(None) if keys else []
        rows.sort(key=lambda row: int(row["tick"]))
        return list(dict.fromkeys(str(row["appointment_id"]) for row in rows))

    async def freed(self, limit: int) -> list[Freed]:
        """What was freed and nobody has looked at yet, the earliest hours first."""
        rows = await self._freed.find({}).sort("first", 1).limit(limit).to_list(limit)
        return [Freed(row["_id"], row["first"] * TICK_SECONDS, row["last"] * TICK_SECONDS) for row in rows]

    async def forget_freed(self, freed: Sequence[Freed]) -> None:
        """These were looked at."""
        if freed:
            await self._freed.delete_many({"_id": {"$in": [each.key for each in freed]}})

    async def forget(self, resources: Iterable[str], before: datetime) -> None:
        """Delete what these resources had before that moment."""
        last, every = ticks(before, before).start, sorted(set(resources))
        for start in range(0, len(every), FORGOTTEN_AT_ONCE):
            past: list[Document] = [
                {"_id": {"$gte": _key(each, 0), "$lt": _key(each, last)}}
                for each in every[start : start + FORGOTTEN_AT_ONCE]
            ]
            await self._occupancy.delete_many({"$or": past})

    async def bring_up_to_date(self) -> None:
        """Bring what earlier versions claimed into the present form; may be repeated."""
        await self.key_ticks()
        await self.mark_first_ticks()

    async def key_ticks(self) -> int:
        """Give the ticks of earlier versions their key; the number. May be repeated, and by several at once.

        Those had an index of their own, which goes when a start finds nothing left to do: until then it keeps out what
        a process of such a version may still claim.
        """

        async def work(session: Session) -> int:
            found = self._occupancy.find({"_id": {"$type": "objectId"}}, session=session).limit(KEYED_AT_ONCE)
            rows: list[Document] = await found.to_list(None)
            if rows:
                await self._occupancy.delete_many({"_id": {"$in": [row["_id"] for row in rows]}}, session=session)
                keyed = [{**row, "_id": _key(row["resource"], row["tick"])} for row in rows]
                await self._occupancy.insert_many(keyed, session=session)
            return len(rows)

        count = 0
        while done := await self._database.in_transaction(work):
            count += done
        if not count and FORMER_INDEX in await self._occupancy.index_information():
            await self._occupancy.drop_index(FORMER_INDEX)
        return count

    async def mark_first_ticks(self) -> int:
        """Give the claims of earlier versions what tells their length; the number of claims. May be repeated.

        Their ticks have their key by then.
        """
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
            first = {"_id": _key(row["_id"]["resource"], row["first"]), "appointment_id": row["_id"]["owner"]}
            result = await self._occupancy.update_one(first, {"$set": {"ticks": row["count"]}})
            marked += int(result.modified_count)
        return marked
