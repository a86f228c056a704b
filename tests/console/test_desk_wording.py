"""会话 as a receptionist reads it: each thing is said once, to whom it concerns, in words that say what to do."""

from datetime import timedelta

import pytest

from tests.console.conftest import Browser, Clinic, SignIn
from tests.console.test_desk_pages import DESK, actor, contact_of, taken, waiting
from wxbot.actors import COMMAND_LINE
from wxbot.conversations.models import AgentStatus
from wxbot.history.models import ContactId
from wxbot.staff.permissions import Role

ANSWER = "您好，种植牙一般三到六个月。"


async def at_the_desk(browser: Browser) -> None:
    """Say that they are there, with a sign of life."""
    await browser.post(f"{DESK}/here", {"device": "d" * 24, "contact": ""})
    await browser.post(f"{DESK}/status", {"status": AgentStatus.AVAILABLE.value}, htmx=True)


async def called(clinic: Clinic) -> ContactId:
    """A patient who asked for a person in WeChat."""
    openid = await clinic.person("小林")
    await clinic.say(openid, "人工")
    return await contact_of(clinic, openid)


async def answered(clinic: Clinic, browser: Browser, contact_id: ContactId) -> None:
    await taken(browser, contact_id)
    await browser.post(f"{DESK}/{contact_id}/reply", {"text": ANSWER, "key": "k1"}, htmx=True)
    await clinic.move(timedelta(seconds=10))
    await clinic.app.runner.run_now("deliver_outbox")


async def test_an_offer_says_to_whom_it_is_made(clinic: Clinic, sign_in: SignIn) -> None:
    offered, other = await sign_in(Role.RECEPTION), await sign_in(Role.CONSULTANT)
    await at_the_desk(offered)
    await waiting(clinic)
    await clinic.app.runner.run_now("run_desk")
    assert (await offered.get(f"{DESK}/list")).shows("派给您，请接待")
    page = await other.get(f"{DESK}/list")
    assert page.shows("已派给同事")
    assert "派给您" not in page.text


async def test_who_was_paused_for_missed_offers_is_told_why_and_what_to_do(clinic: Clinic, sign_in: SignIn) -> None:
    desk = await sign_in(Role.RECEPTION)
    await at_the_desk(desk)
    await waiting(clinic)
    rules = clinic.app.services.chat.rules
    for _ in range(rules.pause_after_missed + 1):
        await clinic.app.runner.run_now("run_desk")
        await clinic.move(rules.offer_for + timedelta(seconds=1))
    await clinic.app.runner.run_now("run_desk")
    assert (await desk.get(f"{DESK}/list")).shows("为您设为小休", "请点「在线」")
    manager = await sign_in(Role.MANAGER)
    assert (await manager.get(f"{DESK}/list")).shows("次没有接，已转为小休")
    await at_the_desk(desk)
    assert "为您设为小休" not in (await desk.get(f"{DESK}/list")).text


async def test_a_long_wait_is_told_in_hours(clinic: Clinic, admin: Browser) -> None:
    await waiting(clinic)
    await clinic.move(timedelta(minutes=75))
    assert (await admin.get(f"{DESK}/list")).shows("1小时15分")


async def test_out_of_turn_is_offered_only_to_who_was_told_that_others_wait(clinic: Clinic, admin: Browser) -> None:
    await waiting(clinic, "先来的")
    await clinic.move(timedelta(seconds=5))
    later = await waiting(clinic, "后来的")
    assert "插队接待" not in (await admin.get(f"{DESK}/{later}")).text
    page = await admin.post(f"{DESK}/{later}/take")
    assert page.shows("插队接待")


async def test_a_thread_says_once_that_a_person_is_needed(clinic: Clinic, admin: Browser) -> None:
    contact_id = await called(clinic)
    page = await admin.get(f"{DESK}/{contact_id}")
    assert page.text.count("患者请求人工服务") == 1
    assert page.shows("需要人工", "关注了公众号")
    assert "[关注]" not in page.text
    assert "待办：" not in page.text


@pytest.mark.parametrize("who", [Role.RECEPTION, Role.MANAGER])
async def test_an_answer_that_arrived_is_shown_without_the_reason_for_its_channel(
    clinic: Clinic, sign_in: SignIn, who: Role
) -> None:
    desk = await sign_in(who)
    contact_id = await waiting(clinic)
    await answered(clinic, desk, contact_id)
    page = await desk.get(f"{DESK}/{contact_id}")
    assert page.shows(ANSWER)
    assert "客服消息窗口" not in page.text


async def test_a_hand_over_begins_with_what_the_patient_asked(clinic: Clinic, sign_in: SignIn) -> None:
    desk, other = await sign_in(Role.RECEPTION), await sign_in(Role.CONSULTANT)
    await at_the_desk(other)
    contact_id = await waiting(clinic, words="种植牙大概要多久")
    await answered(clinic, desk, contact_id)
    page = await desk.get(f"{DESK}/{contact_id}/ask/hand-over", htmx=True)
    assert page.shows('value="种植牙大概要多久"')
    assert '<option value="" selected>' not in page.text
    presence, by = clinic.app.services.chat.presence, await actor(clinic, "consultant")
    await presence.set_status(AgentStatus.LUNCH, by=by, now=clinic.now)
    page = await desk.get(f"{DESK}/{contact_id}/ask/hand-over", htmx=True)
    assert page.shows('<option value="" selected>')  # nobody is there to take it


async def test_the_end_of_a_shift_is_reached_from_the_desk_and_names_the_patients(
    clinic: Clinic, sign_in: SignIn
) -> None:
    desk = await sign_in(Role.RECEPTION)
    contact_id = await waiting(clinic)
    await taken(desk, contact_id)
    record = await clinic.app.services.records.record_for(contact_id, by=COMMAND_LINE, now=clinic.now)
    await clinic.app.services.records.edit(
        record.id, {"name": "张桂兰"}, revision=record.revision, by=COMMAND_LINE, now=clinic.now
    )
    assert (await desk.get(DESK)).shows(f'href="{DESK}/sign-off"')
    page = await desk.post(f"{DESK}/status", {"status": AgentStatus.AWAY.value}, htmx=True)
    assert page.shows("再离线", "去交接")
    assert (await desk.get(f"{DESK}/sign-off")).shows("张桂兰")


async def test_somebody_without_a_record_is_one_click_from_one(clinic: Clinic, admin: Browser) -> None:
    contact_id = await called(clinic)
    assert (await admin.get(f"{DESK}/{contact_id}")).shows(f'href="/console/contacts/{contact_id}"', "建档")


async def test_who_may_not_end_a_talk_is_offered_a_hand_over_instead(clinic: Clinic, sign_in: SignIn) -> None:
    desk, manager = await sign_in(Role.RECEPTION), await sign_in(Role.MANAGER)
    contact_id = await waiting(clinic)
    await taken(desk, contact_id)
    page = await desk.get(f"{DESK}/{contact_id}/ask/close", htmx=True)
    assert page.shows("需要主管来结束", f'href="{DESK}/{contact_id}/ask/hand-over"')
    assert ">结束会话</button>" not in page.text
    await manager.post(f"{DESK}/{contact_id}/take-over", {"reason": "处理投诉"})
    assert (await manager.get(f"{DESK}/{contact_id}/ask/close", htmx=True)).shows(
        ">结束会话</button>", "主管说明的原因"
    )


@pytest.mark.parametrize("name", ["waiting", "mine", "all", "later"])
async def test_every_list_opens_with_a_talk_in_every_state(clinic: Clinic, admin: Browser, name: str) -> None:
    for number, then in enumerate(("", "take", "snooze", "close")):
        contact_id = await waiting(clinic, f"患者{number}")
        if then:
            await admin.post(f"{DESK}/{contact_id}/take", {"reason": "患者在门口"}, htmx=True)
        if then == "snooze":
            await admin.post(f"{DESK}/{contact_id}/snooze", {"why": "等片子", "minutes": "30"}, htmx=True)
        if then == "close":
            await admin.post(f"{DESK}/{contact_id}/close", {"note": "好了", "reason": "已电话说清"}, htmx=True)
    page = await admin.get(f"{DESK}/list?list={name}")
    assert page.status == 200
    assert page.shows("data-open=")


async def test_a_supervisor_who_is_paused_reads_it_once(clinic: Clinic, sign_in: SignIn) -> None:
    manager = await sign_in(Role.MANAGER)
    await at_the_desk(manager)
    await waiting(clinic)
    rules = clinic.app.services.chat.rules
    for _ in range(rules.pause_after_missed + 1):
        await clinic.app.runner.run_now("run_desk")
        await clinic.move(rules.offer_for + timedelta(seconds=1))
    await clinic.app.runner.run_now("run_desk")
    page = await manager.get(f"{DESK}/list")
    assert page.shows("为您设为小休")
    assert "已转为小休" not in page.text


async def test_who_must_practise_reads_at_the_desk_why_nobody_comes(clinic: Clinic, sign_in: SignIn) -> None:
    manager, desk = await sign_in(Role.MANAGER), await sign_in(Role.RECEPTION)
    new = await actor(clinic, "reception")  # never at the desk
    page = await manager.get("/console/quality/practice")
    assert page.shows(f'<option value="{new.id}">{new.name}</option>')
    page = await manager.post("/console/quality/practice/require", {"account": new.id})
    assert page.shows(f"{new.name}（练习期）")
    assert (await desk.get(DESK)).shows("您在练习期", 'href="/console/quality/practice"')
    page = await desk.post(
        "/console/quality/practice", {"case": clinic.app.services.review.practices.rules.cases[0].id}
    )
    page = await desk.post(f"{page.path}/finish")
    assert page.shows("没有通过")
    assert 'class="done"' not in page.text  # what failed is no success
