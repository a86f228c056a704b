"""Patient records. Contacts are in `contacts`, what is searched and listed in `finding`, merges in `merges`."""

from collections.abc import Collection, Sequence
from typing import TypeVar

from pymongo import ASCENDING, DeleteOne, InsertOne, ReplaceOne, ReturnDocument, UpdateOne

from wxbot.database import BulkWriteError, Database, Document, DuplicateKeyError, Index, duplicate_positions
from wxbot.encryption.data_keys import DataKeys
from wxbot.encryption.documents import DocumentCipher, EncryptedMapper
from wxbot.history.models import ContactId, PatientId
from wxbot.patients.models import Contact, Patient, Relation
from wxbot.patients.search_keys import plain
from wxbot.patients.stores.contacts import ContactStore
from wxbot.patients.stores.creations import CreationStore
from wxbot.patients.stores.digit_searches import DigitSearchStore
from wxbot.patients.stores.encrypted import PatientCipher
from wxbot.patients.stores.finding import FindingStore
from wxbot.patients.stores.merges import MergeStore

K = TypeVar("K")

PATIENTS = "patients"
MOST_MERGES_IN_A_ROW = 10  # a record that became one, that became one …; more is a loop that nobody made
_ANY_TEXT = {"$gt": ""}  # "is a non-empty string", in the one form partial indexes and $in queries agree on
_SELF = {"$in": ["self", None]}  # brought in WeChat; older records do not say


class PatientStore:
    """The collection `patients`. `contacts` has who writes, `finding` reads both for lists, `merges` has originals."""

    INDEXES: Sequence[Index] = (
        Index(
            collection=PATIENTS,
            keys=[("birthday_keys", ASCENDING)],
            serves="whose birthday it is today, in either calendar",
            partial={"contact_id": _ANY_TEXT},
        ),
        Index(
            collection=PATIENTS,
            keys=[("contact_id", ASCENDING), ("relation", ASCENDING)],
            serves="for whom a contact speaks; each contact is one patient themselves",
            unique=True,
            partial={"contact_id": _ANY_TEXT, "relation": Relation.SELF.value},
        ),
        Index(
            collection=PATIENTS,
            keys=[("contact_id", ASCENDING)],
            serves="everybody a contact speaks for, for erasure",
            partial={"contact_id": _ANY_TEXT},
        ),
        Index(
            collection=PATIENTS,
            keys=[("other_contacts.contact_id", ASCENDING)],
            serves="everybody a contact speaks for beside their first contact",
            partial={"other_contacts.contact_id": _ANY_TEXT},
        ),
        Index(
            collection=PATIENTS,
            keys=[("phone_index", ASCENDING)],
            serves="duplicates and pasted lists by telephone",
            partial={"phone_index": _ANY_TEXT},
        ),
        Index(
            collection=PATIENTS,
            keys=[("record_number", ASCENDING)],
            serves="a record number belongs to one patient",
            unique=True,
            partial={"record_number": _ANY_TEXT},
        ),
        Index(
            collection=PATIENTS,
            keys=[("identity_index", ASCENDING)],
            serves="duplicates by identity number",
            partial={"identity_index": _ANY_TEXT},
        ),
        Index(
            collection=PATIENTS,
            keys=[("merged_into", ASCENDING)],
            serves="the duplicates that became a record, for its timeline and appointments",
            partial={"merged_into": _ANY_TEXT},
        ),
        *ContactStore.INDEXES,
        *FindingStore.INDEXES,
        *MergeStore.INDEXES,
        *CreationStore.INDEXES,
    )

    def __init__(self, database: Database, keys: DataKeys) -> None:
        self._patients = database.collection(PATIENTS)
        self._cipher = PatientCipher(keys)
        self._patient = EncryptedMapper(Patient, self._cipher)
        self.contacts = ContactStore(database)
        self.finding = FindingStore(database, self._cipher)
        self.merges = MergeStore(database, keys)
        self.digit_searches = DigitSearchStore(database)
        self.creations = CreationStore(database, keys)
        self.ciphers: Sequence[DocumentCipher] = (self._cipher, *self.merges.ciphers)

    async def look_up(self, text: str) -> list[Contact]:
        """Contacts whose id, openid or alias is `text`, or who speak for a patient of that name."""
        named = await self._patients.find({"search_keys": plain(text), "name": text}, {"contact_id": 1}).to_list(None)
        spoken_for = [ContactId(patient["contact_id"]) for patient in named if patient.get("contact_id")]
        return await self.contacts.known_as(text, spoken_for)

    # -- patients, one by one --------------------------------------------------------------------------------

    async def patients(self, ids: Collection[PatientId]) -> dict[PatientId, Patient]:
        """The patients of those ids that exist, duplicates as they were left; one round trip."""
        found = await self._patients.find({"_id": {"$in": list(ids)}}).to_list(None)
        return {patient.id: patient for patient in await self._patient.things(found)}

    async def living(self, ids: Collection[PatientId]) -> dict[PatientId, Patient]:
        """The same, but for the id of a merged duplicate the record that it became."""
        return await self._followed(await self.patients(ids))

    async def self_patients(self, contact_ids: Collection[ContactId]) -> dict[ContactId, Patient]:
        """The patients that those contacts are themselves, by contact."""
        query = {"contact_id": {"$in": list(contact_ids)}, "relation": Relation.SELF.value}
        found = await self._patients.find(query).to_list(None)
        return await self._followed({document["contact_id"]: self._patient.thing(document) for document in found})

    async def create_self_patient(self, patient: Patient) -> Patient:
        """Create the patient a contact is themselves, or return the one who is already there."""
        document = self._patient.document(patient)
        query = {"contact_id": document.pop("contact_id"), "relation": document.pop("relation")}
        try:
            found = await self._patients.find_one_and_update(
                query, {"$setOnInsert": document}, upsert=True, return_document=ReturnDocument.AFTER
            )
        except DuplicateKeyError:
            faster = await self._patients.find_one(query)
            if faster is None:  # deleted again in the same moment: let the caller's caller repeat the whole
                raise
            found = faster
        return (await self._followed({"it": self._patient.thing(found)}))["it"]

    async def insert(self, patient: Patient) -> bool:
        """Keep a new record; False when its record number is another's, or it is there already."""
        try:
            await self._patients.insert_one(self._patient.document(patient))
        except DuplicateKeyError:
            return False
        return True

    async def replace_patient(self, before: Patient, after: Patient) -> bool:
        """Write `after` where `before` still stands; False when somebody changed it meanwhile.

        Raises DuplicateKeyError when its record number, or its place as a contact's own record, is another's.
        """
        result = await self._patients.replace_one(_as_it_stood(before), self._patient.document(after))
        return bool(result.matched_count)

    async def celebrating(self, keys: Collection[str]) -> list[Patient]:
        """Every patient with one of those birthday keys for whom a contact speaks, oldest first."""
        query: Document = {"birthday_keys": {"$in": list(keys)}, "contact_id": _ANY_TEXT}
        found = await self._patients.find(query).sort("_id", ASCENDING).to_list(None)
        return [self._patient.thing(document) for document in found]

    async def merged_into(self, ids: Collection[PatientId]) -> list[Patient]:
        """The duplicates that became one of those records, also by a detour, as they were left."""
        found: dict[PatientId, Patient] = {}
        level = list(ids)
        for _ in range(MOST_MERGES_IN_A_ROW):
            if not level:
                break
            rows = await self._patients.find({"merged_into": {"$in": level}}).to_list(None)
            fresh = [self._patient.thing(row) for row in rows if row["_id"] not in found]
            found |= {each.id: each for each in fresh}
            level = [each.id for each in fresh]
        return list(found.values())

    # -- patients, many at once (imports, lists) --------------------------------------------------------------

    async def by_phones(self, phones: Collection[str]) -> list[Patient]:
        """The patients with one of those telephones (E.164); several may share one."""
        return await self._find({"phone_index": {"$in": self._cipher.tokens("phone", list(phones))}})

    async def by_record_numbers(self, numbers: Collection[str]) -> list[Patient]:
        """The patients with one of those record numbers."""
        return await self._find({"record_number": {"$in": list(numbers)}})

    async def by_identities(self, numbers: Collection[str]) -> list[Patient]:
        """The patients with one of those identity numbers."""
        return await self._find({"identity_index": {"$in": self._cipher.tokens("identity", list(numbers))}})

    async def insert_many(self, patients: Sequence[Patient]) -> list[bool]:
        """Keep new records; for each whether it is new. False where the id is there or the record number another's."""
        if not patients:
            return []
        try:
            documents = await self._patient.documents(patients)
            await self._patients.bulk_write([InsertOne(each) for each in documents], ordered=False)
        except BulkWriteError as error:
            refused = duplicate_positions(error)
            return [position not in refused for position in range(len(patients))]
        return [True] * len(patients)

    async def replace_many(self, changes: Sequence[tuple[Patient, Patient]]) -> None:
        """Write each `after` whose `before` is unchanged and whose number is not taken by another record."""
        if not changes:
            return
        documents = await self._patient.documents([after for _, after in changes])
        pairs = zip(changes, documents, strict=True)
        replacements = [ReplaceOne(_as_it_stood(before), document) for (before, _), document in pairs]
        try:
            await self._patients.bulk_write(replacements, ordered=False)
        except BulkWriteError as error:
            duplicate_positions(error)  # raises unless all that went wrong is a record number of another

    async def set_search_keys(self, patients: Sequence[Patient]) -> None:
        """Write the search keys of these records, and no other field."""
        keys = [
            UpdateOne({"_id": each.id}, {"$set": {"search_keys": self._cipher.stored_keys(each.search_keys)}})
            for each in patients
        ]
        await self._patients.bulk_write(keys, ordered=False)

    async def delete_unchanged(self, patients: Sequence[Patient]) -> int:
        """Delete those of the records that are still as given; the number deleted."""
        if not patients:
            return 0
        result = await self._patients.bulk_write([DeleteOne(_as_it_stood(each)) for each in patients], ordered=False)
        return int(result.deleted_count)

    # -- leaving ---------------------------------------------------------------------------------------------

    async def spoken_for(self, contact_id: ContactId) -> set[PatientId]:
        """The patients whose first contact this is."""
        return {PatientId(row["_id"]) async for row in self._patients.find({"contact_id": contact_id}, {"_id": 1})}

    async def of_contacts(self, contact_ids: Collection[ContactId]) -> dict[ContactId, list[Patient]]:
        """Everybody those contacts speak for, alone or beside others, duplicates as they were left; by contact."""
        asked = list(contact_ids)
        ways: list[Document] = [{"contact_id": {"$in": asked}}, {"other_contacts.contact_id": {"$in": asked}}]
        found: dict[ContactId, list[Patient]] = {each: [] for each in asked}
        for patient in await self._find({"$or": ways}):
            speakers = {patient.contact_id, *(speaker.contact_id for speaker in patient.other_contacts)}
            for contact_id in found.keys() & speakers:
                found[contact_id].append(patient)
        return found

    async def detach_patients(self, contact_id: ContactId, keep: Collection[PatientId]) -> None:
        """Part a contact from everybody they spoke for: the clinic's own records and those in `keep` stay without them.

        The others, which only WeChat brought, are deleted, with the duplicates that had become them.
        """
        theirs: Document = {"contact_id": contact_id}
        clinics: list[Document] = [
            {"_id": {"$in": list(keep)}},
            {"source": {"$nin": _SELF["$in"]}},
            {"record_number": _ANY_TEXT},
            {"merged_into": _ANY_TEXT},
        ]
        gone = {"$set": {"contact_id": None}, "$inc": {"revision": 1}}
        await self._patients.update_many({**theirs, "$or": clinics}, gone)
        also = {"other_contacts.contact_id": contact_id}
        await self._patients.update_many(
            also, {"$pull": {"other_contacts": {"contact_id": contact_id}}, "$inc": {"revision": 1}}
        )
        await self.merges.forget_contact(contact_id)
        doomed = [row["_id"] async for row in self._patients.find(theirs, {"_id": 1})]
        merged = [each.id for each in await self.merged_into(doomed)] if doomed else []
        await self.merges.forget(doomed)
        await self._patients.delete_many({"_id": {"$in": merged}})
        await self._patients.delete_many({**theirs, "_id": {"$in": doomed}})

    # -- inside ----------------------------------------------------------------------------------------------

    async def _find(self, query: Document) -> list[Patient]:
        return await self._patient.things(await self._patients.find(query).to_list(None))

    async def _followed(self, found: dict[K, Patient]) -> dict[K, Patient]:
        """Each record, or the one it became."""
        living = dict(found)
        for _ in range(MOST_MERGES_IN_A_ROW):
            onwards = {each.merged_into for each in living.values() if each.merged_into is not None}
            if not onwards:
                break
            became = await self.patients(onwards)
            living = {
                key: became.get(each.merged_into, each) if each.merged_into is not None else each
                for key, each in living.items()
            }
        return living


def _as_it_stood(patient: Patient) -> Document:
    """The record as it was read. Records from before revisions were counted have none."""
    return {"_id": patient.id, "revision": patient.revision or {"$in": [0, None]}}
