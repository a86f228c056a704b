"""Budgets of customer-service messages (reference §4.1)."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wxbot.simulator.rights import FOLLOW, MESSAGE, SCAN, TAP, Rights

START = datetime(2026, 11, 20, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def test_nothing_is_allowed_before_the_patient_did_anything():
    assert (Rights().refusal(START), Rights().remaining(START)) == (45015, 0)


@pytest.mark.parametrize("budget", [TAP, FOLLOW, SCAN])
def test_a_tap_a_follow_and_a_scan_allow_three_for_a_minute(budget):
    rights = Rights()
    rights.open(budget, START)
    assert rights.remaining(START + 59 * SECOND) == 3
    assert rights.refusal(START + 60 * SECOND) == 45015


def test_a_message_allows_five_for_two_days():
    rights = Rights()
    rights.open(MESSAGE, START)
    assert rights.remaining(START + timedelta(hours=48) - SECOND) == 5
    assert rights.refusal(START + timedelta(hours=48)) == 45015


def test_the_sixth_message_is_one_too_many_and_the_window_stays_open():
    rights = Rights()
    rights.open(MESSAGE, START)
    for _ in range(5):
        assert rights.refusal(START) is None
        rights.spend()
    assert rights.refusal(START) == 45047


def test_a_tap_inside_the_window_lifts_the_count_and_leaves_the_end():
    rights = Rights()
    rights.open(MESSAGE, START)
    for _ in range(4):
        rights.spend()
    rights.open(TAP, START + timedelta(hours=1))
    assert (rights.remaining(START + timedelta(hours=2)), rights.until) == (3, START + timedelta(hours=48))


def test_budgets_do_not_add_up():
    rights = Rights()
    rights.open(MESSAGE, START)
    rights.open(FOLLOW, START)
    rights.open(MESSAGE, START)
    assert rights.remaining(START) == 5


STEPS = st.lists(
    st.tuples(st.integers(0, 100_000), st.sampled_from(["say", "tap", "send", "send", "send", "leave"])), max_size=60
)


@given(STEPS)
def test_a_random_life_agrees_with_a_plain_retelling_of_the_rule(steps):
    rights, now = Rights(), START
    left, end = 0, None  # the retelling: seconds since START
    for pause, what in steps:
        now += pause * SECOND
        at = (now - START).total_seconds()
        is_open = end is not None and at < end
        if what == "leave":
            rights.close()
            left, end = 0, None
        elif what == "send":
            expected = (None if left > 0 else 45047) if is_open else 45015
            assert rights.refusal(now) == expected
            if expected is None:
                rights.spend()
                left -= 1
        else:
            count, lasts = (5, 172_800) if what == "say" else (3, 60)
            rights.open(MESSAGE if what == "say" else TAP, now)
            left = max(left if is_open else 0, count)
            end = max(end or 0, at + lasts)
        assert rights.remaining(now) == (left if end is not None and at < end else 0)
        assert rights.remaining(now) <= 5
