"""How near a text is to the ways in which questions are asked, by its characters and pairs of characters. Pure.

Each n-gram weighs by how few questions have it. A question's score is half the nearest single way to ask it (Dice),
half how much of the text the question knows at all. Only what can reach the score that is asked for is looked at: the
commonest n-grams of a text, in every second question, come last.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

SHARE_OF_WAY = 0.5  # how much the nearest single way to ask weighs against all ways of a question together
UNKNOWN_CHARACTER, UNKNOWN_PAIR = 0.7, 0.5  # what words that no question has weigh, of the rarest that one has
UNIT = 2**32  # of a weight of 1: weights are whole, so that no sum depends on the order of a set
FEWEST_GRAMS = 3  # two characters and their pair; with fewer only a pattern counts


def grams_of(parts: Iterable[str]) -> frozenset[str]:
    """The single characters and the pairs of neighbours."""
    found: set[str] = set()
    for part in parts:
        found.update(part)
        found.update(map(str.__add__, part, part[1:]))
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class Weighed:
    """The n-grams of a text with their weights, and the sum of these; `known` by question, as far as it was asked."""

    weights: Mapping[str, int]
    total: int
    known: dict[int, int] = field(default_factory=dict)

    def weight_of(self, grams: Iterable[str]) -> int:
        """The weight of those n-grams, as far as the text has them."""
        return sum([self.weights.get(gram, 0) for gram in grams])


@dataclass(frozen=True, slots=True)
class _Question:
    """The n-grams of all ways to ask it; of each way the weight, and by n-gram the numbers of the ways with it."""

    grams: frozenset[str]
    ways: tuple[int, ...]
    ways_with: Mapping[str, tuple[int, ...]]
    lightest: int


class NgramIndex:
    """The ways to ask every question, compiled."""

    def __init__(self, ways: Iterable[tuple[int, frozenset[str]]], *, answered: int) -> None:
        """`ways`: the number of a question and the n-grams of one way; numbers below `answered` set the weights."""
        of_question: dict[int, dict[frozenset[str], None]] = defaultdict(dict)
        for question, grams in ways:
            of_question[question][grams] = None
        unions = {question: frozenset().union(*all_grams) for question, all_grams in of_question.items()}
        occurs = Counter(gram for question, union in unions.items() if question < answered for gram in union)
        rarest = math.log(1 + answered) * UNIT
        self._weights = {gram: round(math.log((1 + answered) / count) * UNIT) for gram, count in occurs.items()}
        self._unknown = {  # by the length of the n-gram
            1: round(UNKNOWN_CHARACTER * rarest),
            2: round(UNKNOWN_PAIR * rarest),
        }
        questions_with: dict[str, list[int]] = defaultdict(list)
        for question, union in unions.items():
            for gram in union:
                questions_with[gram].append(question)
        self._questions_with = {gram: tuple(questions) for gram, questions in questions_with.items()}
        self._questions = {
            question: self._compiled(unions[question], all_grams) for question, all_grams in of_question.items()
        }

    def _compiled(self, union: frozenset[str], all_grams: Collection[frozenset[str]]) -> _Question:
        ways: list[int] = []
        ways_with: dict[str, list[int]] = defaultdict(list)
        for grams in all_grams:
            if len(grams) < FEWEST_GRAMS:  # nothing is left of it but a visit type
                continue
            for gram in grams:
                ways_with[gram].append(len(ways))
            ways.append(sum(map(self._weight_of, grams)))
        together = {gram: tuple(numbers) for gram, numbers in ways_with.items()}
        return _Question(union, tuple(ways), together, min(ways, default=0))

    def weighed(self, grams: Collection[str]) -> Weighed:
        """The n-grams of a text with their weights."""
        known, unknown = self._weights, self._unknown
        weights = {gram: known.get(gram) or unknown[len(gram)] for gram in grams}
        return Weighed(weights, sum(weights.values()))

    def scores(self, text: Weighed, least: float) -> dict[int, float]:
        """Every question that scores at least `least` (0 to 1) → its score."""
        found: dict[int, float] = {}
        if len(text.weights) < FEWEST_GRAMS:  # one character is in every second question
            return found
        for number, known in self._knowing(text, text.total * _least_share(least)):
            question, share = self._questions[number], (1 - SHARE_OF_WAY) * known / text.total
            nearest = 2 * known / (text.total + max(known, question.lightest))  # a way of exactly the known words
            if SHARE_OF_WAY * nearest + share < least:
                continue
            score = SHARE_OF_WAY * _nearest(question, text, known) + share
            if score >= least:
                found[number] = score
        return found

    def known_by(self, number: int) -> frozenset[str]:
        """The n-grams of all ways to ask a question."""
        question = self._questions.get(number)
        return question.grams if question is not None else frozenset()

    def known(self, text: Weighed, number: int) -> int:
        """The weight of what the question knows of a text."""
        known = text.known.get(number)
        if known is None:
            grams = self.known_by(number)
            known = text.known[number] = sum([weight for gram, weight in text.weights.items() if gram in grams])
        return known

    def _knowing(self, text: Weighed, needed: float) -> Iterator[tuple[int, int]]:
        """The questions that know n-grams of at least that weight, and the weight.

        The commonest n-grams that together weigh less are left out at first: alone they lead to no question.
        """
        weights, found_by = text.weights, self._questions_with
        rare = sorted((gram for gram in weights if gram in found_by), key=lambda gram: len(found_by[gram]))
        common: list[str] = []
        left_out = 0
        while rare and left_out + weights[rare[-1]] < needed:
            common.append(rare.pop())
            left_out += weights[common[-1]]
        known_by: dict[int, int] = {}
        for gram in rare:
            weight = weights[gram]
            for number in found_by[gram]:
                known_by[number] = known_by.get(number, 0) + weight
        for number, known in known_by.items():
            if known + left_out < needed:
                continue
            grams = self._questions[number].grams
            whole = known + sum([weights[gram] for gram in common if gram in grams])
            if whole >= needed:
                yield number, whole

    def _weight_of(self, gram: str) -> int:
        return self._weights.get(gram) or self._unknown[len(gram)]


def _nearest(question: _Question, text: Weighed, known: int) -> float:
    """How near the nearest single way to ask the question is, from 0 to 1."""
    total, ways = text.total, question.ways
    if len(ways) == 1:
        return 2 * known / (total + ways[0])
    shared: dict[int, int] = {}
    for gram, weight in text.weights.items():
        for way in question.ways_with.get(gram, ()):
            shared[way] = shared.get(way, 0) + weight
    return max([2 * both / (total + ways[way]) for way, both in shared.items()], default=0.0)


def _least_share(least: float) -> float:
    """The least share of a text that a question must know for that score, with a way of exactly the known words."""
    # the share s solves SHARE_OF_WAY * 2 s / (1 + s) + (1 - SHARE_OF_WAY) * s = least
    of_all = 1 - SHARE_OF_WAY
    middle = 2 * SHARE_OF_WAY + of_all - least
    return (math.sqrt(middle**2 + 4 * of_all * least) - middle) / (2 * of_all)
