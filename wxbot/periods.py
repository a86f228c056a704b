"""The day, week or month that a report is about. Pure."""

from dataclasses import dataclass
from datetime import date, timedelta

from wxbot.labels import LabelledEnum

DECEMBER = 12


class Span(LabelledEnum):
    """How long a time a report is about."""

    DAY = ("day", "日报")
    WEEK = ("week", "周报")
    MONTH = ("month", "月报")


@dataclass(frozen=True, kw_only=True)
class Period:
    """The local days of a report, both included."""

    span: Span
    first: date
    last: date

    @property
    def id(self) -> str:
        """One report per period."""
        return f"{self.span.value}:{self.first.isoformat()}"

    @property
    def title(self) -> str:
        """As the page and the file have it."""
        days = "" if self.first == self.last else f" 至 {self.last.isoformat()}"
        return f"{self.span.label} {self.first.isoformat()}{days}"


def period_of(span: Span, day: date) -> Period:
    """The day, the week (from Monday) or the month that a day lies in. Raises OverflowError beyond the calendar."""
    if span is Span.DAY:
        return Period(span=span, first=day, last=day)
    if span is Span.WEEK:
        first = day - timedelta(days=day.weekday())
        return Period(span=span, first=first, last=first + timedelta(days=6))
    first = day.replace(day=1)
    later = first.replace(year=day.year + 1, month=1) if day.month == DECEMBER else first.replace(month=day.month + 1)
    return Period(span=span, first=first, last=later - timedelta(days=1))
