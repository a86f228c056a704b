"""`appointment`: the hour of an appointment."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import timedelta

from wxbot.booking.models import Appointment, AppointmentId, AppointmentState
from wxbot.care.anchors.kind import MET, Facts, PatientFacts, Precondition, Sources, unwanted
from wxbot.care.anchors.visits import VISIT_VARIABLES, appointment_id, version_ref, visit_values
from wxbot.care.models import Anchor
from wxbot.care.spans import Span
from wxbot.clinic.models import Clinic
from wxbot.outbox.ports import Verdict

SLICE = timedelta(hours=2)  # of appointments asked for at once: reading a whole day in one piece takes 80 ms
FEW = 50  # in a whole span, read in one piece: some milliseconds

_NOT_BOOKED = {
    AppointmentState.CANCELLED: unwanted("appointment_cancelled", "预约已取消，不再发送"),
    AppointmentState.COMPLETED: unwanted("appointment_over", "患者已就诊，不再发送"),
    AppointmentState.NO_SHOW: unwanted("appointment_missed", "患者未到诊，不再发送"),
}


def appointment_anchor(appointment: Appointment) -> Anchor | None:
    """The hour of an appointment; None where nobody can be written to any more."""
    if appointment.contact_id is None:
        return None
    return Anchor(
        kind=APPOINTMENT.key,
        ref=version_ref(appointment),
        at=appointment.start,
        contact_id=appointment.contact_id,
        patient_id=appointment.patient_id,
        new_patient=appointment.new_patient,
        precondition=precondition_of(appointment),
        created_at=appointment.changed_at or appointment.created_at,
        ends_reminders=True,
        source=appointment,
    )


def precondition_of(appointment: Appointment) -> Precondition:
    """That the appointment is still booked and was not moved since."""
    return {"kind": APPOINTMENT.key, "id": appointment.id, "version": appointment.standing_since}


def _anchors(appointments: Iterable[Appointment]) -> list[Anchor]:
    return [anchor for each in appointments if (anchor := appointment_anchor(each)) is not None]


class AppointmentHour:
    """Reminders of a visit."""

    key = "appointment"
    variables = VISIT_VARIABLES
    has_treatment = False
    has_audience = True
    follows_action = False

    async def collect(self, sources: Sources, spans: Sequence[Span]) -> AsyncIterator[list[Anchor]]:
        """Booked appointments that start within the spans, a query for each; where they are many, by two hours."""
        for span in spans:
            found = await sources.booking.around(span.start, span.end, FEW + 1)
            if len(found) <= FEW:
                yield _anchors(found)
                continue
            for piece in span.slices(SLICE):
                yield _anchors(await sources.booking.around(piece.start, piece.end))

    def of_patient(self, facts: PatientFacts) -> Iterable[Anchor]:
        """The visits that are not over."""
        live = (each for each in facts.appointments if each.live and each.end > facts.now)
        return [anchor for each in live if (anchor := appointment_anchor(each)) is not None]

    def fill(self, anchor: Anchor, clinic: Clinic) -> Mapping[str, str]:
        """What a message may say of the visit."""
        return visit_values(anchor, clinic)

    def appointment_of(self, precondition: Precondition) -> AppointmentId | None:
        """The appointment itself."""
        return appointment_id(precondition)

    def judge(self, precondition: Precondition, facts: Facts) -> Verdict:
        """Wanted while it is booked for the same hour."""
        appointment = facts.appointments.get(appointment_id(precondition))
        if appointment is None:
            return unwanted("appointment_gone", "预约已不存在，不再发送")
        if appointment.state is not AppointmentState.BOOKED:
            return _NOT_BOOKED[appointment.state]
        if appointment.standing_since != precondition.get("version"):
            return unwanted("appointment_moved", "预约已改期，按新的时间另行提醒")
        return MET


APPOINTMENT = AppointmentHour()
