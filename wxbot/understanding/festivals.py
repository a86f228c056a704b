"""Festivals that patients name days by, and when they come next."""

from datetime import date, timedelta
from functools import lru_cache

from lunar_python import Lunar

from wxbot.patients.lunar import month_of, months_of, solar_day

_SOLAR = {  # month, day, days of the holiday as people speak of it
    "元旦": (1, 1, 1),
    "情人节": (2, 14, 1),
    "妇女节": (3, 8, 1),
    "三八": (3, 8, 1),
    "五一": (5, 1, 5),
    "劳动节": (5, 1, 5),
    "六一": (6, 1, 1),
    "儿童节": (6, 1, 1),
    "教师节": (9, 10, 1),
    "国庆": (10, 1, 7),
    "十一长假": (10, 1, 7),
    "十一假期": (10, 1, 7),
    "双十一": (11, 11, 1),
    "平安夜": (12, 24, 1),
    "圣诞": (12, 25, 1),
}
_LUNAR = {
    "春节": (1, 1, 7),
    "大年初一": (1, 1, 1),
    "过年": (1, 1, 7),
    "元宵": (1, 15, 1),
    "端午": (5, 5, 1),
    "七夕": (7, 7, 1),
    "中秋": (8, 15, 1),
    "重阳": (9, 9, 1),
    "腊八": (12, 8, 1),
}
_SOLAR_TERMS = frozenset({"清明", "冬至"})
_EVE = frozenset({"除夕", "大年三十", "年三十"})  # the last day of the lunar year
FESTIVALS = frozenset({*_SOLAR, *_LUNAR, *_SOLAR_TERMS, *_EVE})


@lru_cache(maxsize=256)
def festival_days(name: str, today: date) -> tuple[date, ...]:
    """The days of the next such festival, the one that is going on included, from today on."""
    for year in range(today.year - 1, today.year + 3):
        first, length = begins(name, year)
        days = tuple(first + timedelta(days=each) for each in range(length))
        if days[-1] >= today:
            return tuple(day for day in days if day >= today)
    raise KeyError(name)  # cannot be: every festival comes each year


def begins(name: str, year: int) -> tuple[date, int]:
    """The first day in that solar or lunar year, and the length in days. KeyError for a name not in FESTIVALS."""
    if name in _SOLAR:
        month, day, length = _SOLAR[name]
        return date(year, month, day), length
    if name in _SOLAR_TERMS:
        terms = (_term(year, name), _term(year + 1, name))  # those of a lunar year begin in the solar one before
        return next(day for day in terms if day.year == year), 1
    if name in _EVE:
        last = months_of(year)[-1]
        return solar_day(last, last.days), 1
    month, day, length = _LUNAR[name]
    lunar = month_of(year, month, leap=False)
    if lunar is None:
        raise KeyError(name)
    return solar_day(lunar, day), length


def _term(lunar_year: int, name: str) -> date:
    found = Lunar.fromYmd(lunar_year, 1, 1).getJieQiTable()[name]
    return date(found.getYear(), found.getMonth(), found.getDay())
