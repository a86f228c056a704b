"""The ledger against a model written independently: windows as a list of what was opened, not as a running pair."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wxbot.history.models import ContactId
from wxbot.outbox.ledger import (
    EARLIER,
    Action,
    after_action,
    after_notice_answer,
    after_notice_failed,
    after_notice_sent,
    after_refusal,
    after_return,
    after_send,
    can_send_customer,
    can_send_notice,
)
from wxbot.outbox.models import Rights

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
NOBODY = Rights(contact_id=ContactId("c1"))


def wrote(at: datetime = NOW) -> Rights:
    return after_action(NOBODY, Action.MESSAGE, at)


def test_a_message_opens_five_for_two_days() -> None:
    assert (wrote().customer_left, wrote().customer_until) == (5, NOW + timedelta(hours=48))


@pytest.mark.parametrize("action", [Action.MENU_TAP, Action.FOLLOW, Action.SCAN])
def test_other_actions_open_three_for_a_minute(action: Action) -> None:
    rights = after_action(NOBODY, action, NOW)
    assert (rights.customer_left, rights.customer_until) == (3, NOW + timedelta(minutes=1))


def test_a_tap_lifts_the_count_and_leaves_the_longer_time() -> None:
    used_up = after_refusal(wrote(), 45047, NOW)
    rights = after_action(used_up, Action.MENU_TAP, NOW + timedelta(hours=1))
    assert (rights.customer_left, rights.customer_until) == (3, NOW + timedelta(hours=48))


def test_a_tap_does_not_lower_what_a_message_opened() -> None:
    assert after_action(wrote(), Action.MENU_TAP, NOW) == wrote()


def test_a_page_that_is_full_already_stays_as_it_is_for_half_a_minute() -> None:
    assert after_action(wrote(), Action.MESSAGE, NOW + EARLIER) == wrote()
    at = NOW + EARLIER + timedelta(seconds=1)
    assert after_action(wrote(), Action.MESSAGE, at) == wrote(at)


@pytest.mark.parametrize("action", list(Action))
def test_a_page_of_which_something_was_sent_is_written_again(action: Action) -> None:
    at = NOW + timedelta(seconds=1)
    assert after_action(after_send(wrote()), action, at).acted_at == at


def test_what_was_left_in_a_closed_window_does_not_count() -> None:
    later = NOW + timedelta(hours=48)
    assert after_action(wrote(), Action.FOLLOW, later).customer_left == 3


def test_the_window_closes_at_its_end_and_not_before() -> None:
    assert can_send_customer(wrote(), NOW + timedelta(hours=48) - timedelta(seconds=1))
    assert not can_send_customer(wrote(), NOW + timedelta(hours=48))


def test_the_platform_says_closed() -> None:
    assert not can_send_customer(after_refusal(wrote(), 45015, NOW), NOW)
    assert after_refusal(wrote(), 45015, NOW).customer_until == NOW


def test_the_platform_says_used_up() -> None:
    rights = after_refusal(wrote(), 45047, NOW)
    assert (rights.customer_left, rights.customer_until) == (0, NOW + timedelta(hours=48))


def test_another_code_changes_nothing() -> None:
    assert after_refusal(wrote(), 40003, NOW) == wrote()


def test_what_comes_back_never_exceeds_a_full_budget() -> None:
    assert after_return(wrote()).customer_left == 5
    assert after_return(after_send(wrote())).customer_left == 5


def test_an_accept_is_one_notice() -> None:
    accepted = after_notice_answer(NOBODY, "T", accepted=True)
    assert can_send_notice(accepted, "T")
    assert not can_send_notice(after_notice_sent(accepted, "T"), "T")


def test_a_refusal_ends_every_grant_of_that_template() -> None:
    twice = after_notice_answer(after_notice_answer(NOBODY, "T", accepted=True), "T", accepted=True)
    other = after_notice_answer(twice, "U", accepted=True)
    assert after_notice_answer(other, "T", accepted=False).grants == {"T": 0, "U": 1}


def test_a_failed_notice_comes_back_unless_the_platform_knows_of_no_grant() -> None:
    sent = after_notice_sent(after_notice_answer(NOBODY, "T", accepted=True), "T")
    assert after_notice_failed(sent, "T", 47003).grants == {"T": 1}
    assert after_notice_failed(sent, "T", 43101).grants == {"T": 0}


@dataclass
class Platform:
    """Remembers everything that happened and counts from the beginning each time it is asked."""

    story: list[tuple[str, int]] = field(default_factory=list)  # what, at which second

    def left(self, at: int) -> int:
        quota = {"message": (5, 48 * 3600), "menu_tap": (3, 60), "follow": (3, 60), "scan": (3, 60)}
        left, until = 0, -1
        for what, second in self.story:
            if second >= until:
                left = 0
            if what == "send":
                left -= 1 if left else 0
            elif what == "45015":
                left, until = 0, second
            elif what == "45047":
                left = 0
            else:
                messages, seconds = quota[what]
                left, until = max(left, messages), max(until, second + seconds)
        return left if at < until else 0


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["message", "menu_tap", "follow", "scan", "send", "send", "send", "45015", "45047"]),
        st.sampled_from([0, 1, 29, 30, 59, 60, 61, 3600, 47 * 3600, 48 * 3600 - 1, 48 * 3600]),
    ),
    max_size=30,
)


@given(STEPS)
def test_the_ledger_agrees_with_an_independent_model(steps: list[tuple[str, int]]) -> None:
    rights, platform, second = NOBODY, Platform(), 0
    for what, passes in steps:
        second += passes
        at = NOW + timedelta(seconds=second)
        if what == "send":
            if can_send_customer(rights, at):
                rights = after_send(rights)
        elif what in {"45015", "45047"}:
            rights = after_refusal(rights, int(what), at)
        else:
            rights = after_action(rights, Action(what), at)
        platform.story.append((what, second))
        ours, theirs = rights.customer_left if can_send_customer(rights, at) else 0, platform.left(second)
        assert ours == theirs or (ours == 0 and platform.left(second + EARLIER.seconds) == 0)
