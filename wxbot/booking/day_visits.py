"""Use cases that read what a day's desk asks of the appointments: who comes again, who cancelled or did not come."""

from collections.abc import Collection, Mapping
from datetime import datetime

from wxbot.booking.models import Appointment, AppointmentId
from wxbot.booking.stores.days import DayReading
from wxbot.clinic.models import PractitionerId
from wxbot.history.models import PatientId


class DayVisits:
    """Questions over appointments, each answered by one query."""

    def __init__(self, store: DayReading) -> None:
        self._store = store

    async def one(self, appointment_id: AppointmentId) -> Appointment | None:
        """The appointment of that id."""
        return await self._store.by_id(appointment_id)

    async def coming(
        self, patient_ids: Collection[PatientId], after: datetime
    ) -> Mapping[PatientId, tuple[Appointment, ...]]:
        """Booked visits of each patient that start at `after` or later, earliest first; who has none is left out."""
        found: dict[PatientId, tuple[Appointment, ...]] = {}
        for visit in await self._store.coming(patient_ids, after) if patient_ids else []:
            found[visit.patient_id] = (*found.get(visit.patient_id, ()), visit)
        return found

    async def kept_after(self, patient_ids: Collection[PatientId], after: datetime) -> list[Appointment]:
        """Those patients' visits that start at `after` or later and are booked or took place, earliest first."""
        return await self._store.kept_after(patient_ids, after) if patient_ids else []

    async def unattended_since(self, moment: datetime) -> list[Appointment]:
        """Visits that were cancelled or marked missed at that moment or later, and still are."""
        return await self._store.unattended_since(moment)

    async def latest_treatments(self, since: datetime, limit: int) -> list[Appointment]:
        """Visits that began at that moment or later and whose patient was seen to leave, the latest first."""
        return await self._store.latest_treatments(since, limit)

    async def of_practitioner(
        self, practitioner_id: PractitionerId, start: datetime, end: datetime
    ) -> list[Appointment]:
        """A practitioner's appointments of every state that start in [start, end), earliest first."""
        return await self._store.of_practitioner(practitioner_id, start, end)
