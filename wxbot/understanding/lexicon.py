"""What is compiled from one state of the clinic's words: names, relations, ignored words, and the phrases."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import TypeAlias

import ahocorasick

from wxbot.understanding.doubtful_phrases import DOUBTFUL_PHRASES, HARMLESS
from wxbot.understanding.fillers import FILLERS
from wxbot.understanding.message import normalise
from wxbot.understanding.models import ANYONE
from wxbot.understanding.phrases import PHRASES
from wxbot.understanding.relations import RELATIONS
from wxbot.understanding.screening import Screen, needs_of
from wxbot.understanding.tokens import ID_SEPARATOR, Kind, Token
from wxbot.understanding.vocabulary import HONORIFICS, Named, Vocabulary

Meaning: TypeAlias = tuple[Kind, str, str | None]  # with the rule, and the value of the token
WordFound: TypeAlias = tuple[int, int, tuple[Meaning, ...], bool]  # with its place; whether it is a name

# Heads of names that say too little: 检查 alone may be 口腔检查, 口腔 alone may be anything.
GENERAL = frozenset({"口腔", "牙齿", "牙科", "皮肤", "面部", "全口", "儿童", "成人", "无痛", "常规", "普通"})
AS_ANSWERS = frozenset({"都行", "都可以", "随便", "无所谓"})  # mean any doctor only after the question for one
SHORTEST_NAME = 2  # signs; a single one is part of too many words
LONGEST_SPLIT = 4  # signs of a name that people part: 洗个牙, 拔一颗智齿, 看一下牙
_DONE = "(了|过|完|的|好|掉)(?:一?[个次颗下回])?"
_BETWEEN = f"(?:一?[个次颗下回趟口只边]|一?[看洗拔做查](?:我的|孩子的|一下)?|我的|一下我的|{_DONE})?"


class Lexicon:
    """Finds every known word of a text in one pass, and names that are parted."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._words = ahocorasick.Automaton()
        found: dict[str, list[Meaning]] = {}
        for word, meaning in _entries(vocabulary):
            found.setdefault(word, []).append(meaning)
        found.pop("", None)  # 那个 alone is left out of the normal form
        for word, all_meanings in found.items():
            meanings = _together(all_meanings)
            self._words.add_word(word, (len(word), meanings, meanings[0][0] in {Kind.VISIT_TYPE, Kind.PRACTITIONER}))
        self._words.make_automaton()
        self.parted = tuple(
            (re.compile(f"(?:牙齿的?)?{_BETWEEN.join(map(re.escape, name))}"), each.id)
            for each in vocabulary.visit_types
            for name in map(_folded, each.names)
            if SHORTEST_NAME <= len(name) <= LONGEST_SPLIT
        )

        self._parted_screen = Screen(needs_of(pattern) for pattern, _ in self.parted)

    def words_in(self, text: str) -> list[WordFound]:
        """Every known word in the text, overlapping ones too."""
        return [
            (last + 1 - length, last + 1, meanings, names) for last, (length, meanings, names) in self._words.iter(text)
        ]

    def without_names(self, text: str, found: Iterable[WordFound]) -> str:
        """The text with the names of visit types and doctors blotted out: 洗牙周六 names a Saturday, no 牙周."""
        for start, end, _, names in found:
            if names:
                text = f"{text[:start]}{'_' * (end - start)}{text[end:]}"
        return text

    def candidates(self, text: str, found: Iterable[WordFound]) -> Iterator[Token]:
        """Every name, relation, phrase and filler in the text, whose words were found; overlapping ones too."""
        for place in self._parted_screen.of(text):
            pattern, visit_type = self.parted[place]
            for hit in pattern.finditer(text):
                done = any(hit.groups())  # 拔的牙, 洗过牙
                kind, rule = (Kind.PAST, "past.done") if done else (Kind.VISIT_TYPE, "names.visit_type")
                yield Token(kind, hit.start(), hit.end(), rule, hit[0], visit_type)
        for start, end, meanings, _ in found:
            words = text[start:end]
            for kind, rule, value in meanings:
                yield Token(kind, start, end, rule, words, value)


@lru_cache(maxsize=4)
def lexicon_of(vocabulary: Vocabulary) -> Lexicon:
    """The lexicon of a vocabulary, compiled once per state of the clinic."""
    return Lexicon(vocabulary)


def _entries(vocabulary: Vocabulary) -> Iterator[tuple[str, Meaning]]:
    yield from _names(vocabulary.visit_types, Kind.VISIT_TYPE)
    yield from _heads(vocabulary.visit_types)
    yield from _names(vocabulary.practitioners, Kind.PRACTITIONER)
    for word in vocabulary.words.of("anyone"):
        if len(word) >= SHORTEST_NAME and word not in AS_ANSWERS:
            yield word, (Kind.ANYONE, "words.anyone", ANYONE)
    for key in RELATIONS:
        for word in vocabulary.words.of(key):
            yield word, (Kind.RELATION, f"words.{key}", key)
    for table in (PHRASES, DOUBTFUL_PHRASES):
        for kind, rules in table.items():
            yield from _phrases(kind, rules)
    for honorific in HONORIFICS:
        yield honorific, (Kind.TITLE, "names.title", None)
    yield from _phrases(Kind.FILLER, {"filler": f"{FILLERS} {HARMLESS}"})
    for word in vocabulary.words.of("ignored"):
        yield word, (Kind.FILLER, "words.ignored", None)


def _names(things: tuple[Named, ...], kind: Kind) -> Iterator[tuple[str, Meaning]]:
    for each in things:
        for name in map(_folded, each.names):
            if len(name) >= SHORTEST_NAME:
                yield name, (kind, f"names.{kind}", each.id)


def _heads(visit_types: tuple[Named, ...]) -> Iterator[tuple[str, Meaning]]:
    """智齿 of 智齿拔除: what people say for short."""
    for each in visit_types:
        for name in map(_folded, each.names):
            head = name[:SHORTEST_NAME]
            if len(name) == LONGEST_SPLIT and head not in GENERAL:
                yield head, (Kind.VISIT_TYPE, "names.visit_type_part", each.id)


def _phrases(kind: Kind, rules: Mapping[str, str]) -> Iterator[tuple[str, Meaning]]:
    for rule, phrases in rules.items():
        for phrase in phrases.split():
            for spelled in _spellings(phrase):
                yield spelled, (kind, rule, None)


def _together(meanings: list[Meaning]) -> tuple[Meaning, ...]:
    """The meanings of a word; two doctors of one family name, or two types of one name, are told together."""
    first = meanings[0]
    if first[0] not in {Kind.PRACTITIONER, Kind.VISIT_TYPE}:
        return tuple(meanings)
    ids = dict.fromkeys(value for kind, _, value in meanings if kind is first[0] and value is not None)
    return ((first[0], first[1], ID_SEPARATOR.join(ids)),)


def _spellings(phrase: str) -> tuple[str, ...]:
    """A phrase as it is, and in the normal form where that only spells it otherwise (唔该) and leaves nothing out."""
    folded = _folded(phrase)
    return (phrase, folded) if len(folded) == len(phrase) and folded != phrase else (phrase,)


def _folded(word: str) -> str:
    return normalise(word).text
