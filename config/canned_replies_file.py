"""The shape of canned_replies/*.toml: sentences for the reply box, a file a folder (docs/canned-replies.md)."""

import re
from collections.abc import Collection, Iterator

from pydantic import Field

from config.checks import Finding
from config.plain_words import nearest
from config.schemas import Entry, Identifier, Text

# What a reply may name; the same names as wxbot/canned_replies/filling.py, which a test compares.
VARIABLES = (
    "patient_name",
    "salutation",
    "doctor",
    "doctor_card",
    "visit_type",
    "visit_day",
    "visit_time",
    "agent_name",
    "clinic_name",
    "clinic_phone",
    "clinic_address",
)

_BRACES = re.compile(r"\{(\?)?([^{}]*)\}|[{}]")


class CannedReplyEntry(Entry):
    """A canned reply: how it is found, and what it says."""

    id: Identifier = Field(examples=["waiting_sorry"])
    title: Text = Field(max_length=20, examples=["久等致歉"])
    text: Text = Field(max_length=500, examples=["很抱歉让您久等了。"])
    source: str = Field(default="", max_length=60, examples=["A2-20"])


class CannedRepliesFile(Entry):
    """A file of canned_replies/: one folder."""

    folder: Text = Field(max_length=12, examples=["等待"])
    replies: tuple[CannedReplyEntry, ...] = Field(min_length=1)


def canned_findings(file: CannedRepliesFile, elsewhere: Collection[str]) -> Iterator[Finding]:
    """Ids given twice (also in another file), variables that nothing fills, blanks without words."""
    seen = set(elsewhere)
    for position, each in enumerate(file.replies):
        if each.id in seen:
            what = f"the canned reply {each.id!r} exists already"
            yield Finding(path=("replies", position, "id"), what=what, fix="Keep one of the two, or choose another id")
        seen.add(each.id)
        for found in _BRACES.finditer(each.text):
            path = ("replies", position, "text")
            if found[2] is None:
                yield Finding(
                    path=path, what=f"text has a lonely {found[0]}", fix="Write {doctor}, or {?时间} for a blank"
                )
            elif found[1]:
                if not found[2].strip():
                    yield Finding(path=path, what="a blank asks for nothing", fix="Write what is asked for: {?时间}")
            elif found[2] not in VARIABLES:
                meant = nearest(found[2], list(VARIABLES))
                hint = f"Did you mean {{{meant}}}? " if meant is not None else ""
                what = f"text names {{{found[2]}}}, which nothing fills"
                yield Finding(path=path, what=what, fix=f"{hint}Known: {', '.join(VARIABLES)}", text=found[0])
