"""What is asked of `SlotClaims`, and the place that an appointment or a hold would take."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from wxbot.booking.models import Appointment, ClinicChange, Hold, Slot
from wxbot.booking.needs import Resources
from wxbot.booking.slot_finder import SlotQuery
from wxbot.clinic.models import Practitioner, VisitType
from wxbot.history.models import ContactId, PatientId


@dataclass(frozen=True, kw_only=True)
class BookingRequest:
    """One request to book. `key` makes it book once; `by` is how the appointment names who asked.

    `overbooked` is why it shall be made although nothing is free; `hold` what the contact holds elsewhere.
    """

    key: str
    contact_id: ContactId | None
    patient_id: PatientId
    query: SlotQuery
    start: datetime
    by: str
    now: datetime
    new_patient: bool
    overbooked: str = ""
    hold: Hold | None = None


@dataclass(frozen=True, kw_only=True)
class MoveRequest:
    """One request to move an appointment; the fields as those of a booking."""

    key: str
    before: Appointment
    query: SlotQuery
    start: datetime
    by: str
    now: datetime
    overbooked: str = ""
    hold: Hold | None = None
    clinic_change: ClinicChange | None = None  # where the clinic, not the patient, wants it
    move_not_announced: bool = False


@dataclass(frozen=True, kw_only=True)
class Place:
    """One slot with the room and devices that it would occupy."""

    slot: Slot
    practitioner: Practitioner
    resources: Resources
    busy_from: datetime
    busy_until: datetime
    overbooked: str = ""

    @classmethod
    def of(cls, slot: Slot, practitioner: Practitioner, resources: Resources, visit_type: VisitType) -> "Place":
        """With preparation and cleaning up as the visit type has them."""
        return cls(
            slot=slot,
            practitioner=practitioner,
            resources=resources,
            busy_from=slot.start - timedelta(minutes=visit_type.before_minutes),
            busy_until=slot.end + timedelta(minutes=visit_type.after_minutes),
        )
