"""Where interactions are kept: appended in groups, never edited, erased by each kind's rule."""

from collections.abc import AsyncIterator, Collection, Sequence
from datetime import datetime

from pymongo import ASCENDING, DESCENDING, InsertOne

from wxbot.database import BulkWriteError, Database, Document, Index, Mapper, duplicate_positions
from wxbot.history.models import (
    ContactId,
    Direction,
    Interaction,
    Kind,
    PatientId,
    Position,
    TimelineCursor,
    TimelineFilter,
)

NAME = "interactions"
IN_ONE_MOMENT = (Direction.IN, Direction.NONE, Direction.OUT)  # asked, done, answered
MOST_IN_A_MOMENT = 500  # lines of a contact with the same millisecond that a thread looks at


class HistoryStore:
    """The collection `interactions`."""

    INDEXES: Sequence[Index] = (
        Index(collection=NAME, keys=[("contact_id", ASCENDING), ("at", DESCENDING)], serves="a contact's timeline"),
        Index(
            collection=NAME,
            keys=[("patient_id", ASCENDING), ("at", DESCENDING)],
            serves="a patient's timeline",
            partial={"patient_id": {"$type": "string"}},
        ),
        Index(collection=NAME, keys=[("at", ASCENDING)], serves="the day: everything between two moments"),
    )

    def __init__(self, database: Database) -> None:
        self._lines = database.collection(NAME)
        self._mapper = Mapper(Interaction)

    async def insert(self, interactions: Sequence[Interaction]) -> int:
        """Append what is not there yet; the number appended. A line written twice stays one line."""
        try:
            result = await self._lines.bulk_write([InsertOne(_document(line)) for line in interactions], ordered=False)
        except BulkWriteError as error:
            return len(interactions) - len(duplicate_positions(error))
        return int(result.inserted_count)

    async def by_ids(self, ids: Collection[str]) -> list[Interaction]:
        """The lines of those ids that exist, in no particular order."""
        return [self._mapper.thing(line) async for line in self._lines.find({"_id": {"$in": list(ids)}})]

    async def timeline(self, contact_id: ContactId, *, before: datetime | None, limit: int) -> list[Interaction]:
        """A contact's lines, newest first; within a millisecond what came in stands before what went out."""
        query: Document = {"contact_id": contact_id}
        if before is not None:
            query["at"] = {"$lt": before}
        found = self._lines.find(query).sort("at", DESCENDING).limit(limit)
        lines = [self._mapper.thing(line) async for line in found]
        return sorted(lines, key=newest_first, reverse=True)

    async def heard(self, contact_ids: Collection[ContactId], since: datetime) -> dict[ContactId, datetime]:
        """When each of those contacts was last heard after that moment: wrote, sent, tapped."""
        match: Document = {
            "contact_id": {"$in": list(contact_ids)},
            "at": {"$gt": since},
            "direction": Direction.IN.value,
        }
        latest: list[Document] = [
            {"$match": match},
            {"$group": {"_id": "$contact_id", "at": {"$max": "$at"}}},
        ]
        return {ContactId(row["_id"]): row["at"] async for row in self._lines.aggregate(latest)}

    async def received(
        self, contact_ids: Collection[ContactId], since: datetime, until: datetime
    ) -> list[tuple[ContactId, datetime]]:
        """When those contacts wrote, sent or tapped something in [since, until)."""
        if not contact_ids:
            return []
        query: Document = {
            "contact_id": {"$in": list(contact_ids)},
            "at": {"$gte": since, "$lt": until},
            "kind": Kind.MESSAGE_RECEIVED.value,
        }
        rows = self._lines.find(query, {"_id": 0, "contact_id": 1, "at": 1})
        return [(ContactId(row["contact_id"]), row["at"]) async for row in rows]

    async def thread(
        self, contact_id: ContactId, *, before: Position | None = None, since: datetime | None = None, limit: int
    ) -> tuple[list[Interaction], bool]:
        """A contact's lines before a position and not before a moment, newest first; whether there are older ones.

        Lines of one millisecond are read whole where a page begins or ends among them, so that none is left out.
        """
        at: Document = {} if since is None else {"$gte": since}
        lines: dict[str, Interaction] = {}
        if before is not None:
            at["$lt"] = before[0]
            lines = {each.id: each for each in await self._moment(contact_id, before[0]) if newest_first(each) < before}
        found = await self._thread({"contact_id": contact_id} | ({"at": at} if at else {}), limit + 1)
        lines |= {each.id: each for each in found}
        if len(found) > limit and found[-1].at == found[-2].at:
            lines |= {each.id: each for each in await self._moment(contact_id, found[-1].at)}
        ordered = sorted(lines.values(), key=newest_first, reverse=True)
        return ordered[:limit], len(ordered) > limit

    async def _moment(self, contact_id: ContactId, at: datetime) -> list[Interaction]:
        return await self._thread({"contact_id": contact_id, "at": at}, MOST_IN_A_MOMENT)

    async def _thread(self, query: Document, limit: int) -> list[Interaction]:
        index = [("contact_id", ASCENDING), ("at", DESCENDING)]
        rows = self._lines.find(query).sort("at", DESCENDING).limit(limit).hint(index)
        return [self._mapper.thing(row) async for row in rows]

    async def timeline_page(
        self,
        patient_ids: Collection[PatientId],
        contact_ids: Collection[ContactId],
        *,
        before: TimelineCursor | None,
        narrowed: TimelineFilter,
        limit: int,
    ) -> list[Interaction]:
        """The lines about those patients, and those of the contacts about nobody else, newest first.

        Two reads, each from its index: a person's page must not depend on how much is written about others.
        """
        bounds: Document = {}
        if before is not None:
            bounds = {"at": {"$lte": before.at}, "_id": {"$nin": list(before.shown)}}
        if narrowed.kinds:
            bounds["kind"] = {"$in": [*narrowed.kinds]}
        if narrowed.purposes:
            bounds["payload.purpose"] = {"$in": [*narrowed.purposes]}
        lines: dict[str, Interaction] = {}
        ways: dict[str, Document] = {
            "patient_id": {"patient_id": {"$in": list(patient_ids), "$type": "string"}},  # as its partial index says it
            "contact_id": {"contact_id": {"$in": list(contact_ids)}, "patient_id": {"$in": [None, *patient_ids]}},
        }
        for first, way in ways.items():
            index = [(first, ASCENDING), ("at", DESCENDING)]  # named: the planner may prefer `at` alone
            found = self._lines.find({**way, **bounds}).sort("at", DESCENDING).limit(limit).hint(index)
            lines |= {line["_id"]: self._mapper.thing(line) async for line in found}
        return sorted(lines.values(), key=newest_first, reverse=True)[:limit]

    async def patients_with_lines(self, patient_ids: Collection[PatientId]) -> set[PatientId]:
        """Those of the patients whom any line is about."""
        steps: list[Document] = [
            {"$match": {"patient_id": {"$in": list(patient_ids), "$type": "string"}}},
            {"$group": {"_id": "$patient_id"}},
        ]
        return {PatientId(row["_id"]) async for row in self._lines.aggregate(steps)}

    async def between(self, start: datetime, end: datetime) -> AsyncIterator[Interaction]:
        """Every line of a stretch of time, oldest first."""
        async for line in self._lines.find({"at": {"$gte": start, "$lt": end}}).sort("at", ASCENDING):
            yield self._mapper.thing(line)

    async def delete(self, contact_id: ContactId, kinds: Collection[Kind]) -> int:
        """Remove a contact's lines of those kinds; the number removed."""
        result = await self._lines.delete_many({"contact_id": contact_id, "kind": {"$in": [*kinds]}})
        return int(result.deleted_count)

    async def detach(self, contact_id: ContactId, kinds: Collection[Kind]) -> int:
        """Take the contact and every personal word off the lines of those kinds; the number changed."""
        result = await self._lines.update_many(
            {"contact_id": contact_id, "kind": {"$in": [*kinds]}},
            {"$set": {"contact_id": None, "text": None}, "$unset": {"payload.openid": ""}},
        )
        return int(result.modified_count)


def newest_first(line: Interaction) -> Position:
    """The order of a timeline, to be reversed: within a millisecond what came in stands before what went out."""
    return (line.at, IN_ONE_MOMENT.index(line.direction), line.id)


def _document(line: Interaction) -> Document:
    """As the mapper would write it, spelt out because this runs twice per push."""
    return {
        "_id": line.id,
        "at": line.at,
        "kind": str(line.kind),
        "direction": str(line.direction),
        "contact_id": line.contact_id,
        "patient_id": line.patient_id,
        "by": line.by,
        "text": line.text,
        "payload": dict(line.payload),
        "ref": line.ref,
    }
