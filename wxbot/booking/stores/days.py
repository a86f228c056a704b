"""Queries of a day's desk over the collection `appointments`, whose indexes `appointments` declares."""

from collections.abc import Collection, Sequence
from datetime import datetime

from wxbot.booking.models import Appointment, AppointmentState, VisitStage
from wxbot.booking.stores.reading import AppointmentReading
from wxbot.clinic.models import PractitionerId
from wxbot.database import Index
from wxbot.history.models import PatientId

UNATTENDED = (AppointmentState.CANCELLED.value, AppointmentState.NO_SHOW.value)


class DayReading(AppointmentReading):
    """Reads appointments; writes nothing."""

    INDEXES: Sequence[Index] = ()

    async def coming(self, patient_ids: Collection[PatientId], after: datetime) -> list[Appointment]:
        """Those patients' booked visits that start at `after` or later, earliest first."""
        query = {
            "patient_id": {"$in": sorted(patient_ids)},
            "state": AppointmentState.BOOKED.value,
            "start": {"$gte": after},
        }
        return await self._find(query, order="start")

    async def unattended_since(self, moment: datetime) -> list[Appointment]:
        """Visits that were cancelled or marked missed at that moment or later, and still are."""
        return await self._find({"changed_at": {"$gte": moment}, "state": {"$in": list(UNATTENDED)}})

    async def latest_treatments(self, since: datetime, limit: int) -> list[Appointment]:
        """Completed visits that began at that moment or later and whose patient was seen to leave, the latest first."""
        query = {"state": AppointmentState.COMPLETED.value, "start": {"$gte": since}, "stage": VisitStage.LEFT.value}
        rows = await self._appointments.find(query).sort("start", -1).limit(limit).to_list(limit)
        return [self._mapper.thing(row) for row in rows]

    async def of_practitioner(
        self, practitioner_id: PractitionerId, start: datetime, end: datetime
    ) -> list[Appointment]:
        """A practitioner's appointments of every state that start in [start, end), earliest first."""
        query = {"practitioner_id": practitioner_id, "start": {"$gte": start, "$lt": end}}
        return await self._find(query, order="start")
