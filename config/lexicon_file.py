"""The shape of lexicon/*.toml: words that must not be said, why, and what to say instead (docs/lexicon.md)."""

import re
from collections.abc import Iterator, Mapping
from math import prod
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from config.checks import Finding
from config.plain_words import nearest
from config.problems import UnfitValueError
from config.schemas import Entry, PurposeName, Text

SeverityName = Literal["block", "warn", "hint"]
ReplacesName = Literal["words", "sentence", "message"]
CircumstanceName = Literal["chat", "follow_up", "shift_end", "transfer", "offer", "angry"]
Grade = Annotated[int, Field(ge=1, le=4)]  # of an incident (A0-32)
SHAPES = ("数字", "手机号", "身份证号")  # what {…} may name in a word
LONGEST_WORD = 200  # characters; a longer one is a sentence, not a phrase
MOST_SPELLINGS = 500  # of a stretch without … with its [甲|乙] written out

_CHOICE = re.compile(r"\[([^\[\]]*)\]")
_SHAPE = re.compile(r"\{([^{}]*)\}")


def _faults(word: str) -> Iterator[tuple[str, str]]:
    """What is wrong with a word, and how to mend it."""
    runs = re.split(r"…|\{[^{}]*\}", word)
    bare = _SHAPE.sub("0", _CHOICE.sub(lambda choice: max(choice[1].split("|"), key=len), word))
    for name in _SHAPE.findall(word):
        if name not in SHAPES:
            meant = nearest(name, list(SHAPES))
            hint = f"Did you mean {{{meant}}}? " if meant is not None else ""
            yield f"{word!r} names {{{name}}}", f"{hint}Known: {', '.join(f'{{{each}}}' for each in SHAPES)}"
    if any(sign in bare for sign in "[]{}|"):
        yield f"{word!r} has a bracket without its partner", "Write [甲|乙] for either, {数字} for a number"
    if bare.startswith("…") or bare.endswith("…"):
        yield f"{word!r} begins or ends with …", "Put words on both sides of …, or remove it"
    head = _SHAPE.split(word.split("…", 1)[0], maxsplit=1)[0]
    if head and not _is_said(_CHOICE.sub(lambda choice: min(choice[1].split("|"), key=len), head)):
        yield f"{word!r} may begin with nothing", "Let it begin with a word that is always there"
    if max(prod(choice.count("|") + 1 for choice in _CHOICE.findall(run)) for run in runs) > MOST_SPELLINGS:
        yield f"{word!r} has more than {MOST_SPELLINGS} spellings", "Write several words with fewer choices"
    if len(word) > LONGEST_WORD:
        yield f"{word[:12]!r}… has {len(word)} characters", f"Keep words under {LONGEST_WORD}"


def _is_said(word: str) -> bool:
    return any(sign.isalnum() for sign in word)


class LexiconEntry(Entry):
    """Words of one kind. What is left out here is taken from the head of the file."""

    words: tuple[Text, ...] = Field(min_length=1, examples=[["根治", "包治[百病|好]"]])
    instead: Text = Field(examples=["说明治疗能改善什么，效果因人而异"])
    unless: tuple[Text, ...] = Field(default=(), examples=[["第一[次|天]"]])
    severity: SeverityName | None = Field(default=None, examples=["block"])
    reason: Text | None = Field(default=None, examples=["对疗效作断言，患者会当作承诺"])
    source: Text | None = Field(default=None, examples=["《广告法》第十六条"])
    purposes: tuple[PurposeName, ...] = Field(default=(), examples=[["marketing"]])
    lock_screen: bool = Field(default=False, examples=[True])
    whole: bool = Field(default=False, examples=[True])
    start: bool = Field(default=False, examples=[True])
    label: str = Field(default="", max_length=12, examples=["反问"])
    grade: Grade | None = Field(default=None, examples=[3])
    replacement: str = Field(default="", max_length=200, examples=["很抱歉"])
    replaces: ReplacesName = Field(default="words", examples=["sentence"])
    only_when: tuple[CircumstanceName, ...] = Field(default=(), examples=[["shift_end"]])
    except_when: tuple[CircumstanceName, ...] = Field(default=(), examples=[["transfer"]])

    @field_validator("words", "unless")
    @classmethod
    def readable(cls, words: tuple[str, ...]) -> tuple[str, ...]:
        """Refuse words that the search could not read."""
        for position, word in enumerate(words):
            wrong = next(_faults(word), None)
            if wrong is not None:
                raise UnfitValueError(*wrong, inside=(position,))
        return words

    @model_validator(mode="after")
    def plain_when_whole(self) -> "LexiconEntry":
        """Whole messages are compared with plain words."""
        for word in self.words if self.whole else ():
            if any(sign in word for sign in "[]{}…"):
                raise UnfitValueError(
                    f"{word!r} is a pattern, and whole = true takes plain words", "List each word on its own"
                )
        return self


class LexiconFile(Entry):
    """A file of lexicon/: one category, what it says unless an entry says otherwise, and its `[[entries]]`."""

    name: Text = Field(examples=["医疗效果断言"])
    severity: SeverityName = Field(examples=["block"])
    reason: Text = Field(examples=["对疗效作断言，患者会当作承诺"])
    source: Text = Field(examples=["《广告法》第十六条"])
    grade: Grade = Field(default=1, examples=[2])
    entries: tuple[LexiconEntry, ...] = Field(min_length=1)

    def whole_entries(self, category: str) -> Iterator[Mapping[str, Any]]:
        """Each entry with everything it takes from the head."""
        head = {"severity": self.severity, "reason": self.reason, "source": self.source, "grade": self.grade}
        for entry in self.entries:
            own = {name: value for name, value in entry.model_dump().items() if value is not None}
            yield {**head, **own, "category": category, "name": self.name}


def lexicon_findings(file: LexiconFile) -> Iterator[Finding]:
    """Words given twice for the same occasion, and exceptions that could never apply."""
    seen: set[tuple[Any, ...]] = set()
    for position, entry in enumerate(file.entries):
        for word in entry.words:
            given = (word, entry.purposes, entry.lock_screen, entry.whole, entry.start, entry.only_when)
            if given in seen:
                yield Finding(
                    path=("entries", position, "words"),
                    what=f"the word {word!r} is given twice in this file",
                    fix="Keep one of the two",
                    text=f'"{word}"',
                )
            seen.add(given)
        plain = [word for word in entry.words if not re.search(r"[\[{…]", word)]
        for phrase in entry.unless if len(plain) == len(entry.words) else ():
            if not re.search(r"[\[{…]", phrase) and not any(word in phrase for word in plain):
                yield Finding(
                    path=("entries", position, "unless"),
                    what=f"the exception {phrase!r} holds none of the words",
                    fix="Write a longer phrase in which one of the words stands, or remove it",
                    text=f'"{phrase}"',
                )
