"""Times of day in a patient's words: hours, parts of the day, bounds (以后, 左右, 到)."""

import re
from dataclasses import dataclass, replace
from datetime import time

from wxbot.understanding.models import Doubt, Relationship, TimeWords
from wxbot.understanding.numerals import NUMERALS, number
from wxbot.understanding.screening import Screen, needs_of
from wxbot.understanding.wall_clock import AFTERNOON, MORNING, PARTS, minutes, wall_clock

# -- patterns -----------------------------------------------------------------------------------------------------

_SINGLE_PART = (
    "(?:(?<=[今明后昨儿天一二三四五六日号])(?:早(?![点一些日就已了饭到上晨间])|晚(?![一些上间了饭到就已会]|点(?!钟)))"
    rf"|(?<![最太更很够])[早晚](?=(?!一点)(?:\d{{1,2}}|[{NUMERALS}]{{1,3}})[点:]))"
)
_PART = "(?<=[今明后昨儿天一二三四五六日号])(?:早(?![点一些日就已了饭到上晨间])|晚(?![一些上间了饭到就已会]|点(?!钟)))"
_PART = (
    "(?:"
    + "|".join(sorted((word for word in PARTS if len(word) > 1), key=len, reverse=True))
    + f"|{_SINGLE_PART}|上(?=[、,和或跟]?下午))"
)
# An hour stands alone, or after a weekday (周三三点), but 周三点 is no Wednesday.
_BEFORE = rf"(?:(?<![\d.:/{NUMERALS}第周期拜-])|(?<=[周期拜][一二三四五六])|(?<=[周期拜])(?=(?:\d|[{NUMERALS}])点|十))"
_N = f"[{NUMERALS}]"
_HOUR = r"(?:[01]?\d|2[0-4]|二十[一二三四]?|十[一二三四五六七八九]?|[〇零一二两三四五六七八九])"
_MINUTE = (
    r"(?:[0-5]\d分?|\d分|半(?!个)|[一三13]刻|整|零[一二三四五六七八九5]分?"
    r"|[二三四五]?十[一二三四五六七八九]?分?|[一二三四五六七八九]分)"
)
_OCLOCK = "点钟?|时(?![候间常代光尚效长不段])"
_NO_POINTS = "(?!儿|点|[个]?(?:问题|疑问|建议|要求|意见|想法|注意|原因|需要|不明|不懂|要说|想问|说明))"  # 我有两点疑问
_DECIMAL = r"(?![一二三四五六七八九\d](?:[度毫厘米万千倍折元块%级]|个?小时|公分|公斤|岁))"
_APPROXIMATELY = "大概|大约|差不多|约莫|估计|大致"
_GLUE = f"(?:的话|的|,)?(?P<near>{_APPROXIMATELY})?(?:在|就|是)?"
_CLOCK = (
    rf"(?:(?P<hour>{_HOUR})(?:{_OCLOCK}){_DECIMAL}{_NO_POINTS}(?P<minute>{_MINUTE})?"
    rf"|(?P<digital>(?:[01]?\d|2[0-4]):[0-5]\d)(?![\d:])(?P<half>[ap]m)?"
    rf"|(?P<latin>[01]?\d)(?P<half2>[ap]m)(?![a-z]))"
)
_FEW = rf"(?P<few>一两|两三|二三|三四|四五|五六|六七|七八|八九|九十|十一二|十二三)(?:{_OCLOCK})"
_RANGE_TO = "(?:,?(?:一直)?(?:到|至|~|-{1,2}))"
_RANGE = (
    rf"(?P<first>[01]?\d|2[0-4]|{_N}{{1,3}})(?:(?:{_OCLOCK})(?P<first_minute>{_MINUTE})?|:(?P<first_digits>[0-5]\d))?"
    rf"{_RANGE_TO}(?P<second_part>{_PART})?的?"
    rf"(?P<second>[01]?\d|2[0-4]|{_N}{{1,3}})(?:(?:{_OCLOCK})(?P<second_minute>{_MINUTE})?|:(?P<second_digits>[0-5]\d))"
)
_AROUND = (
    f"不到|出头|差(?:一刻|{_N}{{1,3}}分?|\\d{{1,2}}分?)|过(?:一点|几分钟?)"
    "|左右|来钟|多钟?(?!少|久|长)|前后|上下|这样子?|的样子|样子|那会儿?"
)
_FROM = "以后|之后|过后|往后|开始|起(?![来床码初])|后(?![天来悔遗槽牙期续勤者])面?"
_UNTIL = "以前|之前|为止|前(?![天后台几往])面?"
_SUFFIX = re.compile(f"(?P<around>{_AROUND})?(?:(?P<from>或?(?:{_FROM}))|(?P<until>或?(?:{_UNTIL})))?")
_PREFIX = re.compile(
    rf"(?:(?P<around>{_APPROXIMATELY}|差(?:一刻|{_N}{{1,3}}分|\d{{1,2}}分)钟?|将近|快到?|不到)|(?P<from>过了?|最早|不早于|晚于)|(?P<until>最晚|最迟|不晚于|早于|赶在))的?$"
)

_TIME = re.compile(rf"(?:(?P<part>{_PART}){_GLUE})?{_BEFORE}{_CLOCK}")
_TIME_RANGE = re.compile(rf"(?:(?P<part>{_PART}){_GLUE})?{_BEFORE}{_RANGE}")
_TIME_FEW = re.compile(rf"(?:(?P<part>{_PART}){_GLUE})?{_BEFORE}{_FEW}")
_DOTTED = re.compile(rf"(?P<part>{_PART})的?(?P<hour>[01]?\d|2[0-4])[.](?P<minute>[0-5]\d)(?!\d)")
_ONLY_PART = re.compile(rf"(?:{_PART})(?!好(?![吗的了不么嘛几])|安)")
_FROM_NOW = re.compile(
    rf"(?<![牙术了完药线饭\d{NUMERALS}])(?:再?过)?(?:半个?|{_N}{{1,3}}个?半?|\d{{1,3}}个?半?)(?:小时|钟头|分钟|刻钟)(?:以后|之后|过后|后)"
)
_PART_AFTER = re.compile(rf"[,(]?(?P<part>{_PART})[)]?")
# 一点 is mostly "a little": an hour only after a day or 约 or 到, or where nothing else can follow it.
_ONE_POINT_BEFORE = re.compile("(?:[天日号儿一二三四五六末午]|约|约在|[改换挪推调移]到|[改定换]成|[定约]在|[定到])$")
_ONE_POINT_AFTER = re.compile("(?!儿|点|[都也][不没无]|[都也](?=[不没])|不|没|小|[血疼痛肿])")
_ONE_POINT_ALONE = re.compile("(?=$|[,.!?~吧可行有能左以之前后到-]|钟)")


@dataclass(frozen=True, kw_only=True)
class TimeFound:
    """A mention of a time, with its place `text[start:end]` and the rule that read it.

    `doubt` is COMPARISON for a time counted from now (半小时后), UNREAD_WORDS for an hour that cannot be (上午15点).
    """

    start: int
    end: int
    rule: str
    time: TimeWords
    doubt: Doubt | None = None


def find_times(text: str) -> tuple[TimeFound, ...]:
    """Every mention of a time in the normalised text, in order, none overlapping; 下午三点 is one."""
    matches = [(found.start(), place, found) for place in _SCREEN.of(text) for found in _RULES[place][0].finditer(text)]
    kept: list[TimeFound] = []
    end = 0
    for start, place, found in sorted(matches, key=lambda each: (each[0], -each[2].end(), each[1])):
        if start < end:
            continue
        read = _RULES[place][1](found)
        if read is None:
            continue
        read = _with_part_after(text, _bounded(text, read, end))
        kept.append(read)
        end = read.end
    return tuple(kept)


# -- what a match means -------------------------------------------------------------------------------------------


def _part_of(words: str | None) -> str | None:
    return None if words is None else PARTS[words]


def _clock(found: re.Match[str]) -> TimeFound | None:
    part = _part_of(found["part"])
    if found["digital"]:
        hour, minute = (int(each) for each in found["digital"].split(":"))
        if part is None and found["digital"].startswith("0"):  # 09:30 is written by the 24-hour clock
            return _read(found, "time.clock", TimeWords(times=(time(hour, minute),)))
    elif found["latin"]:
        hour, minute = int(found["latin"]), 0
    else:
        if found["part"] is None and not _may_be_one_point(found):
            return None
        hour, minute = number(found["hour"]) or 0, minutes(found["minute"])
    half = found["half"] or found["half2"]
    if half:
        part = MORNING if half == "am" else AFTERNOON
    relationship = Relationship.AROUND if found["near"] else Relationship.AT
    return _read(
        found, "time.clock", TimeWords(times=wall_clock(hour, minute, part), part=part, relationship=relationship)
    )


def _may_be_one_point(found: re.Match[str]) -> bool:
    """一点 is an hour after a day, a part of the day, 约 or 到; 早一点, 有一点 and 一点都不 are none."""
    if found["hour"] != "一" or found["minute"]:
        return True
    text = found.string
    before = text[max(0, found.start() - 3) : found.start()]
    if _ONE_POINT_BEFORE.search(before):
        return _ONE_POINT_AFTER.match(text, found.end()) is not None
    alone = not before or before[-1] in ",.!?~就"
    return alone and _ONE_POINT_ALONE.match(text, found.end()) is not None


def _dotted(found: re.Match[str]) -> TimeFound | None:
    part = _part_of(found["part"])
    times = wall_clock(int(found["hour"]), int(found["minute"]), part)
    return _read(found, "time.clock", TimeWords(times=times, part=part))


def _few(found: re.Match[str]) -> TimeFound | None:
    """两三点: from two to three."""
    part = _part_of(found["part"])
    words = found["few"]
    ten = 10 if words[0] == "十" else 0
    low, high = (ten + (number(word) or 0) for word in words[-2:])
    return _between(found, wall_clock(low, 0, part), wall_clock(high, 0, part), part, "time.few")


def _range(found: re.Match[str]) -> TimeFound | None:
    part = _part_of(found["part"])
    second_part = _part_of(found["second_part"]) or part
    low, high = number(found["first"]), number(found["second"])
    if low is None or high is None:
        return None
    first = wall_clock(low, _digits_or_words(found["first_digits"], found["first_minute"]), part)
    until = wall_clock(high, _digits_or_words(found["second_digits"], found["second_minute"]), second_part)
    if part is not None and found["second_part"] is None and not any(end > begin for begin in first for end in until):
        until = wall_clock(high, _digits_or_words(found["second_digits"], found["second_minute"]), None)
    return _between(found, first, until, part, "time.range")


def _digits_or_words(digits: str | None, words: str | None) -> int:
    return int(digits) if digits else minutes(words)


def _between(
    found: re.Match[str], first: tuple[time, ...], until: tuple[time, ...], part: str | None, rule: str
) -> TimeFound | None:
    """Each begin with the first end that follows it."""
    pairs = [(begin, min(ends)) for begin in first if (ends := [end for end in until if end > begin])]
    if not pairs:
        return None
    words = TimeWords(
        times=tuple(begin for begin, _ in pairs),
        part=part,
        relationship=Relationship.BETWEEN,
        until=tuple(end for _, end in pairs),
    )
    return _read(found, rule, words)


def _only_part(found: re.Match[str]) -> TimeFound:
    return _read(found, "time.part", TimeWords(part=PARTS[found[0]]))


def _from_now(found: re.Match[str]) -> TimeFound:
    words = TimeWords(relationship=Relationship.FROM, words=found[0])
    return TimeFound(start=found.start(), end=found.end(), rule="time.from_now", time=words, doubt=Doubt.COMPARISON)


def _read(found: re.Match[str], rule: str, words: TimeWords) -> TimeFound:
    doubt = None if words.times or rule == "time.part" else Doubt.UNREAD_WORDS
    words = replace(words, words=found[0])
    return TimeFound(start=found.start(), end=found.end(), rule=rule, time=words, doubt=doubt)


# -- what stands around it ----------------------------------------------------------------------------------------


def _bounded(text: str, read: TimeFound, left: int) -> TimeFound:
    """The time with what bounds it: 大概三点, 三点左右, 三点以后, 最晚三点."""
    if read.time.relationship is Relationship.BETWEEN or read.rule == "time.from_now":
        return read
    start, end = read.start, read.end
    relationship: Relationship = read.time.relationship
    before = _PREFIX.search(text, max(left, start - 6), start)
    if before is not None:
        relationship, start = Relationship(str(before.lastgroup)), before.start()
    after = _SUFFIX.match(text, end)
    bound = None if after is None else after.lastgroup
    if after is not None and bound is not None and not (read.rule == "time.part" and bound == "around"):
        relationship, end = Relationship(bound), after.end()
    words = replace(read.time, relationship=relationship, words=text[start:end])
    return replace(read, start=start, end=end, time=words)


def _with_part_after(text: str, read: TimeFound) -> TimeFound:
    """3点(下午), 三点下午: the part of the day said afterwards."""
    if read.time.part is not None or len(read.time.times) < 2 or read.time.until:  # noqa: PLR2004 - both half days
        return read
    after = _PART_AFTER.match(text, read.end)
    if after is None:
        return read
    part = PARTS[after["part"]]
    first = read.time.times[0]
    times = wall_clock(first.hour, first.minute, part)
    words = replace(read.time, times=times, part=part, words=text[read.start : after.end()])
    return replace(read, end=after.end(), time=words, doubt=None if times else Doubt.UNREAD_WORDS)


_RULES = (
    (_TIME_RANGE, _range),
    (_TIME_FEW, _few),
    (_TIME, _clock),
    (_DOTTED, _dotted),
    (_FROM_NOW, _from_now),
    (_ONLY_PART, _only_part),
)
_SCREEN = Screen(needs_of(pattern) for pattern, _ in _RULES)
