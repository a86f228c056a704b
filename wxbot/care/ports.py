"""What care asks of rooms above it."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Protocol

from wxbot.booking.models import AppointmentId
from wxbot.history.models import PatientId


class VisitClasses(Protocol):
    """Says how visits were classed at the front desk (A4-10). Implemented by reception."""

    async def classes(self, ids: Collection[AppointmentId]) -> Mapping[AppointmentId, str]:
        """M or C of those visits that were classed."""
        ...


class ReachedCalls(Protocol):
    """Says when patients were last reached by telephone. Implemented by followups."""

    async def reached(self, patient_ids: Collection[PatientId], since: datetime) -> Mapping[PatientId, datetime]:
        """The latest moment of each patient who was reached after `since`."""
        ...
