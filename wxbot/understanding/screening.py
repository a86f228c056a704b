"""Which of many patterns can match a text at all: each needs certain signs, and a short text has few of them.

What a pattern needs is read from the pattern: of `不(?:用|要)` a sign 不 and one of 用 and 要. So most patterns are
known not to match after one pass over the signs of a text, and only the few that are left are tried.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from re import _constants as kinds  # how the standard library itself reads a pattern
from re import _parser as reader
from typing import Any

MOST_NEEDS = 3  # that are looked at of one pattern; more tell hardly more
MOST_SIGNS = 400  # that fulfil one need; of more every text has one
COMMON = frozenset("我你的了不是有要吗能可以一个在好到来去想就说多少什么怎天上下没人这那么时后,.?")
COMMON_COUNTS_AS = 6  # signs: what is in every third text excludes little

Need = frozenset[str]  # signs one of which is in every text that matches


def needs_of(*patterns: "re.Pattern[str]") -> tuple[Need, ...]:
    """What every text in which one of the patterns is found must have: one sign of each, the rarest first."""
    if any(pattern.flags != re.UNICODE for pattern in patterns):
        return ()
    needs = dict.fromkeys(_needs_of_one([reader.parse(pattern.pattern, pattern.flags) for pattern in patterns]))
    return tuple(sorted(needs, key=_commonness))


def needs_of_word(word: str) -> tuple[Need, ...]:
    """What every text with that word in it must have: its signs, the rarest first."""
    return tuple(sorted(map(frozenset, dict.fromkeys(word)), key=_commonness))


def alternatives_of(pattern: "re.Pattern[str]") -> tuple["re.Pattern[str]", ...]:
    """The alternatives of a pattern that is `one|other`, each for itself; they are found where the pattern is."""
    source, places, depth, in_class, at = pattern.pattern, [-1], 0, False, 0
    while at < len(source):
        sign = source[at]
        if sign == "\\":
            at += 1
        elif in_class:
            in_class = sign != "]"
        elif sign == "[":
            in_class = True
        elif sign in "()":
            depth += 1 if sign == "(" else -1
        elif sign == "|" and not depth:
            places.append(at)
        at += 1
    parts = [source[start + 1 : end] for start, end in pairwise([*places, len(source)])]
    return tuple(re.compile(part, pattern.flags) for part in parts)


class Screen:
    """Several patterns, of which a text may match few."""

    def __init__(self, needs: Iterable[Sequence[Need]]) -> None:
        """`needs`: of each pattern; see `needs_of`."""
        every = [tuple(each)[:MOST_NEEDS] for each in needs]
        self._count = len(every)
        # one bit for each need of each pattern: the first needs of all, then the second
        self._fulfilled_by: dict[str, int] = {}
        self._without = 0
        for place, found in enumerate(every):
            for number in range(MOST_NEEDS):
                bit = 1 << (number * self._count + place)
                if number >= len(found):
                    self._without |= bit
                    continue
                for sign in found[number]:
                    self._fulfilled_by[sign] = self._fulfilled_by.get(sign, 0) | bit

    def possible(self, text: str) -> int:
        """The patterns that may match the text or a part of it: bit n stands for the n-th."""
        fulfilled, by = self._without, self._fulfilled_by
        for sign in text:
            if sign in by:
                fulfilled |= by[sign]
        return fulfilled & fulfilled >> self._count & fulfilled >> 2 * self._count & ~(-1 << self._count)

    def of(self, text: str) -> Iterator[int]:
        """The numbers of the patterns that may match the text or a part of it, in order."""
        left = self.possible(text)
        while left:
            lowest = left & -left
            yield lowest.bit_length() - 1
            left ^= lowest


class AnyOf:
    """Whether any of many wordings is found; `patterns` are whole alternations."""

    def __init__(self, *patterns: "re.Pattern[str]") -> None:
        self._wordings = [each for pattern in patterns for each in alternatives_of(pattern)]
        self._screen = Screen(map(needs_of, self._wordings))

    def found_in(self, text: str) -> bool:
        """Whether one of them is found in the text."""
        left = self._screen.possible(text)
        while left:
            lowest = left & -left
            if self._wordings[lowest.bit_length() - 1].search(text) is not None:
                return True
            left ^= lowest
        return False


def _commonness(need: Need) -> int:
    return len(need) + (COMMON_COUNTS_AS - 1) * len(need & COMMON)


def _needs(nodes: Iterable[tuple[Any, Any]]) -> Iterator[Need]:
    """The needs of pieces that follow one another."""
    for kind, value in nodes:
        if kind is kinds.LITERAL:
            yield frozenset(chr(value))
        elif kind is kinds.IN:
            yield from _needs_of_class(value)
        elif kind is kinds.BRANCH:
            yield from _needs_of_one(value[1])
        elif kind is kinds.SUBPATTERN:
            yield from _needs(value[3])
        elif kind is kinds.ATOMIC_GROUP:
            yield from _needs(value)
        elif kind is kinds.ASSERT:  # what stands before or behind is in the text as well
            yield from _needs(value[1])
        elif kind in {kinds.MAX_REPEAT, kinds.MIN_REPEAT, kinds.POSSESSIVE_REPEAT} and value[0]:
            yield from _needs(value[2])


def _needs_of_class(items: Sequence[tuple[Any, Any]]) -> Iterator[Need]:
    ranges = [(value, value) if kind is kinds.LITERAL else value for kind, value in items]
    only_signs = all(kind in {kinds.LITERAL, kinds.RANGE} for kind, _ in items)
    if only_signs and sum(last - first + 1 for first, last in ranges) <= MOST_SIGNS:
        yield frozenset(chr(code) for first, last in ranges for code in range(first, last + 1))


def _needs_of_one(branches: Sequence[Iterable[tuple[Any, Any]]]) -> Iterator[Need]:
    """The needs of whichever alternative matches: the rarest of each, together, then the second of each."""
    every = [sorted(dict.fromkeys(_needs(branch)), key=_commonness)[:MOST_NEEDS] for branch in branches]
    for each in range(min(map(len, every))):
        together: Need = frozenset().union(*(needs[each] for needs in every))
        if len(together) <= MOST_SIGNS:
            yield together
