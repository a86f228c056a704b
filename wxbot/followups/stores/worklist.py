"""Questions that the worklist asks of follow-ups. Writes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from pymongo import ASCENDING, DESCENDING

from wxbot.database import Database, Document, Index, Mapper
from wxbot.followups.models import FollowUp, FollowUpKind, FollowUpState
from wxbot.followups.stores.followups import FOLLOWUPS, Position

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_OPEN: Document = {"state": FollowUpState.OPEN.value}
_DONE: Document = {"state": FollowUpState.DONE.value}


@dataclass(frozen=True, kw_only=True)
class OpenFilter:
    """Which open follow-ups: due before a moment, of one owner, of one kind."""

    due_before: datetime | None = None
    deadline_before: datetime | None = None  # what is no call on a date, but to be done by its time, until then
    urgent_too: bool = False  # also those whose time is later
    owner: str = ""
    kind: FollowUpKind | None = None


@dataclass(frozen=True, kw_only=True)
class DoneFilter:
    """Which done follow-ups: of [since, until), by one person, of one kind."""

    since: datetime
    until: datetime | None = None
    by: str = ""
    kind: FollowUpKind | None = None


class WorklistStore:
    """Reads the collection `followups`."""

    INDEXES: Sequence[Index] = (
        Index(
            collection=FOLLOWUPS,
            keys=[("owner", ASCENDING), ("due_at", ASCENDING), ("_id", ASCENDING)],
            partial={**_OPEN, "owner": {"$gt": ""}},
            serves="what somebody has to do, what is due first in front",
        ),
        Index(
            collection=FOLLOWUPS,
            keys=[("closed_at", DESCENDING), ("_id", DESCENDING)],
            partial=_DONE,
            serves="what was done, the latest first",
        ),
    )

    def __init__(self, database: Database) -> None:
        self._rows = database.collection(FOLLOWUPS)
        self._mapper = Mapper(FollowUp)

    async def open_page(self, wanted: OpenFilter, after: Position | None, limit: int) -> list[FollowUp]:
        """Open ones behind `after`: the urgent ones, then what is due first."""
        found: list[FollowUp] = []
        if after is None or after.urgent:
            found = await self._part(wanted, after, limit, urgent=True)
            after = None
        if len(found) < limit:
            found += await self._part(wanted, after, limit - len(found), urgent=False)
        return found

    async def _part(self, wanted: OpenFilter, after: Position | None, limit: int, *, urgent: bool) -> list[FollowUp]:
        query = _query(wanted, later=urgent and wanted.urgent_too)
        query["urgent"] = True if urgent else {"$ne": True}
        if after is not None:
            query["due_at"] |= {"$gte": after.due_at}
            query["$or"] = [{"due_at": {"$gt": after.due_at}}, {"due_at": after.due_at, "_id": {"$gt": after.id}}]
        rows = self._rows.find(query).sort([("due_at", ASCENDING), ("_id", ASCENDING)]).limit(limit)
        return [self._mapper.thing(row) async for row in rows]

    async def count(self, wanted: OpenFilter, most: int) -> int:
        """How many there are, counted to `most`."""
        found = int(await self._rows.count_documents(_query(wanted, later=False), limit=most))
        if wanted.urgent_too and wanted.due_before is not None and found < most:
            last = wanted.deadline_before or wanted.due_before
            later = {**_query(wanted, later=True), "urgent": True, "due_at": {"$gte": wanted.due_before}}
            if last is not wanted.due_before:  # those before are counted, unless they are calls
                later["$or"] = [{"kind": FollowUpKind.PHONE.value}, {"due_at": {"$gte": last}}]
            found += int(await self._rows.count_documents(later, limit=most - found))
        return found

    async def done_page(self, wanted: DoneFilter, before: tuple[datetime, str] | None, limit: int) -> list[FollowUp]:
        """What was done, the latest first; `before` ended the page before."""
        query = _done(wanted)
        if before is not None:
            at, last = before
            query["closed_at"] |= {"$lte": at}
            query["$or"] = [{"closed_at": {"$lt": at}}, {"closed_at": at, "_id": {"$lt": last}}]
        rows = self._rows.find(query).sort([("closed_at", DESCENDING), ("_id", DESCENDING)]).limit(limit)
        return [self._mapper.thing(row) async for row in rows]

    async def count_done(self, since: datetime, most: int) -> int:
        """How many were done since then, counted to `most`."""
        return int(await self._rows.count_documents(_done(DoneFilter(since=since)), limit=most))

    async def done_by(self, since: datetime, until: datetime) -> Mapping[str, int]:
        """By whom how many were done in [since, until)."""
        steps: list[Document] = [
            {"$match": {**_DONE, "closed_at": {"$gte": since, "$lt": until}}},
            {"$group": {"_id": "$by", "count": {"$sum": 1}}},
        ]
        return {row["_id"]: row["count"] async for row in self._rows.aggregate(steps)}


def _query(wanted: OpenFilter, *, later: bool) -> Document:
    query: Document = {**_OPEN, "due_at": {"$gt": BEGINNING}}  # so that the index of open ones is taken for all of them
    if wanted.owner:
        query["owner"] = wanted.owner
    if wanted.kind is not None:
        query["kind"] = wanted.kind.value
    if wanted.due_before is not None and not later:
        query["due_at"]["$lt"] = wanted.deadline_before or wanted.due_before
        if wanted.deadline_before is not None:
            query["$and"] = [
                {"$or": [{"kind": {"$ne": FollowUpKind.PHONE.value}}, {"due_at": {"$lt": wanted.due_before}}]}
            ]
    return query


def _done(wanted: DoneFilter) -> Document:
    query: Document = {**_DONE, "closed_at": {"$gte": wanted.since}}
    if wanted.until is not None:
        query["closed_at"]["$lt"] = wanted.until
    if wanted.by:
        query["by"] = wanted.by
    if wanted.kind is not None:
        query["kind"] = wanted.kind.value
    return query
