"""Whole collections as they are stored, whichever room they belong to; and the collection `restores`."""

import hashlib
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import bson
from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument
from pymongo import ASCENDING, WriteConcern
from pymongo.errors import OperationFailure

from wxbot.backup.models import LEFT_OUT, BackupError
from wxbot.database import MAJORITY, Database, Index

RESTORES = "restores"
KEYS = "data_keys"  # which keys the fields are encrypted with (encryption/store)

FEW = 10_000  # documents of a collection that are deleted more quickly than its indexes are made again
SNAPSHOT_GONE = {239: "SnapshotTooOld", 246: "SnapshotUnavailable"}
NO_REPLICA_SET = {20, 72, 123}  # IllegalOperation, InvalidOptions, NotAReplicaSet
TOO_LONG = (
    "The database no longer has the moment that the backup began with. Try again in a quiet hour, or raise the "
    "server's minSnapshotHistoryWindowInSeconds (300 by default) above the time that a backup takes."
)
STANDALONE = "The database is no replica set: it cannot be read as of one moment. See docs/deployment.md."

_RAW: CodecOptions[RawBSONDocument] = CodecOptions(document_class=RawBSONDocument, tz_aware=True, tzinfo=UTC)
_KEPT = WriteConcern(w=MAJORITY, j=True)  # by most members, through whichever of them we write


class BackupStore:
    """Reads and writes collections as raw BSON, and notes restores.

    `restores` says whether the database is whole: a restore that was interrupted leaves an entry without an end.
    """

    INDEXES: Sequence[Index] = ()

    def __init__(self, database: Database) -> None:
        self._database = database
        self._restores = database.collection(RESTORES)

    @property
    def name(self) -> str:
        """The database's name."""
        return self._database.name

    def _raw(self, name: str) -> Any:
        """A collection whose documents stay bytes; writes are kept by most of the set's members."""
        whole = self._database.client[self._database.name]
        return whole.get_collection(name, codec_options=_RAW, write_concern=_KEPT)

    async def names(self) -> list[str]:
        """The collections that an archive holds, in order."""
        found = await self._database.client[self._database.name].list_collection_names()
        return sorted(name for name in found if not name.startswith("system.") and name not in LEFT_OUT)

    async def snapshot(self, names: Iterable[str]) -> AsyncIterator[tuple[str, bytes]]:
        """Those collections as of one moment: name and documents, each collection in the order of `_id`.

        An empty batch announces each collection. Needs a replica set (MongoDB 5 or newer); the service may go on
        writing. Raises BackupError.
        """
        try:
            async with await self._database.client.start_session(snapshot=True) as session:
                for name in names:
                    yield name, b""
                    cursor = self._raw(name).find_raw_batches({}, sort=[("_id", ASCENDING)], session=session)
                    async for batch in cursor:
                        yield name, bytes(batch)
        except OperationFailure as error:
            if error.code in SNAPSHOT_GONE:
                raise BackupError(TOO_LONG) from error
            if error.code in NO_REPLICA_SET:
                raise BackupError(STANDALONE) from error
            raise

    async def is_empty(self) -> bool:
        """Whether no collection of an archive holds a document, but for the key that a new database begins with."""
        for name in await self.names():
            if name != KEYS and await self._raw(name).find_one({}, {"_id": 1}) is not None:
                return False
        return True

    async def insert(self, name: str, documents: Sequence[bytes]) -> None:
        """Insert documents as they are."""
        if documents:
            await self._raw(name).insert_many([RawBSONDocument(each, _RAW) for each in documents], ordered=False)

    async def clear(self) -> None:
        """Remove every document but those of `restores`, also of collections that no archive holds."""
        whole = self._database.client[self._database.name]
        for name in await whole.list_collection_names():
            if name.startswith("system.") or name == RESTORES:
                continue
            if await whole[name].estimated_document_count() > FEW:
                await whole.drop_collection(name)
            else:
                await whole[name].delete_many({})

    # -- restores ---------------------------------------------------------------------------------------------

    async def begin_restore(self, restore_id: str, taken_at: datetime, at: datetime) -> None:
        """Note that from here on the database is not whole."""
        await self._restores.with_options(write_concern=_KEPT).insert_one(
            {"_id": restore_id, "taken_at": taken_at, "started_at": at, "finished_at": None}
        )

    async def finish_restore(self, at: datetime) -> None:
        """Note that it is whole: this restore took the place of those that were interrupted before it."""
        await self._restores.with_options(write_concern=_KEPT).update_many(
            {"finished_at": None}, {"$set": {"finished_at": at}}
        )

    async def unfinished_restore(self) -> bool:
        """Whether a restore has begun here and not ended."""
        return await self._restores.find_one({"finished_at": None}, {"_id": 1}) is not None


def identity(document: bytes) -> bytes:
    """A document's `_id`, as comparable bytes."""
    return bytes(bson.encode({"_id": RawBSONDocument(document, _RAW)["_id"]}))


def fingerprint(document: bytes) -> bytes:
    """Sixteen bytes that two documents share only when they are the same."""
    return hashlib.sha256(document).digest()[:16]


def key_ids(document: bytes) -> frozenset[str]:
    """The ids of the data keys that a document of `data_keys` names."""
    return frozenset(RawBSONDocument(document, _RAW).get("ids", ()))


def is_expired(document: bytes, indexes: Sequence[Index], machine_now: datetime) -> bool:
    """Whether the database deletes that document by now of its own accord, under one of its collection's indexes."""
    for index in indexes:
        if index.ttl_seconds is None:
            continue
        value = RawBSONDocument(document, _RAW).get(index.keys[0][0])
        if isinstance(value, datetime) and value + timedelta(seconds=index.ttl_seconds) <= machine_now:
            return True
    return False
