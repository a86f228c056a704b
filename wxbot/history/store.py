"""Where interactions are kept: appended in groups, never edited, erased by each kind's rule."""

from collections.abc import AsyncIterator, Collection, Sequence
from datetime import datetime

from pymongo import ASCENDING, DESCENDING, InsertOne

from wxbot.database import BulkWriteError, Database, Document, Index, Mapper, duplicate_positions
from wxbot.history.models import ContactId, Direction, Interaction, Kind

NAME = "interactions"
IN_ONE_MOMENT = (Direction.IN, Direction.NONE, Direction.OUT)  # asked, done, answered


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
        return sorted(lines, key=lambda line: (line.at, IN_ONE_MOMENT.index(line.direction)), reverse=True)

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
