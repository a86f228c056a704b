"""Days that may be meant, in words for staff when they may not."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from wxbot.days import NO_DAY, NO_MOMENT, OUTSIDE, DayError, moment_of, read_day, read_moment

ZONE = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("text", "words"),
    [("9999-12-31", OUTSIDE), ("0001-01-01", OUTSIDE), ("2100-01-01", OUTSIDE), ("2026-02-30", NO_DAY), ("", NO_DAY)],
)
def test_a_day_that_cannot_be_meant_is_refused_in_words(text: str, words: str) -> None:
    with pytest.raises(DayError) as refused:
        read_day(text)
    assert refused.value.sentence == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("0001-01-01T00:00:00+14:00", OUTSIDE),
        ("9999-12-31T23:59:59-14:00", OUTSIDE),
        ("9999-12-31T23:59", OUTSIDE),
        ("soon", NO_MOMENT),
    ],
)
def test_a_moment_that_cannot_be_meant_is_refused_in_words(text: str, words: str) -> None:
    with pytest.raises(DayError) as refused:
        read_moment(text, ZONE)
    assert refused.value.sentence == words


def test_a_moment_without_a_zone_is_the_clinics() -> None:
    assert read_moment("2026-11-24T10:00", ZONE) == datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
    assert read_moment("2026-11-24T10:00+00:00", ZONE) == datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
    with pytest.raises(DayError) as refused:
        read_moment("2026-11-24T10:00")
    assert refused.value.sentence == NO_MOMENT


@pytest.mark.parametrize("seconds", [253402300799, -62135596800, 1e308, float("nan"), float("inf")])
def test_a_place_at_the_end_of_time_is_none(seconds: float) -> None:
    with pytest.raises(DayError):
        moment_of(seconds)
