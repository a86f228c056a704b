from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wxbot.care.calendar import Calendar
from wxbot.care.models import Offset, Step
from wxbot.care.offsets import add_months, midnight, window_of
from wxbot.messaging import Purpose

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")


def step(offset: Offset, *, at: time | None = None, grace_hours: float = 8) -> Step:
    return Step(key="s", template="t", purpose=Purpose.CARE, offset=offset, at=at, grace_hours=grace_hours)


def here(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=SHANGHAI)  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2026, 11, 23), 3, date(2027, 2, 23)),
        (date(2026, 3, 31), -1, date(2026, 2, 28)),
        (date(2026, 1, 15), -1, date(2025, 12, 15)),
        (date(2026, 12, 5), 0, date(2026, 12, 5)),
    ],
)
def test_months_are_calendar_months_that_end_where_the_month_ends(day: date, months: int, expected: date) -> None:
    assert add_months(day, months) == expected


@given(day=st.dates(date(1950, 1, 1), date(2090, 1, 1)), months=st.integers(-24, 24))
def test_adding_months_never_leaves_the_month_meant(day: date, months: int) -> None:
    found = add_months(day, months)
    assert (found.year * 12 + found.month) - (day.year * 12 + day.month) == months
    assert found.day <= day.day


def test_hours_count_on_the_absolute_time_line() -> None:
    at = here(2026, 11, 23, 14, 30)
    assert window_of(step(Offset(hours=-2), grace_hours=1.5), at, Calendar(tz=SHANGHAI)) == (
        here(2026, 11, 23, 12, 30),
        here(2026, 11, 23, 14, 0),
    )


def test_days_count_local_dates_at_the_steps_own_hour() -> None:
    late = here(2026, 11, 23, 23, 50)  # in UTC still the afternoon of the same day
    early = here(2026, 11, 24, 0, 10)  # in UTC the day before
    ten = step(Offset(days=1), at=time(10))
    assert window_of(ten, late, Calendar(tz=SHANGHAI))[0] == here(2026, 11, 24, 10)
    assert window_of(ten, early, Calendar(tz=SHANGHAI))[0] == here(2026, 11, 25, 10)


def test_without_an_hour_of_its_own_a_step_keeps_the_anchors() -> None:
    assert window_of(step(Offset(months=1)), here(2026, 1, 31, 16, 45), Calendar(tz=SHANGHAI))[0] == here(
        2026, 2, 28, 16, 45
    )


def test_a_window_is_worth_sending_until_the_end_of_its_last_day() -> None:
    found = window_of(step(Offset(window_days=(4, 7)), at=time(10)), here(2026, 11, 23, 15), Calendar(tz=SHANGHAI))
    assert found == (here(2026, 11, 27, 10), here(2026, 12, 1, 0))


def test_a_day_before_keeps_its_local_hour_over_a_change_to_summer_time() -> None:
    at = datetime(2026, 3, 29, 10, tzinfo=BERLIN)  # clocks went forward that night
    assert window_of(step(Offset(days=-1)), at, Calendar(tz=BERLIN))[0] == datetime(2026, 3, 28, 10, tzinfo=BERLIN)
    assert window_of(step(Offset(hours=-24)), at, Calendar(tz=BERLIN))[0] == datetime(2026, 3, 28, 9, tzinfo=BERLIN)


def test_moments_are_utc() -> None:
    assert midnight(date(2026, 11, 23), SHANGHAI) == datetime(2026, 11, 22, 16, tzinfo=UTC)
    assert window_of(step(Offset(days=0)), here(2026, 11, 23, 9), Calendar(tz=SHANGHAI))[0].tzinfo is UTC


# -- moved to a better day -----------------------------------------------------------------------------------------


def closed_on(*days: date) -> Calendar:
    return Calendar(tz=SHANGHAI, is_open=lambda day: day not in days)


def test_a_weekday_is_the_first_such_day_on_or_after_the_offset() -> None:
    monday = step(Offset(days=7, weekday=0), at=time(10))
    for day in range(23, 30):  # Monday to Sunday
        due_at, _ = window_of(monday, here(2026, 11, day, 15), Calendar(tz=SHANGHAI))
        assert due_at.astimezone(SHANGHAI).weekday() == 0
        assert timedelta(days=7) <= due_at.astimezone(SHANGHAI).date() - date(2026, 11, day) <= timedelta(days=13)


def test_a_closed_day_is_passed_over_and_a_clinic_that_never_opens_moves_nothing() -> None:
    plain = step(Offset(days=1, working_day=True), at=time(10))
    at = here(2026, 9, 30, 15)
    holiday = closed_on(*(date(2026, 10, day) for day in range(1, 9)))
    assert window_of(plain, at, holiday)[0] == here(2026, 10, 9, 10)
    never = Calendar(tz=SHANGHAI, is_open=lambda _: False)
    assert window_of(plain, at, never)[0] == here(2026, 10, 1, 10)


def test_the_best_day_of_a_window_is_open_and_never_outside_of_it() -> None:
    stitches = step(Offset(window_days=(4, 7), best_day=5), at=time(10))
    at = here(2026, 11, 23, 15)
    days = [date(2026, 11, day) for day in (27, 28, 29, 30)]
    assert window_of(stitches, at, Calendar(tz=SHANGHAI))[0] == here(2026, 11, 28, 10)
    assert window_of(stitches, at, closed_on(days[1]))[0] == here(2026, 11, 29, 10)
    assert window_of(stitches, at, closed_on(*days[1:]))[0] == here(2026, 11, 27, 10)
    assert window_of(stitches, at, closed_on(*days)) == (here(2026, 11, 28, 10), here(2026, 12, 1, 0))


def test_jitter_is_the_same_for_an_anchor_and_spread_over_its_minutes() -> None:
    spread = step(Offset(days=1, jitter_minutes=30), at=time(10))
    at, calendar = here(2026, 11, 23, 15), Calendar(tz=SHANGHAI)
    found = {ref: window_of(spread, at, calendar, ref)[0] for ref in map(str, range(300))}
    assert found == {ref: window_of(spread, at, calendar, ref)[0] for ref in found}
    assert set(found.values()) == {here(2026, 11, 24, 10, minute) for minute in range(31)}
