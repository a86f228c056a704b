"""The shape of practice.toml: cases that trainees play before they may answer patients (A2-01, A3-27)."""

from collections.abc import Iterator

from pydantic import Field

from config.checks import Finding
from config.schemas import Entry, Identifier, Text


class NeedEntry(Entry):
    """What must be said in a case; phrases as in endings.toml."""

    name: Text = Field(examples=["先致歉"])
    words: tuple[Text, ...] = Field(min_length=1, examples=[["抱歉"]])


class CaseEntry(Entry):
    """One case."""

    id: Identifier = Field(examples=["unpaid"])
    title: Text = Field(examples=["住院欠费"])
    source: Text = Field(examples=["A0-31"])
    about: Text = Field(examples=["不能推卸"])
    lines: tuple[Text, ...] = Field(min_length=1, examples=[["我欠费了怎么办"]])
    needs: tuple[NeedEntry, ...] = Field(default=())


class PracticeFile(Entry):
    """practice.toml."""

    pass_points: int = Field(ge=1, le=100, examples=[80])
    needed: int = Field(ge=1, le=50, examples=[3])
    cases: tuple[CaseEntry, ...] = Field(min_length=1)


def practice_findings(file: PracticeFile) -> Iterator[Finding]:
    """Ids given twice, and more cases needed than there are."""
    ids: set[str] = set()
    for position, each in enumerate(file.cases):
        if each.id in ids:
            what = f"another case has the id {each.id!r} too"
            yield Finding(path=("cases", position, "id"), what=what, fix="Choose another id")
        ids.add(each.id)
    if file.needed > len(ids):
        what = f"{file.needed} cases are needed and there are {len(ids)}"
        yield Finding(path=("needed",), what=what, fix="Lower it, or add cases")
