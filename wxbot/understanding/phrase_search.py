"""Phrases that are searched in a message: the small language in which rules are written, and one pass for all of them.

- Plain characters stand for themselves: `止不住`. Spaces are only for the eye.
- `[甲|乙]` is either of them, `[甲|]` is 甲 or nothing.
- `甲…乙` is 甲 and then 乙, at most GAP characters apart, inside one sentence.
- `甲+乙` is both in either order, at most REACH characters apart.

A spelling of three characters or more is also found by its sound, where one character in three was typed as another of
the same sound (流学不止); sounds that are one in the south (zh and z, ing and in) count as the same.
"""

import re
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, islice, product, repeat
from operator import attrgetter
from typing import NamedTuple, TypeAlias

import ahocorasick

from wxbot.pinyin import syllable_of
from wxbot.understanding.message import normalise

GAP = 10  # characters between the two sides of …: most of a clause
REACH = 22  # characters between the two sides of +: two clauses
MOST_SPELLINGS = 2_000  # of one stretch; more is a slip of the pen
MOST_MATCHES = 6  # of one phrase in one message
MOST_PLACES = 12  # of one stretch in one message; nobody writes so often what they mean
MOST_PARTS = 4  # stretches of one phrase
LONGEST_SEARCHED = 1_000  # characters of a message; handlers see 600
SENTENCE_ENDS = frozenset(".!?")
SHORTEST_BY_SOUND = 3  # characters; shorter ones sound like too much else

_PART = re.compile(r"\[([^\[\]]*)\]|([^\[\]|]+)")


class PhraseError(ValueError):
    """The phrase cannot be read; the message says why, in English."""


@dataclass(frozen=True, slots=True)
class Part:
    """One stretch of a phrase: its spellings in normal form. `ordered`: it comes after the one before (…), else +."""

    spellings: tuple[str, ...]
    ordered: bool


class Span(NamedTuple):
    """A place `text[start:end]`."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Match:
    """A phrase that was found: the place of each of its parts, in the order of the phrase."""

    rule: str
    parts: tuple[Span, ...]

    @property
    def start(self) -> int:
        """Where it begins."""
        return min(part.start for part in self.parts)

    @property
    def end(self) -> int:
        """Where it ends."""
        return max(part.end for part in self.parts)


def parts_of(phrase: str) -> tuple[Part, ...]:
    """Read a phrase.

    Raises:
        PhraseError: a bracket without its partner, an empty side of … or +, too many parts or spellings.
    """
    found: list[Part] = []
    ordered = False
    for piece in re.split("([…+])", re.sub("…+", "…", "".join(phrase.split()).replace("＋", "+"))):
        if piece in {"…", "+"}:
            ordered = piece == "…"
            continue
        found.append(Part(_spellings(piece), ordered))
    if len(found) > MOST_PARTS:
        raise PhraseError(f"more than {MOST_PARTS} parts")
    return tuple(found)


def _spellings(piece: str) -> tuple[str, ...]:
    choices: list[list[str]] = []
    at, number = 0, 1
    while at < len(piece):
        part = _PART.match(piece, at)
        if part is None:
            raise PhraseError("a bracket has no partner")
        at = part.end()
        choice, literal = part.groups()
        choices.append([literal] if choice is None else choice.split("|"))
        number *= len(choices[-1])
    if number > MOST_SPELLINGS:
        raise PhraseError(f"{number} spellings of one part; write several phrases with fewer choices")
    found = {normalise("".join(choice)).text for choice in product(*choices)} if choices else {""}
    found = {each for each in found if any(sign.isalnum() for sign in each)}  # the normal form drops fillers
    if not found:
        raise PhraseError("a part is left out entirely")
    return tuple(sorted(found))


@lru_cache(maxsize=16_384)
def sound_of(sign: str) -> str:
    """How one character is spoken, without its tone; the sign itself where it has no sound."""
    sound = syllable_of(sign)
    if sound == sign:
        return sign
    for southern, northern in (("zh", "z"), ("ch", "c"), ("sh", "s")):
        if sound.startswith(southern):
            sound = northern + sound[2:]
    return sound[:-1] if sound.endswith("ng") and sound[-3:-2] in {"i", "e"} else sound


_Numbered: TypeAlias = "tuple[tuple[int, bool], ...]"


@dataclass(frozen=True, slots=True)
class Looked:
    """What was seen in a text: where each stretch stands, and by rule the phrases whose stretches are all there."""

    text: str
    places: Mapping[int, Sequence[Span]]
    phrases: Mapping[str, Sequence[_Numbered]]

    def matches(self, rule: str) -> Iterator[Match]:
        """The matches of a rule's phrases, MOST_MATCHES of each phrase: a text that has more says nothing new."""
        for parts in self.phrases.get(rule, ()):
            for spans in islice(_combined(self.text, self.places, parts, ()), MOST_MATCHES):
                yield Match(rule, spans)


class PhraseSearch:
    """Finds every rule's phrases in one pass over the characters and one over the sounds."""

    def __init__(self, rules: Mapping[str, Iterable[str]], *, by_sound: bool = True) -> None:
        """`rules`: by the id of a rule, its phrases. Raises PhraseError."""
        self._phrases = [(rule, parts_of(phrase)) for rule, phrases in rules.items() for phrase in phrases]
        groups: dict[tuple[str, ...], int] = {}
        self._numbered = [
            (rule, tuple((groups.setdefault(part.spellings, len(groups)), part.ordered) for part in parts))
            for rule, parts in self._phrases
        ]
        by_spelling: dict[str, list[int]] = {}
        for spellings, number in groups.items():
            for spelling in spellings:
                by_spelling.setdefault(spelling, []).append(number)
        self._exact = ahocorasick.Automaton()
        self._sounds = ahocorasick.Automaton(ahocorasick.STORE_ANY, ahocorasick.KEY_SEQUENCE)
        self._syllables: dict[str, int] = {}
        sounding: dict[tuple[int, ...], list[tuple[str, list[int]]]] = {}
        for spelling, numbers in by_spelling.items():
            self._exact.add_word(spelling, (len(spelling), numbers))
            if by_sound and len(spelling) >= SHORTEST_BY_SOUND:
                sounds = tuple(
                    self._syllables.setdefault(sound_of(sign), len(self._syllables) + 1) for sign in spelling
                )
                sounding.setdefault(sounds, []).append((spelling, numbers))
        for sounds, spelt in sounding.items():
            self._sounds.add_word(sounds, spelt)
        self._exact.make_automaton()
        self._sounds.make_automaton()
        longest_of = {number: min(map(len, spellings)) for spellings, number in groups.items()}
        self._waits: dict[int, list[int]] = {}  # by its longest stretch, which few texts have, the phrases
        for position, (_, parts) in enumerate(self._numbered):
            self._waits.setdefault(max(parts, key=lambda part: longest_of[part[0]])[0], []).append(position)

    def look(self, text: str) -> "Looked":
        """Look through the normalised text once; the matches are put together as they are asked for."""
        text = text[:LONGEST_SEARCHED]
        found = self._spelt(text)
        found += self._sounding(text)
        there = set(chain.from_iterable([numbers for _, _, numbers in found]))
        waiting = there & self._waits.keys()
        if not waiting:
            return Looked(text, {}, {})
        phrases: dict[str, list[_Numbered]] = {}
        wanted: set[int] = set()
        for position in sorted({each for number in waiting for each in self._waits[number]}):
            rule, parts = self._numbered[position]
            numbers = {number for number, _ in parts}
            if numbers <= there:
                phrases.setdefault(rule, []).append(parts)
                wanted |= numbers
        return Looked(text, _places(found, wanted), phrases)

    def _spelt(self, text: str) -> list[tuple[int, int, Sequence[int]]]:
        if not len(self._exact):
            return []
        return [(last + 1 - length, last + 1, numbers) for last, (length, numbers) in self._exact.iter(text)]

    def _sounding(self, text: str) -> Iterator[tuple[int, int, Sequence[int]]]:
        """What sounds like a spelling and differs from it in one character of three."""
        if not len(self._sounds):
            return
        sounds = tuple(map(self._syllables.get, map(sound_of, text), repeat(0)))
        for last, spelt in self._sounds.iter(sounds):
            for spelling, numbers in spelt:
                start = last + 1 - len(spelling)
                others = sum(a != b for a, b in zip(spelling, text[start : last + 1], strict=True))
                if 0 < others <= len(spelling) // SHORTEST_BY_SOUND:
                    yield start, last + 1, numbers


def _places(found: Iterable[tuple[int, int, Sequence[int]]], wanted: Collection[int]) -> dict[int, list[Span]]:
    """The first places of each wanted stretch, from left to right."""
    places: dict[int, list[tuple[int, int]]] = {number: [] for number in wanted}
    for start, end, numbers in found if wanted else ():
        for number in numbers:
            if number in places:
                places[number].append((start, end))
    return {number: [Span(*each) for each in sorted(spans)[:MOST_PLACES]] for number, spans in places.items()}


_start = attrgetter("start")


def _combined(
    text: str, places: Mapping[int, Sequence[Span]], parts: Sequence[tuple[int, bool]], taken: tuple[Span, ...]
) -> Iterator[tuple[Span, ...]]:
    """The places of the parts from `taken` on that stand near enough to one another."""
    if len(taken) == len(parts):
        yield taken
        return
    number, ordered = parts[len(taken)]
    spans = places[number]
    if not taken:
        for span in spans:
            yield from _combined(text, places, parts, (span,))
        return
    last = taken[-1]
    reach = GAP if ordered else REACH
    begin, end = min(each.start for each in taken), max(each.end for each in taken)
    first = last.end if ordered else begin - reach * 2
    for position in range(bisect_left(spans, first, key=_start), len(spans)):
        span = spans[position]
        if span.start > (last.end if ordered else end) + reach:
            break
        if any(span.start < each.end and each.start < span.end for each in taken):
            continue
        if ordered:
            if any(sign in SENTENCE_ENDS for sign in text[last.end : span.start]):
                break
        elif span.end < begin - reach:
            continue
        yield from _combined(text, places, parts, (*taken, span))
