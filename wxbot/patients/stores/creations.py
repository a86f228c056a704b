"""Which new patients are being saved at this moment, so that two desks do not save the same one at once."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from pymongo import ASCENDING

from wxbot.database import Database, DuplicateKeyError, Index
from wxbot.encryption.data_keys import DataKeys

CREATIONS = "patient_creations"
HELD = timedelta(seconds=10)  # a save that has not come back within this has died


class CreationStore:
    """The collection `patient_creations`: a row per telephone, identity, or name with birthday that is being saved."""

    INDEXES: Sequence[Index] = (
        Index(
            collection=CREATIONS,
            keys=[("until", ASCENDING)],
            serves="forgetting what a process that died was saving",
            ttl_seconds=0,
        ),
    )

    def __init__(self, database: Database, keys: DataKeys) -> None:
        self._rows = database.collection(CREATIONS)
        self._keys = keys

    async def claim(self, facts: Sequence[str], owner: str, now: datetime) -> bool:
        """Take every fact for one save, or none; False when a colleague's save has one of them."""
        for fact in sorted(facts):  # in one order, so that two of them cannot wait for each other
            try:
                await self._rows.update_one(
                    {"_id": self._token(fact), "until": {"$lte": now}},
                    {"$set": {"owner": owner, "until": now + HELD}},
                    upsert=True,
                )
            except DuplicateKeyError:
                await self.release(facts, owner)
                return False
        return True

    async def release(self, facts: Sequence[str], owner: str) -> None:
        """Let go what this save has taken."""
        await self._rows.delete_many({"_id": {"$in": [self._token(fact) for fact in facts]}, "owner": owner})

    def _token(self, fact: str) -> str:
        return self._keys.current.token("creation", fact)
