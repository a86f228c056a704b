"""In order, at decent hours, in time, and never twice."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from tests.scenarios.conftest import Clinic, OpenClinic
from tests.scenarios.outgoing import CARE_CARD, CUSTOMER, FACTS, NO_CARD, VISIT_CARD, WISH, Post, vias
from wxbot.messaging import Purpose


@pytest.fixture
def post(clinic: Clinic) -> Post:
    return Post(clinic)


async def test_a_contacts_messages_arrive_in_the_order_they_were_meant(post: Post):
    openid = await post.talks()
    post.clinic.platform.faults.add(CUSTOMER, code=-1)
    keys = [await post.hand_in(openid, template) for template in (CARE_CARD, VISIT_CARD, NO_CARD)]
    await post.deliver()
    assert post.clinic.sent_to(openid) == []
    await post.pass_by(timedelta(seconds=2))
    await post.deliver()
    assert [(await post.found(key)).state for key in keys] == ["accepted"] * 3
    starts = [seen.text[:12] for seen in post.clinic.sent_to(openid)]
    assert ["一个月了" in starts[0], "约好" in starts[1], starts[2].startswith("您好！这里")] == [True] * 3


async def test_at_night_only_answers_leave_and_the_rest_waits_for_the_morning(open_clinic: OpenClinic):
    post = Post(await open_clinic(now=datetime(2026, 11, 23, 13, 30, tzinfo=UTC)))  # 21:30 at the clinic
    openid = await post.talks()
    reminder = await post.send(openid)
    answer = await post.send(openid, NO_CARD, answer=True, purpose=Purpose.SERVICE)
    assert (reminder.state, reminder.reason) == ("waiting", "quiet_hours")
    assert reminder.due_at == datetime(2026, 11, 24, 0, 30, tzinfo=UTC)
    assert answer.state == "accepted"
    await post.pass_by(timedelta(hours=10, minutes=59))
    await post.deliver()
    assert len(post.clinic.sent_to(openid)) == 1
    await post.pass_by(timedelta(minutes=2))
    await post.deliver()
    assert len(post.clinic.sent_to(openid)) == 2


async def test_an_answer_without_a_right_waits_for_the_patients_next_word(post: Post):
    openid = await post.quiet()
    key = await post.hand_in(openid, NO_CARD, answer=True, purpose=Purpose.SERVICE)
    await post.deliver()
    assert ((await post.found(key)).state, (await post.found(key)).reason) == ("waiting", "rights_closed")
    await post.clinic.say(openid, "在吗")
    await post.deliver()
    assert (await post.found(key)).state == "accepted"


async def test_an_answer_whose_patient_stays_silent_becomes_a_phone_call(post: Post):
    openid = await post.quiet()
    key = await post.hand_in(openid, NO_CARD, answer=True, purpose=Purpose.SERVICE)
    await post.deliver()
    await post.pass_by(timedelta(minutes=31))
    await post.deliver()
    assert (await post.found(key)).reason == "no_channel"
    assert len(await post.tasks("phone")) == 1


async def test_a_message_nobody_could_send_in_time_is_dropped_and_says_so(post: Post):
    openid = await post.talks()
    late = post.clinic.now + timedelta(hours=2)
    key = await post.hand_in(openid, due_at=late, expires_at=late + timedelta(hours=1))
    await post.pass_by(timedelta(hours=4))
    await post.deliver()
    message = await post.found(key)
    assert (message.state, message.reason) == ("dropped", "expired")


async def test_nothing_is_sent_twice_however_often_and_wherever_the_delivery_runs(open_clinic: OpenClinic):
    first = await open_clinic()
    apps = [first.app, (await open_clinic(beside=first)).app]
    post = Post(first)
    openids = [await post.talks(f"患者{number}") for number in range(12)]
    for _ in range(4):
        for openid in openids:
            await post.hand_in(openid)
    runs = [app.runner.run_now("deliver_outbox") for app in apps for _ in range(3)]
    await asyncio.gather(*runs)
    await post.deliver()
    assert [vias(first.sent_to(openid)) for openid in openids] == [["customer"] * 4] * len(openids)
    assert {row["state"] for row in await first.rows("outbox")} == {"accepted"}


async def test_the_same_intent_handed_in_twice_is_kept_once(post: Post):
    openid = await post.talks()
    contact = await post.contact(openid)
    outbox = post.clinic.app.services.outbox
    messages = [
        outbox.message(
            key="birthday/on_the_day/x",
            contact_id=contact.id,
            purpose=Purpose.CARE,
            template=WISH,
            variables=FACTS,
            now=post.clinic.now,
            expires_at=post.clinic.now + timedelta(hours=1),
        )
        for _ in range(5)
    ]
    assert sum(await asyncio.gather(*(outbox.enqueue([each]) for each in messages))) == 1
    await post.deliver()
    assert await outbox.enqueue(messages) == 0
    assert len(post.clinic.sent_to(openid)) == 1
