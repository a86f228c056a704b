"""Which change of shifts a stretch of time lies near (A0-18)."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from wxbot.clinic.models import Block, Weekday
from wxbot.conversations.evaluation.shift_changes import change_near

SHANGHAI = ZoneInfo("Asia/Shanghai")


def week(*spans: tuple[time, time]) -> tuple[Block, ...]:
    return tuple(Block(day=day, start=start, end=end) for day in Weekday for start, end in spans)


EARLY = week((time(9), time(12)), (time(13, 30), time(15)))  # with lunch
LATE = week((time(15), time(21)))
DESK = week((time(8), time(22)))


def at(clock: str, day: int = 24) -> datetime:
    hour, minute = map(int, clock.split(":"))
    return datetime(2026, 11, day, hour, minute, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("since", "until", "change"),
    [
        ("14:29", "14:29", None),
        ("14:30", "14:30", "15:00"),
        ("15:30", "15:30", "15:00"),
        ("15:31", "15:31", None),
        ("12:00", "12:00", None),  # lunch is no change
        ("13:30", "13:30", None),
        ("09:10", "09:10", "09:00"),
        ("21:20", "21:20", "21:00"),
        ("08:00", "08:00", None),  # the rosters say when, not the hours of the desk
        ("10:00", "16:00", "15:00"),  # a question stood open over the change
        ("10:00", "23:00", "15:00"),  # the earlier of two
        ("10:00", "14:29", None),
    ],
)
def test_a_stretch_is_near_the_change_within_half_an_hour(since: str, until: str, change: str | None) -> None:
    found = change_near([EARLY, LATE, ()], DESK, at(since), at(until), SHANGHAI)
    assert found == (None if change is None else at(change))


def test_without_a_roster_the_hours_of_the_desk_are_the_shifts() -> None:
    assert change_near([], DESK, at("21:40"), at("21:40"), SHANGHAI) == at("22:00")
    assert change_near([()], DESK, at("15:00"), at("15:00"), SHANGHAI) is None
    assert change_near([], (), at("15:00"), at("15:00"), SHANGHAI) is None


def test_a_night_shift_does_not_change_at_midnight() -> None:
    night = week((time(0), time(6)), (time(22), time(23, 59, 59)))
    assert change_near([night], (), at("23:50"), at("23:50"), SHANGHAI) is None
    assert change_near([night], (), at("05:50"), at("05:50"), SHANGHAI) == at("06:00")


def test_a_question_that_nobody_ever_answers_is_looked_at_for_a_day() -> None:
    sunday_only = tuple(each for each in EARLY if each.day is Weekday.SUN)
    start = at("10:00", 24)  # a Tuesday
    assert change_near([sunday_only], (), start, start + timedelta(days=30), SHANGHAI) is None
