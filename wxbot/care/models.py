"""Care plans and the anchors they hang on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from enum import StrEnum
from typing import Any

from wxbot.history.models import ContactId, PatientId
from wxbot.messaging import Purpose


class Audience(StrEnum):
    """Whom a step is for."""

    EVERYONE = "everyone"
    NEW = "new"  # a first visit
    RETURNING = "returning"


class StepKind(StrEnum):
    """What a step does."""

    MESSAGE = "message"
    CALL = "call"  # a task for a colleague: ring the patient up
    QUESTION = "question"  # a message whose answer is kept and may decide about later steps
    SURVEY = "survey"  # asks a survey of config/surveys.toml, if the patient may be asked one


class CatchUp(StrEnum):
    """What becomes of a step that fell due while the service was down or the plan was paused."""

    SEND = "send"  # as long as it is still worth sending
    SKIP = "skip"
    ASK = "ask"  # a colleague decides


class AnswerKind(StrEnum):
    """How a question is answered."""

    NUMBER = "number"  # a whole number from `low` to `high`
    CHOICE = "choice"
    PHOTO = "photo"
    WORDS = "words"


class Fact(StrEnum):
    """What a condition looks at; of an answer and a survey the step's key is in `Condition.of`."""

    ANSWER = "answer"  # to an earlier question of the same plan and anchor
    TAG = "tag"
    VISIT_CLASS = "class"  # M or C (A4-10)
    PROJECT = "project"  # the visit type that the anchor is about
    SURVEY = "survey"  # what an earlier survey of the same plan and anchor came to
    RETURNED = "returned"  # since the anchor the patient came again, or a visit is to come


class Until(StrEnum):
    """What ends a loop before its cap."""

    ANSWERED = "answered"  # any occurrence of the step was answered
    FEEDBACK = "feedback"  # the patient said anything, or a call reached them, since the first occurrence (A4-46)
    BOOKED = "booked"  # a visit is to come


@dataclass(frozen=True, kw_only=True)
class Offset:
    """When a step falls, relative to its anchor. Exactly one of the first four is set; negative is before.

    `window_days` is (first, last) in days: due from the first day on, worth sending until the end of the last; with
    `best_day` (in days, too) on that day, or the nearest open one of the window.
    Then, in this order: `weekday` (0 Monday … 6) moves on to the first such day, `working_day` to the first day on
    which the clinic is open, and `jitter_minutes` spreads a step over so many minutes, the same for one anchor always.
    """

    hours: float | None = None
    days: int | None = None
    months: int | None = None
    window_days: tuple[int, int] | None = None
    best_day: int | None = None
    weekday: int | None = None
    working_day: bool = False
    jitter_minutes: int = 0


@dataclass(frozen=True, kw_only=True)
class Condition:
    """What must be so for a step to be sent; all conditions of a step must hold.

    `of` is the key of the question for Fact.ANSWER, of the survey's step for Fact.SURVEY, else empty. One of `values`
    must match, or for a number the answer must lie between `low` and `high` (inclusive). `absent`: the opposite is
    wanted; no answer counts as no match. Fact.RETURNED has no values; those of Fact.PROJECT are ids or names of visit
    types. Of Fact.SURVEY `low` and `high` are points of 100; without them it must have been answered.
    """

    fact: Fact
    of: str = ""
    values: tuple[str, ...] = ()
    low: int | None = None
    high: int | None = None
    absent: bool = False


@dataclass(frozen=True, kw_only=True)
class Loop:
    """A step is repeated every `every_days` until something happens, `most` times at most; then a person takes over."""

    every_days: int
    most: int
    until: Until


@dataclass(frozen=True, kw_only=True)
class Question:
    """How a question is answered. Danger signs are the choices in `danger`, or numbers from `danger_from` on.

    Who answers one of `concern` has not recovered or is not content: a clinician is asked to see to it (A1-22).
    """

    kind: AnswerKind
    low: int = 0
    high: int = 10
    choices: tuple[str, ...] = ()
    danger: tuple[str, ...] = ()
    danger_from: int | None = None
    concern: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Step:
    """步骤: one step of a plan. `at` is the local hour (None keeps the anchor's own).

    Of a call, `template` words what the colleague is to achieve (the goal on the card); nothing is sent. Of a survey
    it is said before the first question.
    """

    key: str
    template: str
    purpose: Purpose
    offset: Offset
    grace_hours: float  # how late it is still worth sending
    at: time | None = None
    audience: Audience = Audience.EVERYONE
    answer: bool = False  # sent at once even in quiet hours: the patient has just acted
    greeting: bool = False  # birthday or holiday greeting: never by template message
    kind: StepKind = StepKind.MESSAGE
    question: Question | None = None  # of a question
    when: tuple[Condition, ...] = ()
    loop: Loop | None = None
    catch_up: CatchUp = CatchUp.SEND
    survey: str = ""  # of a survey: its key
    no_calls: bool = False  # where no channel carries it, nobody is asked to ring up instead
    script: str = ""  # of a call: key of followups.toml, how it is talked about and which clock runs; empty: in general
    occurrence: int = 1  # of a loop: which one this is
    base: str = ""  # of a later occurrence: the key of the step it repeats


@dataclass(frozen=True, kw_only=True)
class CarePlan:
    """关怀计划: steps around one kind of anchor, by its key in `anchors.ANCHORS`.

    `treatment` limits it to visits with that aftercare; with the anchor `date` to one of the clinic's own kinds of
    date, with `festival` to one festival.
    """

    key: str
    title: str
    anchor: str
    steps: tuple[Step, ...]
    treatment: str | None = None

    @property
    def aftercare(self) -> str | None:
        """The aftercare that it describes; None of a plan for every one, or for anything else."""
        return self.treatment if self.anchor == "treatment" else None


@dataclass(frozen=True, kw_only=True)
class Anchor:
    """A present fact that steps are relative to.

    `kind` is a key of `anchors.ANCHORS`, `ref` names the fact stably (it is part of the outbox key), `precondition` is
    what must still hold when a message leaves.
    """

    kind: str
    ref: str
    at: datetime
    contact_id: ContactId
    patient_id: PatientId | None
    new_patient: bool = False
    treatment: str | None = None
    precondition: Mapping[str, Any] = field(default_factory=dict)
    created_at: datetime | None = None  # when the fact came to be: what had fallen due before is not sent late
    began: datetime | None = None  # when the course began, where that is not `created_at`: which version it follows
    latest: datetime | None = None  # after this moment no message about it makes sense
    ends_reminders: bool = False  # a step that falls before `at` is not worth sending from `at` on
    source: object = None  # what it was derived from; its kind knows the type


@dataclass(frozen=True, kw_only=True)
class Due:
    """A step that is due for an anchor. `key` is `plan/step/ref`, unique for ever."""

    key: str
    plan: CarePlan
    step: Step
    anchor: Anchor
    due_at: datetime
    expires_at: datetime
