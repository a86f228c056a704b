"""Who is on duty, when a shift ends, and who is given no new chat any more."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from wxbot.clinic.models import Block, Weekday
from wxbot.conversations.hours.roster import is_on_duty, shift_ends_at, takes_new_chats

ZONE = ZoneInfo("Asia/Shanghai")
HALF_AN_HOUR = timedelta(minutes=30)


def week(*spans: tuple[str, str], day: Weekday = Weekday.MON) -> tuple[Block, ...]:
    return tuple(Block(day=day, start=time.fromisoformat(start), end=time.fromisoformat(end)) for start, end in spans)


def monday(clock: str) -> datetime:
    return datetime.combine(datetime(2026, 11, 23, tzinfo=ZONE), time.fromisoformat(clock), ZONE)


LUNCH = week(("09:00", "12:00"), ("13:30", "18:00"))
LUNCH_AND_NIGHT = (*LUNCH, *week(("20:30", "23:00")))


@pytest.mark.parametrize(
    ("clock", "on_duty", "new_chats"),
    [
        ("08:59", False, False),
        ("09:00", True, True),
        ("11:45", True, True),  # lunch does not end the shift
        ("12:00", False, False),
        ("13:30", True, True),
        ("17:29", True, True),
        ("17:30", True, False),
        ("17:59", True, False),
        ("18:00", False, False),
    ],
)
def test_no_new_chats_in_the_last_half_hour_and_at_lunch(clock: str, on_duty: bool, new_chats: bool) -> None:
    now = monday(clock)
    assert is_on_duty(LUNCH, now, ZONE) is on_duty
    assert takes_new_chats(LUNCH, now, ZONE, HALF_AN_HOUR) is new_chats


def test_a_longer_gap_ends_the_shift() -> None:
    assert shift_ends_at(LUNCH_AND_NIGHT, monday("10:00"), ZONE) == monday("18:00")
    assert shift_ends_at(LUNCH_AND_NIGHT, monday("21:00"), ZONE) == monday("23:00")
    assert shift_ends_at(LUNCH_AND_NIGHT, monday("12:30"), ZONE) is None


def test_without_a_roster_somebody_who_is_available_is_on_duty() -> None:
    assert is_on_duty((), monday("03:00"), ZONE)
    assert takes_new_chats((), monday("03:00"), ZONE, HALF_AN_HOUR)
    assert shift_ends_at((), monday("03:00"), ZONE) is None


def test_a_roster_for_another_day_is_not_for_today() -> None:
    tuesdays = week(("09:00", "18:00"), day=Weekday.TUE)
    assert not is_on_duty(tuesdays, monday("10:00"), ZONE)
    assert is_on_duty(tuesdays, monday("10:00") + timedelta(days=1), ZONE)


def test_a_rule_of_no_time_lets_chats_come_until_the_end() -> None:
    assert takes_new_chats(LUNCH, monday("17:59"), ZONE, timedelta(0))
