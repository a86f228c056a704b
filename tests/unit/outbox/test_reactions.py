"""What the platform's answer means for a message."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from wxbot.errors import Reaction
from wxbot.history.models import ContactId
from wxbot.messaging import Channel, Purpose
from wxbot.outbox.models import Call, Message, MessageId, Outcome, State
from wxbot.outbox.reactions import Accepted, Finish, NextChannel, Retry, after_error, may_repeat, react

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


def message(
    purpose: Purpose = Purpose.REMINDER,
    *,
    attempts: int = 1,
    hours: float = 24,
    sending_since: datetime | None = None,
    channel: Channel | None = None,
) -> Message:
    return Message(
        id=MessageId("m1"),
        key="k",
        contact_id=ContactId("c1"),
        purpose=purpose,
        template="t",
        variables={},
        created_at=NOW,
        due_at=NOW,
        expires_at=NOW + timedelta(hours=hours),
        attempts=attempts,
        sending_since=sending_since,
        channel=channel,
    )


def refused(code: int, reaction: Reaction, retry_after: float | None = None) -> Outcome:
    return Outcome(call=Call.REFUSED, code=code, reaction=reaction, advice="说明", retry_after_seconds=retry_after)


def reacted(
    it: Message, outcome: Outcome, channel: Channel = Channel.TEMPLATE
) -> Accepted | NextChannel | Retry | Finish:
    return react(it, channel, outcome, NOW, NOW)


@pytest.mark.parametrize(("attempt", "seconds"), [(1, 1), (2, 5), (3, 30), (4, 120), (5, 600)])
def test_a_retry_waits_longer_each_time(attempt: int, seconds: int) -> None:
    again = reacted(message(attempts=attempt), refused(-1, Reaction.RETRY))
    assert isinstance(again, Retry)
    assert (again.at, again.blocks_contact, again.counts) == (NOW + timedelta(seconds=seconds), True, True)


@pytest.mark.parametrize(
    ("purpose", "phone"), [(Purpose.REMINDER, True), (Purpose.SERVICE, True), (Purpose.CARE, False)]
)
def test_after_six_attempts_a_person_phones_if_the_patient_counts_on_it(purpose: Purpose, phone: bool) -> None:
    end = reacted(message(purpose, attempts=6), refused(-1, Reaction.RETRY))
    assert isinstance(end, Finish)
    assert (end.state, end.reason, end.phone) == (State.FAILED, "-1", phone)


def test_too_frequent_rests_the_whole_channel_for_the_time_named() -> None:
    again = reacted(message(), refused(45011, Reaction.RETRY, 60))
    assert isinstance(again, Retry)
    assert (again.at, again.pause_until, again.pause_channel) == (
        NOW + timedelta(seconds=60),
        NOW + timedelta(seconds=60),
        True,
    )


@pytest.mark.parametrize(
    ("channel", "code"), [(Channel.CUSTOMER, 45015), (Channel.CUSTOMER, 45047), (Channel.NOTICE, 43101)]
)
@pytest.mark.parametrize("reaction", [Reaction.DEFER, Reaction.DROP])
def test_a_refusal_about_rights_tries_the_next_channel(channel: Channel, code: int, reaction: Reaction) -> None:
    assert reacted(message(), refused(code, reaction), channel) == NextChannel(str(code))


def test_a_deferred_message_waits_as_long_as_the_platform_says_and_loses_no_attempt() -> None:
    again = reacted(message(), refused(40252, Reaction.DEFER, 3600))
    assert isinstance(again, Retry)
    assert (again.at, again.counts, again.pause_until) == (NOW + timedelta(hours=1), False, None)


def test_waiting_past_the_expiry_is_pointless_so_a_person_phones_now() -> None:
    end = reacted(message(hours=0.5), refused(45009, Reaction.DEFER, 3600))
    assert isinstance(end, Finish)
    assert (end.state, end.reason, end.phone) == (State.FAILED, "45009", True)


def test_an_alarm_waits_long_and_rests_the_card() -> None:
    again = reacted(message(), refused(40037, Reaction.ALARM))
    assert isinstance(again, Retry)
    assert (again.at, again.alarm, again.pause_channel) == (NOW + timedelta(minutes=30), True, False)
    assert again.pause_until is not None


def test_an_alarm_on_a_message_that_cannot_wait_still_rings() -> None:
    end = reacted(message(hours=0.1), refused(40037, Reaction.ALARM))
    assert isinstance(end, Finish)
    assert (end.alarm, end.phone) == (True, True)


def test_a_stale_token_that_even_the_sender_could_not_refresh_is_an_alarm() -> None:
    again = reacted(message(), refused(40001, Reaction.REFRESH))
    assert isinstance(again, Retry)
    assert again.alarm


@pytest.mark.parametrize(("code", "reaction"), [(45009, Reaction.DEFER), (49003, Reaction.DROP)])
def test_a_refusal_that_concerns_more_than_this_message_rings_whatever_becomes_of_it(
    code: int, reaction: Reaction
) -> None:
    found = reacted(message(), replace(refused(code, reaction), alarm=True))
    assert isinstance(found, Retry | Finish)
    assert found.alarm


@pytest.mark.parametrize(
    ("code", "purpose", "phone"),
    [
        (48002, Purpose.REMINDER, True),
        (48002, Purpose.SERVICE, False),
        (48002, Purpose.CARE, False),
        (43004, Purpose.REMINDER, True),
        (43004, Purpose.SERVICE, True),
        (43004, Purpose.CARE, False),
        (40003, Purpose.REMINDER, True),
        (50005, Purpose.SERVICE, True),
    ],
)
def test_a_lost_patient_is_marked_and_phoned_about_what_they_count_on(code: int, purpose: Purpose, phone: bool) -> None:
    end = reacted(message(purpose), refused(code, Reaction.UNFOLLOW))
    assert isinstance(end, Finish)
    assert (end.state, end.unreachable_code, end.phone) == (State.FAILED, code, phone)


@pytest.mark.parametrize("change", [{"answer": True}, {"author": "staff:1"}])
def test_nobody_is_phoned_about_what_stands_in_the_chat(change: dict[str, Any]) -> None:
    end = reacted(replace(message(Purpose.SERVICE), **change), refused(43004, Reaction.UNFOLLOW))
    assert isinstance(end, Finish)
    assert not end.phone


def test_a_dropped_message_fails_with_the_platforms_reason() -> None:
    end = reacted(message(Purpose.CARE), refused(47003, Reaction.DROP))
    assert end == Finish(state=State.FAILED, reason="47003", explanation="说明")


def test_silence_after_a_customer_message_is_unknown() -> None:
    end = reacted(message(), Outcome(call=Call.UNKNOWN), Channel.CUSTOMER)
    assert isinstance(end, Finish)
    assert (end.state, end.check) == (State.UNKNOWN, True)


def test_silence_after_a_template_message_is_repeated_under_the_same_id() -> None:
    again = reacted(message(sending_since=NOW, channel=Channel.TEMPLATE), Outcome(call=Call.UNKNOWN))
    assert isinstance(again, Retry)
    assert again.may_have_arrived


def test_silence_is_not_repeated_once_the_platform_forgets_the_id() -> None:
    old = message(sending_since=NOW - timedelta(minutes=9, seconds=31), attempts=3, channel=Channel.TEMPLATE)
    end = reacted(old, Outcome(call=Call.UNKNOWN))
    assert isinstance(end, Finish)
    assert end.state is State.UNKNOWN


def test_only_a_fresh_template_message_may_be_repeated() -> None:
    assert may_repeat(message(sending_since=NOW, channel=Channel.TEMPLATE), NOW + timedelta(minutes=9))
    assert not may_repeat(message(sending_since=NOW, channel=Channel.TEMPLATE), NOW + timedelta(minutes=10))
    assert not may_repeat(message(sending_since=NOW, channel=Channel.CUSTOMER), NOW)
    assert not may_repeat(message(sending_since=NOW, channel=Channel.NOTICE), NOW)


def test_an_error_of_our_own_backs_off_and_at_last_asks_a_person() -> None:
    first, last = after_error(message(attempts=1), NOW), after_error(message(attempts=6), NOW)
    assert isinstance(first, Retry)
    assert first.at == NOW + timedelta(seconds=1)
    assert isinstance(last, Finish)
    assert (last.state, last.check) == (State.FAILED, True)
