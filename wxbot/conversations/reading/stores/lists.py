"""Reads of episodes that only the desk's lists need; the others are in episodes.py."""

from collections.abc import Collection, Sequence
from datetime import datetime

from pymongo import ASCENDING, DESCENDING

from wxbot.conversations.models import OPEN, Episode, EpisodeState
from wxbot.conversations.store import NAME, Place
from wxbot.database import Database, Document, Index, Mapper
from wxbot.history.models import ContactId
from wxbot.staff.models import AccountId

_OPEN = [each.value for each in OPEN]
_WAITING, _ASSIGNED, _SNOOZED = _OPEN
_OPEN_ONES = [("owner", ASCENDING), ("latest_at", DESCENDING), ("_id", DESCENDING)]  # holds them alone, see episodes.py
_LATEST = [("latest_at", DESCENDING), ("_id", DESCENDING)]


class ListStore:
    """Reads the collection `episodes`; writes nothing."""

    INDEXES: Sequence[Index] = ()

    def __init__(self, database: Database) -> None:
        self._rows = database.collection(NAME)
        self._mapper = Mapper(Episode)

    async def open_before(self, before: datetime, limit: int, after: Place | None) -> list[Episode]:
        """Open ones without a word since that moment, the latest words first. Looks at all that are open."""
        query: Document = {"state": {"$in": _OPEN}, "contact_id": {"$gt": ""}, "latest_at": {"$lt": before}}
        if after is not None:
            query["$or"] = [{"latest_at": {"$lt": after.at}}, {"latest_at": after.at, "_id": {"$lt": after.id}}]
        rows = self._rows.find(query).sort(_LATEST).limit(limit).hint(_OPEN_ONES)
        return [self._mapper.thing(row) async for row in rows]

    async def newest(
        self, contact_ids: Collection[ContactId], since: datetime
    ) -> dict[ContactId, tuple[datetime, str]]:
        """The latest words and the id of each contact's newest episode with words since then."""
        rows = self._rows.find(
            {"contact_id": {"$in": list(contact_ids)}, "latest_at": {"$gte": since}}, {"contact_id": 1, "latest_at": 1}
        )
        found: dict[ContactId, tuple[datetime, str]] = {}
        async for row in rows:
            place = (row["latest_at"], str(row["_id"]))
            contact_id = ContactId(row["contact_id"])
            found[contact_id] = max(found.get(contact_id, place), place)
        return found

    async def count_open(self, most: int) -> int:
        """How many are open, counted to `most`."""
        query = {"state": {"$in": _OPEN}, "contact_id": {"$gt": ""}}  # by the index of open ones
        return int(await self._rows.count_documents(query, limit=most))

    async def doubtful(self, staffed: Collection[AccountId], late: datetime, limit: int) -> list[Episode]:
        """Open ones that may be in nobody's list (`visibility.py` decides), those of one owner together.

        `late`: offers and snoozes that ended before it should have been moved on. Looks at open ones alone.
        """
        owned: Document = {"state": {"$in": [_ASSIGNED, _SNOOZED]}, "owner": {"$nin": list(staffed)}}
        queued: Document = {
            "state": _WAITING,
            "$or": [{"waiting_since": None}, {"owner": {"$ne": None}}, {"offer.until": {"$lt": late}}],
        }
        snoozed: Document = {"state": _SNOOZED, "$or": [{"snooze": None}, {"snooze.until": {"$lt": late}}]}
        query: Document = {"state": {"$in": _OPEN}, "$or": [owned, queued, snoozed]}
        rows = self._rows.find(query).hint(_OPEN_ONES).sort(_OPEN_ONES).limit(limit)
        return [self._mapper.thing(row) async for row in rows]

    async def of_contact_between(
        self, contact_id: ContactId, start: datetime, end: datetime | None, limit: int
    ) -> list[Episode]:
        """A contact's episodes that overlap a stretch of time, the earliest first."""
        query: Document = {"contact_id": contact_id, "$or": [{"closed_at": None}, {"closed_at": {"$gte": start}}]}
        if end is not None:
            query["opened_at"] = {"$lte": end}
        rows = self._rows.find(query).sort("latest_at", DESCENDING).limit(limit)
        return [self._mapper.thing(row) async for row in rows][::-1]

    async def open_or_latest(self, contact_id: ContactId) -> Episode | None:
        """A contact's open episode, else the one with the latest words."""
        row = await self._rows.find_one({"contact_id": contact_id, "state": {"$in": _OPEN}})
        if row is None:
            query = {"contact_id": contact_id, "state": EpisodeState.CLOSED.value}
            row = await self._rows.find_one(query, sort=[("latest_at", DESCENDING)])
        return None if row is None else self._mapper.thing(row)
