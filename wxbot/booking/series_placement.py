"""A series of visits at an interval: the days that keep to it best. Pure.

Each visit is so many days after the one before it, give or take a few; on its day it is in the same part of the day as
the first one where that can be had, and near the same hour.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import TypeAlias

MOST_VISITS = 24
LONGEST = 700  # days from the first visit to the last: what staff may book ahead

Cost: TypeAlias = tuple[int, int, int, int]
"""Visits without a day, visits in another part of the day, days off the interval, minutes off the hour."""


@dataclass(frozen=True, kw_only=True)
class Interval:
    """每28±3天: so many days from one visit to the next."""

    every_days: int
    within_days: int = 0  # sooner or later

    def window(self, before: date) -> tuple[date, date]:
        """The first and the last day for the visit after one of that day."""
        return (
            before + timedelta(days=max(1, self.every_days - self.within_days)),
            before + timedelta(days=self.every_days + self.within_days),
        )

    def nominal(self, before: date) -> date:
        """The day that keeps to it exactly."""
        return before + timedelta(days=self.every_days)

    def days(self, before: date) -> Iterator[date]:
        """Every day of the window."""
        first, last = self.window(before)
        return (first + timedelta(days=each) for each in range((last - first).days + 1))


@dataclass(frozen=True, kw_only=True)
class DayFit:
    """How well the best free hour of a day suits."""

    other_part: bool  # in another part of the day than the first visit
    minutes_off: int  # from the first visit's clock


@dataclass(frozen=True, kw_only=True)
class Placed:
    """One visit after the first. `day` None: no day from `first` to `last` has a free hour."""

    number: int  # 2 is the first after the first
    first: date
    last: date
    day: date | None


def fit(clock: time, wished: time, *, same_part: bool) -> DayFit:
    """How well an hour suits who came at the wished one first."""
    return DayFit(other_part=not same_part, minutes_off=abs(_minutes(clock) - _minutes(wished)))


def place(start: date, count: int, interval: Interval, fits: Mapping[date, DayFit], *, number: int = 1) -> list[Placed]:
    """The visits after visit `number`, which is on the day `start`, up to visit `count`.

    A visit is left without a day only where none of its days is free, and as few as possible are; then as many as
    possible keep the part of the day; then they keep to the interval, then to the hour; of equal ones the earlier
    days. After a visit without a day the interval goes on from the day that it should have had.
    """
    reached: dict[date, tuple[Cost, tuple[date | None, ...]]] = {start: ((0, 0, 0, 0), ())}
    for _ in range(number, count):
        following: dict[date, tuple[Cost, tuple[date | None, ...]]] = {}
        for before, (cost, path) in reached.items():
            for after, day, added in _steps(before, interval, fits):
                found = (_sum(cost, added), (*path, day))
                if after not in following or _key(found) < _key(following[after]):
                    following[after] = found
        reached = following
    _, days = min(reached.values(), key=_key)
    return list(_told(start, days, interval, number))


def cost_of(start: date, days: Sequence[date | None], interval: Interval, fits: Mapping[date, DayFit]) -> Cost:
    """What a choice of days costs; for checking another way of choosing."""
    cost, before = (0, 0, 0, 0), start
    for day in days:
        cost = _sum(cost, _cost(before, day, interval, fits))
        before = interval.nominal(before) if day is None else day
    return cost


def _steps(before: date, interval: Interval, fits: Mapping[date, DayFit]) -> Iterator[tuple[date, date | None, Cost]]:
    """Where the next visit may be: the day from which the interval goes on, its day if it has one, what it costs."""
    free = [day for day in interval.days(before) if day in fits]
    for day in free:
        yield day, day, _cost(before, day, interval, fits)
    if not free:
        yield interval.nominal(before), None, _cost(before, None, interval, fits)


def _cost(before: date, day: date | None, interval: Interval, fits: Mapping[date, DayFit]) -> Cost:
    if day is None:
        return (1, 0, 0, 0)
    suits = fits[day]
    return (0, int(suits.other_part), abs((day - interval.nominal(before)).days), suits.minutes_off)


def _told(start: date, days: Sequence[date | None], interval: Interval, number: int) -> Iterator[Placed]:
    before = start
    for position, day in enumerate(days):
        first, last = interval.window(before)
        yield Placed(number=number + 1 + position, first=first, last=last, day=day)
        before = interval.nominal(before) if day is None else day


def _key(found: tuple[Cost, tuple[date | None, ...]]) -> tuple[Cost, tuple[date, ...]]:
    """What is least for the best; a visit without a day comes after those with one."""
    cost, days = found
    return cost, tuple(each or date.max for each in days)


def _sum(one: Cost, other: Cost) -> Cost:
    return (one[0] + other[0], one[1] + other[1], one[2] + other[2], one[3] + other[3])


def _minutes(clock: time) -> int:
    return clock.hour * 60 + clock.minute
