"""Where exports are kept, and for half an hour their files."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any

from pymongo import ASCENDING, DESCENDING, ReturnDocument

from wxbot.database import Database, Document, Index
from wxbot.due_work import Due
from wxbot.encryption.data_keys import DataKeys
from wxbot.encryption.documents import DocumentCipher, EncryptedMapper
from wxbot.patients.exports.models import Export, ExportId, ExportState

EXPORTS = "exports"
FILES = "export_files"

_WORK = [("state", ASCENDING), ("lease_until", ASCENDING)]


class ExportStore:
    """The collections `exports` and `export_files`."""

    INDEXES: Sequence[Index] = (
        Index(collection=EXPORTS, keys=[("created_at", DESCENDING)], serves="the list of exports, newest first"),
        Index(
            collection=EXPORTS,
            keys=_WORK,
            serves="what is to be written, and nobody is writing",
        ),
        Index(
            collection=FILES,
            keys=[("forget_at", ASCENDING)],
            serves="forgetting files that were written",
            ttl_seconds=0,
        ),
    )

    DUE: Sequence[Due] = (
        Due(jobs=("write_exports",), collection=EXPORTS, query=lambda _, machine_now: _free(machine_now), order=_WORK),
    )

    def __init__(self, database: Database, keys: DataKeys) -> None:
        self._exports = database.collection(EXPORTS)
        self._files = database.collection(FILES)
        cipher = DocumentCipher(keys, EXPORTS, ["selection.numbers.*"])
        self._export = EncryptedMapper(Export, cipher)
        self._piece = DocumentCipher(keys, FILES, ["data"])
        self.ciphers: Sequence[DocumentCipher] = (cipher, self._piece)

    async def insert(self, new: Export) -> None:
        """Keep a new export, to be written."""
        await self._exports.insert_one(self._export.document(new))

    async def get(self, export_id: ExportId) -> Export | None:
        """One export."""
        found = await self._exports.find_one({"_id": export_id})
        return None if found is None else self._export.thing(found)

    async def newest(self, *, before: datetime | None, limit: int) -> list[Export]:
        """Exports, newest first."""
        query = {} if before is None else {"created_at": {"$lt": before}}
        rows = await self._exports.find(query).sort("created_at", DESCENDING).to_list(limit)
        return [self._export.thing(row) for row in rows]

    async def claim(self, machine_now: datetime, until: datetime) -> Export | None:
        """Take an export that is to be written and has no living writer."""
        found = await self._exports.find_one_and_update(
            _free(machine_now),
            {"$set": {"lease_until": until, "rows": 0}},
            return_document=ReturnDocument.AFTER,
        )
        return None if found is None else self._export.thing(found)

    async def advance(self, export_id: ExportId, rows: int, lease_until: datetime | None) -> None:
        """Note how many rows are written, and that the writer lives; None lets go."""
        await self._exports.update_one(
            {"_id": export_id, "state": ExportState.WAITING.value}, {"$set": {"rows": rows, "lease_until": lease_until}}
        )

    async def finish(self, export_id: ExportId, state: ExportState, **changes: Any) -> None:
        """End the writing; the pasted numbers are forgotten."""
        await self._exports.update_one(
            {"_id": export_id, "state": ExportState.WAITING.value},
            {"$set": {**changes, "state": state.value, "lease_until": None, "selection.numbers": []}},
        )

    async def note_fetched(self, export_id: ExportId, now: datetime) -> None:
        """That the file was fetched."""
        await self._exports.update_one({"_id": export_id}, {"$set": {"fetched_at": now}})

    # -- files -----------------------------------------------------------------------------------------------

    async def keep_piece(self, export_id: ExportId, number: int, data: bytes, forget_at: datetime) -> None:
        """Keep a piece of a file; written again it takes the place of the first."""
        piece = {"_id": _piece_id(export_id, number), "data": data, "size": len(data), "forget_at": forget_at}
        await self._files.replace_one({"_id": piece["_id"]}, self._piece.encrypted(piece), upsert=True)

    async def forget_pieces(self, export_id: ExportId) -> None:
        """Remove what an earlier writer left."""
        await self._files.delete_many(_pieces_of(export_id))

    async def has_file(self, export_id: ExportId, size: int) -> bool:
        """Whether the file is still there, whole."""
        found = await self._files.find(_pieces_of(export_id), {"size": 1}).to_list(None)
        return bool(found) and sum(int(piece.get("size", 0)) for piece in found) == size

    async def pieces(self, export_id: ExportId) -> AsyncIterator[bytes]:
        """A file, piece by piece."""
        async for piece in self._files.find(_pieces_of(export_id)).sort("_id", ASCENDING).batch_size(4):
            yield bytes(self._piece.decrypted(piece)["data"])


def _piece_id(export_id: ExportId, number: int) -> str:
    return f"{export_id}/{number:05d}"


def _pieces_of(export_id: ExportId) -> dict[str, Any]:
    return {"_id": {"$gte": f"{export_id}/", "$lt": f"{export_id}0"}}  # "0" follows "/"


def _free(machine_now: datetime) -> Document:
    """Exports that are to be written and have no living writer."""
    return {"state": ExportState.WAITING.value, "lease_until": {"$not": {"$gt": machine_now}}}
