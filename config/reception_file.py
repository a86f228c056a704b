"""The shape of reception.toml: the goals of the front desk, its checklist, its classes of leads and what it says."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from config.checks import Finding
from config.schemas import Entry, Identifier, Text
from config.visit_day_file import ChoiceEntry

Percent = Annotated[int, Field(ge=1, le=100)]
Sentence = Annotated[Text, Field(max_length=200)]
Sentences = Annotated[tuple[Sentence, ...], Field(max_length=10)]
LISTS = ("lead_classes", "checklist")


class GoalsEntry(Entry):
    """What is good enough. Percent where the name says nothing else."""

    checklist: Percent = Field(default=90, examples=[90])
    classes: Percent = Field(default=95, examples=[95])
    sample: Annotated[int, Field(ge=1, le=100)] = Field(default=10, examples=[10])
    retention_days: Annotated[int, Field(ge=1, le=730)] = Field(default=90, examples=[90])
    invite_hours: Annotated[int, Field(ge=1, le=240)] = Field(default=4, examples=[4])
    finished: tuple[Identifier, ...] = Field(default=(), examples=[["finished"]])


class LeadClassEntry(ChoiceEntry):
    """A class of those who have not come yet. `invite`: they are called and invited."""

    invite: bool = Field(default=False, examples=[True])


class ChecklistEntry(ChoiceEntry):
    """One thing that reception does every day."""

    group: Annotated[Text, Field(max_length=20)] = Field(examples=["礼仪"])


class ScriptsEntry(Entry):
    """What reception says, at which moment."""

    arrival: Sentences = Field(default=(), examples=[["您好！请问有什么可以帮助您的？"]])
    first: Sentences = Field(default=(), examples=[["麻烦您留一下姓名和手机号。"]])
    returning: Sentences = Field(default=(), examples=[["上次以后感觉怎么样？"]])
    escort: Sentences = Field(default=(), examples=[["请跟我来，小心台阶。"]])
    checkout: Sentences = Field(default=(), examples=[["您辛苦了！"]])


class ReceptionFile(Entry):
    """reception.toml."""

    goals: GoalsEntry = Field(default=GoalsEntry(), examples=[{"checklist": 90}])
    lead_classes: tuple[LeadClassEntry, ...] = Field(min_length=1, max_length=20)
    scripts: ScriptsEntry = Field(default=ScriptsEntry(), examples=[{"checkout": ["您辛苦了！"]}])
    checklist: tuple[ChecklistEntry, ...] = Field(min_length=1, max_length=60)


def reception_findings(file: ReceptionFile) -> Iterator[Finding]:
    """Keys and names given twice in a list."""
    for name in LISTS:
        for part in ("key", "name"):
            seen: set[str] = set()
            for position, each in enumerate(getattr(file, name)):
                value = getattr(each, part)
                if value in seen:
                    what = f"another of the {name} has the {part} {value!r} too"
                    yield Finding(path=(name, position, part), what=what, fix=f"Choose another {part}")
                seen.add(value)
