"""Business time: only seconds in which the desk answers count. Pure.

The desk's hours are blocks of a week on open days (`DeskRules.hours`; without any, while somebody at the clinic
receives). A closure of the whole clinic has none, nor has a statutory holiday where the clinic closes on them. A 调休
make-up workday adds no hours of its own, as everywhere (clinic/hours.py).
"""

from collections import OrderedDict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial

from wxbot.clinic.hours import WEEKDAYS, openings
from wxbot.clinic.models import Clinic
from wxbot.clinic.ports import LiveClinic
from wxbot.clinic.workdays import holiday_name
from wxbot.conversations.rules import DeskRules

NEAR = timedelta(days=60)  # longer than any festival and any closure that a clinic has told of
MOST_REMEMBERED = 8  # pairs of a clinic and rules: one process has one, tests a few
MOST_DAYS = 4_000  # remembered of each; ten years

Span = tuple[datetime, datetime]  # from (inside) to (outside), aware UTC

_DAYS: OrderedDict[tuple[int, int], tuple[Clinic, DeskRules, dict[date, tuple[Span, ...]]]] = OrderedDict()


class BusinessTime:
    """Elapsed and due times of one clinic's desk. Immutable; make it anew when the clinic changes.

    Cheap to make: what was found out of a day is kept per clinic and rules. Local hours are wall-clock hours, so a
    block across a change of the clocks is an hour longer or shorter.
    """

    def __init__(self, clinic: Clinic, rules: DeskRules) -> None:
        self._clinic = clinic
        self._rules = rules
        self._days = _remembered(clinic, rules)

    def is_open(self, at: datetime) -> bool:
        """Whether somebody should answer then. A block's end is outside it."""
        return any(start <= at < end for start, end in self._from(at, timedelta(0)))

    def opens_at(self, at: datetime) -> datetime | None:
        """The next opening at or after `at`: `at` itself while open; None when none is near (60 days)."""
        opening = next((max(at, start) for start, end in self._from(at, NEAR) if end > at), None)
        return None if opening is None or opening - at > NEAR else opening.astimezone(UTC)

    def opens_again_on_the_same_day(self, at: datetime) -> bool:
        """Whether the desk is closed for a break only (午休): it answered earlier on the local day and will again."""
        spans = self._of_day(at.astimezone(self._clinic.timezone).date())
        closed = not any(start <= at < end for start, end in spans)
        return closed and any(end <= at for _, end in spans) and any(start > at for start, _ in spans)

    def elapsed(self, start: datetime, end: datetime) -> timedelta:
        """The business time between two moments; zero when `end` is not later."""
        if end <= start:
            return timedelta(0)
        spans = self._from(start, end - start)
        return sum((max(min(end, last) - max(start, first), timedelta(0)) for first, last in spans), timedelta(0))

    def after(self, start: datetime, business: timedelta) -> datetime | None:
        """When so much business time has passed since `start`, the earliest such moment; None when not within 60 days.

        `start` itself for no time at all.
        """
        if business <= timedelta(0):
            return start
        left = business
        for first, last in self._from(start, NEAR):
            begin = max(first, start)
            if last <= begin:
                continue
            if last - begin >= left:
                due = (begin + left).astimezone(UTC)
                return due if due - start <= NEAR else None
            left -= last - begin
        return None

    def _from(self, at: datetime, ahead: timedelta) -> Iterator[Span]:
        """The open spans of the local days around [at, at + ahead], earliest first."""
        first = at.astimezone(self._clinic.timezone).date()
        last = (at + ahead).astimezone(self._clinic.timezone).date()
        for number in range((last - first).days + 1):
            yield from self._of_day(first + timedelta(days=number))

    def _of_day(self, day: date) -> tuple[Span, ...]:
        known = self._days.get(day)
        if known is None:
            if len(self._days) >= MOST_DAYS:
                self._days.clear()
            known = self._days[day] = _joined(self._found_out(day))
        return known

    def _found_out(self, day: date) -> Iterator[Span]:
        clinic = self._clinic
        if not self._rules.hours:
            for person in clinic.practitioners:
                if not person.retired:
                    yield from ((each.start, each.end) for each in openings(clinic, person, day))
            return
        if is_closed_on(clinic, day):
            return
        weekday = WEEKDAYS[day.weekday()]
        moment = partial(datetime.combine, day, tzinfo=clinic.timezone)
        for block in self._rules.hours:
            if block.day is weekday:
                yield moment(block.start).astimezone(UTC), moment(block.end).astimezone(UTC)


class DeskTime:
    """The business time of the clinic as it stands now: ask each time, settings change while the service runs."""

    def __init__(self, clinics: LiveClinic, rules: DeskRules) -> None:
        self._clinics = clinics
        self._rules = rules

    @property
    def current(self) -> BusinessTime:
        """As it stands now."""
        return BusinessTime(self._clinics.current, self._rules)


def is_closed_on(clinic: Clinic, day: date) -> bool:
    """Whether the whole clinic is closed on a local day: its closures, and statutory holidays where it keeps them."""
    if any(each.practitioner_id is None and each.first <= day <= each.last for each in clinic.closures):
        return True
    return clinic.closed_on_statutory_holidays and holiday_name(day, clinic.year_table(day.year)) is not None


def _joined(spans: Iterator[Span]) -> tuple[Span, ...]:
    """Spans that touch or overlap as one, earliest first; one swallowed by a change of the clocks is left out."""
    joined: list[Span] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return tuple(joined)


def _remembered(clinic: Clinic, rules: DeskRules) -> dict[date, tuple[Span, ...]]:
    """What is known of the days of exactly these two. They are held, so that no other can have their identity."""
    key = (id(clinic), id(rules))
    known = _DAYS.get(key)
    if known is None:
        known = _DAYS[key] = (clinic, rules, {})
        while len(_DAYS) > MOST_REMEMBERED:
            _DAYS.popitem(last=False)
    else:
        _DAYS.move_to_end(key)
    return known[2]
