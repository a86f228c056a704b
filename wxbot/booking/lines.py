"""The transcript's line for the state of an appointment. Pure.

The id names the appointment and its version, so writing the same line again keeps one.
"""

from typing import Any

from wxbot.booking.models import Appointment, AppointmentState
from wxbot.booking.sentences import appointment_words
from wxbot.clinic.models import Clinic
from wxbot.history.models import Interaction, Kind


def line(appointment: Appointment, clinic: Clinic) -> Interaction:
    """What happened last to this appointment."""
    payload: dict[str, Any] = {
        "summary": appointment_words(appointment, clinic),
        "visit_type_id": appointment.visit_type_id,
        "practitioner_id": appointment.practitioner_id,
        "start": appointment.start,
        "end": appointment.end,
        "state": appointment.state.value,
        "version": appointment.version,
    }
    kind = _kind(appointment)
    if kind is Kind.APPOINTMENT_MOVED:
        payload["moved_from"] = appointment.moved_from
    if appointment.clinic_change is not None:
        payload["clinic_reason"] = appointment.clinic_change.reason  # it does not count against the patient
    if kind is Kind.APPOINTMENT_CANCELLED:
        payload["reason"] = appointment.cancel_reason
    return Interaction(
        id=f"appointment:{appointment.id}:v{appointment.version}",
        at=appointment.closed_at or appointment.changed_at or appointment.created_at,
        kind=kind,
        contact_id=appointment.contact_id,
        patient_id=appointment.patient_id,
        by=appointment.changed_by or appointment.by,
        payload=payload,
        ref=appointment.id,
    )


def confirmed_line(appointment: Appointment, clinic: Clinic) -> Interaction:
    """The patient said that they will come to this hour."""
    return Interaction(
        id=f"appointment:{appointment.id}:v{appointment.version}:confirmed",
        at=appointment.confirmed_at or appointment.created_at,
        kind=Kind.APPOINTMENT_CONFIRMED,
        contact_id=appointment.contact_id,
        patient_id=appointment.patient_id,
        by=appointment.confirmed_by or appointment.by,
        payload={"summary": appointment_words(appointment, clinic), "version": appointment.version},
        ref=appointment.id,
    )


def stage_line(appointment: Appointment, clinic: Clinic) -> Interaction:
    """The patient reached a stage of the visit, or what was noted by mistake was taken back."""
    return Interaction(
        id=f"appointment:{appointment.id}:v{appointment.version}",
        at=appointment.changed_at or appointment.created_at,
        kind=Kind.APPOINTMENT_STAGE,
        contact_id=appointment.contact_id,
        patient_id=appointment.patient_id,
        by=appointment.changed_by or appointment.by,
        payload={
            "summary": f"{appointment.stage.label} · {appointment_words(appointment, clinic)}",
            "stage": appointment.stage.value,
            "state": appointment.state.value,
            "version": appointment.version,
        },
        ref=appointment.id,
    )


def _kind(appointment: Appointment) -> Kind:
    if appointment.state is AppointmentState.CANCELLED:
        return Kind.APPOINTMENT_CANCELLED
    if appointment.state is not AppointmentState.BOOKED:
        return Kind.APPOINTMENT_CLOSED
    return Kind.APPOINTMENT_BOOKED if appointment.version == 1 else Kind.APPOINTMENT_MOVED
