"""The clinic's settings: a collection per kind of part, each document an envelope around its value.

    {_id, revision, by, by_name, at, position, value: {…}}

A counter document grows with every change, so that other processes notice cheaply.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, time
from typing import Any, TypeVar

from cattrs.preconf.bson import make_converter

from wxbot.clinic.models import PhotoId
from wxbot.clinic.parts import PROFILE, RULES, SENDING, SettingKind, StoredClinic, kind_of
from wxbot.clinic.photos import Photo
from wxbot.database import Collection as Rows
from wxbot.database import Database, Document, DuplicateKeyError, Index, insert_new
from wxbot.errors import StaleError
from wxbot.stored_value import Stored, document_of, stored_of

T = TypeVar("T")

CLINIC = "clinic"
VISIT_TYPES = "visit_types"
ROOMS = "rooms"
DEVICES = "devices"
PRACTITIONERS = "practitioners"
CLOSURES = "closures"
HOLIDAYS = "holidays"
PHOTOS = "photos"
COUNTER, SEEDED = "counter", "seeded"  # further ids in the collection `clinic`
MOST_PARTS = 5_000  # of one kind: years of closures; more is no clinic

_converter = make_converter()
_converter.register_unstructure_hook(time, lambda clock: clock.strftime("%H:%M"))
_converter.register_structure_hook(time, lambda clock, _: time.fromisoformat(clock))


class ClinicStore:
    """A collection per kind of part, from `clinic` to `holidays`, and `photos`."""

    INDEXES: Sequence[Index] = ()  # a few dozen documents, read whole or by _id

    def __init__(self, database: Database) -> None:
        self._collections: Mapping[SettingKind, Rows] = {
            SettingKind.CLINIC: database.collection(CLINIC),
            SettingKind.VISIT_TYPES: database.collection(VISIT_TYPES),
            SettingKind.ROOMS: database.collection(ROOMS),
            SettingKind.DEVICES: database.collection(DEVICES),
            SettingKind.PRACTITIONERS: database.collection(PRACTITIONERS),
            SettingKind.CLOSURES: database.collection(CLOSURES),
            SettingKind.HOLIDAYS: database.collection(HOLIDAYS),
        }
        self._photos = database.collection(PHOTOS)

    # -- reading ----------------------------------------------------------------------------------------------

    async def counter(self) -> int:
        """The number of changes made to the clinic's settings."""
        found = await self._collections[SettingKind.CLINIC].find_one({"_id": COUNTER})
        return 0 if found is None else int(found["count"])

    async def read(self) -> StoredClinic | None:
        """Everything there is; None before it was seeded."""
        kinds = list(SettingKind)
        found = dict(zip(kinds, await asyncio.gather(*(self._all(kind) for kind in kinds)), strict=True))
        single = {each.id: each for each in found[SettingKind.CLINIC]}
        if not {PROFILE, RULES, SENDING} <= single.keys():
            return None
        return StoredClinic(
            profile=single[PROFILE],
            rules=single[RULES],
            sending=single[SENDING],
            visit_types=found[SettingKind.VISIT_TYPES],
            rooms=found[SettingKind.ROOMS],
            devices=found[SettingKind.DEVICES],
            practitioners=found[SettingKind.PRACTITIONERS],
            closures=found[SettingKind.CLOSURES],
            holidays=found[SettingKind.HOLIDAYS],
        )

    async def part(self, kind: SettingKind, part_id: str) -> Stored[Any] | None:
        """One part, or None."""
        document = await self._collections[kind].find_one({"_id": part_id})
        return None if document is None else self._kept(kind, document)

    # -- changing ---------------------------------------------------------------------------------------------

    async def add(self, kind: SettingKind, kept: Stored[Any]) -> bool:
        """Keep a new part; False when its id is taken."""
        try:
            await self._collections[kind].insert_one(document_of(kept, _converter))
        except DuplicateKeyError:
            return False
        await self.changed()
        return True

    async def replace(self, kind: SettingKind, kept: Stored[Any], revision: int) -> Stored[Any]:
        """Put `kept` where `revision` still stands; the part as it stands then. Raises StaleError otherwise."""
        after = replace(kept, revision=revision + 1)
        result = await self._collections[kind].replace_one(
            {"_id": kept.id, "revision": revision}, document_of(after, _converter)
        )
        if not result.matched_count:
            raise StaleError(f"{kind}/{kept.id} is not at revision {revision}")
        await self.changed()
        return after

    async def remove(self, kind: SettingKind, part_id: str, revision: int) -> None:
        """Remove a part where `revision` still stands. Raises StaleError otherwise."""
        result = await self._collections[kind].delete_one({"_id": part_id, "revision": revision})
        if not result.deleted_count:
            raise StaleError(f"{kind}/{part_id} is not at revision {revision}")
        await self.changed()

    async def changed(self) -> None:
        """Let the other processes know. Should this one die before it, they find out at their next full look."""
        await self._collections[SettingKind.CLINIC].update_one({"_id": COUNTER}, {"$inc": {"count": 1}}, upsert=True)

    # -- seeding ----------------------------------------------------------------------------------------------

    async def seeded(self) -> frozenset[str]:
        """What has been taken from the files before, as kind/id: it is not taken again when the console removed it."""
        found = await self._collections[SettingKind.CLINIC].find_one({"_id": SEEDED})
        return frozenset() if found is None else frozenset(found["parts"])

    async def note_seeded(self, parts: Sequence[str]) -> None:
        """Note what was taken from the files."""
        await self._collections[SettingKind.CLINIC].update_one(
            {"_id": SEEDED}, {"$addToSet": {"parts": {"$each": list(parts)}}}, upsert=True
        )

    async def seed(self, parts: Sequence[tuple[SettingKind, Stored[Any]]], taken: Collection[str]) -> int:
        """Keep what is not there, and renew what only files have written. How many parts changed.

        `taken` names, as kind/id, what was taken from the files before: of that nothing is kept that is not there any
        more. Several processes may do so at once.
        """
        changed = 0
        for kind, rows in self._collections.items():
            said = {kept.id: document_of(kept, _converter) for each, kept in parts if each is kind}
            there = {row["_id"]: row for row in await rows.find({"_id": {"$in": list(said)}}).to_list(MOST_PARTS)}
            new = [said[each] for each in said if each not in there and f"{kind}/{each}" not in taken]
            changed += await insert_new(rows, new)
            for part_id, before in there.items():
                after = said[part_id]
                if f"{kind}/{part_id}" in taken and before["by"] == after["by"] and before["value"] != after["value"]:
                    where = {"_id": part_id, "revision": before["revision"]}
                    renewed = {**after, "revision": before["revision"] + 1}
                    changed += (await rows.replace_one(where, renewed)).matched_count
        return changed

    # -- photos -----------------------------------------------------------------------------------------------

    async def keep_photo(self, photo: Photo, *, by: str, at: datetime) -> None:
        """Keep a picture under its id; the same again changes nothing."""
        document = {"content_type": photo.content_type, "data": photo.data, "by": by, "at": at}
        await self._photos.update_one({"_id": photo.id}, {"$setOnInsert": document}, upsert=True)

    async def photo(self, photo_id: PhotoId) -> Photo | None:
        """The picture of that id."""
        found = await self._photos.find_one({"_id": photo_id})
        return None if found is None else Photo(id=photo_id, content_type=found["content_type"], data=found["data"])

    async def forget_photo(self, photo_id: PhotoId) -> None:
        """Remove a picture."""
        await self._photos.delete_one({"_id": photo_id})

    # -- inside -----------------------------------------------------------------------------------------------

    async def _all(self, kind: SettingKind) -> tuple[Stored[Any], ...]:
        query = {"_id": {"$in": [PROFILE, RULES, SENDING]}} if kind is SettingKind.CLINIC else {}
        documents = await self._collections[kind].find(query).to_list(MOST_PARTS)
        kept = [self._kept(kind, document) for document in documents]
        return tuple(sorted(kept, key=lambda each: (each.position, each.id)))

    @staticmethod
    def _kept(kind: SettingKind, document: Document) -> Stored[Any]:
        return stored_of(document, kind_of(kind, document["_id"]), _converter)
