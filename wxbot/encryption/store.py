"""Which keys the database is encrypted with, and its documents in portions, to be encrypted anew."""

from collections.abc import Sequence
from dataclasses import dataclass

from pymongo import ASCENDING, UpdateOne

from wxbot.database import Database, Document, DuplicateKeyError, Index
from wxbot.encryption.documents import DocumentCipher

NAME = "data_keys"
THE_ONE = "in_use"  # the only document: one write decides which key the database begins with
PORTION = 500  # documents per round trip


@dataclass(frozen=True)
class KeysInUse:
    """The ids of the keys something may be encrypted with, and the paths that are encrypted throughout."""

    ids: frozenset[str]
    paths: frozenset[str]


class KeyStore:
    """The collection `data_keys`: ids only. An id is derived from its key, so it tells the right key from another."""

    INDEXES: Sequence[Index] = ()

    def __init__(self, database: Database) -> None:
        self._database = database
        self._keys = database.collection(NAME)

    async def read(self) -> KeysInUse | None:
        """What the database is encrypted with; None for a database from before, or a new one."""
        found = await self._keys.find_one({"_id": THE_ONE})
        return KeysInUse(frozenset(found["ids"]), frozenset(found["paths"])) if found is not None else None

    async def begin(self, key_id: str) -> None:
        """Begin with that key, unless the database has begun already."""
        try:
            await self._keys.insert_one({"_id": THE_ONE, "ids": [key_id], "paths": []})
        except DuplicateKeyError:
            return

    async def add(self, key_id: str) -> None:
        """That key is used too."""
        await self._keys.update_one({"_id": THE_ONE}, {"$addToSet": {"ids": key_id}})

    async def remove(self, key_ids: Sequence[str]) -> None:
        """Nothing is encrypted with those keys any more."""
        await self._keys.update_one({"_id": THE_ONE}, {"$pullAll": {"ids": list(key_ids)}})

    async def note_paths(self, paths: Sequence[str]) -> None:
        """Those paths are encrypted throughout."""
        await self._keys.update_one({"_id": THE_ONE}, {"$set": {"paths": sorted(paths)}})

    async def rewrite(self, cipher: DocumentCipher) -> int:
        """Encrypt with the current key what is not, portion by portion; how many documents needed it.

        A document that somebody changes at the same moment is left to the next call; a killed run is begun again.
        """
        collection, after, needed = self._database.collection(cipher.collection), "", 0
        while True:
            rows = await collection.find({"_id": {"$gt": after}}).sort("_id", ASCENDING).limit(PORTION).to_list(None)
            if not rows:
                return needed
            after = rows[-1]["_id"]
            writes = [_write(row, fields) for row in rows if (fields := cipher.rewritten(row))]
            if writes:
                await collection.bulk_write(writes, ordered=False)
                needed += len(writes)


def _write(row: Document, fields: Document) -> UpdateOne:
    """Write fields where they still are as they were read."""
    unchanged = {name: row.get(name, {"$exists": False}) for name in fields}
    return UpdateOne({"_id": row["_id"], **unchanged}, {"$set": fields})
