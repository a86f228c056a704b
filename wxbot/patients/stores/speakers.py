"""Who speaks for many patients at once, and what became of merged records. Read-only; nothing is decrypted."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from wxbot.database import Database, Index
from wxbot.history.models import ContactId, PatientId

MOST_MERGES = 8  # in a row, as a merged record may be merged again


@dataclass(frozen=True, kw_only=True)
class Speakers:
    """The record that a patient's id stands for today, and its contacts."""

    patient_id: PatientId
    contact_ids: frozenset[ContactId]


class SpeakerStore:
    """Reads the collection `patients` by its ids."""

    INDEXES: Sequence[Index] = ()

    def __init__(self, database: Database) -> None:
        self._rows = database.collection("patients")

    async def of(self, patient_ids: Collection[PatientId]) -> Mapping[PatientId, Speakers]:
        """Those that exist, by the id that was asked for."""
        known: dict[PatientId, Speakers] = {}
        became: dict[PatientId, PatientId] = {}
        wanted = set(patient_ids)
        for _ in range(MOST_MERGES):
            if not wanted:
                break
            fields = {"merged_into": 1, "contact_id": 1, "other_contacts.contact_id": 1}
            rows = await self._rows.find({"_id": {"$in": list(wanted)}}, fields).to_list(None)
            for row in rows:
                contacts = {row.get("contact_id"), *(each["contact_id"] for each in row.get("other_contacts") or ())}
                patient_id = PatientId(row["_id"])
                known[patient_id] = Speakers(patient_id=patient_id, contact_ids=frozenset(contacts - {None}))
                if row.get("merged_into"):
                    became[patient_id] = PatientId(row["merged_into"])
            wanted = set(became.values()) - known.keys()
        return {each: known[last] for each in patient_ids for last in (_last(each, became),) if last in known}


def _last(patient_id: PatientId, became: Mapping[PatientId, PatientId]) -> PatientId:
    for _ in range(MOST_MERGES):
        if patient_id not in became:
            break
        patient_id = became[patient_id]
    return patient_id
