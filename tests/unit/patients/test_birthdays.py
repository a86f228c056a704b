from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wxbot.patients.birthdays import (
    age_on,
    born_on,
    celebrated_on,
    keys_celebrated_on,
    keys_for,
    may_be_greeted,
)
from wxbot.patients.lunar import FIRST_YEAR, LAST_YEAR, lunar_day, month_of, months_of, solar_day
from wxbot.patients.models import Birthday, Calendar

RULES = ("02-28", "03-01")


def solar(year: int, month: int, day: int) -> Birthday:
    return Birthday(calendar=Calendar.SOLAR, year=year, month=month, day=day)


def lunar(year: int, month: int, day: int, *, leap: bool = False) -> Birthday:
    return Birthday(calendar=Calendar.LUNAR, year=year, month=month, day=day, leap_month=leap)


@st.composite
def solar_birthdays(draw: st.DrawFn) -> Birthday:
    day = draw(st.dates(date(1900, 1, 1), date(2100, 12, 31)))
    return solar(day.year, day.month, day.day)


@st.composite
def lunar_birthdays(draw: st.DrawFn) -> Birthday:
    month = draw(st.sampled_from(months_of(draw(st.integers(FIRST_YEAR, LAST_YEAR)))))
    return lunar(month.year, month.month, draw(st.integers(1, month.days)), leap=month.leap)


def days_of_lunar_year(year: int) -> list[date]:
    first, following = months_of(year)[0].first, months_of(year + 1)[0].first
    return [first + timedelta(days=days) for days in range((following - first).days)]


def days_of_solar_year(year: int) -> list[date]:
    first = date(year, 1, 1)
    return [first + timedelta(days=days) for days in range((date(year + 1, 1, 1) - first).days)]


def test_the_lunar_years_follow_each_other_without_a_gap_from_1899_to_2101() -> None:
    for year in range(FIRST_YEAR - 1, LAST_YEAR + 2):
        months = months_of(year)
        ends = [month.first + timedelta(days=month.days) for month in months]
        assert ends == [*(month.first for month in months[1:]), months_of(year + 1)[0].first]
        assert [month.month for month in months if not month.leap] == list(range(1, 13))


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ((2027, 1, 1, False), date(2027, 2, 6)),
        ((2025, 8, 15, False), date(2025, 10, 6)),
        ((2025, 6, 1, True), date(2025, 7, 25)),
        ((2023, 2, 1, True), date(2023, 3, 22)),
        ((1990, 8, 15, False), date(1990, 10, 3)),
        ((1984, 10, 1, True), date(1984, 11, 23)),
        ((1900, 1, 1, False), date(1900, 1, 31)),
        ((2033, 11, 1, True), date(2033, 12, 22)),
    ],
)
def test_known_days_of_the_calendar_agree(words: tuple[int, int, int, bool], day: date) -> None:
    year, month, number, leap = words
    found = month_of(year, month, leap=leap)
    assert found is not None
    assert solar_day(found, number) == day
    assert lunar_day(day) == (found, number)


def test_keys_name_the_calendar_the_leap_month_and_the_day() -> None:
    assert keys_for(solar(1990, 5, 12)) == ("S05-12",)
    assert keys_for(lunar(1990, 8, 15)) == ("L08-15",)
    assert keys_for(lunar(1987, 6, 3, leap=True)) == ("L-06-03",)


@pytest.mark.parametrize(
    ("birthday", "year", "day"),
    [
        (solar(2000, 2, 29), 2024, date(2024, 2, 29)),
        (solar(2000, 2, 29), 2026, date(2026, 2, 28)),
        (lunar(1991, 12, 30), 2026, date(2027, 2, 5)),  # the 12th month of 2026 has 29 days
        (lunar(1987, 6, 3, leap=True), 2025, date(2025, 7, 27)),  # in the leap month of 2025
        (lunar(1987, 6, 3, leap=True), 2026, date(2026, 7, 16)),  # 2026 has none: the plain month
        (lunar(1987, 6, 3), 2025, date(2025, 6, 27)),  # born in the plain month: never in the leap month
    ],
)
def test_birthdays_move_by_the_rules(birthday: Birthday, year: int, day: date) -> None:
    assert celebrated_on(birthday, year) == day


def test_29_february_can_be_kept_on_1_march() -> None:
    assert celebrated_on(solar(2000, 2, 29), 2026, "03-01") == date(2026, 3, 1)
    assert "S02-29" in keys_celebrated_on(date(2026, 3, 1), "03-01")
    assert "S02-29" not in keys_celebrated_on(date(2026, 2, 28), "03-01")
    assert "S02-29" not in keys_celebrated_on(date(2024, 3, 1), "03-01")


@pytest.mark.parametrize("rule", RULES)
@settings(max_examples=60, deadline=None)
@given(birthday=solar_birthdays(), year=st.integers(1900, 2100))
def test_a_solar_birthday_comes_exactly_once_in_every_solar_year(rule: str, birthday: Birthday, year: int) -> None:
    keys = set(keys_for(birthday))
    found = [day for day in days_of_solar_year(year) if keys & keys_celebrated_on(day, rule)]  # type: ignore[arg-type]
    assert found == [celebrated_on(birthday, year, rule)]  # type: ignore[arg-type]


@settings(max_examples=150, deadline=None)
@given(birthday=lunar_birthdays(), year=st.integers(1900, 2100))
def test_a_lunar_birthday_comes_exactly_once_in_every_lunar_year(birthday: Birthday, year: int) -> None:
    keys = set(keys_for(birthday))
    found = [day for day in days_of_lunar_year(year) if keys & keys_celebrated_on(day)]
    assert found == [celebrated_on(birthday, year)]


def test_every_possible_birthday_comes_exactly_once_in_every_year_from_1900_to_2100() -> None:
    """Counted day by day for all 366 solar and 60 × 12 lunar keys, not sampled."""
    months = [f"L{leap}{month:02d}" for leap in ("", "-") for month in range(1, 13)]
    lunar_keys = [f"{month}-{day:02d}" for month in months for day in range(1, 31)]
    for year in range(1900, 2101):
        counts: dict[str, int] = {}
        for day in days_of_lunar_year(year):
            for key in keys_celebrated_on(day):
                counts[key] = counts.get(key, 0) + 1
        assert {key: counts.get(key, 0) for key in lunar_keys} == dict.fromkeys(lunar_keys, 1)
    for year in range(1900, 2101):
        seen = sorted(key for day in days_of_solar_year(year) for key in keys_celebrated_on(day) if key.startswith("S"))
        assert len(seen) == len(set(seen)) == 366


@settings(max_examples=100, deadline=None)
@given(birthday=st.one_of(solar_birthdays(), lunar_birthdays()))
def test_a_birthday_is_celebrated_on_the_day_of_birth_itself(birthday: Birthday) -> None:
    assert set(keys_for(birthday)) <= keys_celebrated_on(born_on(birthday))
    assert age_on(birthday, born_on(birthday)) == 0


@pytest.mark.parametrize(
    ("birthday", "day", "age"),
    [
        (solar(1990, 5, 12), date(2026, 5, 11), 35),
        (solar(1990, 5, 12), date(2026, 5, 12), 36),
        (solar(2000, 2, 29), date(2026, 2, 28), 25),
        (solar(2000, 2, 29), date(2026, 3, 1), 26),
        (lunar(1990, 8, 15), date(2026, 10, 2), 35),  # born on 3 October 1990
        (lunar(1990, 8, 15), date(2026, 10, 3), 36),
    ],
)
def test_age_counts_full_solar_years(birthday: Birthday, day: date, age: int) -> None:
    assert age_on(birthday, day) == age


def test_nobody_under_14_is_wished_well() -> None:
    child = solar(2012, 11, 23)
    assert not may_be_greeted(child, date(2025, 11, 23))
    assert not may_be_greeted(child, date(2026, 11, 22))
    assert may_be_greeted(child, date(2026, 11, 23))


def test_a_lunar_birthday_that_comes_before_the_solar_one_does_not_make_a_child_older() -> None:
    child = lunar(2012, 10, 10)  # born 23 November 2012; lunar 10-10 of 2026 is 18 November
    assert celebrated_on(child, 2026) < date(2026, 11, 23)
    assert not may_be_greeted(child, celebrated_on(child, 2026))
