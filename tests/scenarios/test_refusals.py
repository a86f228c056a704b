"""Each refusal of the platform has its own consequence; silence is repeated only where nobody gets it twice."""

from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest

from tests.scenarios.conftest import Clinic
from tests.scenarios.outgoing import CARE_CARD, CUSTOMER, NO_CARD, TEMPLATE, TOKEN, VISIT_CARD, Post, vias


@pytest.fixture
def post(clinic: Clinic) -> Post:
    clinic.stand_still()  # pauses of a second must not pass while a slow machine works
    return Post(clinic)


# code on custom/send → state, reason, follow-ups, still following, refuses messages
REFUSALS: dict[int, tuple[str, str, list[str], bool, bool]] = {
    -1: ("waiting", "-1", [], True, False),
    -1000: ("waiting", "-1000", [], True, False),
    40003: ("failed", "40003", ["phone"], False, False),
    43004: ("failed", "43004", ["phone"], False, False),
    50005: ("failed", "50005", ["phone"], False, False),
    48002: ("failed", "48002", ["phone"], True, True),
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
    post.clinic.platform.faults.add(CUSTOMER, code=40001, times=2)  # and the token is the same when asked for again
    message = await post.send(openid)
    assert (message.state, message.reason) == ("waiting", "40001")
    assert await post.tasks("check") == []  # once may be an accident
    await post.pass_by(timedelta(seconds=6))
    await post.deliver()
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


DOUBTFUL = {
    "a token refused and no other to be had": {"code": 40001},
    "a redirection": {"status": 302},
    "no such page": {"status": 404},
}


@pytest.mark.parametrize("fault", DOUBTFUL.values(), ids=DOUBTFUL)
async def test_one_strange_refusal_only_makes_the_channel_pause_for_a_moment(post: Post, fault: dict[str, Any]):
    openid, other = await post.talks("一"), await post.talks("二")
    post.clinic.platform.faults.add(CUSTOMER, **fault)
    waiting = [await post.send(openid, NO_CARD), await post.send(other, NO_CARD)]
    assert [message.state for message in waiting] == ["waiting", "waiting"]
    assert await post.clinic.rows("followups") == []
    assert (await ready(post))["channels"]["ok"]
    await post.pass_by(timedelta(seconds=6))
    await post.deliver()
    assert [vias(post.clinic.sent_to(each)) for each in (openid, other)] == [["customer"], ["customer"]]
    assert await post.clinic.rows("followups") == []


@pytest.mark.parametrize("fault", DOUBTFUL.values(), ids=DOUBTFUL)
async def test_the_second_one_rests_the_channel_calls_an_operator_and_readiness_says_so(
    post: Post, fault: dict[str, Any]
):
    openid = await post.talks()
    post.clinic.platform.faults.add(CUSTOMER, **fault, times=2)
    message = await post.send(openid, NO_CARD)
    await post.pass_by(timedelta(seconds=6))
    await post.deliver()
    again = await post.found(message.key)
    assert (again.state, again.due_at - post.clinic.now > timedelta(minutes=20)) == ("waiting", True)
    assert [task["kind"] for task in await post.clinic.rows("followups")] == ["check"]
    part = (await ready(post))["channels"]
    assert part["ok"] is False
    assert "customer" in part["problem"]
    await post.pass_by(timedelta(minutes=31))
    await post.deliver()
    assert vias(post.clinic.sent_to(openid)) == ["customer"]
    assert (await ready(post))["channels"]["ok"]


async def ready(post: Post) -> dict[str, Any]:
    """The parts of /readyz."""
    async with aiohttp.ClientSession() as http, http.get(f"{post.clinic.url}/readyz") as response:
        parts: dict[str, Any] = (await response.json())["parts"]
        return parts
