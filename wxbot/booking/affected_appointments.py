"""Booked appointments that a change of the settings would affect. Implements `wxbot.clinic.ports.Appointments`."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from wxbot.booking.models import Appointment
from wxbot.booking.sentences import appointment_words
from wxbot.booking.stores.appointments import BookingStore
from wxbot.clinic.models import PractitionerId
from wxbot.clinic.ports import AffectedAppointment, LiveClinic

LONGEST_VISIT = timedelta(hours=8)  # what began so long ago may still be going on


class AffectedAppointments:
    """Answers what a closure or a removal would touch."""

    def __init__(self, store: BookingStore, clinics: LiveClinic) -> None:
        self._store = store
        self._clinics = clinics

    async def affected(self, field: str, value: str, now: datetime, limit: int) -> list[AffectedAppointment]:
        """Booked appointments that are not over, whose `field` is `value`; see the port."""
        found = await self._store.of_resource(field, value, now - LONGEST_VISIT, limit)
        return self._described([each for each in found if each.end > now])

    async def ever_booked(self, field: str, value: str) -> bool:
        """Whether any appointment, also a past one, has that value."""
        return await self._store.any_of_resource(field, value)

    async def affected_between(
        self, start: datetime, end: datetime, practitioner_id: PractitionerId | None, limit: int
    ) -> list[AffectedAppointment]:
        """Booked appointments that start in [start, end), of one practitioner or all, earliest first."""
        if practitioner_id is None:
            found = await self._store.around(start, end, limit)
        else:
            found = await self._store.of_resource("practitioner_id", practitioner_id, start, limit)
        return self._described([each for each in found if each.start < end])

    def _described(self, appointments: Sequence[Appointment]) -> list[AffectedAppointment]:
        clinic = self._clinics.current
        return [
            AffectedAppointment(
                appointment_id=each.id,
                patient_id=each.patient_id,
                start=each.start,
                end=each.end,
                words=appointment_words(each, clinic),
            )
            for each in appointments
        ]
