"""`booked`: the moment an appointment was made or moved."""

from collections.abc import AsyncIterator, Iterable, Sequence

from wxbot.booking.models import Appointment
from wxbot.care.anchors.appointment import AppointmentHour, precondition_of
from wxbot.care.anchors.kind import PatientFacts, Sources
from wxbot.care.anchors.visits import version_ref
from wxbot.care.models import Anchor
from wxbot.care.spans import Span


def booked_anchor(appointment: Appointment) -> Anchor | None:
    """The moment an appointment was made or moved; None where nobody can or shall be written to."""
    if appointment.contact_id is None or appointment.move_not_announced:
        return None
    return Anchor(
        kind=BOOKED.key,
        ref=version_ref(appointment),
        at=appointment.changed_at or appointment.created_at,
        contact_id=appointment.contact_id,
        patient_id=appointment.patient_id,
        new_patient=appointment.new_patient,
        precondition=precondition_of(appointment),
        latest=appointment.start,
        source=appointment,
    )


class Booked(AppointmentHour):
    """Confirmations. Their wording and their precondition are those of reminders of the same appointment."""

    key = "booked"
    follows_action = True

    async def collect(self, sources: Sources, spans: Sequence[Span]) -> AsyncIterator[list[Anchor]]:
        """Booked appointments made or moved since the earliest moment asked for, in one query."""
        if spans:
            found = await sources.booking.changed_since(spans[0].start)
            yield [anchor for each in found if (anchor := booked_anchor(each)) is not None]

    def of_patient(self, facts: PatientFacts) -> Iterable[Anchor]:
        """The bookings whose visit is not over."""
        live = (each for each in facts.appointments if each.live and each.end > facts.now)
        return [anchor for each in live if (anchor := booked_anchor(each)) is not None]


BOOKED = Booked()
