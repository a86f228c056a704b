"""What patients are asked between booking and visit, and how staff read what they answered. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cattrs import Converter

from wxbot.booking.models import AppointmentId
from wxbot.clinic.models import VisitTypeId
from wxbot.history.models import ContactId, PatientId

MOST_WRITTEN = 200  # characters of what is written to a question


@dataclass(frozen=True, kw_only=True)
class QuestionChoice:
    """One answer to choose; a dangerous one is marked red for the clinicians."""

    key: str
    name: str
    danger: bool = False


@dataclass(frozen=True, kw_only=True)
class VisitQuestion:
    """One question of questionnaire.toml. `words` is the hint of the field to write in; empty: there is none."""

    key: str
    name: str
    ask: str
    words: str = ""
    choices: tuple[QuestionChoice, ...] = ()
    visit_types: tuple[VisitTypeId, ...] = ()  # empty: all

    def choice(self, key: str) -> QuestionChoice | None:
        """The choice of that key, if the file still has it."""
        return next((each for each in self.choices if each.key == key), None)


@dataclass(frozen=True, kw_only=True)
class VisitAnswer:
    """What the patient answered to one question; both empty: they skipped it."""

    key: str
    choice: str
    words: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class VisitAnswers:
    """What was answered before one appointment, whose id it has."""

    id: AppointmentId
    contact_id: ContactId
    patient_id: PatientId
    answers: tuple[VisitAnswer, ...] = ()
    revision: int = 0

    def of(self, key: str) -> VisitAnswer | None:
        """The answer to that question."""
        return next((each for each in self.answers if each.key == key), None)


@dataclass(frozen=True, kw_only=True)
class ReadAnswer:
    """An answer as staff read it: 过敏 → 有，青霉素."""

    name: str
    words: str
    danger: bool


def questions_of(entries: Mapping[str, Any]) -> tuple[VisitQuestion, ...]:
    """The questions that the file's entries say."""
    return Converter().structure(entries["questions"], tuple[VisitQuestion, ...])


def asked_for(questions: Iterable[VisitQuestion], visit_type_id: VisitTypeId) -> tuple[VisitQuestion, ...]:
    """What is asked before a visit of that type, in the file's order."""
    return tuple(each for each in questions if not each.visit_types or visit_type_id in each.visit_types)


def next_open(questions: Sequence[VisitQuestion], answers: VisitAnswers | None) -> int | None:
    """The position of the first question without an answer; None when all have one."""
    done = frozenset(each.key for each in answers.answers) if answers is not None else frozenset[str]()
    return next((position for position, each in enumerate(questions) if each.key not in done), None)


def read_answers(questions: Sequence[VisitQuestion], answers: VisitAnswers) -> tuple[ReadAnswer, ...]:
    """Every answer that says something, the dangerous ones first; also of questions that the file has no more."""
    by_key = {each.key: each for each in questions}
    found: list[ReadAnswer] = []
    for answer in answers.answers:
        question = by_key.get(answer.key)
        chosen = question.choice(answer.choice) if question is not None else None
        said = [chosen.name if chosen is not None else answer.choice, answer.words]
        words = "，".join(each for each in said if each)
        if words:
            name = question.name if question is not None else answer.key
            found.append(ReadAnswer(name=name, words=words, danger=chosen is not None and chosen.danger))
    return tuple(sorted(found, key=lambda each: not each.danger))
