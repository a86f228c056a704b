"""The shape of endings.toml: by which words an ending is told, and the sentences that are proposed for it."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from config.checks import Finding
from config.schemas import Entry, Text

Phrases = Annotated[tuple[Text, ...], Field(min_length=1, examples=[["还有疑问吗"]])]
Sentence = Annotated[Text, Field(examples=["请问您还有其他疑问吗？"])]
VARIABLES = ("{clinic}", "{holiday}")


class PhraseEntries(Entry):
    """[phrases]: by which words an ending is told."""

    ask_more: Phrases
    farewell: Phrases
    nothing_more: Phrases
    goodbye: Phrases
    declined: Phrases
    hold: Phrases
    warning_first: Phrases
    warning_last: Phrases
    polite_end: Phrases


class SentenceEntries(Entry):
    """[sentences]: what is proposed to a colleague."""

    ask_more: Sentence
    understood: Sentence
    ask_contact: Sentence
    farewell: Sentence
    farewell_weekend: Sentence
    farewell_holiday: Sentence
    farewell_solemn: Sentence
    greeting: Sentence
    greeting_weekend: Sentence
    greeting_holiday: Sentence
    greeting_solemn: Sentence
    warning_first: Sentence
    warning_last: Sentence


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
    phrases: PhraseEntries
    sentences: SentenceEntries
    abuse: AbuseEntry
    holidays: HolidayEntry = HolidayEntry()


def endings_findings(file: EndingsFile) -> Iterator[Finding]:
    """Braces that nobody fills in."""
    for key, sentence in file.sentences.model_dump().items():
        rest = sentence
        for variable in VARIABLES:
            rest = rest.replace(variable, "")
        if "{" in rest or "}" in rest:
            what = f"{sentence!r} has braces that nobody fills in"
            yield Finding(path=("sentences", key), what=what, fix=f"Use only {' and '.join(VARIABLES)}", text=sentence)
