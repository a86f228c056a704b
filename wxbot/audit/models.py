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


@dataclass(frozen=True, kw_only=True)
class Head:
    """How far a day has come: the place of its last entry. Guards a day's end, which no later entry of it does."""

    id: str  # the day, ISO
    seq: int
    hash: str


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


@dataclass(frozen=True, kw_only=True)
class Broken:
    """The first entry at which the chain does not hold."""

    seq: int
    day: str
    problem: Problem


@dataclass(frozen=True, kw_only=True)
class Verification:
    """What a walk along the chain found. `last_hash` noted elsewhere proves later that nothing before it changed."""

    entries: int
    days: int
    last_seq: int
    last_hash: str
    broken: Broken | None

    @property
    def holds(self) -> bool:
        """Whether nothing is broken."""
        return self.broken is None
