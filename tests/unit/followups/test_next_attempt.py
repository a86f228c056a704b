"""When it is tried again: windows, weekday and hour, days off, the best hours, what cannot wait."""

from collections.abc import Collection
from datetime import UTC, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from wxbot.clinic.hours import openings
from wxbot.demo.settings import DemoSettings
from wxbot.followups.next_attempt import Slot, calls_again_from, in_windows, next_attempt, slot_of
from wxbot.followups.rules import FollowUpRules
from wxbot.installation import read_installation

CLINIC = read_installation(DemoSettings()).clinic
RULES = FollowUpRules()
MONDAY_TEN = datetime(2026, 11, 23, 10, 0, tzinfo=CLINIC.timezone)


def following(tried: Collection[Slot], now: datetime, rules: FollowUpRules = RULES) -> datetime:
    found = next_attempt(tried, now=now, clinic=CLINIC, rules=rules)
    assert found is not None
    return found


@given(minutes=st.integers(0, 60 * 24 * 400))
def test_a2_09_a2_10_five_tries_lie_in_windows_and_on_five_weekdays_and_hours(minutes: int) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    tried: list[Slot] = [slot_of(now, CLINIC)]
    for _ in range(RULES.most - 1):
        then = following(tried, now)
        local = then.astimezone(CLINIC.timezone)
        assert then > now
        assert any(start <= local.time() < end for start, end in RULES.windows)
        assert any(openings(CLINIC, each, local.date()) for each in CLINIC.practitioners)
        assert in_windows(then, CLINIC, RULES)
        assert slot_of(then, CLINIC) not in tried
        tried.append(slot_of(then, CLINIC))
        now = then
    assert len(set(tried)) == RULES.most


def test_a2_10_an_hour_that_was_not_tried_comes_before_one_that_was() -> None:
    then = following([slot_of(MONDAY_TEN, CLINIC)], MONDAY_TEN)
    assert then.astimezone(CLINIC.timezone) == datetime(2026, 11, 24, 9, 0, tzinfo=CLINIC.timezone)
    again = following([Slot(0, 10), Slot(1, 9)], then)
    assert again.astimezone(CLINIC.timezone).hour not in {9, 10}


def test_a2_09_the_hour_at_which_most_calls_are_answered_comes_first() -> None:
    rates = {9: 0.1, 10: 0.2, 14: 0.2, 16: 0.7}
    found = next_attempt([Slot(0, 10)], now=MONDAY_TEN, clinic=CLINIC, rules=RULES, rates=rates)
    assert found is not None
    assert found.astimezone(CLINIC.timezone).hour == 16


def test_one_window_of_one_hour_still_has_a_slot_each_day_of_the_week_and_then_none() -> None:
    rules = FollowUpRules(windows=((time(9), time(10)),))
    tried: list[Slot] = []
    now = MONDAY_TEN
    while (found := next_attempt(tried, now=now, clinic=CLINIC, rules=rules)) is not None:
        tried.append(slot_of(found, CLINIC))
        now = found
    assert 1 <= len(tried) <= 7
    assert len(set(tried)) == len(tried)


def test_what_cannot_wait_is_tried_again_in_an_hour_while_the_clinic_is_open() -> None:
    found = next_attempt([Slot(0, 10)], now=MONDAY_TEN, clinic=CLINIC, rules=RULES, urgent=True)
    assert found == MONDAY_TEN + timedelta(hours=1)
    night = MONDAY_TEN.replace(hour=23)
    found = next_attempt([], now=night, clinic=CLINIC, rules=RULES, urgent=True)
    assert found is not None
    assert found > night + timedelta(hours=6)


def test_a1_15_the_fourth_call_in_seven_days_waits_until_the_first_is_a_week_old() -> None:
    called = [MONDAY_TEN + timedelta(days=day) for day in (0, 2, 4)]
    now = called[-1]
    assert calls_again_from(called[:2], now, 3) is None
    assert calls_again_from(called, now, 3) == called[0] + timedelta(days=7)
    assert calls_again_from(called, called[0] + timedelta(days=7, minutes=1), 3) is None
    found = next_attempt([], now=now, clinic=CLINIC, rules=RULES, not_before=called[0] + timedelta(days=7))
    assert found is not None
    assert found >= called[0] + timedelta(days=7)
