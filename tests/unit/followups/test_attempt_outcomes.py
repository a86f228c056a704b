"""What an attempt asks for, and what it does to its follow-up."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from wxbot.demo.settings import DemoSettings
from wxbot.errors import FieldErrors
from wxbot.followups.attempt_checks import checked, cleaned_key, from_now
from wxbot.followups.attempt_models import AttemptChannel, AttemptForm, Mood, Outcome, Reason
from wxbot.followups.attempt_outcomes import move_after
from wxbot.followups.models import ComplaintStep, FollowUp, FollowUpId, FollowUpKind, ToDecide
from wxbot.followups.next_attempt import Slot
from wxbot.followups.rules import Script
from wxbot.installation import read_installation

INSTALLATION = read_installation(DemoSettings())
CLINIC, RULES = INSTALLATION.clinic, INSTALLATION.followups
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=CLINIC.timezone)
LATER = NOW + timedelta(days=1, hours=4)
TASK = FollowUp(
    id=FollowUpId("t"),
    key="phone:t",
    kind=FollowUpKind.PHONE,
    reason="请回访",
    contact_id=None,
    patient_id=None,
    opened_at=NOW,
    due_at=NOW,
)
PLAIN, ASKING = Script(key="call", name="电话"), Script(key="undecided", name="未成交", reason=True)


def form(outcome: Outcome, **more: Any) -> AttemptForm:
    return AttemptForm(key="k" * 12, outcome=outcome, **more)


def faults(form_: AttemptForm, script: Script = PLAIN, task: FollowUp = TASK, tried: tuple[Slot, ...] = ()) -> set[str]:
    try:
        checked(form_, task, script, tried, now=NOW, clinic=CLINIC, rules=RULES)
    except FieldErrors as error:
        return set(error.fields)
    return set()


def test_a2_70_a1_26_who_was_reached_needs_key_points_and_a_mood() -> None:
    assert faults(form(Outcome.REACHED)) == {"key_points", "mood"}
    assert faults(form(Outcome.REACHED, key_points="  \n", mood=Mood.CALM)) == {"key_points"}
    assert faults(form(Outcome.REACHED, key_points="不疼了", mood=Mood.CALM)) == set()
    assert faults(form(Outcome.NO_ANSWER)) == set()


def test_a1_09_an_undecided_patient_is_asked_why() -> None:
    said = form(Outcome.REACHED, key_points="嫌贵", mood=Mood.DOUBTFUL)
    assert faults(said, ASKING) == {"reason"}
    assert faults(form(Outcome.REFUSED), ASKING) == {"reason"}
    assert faults(form(Outcome.REFUSED), PLAIN) == set()
    assert faults(form(Outcome.NO_ANSWER), ASKING) == set()
    assert faults(replace(said, reason=Reason.PRICE), ASKING) == set()


def test_another_time_needs_the_date_that_the_patient_named() -> None:
    assert faults(form(Outcome.LATER)) == {"next_at"}
    assert faults(form(Outcome.LATER, next_at=LATER)) == set()


@pytest.mark.parametrize(
    "next_at",
    [NOW, NOW - timedelta(hours=1), NOW + timedelta(days=400), LATER.replace(hour=22), LATER.replace(hour=3)],
)
def test_a_date_that_is_over_too_far_or_at_night_is_refused(next_at: datetime) -> None:
    assert faults(form(Outcome.LATER, next_at=next_at)) == {"next_at"}


def test_a2_10_a_date_by_hand_is_not_on_a_weekday_and_hour_that_was_tried() -> None:
    tuesday_two = Slot(1, 14)
    assert faults(form(Outcome.NO_ANSWER, next_at=LATER), tried=(tuesday_two,)) == {"next_at"}
    assert faults(form(Outcome.NO_ANSWER, next_at=NOW + timedelta(days=7))) == {"next_at"}  # this very slot
    assert faults(form(Outcome.NO_ANSWER, next_at=LATER.replace(hour=12))) == {"next_at"}  # no window
    assert faults(form(Outcome.NO_ANSWER, next_at=LATER)) == set()


def test_a2_12_not_answered_never_closes_and_after_the_fifth_a_person_decides() -> None:
    for attempts in range(RULES.most):
        move = move_after(form(Outcome.NO_ANSWER), replace(TASK, attempts=attempts), LATER, RULES)
        assert not move.closes
        assert move.attempts == attempts + 1
        last = attempts + 1 == RULES.most
        assert move.to_decide is (ToDecide.EXHAUSTED if last else None)
        assert move.due_at == (None if last else LATER)


def test_without_a_slot_left_a_person_decides_too() -> None:
    assert move_after(form(Outcome.NO_ANSWER), TASK, None, RULES).to_decide is ToDecide.EXHAUSTED


def test_a_wrong_number_is_decided_on_and_does_not_close() -> None:
    move = move_after(form(Outcome.WRONG_NUMBER), TASK, LATER, RULES)
    assert (move.closes, move.to_decide) == (False, ToDecide.WRONG_NUMBER)


def test_a2_99_who_is_reached_and_wants_to_be_called_again_stays_and_counts_from_the_start() -> None:
    again = move_after(form(Outcome.REACHED, next_at=LATER), replace(TASK, attempts=3), None, RULES)
    assert (again.closes, again.due_at, again.attempts) == (False, LATER, 0)
    assert move_after(form(Outcome.REACHED), TASK, None, RULES).closes
    assert move_after(form(Outcome.REFUSED), TASK, None, RULES).closes


def test_a_message_counts_no_call() -> None:
    move = move_after(form(Outcome.NO_ANSWER, way=AttemptChannel.WECHAT), replace(TASK, attempts=4), LATER, RULES)
    assert (move.attempts, move.to_decide, move.due_at) == (4, None, LATER)


@pytest.mark.parametrize("step", [ComplaintStep.HEARD, ComplaintStep.PROPOSED, ComplaintStep.SOLVED])
def test_a1_30_a4_44_a_complaint_closes_only_when_it_is_solved(step: ComplaintStep) -> None:
    complaint = replace(TASK, kind=FollowUpKind.COMPLAINT)
    said = form(Outcome.REACHED, key_points="听完了", mood=Mood.UNHAPPY, step=step)
    assert faults(replace(said, step=None), task=complaint) == {"step"}
    assert faults(said, task=complaint) == set()
    move = move_after(said, complaint, None, RULES)
    assert (move.closes, move.step) == (step is ComplaintStep.SOLVED, step)


@pytest.mark.parametrize("key", ["", "short", "a b c d e f g h", "x" * 65, "；" * 12])
def test_a_form_that_no_page_wrote_is_refused(key: str) -> None:
    with pytest.raises(FieldErrors):
        cleaned_key(key)


def test_how_long_a_call_took_is_left_out_where_the_form_was_forgotten() -> None:
    longest = timedelta(hours=2)
    now = NOW.astimezone(UTC)
    assert from_now(now - timedelta(minutes=4), now, longest) == 240
    assert from_now(now - timedelta(hours=3), now, longest) is None
    assert from_now(now + timedelta(minutes=1), now, longest) is None
    assert from_now(None, now, longest) is None
