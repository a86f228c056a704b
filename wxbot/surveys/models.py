"""问卷: what is asked, and one patient's response to it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from wxbot.history.models import ContactId, PatientId
from wxbot.labels import LabelledEnum

WHOLE = 100  # points of the sheet: the best answer of whichever scale; the worst is 0


class Occasion(LabelledEnum):
    """After what a survey is asked; the label names what it is about."""

    VISIT = ("visit", "就诊")
    CHAT = ("chat", "人工服务")
    PLAN = ("plan", "治疗")


class QuestionKind(StrEnum):
    """How a question is answered."""

    SCORE = "score"  # a whole number of the scale
    CHOICE = "choice"
    WORDS = "words"


class Satisfaction(LabelledEnum):
    """What a response comes to by the question that counts (A0-42)."""

    SATISFIED = ("satisfied", "满意")
    FAIR = ("fair", "一般")
    DISSATISFIED = ("dissatisfied", "不满意")


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One answer to choose. `words` is the key of a list of words that mean it; without one its label does."""

    label: str
    score: int | None = None
    words: str = ""


@dataclass(frozen=True, kw_only=True)
class Question:
    """One question. `case_to`: up to this score it opens a case; `satisfied_from`: from it on they are satisfied."""

    key: str
    name: str  # for staff
    ask: str  # for patients
    kind: QuestionKind
    low: int = 1
    high: int = 5
    choices: tuple[Choice, ...] = ()
    case_to: int | None = None
    satisfied_from: int | None = None

    def score_of(self, value: str) -> int | None:
        """The score that an answer gives; None where it gives none."""
        if self.kind is QuestionKind.SCORE:
            return int(value) if value.isdecimal() else None
        return next((each.score for each in self.choices if each.label == value), None)

    def opens_case(self, score: int | None) -> bool:
        """Whether somebody must speak with the patient (A4-44)."""
        return score is not None and self.case_to is not None and score <= self.case_to

    def points(self, score: int) -> int:
        """A score as points of the sheet, 0 to 100, whatever its scale."""
        return round(WHOLE * (score - self.low) / (self.high - self.low))


@dataclass(frozen=True, kw_only=True)
class Survey:
    """问卷: what is asked together."""

    key: str
    title: str
    after: Occasion
    questions: tuple[Question, ...]
    visit_types: tuple[str, ...] = ()  # of one after a visit: only after these

    @property
    def headline(self) -> Question | None:
        """The question that the sheet counts: the first that says from when on a patient is satisfied."""
        return next((each for each in self.questions if each.satisfied_from is not None), None)

    @property
    def scored(self) -> bool:
        """Whether its answers come to points."""
        question = self.headline
        choices = question.choices if question is not None else ()
        return question is not None and (
            question.kind is QuestionKind.SCORE or any(each.score is not None for each in choices)
        )

    def question(self, key: str) -> Question | None:
        """The question of that key."""
        return next((each for each in self.questions if each.key == key), None)


@dataclass(frozen=True, kw_only=True)
class SurveyRules:
    """What a clinic asks and how often. Read from config/surveys.toml."""

    surveys: tuple[Survey, ...] = ()
    ask: bool = True
    again_after: timedelta = timedelta(days=30)  # one contact is asked nothing twice within it, whichever survey
    answer_within: timedelta = timedelta(hours=48)  # of being asked; later words are about something else
    followed_goal: int = 90  # percent of a day's patients who are followed up (A4-23) …
    followed_days: int = 3  # … until the end of the local day so many days after the visit

    def survey(self, key: str) -> Survey | None:
        """The survey of that key."""
        return next((each for each in self.surveys if each.key == key), None)

    def after(self, occasion: Occasion, visit_type: str = "") -> Survey | None:
        """What is asked after a talk or a visit of that type: the survey for it, else the one for all others."""
        found = [each for each in self.surveys if each.after is occasion]
        own = (each for each in found if visit_type in each.visit_types)
        return next(own, None) or next((each for each in found if not each.visit_types), None)


class ResponseState(LabelledEnum):
    """How far a response is."""

    ASKED = ("asked", "等待发出")
    SENT = ("sent", "已询问，未回答")
    UNSENT = ("unsent", "没有发出")
    BEGUN = ("begun", "回答了一部分")
    DONE = ("done", "已答完")
    STOPPED = ("stopped", "患者说不方便")


LEFT = frozenset({ResponseState.SENT, ResponseState.BEGUN, ResponseState.DONE, ResponseState.STOPPED})
"""The question has reached the patient."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a patient answered to one question: a choice's label, a number's digits or their words."""

    question: str
    value: str
    at: datetime
    line_id: str  # of the transcript; of the page its own
    words: str = ""  # what they added
    score: int | None = None


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What a response is about, for the sheet; empty where it does not apply."""

    practitioner_id: str = ""
    visit_type_id: str = ""
    account_id: str = ""  # the colleague of a talk
    appointment_id: str = ""
    episode_id: str = ""
    step: str = ""  # of a plan: plan/step/ref


NOTHING = Subject()


@dataclass(frozen=True, kw_only=True)
class SurveyResponse:
    """One patient's response to a survey. `id` names what it is about: `visit:…`, `chat:…` or `plan:…`.

    `points`, `satisfied` and `low` are by the survey as it was when they answered; None and False before.
    """

    id: str
    survey: str
    occasion: Occasion
    key: str  # of the message that asks, and of the case
    contact_id: ContactId | None
    asked_at: datetime
    patient_id: PatientId | None = None
    subject: Subject = NOTHING
    state: ResponseState = ResponseState.ASKED
    answers: tuple[Answer, ...] = ()  # one to a question
    answered_at: datetime | None = None  # the latest
    points: int | None = None  # of the question that counts, 0 to 100
    satisfied: bool | None = None
    low: bool = False  # an answer opened a case
    followup_id: str = ""
    counted: bool = False  # the figures of the talk know this state
    version: int = 0

    def answer_to(self, question: str) -> Answer | None:
        """What they answered to the question of that key."""
        return next((each for each in self.answers if each.question == question), None)

    @property
    def satisfaction(self) -> Satisfaction | None:
        """What the question that counts came to; None before it is answered. A case is dissatisfied."""
        if self.satisfied is None:
            return Satisfaction.DISSATISFIED if self.low else None
        if self.satisfied and not self.low:
            return Satisfaction.SATISFIED
        return Satisfaction.DISSATISFIED if self.low else Satisfaction.FAIR

    @property
    def has_left(self) -> bool:
        """Whether the patient was asked."""
        return self.state in LEFT


def open_question(survey: Survey, response: SurveyResponse) -> Question | None:
    """The first question without an answer; None when all have one."""
    return next((each for each in survey.questions if response.answer_to(each.key) is None), None)
