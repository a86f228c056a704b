"""Pauses after failed tries."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wxbot.staff.lockout import FREE_TRIES, LONGEST_PAUSE, Tries, failed, in_words, pause_after, waiting

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("failures", "minutes"), [(1, 0), (4, 0), (5, 1), (6, 2), (7, 4), (8, 8), (9, 16), (10, 30), (1000, 30)]
)
def test_pauses_double_from_the_fifth_failure_up_to_half_an_hour(failures: int, minutes: int) -> None:
    assert pause_after(failures, FREE_TRIES) == timedelta(minutes=minutes)


@given(st.integers(min_value=1, max_value=10_000), st.integers(min_value=1, max_value=50))
def test_a_pause_never_becomes_shorter_and_never_longer_than_the_longest(failures: int, free: int) -> None:
    assert pause_after(failures, free) <= pause_after(failures + 1, free) <= LONGEST_PAUSE


def test_a_pause_ends_by_itself() -> None:
    tries = None
    for _ in range(FREE_TRIES):
        tries = failed(tries, "login:a", NOW)

    assert waiting(tries, NOW) == timedelta(minutes=1)
    assert waiting(tries, NOW + timedelta(seconds=59)) == timedelta(seconds=1)
    assert waiting(tries, NOW + timedelta(minutes=1)) == timedelta(0)


def test_what_failed_long_ago_is_forgotten() -> None:
    old = Tries(id="login:a", failures=9, last_at=NOW - timedelta(hours=12), locked_until=None, expires_at=NOW)

    assert failed(old, "login:a", NOW).failures == 1


def test_the_wait_is_said_in_whole_minutes() -> None:
    assert "请 2 分钟后再试" in in_words(timedelta(seconds=61))
    assert "请 1 分钟后再试" in in_words(timedelta(seconds=2))
