"""What every kind of anchor provides, and what it may read."""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol

from wxbot.booking.models import Appointment, AppointmentId
from wxbot.booking.service import Booking
from wxbot.care.course import CourseFacts
from wxbot.care.dates import PatientDate
from wxbot.care.models import Anchor
from wxbot.care.ports import LeadSource
from wxbot.care.spans import Span
from wxbot.care.stores.dates import DateStore
from wxbot.clinic.models import Clinic
from wxbot.followups.models import FollowUp
from wxbot.history.models import PatientId
from wxbot.outbox.ports import Verdict
from wxbot.patients.models import Birthday, Patient
from wxbot.patients.service import Patients

Precondition = Mapping[str, Any]
"""What must still hold when a message leaves; `kind` is the key of the anchor kind that judges it."""

MET = Verdict(met=True)


@dataclass(frozen=True, kw_only=True)
class Sources:
    """Where anchors are collected from; without `dates` nobody has noted any."""

    booking: Booking
    patients: Patients
    clinic: Clinic
    leads: LeadSource | None = None
    dates: DateStore | None = None


@dataclass(frozen=True, kw_only=True)
class PatientFacts:
    """One patient's facts; `appointments` of every state, `next_birthday` the next local day it is celebrated on.

    `leads` are the follow-ups that made a lead of them, the oldest first, `dates` those that stand; what comes each
    year is looked for from the local day `day` on.
    """

    patient: Patient
    appointments: Sequence[Appointment]
    next_birthday: date | None
    clinic: Clinic
    now: datetime
    day: date
    leads: Sequence[FollowUp] = ()
    dates: Sequence[PatientDate] = ()


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Present facts for all preconditions of a batch.

    `celebrated` is whether a birthday may be greeted on a day; `dates` those of patients that the messages name;
    `course` what happened since the plans began; `leads` what was opened about a patient as a lead, the oldest first.
    """

    appointments: Mapping[AppointmentId, Appointment]
    patients: Mapping[PatientId, Patient]
    celebrated: Callable[[Birthday, date], bool]
    dates: Mapping[str, PatientDate] = field(default_factory=dict)
    course: CourseFacts = field(default_factory=CourseFacts)
    leads: Mapping[PatientId, Sequence[FollowUp]] = field(default_factory=dict)


class AnchorKind(Protocol):
    """One kind of anchor: which facts it collects, what its wording may name, what keeps its messages wanted."""

    @property
    def key(self) -> str:
        """The word that care plans and preconditions use for it."""
        ...

    @property
    def variables(self) -> frozenset[str]:
        """The names of what is filled in templates, beside what every message may name of the clinic."""
        ...

    @property
    def has_treatment(self) -> bool:
        """Whether a plan may be limited to one kind of aftercare."""
        ...

    @property
    def has_audience(self) -> bool:
        """Whether new and returning patients can be told apart."""
        ...

    @property
    def follows_action(self) -> bool:
        """Whether the patient has just acted, so that a step may leave in quiet hours as an answer."""
        ...

    def collect(self, sources: Sources, spans: Sequence[Span]) -> AsyncIterator[list[Anchor]]:
        """The anchors within the spans, in portions; queries per span or per day, never per anchor."""
        ...

    def of_patient(self, facts: PatientFacts) -> Iterable[Anchor]:
        """The anchors of one patient on which steps may still come."""
        ...

    def fill(self, anchor: Anchor, clinic: Clinic) -> Mapping[str, str]:
        """The values of `variables` for an anchor, except `name` and `patient`, which are the same for all kinds."""
        ...

    def appointment_of(self, precondition: Precondition) -> AppointmentId | None:
        """The appointment that a precondition depends on, to be read for the whole batch at once."""
        ...

    def judge(self, precondition: Precondition, facts: Facts) -> Verdict:
        """Whether a message with that precondition is still wanted, and if not, why."""
        ...


def unwanted(reason: str, explanation: str) -> Verdict:
    """A verdict against sending: a code and words for staff."""
    return Verdict(met=False, reason=reason, explanation=explanation)
