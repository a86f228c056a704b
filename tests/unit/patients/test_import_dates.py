"""In which order a sheet writes its dates, and which birthdays are most likely slips."""

from datetime import date

import pytest

from wxbot.patients.imports.dates import DateOrder, day_of, lacks, order_of, readings_of, unlikely
from wxbot.patients.models import Birthday, Calendar

TODAY = date(2026, 11, 23)
YMD, DMY, MDY, SHEET = DateOrder.YMD, DateOrder.DMY, DateOrder.MDY, DateOrder.SHEET


def test_a_date_of_short_numbers_has_as_many_readings_as_days_it_can_mean() -> None:
    assert readings_of("30/05/12", TODAY) == {YMD: date(1930, 5, 12), DMY: date(2012, 5, 30)}
    assert readings_of("05/12/1990", TODAY) == {DMY: date(1990, 12, 5), MDY: date(1990, 5, 12)}
    assert readings_of("25/12/1985", TODAY) == {DMY: date(1985, 12, 25)}
    assert readings_of("1990/5/12", TODAY) == {}  # the year stands first: there is nothing to ask


@pytest.mark.parametrize(
    ("texts", "order"),
    [
        (["30/05/12", "25/12/1985"], DMY),
        (["30/05/12", "12/25/1985", "1/2/90"], MDY),
        (["30/05/12", "90/05/12"], YMD),
        (["30/05/12"], SHEET),
        (["30/05/12", "25/12/1985", "12/25/1985"], SHEET),  # two orders in one sheet: nothing can be said
        (["1990-05-12", "", "没有"], SHEET),
    ],
)
def test_the_clear_dates_of_a_sheet_say_how_the_others_are_meant(texts: list[str], order: DateOrder) -> None:
    assert order_of(texts, TODAY) is order


def test_a_date_is_read_in_the_order_that_staff_or_the_sheet_say() -> None:
    assert [day_of("30/05/12", order, TODAY) for order in (YMD, DMY, MDY, SHEET)] == [
        date(1930, 5, 12),
        date(2012, 5, 30),
        None,
        None,
    ]
    assert day_of("05/05/1990", SHEET, TODAY) == date(1990, 5, 5)  # the same day either way


@pytest.mark.parametrize("text", ["1990-05-12", "", "无", "33005", "19900512", "农历八月十五"])
def test_a_whole_date_and_other_words_lack_nothing_that_is_named(text: str) -> None:
    assert lacks(text) == ""


@pytest.mark.parametrize(
    ("birthday", "words"),
    [
        (Birthday(calendar=Calendar.SOLAR, year=1905, month=6, day=12), "算下来 121 岁，可能写错了年份"),
        (Birthday(calendar=Calendar.SOLAR, year=1916, month=11, day=23), ""),
        (Birthday(calendar=Calendar.LUNAR, year=1910, month=8, day=15), "算下来 116 岁，可能写错了年份"),
        (
            Birthday(calendar=Calendar.SOLAR, year=2026, month=5, day=12),
            "生日在今年，可能只填了月和日，年份是表格补上的",
        ),
        (Birthday(calendar=Calendar.SOLAR, year=2025, month=12, day=12), ""),
    ],
)
def test_an_unlikely_birthday_is_warned_of(birthday: Birthday, words: str) -> None:
    assert unlikely(birthday, TODAY) == words
