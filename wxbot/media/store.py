"""Where photos and voices are kept, encrypted: they are health data."""

from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from pymongo import ASCENDING, InsertOne, ReturnDocument

from wxbot.database import BulkWriteError, Database, Document, DuplicateKeyError, Index, duplicate_positions
from wxbot.due_work import Due
from wxbot.encryption.data_keys import DataKeys
from wxbot.encryption.documents import DocumentCipher, EncryptedMapper
from wxbot.history.models import ContactId
from wxbot.media.models import Media, MediaState

NAME = "media"
_WAITING = {"state": MediaState.WAITING.value}
_NEXT = [("due_at", ASCENDING)]


def _free(now: datetime, machine_now: datetime) -> Document:
    """What is to be fetched and nobody fetches."""
    return {**_WAITING, "due_at": {"$lte": now}, "lease_until": {"$not": {"$gt": machine_now}}}


class MediaStore:
    """The collection `media`."""

    INDEXES: Sequence[Index] = (
        Index(collection=NAME, keys=_NEXT, partial=_WAITING, serves="what is to be fetched"),
        Index(collection=NAME, keys=[("contact_id", ASCENDING)], serves="a contact's photos and voices, for erasure"),
    )

    DUE: Sequence[Due] = (Due(jobs=("fetch_media",), collection=NAME, query=_free, order=_NEXT),)

    def __init__(self, database: Database, keys: DataKeys) -> None:
        self._rows = database.collection(NAME)
        self._cipher = DocumentCipher(keys, NAME, ["data"])
        self._mapper = EncryptedMapper(Media, self._cipher)
        self.ciphers: Sequence[DocumentCipher] = (self._cipher,)

    async def insert(self, new: Sequence[Media]) -> list[None]:
        """Keep what is to be fetched; what is there already stays as it is."""
        try:
            await self._rows.bulk_write([InsertOne(self._mapper.document(each)) for each in new], ordered=False)
        except BulkWriteError as error:
            duplicate_positions(error)  # raises for any other reason
        return [None] * len(new)

    async def insert_kept(self, media: Media) -> None:
        """Keep one with its bytes; what is there already stays as it is."""
        with suppress(DuplicateKeyError):
            await self._rows.insert_one(self._mapper.document(media))

    async def forget(self, media_id: str) -> None:
        """Delete one."""
        await self._rows.delete_one({"_id": media_id})

    async def claim(self, now: datetime, machine_now: datetime, until: datetime) -> Media | None:
        """Take one that is to be fetched and that nobody fetches, counting the attempt."""
        row = await self._rows.find_one_and_update(
            _free(now, machine_now),
            {"$set": {"lease_until": until}, "$inc": {"attempts": 1}},
            sort=_NEXT,
            return_document=ReturnDocument.AFTER,
        )
        return None if row is None else self._mapper.thing(row)

    async def keep(self, media_id: str, data: bytes, content_type: str) -> bool:
        """Keep the bytes of one that is waited for; False when it was erased meanwhile, or is kept already."""
        kept = self._cipher.encrypted_fields(media_id, {"data": data})
        return await self._change(
            media_id, {**kept, "content_type": content_type, "size": len(data), "state": MediaState.KEPT.value}
        )

    async def end(self, media_id: str, state: MediaState) -> bool:
        """It will not be had."""
        return await self._change(media_id, {"state": state.value})

    async def try_again(self, media_id: str, due_at: datetime) -> None:
        """Let go of it until then."""
        await self._change(media_id, {"due_at": due_at})

    async def described(self, ids: Collection[str]) -> list[Media]:
        """What is known of those, without their bytes."""
        rows = self._rows.find({"_id": {"$in": list(ids)}}, {"data": 0})
        return [self._mapper.thing(row) async for row in rows]

    async def get(self, media_id: str) -> Media | None:
        """One with its bytes."""
        row = await self._rows.find_one({"_id": media_id})
        return None if row is None else self._mapper.thing(row)

    async def erase(self, contact_id: ContactId) -> int:
        """Delete what a contact sent; the number."""
        return int((await self._rows.delete_many({"contact_id": contact_id})).deleted_count)

    async def _change(self, media_id: str, change: Document) -> bool:
        query: dict[str, Any] = {"_id": media_id, **_WAITING}
        result = await self._rows.update_one(query, {"$set": {**change, "lease_until": None}})
        return bool(result.matched_count)
