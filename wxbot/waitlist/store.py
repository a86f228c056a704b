"""Where the waitlist is kept. What staff write freely is encrypted."""

from collections.abc import Collection, Sequence
from datetime import datetime

from pymongo import ASCENDING, DESCENDING

from wxbot.booking.models import AppointmentId
from wxbot.clinic.models import VisitTypeId
from wxbot.database import Database, Document, DuplicateKeyError, Index, Mapper
from wxbot.due_work import Due
from wxbot.encryption.data_keys import DataKeys
from wxbot.encryption.documents import DocumentCipher, EncryptedMapper
from wxbot.history.models import ContactId, PatientId
from wxbot.waitlist.models import Entry, EntryId

NAME = "waitlist"
FREE = ("priority_reason", "end_reason")
MOST_OPEN = 1_000  # entries looked at in one run
_OPEN: Document = {"ended_at": None}
_LINE = [("ended_at", ASCENDING), ("since", ASCENDING)]


class WaitlistStore:
    """The collection `waitlist`, one document per entry."""

    INDEXES: Sequence[Index] = (
        Index(
            collection=NAME,
            keys=[("patient_id", ASCENDING), ("need.visit_type_id", ASCENDING), ("moving", ASCENDING)],
            partial={"ended_at": None},
            unique=True,
            name="open",
            serves="nobody waits twice for the same",
        ),
        Index(
            collection=NAME,
            keys=_LINE,
            serves="who waits, in line; what ended lately",
        ),
        Index(
            collection=NAME,
            keys=[("contact_id", ASCENDING), ("ended_at", ASCENDING)],
            serves="what a contact waits for; erasure",
        ),
        Index(collection=NAME, keys=[("patient_id", ASCENDING)], serves="a patient's entries; erasure"),
    )

    DUE: Sequence[Due] = (Due(jobs=("offer_freed_hours",), collection=NAME, query=lambda _, __: _OPEN, order=_LINE),)

    def __init__(self, database: Database, keys: DataKeys) -> None:
        self._rows = database.collection(NAME)
        self._cipher = DocumentCipher(keys, NAME, FREE)
        self._mapper: Mapper[Entry] = EncryptedMapper(Entry, self._cipher)
        self.ciphers: Sequence[DocumentCipher] = (self._cipher,)

    async def insert(self, entry: Entry) -> bool:
        """Keep a new entry; False where the patient waits for the same already."""
        try:
            await self._rows.insert_one(self._mapper.document(entry))
        except DuplicateKeyError:
            return False
        return True

    async def put(self, entry: Entry) -> bool:
        """Write the entry where the version before still stands."""
        query = {"_id": entry.id, "version": entry.version - 1}
        result = await self._rows.replace_one(query, self._mapper.document(entry))
        return bool(result.matched_count)

    async def by_id(self, entry_id: EntryId) -> Entry | None:
        """One entry, open or not."""
        return await self._one({"_id": entry_id})

    async def same(
        self, patient_id: PatientId, visit_type_id: VisitTypeId, moving: AppointmentId | None
    ) -> Entry | None:
        """The open entry of that patient for the same."""
        return await self._one(
            {"patient_id": patient_id, "need.visit_type_id": visit_type_id, "moving": moving, **_OPEN}
        )

    async def open_entries(self) -> list[Entry]:
        """Who waits, the first come first."""
        rows = await self._rows.find(_OPEN).sort("since", ASCENDING).limit(MOST_OPEN).to_list(MOST_OPEN)
        return await self._things(rows)

    async def open_of_contact(self, contact_id: ContactId) -> list[Entry]:
        """What a contact waits for, the first come first."""
        rows = await self._rows.find({"contact_id": contact_id, **_OPEN}).to_list(None)
        return sorted(await self._things(rows), key=lambda each: (each.since, each.id))

    async def ended_since(self, moment: datetime, limit: int) -> list[Entry]:
        """What ended at that moment or later, the latest first."""
        rows = self._rows.find({"ended_at": {"$gte": moment}}).sort("ended_at", DESCENDING).limit(limit)
        return await self._things(await rows.to_list(limit))

    async def ended_of(self, patient_ids: Collection[PatientId]) -> list[Entry]:
        """Those patients' entries that ended, however that was."""
        query: Document = {"patient_id": {"$in": sorted(patient_ids)}, "ended_at": {"$ne": None}}
        return await self._things(await self._rows.find(query).to_list(None))

    async def erase(self, contact_id: ContactId, patient_ids: Collection[PatientId]) -> int:
        """Delete the entries of a contact, and of patients whose records go; the number."""
        mine = await self._rows.delete_many({"contact_id": contact_id})
        query = {"patient_id": {"$in": sorted(patient_ids)}}
        theirs = await self._rows.delete_many(query) if patient_ids else None
        return int(mine.deleted_count) + (int(theirs.deleted_count) if theirs is not None else 0)

    async def _one(self, query: Document) -> Entry | None:
        row = await self._rows.find_one(query)
        return None if row is None else (await self._things([row]))[0]

    async def _things(self, rows: Sequence[Document]) -> list[Entry]:
        return await self._mapper.things(rows)
