"""What a message of a plan says about where it belongs, and what is known about the course of a plan for one patient.

An enrolment (`<plan>/<ref>`) is one plan for one anchor: its answers, its ending and its loops are its own. Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Any

from wxbot.booking.models import Appointment, AppointmentId
from wxbot.care.models import Condition, Due, Fact, Question, Until
from wxbot.care.records import Decision
from wxbot.clinic.models import VisitTypeId
from wxbot.database import Mapper
from wxbot.history.models import ContactId, PatientId
from wxbot.surveys.models import SurveyResponse

_CONDITION, _QUESTION = Mapper(Condition), Mapper(Question)


def enrolment_of(plan: str, ref: str) -> str:
    """The name of one plan for one anchor."""
    return f"{plan}/{ref}"


def course_of(due: Due, first_due: datetime) -> dict[str, Any]:
    """What a message keeps of its plan, beside the precondition of its anchor; `first_due` is of its loop's first."""
    step = due.step
    kept: dict[str, Any] = {"plan": due.plan.key, "step": step.base or step.key, "ref": due.anchor.ref}
    if step.when:
        kept["when"] = [_CONDITION.document(each) for each in step.when]
    if any(each.fact is Fact.RETURNED for each in step.when):
        kept["began"] = due.anchor.at
    if step.question is not None:
        kept["question"] = _QUESTION.document(step.question)
    if step.loop is not None and step.occurrence > 1:
        kept |= {"until": step.loop.until.value, "since": first_due}
    return kept


@dataclass(frozen=True, kw_only=True)
class Course:
    """The same, read back. `step` is the first occurrence's key, `since` when that was due.

    `began` is when the anchor was, for who asks whether the patient came again since.
    """

    plan: str
    step: str
    ref: str
    when: tuple[Condition, ...] = ()
    until: Until | None = None
    since: datetime | None = None
    began: datetime | None = None
    question: Question | None = None
    asked: str = ""  # the decision it waits for, after a gap

    @property
    def enrolment(self) -> str:
        """Its plan for its anchor."""
        return enrolment_of(self.plan, self.ref)

    def key_of(self, step: str) -> str:
        """The key of another step of the same plan for the same anchor."""
        return f"{self.plan}/{step}/{self.ref}"


def read_course(precondition: Mapping[str, Any]) -> Course | None:
    """Where a message belongs; None of one that no plan sent, or that was enqueued before plans said so."""
    if not precondition.get("plan") or not precondition.get("ref"):
        return None
    until = precondition.get("until")
    return Course(
        plan=str(precondition["plan"]),
        step=str(precondition.get("step", "")),
        ref=str(precondition["ref"]),
        when=tuple(_CONDITION.thing(each) for each in precondition.get("when", ())),
        until=None if until is None else Until(until),
        since=precondition.get("since"),
        began=precondition.get("began"),
        asked=str(precondition.get("asked", "")),
        question=_QUESTION.thing(precondition["question"]) if precondition.get("question") else None,
    )


@dataclass(frozen=True, kw_only=True)
class CourseFacts:
    """What conditions, loop ends and endings are judged by, read for a whole batch.

    `answers`: of each enrolment, the value of the latest answer by the question's step. `endings`: why an enrolment was
    ended, for staff. `heard` and `reached`: when a contact last wrote, and a call last reached a patient. `coming`: the
    booked visits of a patient, `returned` those since an anchor that took place or are booked. `classes`: M or C by
    appointment. `decisions`: those taken after gaps. `hand_set`: the times set by hand, by key. `projects`: the names
    of visit types. `surveys`: the responses to surveys that steps asked, by the step's key. Of merged duplicates the
    record they became is meant.
    """

    answers: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    endings: Mapping[str, str] = field(default_factory=dict)
    heard: Mapping[ContactId, datetime] = field(default_factory=dict)
    reached: Mapping[PatientId, datetime] = field(default_factory=dict)
    coming: Mapping[PatientId, tuple[Appointment, ...]] = field(default_factory=dict)
    returned: Mapping[PatientId, tuple[Appointment, ...]] = field(default_factory=dict)
    classes: Mapping[AppointmentId, str] = field(default_factory=dict)
    decisions: Mapping[str, Decision] = field(default_factory=dict)
    projects: Mapping[VisitTypeId, str] = field(default_factory=dict)
    hand_set: Mapping[str, datetime] = field(default_factory=dict)
    surveys: Mapping[str, SurveyResponse] = field(default_factory=dict)
    tz: tzinfo = UTC
