"""What undoing asks of higher rooms."""

from collections.abc import Collection
from collections.abc import Set as AbstractSet
from typing import Protocol

from wxbot.history.models import PatientId


class Bookings(Protocol):
    """Answered by booking."""

    async def with_appointments(self, patient_ids: Collection[PatientId]) -> AbstractSet[PatientId]:
        """Which of the patients have an appointment of any state."""
        ...


class Traces(Protocol):
    """Answered by history."""

    async def patients_with_lines(self, patient_ids: Collection[PatientId]) -> AbstractSet[PatientId]:
        """Which of the patients appear in the transcript."""
        ...
