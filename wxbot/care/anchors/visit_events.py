"""`first_visit`, `visit`, `no_show`, `arrived`: what became of an appointment on its day.

`first_visit` and `visit` are the end of an attended visit (A4-41, recalls), `no_show` the hour of a missed one,
`arrived` the moment at which the patient came. A stage that is taken back takes its messages along: each is judged by
the state of the appointment when it is to leave.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from wxbot.booking.models import Appointment, AppointmentId, AppointmentState
from wxbot.care.anchors.kind import MET, Facts, PatientFacts, Precondition, Sources, unwanted
from wxbot.care.anchors.visits import VISIT_VARIABLES, appointment_id, visit_values
from wxbot.care.models import Anchor
from wxbot.care.spans import Span
from wxbot.clinic.models import Clinic
from wxbot.outbox.ports import Verdict

EARLY, LATE = timedelta(hours=12), timedelta(hours=12)
"""How long before and after its hour somebody may arrive for a visit: all of its day."""


@dataclass(frozen=True, kw_only=True)
class VisitEvent:
    """One kind of them: in which states an appointment has it, when it was, and why a message is wanted no more."""

    key: str
    states: frozenset[AppointmentState]
    moment: Callable[[Appointment], datetime | None]  # None: it did not happen
    gone: Verdict
    by_start: bool = False  # found by the hour of the appointment, of any state; else by its end and its one state
    has_audience: bool = True
    variables: frozenset[str] = VISIT_VARIABLES
    has_treatment: bool = False
    follows_action: bool = False

    async def collect(self, sources: Sources, spans: Sequence[Span]) -> AsyncIterator[list[Anchor]]:
        """The events within the spans, a query for each span."""
        for span in spans:
            if self.by_start:
                near = await sources.booking.starting_in(span.start - LATE, span.end + EARLY)
            else:
                (state,) = self.states
                near = await sources.booking.ended_between(state, span.start, span.end)
            found = (anchor for each in near if (anchor := self._anchor(each)) is not None)
            yield [each for each in found if span.start <= each.at < span.end]

    def of_patient(self, facts: PatientFacts) -> Iterable[Anchor]:
        """Those of the patient's appointments."""
        return [anchor for each in facts.appointments if (anchor := self._anchor(each)) is not None]

    def fill(self, anchor: Anchor, clinic: Clinic) -> Mapping[str, str]:
        """What a message may say of the visit."""
        return visit_values(anchor, clinic)

    def appointment_of(self, precondition: Precondition) -> AppointmentId | None:
        """The appointment."""
        return appointment_id(precondition)

    def judge(self, precondition: Precondition, facts: Facts) -> Verdict:
        """Wanted while the appointment is what it was."""
        appointment = facts.appointments.get(appointment_id(precondition))
        return MET if appointment is not None and self._moment_of(appointment) is not None else self.gone

    def _moment_of(self, appointment: Appointment) -> datetime | None:
        return self.moment(appointment) if appointment.state in self.states else None

    def _anchor(self, appointment: Appointment) -> Anchor | None:
        at = self._moment_of(appointment)
        if at is None or appointment.contact_id is None:
            return None
        return Anchor(
            kind=self.key,
            ref=f"{self.key}:{appointment.id}",
            at=at,
            contact_id=appointment.contact_id,
            patient_id=appointment.patient_id,
            new_patient=appointment.new_patient,
            precondition={"kind": self.key, "id": appointment.id},
            source=appointment,
        )


_COMPLETED = frozenset({AppointmentState.COMPLETED})
_NOT_ATTENDED = unwanted("not_attended", "这次就诊没有完成，不再发送")

FIRST_VISIT = VisitEvent(
    key="first_visit",
    states=_COMPLETED,
    moment=lambda appointment: appointment.end if appointment.new_patient else None,
    gone=_NOT_ATTENDED,
    has_audience=False,
)
VISIT = VisitEvent(key="visit", states=_COMPLETED, moment=lambda appointment: appointment.end, gone=_NOT_ATTENDED)
NO_SHOW = VisitEvent(
    key="no_show",
    states=frozenset({AppointmentState.NO_SHOW}),
    moment=lambda appointment: appointment.end,
    gone=unwanted("came_after_all", "未到诊已撤销，不再发送"),
)
ARRIVED = VisitEvent(
    key="arrived",
    states=frozenset({AppointmentState.BOOKED, AppointmentState.COMPLETED}),
    moment=lambda appointment: appointment.arrived_at,
    gone=unwanted("not_arrived", "到诊已撤销，不再发送"),
    by_start=True,
)
