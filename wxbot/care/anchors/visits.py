"""What the anchors that hang on an appointment have in common. Pure."""

from collections.abc import Mapping
from datetime import datetime

from wxbot.booking.models import Appointment, AppointmentId
from wxbot.booking.sentences import day_words, hour_words, practitioner_words
from wxbot.care.anchors.kind import Precondition
from wxbot.care.models import Anchor
from wxbot.care.reminders import VARIABLES as REMINDER_VARIABLES
from wxbot.clinic.models import Clinic

PERSON_VARIABLES = frozenset({"name", "patient"})
VISIT_VARIABLES = PERSON_VARIABLES | REMINDER_VARIABLES | {
    "date", "time", "date_field", "time_field", "visit_type", "bring", "practitioner", "title", "speciality", "room"
}  # fmt: skip


def version_ref(appointment: Appointment) -> str:
    """The name of an appointment at its hour: a moved one has another name, and messages of its own."""
    return f"appointment:{appointment.id}:v{appointment.standing_since}"


def visit_values(anchor: Anchor, clinic: Clinic) -> Mapping[str, str]:
    """The values of VISIT_VARIABLES that an appointment alone fills; what the clinic has removed is empty."""
    appointment = anchor.source
    if not isinstance(appointment, Appointment):
        return {}
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


def came_at(visit: Appointment) -> datetime:
    """When the patient came to a visit, or is to come: who comes early may have left before its hour."""
    return visit.arrived_at or visit.start


def appointment_id(precondition: Precondition) -> AppointmentId:
    """The appointment that a precondition names."""
    return AppointmentId(str(precondition.get("id")))
