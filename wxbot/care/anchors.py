"""Present facts as anchors: an appointment, the end of a treatment, a birthday. Pure."""

from datetime import date

from wxbot.booking.models import Appointment
from wxbot.care.models import Anchor, AnchorKind
from wxbot.care.offsets import midnight
from wxbot.clinic.models import Clinic
from wxbot.patients.models import Patient


def booked_anchor(appointment: Appointment) -> Anchor | None:
    """The moment an appointment was made or moved; None where nobody can be written to any more.

    The version is part of the name, so a moved appointment is a new fact with messages of its own.
    """
    if appointment.contact_id is None:
        return None
    return Anchor(
        kind=AnchorKind.BOOKED,
        ref=_ref(appointment),
        at=appointment.changed_at or appointment.created_at,
        contact_id=appointment.contact_id,
        patient_id=appointment.patient_id,
        new_patient=appointment.new_patient,
        wanted=_as_it_stands(appointment),
        latest=appointment.start,
        source=appointment,
    )


def appointment_anchor(appointment: Appointment) -> Anchor | None:
    """The hour of an appointment; None where nobody can be written to any more."""
    if appointment.contact_id is None:
        return None
    return Anchor(
        kind=AnchorKind.APPOINTMENT,
        ref=_ref(appointment),
        at=appointment.start,
        contact_id=appointment.contact_id,
        patient_id=appointment.patient_id,
        new_patient=appointment.new_patient,
        wanted=_as_it_stands(appointment),
        created_at=appointment.changed_at or appointment.created_at,
        source=appointment,
    )


def treatment_anchor(appointment: Appointment, clinic: Clinic) -> Anchor | None:
    """The end of an attended visit; None where its visit type has no aftercare or nobody can be written to."""
    visit_type = clinic.visit_type(appointment.visit_type_id)
    if appointment.contact_id is None or visit_type is None or visit_type.aftercare is None:
        return None
    return Anchor(
        kind=AnchorKind.TREATMENT,
        ref=f"treatment:{appointment.id}",
        at=appointment.end,
        contact_id=appointment.contact_id,
        patient_id=appointment.patient_id,
        new_patient=appointment.new_patient,
        treatment=visit_type.aftercare,
        wanted={"kind": "treatment", "id": appointment.id},
        source=appointment,
    )


def birthday_anchor(patient: Patient, day: date, clinic: Clinic) -> Anchor | None:
    """The local day on which a birthday is celebrated; None where nobody can be written to."""
    if patient.contact_id is None:
        return None
    return Anchor(
        kind=AnchorKind.BIRTHDAY,
        ref=f"birthday:{patient.id}:{day.isoformat()}",
        at=midnight(day, clinic.timezone),
        contact_id=patient.contact_id,
        patient_id=patient.id,
        wanted={"kind": "birthday", "id": patient.id, "day": day.isoformat()},
        source=patient,
    )


def _ref(appointment: Appointment) -> str:
    return f"appointment:{appointment.id}:v{appointment.version}"


def _as_it_stands(appointment: Appointment) -> dict[str, object]:
    return {"kind": "appointment", "id": appointment.id, "version": appointment.version}
