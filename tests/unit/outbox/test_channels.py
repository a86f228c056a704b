"""Which way a message goes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from wxbot.history.models import ContactId
from wxbot.messaging import Channel, Purpose
from wxbot.outbox.channels import choose, text_bytes
from wxbot.outbox.models import Message, MessageId, Rights
from wxbot.templates.models import FilledCard, Option, Rendered

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
TEMPLATE = FilledCard(template_id="TPL", title="预约提醒", fields={"thing1": "洗牙"})
NOTICE = FilledCard(template_id="SUB", title="预约提醒", fields={"thing1": "洗牙"})
NONE = Rights(contact_id=ContactId("c1"))
OPEN = replace(NONE, customer_left=2, customer_until=NOW + timedelta(hours=1))
GRANTED = replace(NONE, grants={"SUB": 1})
EVERYTHING = Rendered(key="t", version=1, text="您好", template_card=TEMPLATE, notice_card=NOTICE)
WORDS_ONLY = Rendered(key="t", version=1, text="您好")


def message(purpose: Purpose = Purpose.REMINDER, *, greeting: bool = False) -> Message:
    return Message(
        id=MessageId("m1"),
        key="k",
        contact_id=ContactId("c1"),
        purpose=purpose,
        template="t",
        variables={},
        created_at=NOW,
        due_at=NOW,
        expires_at=NOW + timedelta(hours=1),
        greeting=greeting,
    )


def test_an_open_window_comes_first() -> None:
    assert choose(message(), EVERYTHING, replace(OPEN, grants={"SUB": 1}), NOW).channel is Channel.CUSTOMER


def test_a_grant_comes_second() -> None:
    choice = choose(message(), EVERYTHING, GRANTED, NOW)
    assert (choice.channel, choice.card) == (Channel.NOTICE, NOTICE)


def test_a_template_message_comes_third() -> None:
    choice = choose(message(), EVERYTHING, NONE, NOW)
    assert (choice.channel, choice.card) == (Channel.TEMPLATE, TEMPLATE)


def test_else_a_person_phones_and_the_reason_can_be_read() -> None:
    choice = choose(message(), WORDS_ONLY, NONE, NOW)
    assert (choice.channel, choice.rights_missing) == (Channel.PHONE, True)
    assert "48小时内没说过话" in choice.explanation
    assert "没有可用的服务通知" in choice.explanation


def test_a_closed_window_does_not_count_however_much_was_left() -> None:
    closed = replace(OPEN, customer_until=NOW)
    assert choose(message(), EVERYTHING, closed, NOW).channel is Channel.TEMPLATE


def test_an_empty_window_does_not_count_however_long_it_is_open() -> None:
    assert choose(message(), EVERYTHING, replace(OPEN, customer_left=0), NOW).channel is Channel.TEMPLATE


def test_a_wish_never_goes_by_template_message() -> None:
    assert choose(message(Purpose.CARE, greeting=True), EVERYTHING, NONE, NOW).channel is Channel.PHONE
    assert choose(message(Purpose.CARE, greeting=True), EVERYTHING, GRANTED, NOW).channel is Channel.NOTICE


@pytest.mark.parametrize(
    ("purpose", "channel"),
    [
        (Purpose.SERVICE, Channel.TEMPLATE),
        (Purpose.REMINDER, Channel.TEMPLATE),
        (Purpose.CARE, Channel.TEMPLATE),
        (Purpose.MARKETING, Channel.PHONE),
    ],
)
def test_marketing_never_goes_by_template_message(purpose: Purpose, channel: Channel) -> None:
    assert choose(message(purpose), EVERYTHING, NONE, NOW).channel is channel


def test_a_card_that_is_bound_to_nothing_is_not_used() -> None:
    unbound = replace(EVERYTHING, template_card=replace(TEMPLATE, template_id=""), notice_card=None)
    assert choose(message(), unbound, GRANTED, NOW).channel is Channel.PHONE


def test_a_text_of_2048_bytes_goes_and_one_more_does_not() -> None:
    fits = replace(EVERYTHING, text="好" * 682 + "ab")
    assert text_bytes(fits.text) == 2048
    assert choose(message(), fits, OPEN, NOW).channel is Channel.CUSTOMER
    assert choose(message(), replace(fits, text=fits.text + "c"), OPEN, NOW).channel is Channel.TEMPLATE


def test_entries_to_tap_count_towards_the_length() -> None:
    full = replace(EVERYTHING, text="a" * 2048, options=(Option(id="1", label="好"),))
    assert choose(message(), full, OPEN, NOW).channel is Channel.TEMPLATE


def test_channels_that_refused_are_passed_over() -> None:
    rights = replace(OPEN, grants={"SUB": 1})
    refused: list[Channel] = []
    for expected in (Channel.CUSTOMER, Channel.NOTICE, Channel.TEMPLATE, Channel.PHONE):
        channel = choose(message(), EVERYTHING, rights, NOW, excluded=refused).channel
        assert channel is expected
        refused.append(channel)


def test_what_a_colleague_wrote_is_a_customer_message_or_nothing() -> None:
    authored = replace(message(Purpose.SERVICE), author="staff:7")
    assert choose(authored, EVERYTHING, OPEN, NOW).channel is Channel.CUSTOMER
    for rights in (NONE, GRANTED):
        choice = choose(authored, EVERYTHING, rights, NOW)
        assert (choice.channel, choice.card, choice.rights_missing) == (Channel.PHONE, None, True)
        assert choice.explanation == "48小时内没说过话"


def test_what_is_said_of_a_channel_is_one_plain_clause_and_no_speech_of_the_platform() -> None:
    card = choose(message(), EVERYTHING, NONE, NOW)
    assert (card.channel, card.explanation) == (Channel.TEMPLATE, "48小时内没说过话，改发服务通知")
    notice = choose(message(), EVERYTHING, replace(NONE, grants={"SUB": 2}), NOW)
    assert (notice.channel, notice.explanation) == (Channel.NOTICE, "48小时内没说过话，改发订阅通知，还可发 2 条")
    said = [card.explanation, notice.explanation, choose(message(), EVERYTHING, OPEN, NOW).explanation]
    said += [
        choose(message(purpose), EVERYTHING, NONE, NOW, excluded=[Channel.TEMPLATE]).explanation for purpose in Purpose
    ]
    for words in said:
        assert not any(word in words for word in ("客服消息", "窗口", "授权", "模板消息", "不得"))
        assert words.count("；") == 0
