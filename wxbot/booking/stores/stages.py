"""Changes of a visit on its day, each one conditional update of a document of `appointments`."""

from collections.abc import Sequence
from datetime import datetime

from pymongo import ReturnDocument

from wxbot.booking.models import Appointment, AppointmentId, AppointmentState, VisitStage
from wxbot.booking.stages import MOMENTS
from wxbot.booking.stores.appointments import Change
from wxbot.booking.stores.reading import AppointmentReading
from wxbot.database import Document, Index

WRITTEN = (
    "stage",
    "stage_by",
    "state",
    "closed_at",
    "changed_by",
    "changed_at",
    "version",
    "hour_version",
    *MOMENTS.values(),
)


class StageStore(AppointmentReading):
    """Writes stages, and takes back what was noted of a visit by mistake."""

    INDEXES: Sequence[Index] = ()

    async def put(self, after: Appointment) -> Change:
        """Write the stage of `after` where the version before still stands; not applied when it changed meanwhile."""
        document = self._mapper.document(after)
        written: Document | None = await self._appointments.find_one_and_update(
            {"_id": after.id, "version": after.version - 1},
            {"$set": {name: document[name] for name in WRITTEN}},
            return_document=ReturnDocument.AFTER,
        )
        return await self._change(after.id, written)

    async def undo_no_show(self, appointment_id: AppointmentId, *, since: datetime, now: datetime, by: str) -> Change:
        """A visit that was marked missed at `since` or later is expected again."""
        written: Document | None = await self._appointments.find_one_and_update(
            {"_id": appointment_id, "state": AppointmentState.NO_SHOW.value, "closed_at": {"$gte": since}},
            {
                "$set": {
                    "state": AppointmentState.BOOKED.value,
                    "stage": VisitStage.EXPECTED.value,
                    "changed_by": by,
                    "changed_at": now,
                    "closed_at": None,
                },
                "$inc": {"version": 1},
            },
            return_document=ReturnDocument.AFTER,
        )
        return await self._change(appointment_id, written)

    async def unconfirm(self, appointment_id: AppointmentId) -> Change:
        """A booked visit that somebody noted as confirmed is unconfirmed."""
        written: Document | None = await self._appointments.find_one_and_update(
            {"_id": appointment_id, "state": AppointmentState.BOOKED.value, "confirmed_at": {"$ne": None}},
            {"$set": {"confirmed_at": None, "confirmed_by": None}},
            return_document=ReturnDocument.AFTER,
        )
        return await self._change(appointment_id, written)

    async def _change(self, appointment_id: AppointmentId, written: Document | None) -> Change:
        if written is not None:
            return Change(appointment=self._mapper.thing(written), applied=True)
        return Change(appointment=await self.by_id(appointment_id), applied=False)
