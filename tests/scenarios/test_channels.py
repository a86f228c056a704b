"""The rights ledger and the channels, by what the patient sees and what the records say."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from typing import Any

import pytest

from tests.scenarios.conftest import Clinic, OpenClinic
from wxbot.database import Database
from wxbot.history.models import ContactId
from wxbot.outbox.ledger import Action
from wxbot.outbox.models import Message, Rights
from wxbot.outbox.rights.store import RightsStore
from wxbot.patients.models import ConsentTopic, Contact
from wxbot.simulator.people import Person, Seen
from wxbot.simulator.rights import FOLLOW, MESSAGE, SCAN, TAP, Budget
from wxbot.templates.models import Purpose

CUSTOMER = "/cgi-bin/message/custom/send"
NOTICE = "/cgi-bin/message/subscribe/bizsend"
TEMPLATE = "/cgi-bin/message/template/send"
TOKEN = "/cgi-bin/stable_token"

CARE_CARD = "care.month_1"  # travels on TPL_CARE and NTC_CARE
VISIT_CARD = "care.appointment_tomorrow"  # travels on TPL_APPOINTMENT and NTC_VISIT
NO_CARD = "fallback.greeting"
WISH = "birthday.wish"  # has a notice, never a template card
FACTS = {
    "name": "小林",
    "patient": "小林",
    "time_field": "2026年11月24日 14:30",
    "date": "11月24日",
    "time": "14:30",
    "practitioner": "陈晓晴",
    "title": "主治医师",
}
PAST_THE_WINDOW = timedelta(hours=48, minutes=1)


@dataclass
class Post:
    """Hands messages in and looks where they went."""

    clinic: Clinic

    def __post_init__(self) -> None:
        self._numbers = count(1)

    async def contact(self, openid: str) -> Contact:
        found = await self.clinic.house.services.patients.contact_by_openid(openid)
        assert found is not None
        return found

    async def hand_in(self, openid: str, template: str = CARE_CARD, **more: Any) -> str:
        """Enqueue one message; its key."""
        contact = await self.contact(openid)
        key, now = f"test:{next(self._numbers)}", self.clinic.now
        facts: dict[str, Any] = {"purpose": Purpose.REMINDER, "expires_at": now + timedelta(days=3), **more}
        outbox = self.clinic.house.services.outbox
        message = outbox.message(
            key=key, contact_id=contact.id, template=template, variables=FACTS, now=now, **facts
        )
        assert await outbox.enqueue([message]) == 1
        return key

    async def deliver(self) -> None:
        """Send what is due, and let the receipts come."""
        await self.clinic.house.runner.run_now("outbox_delivery")
        await self.clinic.platform.settled()

    async def send(self, openid: str, template: str = CARE_CARD, **more: Any) -> Message:
        """Hand in, deliver, and look."""
        key = await self.hand_in(openid, template, **more)
        await self.deliver()
        return await self.found(key)

    async def found(self, key: str) -> Message:
        message = await self.clinic.house.services.outbox.find(key)
        assert message is not None
        return message

    async def pass_by(self, by: timedelta) -> None:
        """Time passes for everybody; nothing runs by itself."""
        self.clinic.platform.clock.move(by)
        self.clinic.house.clock.move(by)

    async def talks(self, name: str = "小林") -> str:
        """Somebody whose 48 hours have just begun."""
        openid = await self.clinic.person(name)
        await self.clinic.say(openid, "你好")
        return openid

    async def quiet(self, name: str = "小林") -> str:
        """A follower with no window open."""
        openid = await self.clinic.person(name)
        person = self.clinic.platform.people[openid]
        person.rights.close()
        rights = self.clinic.house.database.collection("rights")
        await rights.delete_one({"_id": (await self.contact(openid)).id})
        return openid

    async def rights(self, openid: str) -> Rights:
        return await self.clinic.house.services.outbox.rights((await self.contact(openid)).id)

    async def tasks(self, kind: str) -> list[dict[str, Any]]:
        return await self.clinic.rows("followups", {"kind": kind})

    def calls(self, path: str) -> int:
        return sum(1 for line in self.clinic.platform.traffic if line.name == path)


@pytest.fixture
def post(clinic: Clinic) -> Post:
    return Post(clinic)


def vias(seen: list[Seen]) -> list[str | None]:
    return [each.via for each in seen]


# -- which way ---------------------------------------------------------------------------------------------------


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
    assert "没有绑定模板消息" in message.explanation
    (task,) = await post.tasks("phone")
    assert task["contact_id"] == (await post.contact(openid)).id
    assert "请电话联系患者" in task["reason"]
    assert post.clinic.sent_to(openid) == []


async def test_a_wish_never_goes_by_template_message(post: Post):
    quiet, talks, subscribed = await post.quiet("一"), await post.talks("二"), await post.quiet("三")
    await post.clinic.platform.answer_notice(subscribed, "NTC_CARE", accept=True)
    wish: dict[str, Any] = {"template": WISH, "purpose": Purpose.CARE, "wish": True}
    ways = [(await post.send(openid, **wish)).channel for openid in (talks, subscribed)]
    assert ways == ["customer", "notice"]
    with_card = await post.send(quiet, CARE_CARD, purpose=Purpose.CARE, wish=True)
    assert (with_card.state, with_card.reason) == ("dropped", "no_channel")
    assert "祝福不得使用模板消息" in with_card.explanation
    assert post.calls(TEMPLATE) == 0


async def test_marketing_never_goes_by_template_message_nor_without_a_yes(post: Post):
    openid = await post.quiet()
    refused = await post.send(openid, purpose=Purpose.MARKETING)
    assert (refused.state, refused.reason) == ("dropped", "no_consent")
    patients, contact = post.clinic.house.services.patients, await post.contact(openid)
    now = post.clinic.now
    await patients.set_consent(
        contact.id, ConsentTopic.MARKETING, granted=True, now=now, source="test", wording="test@1"
    )
    dropped = await post.send(openid, purpose=Purpose.MARKETING)
    assert (dropped.state, dropped.reason) == ("dropped", "no_channel")
    assert "营销内容不得使用模板消息" in dropped.explanation
    assert await post.tasks("phone") == []
    assert post.calls(TEMPLATE) == 0
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


# -- the platform's refusals -------------------------------------------------------------------------------------

# code on custom/send → state, reason, follow-ups, still following, refuses messages
REFUSALS: dict[int, tuple[str, str, list[str], bool, bool]] = {
    -1: ("waiting", "-1", [], True, False),
    -1000: ("waiting", "-1000", [], True, False),
    40003: ("failed", "40003", [], False, False),
    43004: ("failed", "43004", [], False, False),
    50005: ("failed", "50005", [], False, False),
    48002: ("failed", "48002", [], True, True),
    40008: ("failed", "40008", ["phone"], True, False),
    43019: ("failed", "43019", ["phone"], True, False),
    45002: ("failed", "45002", ["phone"], True, False),
    49003: ("failed", "49003", ["check", "phone"], True, False),
    70000: ("failed", "70000", ["phone"], True, False),
    99999: ("failed", "99999", ["phone"], True, False),
}


async def test_each_refusal_of_a_customer_message_has_its_own_consequence(post: Post):
    found = {}
    for code in REFUSALS:
        openid = await post.talks(str(code))
        before = len(await post.clinic.rows("followups"))
        post.clinic.platform.faults.add(CUSTOMER, code=code)
        message = await post.send(openid)
        contact = await post.contact(openid)
        opened = (await post.clinic.rows("followups"))[before:]
        kinds = sorted(task["kind"] for task in opened)
        found[code] = (message.state.value, message.reason, kinds, contact.following, contact.refuses_messages)
        assert message.explanation
        assert post.clinic.sent_to(openid) == []
        assert (await post.rights(openid)).customer_left == 5  # a refusal spends nothing
    assert found == REFUSALS


async def test_a_busy_platform_is_tried_again_with_growing_pauses_and_delivered_once(post: Post):
    openid = await post.talks()
    post.clinic.platform.faults.add(CUSTOMER, code=-1, times=3)
    key = await post.hand_in(openid)
    pauses = []
    for _ in range(3):
        began = post.clinic.now
        await post.deliver()
        waiting = await post.found(key)
        assert (waiting.state, waiting.reason) == ("waiting", "-1")
        pauses.append(round((waiting.due_at - began).total_seconds()))
        await post.pass_by(waiting.due_at - post.clinic.now + timedelta(milliseconds=10))
    await post.deliver()
    assert pauses == [1, 5, 30]
    assert (await post.found(key)).state == "accepted"
    assert vias(post.clinic.sent_to(openid)) == ["customer"]


async def test_a_platform_that_stays_busy_ends_in_a_phone_call(post: Post):
    openid = await post.talks()
    post.clinic.platform.faults.add(CUSTOMER, code=-1, times=100)
    key = await post.hand_in(openid)
    for _ in range(10):
        await post.deliver()
        await post.pass_by(timedelta(minutes=11))
    message = await post.found(key)
    assert (message.state, message.reason) == ("failed", "-1")
    assert post.calls(CUSTOMER) == 6
    assert len(await post.tasks("phone")) == 1


@pytest.mark.parametrize("trouble", ["revoke_token", "expire_token"])
async def test_a_token_that_is_void_is_changed_once_and_the_message_arrives(post: Post, trouble: str):
    openid = await post.talks()
    assert (await post.send(openid)).state == "accepted"
    asked = post.calls(TOKEN)
    getattr(post.clinic.platform, trouble)()
    assert (await post.send(openid)).state == "accepted"
    assert post.calls(TOKEN) == asked + 1
    assert vias(post.clinic.sent_to(openid)) == ["customer", "customer"]


async def test_a_token_that_stays_void_is_an_alarm_and_the_message_waits(post: Post):
    openid = await post.talks()
    post.clinic.platform.faults.add(CUSTOMER, code=40001)  # and the token is the same when asked for again
    message = await post.send(openid)
    assert (message.state, message.reason) == ("waiting", "40001")
    (alarm,) = await post.tasks("check")
    assert "AppSecret" in alarm["reason"]
    await post.pass_by(timedelta(minutes=31))
    await post.deliver()
    assert vias(post.clinic.sent_to(openid)) == ["customer"]


async def test_a_days_quota_used_up_waits_for_midnight_in_beijing_and_alarms(post: Post):
    openid = await post.talks()
    post.clinic.platform.faults.add(CUSTOMER, code=45009)
    message = await post.send(openid, NO_CARD)
    assert (message.state, message.reason) == ("waiting", "45009")
    midnight = datetime(2026, 11, 23, 16, 5, tzinfo=UTC)
    assert abs(message.due_at - midnight) < timedelta(seconds=10)
    (alarm,) = await post.tasks("check")
    assert "45009" in alarm["reason"]
    await post.pass_by(midnight - post.clinic.now + timedelta(minutes=1))
    await post.deliver()
    assert (await post.found(message.key)).reason == "quiet_hours"
    await post.pass_by(timedelta(hours=9))
    await post.deliver()
    assert vias(post.clinic.sent_to(openid)) == ["customer"]


async def test_too_many_a_minute_rests_the_channel_for_a_minute(post: Post):
    first, second = await post.talks("一"), await post.talks("二")
    post.clinic.platform.faults.add(CUSTOMER, code=45011)
    waiting = [await post.send(first, NO_CARD), await post.send(second, NO_CARD)]
    assert [(message.state, message.reason) for message in waiting] == [
        ("waiting", "45011"),
        ("waiting", "channel_rests"),
    ]
    assert post.calls(CUSTOMER) == 1
    await post.pass_by(timedelta(seconds=61))
    await post.deliver()
    assert [vias(post.clinic.sent_to(openid)) for openid in (first, second)] == [["customer"], ["customer"]]


async def test_who_refuses_messages_is_left_alone_until_they_write_again(post: Post):
    openid = await post.talks()
    await post.clinic.platform.refuse_messages(openid, refuse=True)
    assert (await post.send(openid)).reason == "48002"
    assert (await post.contact(openid)).refuses_messages
    dropped = await post.send(openid)
    assert (dropped.state, dropped.reason) == ("dropped", "refuses_messages")
    assert post.calls(CUSTOMER) == 1
    await post.clinic.platform.refuse_messages(openid, refuse=False)
    await post.clinic.say(openid, "我在")
    assert (await post.send(openid)).state == "accepted"


async def test_who_left_without_our_hearing_of_it_is_noted_as_gone(post: Post):
    openid = await post.quiet()
    post.clinic.platform.people[openid].following = False
    assert (await post.send(openid)).reason == "43004"
    assert not (await post.contact(openid)).following
    assert (await post.send(openid)).reason == "unfollowed"
    assert post.calls(TEMPLATE) == 1


async def test_a_deleted_template_alarms_once_and_rests_while_others_go_on(post: Post):
    one, two, three = await post.quiet("一"), await post.quiet("二"), await post.quiet("三")
    definition = post.clinic.platform.templates.pop("TPL_CARE")
    messages = [await post.send(openid, CARE_CARD) for openid in (one, two)]
    assert [(message.state, message.reason) for message in messages] == [
        ("waiting", "40037"),
        ("waiting", "channel_rests"),
    ]
    assert post.calls(TEMPLATE) == 1
    (alarm,) = await post.tasks("check")
    assert "模板编号不存在" in alarm["reason"]
    assert (await post.send(three, VISIT_CARD)).state == "delivered"
    post.clinic.platform.templates["TPL_CARE"] = definition
    await post.pass_by(timedelta(minutes=31))
    await post.deliver()
    assert [vias(post.clinic.sent_to(openid)) for openid in (one, two)] == [["template"], ["template"]]


async def test_a_field_that_breaks_its_type_fails_the_message_and_names_the_field(post: Post):
    openid = await post.quiet()
    post.clinic.platform.add_template("TPL_CARE", "诊后关怀提示", "就诊人:{{thing1.DATA}}\n单号:{{thing9.DATA}}")
    message = await post.send(openid)
    assert (message.state, message.reason) == ("failed", "47003")
    assert "thing9" in message.explanation
    assert len(await post.tasks("phone")) == 1
    assert post.calls(TEMPLATE) == 1


# -- when nobody answers -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("drop", "seen"), [("after", ["customer"]), ("before", [])])
async def test_a_customer_message_without_an_answer_is_unknown_shown_and_never_repeated(
    post: Post, drop: str, seen: list[str]
):
    openid = await post.talks()
    post.clinic.platform.faults.add(CUSTOMER, drop=drop)
    message = await post.send(openid)
    assert message.state == "unknown"
    assert "核实" in message.explanation
    (task,) = await post.tasks("check")
    assert message.explanation in task["reason"]
    assert "message:unknown" in [line.kind for line in await post.clinic.story(openid)]
    for _ in range(3):
        await post.pass_by(timedelta(minutes=20))
        await post.clinic.tick()
    assert vias(post.clinic.sent_to(openid)) == seen
    assert post.calls(CUSTOMER) == 1


async def test_a_template_message_without_an_answer_is_repeated_with_the_same_id_and_seen_once(post: Post):
    openid = await post.quiet()
    post.clinic.platform.faults.add(TEMPLATE, drop="after")
    key = await post.hand_in(openid)
    await post.deliver()
    assert (await post.found(key)).state == "waiting"
    await post.pass_by(timedelta(seconds=2))
    await post.deliver()
    assert (await post.found(key)).state in {"accepted", "delivered"}
    assert post.calls(TEMPLATE) == 2
    assert len([sent for sent in post.clinic.platform.sent if sent.path == TEMPLATE]) == 1
    assert vias(post.clinic.sent_to(openid)) == ["template"]


async def test_a_repeated_template_message_does_not_change_its_way_when_the_patient_writes_meanwhile(post: Post):
    openid = await post.quiet()
    post.clinic.platform.faults.add(TEMPLATE, drop="after")
    key = await post.hand_in(openid)
    await post.deliver()
    await post.clinic.say(openid, "你好")
    await post.pass_by(timedelta(seconds=2))
    await post.deliver()
    assert (await post.found(key)).channel == "template"
    assert vias(post.clinic.sent_to(openid)) == ["template"]


async def test_a_platform_out_of_reach_is_waited_for(post: Post):
    openid = await post.talks()
    post.clinic.platform.faults.add(TOKEN, status=502, times=3)
    post.clinic.platform.revoke_token()
    message = await post.send(openid)
    assert message.state == "waiting"
    await post.pass_by(message.due_at - post.clinic.now + timedelta(seconds=1))
    await post.deliver()
    assert vias(post.clinic.sent_to(openid)) == ["customer"]


# -- order and peace ---------------------------------------------------------------------------------------------


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
    assert ["一个月了" in starts[0], "明天我们等您" in starts[1], starts[2].startswith("您好！这里")] == [True] * 3


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
    houses = [first.house, (await open_clinic(beside=first)).house]
    post = Post(first)
    openids = [await post.talks(f"患者{number}") for number in range(12)]
    for _ in range(4):
        for openid in openids:
            await post.hand_in(openid)
    runs = [house.runner.run_now("outbox_delivery") for house in houses for _ in range(3)]
    await asyncio.gather(*runs)
    await post.deliver()
    assert [vias(first.sent_to(openid)) for openid in openids] == [["customer"] * 4] * len(openids)
    assert {row["state"] for row in await first.rows("outbox")} == {"accepted"}


async def test_the_same_intent_handed_in_twice_is_kept_once(post: Post):
    openid = await post.talks()
    contact = await post.contact(openid)
    outbox = post.clinic.house.services.outbox
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


# -- ledger and platform agree -----------------------------------------------------------------------------------

BUDGETS: dict[Action, Budget] = {
    Action.MESSAGE: MESSAGE,
    Action.MENU_TAP: TAP,
    Action.FOLLOW: FOLLOW,
    Action.SCAN: SCAN,
}
PAUSES = (0, 1, 5, 20, 59, 61, 300, 3600, 12 * 3600, 47 * 3600, 49 * 3600)  # seconds
PEOPLE = 25
ROUNDS = 400  # with the people above: 10,000 steps


async def step(store: RightsStore, person: Person, what: str, dice: int, now: datetime) -> None:
    """The same thing for the ledger and for the platform; both must decide alike."""
    contact_id = ContactId(person.openid)
    if what in BUDGETS:
        action = Action(what)
        person.rights.open(BUDGETS[action], now)
        await store.note(contact_id, action, now)
    elif what == "send":
        allowed = person.rights.refusal(now) is None
        if allowed:
            person.rights.spend()
        assert await store.spend_customer(contact_id, f"{dice}", now) is allowed
    elif what == "accept":
        person.grants["NTC"] = person.grants.get("NTC", 0) + 1
        await store.grant(contact_id, "NTC", accepted=True)
    elif what == "switch off":
        person.grants.pop("NTC", None)
        await store.grant(contact_id, "NTC", accepted=False)
    elif what == "notify":
        allowed = person.grants.get("NTC", 0) > 0
        if allowed:
            person.grants["NTC"] -= 1
        assert await store.spend_grant(contact_id, "NTC", f"{dice}") is allowed


async def test_ledger_and_platform_agree_through_ten_thousand_random_steps(database: Database):
    dice = Random(20261123)
    store = RightsStore(database)
    people = [Person(openid=f"o{number}", name="") for number in range(PEOPLE)]
    steps = [*BUDGETS, *["send"] * 6, "accept", "accept", "switch off", *["notify"] * 3]
    now = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
    sent = 0
    for _ in range(ROUNDS):
        now += timedelta(seconds=dice.choice(PAUSES))
        chosen = [(person, str(dice.choice(steps)), dice.getrandbits(60)) for person in people]
        sent += sum(1 for person, what, _ in chosen if what == "send" and person.rights.refusal(now) is None)
        await asyncio.gather(*(step(store, person, what, number, now) for person, what, number in chosen))
        pages = await store.of([ContactId(person.openid) for person in people])
        for person in people:
            page = pages[ContactId(person.openid)]
            open_now = page.customer_until is not None and page.customer_until > now
            assert (page.customer_left if open_now else 0) == person.rights.remaining(now)
            assert page.grants.get("NTC", 0) == person.grants.get("NTC", 0)
    assert sent > ROUNDS  # the sequence was no silence


async def test_ledger_and_platform_agree_through_a_random_week_of_real_messages(post: Post):
    dice = Random(7)
    clinic, platform = post.clinic, post.clinic.platform
    openids = [await clinic.person(f"患者{number}") for number in range(3)]

    async def do(openid: str) -> None:
        person = platform.people[openid]
        if not person.following:
            await platform.follow(openid)
            return
        match dice.choice(("say", "tap", "scan", "accept", "off", "send", "send", "send", "visit", "leave")):
            case "say":
                await platform.say(openid, "你好")
            case "tap":
                await platform.say(openid, "诊所信息", menu_id="CLINIC_INFO")
            case "scan":
                await platform.scan(openid, "desk")
            case "accept":
                await platform.answer_notice(openid, ["NTC_CARE", "NTC_VISIT"])
            case "off":
                await platform.switch_off_notice(openid, "NTC_CARE")
            case "send":
                await post.send(openid, CARE_CARD)
            case "visit":
                await post.send(openid, VISIT_CARD)
            case "leave":
                await platform.unfollow(openid)

    for _ in range(80):
        await post.pass_by(timedelta(seconds=dice.choice((1, 5, 40, 90, 3600, 30 * 3600))))
        hour = clinic.now.astimezone(clinic.house.services.clinic.timezone).hour
        if not 9 <= hour < 20:
            await post.pass_by(timedelta(hours=12))
        openid = dice.choice(openids)
        await do(openid)
        for each in openids:
            left, _ = platform.rights(each)
            page = await post.rights(each)
            open_now = page.customer_until is not None and page.customer_until > clinic.now
            assert (page.customer_left if open_now else 0) == left
            granted = {name: number for name, number in platform.people[each].grants.items() if number}
            assert {name: number for name, number in page.grants.items() if number} == granted
    refused = {line.code for line in platform.traffic if line.direction == "api" and line.code}
    assert refused <= {42001}  # the platform's time was moved, so its tokens end early; nothing else was refused
    assert {row["state"] for row in await clinic.rows("outbox")} <= {"accepted", "delivered"}
