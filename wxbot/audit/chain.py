"""The chain: each entry's hash covers its own words and the hash of the entry before, under a secret key. Pure."""

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, fields, replace
from datetime import UTC
from hashlib import sha256
from hmac import compare_digest, digest
from typing import Any, TypeAlias

from wxbot.audit.models import Anchor, Anchors, Broken, Checked, Draft, Entry, Head, Problem, Verification

START = Head(id="", seq=0, hash="0" * 64)  # what the very first entry follows
NO_ANCHORS = Anchors()
_DRAFTED = tuple(field.name for field in fields(Draft))

KeyOf: TypeAlias = Callable[[str], bytes | None]
"""The chain's key that belongs to the id of a data key; None where that is not here."""


def link(draft: Draft, last: Head, *, key_id: str, key: bytes) -> Entry:
    """Give a draft its place behind the last entry.

    A day never comes back: where the clock lies behind the chain, the entry belongs to the chain's day.
    """
    words: dict[str, Any] = {name: getattr(draft, name) for name in _DRAFTED}
    words["day"] = max(draft.day, last.id)
    seq = last.seq + 1
    return Entry(**words, seq=seq, prev=last.hash, hash=_digest(Draft(**words), seq, last.hash, key), key=key_id)


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


def _digest(draft: Draft, seq: int, prev: str, key: bytes | None) -> str:
    """HMAC-SHA256 under the key; without one SHA-256, as before the chain was keyed."""
    words = prev.encode() + b"\n" + canonical(draft, seq)
    return sha256(words).hexdigest() if key is None else digest(key, words, "sha256").hex()


class Walk:
    """Follows the chain, oldest entry first, up to the first that is broken.

    `heads` say how far each day went. They are read before the entries are: the newest day may meanwhile have grown
    longer, never shorter. `start` is what the first entry to come should follow. `anchors` were written down outside
    the database; with them it is known from which number on every entry must be keyed.
    """

    def __init__(
        self, heads: Iterable[Head], start: Head = START, *, key_of: KeyOf, anchors: Anchors = NO_ANCHORS
    ) -> None:
        noted = [head for head in heads if head.seq > start.seq]
        self._by_day = {head.id: head for head in noted}
        self._by_seq = {head.seq: head for head in noted}
        self._newest = max(self._by_day, default="")
        self._start = self._last = start
        self._key_of = key_of
        self._anchors = _Comparison(anchors, start)
        self._keyed = False
        self._unkeyed = 0
        self._days = 0
        self._broken: Broken | None = self._anchors.of(start)

    def step(self, seq: int, entry: Entry | None) -> bool:
        """Look at what is stored under `seq` (None: unreadable); False when the walk is over."""
        if self._broken is None:
            self._broken = self._chained(seq, entry) or (self._noted(entry) if entry is not None else None)
        if self._broken is None and entry is not None:
            self._broken = self._anchors.of(place_of(entry))
        if self._broken is None and entry is not None:
            self._days += entry.day != self._last.id
            self._last = place_of(entry)
            self._keyed = self._keyed or bool(entry.key)
            self._unkeyed += not entry.key
        return self._broken is None

    def end(self, documents: int | None = None) -> Verification:
        """What was found; a day that was noted and is not there any more is found here.

        `documents` is how many the database counted before the walk, where it went from the beginning.
        """
        seen = self._last.seq - self._start.seq
        if self._broken is None and self._last.seq < max(self._by_seq, default=0):
            self._broken = self._cut(self._last.seq + 1)
        if self._broken is None:
            self._broken = self._anchors.beyond(self._last)
        if self._broken is None and documents is not None and documents > seen:
            self._broken = Broken(seq=self._last.seq + 1, day=self._last.id, problem=Problem.SURPLUS)
        return Verification(
            entries=seen,
            days=self._days,
            last_seq=self._last.seq,
            last_hash=self._last.hash,
            broken=self._broken,
            unkeyed=self._unkeyed,
            checked=self._anchors.checked,
        )

    def _chained(self, seq: int, entry: Entry | None) -> Broken | None:
        """Does it follow the entry before, in its own words and under a key?"""
        day = entry.day if entry is not None else self._last.id
        if seq != self._last.seq + 1:
            return Broken(seq=self._last.seq + 1, day=self._last.id or day, problem=Problem.MISSING)
        if entry is None or entry.seq != seq:
            return Broken(seq=seq, day=day, problem=Problem.EDITED)
        problem = self._proved(entry)
        if problem is None and (entry.prev != self._last.hash or day < self._last.id):
            problem = Problem.MOVED
        return Broken(seq=seq, day=day, problem=problem) if problem is not None else None

    def _proved(self, entry: Entry) -> Problem | None:
        """Does its hash prove its words?"""
        key = self._key_of(entry.key) if entry.key else None
        if entry.key and key is None:
            return Problem.UNKNOWN_KEY
        if key is None and (self._keyed or self._anchors.must_be_keyed(entry.seq)):
            return Problem.UNKEYED
        right = _digest(entry, entry.seq, entry.prev, key)
        return None if compare_digest(entry.hash.encode(), right.encode()) else Problem.EDITED

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


class _Comparison:
    """The places of the chain that were written down outside the database, one after the other."""

    def __init__(self, anchors: Anchors, start: Head) -> None:
        self._by_seq = {each.seq: each for each in anchors.anchors if each.seq >= start.seq and each.seq > 0}
        self._keyed_from = next((each.keyed_from for each in anchors.anchors if each.keyed_from), None)
        self.checked = Checked(damaged=anchors.damaged, lost=anchors.lost)

    def must_be_keyed(self, seq: int) -> bool:
        """Whether an entry of that number was written after the chain was keyed."""
        return self._keyed_from is not None and seq >= self._keyed_from

    def of(self, place: Head) -> Broken | None:
        """Whether a place is the one that was written down; nothing where none was."""
        anchor = self._by_seq.get(place.seq)
        if anchor is None:
            return None
        if (anchor.id, anchor.hash) != (place.id, place.hash):
            return Broken(seq=place.seq, day=anchor.id, problem=Problem.ANCHOR)
        self.checked = replace(
            self.checked,
            days=self.checked.days + (place.id != self.checked.last_day),
            first_day=self.checked.first_day or place.id,
            last_day=place.id,
            last_seq=place.seq,
        )
        return None

    def beyond(self, last: Head) -> Broken | None:
        """Whether something was written down of entries after the last that is there."""
        gone: list[Anchor] = [each for seq, each in self._by_seq.items() if seq > last.seq]
        if not gone:
            return None
        first = min(gone, key=lambda each: each.seq)
        return Broken(seq=last.seq + 1, day=first.id, problem=Problem.ANCHOR)
