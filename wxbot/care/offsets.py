"""When a step falls: local dates and calendar months turned into moments.

Hours count on the absolute time line. Days and months count local dates, at the step's own local hour or, without
one, at the anchor's; a month without that day ends on its last (31 January + 1 month is 28 or 29 February).
"""

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from wxbot.care.models import Offset, Step

_MIDNIGHT = time(0)


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


def window_of(step: Step, at: datetime, tz: tzinfo) -> tuple[datetime, datetime]:
    """From when a step is due for an anchor at that moment, and until when it is worth sending (aware UTC)."""
    offset = step.offset
    if offset.hours is not None:
        due_at = at.astimezone(UTC) + timedelta(hours=offset.hours)  # not on the wall clock: zones change their offset
        return due_at, due_at + timedelta(hours=step.grace_hours)
    local = at.astimezone(tz)
    hour = step.at or local.time()
    due_at = local_moment(first_day(offset, local.date()), hour, tz)
    if offset.window_days is not None:
        return due_at, midnight(local.date() + timedelta(days=offset.window_days[1] + 1), tz)
    return due_at, due_at + timedelta(hours=step.grace_hours)


def first_day(offset: Offset, day: date) -> date:
    """The local date on which an offset of days, months or a window of days begins to be due."""
    if offset.months is not None:
        return add_months(day, offset.months)
    if offset.window_days is not None:
        return day + timedelta(days=offset.window_days[0])
    return day + timedelta(days=offset.days or 0)
