"""Finding a lexicon's entries in a text: one pass of an Aho-Corasick automaton, then a look where it stopped.

The automaton holds every plain word and every beginning of a pattern, so the time grows with the text and with what
is found in it, not with the lexicon.
"""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

import ahocorasick

from wxbot.quality.models import Entry, Finding, Replaces
from wxbot.quality.normalising import Normalised, normalise, plain
from wxbot.quality.patterns import Pattern, compile_pattern
from wxbot.quality.sentences import sentence_around


@dataclass(frozen=True)
class _Sought:
    """One pattern of one entry, or one of its exceptions."""

    entry: int  # its place in the lexicon
    pattern: Pattern
    exception: bool


@dataclass(frozen=True)
class _Hit:
    """A half-open span of the normalised text where an entry stands."""

    start: int
    end: int
    entry: int


class _Cover:
    """Spans, to be asked whether one of them holds another span."""

    def __init__(self, spans: Iterable[_Hit]) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []  # the farthest end of those that start there or before
        for span in sorted(spans, key=lambda span: span.start):
            self._starts.append(span.start)
            self._ends.append(max(span.end, self._ends[-1] if self._ends else 0))

    def covers(self, hit: _Hit) -> bool:
        """Whether a span begins no later and ends no earlier."""
        before = bisect_right(self._starts, hit.start)
        return before > 0 and self._ends[before - 1] >= hit.end


class Matcher:
    """A lexicon made ready. Immutable; building takes some milliseconds, searching well under one per kilobyte."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        """Raises PatternError for words that cannot be read."""
        self._entries = tuple(entries)
        self._wholes: list[tuple[int, tuple[str, ...]]] = []
        self._shapes: list[_Sought] = []
        beginnings: dict[str, list[_Sought]] = {}
        for number, entry in enumerate(self._entries):
            if entry.whole:
                spellings = tuple(sorted({plain(word) for word in entry.words}, key=len, reverse=True))
                self._wholes.append((number, spellings))
                continue
            for exception, phrases in ((False, entry.words), (True, entry.unless)):
                for phrase in phrases:
                    sought = _Sought(number, compile_pattern(phrase), exception)
                    if not sought.pattern.heads:
                        self._shapes.append(sought)
                    for head in sought.pattern.heads:
                        beginnings.setdefault(head, []).append(sought)
        self._automaton = ahocorasick.Automaton()
        for head, wanted in beginnings.items():
            self._automaton.add_word(head, (len(head), tuple(wanted)))
        if beginnings:
            self._automaton.make_automaton()
        self._empty = not beginnings

    def findings(
        self, text: str, *, purpose: str, lock_screen: bool, circumstances: Collection[str] = ()
    ) -> tuple[Finding, ...]:
        """What of the lexicon stands in `text`, in reading order; what lies inside another finding is left out."""
        seen = normalise(text)
        counts = [self._counts(entry, purpose, lock_screen, circumstances) for entry in self._entries]
        hits: list[_Hit] = []
        exceptions: dict[int, list[_Hit]] = {}
        for hit, exception in self._hits(seen):
            if counts[hit.entry] and (exception or not self._entries[hit.entry].start or _begins(seen, hit.start)):
                (exceptions.setdefault(hit.entry, []) if exception else hits).append(hit)
        excused = {entry: _Cover(spans) for entry, spans in exceptions.items()}
        hits = [hit for hit in hits if hit.entry not in excused or not excused[hit.entry].covers(hit)]
        hits += (hit for hit in self._whole(seen) if counts[hit.entry])
        return tuple(self._finding(text, seen, hit) for hit in self._outermost(hits))

    @staticmethod
    def _counts(entry: Entry, purpose: str, lock_screen: bool, circumstances: Collection[str]) -> bool:
        return (
            (not entry.purposes or purpose in entry.purposes)
            and (lock_screen or not entry.lock_screen)
            and (not entry.only_when or any(each in circumstances for each in entry.only_when))
            and not any(each in circumstances for each in entry.except_when)
        )

    def _hits(self, seen: Normalised) -> Iterator[tuple[_Hit, bool]]:
        for last, (length, wanted) in () if self._empty else self._automaton.iter(seen.text):
            start = last + 1 - length
            for sought in wanted:
                end = last + 1
                if sought.pattern.rest is not None:
                    match = sought.pattern.rest.match(seen.text, end)
                    if match is None:
                        continue
                    end = match.end()
                if _is_free(seen, start, end):
                    yield _Hit(start, end, sought.entry), sought.exception
        for sought in self._shapes:
            for match in sought.pattern.rest.finditer(seen.text) if sought.pattern.rest is not None else ():
                if _is_free(seen, *match.span()):
                    yield _Hit(*match.span(), sought.entry), sought.exception

    def _whole(self, seen: Normalised) -> Iterator[_Hit]:
        """Entries that count only when the text is nothing but their words, e.g. 嗯、啊、哦."""
        said = [position for position, character in enumerate(seen.text) if character.isalnum()]
        if not said:
            return
        left = "".join(seen.text[position] for position in said)
        for number, spellings in self._wholes:
            if len(left) <= _MOST_WHOLE and _consists_of(left, spellings):
                yield _Hit(said[0], said[-1] + 1, number)

    def _outermost(self, hits: list[_Hit]) -> Iterator[_Hit]:
        """Without those that lie inside one that is as serious; of equal ones the entry that was written first."""
        weight = [entry.severity.weight for entry in self._entries]
        reach = [0] * (max(weight, default=0) + 1)  # how far the kept ones of each weight and above have come
        for hit in sorted(hits, key=lambda hit: (hit.start, -hit.end, -weight[hit.entry], hit.entry)):
            own = weight[hit.entry]
            if hit.end > reach[own]:
                yield hit
                reach[: own + 1] = [max(so_far, hit.end) for so_far in reach[: own + 1]]

    def _finding(self, text: str, seen: Normalised, hit: _Hit) -> Finding:
        entry = self._entries[hit.entry]
        start, end = seen.span(hit.start, hit.end)
        first, last = _replaced(text, entry.replaces, start, end)
        return Finding(
            severity=entry.severity,
            start=start,
            end=end,
            words=text[start:end],
            category=entry.category,
            name=entry.name,
            reason=entry.reason,
            instead=entry.instead,
            source=entry.source,
            label=entry.label or entry.name,
            grade=entry.grade,
            replacement=entry.replacement or None,
            replace_start=first,
            replace_end=last,
        )


def _replaced(text: str, replaces: Replaces, start: int, end: int) -> tuple[int, int]:
    match replaces:
        case Replaces.MESSAGE:
            return 0, len(text)
        case Replaces.SENTENCE:
            return sentence_around(text, start, end)
    return start, end


def _begins(seen: Normalised, position: int) -> bool:
    """Whether a clause begins there."""
    return position == 0 or not (seen.text[position - 1].isalnum() or seen.text[position - 1] in "%{}")


_MOST_WHOLE = 20  # characters: a longer message says something


def _consists_of(text: str, words: tuple[str, ...]) -> bool:
    reached = {0}
    for position in range(len(text)):
        if position in reached:
            reached.update(position + len(word) for word in words if word and text.startswith(word, position))
    return len(text) in reached


def _is_free(seen: Normalised, start: int, end: int) -> bool:
    """Whether a span in Latin letters or digits is not a piece of a longer word: `top1` is not in `stop1`."""
    return not any(
        seen.joined(edge) and _is_latin(seen.text[edge - 1]) and _is_latin(seen.text[edge]) for edge in (start, end)
    )


def _is_latin(character: str) -> bool:
    return character.isascii() and character.isalnum()
