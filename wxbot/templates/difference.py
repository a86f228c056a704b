"""What changed between two texts, readable for people: whole words and variables, no confetti. Pure."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

# A variable, a word or number in plain letters, white space, else one sign: Chinese has no spaces between words.
_PIECE = re.compile(r"\{[^{}\s]*\}|[A-Za-z0-9]+|\n|[^\S\n]+|.", re.DOTALL)
_SHORT = 2  # characters: an island of agreement that small between two changes reads worse than one change
LONGEST = 4_000  # characters compared piece by piece; longer texts are shown as replaced


class Change(StrEnum):
    """What became of a stretch of text."""

    SAME = "same"
    DELETED = "del"
    INSERTED = "ins"


@dataclass(frozen=True)
class Stretch:
    """A piece of text and what became of it."""

    change: Change
    text: str


def difference(old: str, new: str) -> tuple[Stretch, ...]:
    """How `old` became `new`, in order; what is deleted stands before what replaces it."""
    if old == new:
        return (Stretch(Change.SAME, old),) if old else ()
    if max(len(old), len(new)) > LONGEST:
        return _stretches([(old, new, False)])
    before, after = _PIECE.findall(old), _PIECE.findall(new)
    parts: list[tuple[str, str, bool]] = []
    for tag, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        parts.append(("".join(before[a:b]), "".join(after[c:d]), tag == "equal"))
    return _stretches(_without_islands(parts))


def _without_islands(parts: list[tuple[str, str, bool]]) -> list[tuple[str, str, bool]]:
    joined: list[tuple[str, str, bool]] = []
    for position, (old, new, same) in enumerate(parts):
        inside = 0 < position < len(parts) - 1
        island = same and inside and len(old) < _SHORT and "\n" not in old
        if joined and not joined[-1][2] and (island or not same):
            joined[-1] = (joined[-1][0] + old, joined[-1][1] + new, False)
        else:
            joined.append((old, new, same))
    return joined


def _stretches(parts: list[tuple[str, str, bool]]) -> tuple[Stretch, ...]:
    made: list[Stretch] = []
    for old, new, same in parts:
        if same:
            made.append(Stretch(Change.SAME, old))
        else:
            made += [Stretch(Change.DELETED, old)] if old else []
            made += [Stretch(Change.INSERTED, new)] if new else []
    return tuple(made)
