from datetime import date, timedelta

import chinese_calendar
import pytest

from wxbot.clinic import workdays


@pytest.mark.parametrize(
    ("day", "worked", "name"),
    [
        (date(2026, 11, 23), True, None),  # an ordinary Monday
        (date(2026, 11, 21), False, None),  # an ordinary Saturday has no name
        (date(2026, 2, 14), True, None),  # a Saturday worked for the Spring Festival
        (date(2026, 10, 10), True, None),  # a Saturday worked for the National Day
        (date(2026, 2, 17), False, "春节"),
        (date(2026, 2, 23), False, "春节"),  # the bridge day off
        (date(2026, 1, 2), False, "元旦"),
        (date(2026, 4, 6), False, "清明节"),
        (date(2026, 6, 19), False, "端午节"),
        (date(2026, 9, 25), False, "中秋节"),
        (date(2026, 10, 7), False, "国庆节"),
    ],
)
def test_a_published_year_is_answered_as_published(day: date, worked: bool, name: str | None) -> None:
    assert (workdays.is_workday(day), workdays.holiday_name(day)) == (worked, name)


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (date(2031, 1, 1), "元旦"),
        (date(2031, 1, 22), "春节"),  # the eve of 2031-01-23
        (date(2031, 1, 28), "春节"),  # the sixth day
        (date(2031, 1, 29), None),
        (date(2031, 4, 5), "清明节"),
        (date(2032, 4, 4), "清明节"),
        (date(2031, 5, 1), "劳动节"),
        (date(2031, 6, 24), "端午节"),
        (date(2031, 10, 1), "国庆节"),  # the Mid-autumn Festival falls on the same day
        (date(2031, 9, 30), None),
        (date(2032, 9, 19), "中秋节"),
        (date(2031, 7, 1), None),
    ],
)
def test_a_year_not_published_is_answered_by_rule(day: date, name: str | None) -> None:
    assert not workdays.known(day.year)
    assert workdays.holiday_name(day) == name
    assert workdays.is_workday(day) == (name is None and day.weekday() < 5)


def test_a_weekend_of_a_year_not_published_is_free_and_has_no_name() -> None:
    saturday = date(2031, 7, 5)

    assert (workdays.is_workday(saturday), workdays.holiday_name(saturday)) == (False, None)


def test_years_before_the_first_published_are_answered_by_rule_too() -> None:
    assert workdays.holiday_name(date(1999, 10, 1)) == "国庆节"


def test_the_rule_closes_on_no_day_that_was_worked_since_the_eve_became_a_holiday() -> None:
    """Every festival by rule lies inside the days published as off, so the rule never closes too much."""
    differing = [
        day
        for year in (2025, 2026)
        for day in (date(year, 1, 1) + timedelta(days=number) for number in range(365))
        if day in workdays._festivals_by_rule(year) and chinese_calendar.is_workday(day)
    ]

    assert differing == []


def test_an_unpublished_year_is_warned_of_when_it_comes_near() -> None:
    last_known = next(year for year in range(2026, 2100) if not workdays.known(year + 1))

    assert workdays.unknown_years(date(last_known, 6, 1)) == ()
    assert workdays.unknown_years(date(last_known, 12, 20)) == (last_known + 1,)
    assert workdays.unknown_years(date(last_known + 1, 3, 1)) == (last_known + 1,)
