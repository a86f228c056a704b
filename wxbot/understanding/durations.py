"""Lengths of time in a patient's words: 20分钟, 半小时, 一周; and changes by them: 推迟一周, 晚到20分钟."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from wxbot.understanding.models import Shift
from wxbot.understanding.screening import Screen, needs_of

_ONES = {numeral: value for value, numeral in enumerate("零一二三四五六七八九")} | {"两": 2, "俩": 2}
_UNITS = {
    "小时": timedelta(hours=1),
    "钟头": timedelta(hours=1),
    "分钟": timedelta(minutes=1),
    "分": timedelta(minutes=1),
    "刻钟": timedelta(minutes=15),
    "天": timedelta(days=1),
    "日": timedelta(days=1),
    "周": timedelta(weeks=1),
    "星期": timedelta(weeks=1),
    "礼拜": timedelta(weeks=1),
}
_MOST = timedelta(days=366)  # longer is no change of an appointment

_NUMBER = "(?:[0-9]{1,3}|[一二两俩三四五六七八九十几半]{1,3}(?:来|多)?)"
_UNIT = "(?:小时|钟头|分钟|分|刻钟|天|日|周|星期|礼拜|个月|月)"
_LENGTH = f"(?:{_NUMBER}个?半?{_UNIT})"
_VAGUE = "(?:一?点儿?时间|一?点儿?|一?些|一?会儿?|几天|一阵子?|一?段时间)"
_LATER = "(?:推迟|延迟|延后|延期|推后|顺延|往后(?:推迟|推|延|挪|调|移|改|排)?|后推|后延|再晚|晚|迟|拖|推|延)"
_EARLIER = "(?:提前|提早|往前(?:提|推|挪|调|移|改|排)?|前移|再早|早)"
_NAMED = re.compile(f"({_NUMBER})个?(半)?({_UNIT})")
_SHIFT = re.compile(f"(?:({_LATER})|{_EARLIER})(?:到|个|了)?(?:({_LENGTH})|{_VAGUE})(?:左右)?")
_DIRECTION = re.compile(
    "(推迟|延迟|延后|延期|推后|顺延|往后(?:推迟|推|延|挪|调|移|改|排))|(?:提前|提早|往前(?:提|推|挪|调|移|改|排))"
)
_OF_DAYS = re.compile("[天日周月]|星期|礼拜")  # nobody is a day late: 退款几天到账
_ABOUT = "(?:大概|大约|差不多|可能|个|上|了|点)?"
_LATE = re.compile(
    f"(?:晚|迟){_ABOUT}(?:{_LENGTH}|{_VAGUE})(?:左右|吧)?(?:才?能?到|过来|才?能?来|过去)"
    f"|(?:会|得|可能|估计|恐怕|要)(?:要|会|得)?(?:晚|迟){_ABOUT}{_LENGTH}(?:左右)?"
    f"|(?:晚到|迟到|晚来|迟来|来晚|到晚|晚过来|迟){_ABOUT}(?:{_LENGTH}|{_VAGUE})(?:左右)?"
    f"|(?:还要|还得|还需要|要|得)?{_ABOUT}{_LENGTH}(?:左右)?(?:以?后|之后)?(?:才能|才|能)?(?:到得了|赶到|到达|到诊所|到店|到)"
)

_SHIFTS_SCREEN, _LATE_SCREEN = Screen(map(needs_of, (_SHIFT, _DIRECTION))), Screen([needs_of(_LATE)])


@dataclass(frozen=True, slots=True)
class ShiftFound:
    """A change against the hour that stands, at `text[start:end]`."""

    start: int
    end: int
    shift: Shift


@dataclass(frozen=True, slots=True)
class LateFound:
    """How late somebody will be, at `text[start:end]`; `by` None when only that they will."""

    start: int
    end: int
    by: timedelta | None


def length_in(words: str) -> timedelta | None:
    """The first length of time that the words name; None for none, for a vague one and for months (28 to 31 days)."""
    found = _NAMED.search(words)
    if found is None:
        return None
    number, half, unit = found.groups()
    each = _UNITS.get(unit)
    amount = _amount(number)
    if each is None or amount is None:
        return None
    length = each * (amount + (0.5 if half else 0))
    return length if timedelta(0) < length <= _MOST else None


def find_shifts(text: str) -> Iterator[ShiftFound]:
    """推迟一周, 晚半小时, 早一点, 提前: every change against the hour that stands."""
    if not _SHIFTS_SCREEN.possible(text):
        return
    for found in _SHIFT.finditer(text):
        later, by = found[1] is not None, length_in(found[2]) if found[2] else None
        signed = by if by is None or later else -by
        yield ShiftFound(found.start(), found.end(), Shift(later=later, by=signed))
    for found in _DIRECTION.finditer(text):
        yield ShiftFound(found.start(), found.end(), Shift(later=found[1] is not None))


def find_lateness(text: str) -> Iterator[LateFound]:
    """晚到20分钟, 晚一会儿到, 还要半小时才到."""
    for found in _LATE.finditer(text) if _LATE_SCREEN.possible(text) else ():
        if not _OF_DAYS.search(found[0]):
            yield LateFound(found.start(), found.end(), length_in(found[0]))


def _amount(number: str) -> float | None:
    """Up to 999: 20, 二十, 半, 两; None for 几 and what is no number."""
    if number.isdecimal():
        return int(number)
    number = number.rstrip("来多")
    if number == "半":
        return 0.5
    tens, ten, ones = number.rpartition("十")
    if not ten:
        return _ONES.get(number)
    high, low = _ONES.get(tens) if tens else 1, _ONES.get(ones) if ones else 0
    return None if high is None or low is None else high * 10 + low
