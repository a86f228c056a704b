"""Frequent questions: which one a message asks, by patterns and character n-grams. Pure.

A set of questions is compiled once (`QuestionIndex`). Names of visit types are a slot: 洗牙多少钱 and 祛斑多少钱 ask
the same of two visit types. What a score must reach was measured on tests/corpus/questions.txt (docs/questions.md).
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import ahocorasick

from wxbot.understanding.asking import asks, asks_something_else, clauses, content_of, plain_words, tells
from wxbot.understanding.message import Message, normalise
from wxbot.understanding.models import QuestionFound
from wxbot.understanding.ngrams import NgramIndex, Weighed, grams_of
from wxbot.understanding.screening import Screen, needs_of

SURE = 0.64  # from here on a question may be answered, measured
NEAR = 0.5  # from here on it is offered: 您想问的是
MARGIN = 0.05  # by which an answered question leads the second
UNMARKED = 0.95  # what a message without any mark of a question must reach
MOST_NEAR = 3  # entries of 您想问的是
LONGEST = 80  # characters of a message that asks one thing; a longer one is a story and goes to a person
PATTERN_FLOOR = 0.5  # what a pattern alone is worth, before the words that the question knows are counted
LENGTH_BONUS = 0.08  # of the share above, what a pattern of eight characters and more earns by its length
LEADS = "!"  # before a pattern: whatever else is asked, this comes first (孕妇, 过敏)
LEAD_BONUS = 0.15
ABOUT_BONUS = 0.08  # for a question that is about the very visit type which is named
MOST_REMEMBERED = 500  # clauses, and contents of 3 KB: 您好, 多少钱 and 要带什么 are said all day, of every visit type

_INSERTED = "(?:完了|的|[一两几二三四][颗次个下回]|那个|这个|完|了|过|个|次|掉|颗|好|下){0,2}"  # 洗个牙, 拔完智齿
_SLOT = "\ue000"  # a place in the text where a visit type was named
_LONGEST_SPLIT_NAME = 3  # characters; verb and object of a longer name are not written apart


@dataclass(frozen=True, kw_only=True)
class FrequentQuestion:
    """A question with the other ways to ask it, as far as matching needs it.

    `patterns` are words that are enough, joined by + where all must occur; a ! before one lets it lead. `about` limits
    a question to visit types (ids): it is not meant when others are named, nor where the clinic offers none of them.
    """

    id: str
    asked: tuple[str, ...]
    patterns: tuple[str, ...] = ()
    about: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Synonyms:
    """Words that are taken for `word`."""

    word: str
    same: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Pattern:
    """Words that are enough for a question, where all the parts occur: the longest, which leads here, and `others`.

    It is worth `worth` and `lead` at least; `more` are n-grams of the parts that no way to ask the question has.
    """

    question: int
    others: tuple[str, ...]
    worth: float
    lead: float
    more: tuple[str, ...]


@dataclass(frozen=True)
class _Asked:
    """A candidate as it is compared: all its words for patterns, its content for n-grams, the visit types named."""

    words: str
    content: str
    visit_types: tuple[str, ...]


@dataclass(eq=False)
class QuestionIndex:
    """All questions, ready to be compared with. `names` are the words for each visit type, by its id."""

    questions: Sequence[FrequentQuestion]
    names: Mapping[str, Sequence[str]] = field(default_factory=dict)
    synonyms: Sequence[Synonyms] = ()
    unanswered: Sequence[str] = ()  # words of other subjects: a message with one of them is not answered
    unanswered_ways: Sequence[str] = ()  # whole messages that no answer fits: what is nearest to one is not answered

    def __post_init__(self) -> None:
        """Compile names, synonyms and ways, and weigh every n-gram by how few questions have it."""
        self._canonical = {
            _folded(same): _folded(each.word) for each in self.synonyms for same in (each.word, *each.same)
        }
        self._synonyms = ahocorasick.Automaton()
        for same in filter(None, self._canonical):
            self._synonyms.add_word(same, same)
        self._synonyms.make_automaton()
        self._unanswered = _any_of(_folded(word) for word in self.unanswered)
        self._named = tuple(
            (visit_type, re.compile("|".join(_written(_folded(name)) for name in sorted(names, key=len, reverse=True))))
            for visit_type, names in self.names.items()
        )
        self._named_screen = Screen(needs_of(written) for _, written in self._named)
        self.questions = tuple(
            each for each in self.questions if not each.about or any(kind in self.names for kind in each.about)
        )
        self._about = {position: frozenset(each.about) for position, each in enumerate(self.questions) if each.about}
        ways = [(position, way) for position, each in enumerate(self.questions) for way in each.asked]
        ways += list(enumerate(self.unanswered_ways, start=len(self.questions)))  # each is a question of its own
        self._ngrams = NgramIndex(
            ((position, _grams(self._asked(normalise(way).text).content)) for position, way in ways),
            answered=len(self.questions),
        )
        self._near = lru_cache(maxsize=MOST_REMEMBERED)(self._compare)
        self._clause = lru_cache(maxsize=MOST_REMEMBERED)(self._candidate)
        patterns: dict[str, list[_Pattern]] = defaultdict(list)
        for position, each in enumerate(self.questions):
            for pattern in each.patterns:
                parts = tuple(map(self._plain, pattern.removeprefix(LEADS).split("+")))
                if all(parts):
                    longest = max(parts, key=len)
                    patterns[longest].append(self._pattern(position, parts, longest, pattern.startswith(LEADS)))
        self._patterns = ahocorasick.Automaton()  # by their longest part
        for part, found in patterns.items():
            self._patterns.add_word(part, tuple(found))
        self._patterns.make_automaton()

    def _pattern(self, question: int, parts: tuple[str, ...], longest: str, leads: bool) -> _Pattern:
        longer = min(LENGTH_BONUS, LENGTH_BONUS / 8 * sum(map(len, parts)))  # the more exact pattern leads
        more = tuple(grams_of(parts) - self._ngrams.known_by(question))
        others = tuple(part for part in parts if part != longest)
        return _Pattern(question, others, PATTERN_FLOOR + longer, LEAD_BONUS if leads else 0.0, more)

    @property
    def compiled(self) -> list[re.Pattern[str]]:
        """Every pattern that was put together from names and lists, for the check of how quick they are."""
        built = [written for _, written in self._named]
        return [*built, *(each for each in (self._unanswered,) if each is not None)]

    def find(self, message: Message) -> QuestionFound | None:
        """The questions that are nearest, the best first; None when none is near, or nothing is asked."""
        if len(message.text) > LONGEST or (self._unanswered and self._unanswered.search(_folded(message.text))):
            return None
        best: dict[int, float] = {}
        named: list[str] = []
        for candidate in clauses(message.text):
            visit_types, near = self._clause(candidate)
            named += visit_types
            for question, score in near.items():
                best[question] = max(score, best.get(question, 0.0))
        ranked = sorted(best.items(), key=lambda each: (-each[1], each[0]))
        leads = len(ranked) == 1 or (ranked and ranked[0][1] - ranked[1][1] >= MARGIN)
        if not ranked or not self._answers(ranked[0][0]):
            return None
        ranked = [each for each in ranked if self._answers(each[0])][:MOST_NEAR]
        scores = tuple(min(1.0, round(score, 3)) for _, score in ranked)
        return QuestionFound(
            ids=tuple(self.questions[question].id for question, _ in ranked),
            scores=scores,
            sure=ranked[0][1] >= SURE and bool(leads),
            visit_types=tuple(dict.fromkeys(named)),
        )

    def _candidate(self, text: str) -> tuple[tuple[str, ...], dict[int, float]]:
        """The visit types that a clause or the whole message names, and the questions that are near enough to it."""
        slotted, visit_types = self._slotted(text)
        marked = asks(text)
        if asks_something_else(text) or (not marked and tells(text)):
            return visit_types, {}
        scores = self._scores(self._compared(text, slotted, visit_types), marked=marked)
        least = NEAR if marked else UNMARKED
        return visit_types, {question: score for question, score in scores.items() if score >= least}

    def _scores(self, asked: _Asked, *, marked: bool) -> dict[int, float]:
        """The questions that n-grams bring near enough, or a pattern if something is asked → scores from 0 to 1."""
        least = (NEAR if marked else UNMARKED) - (ABOUT_BONUS if asked.visit_types else 0)
        text, near = self._near(asked.content, least)
        scores = dict(near)
        for pattern in self._patterns_in(asked.words) if marked else ():
            question = pattern.question
            known = self._ngrams.known(text, question)
            if pattern.more:
                known += text.weight_of(pattern.more)
            share = known / text.total if text.total else 1.0
            worth = pattern.worth + (1 - PATTERN_FLOOR - LENGTH_BONUS) * share + pattern.lead
            if worth > scores.get(question, 0.0):
                scores[question] = worth
        return self._fitting(scores, asked.visit_types)

    def _compare(self, content: str, least: float) -> tuple[Weighed, dict[int, float]]:
        """The n-grams of a content, and the questions that these bring to the score `least`."""
        text = self._ngrams.weighed(_grams(content))
        return text, self._ngrams.scores(text, least)

    def _patterns_in(self, words: str) -> Iterator[_Pattern]:
        if len(self._patterns):
            for _, patterns in self._patterns.iter(words):
                for each in patterns:
                    for part in each.others:
                        if part not in words:
                            break
                    else:
                        yield each

    def _answers(self, position: int) -> bool:
        """Whether it is a question with an answer, not one of `unanswered_ways`."""
        return position < len(self.questions)

    def _fitting(self, scores: dict[int, float], visit_types: Sequence[str]) -> dict[int, float]:
        """Without questions about other visit types than the named; those about a named one lead."""
        if not visit_types:
            return scores
        fitting = {}
        for question, score in scores.items():
            about = self._about.get(question)
            if about is None:
                fitting[question] = score
            elif not about.isdisjoint(visit_types):
                fitting[question] = score + ABOUT_BONUS
        return fitting

    def _asked(self, text: str) -> _Asked:
        return self._compared(text, *self._slotted(text))

    def _slotted(self, text: str) -> tuple[str, tuple[str, ...]]:
        """The text with a slot for each visit type that it names, and their ids."""
        named = []
        text = self._same(text)  # 整牙 is 矫正, which is the name of a visit type
        for visit_type, written in map(self._named.__getitem__, self._named_screen.of(text)):
            text, count = written.subn(_SLOT, text)
            named += [visit_type] if count else []
        return text, tuple(named)

    def _compared(self, text: str, slotted: str, visit_types: tuple[str, ...]) -> _Asked:
        words = self._plain(text)
        content = content_of(words if slotted == text else self._plain(slotted))
        return _Asked(words, content, visit_types)

    def _plain(self, text: str) -> str:
        return self._same(plain_words(_folded(text)))

    def _same(self, text: str) -> str:
        """The text with one word for all that mean the same: of those that overlap the first, the longest of these."""
        if not len(self._synonyms):
            return text
        found = [(last + 1 - len(same), -last, same) for last, same in self._synonyms.iter(text)]
        if not found:
            return text
        kept, at = [], 0
        for start, _, same in sorted(found):
            if start >= at:
                kept += [text[at:start], self._canonical[same]]
                at = start + len(same)
        return "".join((*kept, text[at:]))


def _grams(content: str) -> frozenset[str]:
    return grams_of(content.split(_SLOT))


def _folded(text: str) -> str:
    text = text.casefold()
    return text if text.isalnum() else "".join([sign for sign in text if sign.isalnum() or sign == _SLOT])


def _any_of(words: Iterable[str]) -> re.Pattern[str] | None:
    longest_first = sorted((re.escape(word) for word in words if word), key=len, reverse=True)
    return re.compile("|".join(longest_first)) if longest_first else None


def _written(name: str) -> str:
    """洗牙 also as 洗个牙 and 牙洗."""
    if not 1 < len(name) <= _LONGEST_SPLIT_NAME:
        return re.escape(name)
    verb, rest = re.escape(name[0]), re.escape(name[1:])
    return f"{verb}{_INSERTED}{rest}|{rest}{verb}"
