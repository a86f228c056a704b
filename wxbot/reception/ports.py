"""What the front desk asks of rooms beside it."""

from collections.abc import Collection
from typing import Protocol

from wxbot.booking.models import Appointment, AppointmentId


class FilledIntakes(Protocol):
    """Whose questionnaire is there. Implemented by `wxbot/reception/intakes.py` over what patients and staff filled."""

    async def of(self, visits: Collection[Appointment]) -> frozenset[AppointmentId]:
        """Those of the visits whose patient's answers are there."""
        ...
