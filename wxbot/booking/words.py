"""What a patient's own words mean inside a booking dialog: days, hours, treatments, doctors. Pure.

Only short answers to a question just asked are read here, so the readings are few and strict: what is not
surely understood is asked again.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import date, time, timedelta
from typing import TypeAlias, TypeVar

from wxbot.clinic.models import Practitioner, VisitType
from wxbot.days import DayError, sensible_day
from wxbot.understanding.vocabulary import HONORIFICS

T = TypeVar("T")

LONGEST_ANSWER = 24  # characters; a longer text is a story, not an answer to a question
REFUSALS = re.compile("不[要想能行去来]|没[有空]|别|除了|以外")  # "周五不行" must not be read as 周五
ANYONE = frozenset({"不限", "不限医生", "都行", "都可以", "谁都行", "谁都可以", "随便", "任意", "无所谓", "任何医生"})
BACK = frozenset({"返回", "上一步", "返回上一步", "后退", "回去"})
LEAVE = frozenset({"取消", "退出", "不约了", "算了", "不预约了", "结束"})
MORE = frozenset({"更多", "更多日期", "更多时间", "下一页", "还有吗", "其他日期", "其他时间"})

NEAR = {"今天": 0, "今日": 0, "今儿": 0, "明天": 1, "明日": 1, "明儿": 1, "后天": 2, "大后天": 3}
WEEKDAYS = {"一": 0, "二": 1, "三": 2, "四": 3, "五": 4, "六": 5, "日": 6, "天": 6}
NUMERALS = {numeral: value for value, numeral in enumerate("零一二三四五六七八九十")} | {"两": 2, "〇": 0}
MORNING, NOON, EVENING = "上午", "中午", "晚上"
AFTERNOON = "下午"
PARTS = {
    "凌晨": "凌晨",
    "早上": MORNING,
    "早晨": MORNING,
    "上午": MORNING,
    "中午": NOON,
    "下午": AFTERNOON,
    "傍晚": AFTERNOON,
    "晚上": EVENING,
}
HALF_DAY_HOURS = 12
LAST_HOUR_AFTER_NOON = 3  # 中午1点 is 13:00, 中午11点 is 11:00

_NEAR = re.compile("|".join(sorted(NEAR, key=len, reverse=True)))
_FULL_DATE = re.compile(r"(?<!\d)(\d{4})[年/.-](\d{1,2})[月/.-](\d{1,2})")
_MONTH_DAY = re.compile(r"(?<!\d)(\d{1,2})(?:月|[/-])(\d{1,2})(?![\d:])")
_DAY_OF_MONTH = re.compile(r"(?<![\d月])(\d{1,2})[号日]")
_WEEKDAY = re.compile("(下下|下|这|本)?个?(?:周|星期|礼拜)([一二三四五六日天])")
_HOUR = re.compile(
    r"(凌晨|早上|早晨|上午|中午|下午|傍晚|晚上)?的?(?<!\d)(\d{1,2})(?:点|时|:)(\d{2}(?!\d)|\d(?!\d)|半|一刻|三刻|整)?"
)
_NUMERAL_BEFORE = re.compile("(?<![一二三四五六七八九十两])[一二三四五六七八九十两]++(?=[月日号点时])")
_NUMERAL_AFTER = re.compile("(?<=[点时月])[一二三四五六七八九十]+(?!刻)")
_PART = re.compile("|".join(PARTS))


def plain(text: str) -> str:
    """Full-width forms narrowed, spaces and closing punctuation removed."""
    return "".join(unicodedata.normalize("NFKC", text).split()).rstrip("。.!?~,、吧呢啊呀").casefold()


def days_meant(text: str, today: date) -> tuple[date, ...]:
    """The local days `text` may mean, the likeliest first; empty when it names none.

    A weekday without 这 or 下 is the next one, today included, then the one after; a date without a year or
    month is the next to come.
    """
    words = _answer(text)
    if words is None:
        return ()
    for pattern, read in _DAY_READERS:
        if found := pattern.search(words):
            return read(found, today)
    return ()


def times_meant(text: str) -> tuple[time, ...]:
    """The wall-clock times `text` may mean: two where 上午 or 下午 was not said; empty when it names none."""
    words = _answer(text)
    found = None if words is None else _HOUR.search(words)
    if found is None:
        return ()
    hour, minute = int(found[2]), _minute(found[3])
    if hour > 23 or minute > 59:  # noqa: PLR2004 - the last hour of a day and minute of an hour
        return ()
    part = PARTS.get(found[1] or "")
    if part in {AFTERNOON, EVENING} or (part == NOON and hour <= LAST_HOUR_AFTER_NOON):
        hours = [hour + HALF_DAY_HOURS if hour < HALF_DAY_HOURS else hour]
    elif part is not None or hour == 0 or hour >= HALF_DAY_HOURS:
        hours = [hour]
    else:
        hours = [hour, hour + HALF_DAY_HOURS]
    return tuple(time(each, minute) for each in hours)


def part_meant(text: str) -> str | None:
    """上午, 中午, 下午, 晚上 or 凌晨 when `text` names a part of the day."""
    words = _answer(text)
    found = None if words is None else _PART.search(words)
    return None if found is None else PARTS[found[0]]


def visit_type_meant(text: str, offered: Sequence[VisitType]) -> VisitType | None:
    """The one treatment that the text names, by its name, a part of it, or what patients call it."""
    return _only(text, offered, lambda kind: (kind.name, *kind.also))


def practitioner_meant(text: str, offered: Sequence[Practitioner]) -> Practitioner | None:
    """The one doctor named in the text, by full name or by family name and title (王医生)."""
    return _only(text, offered, _names)


def _names(practitioner: Practitioner) -> tuple[str, ...]:
    bare = practitioner.name
    for honorific in HONORIFICS:
        bare = bare.removesuffix(honorific)
    return (bare, practitioner.name, *(f"{bare[:1]}{honorific}" for honorific in HONORIFICS))


def _only(text: str, offered: Sequence[T], names: Callable[[T], tuple[str, ...]]) -> T | None:
    words = _answer(text)
    if words is None:
        return None
    enough = 2  # characters: a single one is in too many words
    spoken = [
        thing for thing in offered if any(name in words for name in map(plain, names(thing)) if len(name) >= enough)
    ]
    if not spoken and len(words) >= enough:
        spoken = [thing for thing in offered if words in plain(names(thing)[0])]
    return spoken[0] if len(spoken) == 1 else None


def _answer(text: str) -> str | None:
    """The text made plain with numerals as digits; None for a story or a refusal."""
    words = plain(text)
    if not words or len(words) > LONGEST_ANSWER or REFUSALS.search(words):
        return None
    words = _NUMERAL_BEFORE.sub(lambda found: str(_number(found[0])), words)
    return _NUMERAL_AFTER.sub(lambda found: str(_number(found[0])), words)


def _number(numerals: str) -> int:
    """Up to 99: 十一 is 11, 二十三 is 23, 两 is 2."""
    tens, ten, ones = numerals.rpartition("十")
    if not ten:
        return NUMERALS[numerals] if len(numerals) == 1 else 100  # 三五 is no number; 100 fits no calendar
    return (NUMERALS.get(tens, 10) if tens else 1) * 10 + (NUMERALS.get(ones, 0) if ones else 0)


def _minute(words: str | None) -> int:
    if words is None or words == "整":
        return 0
    return {"半": 30, "一刻": 15, "三刻": 45}.get(words) or int(words)


def _full_date(found: re.Match[str], _today: date) -> tuple[date, ...]:
    return _existing(int(found[1]), int(found[2]), int(found[3]))


def _month_day(found: re.Match[str], today: date) -> tuple[date, ...]:
    month, day = int(found[1]), int(found[2])
    return _next_to_come(today, [(year, month, day) for year in (today.year, today.year + 1)])


def _near(found: re.Match[str], today: date) -> tuple[date, ...]:
    return (today + timedelta(days=NEAR[found[0]]),)


def _weekday(found: re.Match[str], today: date) -> tuple[date, ...]:
    which, weekday = found[1], WEEKDAYS[found[2]]
    monday = today - timedelta(days=today.weekday())
    if which is None:
        first = today + timedelta(days=(weekday - today.weekday()) % 7)
        return (first, first + timedelta(days=7))
    weeks = {"这": 0, "本": 0, "下": 1, "下下": 2}[which]
    return (monday + timedelta(days=7 * weeks + weekday),)


def _day_of_month(found: re.Match[str], today: date) -> tuple[date, ...]:
    following = (today.year + today.month // 12, today.month % 12 + 1)
    day = int(found[1])
    return _next_to_come(today, [(today.year, today.month, day), (*following, day)])


def _next_to_come(today: date, guesses: Sequence[tuple[int, int, int]]) -> tuple[date, ...]:
    found = [day for guess in guesses for day in _existing(*guess) if day >= today]
    return tuple(found[:1])


def _existing(year: int, month: int, day: int) -> tuple[date, ...]:
    try:
        return (sensible_day(date(year, month, day)),)
    except (ValueError, DayError):
        return ()


_DayReader: TypeAlias = Callable[[re.Match[str], date], tuple[date, ...]]
_DAY_READERS: tuple[tuple[re.Pattern[str], _DayReader], ...] = (  # the most exact first
    (_FULL_DATE, _full_date),
    (_MONTH_DAY, _month_day),
    (_NEAR, _near),
    (_WEEKDAY, _weekday),
    (_DAY_OF_MONTH, _day_of_month),
)
