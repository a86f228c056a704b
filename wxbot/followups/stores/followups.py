"""Where follow-ups are kept."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from pymongo import ASCENDING, InsertOne, ReturnDocument

from wxbot.database import BulkWriteError, Database, Document, Index, Mapper, duplicate_positions
from wxbot.followups.models import (
    MOST_WORDS,
    FollowUp,
    FollowUpChange,
    FollowUpId,
    FollowUpKind,
    FollowUpState,
    PatientWords,
)
from wxbot.group_commit import GroupCommit
from wxbot.history.models import ContactId, PatientId

FOLLOWUPS = "followups"
MOST_REASON = 400  # characters; further reasons are left out of a follow-up that has said so much


@dataclass(frozen=True)
class Position:
    """A page's cursor: the list continues behind this follow-up. Urgent ones first, each part by its due time."""

    due_at: datetime
    id: str
    urgent: bool = False


class FollowUpStore:
    """The collection `followups`."""

    INDEXES: Sequence[Index] = (
        Index(
            collection=FOLLOWUPS,
            keys=[("key", ASCENDING)],
            unique=True,
            serves="the same cause opens one follow-up",
        ),
        Index(
            collection=FOLLOWUPS,
            keys=[("topic", ASCENDING)],
            unique=True,
            partial={"state": FollowUpState.OPEN.value, "topic": {"$gt": ""}},
            serves="one open follow-up per topic of a contact, which counts further causes",
        ),
        Index(
            collection=FOLLOWUPS,
            keys=[("latest_key", ASCENDING)],
            partial={"topic": {"$gt": ""}},
            serves="whether a cause was counted already",
        ),
        Index(
            collection=FOLLOWUPS,
            keys=[("due_at", ASCENDING), ("_id", ASCENDING)],
            partial={"state": FollowUpState.OPEN.value},
            serves="the open list, what is due first in front",
        ),
        Index(
            collection=FOLLOWUPS,
            keys=[("urgent", ASCENDING), ("due_at", ASCENDING), ("_id", ASCENDING)],
            partial={"state": FollowUpState.OPEN.value, "urgent": True},
            serves="the urgent ones, on top of every list",
        ),
        Index(
            collection=FOLLOWUPS,
            keys=[("kind", ASCENDING), ("due_at", ASCENDING), ("_id", ASCENDING)],
            partial={"state": FollowUpState.OPEN.value},
            serves="the open ones of one kind, what is due first in front",
        ),
        Index(
            collection=FOLLOWUPS,
            keys=[("subject", ASCENDING)],
            partial={"state": FollowUpState.OPEN.value, "subject": {"$gt": ""}},
            serves="open ones that were derived from something, to close them when that changes",
        ),
        Index(collection=FOLLOWUPS, keys=[("contact_id", ASCENDING)], serves="a contact's follow-ups, for erasure"),
        Index(
            collection=FOLLOWUPS,
            keys=[("patient_id", ASCENDING)],
            partial={"patient_id": {"$gt": ""}},
            serves="a patient's follow-ups, for their page",
        ),
        Index(
            collection=FOLLOWUPS,
            keys=[("opened_at", ASCENDING), ("script", ASCENDING)],
            partial={"script": {"$gt": ""}},
            serves="leads and undecided patients by when they became that, for care plans",
        ),
    )

    def __init__(self, database: Database) -> None:
        self._rows = database.collection(FOLLOWUPS)
        self._mapper = Mapper(FollowUp)
        self._words = Mapper(PatientWords)
        self._changes = Mapper(FollowUpChange)
        self._inserts: GroupCommit[FollowUp, bool] = GroupCommit(self._insert)

    async def insert(self, followup: FollowUp) -> bool:
        """Keep it unless its key is there; whether it is new."""
        return await self._inserts.add(followup)

    async def by_key(self, key: str) -> FollowUp | None:
        """The follow-up of that key."""
        row = await self._rows.find_one({"key": key})
        return self._mapper.thing(row) if row else None

    async def by_keys(self, keys: Collection[str]) -> list[FollowUp]:
        """The follow-ups of those keys, in one query."""
        return [self._mapper.thing(row) async for row in self._rows.find({"key": {"$in": sorted(keys)}})]

    async def by_cause(self, key: str) -> FollowUp | None:
        """The follow-up with a topic that this cause opened, or that counted it last."""
        counted: Document = {"latest_key": key, "topic": {"$gt": ""}}
        row = await self._rows.find_one({"key": key}) or await self._rows.find_one(counted)
        return self._mapper.thing(row) if row else None

    async def count_again(self, new: FollowUp) -> FollowUp | None:
        """Count another cause on the topic of an open follow-up; None when there is none, or it has this cause.

        A reason that it has not given yet is added to it, and so are the words; it becomes urgent with the new one.
        """
        reason = {"$literal": new.reason}
        said = {"$gte": [{"$indexOfCP": ["$reason", reason]}, 0]}
        full = {"$gt": [{"$strLenCP": "$reason"}, MOST_REASON]}
        change: Document = {
            "count": {"$add": ["$count", 1]},
            "latest_key": {"$literal": new.key},
            "latest_at": new.opened_at,
            "reason": {"$cond": [{"$or": [said, full]}, "$reason", {"$concat": ["$reason", reason]}]},
            **self._with_words(new.words),
        }
        if new.urgent:
            change["urgent"] = True
        if new.about:
            change["about"] = {"$literal": new.about}
        row = await self._rows.find_one_and_update(
            {
                "topic": new.topic,
                "state": FollowUpState.OPEN.value,
                "key": {"$ne": new.key},
                "latest_key": {"$ne": new.key},
            },
            [{"$set": change}],
            return_document=ReturnDocument.AFTER,
        )
        return self._mapper.thing(row) if row else None

    async def add_words(self, followup_id: FollowUpId, words: Sequence[PatientWords]) -> FollowUp | None:
        """Add what the patient wrote to an open follow-up, each line once; None when it is not open."""
        row = await self._rows.find_one_and_update(
            {"_id": followup_id, "state": FollowUpState.OPEN.value},
            [{"$set": self._with_words(words)}],
            return_document=ReturnDocument.AFTER,
        )
        return self._mapper.thing(row) if row else None

    async def is_open(self, followup_id: FollowUpId) -> bool:
        """Whether that follow-up is there and open."""
        query = {"_id": followup_id, "state": FollowUpState.OPEN.value}
        return await self._rows.find_one(query, {"_id": 1}) is not None

    def _with_words(self, words: Sequence[PatientWords]) -> Document:
        """The fields `words` and `unlisted` with those added that are not among them; for an update by pipeline."""
        kept = {"$ifNull": ["$words", []]}
        known = {"$map": {"input": kept, "in": "$$this.line_id"}}
        fresh = {
            "$filter": {
                "input": {"$literal": [self._words.document(each) for each in words]},
                "cond": {"$not": {"$in": ["$$this.line_id", known]}},
            }
        }
        beyond = {"$subtract": [{"$add": [{"$size": kept}, {"$size": fresh}]}, MOST_WORDS]}
        return {
            "words": {"$slice": [{"$concatArrays": [kept, fresh]}, MOST_WORDS]},
            "unlisted": {"$add": [{"$ifNull": ["$unlisted", 0]}, {"$max": [0, beyond]}]},
        }

    async def by_id(self, followup_id: FollowUpId) -> FollowUp | None:
        """The follow-up of that id."""
        row = await self._rows.find_one({"_id": followup_id})
        return self._mapper.thing(row) if row else None

    async def open_with_subject(self, after: str = "", limit: int = 0) -> list[FollowUp]:
        """What is open and was derived from something, by that; from behind subject `after` on, `limit` (0: all)."""
        query: Document = {"state": FollowUpState.OPEN.value, "subject": {"$gt": after}}
        rows = self._rows.find(query).sort("subject", ASCENDING).limit(limit)
        return [self._mapper.thing(row) async for row in rows]

    async def opened_before(self, keys: Collection[str], moment: datetime) -> frozenset[str]:
        """Those of the keys whose follow-up was opened before that moment."""
        query: Document = {"key": {"$in": sorted(keys)}, "opened_at": {"$lt": moment}}
        return frozenset([row["key"] async for row in self._rows.find(query, {"key": 1})])

    async def of_scripts(self, scripts: Collection[str], start: datetime, end: datetime) -> list[FollowUp]:
        """Follow-ups of those scripts that were opened in [start, end), in whatever state."""
        query: Document = {"script": {"$in": sorted(scripts), "$gt": ""}, "opened_at": {"$gte": start, "$lt": end}}
        return [self._mapper.thing(row) async for row in self._rows.find(query).sort("opened_at", ASCENDING)]

    async def of_patients(self, patient_ids: Collection[PatientId], scripts: Collection[str]) -> list[FollowUp]:
        """Follow-ups of those scripts about those patients, in whatever state, the oldest first."""
        query: Document = {
            "patient_id": {"$in": sorted(patient_ids), "$gt": ""},
            "script": {"$in": sorted(scripts)},
        }
        return [self._mapper.thing(row) async for row in self._rows.find(query).sort("opened_at", ASCENDING)]

    async def reached(self, patient_ids: Collection[PatientId], since: datetime) -> dict[PatientId, datetime]:
        """When a call of each of those patients was last done after that moment, by a person."""
        match: Document = {
            "patient_id": {"$in": list(patient_ids)},
            "kind": {"$in": [FollowUpKind.PHONE.value, FollowUpKind.RECALL.value]},
            "state": FollowUpState.DONE.value,
            "closed_at": {"$gt": since},
        }
        latest: list[Document] = [{"$match": match}, {"$group": {"_id": "$patient_id", "at": {"$max": "$closed_at"}}}]
        return {PatientId(row["_id"]): row["at"] async for row in self._rows.aggregate(latest)}

    async def change_open(
        self, followup_id: FollowUpId, change: Document, note: FollowUpChange | None = None
    ) -> FollowUp | None:
        """Apply `change` while the follow-up is open; as it is afterwards, or None when it is not open."""
        update: Document = {"$set": change, "$inc": {"revision": 1}}
        if note is not None:
            update["$push"] = {"changes": self._changes.document(note)}
        row = await self._rows.find_one_and_update(
            {"_id": followup_id, "state": FollowUpState.OPEN.value},
            update,
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
        return sorted([self._mapper.thing(row) async for row in rows], key=lambda each: not each.urgent)

    async def open_page(self, *, kind: FollowUpKind | None, after: Position | None, limit: int) -> list[FollowUp]:
        """Open follow-ups (of one kind, where given) behind `after`: the urgent ones, then what is due first."""
        found: list[FollowUp] = []
        if after is None or after.urgent:
            found = await self._part_of_page(kind, after, limit, urgent=True)
            after = None
        if len(found) < limit:
            found += await self._part_of_page(kind, after, limit - len(found), urgent=False)
        return found

    async def _part_of_page(
        self, kind: FollowUpKind | None, after: Position | None, limit: int, *, urgent: bool
    ) -> list[FollowUp]:
        query: Document = {"state": FollowUpState.OPEN.value, "urgent": True if urgent else {"$ne": True}}
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
        nothing: Document = {
            "contact_id": None,
            "reason": reason,
            "outcome": None,
            "topic": "",
            "latest_key": "",
            "changes": [],
        }
        nothing |= {"words": [], "unlisted": 0, "about": ""}
        result = await self._rows.update_many({"contact_id": contact_id}, {"$set": nothing})
        return int(result.modified_count)

    async def _insert(self, followups: Sequence[FollowUp]) -> list[bool]:
        try:
            await self._rows.bulk_write([InsertOne(self._mapper.document(each)) for each in followups], ordered=False)
        except BulkWriteError as error:
            refused = duplicate_positions(error)
            return [position not in refused for position in range(len(followups))]
        return [True] * len(followups)
