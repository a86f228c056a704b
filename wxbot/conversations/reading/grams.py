"""Texts as pairs of characters: what the search over messages is indexed and asked by. Pure.

A text is folded sign by sign (width, capitals, traditional characters), so that each folded sign knows where it stood;
marks, spaces and emoji are left out. A pair finds itself anywhere in a word, which Chinese without spaces needs; the
last sign stands alone too, so that every single sign begins some key.
"""

import unicodedata
from dataclasses import dataclass
from itertools import islice
from operator import add

from wxbot.understanding.message import simplified

MOST_SIGNS = 1_000  # of a text that are indexed; the platform takes 2,048 bytes
LONGEST_QUERY = 50  # characters of it that are read
MOST_WORDS = 5
MOST_REMEMBERED = 16_384  # different characters; a clinic's patients write some thousand


@dataclass(frozen=True)
class Folded:
    """A text as it is compared, and where each of its signs stood in what was written."""

    signs: str
    places: tuple[int, ...]


class _FoldedSigns(dict[int, str]):
    """What `str.translate` asks of each character: the folded signs it stands for, worked out at its first use."""

    def __missing__(self, code: int) -> str:
        plain = simplified(unicodedata.normalize("NFKC", chr(code))).casefold()
        signs = "".join(
            str(unicodedata.decimal(each)) if each.isdecimal() else each for each in plain if each.isalnum()
        )
        if len(self) >= MOST_REMEMBERED:
            self.clear()
        self[code] = signs
        return signs


_FOLDED = _FoldedSigns()


def signs_of(text: str) -> str:
    """The signs of a text that count, folded. A microsecond for a message: every message is indexed by it."""
    return text[: 2 * MOST_SIGNS].translate(_FOLDED)[:MOST_SIGNS]


def folded(text: str) -> Folded:
    """The signs that count, and their places."""
    places = (place for place, sign in enumerate(text[: 2 * MOST_SIGNS]) for _ in _FOLDED[ord(sign)])
    return Folded(signs_of(text), tuple(islice(places, MOST_SIGNS)))


def grams_of(signs: str) -> list[str]:
    """Every pair of neighbours once, and the last sign."""
    return list(dict.fromkeys([*map(add, signs, signs[1:]), signs[-1:]])) if signs else []


def words_of(query: str) -> tuple[str, ...]:
    """The words that a message must have, each folded; empty for nothing to look for."""
    words = [signs_of(word) for word in unicodedata.normalize("NFKC", query[:LONGEST_QUERY]).split()]
    return tuple(dict.fromkeys(word for word in words if word))[:MOST_WORDS]


def sought(words: tuple[str, ...]) -> tuple[tuple[str, ...], str]:
    """The pairs that a message with those words has; where there is none, the single sign that a key begins with."""
    pairs = dict.fromkeys(word[start : start + 2] for word in words for start in range(len(word) - 1))
    return tuple(pairs), "" if pairs else words[0]


def marks_of(text: str, words: tuple[str, ...]) -> tuple[tuple[int, int], ...] | None:
    """Where the words stand in a text, as half-open spans that do not touch; None when one of them does not."""
    it = folded(text)
    spans: list[tuple[int, int]] = []
    for word in words:
        start = it.signs.find(word)
        if start < 0:
            return None
        while start >= 0:
            spans.append((it.places[start], it.places[start + len(word) - 1] + 1))
            start = it.signs.find(word, start + 1)
    joined: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if joined and first <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], last))
        else:
            joined.append((first, last))
    return tuple(joined)
