"""Rules for months and parts of them: 下个月, 12月初, 月底, 下个月3号."""

import re
from datetime import date, timedelta

from wxbot.understanding.day_readings import (
    ALONE,
    MONTHS,
    NO_NUMBERED_THING,
    SMALL,
    UNREAD,
    DayRead,
    DayRule,
    Moment,
    coming_months,
    days_between,
    existing_day,
    one_day,
)
from wxbot.understanding.models import Doubt
from wxbot.understanding.numerals import NUMERALS, number


def _month_days(year: int, month: int, moment: Moment, part: str = "") -> DayRead:
    """The days of a month, or of 月初, 月中, 月底, that are still to come, those that may be booked if any may."""
    first = date(year, month, 1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    bounds = {
        "初": (1, 5),
        "中": (13, 17),
        "上": (1, 10),
        "中旬": (11, 20),
        "下": (21, 31),
        "底": (26, 31),
        "末": (26, 31),
    }
    if part:
        begins, ends = bounds[part]
        first, last = first.replace(day=begins), min(last, first.replace(day=min(ends, last.day)))
    if last < moment.today:
        return DayRead(days=days_between(first, last), span=True, doubt=Doubt.PAST)
    days = days_between(max(first, moment.today), last)
    return DayRead(days=tuple(day for day in days if day <= moment.last) or days, span=True)


def _day_of_named_month(found: re.Match[str], moment: Moment) -> DayRead | None:
    day = number(found["day"])
    if day is None:
        return None
    year, month = _named_month(found["which"], moment)
    existing = existing_day(year, month, day)
    return UNREAD if existing is None else one_day(existing, moment)


def _named_month(which: str, moment: Moment) -> tuple[int, int]:
    ahead = 0 if which in {"这", "本", "当"} else len(which) * (1 if "下" in which else -1)
    month = moment.today.month - 1 + ahead
    return moment.today.year + month // MONTHS, month % MONTHS + 1


def _named_month_days(found: re.Match[str], moment: Moment) -> DayRead:
    year, month = _named_month(found["which"], moment)
    return _month_days(year, month, moment, _part(found["part"]))


def _part(words: str | None) -> str:
    """初, 中, 底 or 上, 中旬, 下."""
    return "" if not words else words if words == "中旬" else words[0]


def _month_part(found: re.Match[str], moment: Moment) -> DayRead:
    """月底 without a month: this month's, or the next one's when it is over."""
    for year, month in coming_months(moment.today):
        read = _month_days(year, month, moment, _part(found["part"]))
        if read.doubt is None:
            return read
    return UNREAD


def _month(found: re.Match[str], moment: Moment) -> DayRead | None:
    month = number(found["month"])
    if month is None:
        return None
    if not 1 <= month <= MONTHS:
        return None
    year = moment.today.year
    read = _month_days(year, month, moment, _part(found["part"]))
    return read if read.doubt is None else _month_days(year + 1, month, moment, _part(found["part"]))


def _year_end(_: re.Match[str], moment: Moment) -> DayRead:
    return _month_days(moment.today.year, MONTHS, moment, "下")


MONTH_RULES: tuple[DayRule, ...] = (
    DayRule(
        name="day.of_named_month",
        pattern=re.compile(
            rf"(?P<which>下{{1,2}}|这|本|上{{1,2}})个?月的?(?P<day>{SMALL})(?:[号日](?!子){NO_NUMBERED_THING}|(?![\d{NUMERALS}点时个次颗天]))"
        ),
        read=_day_of_named_month,
    ),
    DayRule(
        name="day.month",
        pattern=re.compile(
            r"(?P<which>下{1,2}|这|本|当|上{1,2})个?月(?P<part>[初底末]|中(?!旬)|[上下]旬|中旬)?(?!份?的?\d)"
        ),
        read=_named_month_days,
    ),
    DayRule(
        name="day.month_part",
        pattern=re.compile(
            r"(?<![\d个一二两三四五六七八九十正冬腊])月(?P<part>[底末]|初(?![一二三四五六七八九十])|中旬|中(?!间))"
        ),
        read=_month_part,
    ),
    DayRule(
        name="day.month",
        pattern=re.compile(
            rf"{ALONE}(?P<month>{SMALL})月(?!\d|[龄大子饼经嫂前后])份?(?P<part>[底末]|初(?![一二三四五六七八九十])|[上下]旬|中旬|中(?!间))?"
        ),
        read=_month,
    ),
    DayRule(name="day.year_end", pattern=re.compile("年[底末](?![一二三四五六七八九十])"), read=_year_end),
)
