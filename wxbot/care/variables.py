"""What the wording of a care message may name. Pure.

`name` is empty until a patient tells it, so a template says what to write instead; `patient` never is: it falls
back to the alias, for cards whose fields must not be empty.
"""

from collections.abc import Mapping
from typing import Any

from wxbot.booking.models import Appointment
from wxbot.booking.sentences import day_words, hour_words, practitioner_words
from wxbot.care.models import Anchor, AnchorKind
from wxbot.clinic.models import Clinic
from wxbot.patients.models import Contact, Patient

_PERSON = frozenset({"name", "patient"})
_VISIT = _PERSON | {
    "date", "time", "date_field", "time_field", "visit_type", "bring", "practitioner", "title", "speciality", "room"
}  # fmt: skip
VARIABLES: Mapping[AnchorKind, frozenset[str]] = {
    AnchorKind.BOOKED: _VISIT,
    AnchorKind.APPOINTMENT: _VISIT,
    AnchorKind.TREATMENT: _VISIT,
    AnchorKind.BIRTHDAY: _PERSON,
}
"""What is filled for each kind of anchor, beside what every message may name of the clinic."""


def variables_for(anchor: Anchor, clinic: Clinic, patient: Patient | None, contact: Contact | None) -> dict[str, Any]:
    """Everything a template of a care plan may name for this anchor, as text."""
    name = (patient.name if patient else None) or ""
    filled = {
        "name": name,
        "patient": name or (contact.alias if contact else ""),
        "clinic_name": clinic.name,
        "clinic_address": clinic.address,
        "clinic_phone": clinic.phone,
    }
    if isinstance(anchor.source, Appointment):
        filled |= _visit(anchor.source, clinic)
    return filled


def _visit(appointment: Appointment, clinic: Clinic) -> dict[str, str]:
    start = appointment.start.astimezone(clinic.timezone)
    practitioner = clinic.practitioner(appointment.practitioner_id)
    visit_type = clinic.visit_type(appointment.visit_type_id)
    return {
        "date": day_words(start.date()),
        "time": hour_words(start.time()),
        "date_field": f"{start.year}年{start.month}月{start.day}日",  # the form of a card's `date` (reference §5.2)
        "time_field": f"{start.year}年{start.month}月{start.day}日 {start:%H:%M}",  # a card's `time`
        "visit_type": visit_type.name if visit_type else "",
        "bring": visit_type.bring if visit_type else "",
        "practitioner": practitioner_words(practitioner) if practitioner else "",
        "title": practitioner.title if practitioner else "",
        "speciality": practitioner.speciality if practitioner else "",
        "room": clinic.room_name(appointment.room),
    }
