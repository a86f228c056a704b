"""The shape of questions/*.toml: frequent questions with their answers (docs/questions.md)."""

import re
from collections.abc import Collection, Iterator
from datetime import date
from typing import Literal

from pydantic import Field, field_validator, model_validator

from config.checks import Finding
from config.plain_words import nearest
from config.problems import UnfitValueError
from config.schemas import Entry, Identifier, Text

ButtonName = Literal["book", "map", "person", "my_appointments", "none"]
LONGEST_QUESTION = 60  # characters; what patients write in one breath
LONGEST_ANSWER = 400  # characters, before its variables are filled
# What an answer may name; the same names as wxbot/questions/variables.py, which a test compares.
GENERAL_VARIABLES = (
    "clinic_name",
    "clinic_phone",
    "clinic_address",
    "privacy_contact",
    "hours",
    "holidays",
    "booking_days",
    "price_list",
    "duration_list",
    "visit_types",
    "doctors",
)
NAMED_VARIABLES = ("visit_type", "price", "minutes", "bring")

_BRACES = re.compile(r"\{([^{}]*)\}|[{}]")


class SynonymsEntry(Entry):
    """Words that are taken for `word` when questions are compared."""

    word: Text = Field(max_length=20, examples=["停车"])
    same: tuple[Text, ...] = Field(min_length=1, examples=[["泊车", "车位"]])


class QuestionEntry(Entry):
    """A frequent question: how it is asked, what is answered, who reviewed it until when."""

    id: Identifier = Field(examples=["parking"])
    question: Text = Field(max_length=LONGEST_QUESTION, examples=["可以停车吗？"])
    ways: tuple[Text, ...] = Field(default=(), examples=[["有停车位吗", "车停哪里"]])
    answer: Text = Field(max_length=LONGEST_ANSWER, examples=["出发前可致电 {clinic_phone} 问问哪里方便停车。"])
    answer_named: str = Field(default="", max_length=LONGEST_ANSWER, examples=["{visit_type}参考价格：{price}。"])
    button: ButtonName = Field(default="none", examples=["map"])
    about: tuple[Identifier, ...] = Field(default=(), examples=[["cleaning"]])
    patterns: tuple[Text, ...] = Field(default=(), examples=[["停车", "车+停哪"]])
    reviewed_by: str = Field(default="", max_length=40, examples=["前台负责人"])
    review_months: int | None = Field(default=None, ge=1, le=60, examples=[12])
    reviewed_until: date | None = Field(default=None, examples=["2027-11-30"])
    retired: bool = Field(default=False, examples=[False])

    @field_validator("ways")
    @classmethod
    def short_enough(cls, ways: tuple[str, ...]) -> tuple[str, ...]:
        """Refuse ways to ask that nobody writes in one breath."""
        for position, way in enumerate(ways):
            if len(way) > LONGEST_QUESTION:
                what = f"{way[:12]!r}… has {len(way)} characters"
                raise UnfitValueError(what, f"Keep a way to ask under {LONGEST_QUESTION}", (position,))
        return ways

    @model_validator(mode="after")
    def reviewed_once(self) -> "QuestionEntry":
        """Refuse two ends of one review, and a review by nobody."""
        if self.review_months is not None and self.reviewed_until is not None:
            what = "review_months and reviewed_until are both given"
            raise UnfitValueError(what, "Keep one of the two", ("reviewed_until",))
        if (self.review_months or self.reviewed_until) and not self.reviewed_by.strip():
            fix = 'Write who reviewed the answer, for instance reviewed_by = "前台负责人"'
            raise UnfitValueError("an answer is reviewed by nobody", fix, ("reviewed_by",))
        return self


class QuestionsFile(Entry):
    """A file of questions/."""

    questions: tuple[QuestionEntry, ...] = ()
    synonyms: tuple[SynonymsEntry, ...] = ()
    unanswered: tuple[Text, ...] = Field(default=(), examples=[["眼科", "天气"]])
    unanswered_ways: tuple[Text, ...] = Field(default=(), examples=[["电动牙刷哪个牌子好"]])


def questions_findings(file: QuestionsFile, elsewhere: Collection[str]) -> Iterator[Finding]:
    """Ids given twice (also in another file), ways given twice, variables that nothing fills, empty patterns."""
    seen = set(elsewhere)
    for position, each in enumerate(file.questions):
        if each.id in seen:
            what = f"the question {each.id!r} exists already"
            yield Finding(
                path=("questions", position, "id"), what=what, fix="Keep one of the two, or choose another id"
            )
        seen.add(each.id)
        ways: set[str] = set()
        for way in (each.question, *each.ways):
            if way in ways:
                path = ("questions", position, "ways")
                yield Finding(path=path, what=f"{way!r} is given twice", fix="Keep one of the two", text=f'"{way}"')
            ways.add(way)
        for pattern in each.patterns:
            if not all(part.strip() for part in pattern.removeprefix("!").split("+")):
                path = ("questions", position, "patterns")
                fix = "Join words by +, for instance 停车+收费"
                yield Finding(path=path, what=f"{pattern!r} has an empty part", fix=fix, text=f'"{pattern}"')
        yield from _unknown_variables(position, "answer", each.answer, GENERAL_VARIABLES)
        yield from _unknown_variables(
            position, "answer_named", each.answer_named, (*GENERAL_VARIABLES, *NAMED_VARIABLES)
        )


def _unknown_variables(position: int, name: str, text: str, known: Collection[str]) -> Iterator[Finding]:
    for found in _BRACES.finditer(text):
        if found[1] in known:
            continue
        path = ("questions", position, name)
        if found[1] is None:
            yield Finding(path=path, what=f"{name} has a lonely {found[0]}", fix="Write {clinic_phone} for a variable")
            continue
        meant = nearest(found[1], list(known))
        hint = f"Did you mean {{{meant}}}? " if meant is not None else ""
        what = f"{name} names {{{found[1]}}}, which nothing fills"
        yield Finding(path=path, what=what, fix=f"{hint}Known: {', '.join(known)}", text=found[0])
