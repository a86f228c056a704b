"""What is asked of `SlotClaims`, and the place that an appointment or a hold would take."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from wxbot.booking.models import Appointment, ClinicChange, Hold, Slot
from wxbot.booking.needs import Resources
from wxbot.booking.slot_finder import SlotQuery, View
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
    own_hold: Hold | None = None  # what the contact chose to hold, whichever hour it is


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


def with_hold(request: BookingRequest | MoveRequest) -> SlotQuery:
    """What the request asks for; the hold that it names is not in its way."""
    return replace(request.query, hold=None if request.hold is None else request.hold.id)


def same_hour(hold: Hold, query: SlotQuery, start: datetime) -> bool:
    """Whether the hold is what the query asks for."""
    moving = None if query.moving is None else query.moving.id
    asked = {person.id for person in query.practitioners}
    return (
        hold.slot.start == start
        and hold.slot.practitioner_id in asked
        and hold.visit_type_id == query.visit_type.id
        and hold.moving == moving
    )


def ending_holds(view: View, chosen: Sequence[str], query: SlotQuery, hold: Hold | None) -> list[Hold]:
    """The holds that end when these resources are taken: the contact's own, and what lies in the way and has ended."""
    found = {} if hold is None else {hold.id: hold}
    for each in view.ending:
        own = query.contact_id is not None and each.contact_id == query.contact_id and not each.offer
        if own or any(claim.resource in chosen for claim in each.claims):
            found[each.id] = each
    return list(found.values())
