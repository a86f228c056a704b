"""Whether a sentence is worded like those that tell of danger: a linear classifier of characters and pairs of them.

The phrases of config/dangers/ say what is wrong and are asked first. This is the second look for wordings that none of
them foresaw; its weights are fitted by `python -m tests.corpus.danger_weights`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import repeat

from wxbot.understanding.ngrams import grams_of
from wxbot.understanding.phrase_search import Span

SHORTEST = 5  # characters; fewer tell too little
LONGEST = 60  # characters that are judged as one; longer ones are judged in stretches
STRETCH = 40  # characters
MOST_READ = 1_000  # characters of a message, as in phrase_search

_SENTENCE = re.compile(r"[^.!?]+")


@dataclass(frozen=True)
class Resemblance:
    """The stretch that is most like a sentence of danger, and its score; above 0 it is one."""

    span: Span
    score: int


def features(text: str) -> tuple[str, ...]:
    """The characters of a normalised text and the pairs side by side, each once, marks left out, in order."""
    return tuple(sorted(_features(text)))


def _features(text: str) -> frozenset[str]:
    return grams_of((text if text.isalnum() else "".join(filter(str.isalnum, text)),))


def most_like(text: str, weights: Mapping[str, int], least: int) -> Resemblance | None:
    """The stretch of a normalised text with the highest sum of weights, `least` taken off; None for a short text."""
    text = text[:MOST_READ]
    scored = (
        Resemblance(span, sum(map(weights.get, _features(text[span.start : span.end]), repeat(0))) - least)
        for span in _stretches(text)
        if span.end - span.start >= SHORTEST
    )
    return max(scored, key=lambda each: each.score, default=None)


def _stretches(text: str) -> Iterator[Span]:
    if len(text) <= LONGEST:
        yield Span(0, len(text))
    for sentence in _SENTENCE.finditer(text):
        if sentence.end() - sentence.start() == len(text) <= LONGEST:
            return  # the same again
        if sentence.end() - sentence.start() <= LONGEST:
            yield Span(*sentence.span())
            continue
        for start in range(sentence.start(), sentence.end(), STRETCH // 2):
            yield Span(start, min(start + STRETCH, sentence.end()))
