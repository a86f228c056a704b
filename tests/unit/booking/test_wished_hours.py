"""Which free hours fit the times that a patient named."""

from datetime import time

import pytest

from wxbot.booking.wished_hours import exact, fitting, likely, wish_words
from wxbot.understanding.models import Relationship, TimeWords

HOURS = [time(hour, minute) for hour in (9, 10, 11, 13, 14, 15, 16, 17, 18, 19, 20) for minute in (0, 30)]


def at(*clocks: int, relationship: Relationship = Relationship.AT, until: tuple[int, ...] = ()) -> TimeWords:
    return TimeWords(
        times=tuple(time(each) for each in clocks),
        relationship=relationship,
        until=tuple(time(each) for each in until),
    )


def hours(wish: TimeWords) -> list[str]:
    return [f"{clock:%H:%M}" for clock in fitting(HOURS, [wish])]


def test_nothing_wished_leaves_every_hour() -> None:
    assert fitting(HOURS, []) == HOURS


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        (at(3, 15), ["15:00"]),
        (at(9, 21), ["09:00"]),
        (at(8, 20), ["20:00"]),
        (at(12), []),
        (at(3, 15, relationship=Relationship.AROUND), ["14:00", "14:30", "15:00", "15:30", "16:00"]),
        (at(2, 14, relationship=Relationship.BETWEEN, until=(4, 16)), ["14:00", "14:30", "15:00", "15:30", "16:00"]),
        (at(11, 23, relationship=Relationship.BETWEEN, until=(2, 14)), ["11:00", "11:30", "13:00", "13:30", "14:00"]),
        (at(7, 19, relationship=Relationship.FROM), ["19:00", "19:30", "20:00", "20:30"]),
        (at(10, 22, relationship=Relationship.UNTIL), ["09:00", "09:30", "10:00"]),
        (TimeWords(part="上午"), ["09:00", "09:30", "10:00", "10:30", "11:00", "11:30"]),
        (TimeWords(part="凌晨"), []),
    ],
)
def test_an_hour_a_part_and_a_bound_fit_what_they_name(wish: TimeWords, expected: list[str]) -> None:
    assert hours(wish) == expected


def test_two_wishes_leave_what_fits_either_in_the_order_of_the_day() -> None:
    assert fitting(HOURS, [at(16), at(15)]) == [time(15), time(16)]


def test_only_one_exact_hour_may_be_put_on_a_card() -> None:
    assert exact([at(3, 15)]) == (time(15),)
    assert exact([at(9, 21)]) == (time(9), time(21))
    assert exact([at(3, 15, relationship=Relationship.FROM)]) == ()
    assert exact([at(15), at(16)]) == ()
    assert exact([TimeWords(part="下午")]) == ()


def test_an_hour_before_the_first_opening_counts_only_alone() -> None:
    assert likely([time(3), time(15)]) == (time(15),)
    assert likely([time(6)]) == (time(6),)


def test_a_wish_is_said_in_words() -> None:
    assert wish_words([at(3, 15, relationship=Relationship.FROM)]) == "下午3:00以后"
    assert wish_words([at(2, 14, relationship=Relationship.BETWEEN, until=(4, 16))]) == "下午2:00到下午4:00"
    assert wish_words([TimeWords(part="上午")]) == "上午"
