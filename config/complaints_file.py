"""The shape of complaints.toml: what a complaint is told by. Its phrases are written as those of dangers/."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import Field

from config.checks import Finding
from config.dangers_file import group_findings, phrase_findings, written_out
from config.schemas import Entry, Text


class ComplaintEntry(Entry):
    """One rule."""

    id: Text = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$", examples=["said"])
    name: Text = Field(examples=["要投诉"])
    words: tuple[Text, ...] = Field(min_length=1, examples=[["投诉", "[去|找]…{部门}"]])
    unless: tuple[Text, ...] = Field(default=(), examples=[["没有投诉"]])


class ComplaintsFile(Entry):
    """complaints.toml."""

    groups: Mapping[str, tuple[Text, ...]] = Field(default_factory=dict, examples=[{"部门": ["12315", "消协"]}])
    rules: tuple[ComplaintEntry, ...] = Field(min_length=1)

    def whole_rules(self) -> Iterator[Mapping[str, Any]]:
        """Each rule with its groups written out."""
        for rule in self.rules:
            phrases = {part: tuple(written_out(each, self.groups) for each in getattr(rule, part)) for part in PARTS}
            yield {"id": rule.id, "name": rule.name, **phrases}


PARTS = ("words", "unless")


def complaint_findings(file: ComplaintsFile) -> Iterator[Finding]:
    """Phrases that cannot be read, and ids given twice."""
    if in_groups := list(group_findings(file.groups)):
        yield from in_groups
        return
    ids: set[str] = set()
    for position, rule in enumerate(file.rules):
        if rule.id in ids:
            what = f"another rule has the id {rule.id!r} too"
            yield Finding(path=("rules", position, "id"), what=what, fix="Choose another id")
        ids.add(rule.id)
        for part in PARTS:
            yield from phrase_findings(file.groups, ("rules", position, part), getattr(rule, part))
