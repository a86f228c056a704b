"""The shape of dangers/*.toml: what patients write when something is wrong, and what they are told at once."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from pydantic import Field, field_validator

from config.checks import Finding
from config.plain_words import nearest
from config.problems import UnfitValueError
from config.schemas import DottedKey, Entry, Text

UrgencyName = Literal["emergency", "urgent"]
LONGEST_PHRASE = 200  # characters, before groups are written out
MOST_SPELLINGS = 2_000  # of a stretch between … and +, as wxbot/understanding/phrase_search.py has it
MOST_PARTS = 4  # stretches of one phrase, as there

_WITHIN = re.compile(r"(?:(?P<first>[0-9]{1,4})-)?(?P<last>[0-9]{1,4})(?P<unit>[hd])")
_GROUP = re.compile(r"\{([^{}]*)\}")
_CHOICE = re.compile(r"\[([^\[\]]*)\]")


def faults(phrase: str) -> Iterator[tuple[str, str]]:
    """What is wrong with a phrase whose groups are written out, and how to mend it."""
    bare = _CHOICE.sub("甲", phrase)
    if any(sign in bare for sign in "[]{}|"):
        yield f"{phrase[:40]!r} has a bracket without its partner", "Write [甲|乙] for either, {组名} for a group"
        return
    if any(sign in choice for choice in _CHOICE.findall(phrase) for sign in "…+＋"):
        yield f"{phrase[:40]!r} has … or + inside a bracket", "Write two phrases, or put it outside"
        return
    pieces = re.split("[…+＋]", re.sub("…+", "…", "".join(phrase.split())))
    if len(pieces) > MOST_PARTS:
        yield f"{phrase[:40]!r} has {len(pieces)} parts", f"Keep at most {MOST_PARTS}, apart by … or +"
    for piece in pieces:
        shortest = _CHOICE.sub(lambda choice: min(choice[1].split("|"), key=_said), piece)
        if not _said(shortest):
            yield f"{phrase[:40]!r} has an empty side of … or +, or may be nothing", "Put words on both sides"
        number = 1
        for choice in _CHOICE.findall(piece):
            number *= choice.count("|") + 1
        if number > MOST_SPELLINGS:
            yield f"{phrase[:40]!r} has {number} spellings", "Write several phrases with fewer choices"


def written_out(phrase: str, groups: Mapping[str, tuple[str, ...]]) -> str:
    """The phrase with its groups written out as choices; an unknown one stays as it is."""

    def choice(group: re.Match[str]) -> str:
        if group[1] not in groups:
            return group[0]
        words, before = "|".join(groups[group[1]]), phrase[: group.start()]
        return words if before.count("[") > before.count("]") else f"[{words}]"  # one of a choice, or a choice

    return _GROUP.sub(choice, phrase)


def _said(words: str) -> int:
    return sum(sign.isalnum() for sign in words)


class DangerEntry(Entry):
    """One rule. What is left out here is taken from the head of the file."""

    id: Text = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$", examples=["not_stopping"])
    name: Text = Field(examples=["出血不止"])
    words: tuple[Text, ...] = Field(default=(), examples=[["{出血}+{不止}", "血流不停"]])
    weights: Mapping[str, int] = Field(default_factory=dict, examples=[{"血": 50}])
    least: int = Field(default=0, examples=[120])
    unless: tuple[Text, ...] = Field(default=(), examples=[["[发烧|发热]…能…[拔牙|洗牙]"]])
    over: tuple[Text, ...] = Field(default=(), examples=[["止住了"]])
    urgency: UrgencyName | None = Field(default=None, examples=["urgent"])
    advice: DottedKey | None = Field(default=None, examples=["danger.bleeding"])
    projects: tuple[Text, ...] = Field(default=(), examples=[["拔", "智齿", "surgery"]])
    within: Text = Field(default="any", examples=["72h"])
    any_sense: bool = Field(default=False, examples=[True])

    @field_validator("within")
    @classmethod
    def readable_span(cls, within: str) -> str:
        """Refuse a span that is none."""
        found = _WITHIN.fullmatch(within)
        if within != "any" and (found is None or int(found["first"] or 0) >= int(found["last"])):
            raise UnfitValueError(
                f"{within!r} is no time since a treatment", 'Write "any", "72h", "14d", or from and to: "3-14d"'
            )
        return within

    @property
    def hours(self) -> tuple[float, float | None]:
        """The time since the treatment for which the rule is meant, in hours; None: for ever."""
        found = _WITHIN.fullmatch(self.within)
        if found is None:
            return 0.0, None
        unit = 24.0 if found["unit"] == "d" else 1.0
        return int(found["first"] or 0) * unit, int(found["last"]) * unit


class DangerFile(Entry):
    """A file of dangers/: one kind of sign, what holds for all of it, and its `[[rules]]`."""

    name: Text = Field(examples=["出血"])
    urgency: UrgencyName = Field(examples=["urgent"])
    advice: DottedKey = Field(examples=["danger.bleeding"])
    over: tuple[Text, ...] = Field(default=(), examples=[["止住了", "不流血了"]])
    unless: tuple[Text, ...] = Field(default=(), examples=[["牙龈…[偶尔|轻微]"]])
    groups: Mapping[str, tuple[Text, ...]] = Field(default_factory=dict, examples=[{"出血": ["出血", "流血"]}])
    rules: tuple[DangerEntry, ...] = Field(min_length=1)

    def whole_rules(self, kind: str) -> Iterator[Mapping[str, Any]]:
        """Each rule with everything it takes from the head, its groups written out. `kind` is the file's name."""
        for rule in self.rules:
            first, last = rule.hours
            yield {
                "id": f"{kind}.{rule.id}",
                "name": rule.name,
                "urgency": rule.urgency or self.urgency,
                "advice": rule.advice or self.advice,
                "words": tuple(written_out(each, self.groups) for each in rule.words),
                "unless": tuple(written_out(each, self.groups) for each in (*self.unless, *rule.unless)),
                "over": tuple(written_out(each, self.groups) for each in (*self.over, *rule.over)),
                "projects": rule.projects,
                "first_hour": first,
                "last_hour": last,
                "any_sense": rule.any_sense,
                "weights": rule.weights,
                "least": rule.least,
            }


def danger_findings(file: DangerFile, templates: Mapping[str, object]) -> Iterator[Finding]:
    """Phrases that cannot be read, ids and words given twice, groups and templates that are not there."""
    yield from _advice_findings(("advice",), file.advice, templates)
    if in_groups := list(group_findings(file.groups)):
        yield from in_groups  # the phrases that name them would be told as well
        return
    yield from phrase_findings(file.groups, ("over",), file.over)
    yield from phrase_findings(file.groups, ("unless",), file.unless)
    ids: set[str] = set()
    seen: set[tuple[Any, ...]] = set()
    for position, rule in enumerate(file.rules):
        if rule.id in ids:
            what = f"another rule of the file has the id {rule.id!r} too"
            yield Finding(path=("rules", position, "id"), what=what, fix="Choose another id")
        ids.add(rule.id)
        if not rule.words and not rule.weights:
            what = f"the rule {rule.id!r} has no words"
            yield Finding(path=("rules", position, "id"), what=what, fix='Add words = ["…"], or a table of weights')
        if rule.advice is not None:
            yield from _advice_findings(("rules", position, "advice"), rule.advice, templates)
        for part in ("words", "unless", "over"):
            yield from phrase_findings(file.groups, ("rules", position, part), getattr(rule, part))
        for word in rule.words:
            given = (word, rule.projects, rule.within)
            if given in seen:
                what = f"the words {word!r} are given twice in this file"
                yield Finding(path=("rules", position, "words"), what=what, fix="Keep one of the two", text=f'"{word}"')
            seen.add(given)


def group_findings(groups: Mapping[str, tuple[str, ...]]) -> Iterator[Finding]:
    """Words of groups that are patterns themselves."""
    for name, words in groups.items():
        for word in words:
            if any(sign in word for sign in "[]{}|…+＋"):
                what = f"the group {name!r} holds the pattern {word!r}"
                yield Finding(path=("groups", name), what=what, fix="List plain words in groups", text=f'"{word}"')


def phrase_findings(
    groups: Mapping[str, tuple[str, ...]], path: tuple[str | int, ...], phrases: tuple[str, ...]
) -> Iterator[Finding]:
    """What is wrong with phrases that may name those groups."""
    for phrase in phrases:
        unknown = next((name for name in _GROUP.findall(phrase) if name not in groups), None)
        if unknown is not None:
            meant = nearest(unknown, list(groups))
            hint = f"Did you mean {{{meant}}}?" if meant is not None else "Add it under [groups], or write [甲|乙]"
            yield Finding(path=path, what=f"{phrase!r} names the group {{{unknown}}}", fix=hint, text=f'"{phrase}"')
            continue
        if len(phrase) > LONGEST_PHRASE:
            what = f"{phrase[:12]!r}… has {len(phrase)} characters"
            yield Finding(path=path, what=what, fix=f"Keep phrases under {LONGEST_PHRASE}", text=f'"{phrase[:12]}')
            continue
        for what, fix in faults(written_out(phrase, groups)):
            yield Finding(path=path, what=what, fix=fix, text=f'"{phrase}"')


def _advice_findings(path: tuple[str | int, ...], key: str, templates: Mapping[str, object]) -> Iterator[Finding]:
    if templates and key not in templates:
        meant = nearest(key, list(templates))
        fix = f"Did you mean {meant!r}?" if meant is not None else "Add the template, or name one that exists"
        yield Finding(path=path, what=f"there is no template {key!r}", fix=fix)
