"""Birthdays as spreadsheets write them: in which order 30/05/12 stands, and what a part of a date lacks. Pure.

`30/05/12` is 12 May 1930, or 30 May 2012. A sheet is written in one order throughout, so its clear dates
(`25/12/1985`) say how the others are meant; where they do not, staff are asked once.
"""

import re
from collections.abc import Iterable
from datetime import date, timedelta
from enum import StrEnum

from wxbot.patients.birthdays import age_on
from wxbot.patients.models import Birthday, Calendar

OLDEST_LIKELY_YEARS = 110  # whom a clinic sees is younger; above it the year is most likely a slip
_FULL_YEAR = 1000
SHORT_DATE = re.compile(r"(\d{1,4})([-/.])(\d{1,2})\2(\d{4}|\d{1,2})")
_YEAR_FIRST = re.compile(r"\d{4}[-/.]")
_SERIAL = re.compile(r"[1-9]\d{4}")  # five digits: 1927 and later; shorter ones are a year (1990) or a day (0512)
_EPOCH = date(1899, 12, 30)  # day 0 of a spreadsheet's calendar, from March 1900 on
_PARTS = (  # what is written where a whole date ought to be
    (re.compile(r"(?:19|20)\d{2}年?"), "只有年份，没有月和日"),
    (re.compile(r"(?:19|20)\d{2}(?:年|[-/.]?)(?:0?[1-9]|1[0-2])月?"), "只有年和月，没有日"),
    (re.compile(r"(?:0?[1-9]|1[0-2])(?:月|[-/.])?(?:[0-2]?\d|3[01])[日号]?"), "只有月和日，没有年份"),
)


class DateOrder(StrEnum):
    """In which order a sheet writes dates whose parts could be several."""

    SHEET = "sheet"  # as its clear dates show
    YMD = "ymd"
    DMY = "dmy"
    MDY = "mdy"


ORDER_WORDS = {
    DateOrder.SHEET: "按表里看得清的日期判断；判断不出的先空着，列为待核对",
    DateOrder.YMD: "年/月/日",
    DateOrder.DMY: "日/月/年",
    DateOrder.MDY: "月/日/年",
}


def readings_of(text: str, today: date) -> dict[DateOrder, date]:
    """The days that a date in three short numbers can mean, by order; nothing for what is written in another way."""
    found = SHORT_DATE.fullmatch(text)
    if found is None or _YEAR_FIRST.match(text):
        return {}
    first, _, second, third = found.groups()
    if len(first) > 2:  # noqa: PLR2004 - three digits are no part of a date
        return {}
    ways = {DateOrder.DMY: (third, second, first), DateOrder.MDY: (third, first, second)}
    if len(third) <= 2:  # noqa: PLR2004 - a year of four digits stands last: no other order has it
        ways[DateOrder.YMD] = (first, second, third)
    days = {order: _day(int(year), int(month), int(day), today) for order, (year, month, day) in ways.items()}
    return {order: day for order, day in days.items() if day is not None}


def order_of(texts: Iterable[str], today: date) -> DateOrder:
    """The one order that the clear dates of a column have; SHEET where they have none or several."""
    orders = {
        next(iter(days)) for text in texts if len(set((days := readings_of(text, today)).values())) == 1 == len(days)
    }
    return orders.pop() if len(orders) == 1 else DateOrder.SHEET


def day_of(text: str, order: DateOrder, today: date) -> date | None:
    """The day of a date in three short numbers, in that order where it can mean several; None for a doubtful one."""
    days = readings_of(text, today)
    if len(set(days.values())) == 1:
        return next(iter(days.values()))
    return days.get(order)


def day_of_serial(text: str) -> date | None:
    """The day that a spreadsheet's number of five digits stands for: 33005 is 12 May 1990."""
    return _EPOCH + timedelta(days=int(text)) if _SERIAL.fullmatch(text) else None


def lacks(text: str) -> str:
    """What a part of a date lacks, in words for staff; empty for anything else."""
    return next((words for form, words in _PARTS if form.fullmatch(text)), "")


def unlikely(birthday: Birthday, today: date) -> str:
    """Why a possible birthday is most likely a slip, in words for staff; empty where it is not."""
    age = age_on(birthday, today)
    if age > OLDEST_LIKELY_YEARS:
        return f"算下来 {age} 岁，可能写错了年份"
    if age < 1 and birthday.year == today.year and birthday.calendar is Calendar.SOLAR:
        return "生日在今年，可能只填了月和日，年份是表格补上的"
    return ""


def _day(year: int, month: int, day: int, today: date) -> date | None:
    """The one day of these numbers on which somebody alive can be born; a short year only where one century fits."""
    years = (year,) if year >= _FULL_YEAR else (1900 + year, 2000 + year)
    found = []
    for each in years:
        try:
            possible = date(each, month, day)
        except ValueError:
            continue
        if possible <= today and today.year - each <= OLDEST_LIKELY_YEARS:
            found.append(possible)
    return found[0] if len(found) == 1 else None
