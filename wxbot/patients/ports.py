"""What the patients' room asks of rooms beside it."""

from collections.abc import Collection
from datetime import datetime, tzinfo
from typing import Protocol

from wxbot.history.models import PatientId


class ClinicZone(Protocol):
    """A clinic, as far as its local time goes."""

    @property
    def timezone(self) -> tzinfo:
        """The clinic's zone."""
        ...


class LiveClinicZone(Protocol):
    """The holder of the present clinic. Implemented by `clinic`; read it each time."""

    @property
    def current(self) -> ClinicZone:
        """The clinic as it is set now."""
        ...


class Expected(Protocol):
    """Who is expected. Implemented by booking."""

    async def expected(self, patient_ids: Collection[PatientId], now: datetime) -> frozenset[PatientId]:
        """Those of the patients that have a booked appointment still to come."""
        ...


class OpenTasks(Protocol):
    """What people have to do about patients. Implemented by followups."""

    async def settle_of_patients(self, patient_ids: Collection[PatientId], outcome: str, now: datetime) -> int:
        """End what is open about those patients, as nobody has to do it any more; the number ended."""
        ...
