"""What the front desk asks of rooms beside it."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from wxbot.booking.models import Appointment, AppointmentId
from wxbot.history.models import PatientId
from wxbot.visits.models import VisitRecord
from wxbot.waitlist.models import Entry


class FilledIntakes(Protocol):
    """Whose questionnaire is there. Implemented by `wxbot/reception/intakes.py` over what patients and staff filled."""

    async def of(self, visits: Collection[Appointment]) -> frozenset[AppointmentId]:
        """Those of the visits whose patient's answers are there."""
        ...


class EndedWaits(Protocol):
    """Knows what patients waited for. Answered by the store of the waitlist."""

    async def ended_of(self, patient_ids: Collection[PatientId]) -> Sequence[Entry]:
        """Those patients' entries that ended, however that was."""
        ...


class NotedVisits(Protocol):
    """Knows what was noted about visits. Answered by the store of visit records."""

    async def of(self, ids: Collection[AppointmentId]) -> Mapping[AppointmentId, VisitRecord]:
        """Those that exist, by appointment."""
        ...
