"""The shape of questionnaire.toml: what patients are asked on the page between booking and visit."""

from collections.abc import Iterable, Iterator

from pydantic import Field

from config.checks import Finding
from config.schemas import Entry, Identifier, Text


class QuestionChoiceEntry(Entry):
    """One answer to choose; `danger` marks it red for the clinicians."""

    key: Identifier = Field(examples=["yes"])
    name: Text = Field(max_length=20, examples=["有"])
    danger: bool = Field(default=False, examples=[True])


class QuestionEntry(Entry):
    """One question. Without choices it is answered in words; without visit types it is asked for all of them."""

    key: Identifier = Field(examples=["allergy"])
    name: Text = Field(max_length=20, examples=["过敏"])
    ask: Text = Field(max_length=120, examples=["您对药物过敏吗？"])
    words: str = Field(default="", max_length=40, examples=["对什么过敏"])
    choices: tuple[QuestionChoiceEntry, ...] = Field(default=(), max_length=8)
    visit_types: tuple[Identifier, ...] = Field(default=(), examples=[["wisdom_tooth"]])


class QuestionnaireFile(Entry):
    """questionnaire.toml."""

    questions: tuple[QuestionEntry, ...] = Field(default=(), max_length=12)


def questionnaire_findings(file: QuestionnaireFile, visit_types: Iterable[str]) -> Iterator[Finding]:
    """Keys given twice, questions that nobody can answer, visit types that the clinic does not have."""
    known, keys = frozenset(visit_types), set[str]()
    for position, each in enumerate(file.questions):
        where = ("questions", position)
        if each.key in keys:
            what = f"another question has the key {each.key!r} too"
            yield Finding(path=(*where, "key"), what=what, fix="Choose another key")
        keys.add(each.key)
        if not each.choices and not each.words:
            what = f"{each.key!r} has neither choices nor words"
            yield Finding(path=where, what=what, fix="Give it choices, or words to be written")
        chosen = [choice.key for choice in each.choices]
        if len(set(chosen)) < len(chosen):
            what = f"two choices of {each.key!r} have the same key"
            yield Finding(path=(*where, "choices"), what=what, fix="Choose another key")
        for unknown in [kind for kind in each.visit_types if kind not in known]:
            what = f"there is no visit type {unknown!r} in clinic.toml"
            yield Finding(path=(*where, "visit_types"), what=what, fix="Name visit types by their id", text=unknown)
