"""Frequent questions: which one a message asks, by patterns and character n-grams. Pure.

A set of questions is compiled once (`QuestionIndex`). Names of visit types are a slot: 洗牙多少钱 and 祛斑多少钱 ask
the same of two visit types. What a score must reach was measured on tests/corpus/questions.txt (docs/questions.md).
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from wxbot.understanding.asking import asks, asks_something_else, clauses, content_of, plain_words, tells
from wxbot.understanding.message import Message, normalise
from wxbot.understanding.models import QuestionFound

SURE = 0.64  # from here on a question may be answered, measured
NEAR = 0.5  # from here on it is offered: 您想问的是
MARGIN = 0.05  # by which an answered question leads the second
UNMARKED = 0.95  # what a message without any mark of a question must reach
MOST_NEAR = 3  # entries of 您想问的是
LONGEST = 80  # characters of a message that asks one thing; a longer one is a story and goes to a person
SHARE_OF_WAY = 0.5  # how much the nearest single way to ask weighs against all ways of a question together
UNKNOWN_CHARACTER, UNKNOWN_PAIR = 0.7, 0.5  # what words that no question has weigh, of the rarest that one has
PATTERN_FLOOR = 0.5  # what a pattern alone is worth, before the words that the question knows are counted
FEWEST_GRAMS = 3  # two characters and their pair; with fewer only a pattern counts
LENGTH_BONUS = 0.08  # of the share above, what a pattern of eight characters and more earns by its length
LEADS = "!"  # before a pattern: whatever else is asked, this comes first (孕妇, 过敏)
LEAD_BONUS = 0.15
ABOUT_BONUS = 0.08  # for a question that is about the very visit type which is named
LEAST = NEAR - ABOUT_BONUS  # what scores less is not looked at more closely

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


@dataclass(frozen=True)
class _Asked:
    """A candidate as it is compared: all its words for patterns, the n-grams of its content, the visit types named."""

    words: str
    grams: frozenset[str]
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
        self._synonyms = _any_of(self._canonical)
        self._unanswered = _any_of(_folded(word) for word in self.unanswered)
        self._named = tuple(
            (visit_type, re.compile("|".join(_written(_folded(name)) for name in sorted(names, key=len, reverse=True))))
            for visit_type, names in self.names.items()
        )
        self.questions = tuple(
            each for each in self.questions if not each.about or any(kind in self.names for kind in each.about)
        )
        ways = [(position, way) for position, each in enumerate(self.questions) for way in each.asked]
        ways += list(enumerate(self.unanswered_ways, start=len(self.questions)))  # each is a question of its own
        asked = [(position, self._asked(normalise(way).text).grams) for position, way in ways]
        unions: dict[int, set[str]] = defaultdict(set)
        for position, grams in asked:
            unions[position] |= grams
        self._unions = unions
        occurs = Counter(gram for position, union in unions.items() if self._answers(position) for gram in union)
        rarest = math.log(1 + len(self.questions))
        self._weights = {gram: math.log((1 + len(self.questions)) / count) for gram, count in occurs.items()}
        self._unknown = {1: UNKNOWN_CHARACTER * rarest, 2: UNKNOWN_PAIR * rarest}  # by the length of the n-gram
        self._questions_with: dict[str, list[int]] = defaultdict(list)
        for position, union in unions.items():
            for gram in union:
                self._questions_with[gram].append(position)
        self._way_weights: list[float] = []
        self._ways_with: dict[int, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
        for position, grams in asked:
            if len(grams) < FEWEST_GRAMS:  # nothing is left of it but a visit type
                continue
            for gram in grams:
                self._ways_with[position][gram].append(len(self._way_weights))
            self._way_weights.append(self._weight(grams))
        self._patterns_from: dict[str, list[tuple[int, bool, tuple[str, ...]]]] = defaultdict(list)  # by a first sign
        for position, each in enumerate(self.questions):
            for pattern in each.patterns:
                parts = tuple(map(self._plain, pattern.removeprefix(LEADS).split("+")))
                if all(parts):
                    sign = max(parts, key=len)[0]
                    self._patterns_from[sign].append((position, pattern.startswith(LEADS), parts))

    @property
    def compiled(self) -> list[re.Pattern[str]]:
        """Every pattern that was put together from names and lists, for the check of how quick they are."""
        built = [written for _, written in self._named]
        return [*built, *(each for each in (self._synonyms, self._unanswered) if each is not None)]

    def find(self, message: Message) -> QuestionFound | None:
        """The questions that are nearest, the best first; None when none is near, or nothing is asked."""
        if len(message.text) > LONGEST or (self._unanswered and self._unanswered.search(_folded(message.text))):
            return None
        best: dict[int, float] = {}
        named: list[str] = []
        for candidate in clauses(message.text):
            asked = self._asked(candidate)
            marked = asks(candidate)
            named += asked.visit_types
            if asks_something_else(candidate) or (not marked and tells(candidate)):
                continue
            for question, score in self._scores(asked, by_pattern=marked).items():
                if score >= (NEAR if marked else UNMARKED):
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

    def _scores(self, asked: _Asked, *, by_pattern: bool) -> dict[int, float]:
        """Every question that shares an n-gram or a pattern → its score from 0 to 1."""
        total = self._weight(asked.grams)
        covered: dict[int, float] = defaultdict(float)
        few = len(asked.grams) < FEWEST_GRAMS  # one character is in every second question
        for gram in () if few else asked.grams:
            for question in self._questions_with.get(gram, ()):
                covered[question] += self._weight_of(gram)
        scores = {}
        for question, known in covered.items():
            share = known / total
            if SHARE_OF_WAY * 2 * known / (total + known) + (1 - SHARE_OF_WAY) * share < LEAST:
                continue  # not even a way of exactly the known words would do
            scores[question] = SHARE_OF_WAY * self._nearest(question, asked, total) + (1 - SHARE_OF_WAY) * share
        signs = self._patterns_from.keys() & set(asked.words) if by_pattern else ()
        for question, leads, parts in (each for sign in signs for each in self._patterns_from[sign]):
            if all(part in asked.words for part in parts):
                pieces = self._unions[question] | _grams(parts)
                share = self._weight(asked.grams & pieces) / total if total else 1.0
                longer = min(LENGTH_BONUS, LENGTH_BONUS / 8 * sum(map(len, parts)))  # the more exact pattern leads
                worth = PATTERN_FLOOR + longer + (1 - PATTERN_FLOOR - LENGTH_BONUS) * share + LEAD_BONUS * leads
                scores[question] = max(scores.get(question, 0.0), worth)
        return self._fitting(scores, asked.visit_types)

    def _nearest(self, question: int, asked: _Asked, total: float) -> float:
        """How near the nearest single way to ask the question is, from 0 to 1."""
        shared: dict[int, float] = defaultdict(float)
        ways_with = self._ways_with[question]
        for gram in asked.grams & ways_with.keys():
            for way in ways_with[gram]:
                shared[way] += self._weight_of(gram)
        return max((2 * known / (total + self._way_weights[way]) for way, known in shared.items()), default=0.0)

    def _answers(self, position: int) -> bool:
        """Whether it is a question with an answer, not one of `unanswered_ways`."""
        return position < len(self.questions)

    def _fitting(self, scores: Mapping[int, float], visit_types: Sequence[str]) -> dict[int, float]:
        """Without questions about other visit types than the named; those about a named one lead."""
        fitting = {}
        for question, score in scores.items():
            about = self.questions[question].about if self._answers(question) else ()
            if about and visit_types:
                if not any(kind in about for kind in visit_types):
                    continue
                fitting[question] = score + ABOUT_BONUS
            else:
                fitting[question] = score
        return fitting

    def _asked(self, text: str) -> _Asked:
        named = []
        words = self._plain(text)
        text = self._same(text)  # 整牙 is 矫正, which is the name of a visit type
        for visit_type, written in self._named:
            text, count = written.subn(_SLOT, text)
            named += [visit_type] if count else []
        parts = content_of(self._plain(text)).split(_SLOT)
        return _Asked(words, _grams(parts), tuple(named))

    def _plain(self, text: str) -> str:
        return self._same(plain_words(_folded(text)))

    def _same(self, text: str) -> str:
        if self._synonyms is None:
            return text
        return self._synonyms.sub(lambda found: self._canonical[found[0]], text)

    def _weight(self, grams: Iterable[str]) -> float:
        return sum(map(self._weight_of, grams))

    def _weight_of(self, gram: str) -> float:
        return self._weights.get(gram) or self._unknown[len(gram)]


def _folded(text: str) -> str:
    return "".join(sign for sign in text.casefold() if sign.isalnum() or sign == _SLOT)


def _grams(parts: Iterable[str]) -> frozenset[str]:
    """The single characters and the pairs of neighbours."""
    found: set[str] = set()
    for part in parts:
        found.update(part)
        found.update(part[at : at + 2] for at in range(len(part) - 1))
    return frozenset(found)


def _any_of(words: Iterable[str]) -> re.Pattern[str] | None:
    longest_first = sorted((re.escape(word) for word in words if word), key=len, reverse=True)
    return re.compile("|".join(longest_first)) if longest_first else None


def _written(name: str) -> str:
    """洗牙 also as 洗个牙 and 牙洗."""
    if not 1 < len(name) <= _LONGEST_SPLIT_NAME:
        return re.escape(name)
    verb, rest = re.escape(name[0]), re.escape(name[1:])
    return f"{verb}{_INSERTED}{rest}|{rest}{verb}"
