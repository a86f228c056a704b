"""What a rule for days is and gives: the values that the two groups of rules share."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from wxbot.days import FIRST_DAY, LAST_DAY
from wxbot.understanding.models import Doubt, Relationship
from wxbot.understanding.numerals import NUMERALS

MONTHS = 12
ALONE = rf"(?:(?<![\d.{NUMERALS}])|(?<=[周期拜][一二三四五六]))"  # no numeral before, but 周三8号
SMALL = rf"(?:\d{{1,2}}|[{NUMERALS}]{{1,3}})"
NO_NUMBERED_THING = (  # 8号牙, 2号楼, 1号诊室
    "(?![楼牙诊床线院门窗桌房机码店馆电技医护室位柜车口库厅球针铺仓学糖胶单栋厂出站台台座位屋的字试]|冷|技师|大夫|文件)"
)
NOT_NUMBERED = r"(?<![第a-z路街巷弄编账栋楼座房层牌线幢])"


@dataclass(frozen=True, kw_only=True)
class Moment:
    """The day on which the words are read, and the last day that may be booked."""

    today: date
    last: date

    @property
    def monday(self) -> date:
        """The first day of this week."""
        return self.today - timedelta(days=self.today.weekday())


@dataclass(frozen=True, kw_only=True)
class DayRead:
    """What a match means. `bare`: a weekday without 这 or 下; `relative`: read again from the first day of a span."""

    days: tuple[date, ...]
    span: bool = False
    doubt: Doubt | None = None
    relationship: Relationship = Relationship.AT
    bare: bool = False
    relative: bool = False


UNREAD = DayRead(days=(), doubt=Doubt.UNREAD_DAY)


@dataclass(frozen=True, kw_only=True)
class DayRule:
    """The pattern of a way to name a day, and what is read where it matches; None where it is none."""

    name: str
    pattern: re.Pattern[str]
    read: Callable[[re.Match[str], Moment], DayRead | None]


def days_between(first: date, last: date) -> tuple[date, ...]:
    """Every day from the first to the last, both included."""
    return tuple(first + timedelta(days=each) for each in range((last - first).days + 1))


def one_day(day: date, moment: Moment, *, relative: bool = False) -> DayRead:
    """That day, with the doubt that it is past."""
    past = day < moment.today
    return DayRead(days=(day,), doubt=Doubt.PAST if past else None, relative=relative)


def existing_day(year: int, month: int, day: int) -> date | None:
    """The day, unless the calendar has none such or nobody can mean it."""
    try:
        found = date(year, month, day)
    except ValueError:
        return None
    return found if FIRST_DAY <= found <= LAST_DAY else None


def coming_months(today: date) -> Iterator[tuple[int, int]]:
    """This month and the ones after it, as year and month."""
    for ahead in range(MONTHS + 1):
        month = today.month - 1 + ahead
        yield today.year + month // MONTHS, month % MONTHS + 1
