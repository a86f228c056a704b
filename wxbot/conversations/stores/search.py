"""Where messages are indexed for the search: one document per message, beside the transcript and written with it."""

import asyncio
import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from bson.regex import Regex
from pymongo import ASCENDING, DESCENDING, InsertOne

from wxbot.actors import STAFF
from wxbot.conversations.grams import folded, grams_of
from wxbot.database import BulkWriteError, Database, Document, Index, duplicate_positions
from wxbot.history.models import ContactId, Direction, Interaction

NAME = "message_words"
STATE = "message_words_state"
LINES = "interactions"

MOST_COUNTED = 500  # keys of one pair that are counted: the rarest pair of a query is looked through
MOST_COMPARED = 6  # pairs of a query that are counted
MOST_LOOKED_AT = 2_000  # messages that one search looks at, the newest first
FORMAT = "grams-1"  # how texts are cut; another name indexes everything again
_READ = {"contact_id": 1, "at": 1, "text": 1, "direction": 1, "by": 1, "payload.type": 1, "payload.menu_id": 1}


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
        """Index the messages among those lines; one that is there stays as it is."""
        documents = [
            _document(line.id, line.contact_id, line.at, line.text)
            for line in lines
            if line.text and line.contact_id is not None and _counts(line.direction, line.by, line.payload)
        ]
        await self._insert(documents)

    async def erase(self, contact_id: ContactId) -> None:
        """Forget a contact's messages."""
        await self._rows.delete_many({"contact_id": contact_id})

    async def find(self, pairs: Sequence[str], first: str, limit: int) -> list[tuple[str, ContactId, datetime]]:
        """The newest messages with all those pairs, or with a sign beginning so: line id, contact, moment.

        Looks at no more than MOST_LOOKED_AT messages, of those that have the rarest of the pairs.
        """
        match: Document = {}
        if pairs:
            rarest = await self._rarest(pairs)
            steps: list[Document] = [{"$match": {"grams": rarest}}, {"$sort": {"at": DESCENDING}}]
            if rest := [each for each in pairs if each != rarest]:
                match = {"grams": {"$all": rest}}
        else:
            match = {"grams": Regex("^" + re.escape(first))}
            common = await self._rows.count_documents(match, limit=MOST_COUNTED) >= MOST_COUNTED
            steps = [{"$sort": {"at": DESCENDING}}] if common else [{"$match": match}, {"$sort": {"at": DESCENDING}}]
        steps += [
            {"$limit": MOST_LOOKED_AT},
            {"$match": match},
            {"$limit": limit},
            {"$project": {"contact_id": 1, "at": 1}},
        ]
        rows = self._rows.aggregate(steps)
        return [(str(row["_id"]), ContactId(row["contact_id"]), row["at"]) async for row in rows]

    async def _rarest(self, pairs: Sequence[str]) -> str:
        """Which of the pairs the fewest messages have, as far as is counted: in the index alone."""
        some = pairs[:: -(-len(pairs) // MOST_COMPARED)]
        if len(some) == 1:
            return some[0]
        counts = await asyncio.gather(
            *(self._rows.count_documents({"grams": each}, limit=MOST_COUNTED) for each in some)
        )
        return min(zip(counts, some, strict=True))[1]

    async def texts(self, line_ids: Collection[str]) -> dict[str, str]:
        """What those lines of the transcript say."""
        rows = self._lines.find({"_id": {"$in": list(line_ids)}}, {"text": 1})
        return {str(row["_id"]): row["text"] async for row in rows if row["text"]}

    # -- what was written before there was an index -----------------------------------------------------------

    async def catch_up(self, limit: int) -> int | None:
        """Index the next portion of older lines, the newest first; how many were looked at, None when all are."""
        state = await self._state.find_one({"_id": FORMAT})
        if state is not None and state["done"]:
            return None
        query: Document = {} if state is None else {"at": {"$lt": state["before"]}}
        rows = await self._lines.find(query, _READ).sort("at", DESCENDING).to_list(limit)
        reached = rows[-1]["at"] if rows else None
        done = len(rows) < limit
        if not done:  # the last moment may go on behind the portion
            rows += await self._lines.find({"at": reached}, _READ).to_list(None)
        documents = {
            row["_id"]: _document(row["_id"], row["contact_id"], row["at"], row["text"])
            for row in rows
            if row["text"] and row["contact_id"] and _counts(row["direction"], row["by"], row["payload"])
        }
        await self._insert(list(documents.values()))
        there = await self.texts(documents)  # somebody may have been erased meanwhile
        await self._rows.delete_many({"_id": {"$in": [each for each in documents if each not in there]}})
        await self._state.update_one({"_id": FORMAT}, {"$set": {"before": reached, "done": done}}, upsert=True)
        return len(rows)

    async def _insert(self, documents: Sequence[Document]) -> None:
        if not documents:
            return
        try:
            await self._rows.bulk_write([InsertOne(each) for each in documents], ordered=False)
        except BulkWriteError as error:
            duplicate_positions(error)  # raises for any other reason


def _counts(direction: str, by: str, payload: Mapping[str, Any]) -> bool:
    """Whether a line is searched: what patients typed and what colleagues wrote, not what the bot says to everybody."""
    if direction == Direction.IN:
        return payload.get("type") == "text" and "menu_id" not in payload
    return direction == Direction.OUT and by.startswith(STAFF)


def _document(line_id: str, contact_id: str, at: datetime, text: str) -> Document:
    return {"_id": line_id, "contact_id": contact_id, "at": at, "grams": grams_of(folded(text).signs)}
