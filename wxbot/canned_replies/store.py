"""The collection `canned_replies`: each an envelope around its value with a count of uses, and two notes.

    {_id, revision, by, by_name, at, position, value: {…}, uses}

A counter document grows with every change, so that other processes notice cheaply; a use is no change.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace

from cattrs.preconf.bson import make_converter

from wxbot.canned_replies.models import CannedReply, CannedReplyId, KeptReply, StoredReply
from wxbot.database import Database, Document, DuplicateKeyError, Index, insert_new
from wxbot.errors import StaleError
from wxbot.stored_value import document_of, stored_of

CANNED_REPLIES = "canned_replies"
COUNTER, SEEDED = "#counter", "#seeded"  # ids of notes; no reply has such a sign
MOST_REPLIES = 5_000  # of all colleagues together

_converter = make_converter()


class CannedReplyStore:
    """The collection `canned_replies`."""

    INDEXES: Sequence[Index] = ()  # some hundred documents, read whole or by _id

    def __init__(self, database: Database) -> None:
        self._replies = database.collection(CANNED_REPLIES)

    async def counter(self) -> int:
        """The number of changes made to the replies."""
        found = await self._replies.find_one({"_id": COUNTER})
        return 0 if found is None else int(found["count"])

    async def read(self) -> list[KeptReply]:
        """Every reply, in the list's own order."""
        rows = await self._replies.find({"value": {"$exists": True}}).to_list(MOST_REPLIES)
        return sorted((_kept(row) for row in rows), key=lambda each: (each.stored.position, each.stored.id))

    async def one(self, reply_id: CannedReplyId) -> KeptReply | None:
        """One reply, or None."""
        row = await self._replies.find_one({"_id": reply_id, "value": {"$exists": True}})
        return None if row is None else _kept(row)

    async def add(self, stored: StoredReply) -> bool:
        """Keep a new reply; False when its id is taken."""
        try:
            await self._replies.insert_one({**document_of(stored, _converter), "uses": 0})
        except DuplicateKeyError:
            return False
        await self.changed()
        return True

    async def replace(self, stored: StoredReply, revision: int) -> StoredReply:
        """Put `stored` where `revision` still stands; as it stands then. Raises StaleError otherwise."""
        after = replace(stored, revision=revision + 1)
        if not await self._set(after, revision):
            raise StaleError(f"canned reply {stored.id} is not at revision {revision}")
        await self.changed()
        return after

    async def changed(self) -> None:
        """Let the other processes know."""
        await self._replies.update_one({"_id": COUNTER}, {"$inc": {"count": 1}}, upsert=True)

    async def used(self, reply_id: CannedReplyId) -> bool:
        """Count a use; whether there is such a reply."""
        found = {"_id": reply_id, "value": {"$exists": True}}
        return bool((await self._replies.update_one(found, {"$inc": {"uses": 1}})).matched_count)

    async def seeded(self) -> frozenset[str]:
        """Ids that were taken from the files before."""
        found = await self._replies.find_one({"_id": SEEDED})
        return frozenset() if found is None else frozenset(found["ids"])

    async def note_seeded(self, ids: Collection[str]) -> None:
        """Note what was taken from the files."""
        added = {"$addToSet": {"ids": {"$each": list(ids)}}}
        await self._replies.update_one({"_id": SEEDED}, added, upsert=True)

    async def add_new(self, stored: Sequence[StoredReply]) -> int:
        """Keep replies of the files that are not there yet, whoever else does the same; how many were kept."""
        return await insert_new(self._replies, [{**document_of(each, _converter), "uses": 0} for each in stored])

    async def renew(self, stored: StoredReply, there: StoredReply) -> bool:
        """Keep a reply of the files where `there` is still what stands; whether it was kept."""
        return await self._set(replace(stored, revision=there.revision + 1), there.revision)

    async def _set(self, stored: StoredReply, revision: int) -> bool:
        document = document_of(stored, _converter)
        identity = document.pop("_id")
        result = await self._replies.update_one({"_id": identity, "revision": revision}, {"$set": document})
        return bool(result.matched_count)


def _kept(row: Document) -> KeptReply:
    return KeptReply(stored=stored_of(row, CannedReply, _converter), uses=int(row.get("uses", 0)))
