"""Where messages are indexed for the search: one document per message, beside the transcript."""

import asyncio
import re
from collections.abc import Collection as Some
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from bson.regex import Regex
from pymongo import ASCENDING, DESCENDING

from wxbot.actors import STAFF
from wxbot.conversations.reading.grams import grams_of, signs_of
from wxbot.database import BulkWriteError, Collection, Database, Document, Index, duplicate_positions
from wxbot.history.models import ContactId, Direction, Interaction

NAME = "message_words"
STATE = "message_words_state"
LINES = "interactions"

MOST_COUNTED = 500  # keys of one pair that are counted: the rarest pair of a query is looked through
MOST_COMPARED = 6  # pairs of a query that are counted
FIRST_LOOKED_AT = 400  # messages that one search looks at, the newest first; more only where these hold too few
MOST_LOOKED_AT = 2_000
SETTLED = timedelta(minutes=10)  # after its moment a line is written down and indexed, or never by who wrote it
FORMAT = "grams-1"  # how texts are cut; another name indexes everything again
READ = {"contact_id": 1, "at": 1, "text": 1, "direction": 1, "by": 1, "payload.type": 1, "payload.menu_id": 1}


class MessageIndexStore:
    """The collections `message_words` and `message_words_state`; reads `interactions` for what was there before it."""

    INDEXES: Sequence[Index] = (
        Index(
            collection=NAME,
            keys=[("grams", ASCENDING), ("at", DESCENDING)],
            serves="messages with a pair of characters, the newest first",
        ),
        Index(collection=NAME, keys=[("at", DESCENDING)], serves="the newest messages, for one common character"),
        Index(collection=NAME, keys=[("contact_id", ASCENDING)], serves="a contact's messages, for erasure"),
    )

    def __init__(self, database: Database) -> None:
        self._rows = database.collection(NAME)
        self._state = database.collection(STATE)
        self._lines = database.collection(LINES)

    async def add(self, lines: Sequence[Interaction]) -> None:
        """Index those lines; one that is there stays as it is, one that is erased meanwhile leaves nothing."""
        await self._insert(
            [
                _document(line.id, line.contact_id, line.at, line.text)
                for line in lines
                if line.text and line.contact_id is not None
            ]
        )

    async def erase(self, contact_id: ContactId) -> None:
        """Forget a contact's messages."""
        await self._rows.delete_many({"contact_id": contact_id})

    async def find(self, pairs: Sequence[str], first: str, limit: int) -> list[tuple[str, ContactId, datetime]]:
        """The newest messages with all those pairs, or with a sign beginning so: line id, contact, moment.

        Looks at no more than MOST_LOOKED_AT messages, of those that have the rarest of the pairs.
        """
        if pairs:
            rarest = await self._rarest(pairs)
            steps: list[Document] = [{"$match": {"grams": rarest}}, {"$sort": {"at": DESCENDING}}]
            rest = [each for each in pairs if each != rarest]
            return await self._newest(steps, {"grams": {"$all": rest}} if rest else {}, limit)
        sign = {"grams": Regex("^" + re.escape(first))}
        if await self._rows.count_documents(sign, limit=MOST_COUNTED) < MOST_COUNTED:
            return await self._newest([{"$match": sign}, {"$sort": {"at": DESCENDING}}], {}, limit)
        return await self._newest([{"$sort": {"at": DESCENDING}}], sign, limit)

    async def _newest(
        self, steps: Sequence[Document], match: Document, limit: int
    ) -> list[tuple[str, ContactId, datetime]]:
        """The first of what the steps yield that match as well: mostly the first few hundred hold enough."""
        found: list[tuple[str, ContactId, datetime]] = []
        for most in (FIRST_LOOKED_AT, MOST_LOOKED_AT) if match else (limit,):
            some: list[Document] = [*steps, {"$limit": most}, {"$match": match}, {"$limit": limit}]
            rows = self._rows.aggregate([*some, {"$project": {"contact_id": 1, "at": 1}}])
            found = [(str(row["_id"]), ContactId(row["contact_id"]), row["at"]) async for row in rows]
            if len(found) == limit:
                break
        return found

    async def _rarest(self, pairs: Sequence[str]) -> str:
        """Which of the pairs the fewest messages have, as far as is counted: in the index alone."""
        some = pairs[:: -(-len(pairs) // MOST_COMPARED)]
        if len(some) == 1:
            return some[0]
        counts = await asyncio.gather(
            *(self._rows.count_documents({"grams": each}, limit=MOST_COUNTED) for each in some)
        )
        return min(zip(counts, some, strict=True))[1]

    async def texts(self, line_ids: Some[str]) -> dict[str, str]:
        """What those lines of the transcript say."""
        rows = self._lines.find({"_id": {"$in": list(line_ids)}}, {"text": 1})
        return {str(row["_id"]): row["text"] async for row in rows if row["text"]}

    # -- what was not indexed by who wrote it ------------------------------------------------------------------

    async def catch_up(self, limit: int, now: datetime) -> int | None:
        """Index a portion of the lines that nobody has indexed; how many were looked at, None when all have been.

        Those from before there was an index come first, the newest of them first. Then every line is looked at once
        more when it is SETTLED, in the order of time: its process may have died.
        """
        state = await self._state.find_one({"_id": FORMAT})
        if state is None:
            state = {"_id": FORMAT, "before": None, "done": False, "checked": now - SETTLED}
            await self._state.insert_one(state)
        return await (self._check(state, limit, now) if state["done"] else self._go_back(state, limit))

    async def _go_back(self, state: Document, limit: int) -> int:
        rows, whole = await self._portion(
            {} if state["before"] is None else {"$lt": state["before"]}, DESCENDING, limit
        )
        await self._index(rows)
        before = rows[-1]["at"] if rows else state["before"]
        await self._state.update_one({"_id": FORMAT}, {"$set": {"before": before, "done": whole}})
        return len(rows)

    async def _check(self, state: Document, limit: int, now: datetime) -> int | None:
        until = now - SETTLED
        if state["checked"] >= until:
            return None
        rows, whole = await self._portion({"$gt": state["checked"], "$lte": until}, ASCENDING, limit)
        there = await _ids(self._rows, [row["_id"] for row in rows])
        await self._index([row for row in rows if row["_id"] not in there])
        await self._state.update_one({"_id": FORMAT}, {"$set": {"checked": until if whole else rows[-1]["at"]}})
        return len(rows) or None

    async def _portion(self, at: Document, direction: int, limit: int) -> tuple[list[Document], bool]:
        """Lines of a stretch of time in that direction, the last moment whole; whether these are all."""
        rows = await self._lines.find({"at": at} if at else {}, READ).sort("at", direction).to_list(limit)
        if len(rows) < limit:
            return rows, True
        reached = rows[-1]["at"]
        return [row for row in rows if row["at"] != reached] + await self._lines.find({"at": reached}, READ).to_list(
            None
        ), False

    async def _index(self, rows: Sequence[Document]) -> None:
        await self._insert(
            [
                _document(row["_id"], row["contact_id"], row["at"], row["text"])
                for row in rows
                if row["text"] and row["contact_id"] and _counts(row["direction"], row["by"], row["payload"])
            ]
        )

    async def _insert(self, documents: Sequence[Document]) -> None:
        if not documents:
            return
        try:
            await self._rows.insert_many(documents, ordered=False)
        except BulkWriteError as error:
            duplicate_positions(error)  # raises for any other reason
        ids = [each["_id"] for each in documents]
        if gone := set(ids) - await _ids(self._lines, ids):  # somebody was erased meanwhile
            await self._rows.delete_many({"_id": {"$in": list(gone)}})


def searched(line: Interaction) -> bool:
    """Whether a line has words that are searched."""
    return bool(line.text) and line.contact_id is not None and _counts(line.direction, line.by, line.payload)


def _counts(direction: str, by: str, payload: Mapping[str, Any]) -> bool:
    """Whether a line is searched: what patients typed and what colleagues wrote, not what the bot says to everybody."""
    if direction == Direction.IN:
        return payload.get("type") == "text" and "menu_id" not in payload
    return direction == Direction.OUT and by.startswith(STAFF)


def _document(line_id: str, contact_id: str, at: datetime, text: str) -> Document:
    return {"_id": line_id, "contact_id": contact_id, "at": at, "grams": grams_of(signs_of(text))}


async def _ids(collection: Collection, ids: Sequence[str]) -> set[str]:
    """Which of those ids a collection has; read from its index alone."""
    return {str(row["_id"]) async for row in collection.find({"_id": {"$in": list(ids)}}, {"_id": 1})}
