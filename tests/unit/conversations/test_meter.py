"""The few words over the box."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from wxbot.conversations.replies.meter import Form, Meter, read
from wxbot.history.models import ContactId
from wxbot.messaging import Purpose
from wxbot.outbox.models import Message, MessageId, Rights, State
from wxbot.patients.models import Contact
from wxbot.templates.models import FilledCard, Rendered

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
ANN = Contact(id=ContactId("ann"), openid="o-ann", alias="访客·蓝鲸07", created_at=NOW, following=True)
BARE = Rendered(key="desk.invitation", version=1, text="请回复一句")
CARDS = replace(
    BARE,
    notice_card=FilledCard(template_id="NTC", title="", fields={}),
    template_card=FilledCard(template_id="TPL", title="", fields={}),
)


def rights(left: int, hours: float = 48.0, **grants: int) -> Rights:
    return Rights(
        contact_id=ANN.id, customer_left=left, customer_until=NOW + timedelta(hours=hours), grants=dict(grants)
    )


def message(state: State, due: timedelta = timedelta(0), *, sending: bool = False) -> Message:
    return Message(
        id=MessageId("m"),
        key="k",
        contact_id=ANN.id,
        purpose=Purpose.SERVICE,
        template="desk.reply",
        variables={},
        created_at=NOW,
        due_at=NOW + due,
        expires_at=NOW + timedelta(hours=1),
        state=state,
        sending_since=NOW if sending else None,
    )


def of(given: Rights, *pending: Message, contact: Contact | None = ANN, invitation: Rendered = BARE) -> Meter:
    return read(contact, given, pending, invitation, NOW)


@pytest.mark.parametrize(
    ("left", "hours", "words", "form"),
    [
        (5, 48.0, "还可回复 5 条 · 48 小时", Form.FREE),
        (4, 31.9, "还可回复 4 条 · 31 小时", Form.FREE),
        (1, 1.0, "还可回复 1 条 · 1 小时", Form.LAST),
        (2, 0.99, "还可回复 2 条 · 59 分钟", Form.FREE),
        (2, 0.01, "还可回复 2 条 · 不到 1 分钟", Form.FREE),
    ],
)
def test_what_is_left_and_for_how_long(left: int, hours: float, words: str, form: Form) -> None:
    meter = of(rights(left, hours))
    assert (meter.words, meter.form, meter.left) == (words, form, left)


def test_what_is_on_its_way_is_counted_once() -> None:
    pending = [
        message(State.WAITING),
        message(State.WAITING, timedelta(seconds=60)),
        message(State.WAITING, timedelta(seconds=61)),  # sent later: the rights of then
        replace(
            message(State.WAITING), awaits_contact=True
        ),  # leaves with the patient's next action, which brings rights
        message(State.CLAIMED),
        message(State.CLAIMED, sending=True),  # its right is spent already
    ]
    assert of(rights(5), *pending).left == 2


def test_more_on_its_way_than_is_left_is_nothing_left() -> None:
    meter = of(rights(1), message(State.WAITING), message(State.WAITING))
    assert (meter.form, meter.left) == (Form.CLOSED, 0)
    assert "已用完" in meter.words


def test_a_window_that_is_over_says_so_and_what_is_left() -> None:
    meter = of(rights(5, 0))
    assert (meter.form, meter.left, meter.until, meter.ways) == (Form.CLOSED, 0, None, ("phone",))
    assert "48 小时" in meter.words
    assert of(rights(5, 0), invitation=CARDS).ways == ("template", "phone")
    assert of(rights(5, 0, NTC=1), invitation=CARDS).ways == ("notice", "template", "phone")
    assert of(rights(5, 0, NTC=0, OTHER=3), invitation=CARDS).ways == ("template", "phone")


def test_who_left_was_erased_or_refuses_messages_cannot_be_written_to() -> None:
    left, erased = replace(ANN, following=False), replace(ANN, openid=None, following=False)
    assert (of(rights(5), contact=left).form, of(rights(5), contact=left).ways) == (Form.GONE, ("phone",))
    for gone in (None, erased):
        assert (of(rights(5), contact=gone).form, of(rights(5), contact=gone).ways) == (Form.GONE, ())
    refusing = of(rights(5), contact=replace(ANN, refuses_messages=True), invitation=CARDS)
    assert (refusing.form, refusing.ways) == (Form.CLOSED, ("phone",))
