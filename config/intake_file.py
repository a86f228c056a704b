"""The shape of intake.toml: what is asked before a visit, and the question for the chat (A3-11, A3-12)."""

from collections.abc import Iterator

from pydantic import Field

from config.checks import Finding
from config.schemas import Entry, Identifier, Text


class IntakeEntry(Entry):
    """One field."""

    key: Identifier = Field(examples=["wish"])
    name: Text = Field(max_length=20, examples=["想要的效果"])
    question: str = Field(default="", max_length=200, examples=["您希望达到什么样的效果呢？"])
    optional: bool = Field(default=False, examples=[False])  # personal: kept with the patient's consent only


class IntakeFile(Entry):
    """intake.toml."""

    fields: tuple[IntakeEntry, ...] = Field(min_length=1, max_length=30)


def intake_findings(file: IntakeFile) -> Iterator[Finding]:
    """Keys given twice, and fields that nobody can ask for in the chat."""
    keys: set[str] = set()
    for position, each in enumerate(file.fields):
        if each.key in keys:
            what = f"another field has the key {each.key!r} too"
            yield Finding(path=("fields", position, "key"), what=what, fix="Choose another key")
        keys.add(each.key)
        if not each.optional and not each.question:
            what = f"{each.key!r} has no question"
            yield Finding(path=("fields", position), what=what, fix="Write the question that is asked in the chat")
