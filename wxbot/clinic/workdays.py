"""Which days people in China work, and which are statutory holidays (with 调休 make-up days).

The published arrangements come from `chinesecalendar`. The State Council publishes a year in the November
before it, so a year not published yet is answered by rule: weekdays are worked, and the festivals are taken
on the days they always cover. `unknown_years` tells an operator when that is happening. A table that the clinic
entered for a year counts before both.
"""

from calendar import isleap
from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache

import chinese_calendar
from lunar_python import Lunar

from wxbot.clinic.models import SpecialDay, YearTable

NEW_YEAR = "元旦"
SPRING_FESTIVAL = "春节"
TOMB_SWEEPING = "清明节"
LABOUR_DAY = "劳动节"
DRAGON_BOAT = "端午节"
MID_AUTUMN = "中秋节"
NATIONAL_DAY = "国庆节"
UNNAMED = "法定节假日"  # a day off entered without its holiday's name

# How the library calls each holiday; one it adds later is shown by its own name.
PUBLISHED_NAMES = {
    "New Year's Day": NEW_YEAR,
    "Spring Festival": SPRING_FESTIVAL,
    "Tomb-sweeping Day": TOMB_SWEEPING,
    "Labour Day": LABOUR_DAY,
    "Dragon Boat Festival": DRAGON_BOAT,
    "Mid-autumn Festival": MID_AUTUMN,
    "National Day": NATIONAL_DAY,
}
FRIDAY = 4  # date.weekday() of the last working day of an ordinary week
SPRING_FESTIVAL_DAYS = 7  # the eve and the first six days of the lunar year
LABOUR_DAYS = 5  # 1 to 5 May, the length of every arrangement since 2020
NATIONAL_DAYS = 7  # 1 to 7 October
NOTICE_DAYS = 45  # how long before an unpublished year it is worth a warning: published by mid-November at the latest


@lru_cache(maxsize=64)
def known(year: int) -> bool:
    """Whether the published arrangement of that year is at hand."""
    try:
        chinese_calendar.is_workday(date(year, 7, 1))
    except NotImplementedError:
        return False
    return True


def is_workday(day: date, entered: YearTable | None = None) -> bool:
    """Whether people work on that day; 调休 make-up days count as workdays. `entered` is the year's own table."""
    if entered is not None:
        special = entered.by_day.get(day)
        return day.weekday() <= FRIDAY if special is None else not special.off
    if known(day.year):
        return bool(chinese_calendar.is_workday(day))
    return day.weekday() <= FRIDAY and _built_in_name(day) is None


def holiday_name(day: date, entered: YearTable | None = None) -> str | None:
    """The statutory holiday people are off for on that day, or None. A plain weekend has no name.

    `entered` is the table that the clinic entered for that year, if it did.
    """
    if entered is None:
        return _built_in_name(day)
    special = entered.by_day.get(day)
    return (special.name or UNNAMED) if special is not None and special.off else None


def built_in(year: int) -> YearTable:
    """The arrangement of a year as it is built in, or as the rule has it: days off by name, and make-up workdays."""
    days = (date(year, 1, 1) + timedelta(days=number) for number in range(366 if isleap(year) else 365))
    special: list[SpecialDay] = []
    for day in days:
        name = _built_in_name(day)
        if name is not None:
            special.append(SpecialDay(day=day, off=True, name=name))
        elif day.weekday() > FRIDAY and is_workday(day):
            special.append(SpecialDay(day=day, off=False))
    return YearTable(year=year, days=tuple(special))


@lru_cache(maxsize=4096)  # the library goes through its whole calendar at every question; a booking asks hundreds
def _built_in_name(day: date) -> str | None:
    if not known(day.year):
        return _festivals_by_rule(day.year).get(day)
    off, name = chinese_calendar.get_holiday_detail(day)
    if not off or name is None:
        return None
    return PUBLISHED_NAMES.get(str(name), str(name))


def unknown_years(today: date, days_ahead: int = NOTICE_DAYS) -> tuple[int, ...]:
    """The years between `today` and `days_ahead` days later that are answered by rule only, for a warning."""
    last = today + timedelta(days=days_ahead)
    return tuple(year for year in range(today.year, last.year + 1) if not known(year))


@lru_cache(maxsize=16)  # a few years are asked again and again; the lunar arithmetic costs milliseconds
def _festivals_by_rule(year: int) -> Mapping[date, str]:
    """The festivals of a year by rule. Where two meet, the longer one names the day."""
    spring = _lunar(year, 1, 1) - timedelta(days=1)
    days: dict[date, str] = {
        date(year, 1, 1): NEW_YEAR,
        _clear_and_bright(year): TOMB_SWEEPING,
        _lunar(year, 5, 5): DRAGON_BOAT,
        _lunar(year, 8, 15): MID_AUTUMN,
    }
    days |= _span(spring, SPRING_FESTIVAL_DAYS, SPRING_FESTIVAL)
    days |= _span(date(year, 5, 1), LABOUR_DAYS, LABOUR_DAY)
    days |= _span(date(year, 10, 1), NATIONAL_DAYS, NATIONAL_DAY)
    return days


def _span(first: date, days: int, name: str) -> dict[date, str]:
    return {first + timedelta(days=number): name for number in range(days)}


def _lunar(year: int, month: int, day: int) -> date:
    """The solar day of a lunar date."""
    solar = Lunar.fromYmd(year, month, day).getSolar()
    return date(solar.getYear(), solar.getMonth(), solar.getDay())


def _clear_and_bright(year: int) -> date:
    """The solar term 清明 of that year, 4 or 5 April."""
    solar = Lunar.fromYmd(year, 3, 1).getJieQiTable()["清明"]
    return date(solar.getYear(), solar.getMonth(), solar.getDay())
