"""`treatment`: the end of an attended visit whose type has aftercare."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence

from wxbot.booking.models import Appointment, AppointmentId, AppointmentState
from wxbot.care.anchors.kind import MET, Facts, PatientFacts, Precondition, Sources, unwanted
from wxbot.care.anchors.visits import VISIT_VARIABLES, appointment_id, visit_values
from wxbot.care.models import Anchor
from wxbot.care.spans import Span
from wxbot.clinic.models import Clinic
from wxbot.outbox.ports import Verdict


def treatment_anchor(appointment: Appointment, clinic: Clinic) -> Anchor | None:
    """The end of an attended visit; None where its visit type has no aftercare or nobody can be written to."""
    visit_type = clinic.visit_type(appointment.visit_type_id)
    if appointment.contact_id is None or visit_type is None or visit_type.aftercare is None:
        return None
    return Anchor(
        kind=TREATMENT.key,
        ref=f"treatment:{appointment.id}",
        at=appointment.end,
        contact_id=appointment.contact_id,
        patient_id=appointment.patient_id,
        new_patient=appointment.new_patient,
        treatment=visit_type.aftercare,
        precondition={"kind": TREATMENT.key, "id": appointment.id},
        source=appointment,
    )


class Treatment:
    """Aftercare."""

    key = "treatment"
    variables = VISIT_VARIABLES
    has_treatment = True
    has_audience = True
    follows_action = False

    async def collect(self, sources: Sources, spans: Sequence[Span]) -> AsyncIterator[list[Anchor]]:
        """Completed visits that ended within the spans, a query for each span."""
        for span in spans:
            ended = await sources.booking.treated_between(span.start, span.end)
            yield [anchor for each in ended if (anchor := treatment_anchor(each, sources.clinic)) is not None]

    def of_patient(self, facts: PatientFacts) -> Iterable[Anchor]:
        """The completed visits."""
        attended = (each for each in facts.appointments if each.state is AppointmentState.COMPLETED)
        return [anchor for each in attended if (anchor := treatment_anchor(each, facts.clinic)) is not None]

    def fill(self, anchor: Anchor, clinic: Clinic) -> Mapping[str, str]:
        """What a message may say of the visit."""
        return visit_values(anchor, clinic)

    def appointment_of(self, precondition: Precondition) -> AppointmentId | None:
        """The visit that ended."""
        return appointment_id(precondition)

    def judge(self, precondition: Precondition, facts: Facts) -> Verdict:
        """Wanted while the visit counts as attended."""
        appointment = facts.appointments.get(appointment_id(precondition))
        if appointment is None or appointment.state is not AppointmentState.COMPLETED:
            return unwanted("not_treated", "这次就诊没有完成，不需要诊后关怀")
        return MET


TREATMENT = Treatment()
