"""From a message to its tokens: days and times by the grammar, names by the clinic's words, the rest by phrases."""

import re
from collections.abc import Iterator
from functools import lru_cache

import ahocorasick

from wxbot.understanding.days import find_days
from wxbot.understanding.doubtful_phrases import DOUBTFUL_PHRASES, HARMLESS
from wxbot.understanding.durations import find_lateness, find_shifts
from wxbot.understanding.fillers import FILLERS
from wxbot.understanding.message import normalise
from wxbot.understanding.models import ANYONE, Particular
from wxbot.understanding.phrases import PHRASES
from wxbot.understanding.relations import RELATIONS
from wxbot.understanding.times import find_times
from wxbot.understanding.tokens import ID_SEPARATOR, Kind, Token, cover
from wxbot.understanding.vocabulary import HONORIFICS, ReadingContext, Vocabulary

WHO = "booking.who"  # the question to which 都行 and 随便 mean any doctor
SHORTEST_NAME = 2  # signs; a single one is part of too many words
LONGEST_SPLIT = 4  # signs of a name that people part: 洗个牙, 拔一颗智齿, 看一下牙
_BETWEEN = "(?:一?[个次颗下回趟口只边]|一[看洗拔做查]|(了|过|完|的|好|掉)(?:一?[个次颗下回])?)?"
_ANOTHER = re.compile(
    "(?:换|改|选|找|挑)(?:一?个|一?位|别的|其他的?|另外一?个?|另一?个?|一下|成)*(?:(医生|大夫|医师|人看|专家)|(项目))"
)
_ANYONE = re.compile(
    "(?:随便|任何|任意)?(?:哪个|哪位|哪一位|任何|任意|谁|随便)(?:一?个|一?位)?(?:医生|大夫|医师)?(?:来|看|做|给看|有空)?(?:都|也|就)?"
    "(?:行|可以|成|好|ok|没关系|无所谓|没问题|能行)|(?:医生|大夫|谁)(?:不限|随便|随意|任意|都行|都可以|无所谓|不挑)|随便(?:哪个|哪位|一个|一位|个)?(?:医生|大夫)"
)
_GOODBYE = re.compile("见[啦哈哦喽咯]?(?=[^a-z0-9\u4e00-\u9fff]{0,8}$)")  # 明天见
_ONE_MOMENT = re.compile("(?<![周期拜十月])一下(?=[下这本明后大周星礼])")  # 排一下下周四 names next Thursday
_ORDINAL = re.compile("第([一二三四五六七八1-8])(?:个|条|项|次)?(?:预约|号)?|([12]|[一二])号预约")
_NUMERALS = {numeral: value for value, numeral in enumerate("一二三四五六七八", start=1)}


class Lexicon:
    """What is compiled from one state of the clinic's words: names, relations, ignored words, phrases."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._words = ahocorasick.Automaton()
        found: dict[str, list[tuple[Kind, str, str | None]]] = {}
        for word, kind, rule, value in _entries(vocabulary):
            found.setdefault(word, []).append((kind, rule, value))
        for word, all_meanings in found.items():
            meanings = _together(all_meanings)
            self._words.add_word(word, (len(word), meanings))
        if found:
            self._words.make_automaton()
        self._empty = not found
        self._split = tuple(
            (re.compile(_BETWEEN.join(map(re.escape, name))), each.id)
            for each in vocabulary.visit_types
            for name in map(_folded, each.names)
            if SHORTEST_NAME <= len(name) <= LONGEST_SPLIT
        )

    def without_names(self, text: str) -> str:
        """The text with the names of visit types and doctors blotted out: 洗牙周六 names a Saturday, no 牙周."""
        signs = list(text)
        for last, (length, meanings) in () if self._empty else self._words.iter(text):
            if meanings[0][0] in {Kind.VISIT_TYPE, Kind.PRACTITIONER}:
                signs[last + 1 - length : last + 1] = "_" * length
        return "".join(signs)

    def candidates(self, text: str) -> Iterator[Token]:
        """Every name, relation, phrase and filler in the text, overlapping ones too."""
        for pattern, visit_type in self._split:
            for hit in pattern.finditer(text):
                done = any(hit.groups())  # 拔的牙, 洗过牙
                kind, rule = (Kind.PAST, "past.done") if done else (Kind.VISIT_TYPE, "names.visit_type")
                yield Token(kind, hit.start(), hit.end(), rule, hit[0], visit_type)
        if self._empty:
            return
        for last, (length, meanings) in self._words.iter(text):
            start = last + 1 - length
            for kind, rule, value in meanings:
                yield Token(kind, start, last + 1, rule, text[start : last + 1], value)


def tokens_of(text: str, context: ReadingContext) -> tuple[Token, ...]:
    """The tokens of a normalised text, in order, none overlapping."""
    return cover(len(text), _candidates(text, context))


@lru_cache(maxsize=4)
def lexicon_of(vocabulary: Vocabulary) -> Lexicon:
    """The lexicon of a vocabulary, compiled once per state of the clinic."""
    return Lexicon(vocabulary)


def _candidates(text: str, context: ReadingContext) -> Iterator[Token]:
    """All that may be read, those first that win where several cover the same stretch."""
    for late in find_lateness(text):
        yield Token(Kind.LATE, late.start, late.end, "late.by", text[late.start : late.end], late.by)
    lexicon = lexicon_of(context.vocabulary)
    bare = lexicon.without_names(_ONE_MOMENT.sub("__", text))
    for day in find_days(bare, context.today, context.horizon_days):
        yield Token(Kind.DAY, day.start, day.end, day.rule, text[day.start : day.end], day)
    for shift in find_shifts(text):
        yield Token(Kind.SHIFT, shift.start, shift.end, "move.shift", text[shift.start : shift.end], shift.shift)
    for time in find_times(bare):
        yield Token(Kind.TIME, time.start, time.end, time.rule, text[time.start : time.end], time)
    for another in _ANOTHER.finditer(text):
        what = Particular.PRACTITIONER if another[1] else Particular.VISIT_TYPE
        yield Token(Kind.ANOTHER, another.start(), another.end(), "move.another", another[0], what)
    for anyone in _ANYONE.finditer(text):
        yield Token(Kind.ANYONE, anyone.start(), anyone.end(), "names.anyone", anyone[0], ANYONE)
    if context.question == WHO and text in context.vocabulary.words.of("anyone"):
        yield Token(Kind.ANYONE, 0, len(text), "words.anyone", text, ANYONE)
    for goodbye in _GOODBYE.finditer(text):
        yield Token(Kind.COMING, goodbye.start(), goodbye.end(), "coming.goodbye", goodbye[0])
    for ordinal in _ORDINAL.finditer(text):
        numeral = ordinal[1] or ordinal[2]
        number = int(numeral) if numeral.isdecimal() else _NUMERALS[numeral]
        yield Token(Kind.ORDINAL, ordinal.start(), ordinal.end(), "which.ordinal", ordinal[0], number)
    yield from lexicon.candidates(text)
    for place, sign in enumerate(text):
        if not sign.isalnum():
            yield Token(Kind.MARK, place, place + 1, "mark", sign)


def _entries(vocabulary: Vocabulary) -> Iterator[tuple[str, Kind, str, str | None]]:
    for each in vocabulary.visit_types:
        for name in map(_folded, each.names):
            if len(name) >= SHORTEST_NAME:
                yield name, Kind.VISIT_TYPE, "names.visit_type", each.id
    for person in vocabulary.practitioners:
        for name in map(_folded, person.names):
            if len(name) >= SHORTEST_NAME:
                yield name, Kind.PRACTITIONER, "names.practitioner", person.id
    for word in vocabulary.words.of("anyone"):
        if len(word) >= SHORTEST_NAME and word not in {"都行", "都可以", "随便", "无所谓"}:
            yield word, Kind.ANYONE, "words.anyone", ANYONE
    for key in RELATIONS:
        for word in vocabulary.words.of(key):
            yield word, Kind.RELATION, f"words.{key}", key
    for table in (PHRASES, DOUBTFUL_PHRASES):
        for kind, rules in table.items():
            for rule, phrases in rules.items():
                for phrase in phrases.split():
                    yield _folded(phrase), kind, rule, None
    for honorific in HONORIFICS:
        yield honorific, Kind.TITLE, "names.title", None
    for filler in (*FILLERS.split(), *HARMLESS.split(), *vocabulary.words.of("ignored")):
        yield _folded(filler), Kind.FILLER, "filler", None


def _together(meanings: list[tuple[Kind, str, str | None]]) -> tuple[tuple[Kind, str, str | None], ...]:
    """The meanings of a word; two doctors of one family name, or two types of one name, are told together."""
    first = meanings[0]
    if first[0] not in {Kind.PRACTITIONER, Kind.VISIT_TYPE}:
        return tuple(meanings)
    ids = dict.fromkeys(value for kind, _, value in meanings if kind is first[0] and value is not None)
    return ((first[0], first[1], ID_SEPARATOR.join(ids)),)


def _folded(word: str) -> str:
    return normalise(word).text
