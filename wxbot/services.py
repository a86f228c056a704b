"""Every use-case object of the house, by name. The edges receive this and nothing else."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from wxbot.booking.service import Booking
from wxbot.care.service import Care
from wxbot.clinic.models import Clinic
from wxbot.clock import Clock
from wxbot.followups.service import FollowUps
from wxbot.history.service import History
from wxbot.outbox.service import Outbox
from wxbot.patients.service import Patients
from wxbot.templates.service import Templates


class Unfinished(Protocol):
    """Finishes pushes whose process died between claim and completion. Implemented by dispatch."""

    async def finish(self) -> int:
        """Take over what was left behind; the number finished."""
        ...

    async def forget(self, openid: str) -> None:
        """Erase every claim and dialog of that openid."""
        ...

    async def oldest_received_at(self) -> datetime | None:
        """When the oldest unfinished push came in, by the machine's time."""
        ...


@dataclass(frozen=True, kw_only=True)
class Services:
    """One field per room."""

    clock: Clock
    clinic: Clinic
    history: History
    patients: Patients
    templates: Templates
    outbox: Outbox
    followups: FollowUps
    booking: Booking
    care: Care
    unfinished: Unfinished | None = None  # dispatch stands on the services, so it is added last
