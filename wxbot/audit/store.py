"""Where the audit trail is kept: appended, never edited, never erased."""

from collections.abc import AsyncIterator, Sequence

from cattrs.errors import BaseValidationError
from pymongo import ASCENDING, DESCENDING

from wxbot.audit.chain import START, place_of
from wxbot.audit.models import AnchorNote, Entry, Filter, Head
from wxbot.database import BulkWriteError, Database, Document, DuplicateKeyError, Index, Mapper, duplicate_positions

NAME = "audit"
HEADS = "audit_heads"
ANCHORS = "audit_anchors"
WALK_BATCH = 1000  # entries per round trip of a walk


class AuditStore:
    """The collections `audit` (entries), `audit_heads` (how far each day went), `audit_anchors` (the anchor files)."""

    INDEXES: Sequence[Index] = (
        Index(
            collection=NAME,
            keys=[("seq", DESCENDING)],
            unique=True,
            serves="the newest entries; the walk along the chain; two writers cannot take one place",
        ),
        Index(
            collection=NAME,
            keys=[("day", ASCENDING), ("seq", ASCENDING)],
            unique=True,
            serves="where a stretch of days begins and ends",
        ),
        Index(collection=NAME, keys=[("subject", ASCENDING), ("seq", DESCENDING)], serves="what was done to one thing"),
        Index(collection=NAME, keys=[("by", ASCENDING), ("seq", DESCENDING)], serves="what one person did"),
        Index(
            collection=NAME,
            keys=[("action", ASCENDING), ("seq", DESCENDING)],
            serves="everything of one kind; which kinds there are",
        ),
        Index(
            collection=NAME,
            keys=[("by", ASCENDING), ("action", ASCENDING), ("seq", DESCENDING)],
            serves="everything of one kind that one person did",
        ),
        Index(
            collection=NAME,
            keys=[("key", ASCENDING), ("seq", ASCENDING)],
            partial={"key": {"$gt": ""}},
            serves="from which entry on the chain is keyed",
        ),
        Index(collection=HEADS, keys=[("seq", DESCENDING)], serves="the newest day's note"),
    )

    def __init__(self, database: Database) -> None:
        self._entries = database.collection(NAME)
        self._heads = database.collection(HEADS)
        self._anchors = database.collection(ANCHORS)
        self._mapper = Mapper(Entry)
        self._head_mapper = Mapper(Head)

    async def last(self) -> Head:
        """The place of the newest entry, or of a noted one that is gone: its number is never given again."""
        entry = await self._entries.find_one(sort=[("seq", DESCENDING)])
        head = await self._heads.find_one(sort=[("seq", DESCENDING)])
        places = [START]
        if entry is not None:
            places.append(Head(id=entry["day"], seq=entry["seq"], hash=entry["hash"]))
        if head is not None:
            places.append(self._head_mapper.thing(head))
        return max(places, key=lambda place: place.seq)

    async def append(self, entries: Sequence[Entry]) -> int:
        """Add entries in order; how many stand before another writer's took the place of the next."""
        try:
            await self._entries.insert_many([self._mapper.document(entry) for entry in entries], ordered=True)
        except BulkWriteError as error:
            return min(duplicate_positions(error))
        return len(entries)

    async def note(self, head: Head) -> None:
        """Remember how far a day went; a note never goes back."""
        try:
            await self._heads.update_one(
                {"_id": head.id, "seq": {"$lt": head.seq}},
                {"$set": {"seq": head.seq, "hash": head.hash}},
                upsert=True,
            )
        except DuplicateKeyError:
            return  # noted already, as far or farther

    async def heads(self) -> list[Head]:
        """Every day's note; one a day, so a year is 366."""
        return [self._head_mapper.thing(head) async for head in self._heads.find()]

    async def count(self) -> int:
        """How many documents there are, whatever they are."""
        return int(await self._entries.count_documents({}))

    async def first_keyed(self) -> int | None:
        """The number of the first entry that bears a key."""
        keyed = self._entries.find({"key": {"$gt": ""}}, {"seq": 1, "_id": 0}).sort("seq", ASCENDING)
        found = await keyed.to_list(1)
        return int(found[0]["seq"]) if found else None

    async def note_anchors(self, note: AnchorNote) -> None:
        """Remember how long an anchor file is; a note never goes back."""
        await self._anchors.update_one({"_id": note.id}, {"$max": {"lines": note.lines}}, upsert=True)

    async def anchor_notes(self) -> list[AnchorNote]:
        """Every anchor file there ever was; one per machine."""
        return [AnchorNote(id=each["_id"], lines=each["lines"]) async for each in self._anchors.find()]

    async def page(self, wanted: Filter, *, before: int | None, limit: int) -> list[Entry]:
        """Entries that fit, newest first, with a number below `before`."""
        query: Document = {name: value for name in ("by", "action", "subject") if (value := getattr(wanted, name))}
        seq: Document = {}
        if wanted.first_day:
            first = await self._entries.find_one(
                {"day": {"$gte": wanted.first_day}}, sort=[("day", ASCENDING), ("seq", ASCENDING)]
            )
            if first is None:
                return []
            seq["$gte"] = first["seq"]
        if wanted.last_day:
            last = await self._entries.find_one(
                {"day": {"$lte": wanted.last_day}}, sort=[("day", DESCENDING), ("seq", DESCENDING)]
            )
            if last is None:
                return []
            seq["$lte"] = last["seq"]
        if before is not None:
            seq["$lt"] = before
        if seq:
            query["seq"] = seq
        found = self._entries.find(query).sort("seq", DESCENDING).limit(limit)
        return [self._mapper.thing(entry) async for entry in found]

    async def actions(self) -> list[str]:
        """Every kind of action there is, in order."""
        return sorted(await self._entries.distinct("action"))

    async def before_day(self, day: str) -> Head:
        """The place of the last entry before a day."""
        entry = await self._entries.find_one({"day": {"$lt": day}}, sort=[("day", DESCENDING), ("seq", DESCENDING)])
        return place_of(self._mapper.thing(entry)) if entry is not None else START

    async def walk(self, after: int) -> AsyncIterator[tuple[int, Entry | None]]:
        """Every entry after that number, oldest first; None where a document cannot be read as an entry."""
        found = self._entries.find({"seq": {"$gt": after}}).sort("seq", ASCENDING).batch_size(WALK_BATCH)
        async for document in found:
            yield document["seq"], self._read(document)

    def _read(self, document: Document) -> Entry | None:
        if {*document, "key"} != {"_id", *Entry.__dataclass_fields__} - {"id"}:  # the first entries had no key
            return None  # something was taken away or put in
        try:
            return self._mapper.thing(document)
        except (BaseValidationError, ValueError, TypeError, KeyError):
            return None
