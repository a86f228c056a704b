"""The shape of clinic_words.toml: the clinic's own words, and how a colleague's are checked (docs/lexicon.md)."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from pydantic import Field, model_validator

from config.checks import Finding
from config.problems import UnfitValueError
from config.schemas import Entry, Text


class ConfusionEntry(Entry):
    """Words that an input method offers for each other."""

    right: Text = Field(max_length=20, examples=["包皮"])
    wrong: tuple[Text, ...] = Field(min_length=1, examples=[["报批"]])
    near: tuple[Text, ...] = Field(default=(), examples=[["手术"]])
    term: bool = Field(default=True, examples=[False])


class OfferEntry(Entry):
    """优惠: an activity with its first and last day."""

    name: Text = Field(max_length=40, examples=["爱牙日洁牙活动"])
    first: date = Field(examples=["2027-09-15"])
    last: date = Field(examples=["2027-09-30"])

    @model_validator(mode="after")
    def in_order(self) -> "OfferEntry":
        """Refuse an activity that ends before it begins."""
        if self.last < self.first:
            what = f"last ({self.last}) is before first ({self.first})"
            raise UnfitValueError(what, "Write the first day first", ("last",))
        return self


class SpokenEntry(Entry):
    """Short lists that the check of a colleague's words uses."""

    refused_emoji: tuple[Text, ...] = Field(default=(), examples=[["[骂]"]])
    ask_more: tuple[Text, ...] = Field(default=(), examples=[["还有什么疑问"]])
    farewells: tuple[Text, ...] = Field(default=(), examples=[["再见"]])
    open_ended: tuple[Text, ...] = Field(default=(), examples=[["因为"]])
    apologies: tuple[Text, ...] = Field(default=(), examples=[["抱歉"]])


class ClinicWordsFile(Entry):
    """The whole file."""

    words: tuple[Text, ...] = Field(default=(), examples=[["洗牙"]])
    confusions: tuple[ConfusionEntry, ...] = ()
    offers: tuple[OfferEntry, ...] = ()
    spoken: SpokenEntry = Field(default_factory=SpokenEntry)

    def rules(self) -> Mapping[str, Any]:
        """Everything as one mapping, field for field what the check is made of."""
        parts = self.model_dump()
        return {**parts.pop("spoken"), **parts}


def clinic_words_findings(file: ClinicWordsFile) -> Iterator[Finding]:
    """Confusions of a word with itself, and words given twice."""
    for position, each in enumerate(file.confusions):
        if each.right in each.wrong:
            what = f"{each.right!r} is both right and wrong"
            yield Finding(path=("confusions", position, "wrong"), what=what, fix="Remove it from one of the two")
    seen: set[str] = set()
    for word in file.words:
        if word in seen:
            what = f"the word {word!r} is given twice"
            yield Finding(path=("words",), what=what, fix="Keep one of the two", text=f'"{word}"')
        seen.add(word)
