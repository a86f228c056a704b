"""From a message to its tokens: days and times by the grammar, names by the clinic's words, the rest by phrases."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from wxbot.understanding.days import find_days
from wxbot.understanding.durations import find_lateness, find_shifts
from wxbot.understanding.lexicon import Lexicon, WordFound, lexicon_of
from wxbot.understanding.models import ANYONE, Particular
from wxbot.understanding.screening import Screen, needs_of
from wxbot.understanding.times import find_times
from wxbot.understanding.tokens import Kind, Token, cover
from wxbot.understanding.vocabulary import ReadingContext

WHO = "booking.who"  # the question to which 都行 and 随便 mean any doctor
_ANOTHER = re.compile(
    "(?:换|改|选|找|挑)(?:一?个|一?位|别的|其他的?|另外一?个?|另一?个?|一下|成){0,4}(?:(医生|大夫|医师|人看|专家)|(项目))"
)
_DOCTOR = "(?:医生|大夫|医师)"
_ANYONE = re.compile(
    f"(?:随便|任何|任意)?(?:哪个|哪位|哪一位|任何|任意|谁|随便)(?:一?个|一?位)?{_DOCTOR}?(?:来|看|做|给看|有空)?(?:都|也)"
    f"(?:行|可以|成|好|ok|没关系|无所谓|没问题|能行)"
    f"|{_DOCTOR}(?:不限|随便|随意|任意|都行|都可以|无所谓|不挑)"
    f"|随便(?:哪个|哪位|一个|一位|个)?{_DOCTOR}"
    "|(?:随便|任意|任何)(?:哪一?位|谁)"
)
_GOODBYE = re.compile("见[啦哈哦喽咯]?(?=[^a-z0-9\u4e00-\u9fff]{0,8}$)")  # 明天见
_ONE_MOMENT = re.compile("(?<![周期拜十月])一下(?=[下这本明后大周星礼])")  # 排一下下周四 names next Thursday
_ORDINAL = re.compile("第([一二三四五六七八1-8])(?:个|条|项|次)?(?:预约|号)?|([12]|[一二])号预约")
_SCREEN = Screen(map(needs_of, (_ANOTHER, _ANYONE, _GOODBYE, _ORDINAL)))
_NUMERALS = {numeral: value for value, numeral in enumerate("一二三四五六七八", start=1)}


@dataclass(frozen=True, slots=True)
class Lexed:
    """The tokens of a text, in order, none overlapping; `torn` when a day or a time was left out for other words."""

    tokens: tuple[Token, ...]
    torn: bool


def lex(text: str, context: ReadingContext) -> Lexed:
    """The tokens of a normalised text."""
    # those first that win where several cover the same stretch
    candidates = [
        Token(Kind.LATE, late.start, late.end, "late.by", text[late.start : late.end], late.by)
        for late in find_lateness(text)
    ]
    lexicon = lexicon_of(context.vocabulary)
    words = lexicon.words_in(text)
    when = [*_when(text, _bare(text, lexicon, words), context)]
    candidates += when
    candidates += _by_patterns(text)
    if context.question == WHO and text in context.vocabulary.words.of("anyone"):
        candidates.append(Token(Kind.ANYONE, 0, len(text), "words.anyone", text, ANYONE))
    candidates += lexicon.candidates(text, words)
    if not text.isalnum():
        candidates += [
            Token(Kind.MARK, place, place + 1, "mark", sign) for place, sign in enumerate(text) if not sign.isalnum()
        ]
    tokens = cover(len(text), candidates)
    torn = any(
        each.kind in {Kind.DAY, Kind.TIME}
        and not any(token.start <= each.start and each.end <= token.end for token in tokens)
        for each in when
    )
    return Lexed(tokens, torn)


def _bare(text: str, lexicon: Lexicon, words: Iterable[WordFound]) -> str:
    """The text without what days and times do not cross: 洗牙周六 names a Saturday, no 牙周."""
    bare = _ONE_MOMENT.sub("__", text)
    return lexicon.without_names(bare, words if bare == text else lexicon.words_in(bare))


def _when(text: str, bare: str, context: ReadingContext) -> Iterator[Token]:
    """Days, changes, times."""
    for day in find_days(bare, context.today, context.horizon_days):
        yield Token(Kind.DAY, day.start, day.end, day.rule, text[day.start : day.end], day)
    for shift in find_shifts(text):
        yield Token(Kind.SHIFT, shift.start, shift.end, "move.shift", text[shift.start : shift.end], shift.shift)
    for time in find_times(bare):
        yield Token(Kind.TIME, time.start, time.end, time.rule, text[time.start : time.end], time)


def _by_patterns(text: str) -> Iterator[Token]:
    """What is said in too many ways for a list: 换个医生, 哪个医生都行, 明天见, 第二个."""
    if not _SCREEN.possible(text):
        return
    for another in _ANOTHER.finditer(text):
        what = Particular.PRACTITIONER if another[1] else Particular.VISIT_TYPE
        yield Token(Kind.ANOTHER, another.start(), another.end(), "move.another", another[0], what)
    for anyone in _ANYONE.finditer(text):
        yield Token(Kind.ANYONE, anyone.start(), anyone.end(), "names.anyone", anyone[0], ANYONE)
    for goodbye in _GOODBYE.finditer(text):
        yield Token(Kind.COMING, goodbye.start(), goodbye.end(), "coming.goodbye", goodbye[0])
    for ordinal in _ORDINAL.finditer(text):
        numeral = ordinal[1] or ordinal[2]
        number = int(numeral) if numeral.isdecimal() else _NUMERALS[numeral]
        yield Token(Kind.ORDINAL, ordinal.start(), ordinal.end(), "which.ordinal", ordinal[0], number)
