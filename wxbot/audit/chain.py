"""The chain: each entry's hash covers its own words and the hash of the entry before. Pure."""

import json
from collections.abc import Iterable
from dataclasses import asdict, fields
from datetime import UTC
from hashlib import sha256
from typing import Any

from wxbot.audit.models import Broken, Draft, Entry, Head, Problem, Verification

START = Head(id="", seq=0, hash="0" * 64)  # what the very first entry follows
_DRAFTED = tuple(field.name for field in fields(Draft))


def link(draft: Draft, last: Head) -> Entry:
    """Give a draft its place behind the last entry.

    A day never comes back: where the clock lies behind the chain, the entry belongs to the chain's day.
    """
    words: dict[str, Any] = {name: getattr(draft, name) for name in _DRAFTED}
    words["day"] = max(draft.day, last.id)
    seq = last.seq + 1
    return Entry(**words, seq=seq, prev=last.hash, hash=_digest(Draft(**words), seq, last.hash))


def place_of(entry: Entry) -> Head:
    """Where an entry stands, for the next to follow it."""
    return Head(id=entry.day, seq=entry.seq, hash=entry.hash)


def canonical(draft: Draft, seq: int) -> bytes:
    """The one spelling of an entry that is hashed: JSON, keys sorted, ASCII, the moment in UTC milliseconds."""
    words: dict[str, Any] = {name: getattr(draft, name) for name in _DRAFTED}
    words["at"] = draft.at.astimezone(UTC).isoformat(timespec="milliseconds")
    words["changes"] = [asdict(change) for change in draft.changes]
    words["seq"] = seq
    return json.dumps(words, sort_keys=True, separators=(",", ":")).encode("ascii")


def _digest(draft: Draft, seq: int, prev: str) -> str:
    return sha256(prev.encode() + b"\n" + canonical(draft, seq)).hexdigest()


class Walk:
    """Follows the chain, oldest entry first, up to the first that is broken.

    `heads` say how far each day went. They are read before the entries are: the newest day may meanwhile have grown
    longer, never shorter. `start` is what the first entry to come should follow.
    """

    def __init__(self, heads: Iterable[Head], start: Head = START) -> None:
        noted = [head for head in heads if head.seq > start.seq]
        self._by_day = {head.id: head for head in noted}
        self._by_seq = {head.seq: head for head in noted}
        self._newest = max(self._by_day, default="")
        self._start = self._last = start
        self._days = 0
        self._broken: Broken | None = None

    def step(self, seq: int, entry: Entry | None) -> bool:
        """Look at what is stored under `seq` (None: unreadable); False when the walk is over."""
        if self._broken is None:
            self._broken = self._chained(seq, entry) or (self._noted(entry) if entry is not None else None)
        if self._broken is None and entry is not None:
            self._days += entry.day != self._last.id
            self._last = place_of(entry)
        return self._broken is None

    def end(self) -> Verification:
        """What was found; a day that was noted and is not there any more is found here."""
        if self._broken is None and self._last.seq < max(self._by_seq, default=0):
            self._broken = self._cut(self._last.seq + 1)
        return Verification(
            entries=self._last.seq - self._start.seq,
            days=self._days,
            last_seq=self._last.seq,
            last_hash=self._last.hash,
            broken=self._broken,
        )

    def _chained(self, seq: int, entry: Entry | None) -> Broken | None:
        """Does it follow the entry before, in its own words?"""
        day = entry.day if entry is not None else self._last.id
        if seq != self._last.seq + 1:
            return Broken(seq=self._last.seq + 1, day=self._last.id or day, problem=Problem.MISSING)
        if entry is None or entry.seq != seq or entry.hash != _digest(entry, seq, entry.prev):
            return Broken(seq=seq, day=day, problem=Problem.EDITED)
        if entry.prev != self._last.hash or day < self._last.id:
            return Broken(seq=seq, day=day, problem=Problem.MOVED)
        return None

    def _noted(self, entry: Entry) -> Broken | None:
        """Do the notes agree: with this entry, and with the end of the day it leaves behind?"""
        left = self._last
        if left.seq > self._start.seq and left.id != entry.day and left.id < self._newest:
            note = self._by_day.get(left.id)
            if note is None:
                return Broken(seq=left.seq, day=left.id, problem=Problem.UNGUARDED)
            if note.seq != left.seq:
                return Broken(seq=min(note.seq, left.seq) + 1, day=left.id, problem=Problem.CUT)
        note = self._by_seq.get(entry.seq)
        if note is not None and note != place_of(entry):
            return Broken(seq=entry.seq, day=entry.day, problem=Problem.CUT)
        return None

    def _cut(self, seq: int) -> Broken:
        beyond = min((head for head in self._by_seq.values() if head.seq >= seq), key=lambda head: head.seq)
        return Broken(seq=seq, day=beyond.id, problem=Problem.CUT)
