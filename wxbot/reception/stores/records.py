"""Where is kept what the front desk notes about visits beside `visits`."""

from collections.abc import Collection, Mapping, Sequence

from pymongo import ASCENDING, UpdateOne

from wxbot.booking.models import AppointmentId
from wxbot.database import Database, DuplicateKeyError, Index, Mapper
from wxbot.reception.models import ClassLabel, ReceptionRecord

NAME = "reception_visits"
LABELS = Mapper(ClassLabel)


class ReceptionVisitStore:
    """The collection `reception_visits`, one document per appointment that something was noted about."""

    INDEXES: Sequence[Index] = (
        Index(
            collection=NAME,
            keys=[("to_label", ASCENDING)],
            partial={"to_label": True},
            serves="visits that were drawn and wait for the second label",
        ),
    )

    def __init__(self, database: Database) -> None:
        self._rows = database.collection(NAME)
        self._mapper = Mapper(ReceptionRecord)

    async def put(self, record: ReceptionRecord, part: str) -> None:
        """Write one part of a visit's record, and leave the others as they are; the latest one counts."""
        change = {"$set": {part: self._mapper.document(record)[part]}}
        try:
            await self._rows.update_one({"_id": record.id}, change, upsert=True)
        except DuplicateKeyError:  # a colleague inserted it in the same moment
            await self._rows.update_one({"_id": record.id}, change)

    async def draw(self, labels: Mapping[AppointmentId, ClassLabel]) -> int:
        """Draw those visits for the blind check, each with reception's class; the number that was not drawn before."""
        if not labels:
            return 0
        known = await self._rows.find({"_id": {"$in": list(labels)}, "first_label": {"$type": "object"}}).to_list(None)
        drawn = {row["_id"] for row in known}
        fresh = {key: label for key, label in labels.items() if key not in drawn}
        changes = [
            UpdateOne({"_id": key}, {"$set": {"first_label": LABELS.document(label), "to_label": True}}, upsert=True)
            for key, label in fresh.items()
        ]
        if changes:
            await self._rows.bulk_write(changes, ordered=False)
        return len(changes)

    async def label(self, appointment_id: AppointmentId, label: ClassLabel) -> bool:
        """Keep the second label of a visit that waits for it; False where none is wanted any more."""
        change = {"$set": {"second_label": LABELS.document(label), "to_label": False}}
        result = await self._rows.update_one({"_id": appointment_id, "to_label": True}, change)
        return bool(result.matched_count)

    async def of(self, ids: Collection[AppointmentId]) -> Mapping[AppointmentId, ReceptionRecord]:
        """Those that exist, by appointment, in one query."""
        rows = await self._rows.find({"_id": {"$in": list(ids)}}).to_list(None)
        return {record.id: record for record in await self._mapper.things(rows)}

    async def to_label(self, limit: int) -> list[ReceptionRecord]:
        """Visits that wait for the second label."""
        rows = await self._rows.find({"to_label": True}).limit(limit).to_list(limit)
        return [self._mapper.thing(row) for row in rows]
