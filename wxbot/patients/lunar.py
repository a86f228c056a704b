"""The Chinese lunar calendar as far as birthdays need it: which months a lunar year has, and when they begin.

The astronomy is lunar-python's; this module asks it once per year and keeps the answer.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from lunar_python import LunarYear, Solar

FIRST_YEAR = 1900  # the calendar is certain for these lunar years; no living person needs more
LAST_YEAR = 2100


@dataclass(frozen=True, kw_only=True)
class LunarMonth:
    """One month of a lunar year: 29 or 30 days from `first`."""

    year: int
    month: int
    leap: bool
    days: int
    first: date


@cache
def months_of(year: int) -> tuple[LunarMonth, ...]:
    """The 12 or 13 months of a lunar year, in order, leap month included."""
    months = []
    for found in LunarYear.fromYear(year).getMonthsInYear():
        begins = Solar.fromJulianDay(found.getFirstJulianDay())
        months.append(
            LunarMonth(
                year=year,
                month=abs(found.getMonth()),
                leap=found.getMonth() < 0,
                days=found.getDayCount(),
                first=date(begins.getYear(), begins.getMonth(), begins.getDay()),
            )
        )
    return tuple(months)


def month_of(year: int, month: int, *, leap: bool) -> LunarMonth | None:
    """That month of that lunar year, or None where the year has no such leap month."""
    return next((found for found in months_of(year) if found.month == month and found.leap is leap), None)


def lunar_day(day: date) -> tuple[LunarMonth, int]:
    """The lunar month a solar day lies in, and the day of that month (1 to 30)."""
    year = day.year if months_of(day.year)[0].first <= day else day.year - 1
    for found in reversed(months_of(year)):
        if found.first <= day:
            return found, (day - found.first).days + 1
    raise ValueError(day)  # cannot be: the year was chosen so that its first month begins before


def solar_day(month: LunarMonth, day: int) -> date:
    """The solar day of a day of a lunar month."""
    return month.first + timedelta(days=day - 1)
