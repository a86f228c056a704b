"""Sentences from clinic life, written by hand, each with the reading that is expected.

A file holds one sentence a line: the words, ` => `, and what is expected, as `word` and `key=value` apart by spaces;
lines that begin with # are headings. Every sentence is read on `TODAY`, in the shipped clinic. Three of ten, chosen by
a digest of their words, are held out: rules are written against the others, and figures are told for both.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

TODAY = date(2026, 11, 20)  # a Friday
HELD_OUT_OF_TEN = 3


@dataclass(frozen=True)
class Sentence:
    """One line: the words, the bare words expected of it, and the values by key."""

    text: str
    flags: tuple[str, ...]
    values: Mapping[str, str] = field(default_factory=dict)
    line: int = 0

    @property
    def held_out(self) -> bool:
        """Whether it is one of those that no rule may be written for."""
        return hashlib.sha256(self.text.encode()).digest()[0] % 10 < HELD_OUT_OF_TEN


def sentences(name: str) -> list[Sentence]:
    """The sentences of `tests/corpus/<name>.txt`, in order. Raises ValueError for a line that is none."""
    found = []
    lines = (Path(__file__).parent / f"{name}.txt").read_text("utf-8").splitlines()
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.startswith("#"):
            continue
        text, mark, expected = line.partition(" => ")
        if not mark or not text or not expected.strip():
            raise ValueError(f"{name}.txt:{number}: no expected reading")
        tokens = expected.split()
        values = dict(token.split("=", 1) for token in tokens if "=" in token)
        found.append(Sentence(text, tuple(token for token in tokens if "=" not in token), values, number))
    return found
