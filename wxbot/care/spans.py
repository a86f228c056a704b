"""When anchors must lie for a step to be due now: the few days to query, instead of half a year. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache

from wxbot.care.calendar import Calendar
from wxbot.care.models import CarePlan, Offset, Step
from wxbot.care.offsets import add_months, latest_move, midnight, moved_window
from wxbot.care.quiet_hours import quiet_hours_between
from wxbot.messaging import Purpose

_TICK = timedelta(milliseconds=1)  # the database keeps milliseconds
_DAY = timedelta(days=1)
_MONTH_END = 3  # days by which the end-of-month rule can move a date


@dataclass(frozen=True, order=True)
class Span:
    """A stretch of time: from `start` up to, not including, `end`."""

    start: datetime
    end: datetime

    def slices(self, length: timedelta) -> Iterator["Span"]:
        """The same stretch in pieces of that length, the last one shorter."""
        start = self.start
        while start < self.end:
            yield Span(start, min(start + length, self.end))
            start += length

    def days(self, tz: tzinfo) -> Iterator[date]:
        """The local dates it touches."""
        day = self.start.astimezone(tz).date()
        last = (self.end - _TICK).astimezone(tz).date()
        while day <= last:
            yield day
            day += _DAY


def spans(
    steps: Iterable[Step],
    now: datetime,
    calendar: Calendar,
    since: datetime | None = None,
    after: datetime | None = None,
) -> list[Span]:
    """Where anchors must lie for one of the steps to be due at `now`: never too few, merged, in order.

    With `since`, also for those that fell due after it and are not worth sending any more. With `after`, only those
    that fell due after it must be found.
    """
    now = now.astimezone(UTC)  # so that adding hours means hours, whatever zone `now` came in
    tz = calendar.tz
    since = now if since is None else since.astimezone(UTC)
    nights = list(quiet_hours_between(since, now, tz, calendar.quiet))
    merged: list[Span] = []
    every = list(steps)
    plain = [_lasting(_unmoved(step), now - since) for step in every]
    found = [span for step in plain for night in nights for span in _before_quiet(step, night, tz)]
    if now > since:  # so much longer that where a step is moved to may be another day: as if it were not moved
        found += [span for step in plain for span in _spans(step, step, now, calendar)]
    else:
        found += [span for step in every for span in _spans(step, _unmoved(step), now, calendar, after)]
    for span in sorted(found):
        if merged and span.start <= merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return merged


class Reach:
    """Whether a step may be due for an anchor at that moment, without deriving when it is: never too few.

    Most steps of most anchors are not, and looking up a moment costs a tenth of deriving one.
    """

    def __init__(
        self, plans: Iterable[CarePlan], now: datetime, calendar: Calendar, since: datetime | None = None
    ) -> None:
        self._plans = tuple(plans)  # kept, so that no other step gets the id of one of theirs
        self._when = (now, calendar, since)
        self._of: dict[int, list[Span]] = {}

    def holds(self, step: Step, at: datetime) -> bool:
        """Whether the anchor's moment lies where the step may be due; `step` is one of the plans' own."""
        found = self._of.get(id(step))
        if found is None:
            found = self._of[id(step)] = spans([step], *self._when)
        return any(span.start <= at < span.end for span in found)


def _unmoved(step: Step) -> Step:
    """The step at its earliest, worth sending for as much longer as it may be moved: what holds for both is found."""
    offset = step.offset
    earliest = replace(offset, best_day=None, weekday=None, working_day=False, jitter_minutes=0)
    longer = latest_move(offset) / timedelta(hours=1)
    return replace(step, offset=earliest, grace_hours=step.grace_hours + longer)


def _lasting(step: Step, longer: timedelta) -> Step:
    """The step, worth sending for that much longer."""
    if not longer:
        return step
    offset, days = step.offset, -(-longer // _DAY)
    if offset.window_days is not None:
        offset = replace(offset, window_days=(offset.window_days[0], offset.window_days[1] + days))
    return replace(step, offset=offset, grace_hours=step.grace_hours + longer / timedelta(hours=1))


def _spans(
    step: Step, longest: Step, now: datetime, calendar: Calendar, after: datetime | None = None
) -> Iterator[Span]:
    """Where anchors lie for the step to be due; `longest` is the same, lasting until wherever it may be moved to."""
    tz, jitter = calendar.tz, timedelta(minutes=step.offset.jitter_minutes)
    if step.offset.hours is not None:
        latest = now - timedelta(hours=step.offset.hours)
        earliest = latest - timedelta(hours=longest.grace_hours)
        yield Span(earliest if after is None else max(earliest, latest - (now - after) - jitter), latest + _TICK)
        return
    for day in _anchor_days(longest, now, tz):
        window = _day_window(step.offset, step.at, step.grace_hours, day, calendar)
        if window.due_at <= now < window.expires_at + jitter and (after is None or window.last_due + jitter > after):
            yield window.day


@dataclass(frozen=True)
class _DayWindow:
    """A local day of anchors: from when the first is due, from when and until when the last; without jitter."""

    day: Span
    due_at: datetime
    last_due: datetime
    expires_at: datetime


@lru_cache(maxsize=8192)
def _day_window(offset: Offset, hour: time | None, grace_hours: float, day: date, calendar: Calendar) -> _DayWindow:
    """Remembered, since the same days are asked about at each look."""
    tz = calendar.tz
    whole = Span(midnight(day, tz), midnight(day + _DAY, tz))
    last = datetime.combine(day, time.max, tzinfo=tz)
    due_at, _ = moved_window(offset, hour, grace_hours, whole.start, calendar, timedelta(0))
    last_due, expires_at = moved_window(offset, hour, grace_hours, last, calendar, timedelta(0))
    return _DayWindow(whole, due_at, last_due, expires_at)


def _before_quiet(step: Step, night: tuple[datetime, datetime], tz: tzinfo) -> Iterator[Span]:
    """Where the anchors lie whose reminder falls into those quiet hours: it may leave before them."""
    if step.purpose is not Purpose.REMINDER:
        return
    begins, ends = night
    if step.offset.hours is not None:
        offset = timedelta(hours=step.offset.hours)
        yield Span(begins - offset, ends - offset)
        return
    for day in sorted({*_anchor_days(step, begins, tz), *_anchor_days(step, ends, tz)}):
        yield Span(midnight(day, tz), midnight(day + _DAY, tz))


def _anchor_days(step: Step, now: datetime, tz: tzinfo) -> tuple[date, ...]:
    """Local dates an anchor may have for the step to be due today, in order; some of them in vain."""
    since = (now - timedelta(hours=step.grace_hours)).astimezone(tz).date() - _DAY
    return _days_before(step.offset, since, now.astimezone(tz).date())


@lru_cache(maxsize=4096)
def _days_before(offset: Offset, since: date, today: date) -> tuple[date, ...]:
    """Those from which a step falls on one of the days from `since` to `today`; of a window on `today`."""
    if offset.window_days is not None:
        first, last = offset.window_days
        return tuple(today - timedelta(days=days) for days in range(last, first - 1, -1))
    due_days = [since + timedelta(days=days) for days in range((today - since).days + 1)]
    if offset.months is None:
        return tuple(day - timedelta(days=offset.days or 0) for day in due_days)
    around = range(-_MONTH_END, _MONTH_END + 1)
    found = {add_months(day, -offset.months) + timedelta(days=days) for day in due_days for days in around}
    return tuple(sorted(found))
