"""Where merges are kept, and the one transaction in which two records become one, or two again."""

from collections.abc import Collection, Sequence
from datetime import datetime

from pymongo import ASCENDING, DESCENDING

from wxbot.database import Database, Document, Index, Session
from wxbot.encryption.data_keys import DataKeys
from wxbot.encryption.documents import DocumentCipher, EncryptedMapper
from wxbot.history.models import ContactId, PatientId
from wxbot.patients.models import Merge, Patient
from wxbot.patients.stores.encrypted import CopiesCipher, PatientCipher

MERGES = "merges"
_ORIGINALS = ("survivor_before", "merged_before", "survivor_after")
_ANY_TEXT = {"$gt": ""}  # "is a non-empty string", in the one form partial indexes and queries agree on


class _ChangedMeanwhileError(Exception):
    """A record changed since it was read: nothing is written."""


class MergeStore:
    """The collection `merges`, and the records a merge touches."""

    INDEXES: Sequence[Index] = (
        Index(
            collection=MERGES,
            keys=[("survivor_id", ASCENDING), ("at", DESCENDING)],
            serves="the merges a record came from, the latest first",
        ),
        Index(collection=MERGES, keys=[("merged_id", ASCENDING)], serves="what became of a duplicate"),
        Index(
            collection=MERGES,
            keys=[("contact_ids", ASCENDING)],
            serves="the originals that name a contact, for erasure",
        ),
        Index(
            collection=MERGES,
            keys=[("at", ASCENDING)],
            serves="originals that are kept longer than a merge can be undone",
            partial={"survivor_before.id": _ANY_TEXT},
        ),
    )

    def __init__(self, database: Database, keys: DataKeys) -> None:
        self._database = database
        self._merges = database.collection(MERGES)
        self._patients = database.collection("patients")
        cipher = CopiesCipher(keys, MERGES, _ORIGINALS)
        self._merge = EncryptedMapper(Merge, cipher)
        self._patient = EncryptedMapper(Patient, PatientCipher(keys))
        self.ciphers: Sequence[DocumentCipher] = (cipher,)

    async def by_id(self, merge_id: str) -> Merge | None:
        """One merge."""
        row = await self._merges.find_one({"_id": merge_id})
        return self._merge.thing(row) if row else None

    async def of_survivor(self, patient_id: PatientId, limit: int) -> list[Merge]:
        """The merges that made a record what it is, the latest first."""
        rows = self._merges.find({"survivor_id": patient_id}).sort("at", DESCENDING).limit(limit)
        return [self._merge.thing(row) async for row in rows]

    async def write(self, merge: Merge, changes: Sequence[tuple[Patient, Patient]]) -> bool:
        """Write a merge (or its undoing) and the records it changes, as (before, after) in that order: all or nothing.

        False when a record, or the merge, changed since it was read. Raises DuplicateKeyError.
        """

        async def work(session: Session) -> None:
            unchanged: Document = {"_id": merge.id, "undone_at": None}
            written = await self._merges.replace_one(
                unchanged, self._merge.document(merge), upsert=merge.undone_at is None, session=session
            )
            if merge.undone_at is not None and not written.matched_count:
                raise _ChangedMeanwhileError
            for before, after in changes:
                query: Document = {"_id": before.id, "revision": before.revision or {"$in": [0, None]}}
                changed = await self._patients.replace_one(query, self._patient.document(after), session=session)
                if not changed.matched_count:
                    raise _ChangedMeanwhileError

        try:
            await self._database.in_transaction(work)
        except _ChangedMeanwhileError:
            return False
        return True

    async def forget_contact(self, contact_id: ContactId) -> None:
        """Take an erased contact off the originals, so that no undoing brings them back."""
        for part in _ORIGINALS:
            theirs: Document = {"contact_ids": contact_id}
            await self._merges.update_many(
                {**theirs, f"{part}.contact_id": contact_id}, {"$set": {f"{part}.contact_id": None}}
            )
            await self._merges.update_many(theirs, {"$pull": {f"{part}.other_contacts": {"contact_id": contact_id}}})
        await self._merges.update_many({"contact_ids": contact_id}, {"$pull": {"contact_ids": contact_id}})

    async def forget_originals(self, before: datetime) -> int:
        """Blank the originals of merges older than that moment; who, when and which ids stay. The number."""
        old: Document = {"survivor_before.id": _ANY_TEXT, "at": {"$lt": before}}
        blank = dict.fromkeys(_ORIGINALS, "")
        result = await self._merges.update_many(old, {"$unset": blank, "$set": {"contact_ids": []}})
        return int(result.modified_count)

    async def forget(self, patient_ids: Collection[PatientId]) -> None:
        """Delete the originals of records that are deleted themselves."""
        if patient_ids:
            await self._merges.delete_many({"survivor_id": {"$in": list(patient_ids)}})
