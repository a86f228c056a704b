"""The shape of endings.toml: by which words an ending is told, and the sentences that are proposed for it."""

from collections.abc import Iterator, Mapping
from typing import Literal, get_args

from pydantic import Field

from config.checks import Finding
from config.schemas import Entry, Text

PhraseList = Literal[
    "ask_more",
    "farewell",
    "nothing_more",
    "goodbye",
    "declined",
    "hold",
    "warning_first",
    "warning_last",
    "polite_end",
]
SentenceKey = Literal[
    "ask_more",
    "understood",
    "ask_contact",
    "farewell",
    "farewell_weekend",
    "farewell_holiday",
    "farewell_solemn",
    "greeting",
    "greeting_weekend",
    "greeting_holiday",
    "greeting_solemn",
    "warning_first",
    "warning_last",
]
VARIABLES = ("{clinic}", "{holiday}")


class AbuseEntry(Entry):
    """[abuse]."""

    words: tuple[Text, ...] = Field(min_length=1, examples=[["去死"]])


class HolidayEntry(Entry):
    """[holidays]."""

    solemn: tuple[Text, ...] = Field(default=(), examples=[["清明节"]])


class EndingsFile(Entry):
    """endings.toml."""

    silent_minutes: int = Field(ge=1, le=1440, examples=[20])
    wait_minutes: int = Field(ge=1, le=1440, examples=[3])
    phrases: Mapping[PhraseList, tuple[Text, ...]] = Field(examples=[{"ask_more": ["还有疑问吗"]}])
    sentences: Mapping[SentenceKey, Text] = Field(examples=[{"ask_more": "请问您还有其他疑问吗？"}])
    abuse: AbuseEntry
    holidays: HolidayEntry = HolidayEntry()


def endings_findings(file: EndingsFile) -> Iterator[Finding]:
    """Lists and sentences that are missing, and braces that nobody fills in."""
    for part, keys in (("phrases", get_args(PhraseList)), ("sentences", get_args(SentenceKey))):
        for key in keys:
            if not getattr(file, part).get(key):
                yield Finding(path=(part,), what=f"{key!r} is missing", fix=f"Add {key} to [{part}]")
    for key, sentence in file.sentences.items():
        rest = sentence
        for variable in VARIABLES:
            rest = rest.replace(variable, "")
        if "{" in rest or "}" in rest:
            what = f"{sentence!r} has braces that nobody fills in"
            yield Finding(path=("sentences", key), what=what, fix=f"Use only {' and '.join(VARIABLES)}", text=sentence)
