"""Where follow-ups are kept."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from pymongo import ASCENDING, InsertOne, ReturnDocument

from wxbot.database import BulkWriteError, Database, Document, Index, Mapper, duplicate_positions
from wxbot.followups.models import FollowUp, FollowUpId, FollowUpKind, FollowUpState
from wxbot.group_commit import GroupCommit
from wxbot.history.models import ContactId, PatientId

NAME = "followups"


@dataclass(frozen=True)
class Position:
    """A page's cursor: the list continues behind this follow-up, by its due time."""

    due_at: datetime
    id: str


class FollowUpStore:
    """The collection `followups`."""

    INDEXES: Sequence[Index] = (
        Index(collection=NAME, keys=[("key", ASCENDING)], unique=True, serves="the same cause opens one follow-up"),
        Index(
            collection=NAME,
            keys=[("topic", ASCENDING)],
            unique=True,
            partial={"state": FollowUpState.OPEN.value, "topic": {"$gt": ""}},
            serves="one open follow-up per topic of a contact, which counts further causes",
        ),
        Index(
            collection=NAME,
            keys=[("latest_key", ASCENDING)],
            partial={"topic": {"$gt": ""}},
            serves="whether a cause was counted already",
        ),
        Index(
            collection=NAME,
            keys=[("due_at", ASCENDING), ("_id", ASCENDING)],
            partial={"state": FollowUpState.OPEN.value},
            serves="the open list, the most urgent first",
        ),
        Index(
            collection=NAME,
            keys=[("kind", ASCENDING), ("due_at", ASCENDING), ("_id", ASCENDING)],
            partial={"state": FollowUpState.OPEN.value},
            serves="the open ones of one kind, the most urgent first",
        ),
        Index(collection=NAME, keys=[("contact_id", ASCENDING)], serves="a contact's follow-ups, for erasure"),
        Index(
            collection=NAME,
            keys=[("patient_id", ASCENDING)],
            partial={"patient_id": {"$gt": ""}},
            serves="a patient's follow-ups, for their page",
        ),
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

    async def by_cause(self, key: str) -> FollowUp | None:
        """The follow-up with a topic that this cause opened, or that counted it last."""
        counted: Document = {"latest_key": key, "topic": {"$gt": ""}}
        row = await self._rows.find_one({"key": key}) or await self._rows.find_one(counted)
        return self._mapper.thing(row) if row else None

    async def count_again(self, new: FollowUp) -> FollowUp | None:
        """Count another cause on the topic of an open follow-up; None when there is none, or it has this cause."""
        row = await self._rows.find_one_and_update(
            {
                "topic": new.topic,
                "state": FollowUpState.OPEN.value,
                "key": {"$ne": new.key},
                "latest_key": {"$ne": new.key},
            },
            {"$inc": {"count": 1}, "$set": {"latest_key": new.key, "latest_at": new.opened_at}},
            return_document=ReturnDocument.AFTER,
        )
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

    async def count_open(self, kind: FollowUpKind, due_by: datetime | None, most: int) -> int:
        """How many of one kind are open (and due by then, where given), counted to `most`."""
        query: Document = {"kind": kind.value, "state": FollowUpState.OPEN.value}
        if due_by is not None:
            query["due_at"] = {"$lte": due_by}
        return int(await self._rows.count_documents(query, limit=most))

    async def open_of(
        self, patient_ids: Collection[PatientId], contact_ids: Collection[ContactId], limit: int
    ) -> list[FollowUp]:
        """Open follow-ups about those patients, or about those contacts and nobody else, the most urgent first."""
        ways: list[Document] = [
            {"patient_id": {"$in": list(patient_ids)}},
            {"contact_id": {"$in": list(contact_ids)}, "patient_id": None},
        ]
        rows = self._rows.find({"$or": ways, "state": FollowUpState.OPEN.value}).sort("due_at", ASCENDING).limit(limit)
        return [self._mapper.thing(row) async for row in rows]

    async def open_page(self, *, kind: FollowUpKind | None, after: Position | None, limit: int) -> list[FollowUp]:
        """Open follow-ups (of one kind, where given), the most urgent first, behind `after`."""
        query: Document = {"state": FollowUpState.OPEN.value}
        if kind is not None:
            query["kind"] = kind.value
        if after is not None:
            query["due_at"] = {"$gte": after.due_at}
            query["$or"] = [{"due_at": {"$gt": after.due_at}}, {"due_at": after.due_at, "_id": {"$gt": after.id}}]
        rows = self._rows.find(query).sort([("due_at", ASCENDING), ("_id", ASCENDING)]).limit(limit)
        return [self._mapper.thing(row) async for row in rows]

    async def of_cause(self, prefix: str, *, limit: int) -> list[FollowUp]:
        """Follow-ups whose key begins so, open or not, by key."""
        rows = self._rows.find({"key": {"$gte": prefix, "$lt": prefix + "\uffff"}}).sort("key", ASCENDING).limit(limit)
        return [self._mapper.thing(row) async for row in rows]

    async def detach(self, contact_id: ContactId, reason: str, closed_at: datetime | None) -> int:
        """Take the contact and the words off, and end what is open; the number changed. Keys stay."""
        obsolete = {"state": FollowUpState.OBSOLETE.value, "closed_at": closed_at}
        await self._rows.update_many({"contact_id": contact_id, "state": FollowUpState.OPEN.value}, {"$set": obsolete})
        nothing = {"contact_id": None, "reason": reason, "outcome": None, "topic": "", "latest_key": ""}
        result = await self._rows.update_many({"contact_id": contact_id}, {"$set": nothing})
        return int(result.modified_count)

    async def _insert(self, followups: Sequence[FollowUp]) -> list[bool]:
        try:
            await self._rows.bulk_write([InsertOne(self._mapper.document(each)) for each in followups], ordered=False)
        except BulkWriteError as error:
            refused = duplicate_positions(error)
            return [position not in refused for position in range(len(followups))]
        return [True] * len(followups)
