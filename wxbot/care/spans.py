"""When anchors must lie for a step to be due now: the few days to query, instead of half a year. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from wxbot.care.calendar import Calendar
from wxbot.care.models import CarePlan, Offset, Step
from wxbot.care.offsets import add_months, latest_move, midnight, window_of
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
    lately = [step if after is None else _shortly(step, now - after) for step in steps]
    plain = [_lasting(_unmoved(step), now - since) for step in lately]
    found = [
        span
        for step in plain
        for span in (
            *_spans(step, now, calendar),
            *(each for night in nights for each in _before_quiet(step, night, tz)),
        )
    ]
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
        self._of = {id(step): spans([step], now, calendar, since) for plan in plans for step in plan.steps}

    def holds(self, step: Step, at: datetime) -> bool:
        """Whether the anchor's moment lies where the step may be due; `step` is one of the plans' own."""
        return any(span.start <= at < span.end for span in self._of[id(step)])


def _unmoved(step: Step) -> Step:
    """The step at its earliest, worth sending for as much longer as it may be moved: what holds for both is found."""
    offset = step.offset
    earliest = replace(offset, best_day=None, weekday=None, working_day=False, jitter_minutes=0)
    longer = latest_move(offset) / timedelta(hours=1)
    return replace(step, offset=earliest, grace_hours=step.grace_hours + longer)


def _shortly(step: Step, after: timedelta) -> Step:
    """The step as if it were worth sending for that time at most, which hides what fell due before."""
    offset, hours = step.offset, after / timedelta(hours=1)
    if offset.window_days is None:
        return replace(step, grace_hours=min(step.grace_hours, hours))
    first, last = offset.window_days
    moved = last - first + 1 if offset.best_day is not None or offset.working_day else 0  # days, within the window
    begins = Offset(days=first, jitter_minutes=offset.jitter_minutes)
    return replace(step, offset=begins, grace_hours=hours + 24 * moved)


def _lasting(step: Step, longer: timedelta) -> Step:
    """The step, worth sending for that much longer."""
    if not longer:
        return step
    offset, days = step.offset, -(-longer // _DAY)
    if offset.window_days is not None:
        offset = replace(offset, window_days=(offset.window_days[0], offset.window_days[1] + days))
    return replace(step, offset=offset, grace_hours=step.grace_hours + longer / timedelta(hours=1))


def _spans(step: Step, now: datetime, calendar: Calendar) -> Iterator[Span]:
    tz = calendar.tz
    if step.offset.hours is not None:
        latest = now - timedelta(hours=step.offset.hours)
        yield Span(latest - timedelta(hours=step.grace_hours), latest + _TICK)
        return
    for day in sorted(_anchor_days(step, now, tz)):
        due_at, _ = window_of(step, midnight(day, tz), calendar)
        _, expires_at = window_of(step, datetime.combine(day, time.max, tzinfo=tz), calendar)
        if due_at <= now < expires_at:
            yield Span(midnight(day, tz), midnight(day + _DAY, tz))


def _before_quiet(step: Step, night: tuple[datetime, datetime], tz: tzinfo) -> Iterator[Span]:
    """Where the anchors lie whose reminder falls into those quiet hours: it may leave before them."""
    if step.purpose is not Purpose.REMINDER:
        return
    begins, ends = night
    if step.offset.hours is not None:
        offset = timedelta(hours=step.offset.hours)
        yield Span(begins - offset, ends - offset)
        return
    for day in sorted(_anchor_days(step, begins, tz) | _anchor_days(step, ends, tz)):
        yield Span(midnight(day, tz), midnight(day + _DAY, tz))


def _anchor_days(step: Step, now: datetime, tz: tzinfo) -> set[date]:
    """Local dates an anchor may have for the step to be due today; some of them in vain."""
    offset = step.offset
    today = now.astimezone(tz).date()
    if offset.window_days is not None:
        first, last = offset.window_days
        return {today - timedelta(days=days) for days in range(first, last + 1)}
    since = (now - timedelta(hours=step.grace_hours)).astimezone(tz).date() - _DAY
    due_days = [since + timedelta(days=days) for days in range((today - since).days + 1)]
    if offset.months is not None:
        months = -offset.months
        return {
            add_months(day, months) + timedelta(days=days)
            for day in due_days
            for days in range(-_MONTH_END, _MONTH_END + 1)
        }
    return {day - timedelta(days=offset.days or 0) for day in due_days}
