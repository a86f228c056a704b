"""The shape of surveys.toml: what patients are asked after a visit, a talk or by a plan, and which answer is a case."""

from collections.abc import Iterable, Iterator
from typing import Literal

from pydantic import Field

from config.checks import Finding
from config.schemas import Entry, Identifier, Text

MOST_QUESTIONS = 5  # two minutes (A4-40)
FEWEST_CHOICES = 2
Where = tuple[str | int, ...]


class SurveyRulesEntry(Entry):
    """Whether anybody is asked, and how often."""

    ask: bool = Field(default=True, examples=["true"])
    again_after_days: int = Field(default=30, ge=1, le=366, examples=[30])
    answer_hours: int = Field(default=48, ge=1, le=336, examples=[48])


class FollowedEntry(Entry):
    """随访: how many percent of a day's patients are followed up after their visit, within how many days."""

    goal: int = Field(default=90, ge=1, le=100, examples=[90])
    days: int = Field(default=3, ge=1, le=30, examples=[3])


class SurveyChoiceEntry(Entry):
    """One answer to choose. `score` lies on the question's scale; `words` is a list of words.toml that means it."""

    label: Text = Field(max_length=20, examples=["满意"])
    score: int | None = Field(default=None, ge=0, le=10, examples=[5])
    words: str = Field(default="", max_length=64, examples=["survey.satisfied"])


class SurveyQuestionEntry(Entry):
    """One question. A score up to `case_to` opens a case, one from `satisfied_from` on counts as satisfied."""

    key: Identifier = Field(examples=["overall"])
    name: Text = Field(max_length=20, examples=["总体"])
    ask: Text = Field(max_length=200, examples=["今天的就诊您满意吗？回复 1 满意 2 一般 3 不满意。"])
    kind: Literal["score", "choice", "words"] = Field(examples=["score"])
    low: int = Field(default=1, ge=0, le=1, examples=[1])
    high: int = Field(default=5, ge=2, le=10, examples=[5])
    choices: tuple[SurveyChoiceEntry, ...] = Field(default=(), max_length=8)
    case_to: int | None = Field(default=None, ge=0, le=10, examples=[2])
    satisfied_from: int | None = Field(default=None, ge=0, le=10, examples=[4])


class SurveyEntry(Entry):
    """问卷: one survey. `visit_types` narrows one after a visit; without them it is for all others."""

    key: Identifier = Field(examples=["visit"])
    title: Text = Field(max_length=20, examples=["就诊评价"])
    after: Literal["visit", "chat", "plan"] = Field(examples=["visit"])
    visit_types: tuple[Identifier, ...] = Field(default=(), examples=[["implant"]])
    questions: tuple[SurveyQuestionEntry, ...] = Field(default=())


class SurveysFile(Entry):
    """surveys.toml. A clinic without a file of its own has the shipped one."""

    rules: SurveyRulesEntry = Field(default=SurveyRulesEntry(), examples=[{"ask": True}])
    followed: FollowedEntry = Field(default=FollowedEntry(), examples=[{"goal": 90}])
    surveys: tuple[SurveyEntry, ...] = Field(default=(), max_length=30)


def surveys_findings(file: SurveysFile, visit_types: Iterable[str], word_lists: Iterable[str]) -> Iterator[Finding]:
    """Surveys that nobody could answer, that say nothing on the sheet, or of which two would be asked at once."""
    kinds, lists = frozenset(visit_types), frozenset(word_lists)
    keys: set[str] = set()
    asked: dict[str, str] = {}
    for position, survey in enumerate(file.surveys):
        where: Where = ("surveys", position)
        if survey.key in keys:
            what = f"another survey has the key {survey.key!r} too"
            yield Finding(path=(*where, "key"), what=what, fix="Choose another key")
        keys.add(survey.key)
        if survey.visit_types and survey.after != "visit":
            what = f"{survey.key!r} is not asked after a visit and names visit types"
            yield Finding(path=(*where, "visit_types"), what=what, fix='Write after = "visit", or leave them out')
        for unknown in [each for each in survey.visit_types if each not in kinds]:
            what = f"there is no visit type {unknown!r} in clinic.toml"
            yield Finding(path=(*where, "visit_types"), what=what, fix="Name visit types by their id", text=unknown)
        for occasion in _occasions(survey):
            if occasion in asked:
                what = f"{survey.key!r} and {asked[occasion]!r} are both asked after the same {occasion}"
                fix = "Narrow one of them by other visit_types, or leave one out"
                yield Finding(path=(*where, "after"), what=what, fix=fix)
            asked.setdefault(occasion, survey.key)
        yield from _number_of_questions(survey, where)
        yield from _question_findings(survey, where, lists)


def _occasions(survey: SurveyEntry) -> list[str]:
    if survey.after == "plan":
        return []  # a step names which one it asks
    return [f"visit ({each})" for each in survey.visit_types] or [survey.after]


def _number_of_questions(survey: SurveyEntry, where: Where) -> Iterator[Finding]:
    number = len(survey.questions)
    if not number:
        what = f"{survey.key!r} has no question"
        yield Finding(path=where, what=what, fix="Write [[surveys.questions]] below it")
    elif number > MOST_QUESTIONS:
        what = f"{survey.key!r} has {number} questions; more than {MOST_QUESTIONS} take longer than two minutes"
        yield Finding(path=(*where, "questions"), what=what, fix=f"Keep at most {MOST_QUESTIONS} (A4-40)")
    if number and all(each.satisfied_from is None for each in survey.questions):
        what = f"no question of {survey.key!r} says from which score on a patient is satisfied"
        yield Finding(path=where, what=what, fix="Write satisfied_from = 4 at the question that counts")


def _question_findings(survey: SurveyEntry, where: Where, lists: frozenset[str]) -> Iterator[Finding]:
    for part in ("key", "name"):
        seen: set[str] = set()
        for position, question in enumerate(survey.questions):
            value = getattr(question, part)
            if value in seen:
                what = f"another question of {survey.key!r} has the {part} {value!r} too"
                yield Finding(path=(*where, "questions", position, part), what=what, fix=f"Choose another {part}")
            seen.add(value)
    for position, question in enumerate(survey.questions):
        here: Where = (*where, "questions", position)
        yield from _choice_findings(question, here, lists)
        yield from _scale_findings(question, here)


def _choice_findings(question: SurveyQuestionEntry, here: Where, lists: frozenset[str]) -> Iterator[Finding]:
    labels = [each.label for each in question.choices]
    if question.kind != "choice" and labels:
        what = f"{question.key!r} has choices and is not answered by one"
        yield Finding(path=(*here, "choices"), what=what, fix='Write kind = "choice"')
    if question.kind == "choice" and len(labels) < FEWEST_CHOICES:
        what = f"{question.key!r} leaves nothing to choose"
        yield Finding(path=here, what=what, fix="Give it at least two choices")
    if len(set(labels)) < len(labels):
        what = f"two choices of {question.key!r} have the same label"
        yield Finding(path=(*here, "choices"), what=what, fix="Choose another label")
    for each in question.choices:
        if each.score is not None and not question.low <= each.score <= question.high:
            what = f"{each.label!r} has the score {each.score}, the scale is {question.low} to {question.high}"
            yield Finding(path=(*here, "choices"), what=what, fix="Give it a score of the scale", text=each.label)
        if each.words and each.words not in lists:
            what = f"there is no list {each.words!r} in words.toml"
            yield Finding(path=(*here, "choices"), what=what, fix="Name a list by its key", text=each.words)


def _scale_findings(question: SurveyQuestionEntry, here: Where) -> Iterator[Finding]:
    limits = {"case_to": question.case_to, "satisfied_from": question.satisfied_from}
    scored = question.kind == "score" or any(each.score is not None for each in question.choices)
    for name, value in limits.items():
        if value is not None and not scored:
            what = f"{question.key!r} gives no score and has {name}"
            yield Finding(path=(*here, name), what=what, fix="Leave it out, or give its choices scores")
        elif value is not None and not question.low <= value <= question.high:
            what = f"{name} = {value} lies outside the scale {question.low} to {question.high}"
            yield Finding(path=(*here, name), what=what, fix="Write a score of the scale")
    case_to, satisfied_from = question.case_to, question.satisfied_from
    if case_to is not None and satisfied_from is not None and satisfied_from <= case_to:
        what = f"a score of {satisfied_from} would be satisfied and a case at once"
        yield Finding(path=(*here, "satisfied_from"), what=what, fix="Write more than case_to")
