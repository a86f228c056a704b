"""Where the owners of patients are kept."""

from collections.abc import Collection, Mapping, Sequence

from pymongo import ASCENDING

from wxbot.database import Database, Index, Mapper
from wxbot.followups.models import FollowUpState
from wxbot.followups.owner_models import PatientOwner
from wxbot.followups.stores.followups import FOLLOWUPS
from wxbot.history.models import ContactId, PatientId

NAME = "patient_owners"


class OwnerStore:
    """The collection `patient_owners`, and the owner of open `followups`."""

    INDEXES: Sequence[Index] = (
        Index(
            collection=NAME,
            keys=[("contact_id", ASCENDING)],
            partial={"contact_id": {"$gt": ""}},
            serves="those of a contact's patients, for erasure",
        ),
    )

    def __init__(self, database: Database) -> None:
        self._rows = database.collection(NAME)
        self._followups = database.collection(FOLLOWUPS)
        self._mapper = Mapper(PatientOwner)

    async def of(self, patient_ids: Collection[PatientId]) -> Mapping[PatientId, PatientOwner]:
        """The owners of those patients, as far as there are any."""
        rows = self._rows.find({"_id": {"$in": list(patient_ids)}})
        return {each.id: each for each in [self._mapper.thing(row) async for row in rows]}

    async def put(self, owner: PatientOwner) -> None:
        """Keep it in place of what was there."""
        await self._rows.replace_one({"_id": owner.id}, self._mapper.document(owner), upsert=True)

    async def hand_over(self, patient_id: PatientId, account: str) -> int:
        """Give the patient's open follow-ups to that account; the number."""
        query = {"patient_id": patient_id, "state": FollowUpState.OPEN.value}
        result = await self._followups.update_many(query, {"$set": {"owner": account}})
        return int(result.modified_count)

    async def erase(self, contact_id: ContactId) -> int:
        """Take an erased contact off; the number."""
        result = await self._rows.update_many({"contact_id": contact_id}, {"$set": {"contact_id": None}})
        return int(result.modified_count)
