"""Where follow-ups are kept."""

from collections.abc import Sequence
from datetime import datetime

from pymongo import ASCENDING, InsertOne, ReturnDocument

from wxbot.database import BulkWriteError, Database, Document, Index, Mapper, duplicate_positions
from wxbot.followups.models import FollowUp, FollowUpId, FollowUpState
from wxbot.group_commit import GroupCommit
from wxbot.history.models import ContactId

NAME = "followups"


class FollowUpStore:
    """The collection `followups`."""

    INDEXES: Sequence[Index] = (
        Index(collection=NAME, keys=[("key", ASCENDING)], unique=True, serves="the same cause opens one follow-up"),
        Index(
            collection=NAME,
            keys=[("due_at", ASCENDING)],
            partial={"state": FollowUpState.OPEN.value},
            serves="the open list, the most urgent first",
        ),
        Index(collection=NAME, keys=[("contact_id", ASCENDING)], serves="a contact's follow-ups, for erasure"),
    )

    def __init__(self, database: Database) -> None:
        self._rows = database.collection(NAME)
        self._mapper = Mapper(FollowUp)
        self._inserts: GroupCommit[FollowUp, bool] = GroupCommit(self._insert)

    async def insert(self, followup: FollowUp) -> bool:
        """Keep it unless its key is there; whether it is new."""
        return await self._inserts.add(followup)

    async def by_key(self, key: str) -> FollowUp | None:
        """The follow-up of that key."""
        row = await self._rows.find_one({"key": key})
        return self._mapper.thing(row) if row else None

    async def by_id(self, followup_id: FollowUpId) -> FollowUp | None:
        """The follow-up of that id."""
        row = await self._rows.find_one({"_id": followup_id})
        return self._mapper.thing(row) if row else None

    async def change_open(self, followup_id: FollowUpId, change: Document) -> FollowUp | None:
        """Apply `change` while the follow-up is open; as it is afterwards, or None when it is not open."""
        row = await self._rows.find_one_and_update(
            {"_id": followup_id, "state": FollowUpState.OPEN.value},
            {"$set": change},
            return_document=ReturnDocument.AFTER,
        )
        return self._mapper.thing(row) if row else None

    async def open_with_prefix(self, prefix: str) -> list[FollowUp]:
        """Open follow-ups whose key begins so."""
        rows = self._rows.find({"key": {"$gte": prefix, "$lt": prefix + "\uffff"}, "state": FollowUpState.OPEN.value})
        return [self._mapper.thing(row) async for row in rows]

    async def open_list(self, limit: int) -> list[FollowUp]:
        """Open follow-ups, the most urgent first."""
        rows = self._rows.find({"state": FollowUpState.OPEN.value}).sort("due_at", ASCENDING).limit(limit)
        return [self._mapper.thing(row) async for row in rows]

    async def detach(self, contact_id: ContactId, reason: str, closed_at: datetime | None) -> int:
        """Take the contact and the words off, and end what is open; the number changed. Keys stay."""
        obsolete = {"state": FollowUpState.OBSOLETE.value, "closed_at": closed_at}
        await self._rows.update_many({"contact_id": contact_id, "state": FollowUpState.OPEN.value}, {"$set": obsolete})
        result = await self._rows.update_many(
            {"contact_id": contact_id}, {"$set": {"contact_id": None, "reason": reason, "outcome": None}}
        )
        return int(result.modified_count)

    async def _insert(self, followups: Sequence[FollowUp]) -> list[bool]:
        try:
            await self._rows.bulk_write([InsertOne(self._mapper.document(each)) for each in followups], ordered=False)
        except BulkWriteError as error:
            refused = duplicate_positions(error)
            return [position not in refused for position in range(len(followups))]
        return [True] * len(followups)
