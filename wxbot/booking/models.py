"""Appointments and slots."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NewType

from wxbot.clinic.models import PractitionerId, VisitTypeId
from wxbot.history.models import ContactId, PatientId

AppointmentId = NewType("AppointmentId", str)


class AppointmentState(StrEnum):
    """The state of an appointment."""

    BOOKED = "booked"
    CANCELLED = "cancelled"
    COMPLETED = "completed"  # the patient came
    NO_SHOW = "no_show"  # the patient did not come


@dataclass(frozen=True, kw_only=True)
class Slot:
    """号源: an hour that can be booked. Times are aware UTC."""

    practitioner_id: PractitionerId
    start: datetime
    end: datetime


@dataclass(frozen=True, kw_only=True)
class Day:
    """A local day on which at least one hour is free."""

    date: date
    free_count: int  # free starts, however many practitioners share one


@dataclass(frozen=True, kw_only=True)
class Appointment:
    """预约. `version` grows with every change; `request_key` makes one request book once."""

    id: AppointmentId
    request_key: str
    contact_id: ContactId | None
    patient_id: PatientId
    visit_type_id: VisitTypeId
    practitioner_id: PractitionerId
    room: str
    start: datetime
    end: datetime
    created_at: datetime
    new_patient: bool  # the patient had not been seen here before
    state: AppointmentState = AppointmentState.BOOKED
    version: int = 1
    changed_at: datetime | None = None
    closed_at: datetime | None = None
    by: str = "patient"  # who made it
    changed_by: str | None = None  # who made the latest change
    move_key: str | None = None  # the request that moved it last, so that one request moves once
    moved_from: datetime | None = None  # the hour before the last move
    cancel_reason: str = ""
    confirmed_at: datetime | None = None  # 确认到诊: the patient said that they will come (A4-14); a move undoes it
    confirmed_by: str | None = None

    @property
    def live(self) -> bool:
        """Whether the patient is still expected."""
        return self.state is AppointmentState.BOOKED
