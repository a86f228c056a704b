"""How other rooms see the clinic, and what the clinic's settings ask of booking."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from wxbot.clinic.models import Clinic, PractitionerId
from wxbot.history.models import PatientId


class LiveClinic(Protocol):
    """The clinic's present settings. Ask each time: they change while the service runs."""

    @property
    def current(self) -> Clinic:
        """The clinic as it stands now. Never waits."""
        ...


@dataclass(frozen=True, kw_only=True)
class AffectedAppointment:
    """An appointment to come that a change of the settings touches."""

    appointment_id: str
    patient_id: PatientId
    start: datetime  # aware UTC
    end: datetime
    words: str  # the appointment as people say it, without the patient


class Appointments(Protocol):
    """The appointments that a change of the clinic touches. Implemented by booking."""

    async def affected(self, field: str, value: str, now: datetime, limit: int) -> list[AffectedAppointment]:
        """Booked appointments to come whose `field` is `value`, earliest first.

        `field` is practitioner_id, room, devices or visit_type_id.
        """
        ...

    async def ever_booked(self, field: str, value: str) -> bool:
        """Whether any appointment, also a past one, has that value."""
        ...

    async def affected_between(
        self, start: datetime, end: datetime, practitioner_id: PractitionerId | None, limit: int
    ) -> list[AffectedAppointment]:
        """Booked appointments that start in [start, end), of one practitioner or all, earliest first."""
        ...
