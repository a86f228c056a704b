"""When a step falls: local dates and calendar months turned into moments.

Hours count on the absolute time line. Days and months count local dates, at the step's own local hour or, without
one, at the anchor's; a month without that day ends on its last (31 January + 1 month is 28 or 29 February).
"""

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from hashlib import blake2b

from wxbot.care.calendar import LONGEST_CLOSED, Calendar
from wxbot.care.models import Offset, Step

_MIDNIGHT = time(0)
_WEEK = 7


def add_months(day: date, months: int) -> date:
    """The same day of the month, `months` later; the last day where that month is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def local_moment(day: date, hour: time, tz: tzinfo) -> datetime:
    """A local date and hour as aware UTC."""
    return datetime.combine(day, hour, tzinfo=tz).astimezone(UTC)


def midnight(day: date, tz: tzinfo) -> datetime:
    """The beginning of a local day as aware UTC."""
    return local_moment(day, _MIDNIGHT, tz)


def window_of(step: Step, at: datetime, calendar: Calendar, ref: str = "") -> tuple[datetime, datetime]:
    """From when a step is due for an anchor at that moment, and until when it is worth sending (aware UTC).

    `ref` is the anchor's: it decides where within its jitter the step falls.
    """
    return moved_window(step.offset, step.at, step.grace_hours, at, calendar, _jitter(step, ref))


def moved_window(  # noqa: PLR0913, PLR0917 - what a window is made of
    offset: Offset, hour: time | None, grace_hours: float, at: datetime, calendar: Calendar, jitter: timedelta
) -> tuple[datetime, datetime]:
    """The same of an offset, `hour` being the step's own local one, with what was drawn within its jitter."""
    tz, grace = calendar.tz, timedelta(hours=grace_hours)
    if offset.hours is not None:
        # not on the wall clock: zones change their offset
        due_at = at.astimezone(UTC) + timedelta(hours=offset.hours) + jitter
        return due_at, due_at + grace
    local = at.astimezone(tz)
    day = _day_of(offset, local.date(), calendar)
    due_at = local_moment(day, hour or local.time(), tz)
    if offset.window_days is not None:
        ends = midnight(local.date() + timedelta(days=offset.window_days[1] + 1), tz)
        return (due_at + jitter if due_at + jitter < ends else due_at), ends
    return due_at + jitter, due_at + jitter + grace


def first_day(offset: Offset, day: date) -> date:
    """The earliest local date on which an offset of days, months or a window of days may begin to be due."""
    if offset.months is not None:
        return add_months(day, offset.months)
    if offset.window_days is not None:
        return day + timedelta(days=offset.window_days[0])
    return day + timedelta(days=offset.days or 0)


def latest_move(offset: Offset) -> timedelta:
    """By how much weekday, working day and jitter may move a step behind `first_day`, at most."""
    days = (_WEEK - 1 if offset.weekday is not None else 0) + (LONGEST_CLOSED if offset.working_day else 0)
    return timedelta(days=days, minutes=offset.jitter_minutes)


def _day_of(offset: Offset, anchor_day: date, calendar: Calendar) -> date:
    day = first_day(offset, anchor_day)
    if offset.window_days is not None:
        first, last = (anchor_day + timedelta(days=each) for each in offset.window_days)
        if offset.best_day is not None:
            return calendar.nearest_open(anchor_day + timedelta(days=offset.best_day), first, last)
        return calendar.nearest_open(first, first, last) if offset.working_day else first
    if offset.weekday is not None:
        day += timedelta(days=(offset.weekday - day.weekday()) % _WEEK)
    return calendar.next_open(day) if offset.working_day else day


def _jitter(step: Step, ref: str) -> timedelta:
    """The same for a step and an anchor always, spread evenly over the minutes."""
    if not step.offset.jitter_minutes:
        return timedelta(0)
    drawn = int.from_bytes(blake2b(f"{step.key}/{ref}".encode(), digest_size=8).digest(), "big")
    return timedelta(minutes=drawn % (step.offset.jitter_minutes + 1))
