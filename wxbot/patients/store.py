"""Where contacts and patients are kept."""

from collections.abc import Collection, Sequence
from datetime import datetime

from pymongo import ASCENDING, ReturnDocument, UpdateOne

from wxbot.database import BulkWriteError, Database, Document, DuplicateKeyError, Index, Mapper, duplicate_positions
from wxbot.history.models import ContactId, PatientId
from wxbot.patients.models import Birthday, Contact, Patient, Relation

CONTACTS = "contacts"
PATIENTS = "patients"
_ANY_TEXT = {"$gt": ""}  # "is a non-empty string", in the one form partial indexes and $in queries agree on


class PatientStore:
    """The collections `contacts` and `patients`."""

    INDEXES: Sequence[Index] = (
        Index(
            collection=CONTACTS,
            keys=[("openid", ASCENDING)],
            serves="who wrote: one contact per openid, erased ones apart",
            unique=True,
            partial={"openid": _ANY_TEXT},
        ),
        Index(
            collection=CONTACTS,
            keys=[("unfollowed_at", ASCENDING)],
            serves="whose grace after unfollowing is over",
            partial={"following": False},
        ),
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
    )

    def __init__(self, database: Database) -> None:
        self._contacts = database.collection(CONTACTS)
        self._patients = database.collection(PATIENTS)
        self._contact = Mapper(Contact)
        self._patient = Mapper(Patient)
        self._birthday = Mapper(Birthday)

    async def contacts_by_openid(self, openids: Collection[str]) -> dict[str, Contact]:
        """The contacts of those openids that exist, by openid; one round trip."""
        found = await self._contacts.find({"openid": {"$in": list(openids)}}).to_list(None)
        return {document["openid"]: self._contact.thing(document) for document in found}

    async def contacts(self, ids: Collection[ContactId]) -> dict[ContactId, Contact]:
        """The contacts of those ids that exist; one round trip."""
        found = await self._contacts.find({"_id": {"$in": list(ids)}}).to_list(None)
        return {document["_id"]: self._contact.thing(document) for document in found}

    async def look_up(self, text: str) -> list[Contact]:
        """Contacts whose id, openid or alias is `text`, or who speak for a patient of that name."""
        named = await self._patients.find({"name": text}, {"contact_id": 1}).to_list(None)
        spoken_for = [patient["contact_id"] for patient in named if patient.get("contact_id")]
        ways: list[Document] = [{"_id": {"$in": [text, *spoken_for]}}, {"openid": text}, {"alias": text}]
        found = await self._contacts.find({"$or": ways}).to_list(None)
        return [self._contact.thing(document) for document in found]

    async def create_contacts(self, contacts: Sequence[Contact]) -> None:
        """Create contacts; an openid that another process has just created is left to it."""
        documents = [self._contact.document(contact) for contact in contacts]
        creations = [
            UpdateOne({"openid": document.pop("openid")}, {"$setOnInsert": document}, upsert=True)
            for document in documents
        ]
        try:
            await self._contacts.bulk_write(creations, ordered=False)
        except BulkWriteError as error:
            duplicate_positions(error)  # raises unless all that went wrong is that somebody was faster

    async def replace_contact(self, before: Contact, after: Contact) -> bool:
        """Write `after` where `before` still stands; False when somebody changed it meanwhile."""
        result = await self._contacts.replace_one(
            {"_id": before.id, "revision": before.revision}, self._contact.document(after)
        )
        return bool(result.matched_count)

    async def due_for_erasure(self, unfollowed_before: datetime, limit: int) -> list[Contact]:
        """Contacts gone since before that moment whose erasure is not finished, oldest first."""
        query = {"following": False, "unfollowed_at": {"$lte": unfollowed_before}}
        found = await self._contacts.find(query).sort("unfollowed_at", ASCENDING).to_list(limit)
        return [self._contact.thing(document) for document in found]

    async def patients(self, ids: Collection[PatientId]) -> dict[PatientId, Patient]:
        """The patients of those ids that exist; one round trip."""
        found = await self._patients.find({"_id": {"$in": list(ids)}}).to_list(None)
        return {document["_id"]: self._patient.thing(document) for document in found}

    async def self_patients(self, contact_ids: Collection[ContactId]) -> dict[ContactId, Patient]:
        """The patients that those contacts are themselves, by contact."""
        query = {"contact_id": {"$in": list(contact_ids)}, "relation": Relation.SELF.value}
        found = await self._patients.find(query).to_list(None)
        return {document["contact_id"]: self._patient.thing(document) for document in found}

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
        return self._patient.thing(found)

    async def set_name(self, patient_id: PatientId, name: str) -> Patient | None:
        """Keep a name; None when there is no such patient."""
        return await self._set(patient_id, {"name": name})

    async def set_birthday(self, patient_id: PatientId, birthday: Birthday, keys: Sequence[str]) -> Patient | None:
        """Keep a birthday and the keys it is looked up by; None when there is no such patient."""
        changes = {"birthday": self._birthday.document(birthday), "birthday_keys": list(keys)}
        return await self._set(patient_id, changes)

    async def celebrating(self, keys: Collection[str]) -> list[Patient]:
        """Every patient with one of those birthday keys for whom a contact speaks, oldest first."""
        query: Document = {"birthday_keys": {"$in": list(keys)}, "contact_id": _ANY_TEXT}
        found = await self._patients.find(query).sort("_id", ASCENDING).to_list(None)
        return [self._patient.thing(document) for document in found]

    async def spoken_for(self, contact_id: ContactId) -> set[PatientId]:
        """The patients a contact speaks for."""
        return {PatientId(row["_id"]) async for row in self._patients.find({"contact_id": contact_id}, {"_id": 1})}

    async def detach_patients(self, contact_id: ContactId, keep: Collection[PatientId]) -> None:
        """Part the patients in `keep` from a contact, and delete the contact's others."""
        kept = {"_id": {"$in": list(keep)}, "contact_id": contact_id}
        await self._patients.update_many(kept, {"$set": {"contact_id": None}})
        await self._patients.delete_many({"contact_id": contact_id, "_id": {"$nin": list(keep)}})

    async def _set(self, patient_id: PatientId, changes: Document) -> Patient | None:
        found = await self._patients.find_one_and_update(
            {"_id": patient_id}, {"$set": changes}, return_document=ReturnDocument.AFTER
        )
        return None if found is None else self._patient.thing(found)
