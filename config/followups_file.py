"""The shape of followups.toml: when and how often patients are called, whose they are, and what is said."""

import re
from collections.abc import Iterator, Mapping
from datetime import time
from string import Formatter
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from config.checks import Finding
from config.local_hours import local_spans
from config.schemas import Entry, Identifier, Text
from config.visit_day_file import Name

Percent = Annotated[int, Field(ge=1, le=100)]
Hours = Annotated[int, Field(ge=1, le=240)]
Sentence = Annotated[Text, Field(max_length=200)]
EffortName = Literal["undecided", "aftercare", "further", "lead"]
ClockName = Literal["complaint", "first_visit", "aftercare"]
PLACEHOLDERS = frozenset({"name", "staff", "clinic", "about", "day"})
GROUPS = ("onsite", "desk", "online")
WHOLE = 100  # percent
ALWAYS = "call"  # the script of whatever has none of its own


class CallsEntry(Entry):
    """When and how often."""

    windows: Annotated[tuple[tuple[time, time], ...], BeforeValidator(local_spans)] = Field(
        min_length=1, max_length=6, examples=[["09:00-11:30", "14:00-17:00"]]
    )
    most: Annotated[int, Field(ge=1, le=20)] = Field(default=5, examples=[5])
    week: Annotated[int, Field(ge=1, le=14)] = Field(default=3, examples=[3])
    unanswered: tuple[Text, ...] = Field(default=(), examples=[["没接"]])


class OwnersEntry(Entry):
    """Whose a patient is."""

    vip_tags: tuple[Annotated[Text, Field(max_length=20)], ...] = Field(default=(), examples=[["VIP"]])


class HoursEntry(Entry):
    """Within how many hours something must be done before the head is told."""

    complaint: Hours = Field(default=48, examples=[48])
    first_visit: Hours = Field(default=24, examples=[24])
    aftercare: Hours = Field(default=24, examples=[24])


class EffortEntry(Entry):
    """How the work of each group of colleagues is meant to be divided, in percent."""

    drift: Percent = Field(default=15, examples=[15])
    fewest: Annotated[int, Field(ge=1, le=1000)] = Field(default=10, examples=[10])
    pool_days: Annotated[int, Field(ge=1, le=365)] = Field(default=30, examples=[30])
    onsite: Mapping[EffortName, Percent] = Field(default={}, examples=[{"undecided": 50, "further": 50}])
    desk: Mapping[EffortName, Percent] = Field(default={}, examples=[{"aftercare": 50, "further": 50}])
    online: Mapping[EffortName, Percent] = Field(default={}, examples=[{"lead": 70, "aftercare": 30}])


class ScriptEntry(Entry):
    """What is said in one kind of call."""

    key: Identifier = Field(examples=["aftercare"])
    name: Name = Field(examples=["术后回访"])
    effort: EffortName | None = Field(default=None, examples=["aftercare"])
    clock: ClockName | None = Field(default=None, examples=["aftercare"])
    reason: bool = Field(default=False, examples=[True])
    goal: Sentence = Field(examples=["知道恢复得怎样。"])
    greeting: Sentence = Field(examples=["您好，请问是{name}吗？"])
    purpose: Sentence = Field(examples=["想了解一下恢复的情况，不知您是否方便？"])
    lines: tuple[Sentence, ...] = Field(default=(), max_length=10, examples=[["现在感觉怎么样？"]])
    closing: Sentence = Field(examples=["谢谢您的合作，再见。"])


class FollowUpsFile(Entry):
    """followups.toml."""

    calls: CallsEntry = Field(examples=[{"windows": ["09:00-11:30"]}])
    owners: OwnersEntry = Field(default=OwnersEntry(), examples=[{"vip_tags": ["VIP"]}])
    hours: HoursEntry = Field(default=HoursEntry(), examples=[{"complaint": 48}])
    effort: EffortEntry = Field(default=EffortEntry(), examples=[{"drift": 15}])
    scripts: tuple[ScriptEntry, ...] = Field(min_length=1, max_length=40)


def followups_findings(file: FollowUpsFile) -> Iterator[Finding]:
    """A script given twice, the one that must be there, unknown placeholders, shares that are not a whole."""
    seen: set[str] = set()
    for position, script in enumerate(file.scripts):
        if script.key in seen:
            what = f"another of the scripts has the key {script.key!r} too"
            yield Finding(path=("scripts", position, "key"), what=what, fix="Choose another key")
        seen.add(script.key)
        for part in ("greeting", "purpose", "closing"):
            if unknown := sorted(_placeholders(getattr(script, part)) - PLACEHOLDERS):
                what = f"the {part} of the script {script.key!r} names {', '.join(unknown)}"
                fix = f"Use only {', '.join(sorted(PLACEHOLDERS))} in braces"
                yield Finding(path=("scripts", position, part), what=what, fix=fix)
    if ALWAYS not in seen:
        yield Finding(path=("scripts",), what=f"there is no script {ALWAYS!r}", fix="Add one with that key")
    for group in GROUPS:
        shares = getattr(file.effort, group)
        if shares and sum(shares.values()) != WHOLE:
            what = f"the shares of {group} are {sum(shares.values())} percent in all"
            yield Finding(path=("effort", group), what=what, fix="Let them be 100")


def _placeholders(text: str) -> set[str]:
    """What stands in braces; a lone brace counts as an unknown one."""
    try:
        return {name for _, name, *_ in Formatter().parse(text) if name is not None}
    except ValueError:
        return set(re.findall(r"[{}]", text))
