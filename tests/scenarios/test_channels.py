"""Which way a message goes, by what the patient sees, and how the platform's receipts settle it."""

from datetime import timedelta
from typing import Any

import pytest

from tests.scenarios.conftest import Clinic
from tests.scenarios.outgoing import (
    CARE_CARD,
    CUSTOMER,
    FACTS,
    NO_CARD,
    NOTICE,
    PAST_THE_WINDOW,
    TEMPLATE,
    VISIT_CARD,
    WISH,
    Post,
    vias,
)
from wxbot.messaging import Purpose
from wxbot.patients.models import ConsentTopic


@pytest.fixture
def post(clinic: Clinic) -> Post:
    return Post(clinic)


async def test_inside_48_hours_a_message_goes_as_customer_message(post: Post):
    openid = await post.talks()
    await post.pass_by(timedelta(hours=47, minutes=59))
    assert (await post.send(openid)).state == "accepted"
    assert vias(post.clinic.sent_to(openid)) == ["customer"]
    assert "一个月了" in post.clinic.sent_to(openid)[0].text


async def test_after_48_hours_it_goes_as_template_message_and_the_receipt_settles_it(post: Post):
    openid = await post.talks()
    await post.pass_by(PAST_THE_WINDOW)
    message = await post.send(openid)
    assert (message.state, message.channel, message.reason) == ("delivered", "template", "")
    card = post.clinic.sent_to(openid, "template")[0].card
    assert card is not None
    assert card["fields"][0] == ["就诊人", "小林"]
    story = [(line.kind, line.payload.get("status")) for line in await post.clinic.story(openid)]
    assert ("message:settled", "已送达") in story


async def test_an_accepted_subscription_is_used_before_a_template_and_only_once(post: Post):
    openid = await post.quiet()
    await post.clinic.platform.answer_notice(openid, "NTC_CARE", accept=True)
    first, second = await post.send(openid), await post.send(openid)
    assert (first.state, first.channel) == ("delivered", "notice")
    assert (second.state, second.channel) == ("delivered", "template")
    assert vias(post.clinic.sent_to(openid)) == ["notice", "template"]
    assert (await post.rights(openid)).grants == {"NTC_CARE": 0}


async def test_two_accepts_in_one_popup_count_for_each_notice(post: Post):
    openid = await post.quiet()
    await post.clinic.platform.answer_notice(openid, ["NTC_CARE", "NTC_VISIT"], accept=True)
    await post.clinic.platform.answer_notice(openid, "NTC_CARE", accept=True)
    assert (await post.rights(openid)).grants == {"NTC_CARE": 2, "NTC_VISIT": 1}
    ways = [(await post.send(openid, template)).channel for template in (VISIT_CARD, CARE_CARD, CARE_CARD, VISIT_CARD)]
    assert ways == ["notice", "notice", "notice", "template"]


async def test_a_subscription_switched_off_is_not_used_any_more(post: Post):
    openid = await post.quiet()
    await post.clinic.platform.answer_notice(openid, "NTC_CARE", accept=True)
    await post.clinic.platform.switch_off_notice(openid, "NTC_CARE")
    assert (await post.send(openid)).channel == "template"
    assert post.calls(NOTICE) == 0


async def test_a_refused_popup_gives_no_right(post: Post):
    openid = await post.quiet()
    await post.clinic.platform.answer_notice(openid, "NTC_CARE", accept=False)
    assert (await post.send(openid)).channel == "template"
    assert post.calls(NOTICE) == 0


async def test_a_notice_the_platform_could_not_deliver_is_failed_and_the_grant_comes_back(post: Post):
    openid = await post.quiet()
    await post.clinic.platform.answer_notice(openid, "NTC_CARE", accept=True)
    post.clinic.platform.faults.add("subscribe_msg_sent_event", code=20001)
    message = await post.send(openid)
    assert (message.state, message.channel) == ("failed", "notice")
    assert (await post.rights(openid)).grants == {"NTC_CARE": 1}
    assert len(await post.tasks("phone")) == 1


async def test_without_any_channel_a_person_is_asked_to_phone_and_the_record_says_why(post: Post):
    openid = await post.quiet()
    message = await post.send(openid, NO_CARD)
    assert (message.state, message.reason) == ("dropped", "no_channel")
    assert "没有可用的服务通知" in message.explanation
    (task,) = await post.tasks("phone")
    assert task["contact_id"] == (await post.contact(openid)).id
    assert "请电话联系患者" in task["reason"]
    assert post.clinic.sent_to(openid) == []


async def test_a_wish_never_goes_by_template_message(post: Post):
    quiet, talks, subscribed = await post.quiet("一"), await post.talks("二"), await post.quiet("三")
    await post.clinic.platform.answer_notice(subscribed, "NTC_CARE", accept=True)
    wish: dict[str, Any] = {"template": WISH, "purpose": Purpose.CARE, "greeting": True}
    ways = [(await post.send(openid, **wish)).channel for openid in (talks, subscribed)]
    assert ways == ["customer", "notice"]
    with_card = await post.send(quiet, CARE_CARD, purpose=Purpose.CARE, greeting=True)
    assert (with_card.state, with_card.reason) == ("dropped", "no_channel")
    assert "祝福不能用服务通知发" in with_card.explanation
    assert post.calls(TEMPLATE) == 0


async def test_marketing_never_goes_by_template_message_nor_without_a_yes(post: Post):
    openid = await post.quiet()
    refused = await post.send(openid, purpose=Purpose.MARKETING)
    assert (refused.state, refused.reason) == ("dropped", "no_consent")
    patients, contact = post.clinic.app.services.patients, await post.contact(openid)
    now = post.clinic.now
    await patients.set_consent(
        contact.id, ConsentTopic.MARKETING, granted=True, now=now, source="test", wording="test@1"
    )
    early = await post.send(openid, purpose=Purpose.MARKETING)
    assert (early.state, early.reason) == ("dropped", "no_care")
    assert (await post.send(openid, purpose=Purpose.CARE)).channel == "template"
    dropped = await post.send(openid, purpose=Purpose.MARKETING)
    assert (dropped.state, dropped.reason) == ("dropped", "no_channel")
    assert "营销内容不能用服务通知发" in dropped.explanation
    assert await post.tasks("phone") == []
    assert post.calls(TEMPLATE) == 1  # the care
    await post.clinic.say(openid, "你好")
    assert (await post.send(openid, purpose=Purpose.MARKETING)).channel == "customer"


async def test_when_the_five_messages_are_spent_the_next_goes_another_way(post: Post):
    openid = await post.talks()
    ways = [(await post.send(openid)).channel for _ in range(6)]
    assert ways == ["customer"] * 5 + ["template"]
    assert post.calls(CUSTOMER) == 5
    await post.clinic.say(openid, "收到")
    assert (await post.send(openid)).channel == "customer"


async def test_a_tap_allows_three_messages_for_a_minute(post: Post):
    openid = await post.quiet()
    await post.clinic.say(openid, "预约", menu_id="BOOK")
    assert [(await post.send(openid)).channel for _ in range(4)] == ["customer"] * 3 + ["template"]
    await post.clinic.say(openid, "我的预约", menu_id="MY_APPOINTMENTS")
    await post.pass_by(timedelta(seconds=61))
    assert (await post.send(openid)).channel == "template"
    assert post.calls(CUSTOMER) == 3


async def test_an_appointments_messages_change_their_way_with_the_window(clinic: Clinic):
    openid = await clinic.person()
    await clinic.book(openid, "洁牙", "陈晓晴", "周五", "下午2:30")
    await clinic.tick()
    for local in ("2026-11-24 14:31", "2026-11-26 14:31", "2026-11-27 12:31"):
        await clinic.move_to(local)
    assert vias(clinic.sent_to(openid)) == ["customer", "customer", "template", "template"]
    assert {row["state"] for row in await clinic.rows("outbox", {"channel": "template"})} == {"delivered"}


# -- what the platform says afterwards ---------------------------------------------------------------------------


async def test_a_patient_who_blocks_template_messages_is_phoned(post: Post):
    openid = await post.quiet()
    await post.clinic.platform.refuse_messages(openid, refuse=True)
    message = await post.send(openid)
    assert (message.state, message.channel, message.reason) == ("failed", "template", "failed:user block")
    story = [str(line.payload.get("status")) for line in await post.clinic.story(openid)]
    assert "患者在微信里拒收了这类消息" in story
    (task,) = await post.tasks("phone")
    assert "拒收" in task["reason"]


async def test_a_template_message_the_platform_could_not_deliver_is_failed_in_words(post: Post):
    openid = await post.quiet()
    post.clinic.platform.faults.add("TEMPLATESENDJOBFINISH", code=1)
    message = await post.send(openid)
    assert (message.state, message.reason) == ("failed", "failed:system failed")
    assert any("平台系统原因未能送达" in str(line.payload) for line in await post.clinic.story(openid))
    assert len(await post.tasks("phone")) == 1


async def test_a_receipt_that_never_comes_leaves_the_message_accepted(post: Post):
    openid = await post.quiet()
    post.clinic.platform.faults.add("TEMPLATESENDJOBFINISH", drop="after")
    assert (await post.send(openid)).state == "accepted"


async def test_a_receipt_pushed_twice_settles_once(post: Post):
    openid = await post.quiet()
    message = await post.send(openid)
    event = {"Event": "TEMPLATESENDJOBFINISH", "MsgID": int(str(message.platform_id)), "Status": "failed:user block"}
    assert (await post.clinic.platform.push_raw(openid, event)).ok
    assert (await post.found(message.key)).state == "delivered"


@pytest.mark.parametrize("code", [45047, 45015])
async def test_the_platforms_own_word_on_our_rights_corrects_the_ledger(post: Post, code: int):
    openid = await post.talks()
    rights = post.clinic.platform.people[openid].rights
    if code == 45047:
        rights.left = 0
    else:
        rights.close()
    assert (await post.rights(openid)).customer_left == 5
    first, second = await post.send(openid), await post.send(openid)
    assert [first.channel, second.channel] == ["template", "template"]
    assert [line.code for line in post.clinic.platform.traffic if line.name == CUSTOMER] == [code]
    assert (await post.rights(openid)).customer_left == 0
    assert vias(post.clinic.sent_to(openid)) == ["template", "template"]


async def test_43101_ends_the_grants_and_the_message_goes_on(post: Post):
    openid = await post.quiet()
    await post.clinic.platform.answer_notice(openid, "NTC_CARE", accept=True)
    post.clinic.platform.people[openid].grants.clear()
    assert (await post.send(openid)).channel == "template"
    assert (await post.rights(openid)).grants == {"NTC_CARE": 0}
    assert [line.code for line in post.clinic.platform.traffic if line.name == NOTICE] == [43101]


async def test_a_card_that_cannot_be_filled_is_logged_when_it_leaves_and_not_by_looking_ahead(
    post: Post, capsys: pytest.CaptureFixture[str]
):
    contact, now = await post.contact(await post.talks()), post.clinic.now
    outbox = post.clinic.app.services.outbox
    facts = {**FACTS, "time_field": "下午"}
    message = outbox.message(
        key="test:card",
        contact_id=contact.id,
        purpose=Purpose.REMINDER,
        template=VISIT_CARD,
        variables=facts,
        now=now,
        expires_at=now + timedelta(days=1),
    )
    capsys.readouterr()
    await outbox.preview([message] * 3, now)
    assert "card_left_out" not in capsys.readouterr().out
    await outbox.enqueue([message])
    await post.deliver()
    assert "card_left_out" in capsys.readouterr().out
