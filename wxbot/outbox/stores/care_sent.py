"""Care messages that reached patients. Read-only, over the collection `outbox`."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from pymongo import ASCENDING

from wxbot.database import Database, Document, Index
from wxbot.history.models import PatientId
from wxbot.messaging import Purpose
from wxbot.outbox.models import State
from wxbot.outbox.stores.messages import OUTBOX

ARRIVED = (State.ACCEPTED.value, State.DELIVERED.value)  # most channels have no receipt: taken by WeChat is arrived
BEGINNING = datetime(2020, 1, 2, tzinfo=UTC)  # before it nothing was sent; queries must lie within the index


@dataclass(frozen=True, kw_only=True)
class CareSent:
    """A care message about a patient that the platform took."""

    patient_id: PatientId
    at: datetime


class CareSentStore:
    """A partial index: only care that left costs anything."""

    INDEXES: Sequence[Index] = (
        Index(
            collection=OUTBOX,
            keys=[("patient_id", ASCENDING), ("sent_at", ASCENDING)],
            partial={
                "purpose": Purpose.CARE.value,
                "sent_at": {"$gt": datetime(2020, 1, 1, tzinfo=UTC)},  # "is a moment"
            },
            serves="which care reached patients in some days",
        ),
    )

    def __init__(self, database: Database) -> None:
        self._rows = database.collection(OUTBOX)

    async def about(
        self, patient_ids: Collection[PatientId], since: datetime, until: datetime, *, greetings: bool = False
    ) -> list[CareSent]:
        """What was sent about those patients in [since, until); `greetings`: on birthdays and festivals too."""
        if not patient_ids:
            return []
        query: Document = {
            "patient_id": {"$in": list(patient_ids)},
            "sent_at": {"$gte": max(since, BEGINNING), "$lt": until},
            "purpose": Purpose.CARE.value,
            "state": {"$in": ARRIVED},
        }
        if not greetings:
            query["greeting"] = False
        rows = self._rows.find(query, {"_id": 0, "patient_id": 1, "sent_at": 1})
        return [CareSent(patient_id=PatientId(row["patient_id"]), at=row["sent_at"]) async for row in rows]
