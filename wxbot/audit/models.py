"""Entries of the audit trail, and what a walk along their chain found."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, kw_only=True)
class Change:
    """One field that changed, as short masked text."""

    field: str
    old: str
    new: str


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What somebody did, before it has a place in the chain."""

    id: str
    at: datetime  # whole milliseconds: what the database gives back must hash as what was given
    day: str  # the clinic's local day, ISO
    by: str  # `staff:<id>`
    name: str  # as colleagues knew them at that moment
    action: str  # `patient:edited`
    subject: str  # `patient:<id>`
    summary: str  # a few words for colleagues, masked
    changes: tuple[Change, ...]
    reason: str  # why, where the use case asks for it


@dataclass(frozen=True, kw_only=True)
class Entry(Draft):
    """A draft with its place: `seq` counts every entry from 1, `hash` covers all fields and the entry before."""

    seq: int
    prev: str
    hash: str
    key: str = ""  # id of the data key from which the hash's key is derived; empty: from before the chain was keyed


@dataclass(frozen=True, kw_only=True)
class Head:
    """How far a day has come: the place of its last entry. Guards a day's end, which no later entry of it does."""

    id: str  # the day, ISO
    seq: int
    hash: str


@dataclass(frozen=True, kw_only=True)
class Anchor(Head):
    """A place of the chain as it was written down outside the database, in the anchor file."""

    keyed_from: int = 0  # only in the file's first line: from which number on every entry must be keyed


@dataclass(frozen=True, kw_only=True)
class Filter:
    """Which entries to show; empty fields do not narrow."""

    by: str = ""
    action: str = ""
    subject: str = ""
    first_day: str = ""  # ISO, included
    last_day: str = ""  # ISO, included


class Problem(StrEnum):
    """What is wrong with the first broken entry."""

    EDITED = "edited"  # its words are not those it was written with
    MISSING = "missing"  # no entry bears this number
    MOVED = "moved"  # it does not follow the entry before it
    CUT = "cut"  # the day once ended elsewhere: its end is gone or was replaced
    UNGUARDED = "unguarded"  # the note of how far its day went is gone
    UNKEYED = "unkeyed"  # it bears no key although the chain was keyed before it
    UNKNOWN_KEY = "unknown_key"  # the key it names is not here, so nobody can tell
    ANCHOR = "anchor"  # it is not the one that was written down outside the database, or it is gone
    SURPLUS = "surplus"  # there are more documents than entries of the chain


@dataclass(frozen=True, kw_only=True)
class Broken:
    """The first entry at which the chain does not hold."""

    seq: int
    day: str
    problem: Problem


@dataclass(frozen=True, kw_only=True)
class Anchors:
    """What the anchor file says, as far as it is ours: a line counts only with its message authentication code."""

    anchors: tuple[Anchor, ...] = ()
    lines: int = 0  # that count
    damaged: int = 0  # lines that are torn, forged, or under a key that is not here
    lost: int = 0  # lines that the database remembers and this file does not have
    file_id: str = ""  # from its first line; empty where there is none


@dataclass(frozen=True, kw_only=True)
class AnchorNote:
    """How long an anchor file was when it was last appended to."""

    id: str
    lines: int


@dataclass(frozen=True, kw_only=True)
class Checked:
    """The anchors a verification compared the chain with."""

    days: int = 0  # of which at least one place was compared
    first_day: str = ""  # ISO
    last_day: str = ""  # ISO
    last_seq: int = 0
    damaged: int = 0
    lost: int = 0


@dataclass(frozen=True, kw_only=True)
class Verification:
    """What a walk along the chain found. `last_hash` noted elsewhere proves later that nothing before it changed."""

    entries: int
    days: int
    last_seq: int
    last_hash: str
    broken: Broken | None
    unkeyed: int = 0  # entries from before the chain was keyed: a hash that anybody can compute
    checked: Checked = Checked()

    @property
    def proved(self) -> bool:
        """Whether it holds, and some of its own entries were compared with an anchor file that is whole."""
        among = self.checked.last_seq > self.last_seq - self.entries or not self.entries
        return self.holds and self.anchored and among and not (self.checked.damaged or self.checked.lost)

    @property
    def anchored(self) -> bool:
        """Whether it was compared with anything outside the database."""
        return self.checked.days > 0

    @property
    def holds(self) -> bool:
        """Whether nothing is broken."""
        return self.broken is None
