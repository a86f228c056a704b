"""A blocked patient, through the front door: who hears what, what goes on, and how it ends (A2-33)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from tests.scenarios.conftest import Clinic
from tests.scenarios.talking import answer, colleague, contact_id_of, open_episode, take
from wxbot.actors import Actor
from wxbot.conversations.models import Cause, EndingKind
from wxbot.errors import ContactBlockedError, FieldErrors, ForbiddenError
from wxbot.followups.models import FollowUpKind
from wxbot.history.models import Kind
from wxbot.patients.models import ConsentTopic
from wxbot.staff.permissions import Role
from wxbot.workflow import NotNowError

FIRST = "对不起，我非常理解您的心情。为了帮您解决问题，请您慢慢说好吗？我会尽全力帮您解决。"
LAST = "请您使用文明语言，否则很抱歉，我们将结束这次对话。"
KIND = "暂时不能由同事为您回复"


async def insulting(clinic: Clinic, warnings: Sequence[str] = (FIRST, LAST)) -> tuple[str, Actor]:
    """A patient who insults after those warnings, and a supervisor."""
    openid, by = await clinic.person(), await colleague(clinic)
    boss = await colleague(clinic, Role.MANAGER)
    await clinic.say(openid, "人工")
    await take(clinic, openid, by)
    for words in warnings:
        await clinic.say(openid, "傻逼")
        await answer(clinic, openid, words, by)
    await clinic.say(openid, "傻逼")
    return openid, boss


async def blocked(clinic: Clinic, until: datetime | None = None) -> tuple[str, Actor]:
    openid, boss = await insulting(clinic)
    await block(clinic, openid, boss, until)
    return openid, boss


async def block(clinic: Clinic, openid: str, by: Actor, until: datetime | None = None) -> None:
    await clinic.app.services.blocks.block(
        await contact_id_of(clinic, openid),
        reason="两次提醒后仍然辱骂",
        until=until or clinic.now + timedelta(days=7),
        by=by,
        now=clinic.now,
    )


async def asked_for(clinic: Clinic) -> int:
    """Episodes and tasks for a person that are open."""
    open_ones = await clinic.rows("episodes", {"state": {"$ne": "closed"}})
    return len(open_ones) + len(await clinic.rows("followups", {"kind": "handoff", "state": "open"}))


async def test_a_block_needs_both_warnings_a_supervisor_a_reason_and_a_date_in_reach(clinic: Clinic) -> None:
    openid, boss = await insulting(clinic, (FIRST,))
    with pytest.raises(NotNowError, match="两次提醒"):
        await block(clinic, openid, boss)
    other, _ = await insulting(clinic)
    with pytest.raises(ForbiddenError):
        await block(clinic, other, await colleague(clinic))
    contact_id = await contact_id_of(clinic, other)
    for reason, until in (("", timedelta(days=1)), ("辱骂", timedelta(days=91)), ("辱骂", timedelta(0))):
        with pytest.raises(FieldErrors):
            await clinic.app.services.blocks.block(
                contact_id, reason=reason, until=clinic.now + until, by=boss, now=clinic.now
            )
    assert (await clinic.app.services.patients.contacts([contact_id]))[contact_id].block is None


async def test_the_open_talk_ends_as_nobodys_fault_and_the_block_is_noted(clinic: Clinic) -> None:
    openid, boss = await blocked(clinic)
    [row] = await clinic.rows("episodes")
    assert (row["state"], row["ending"]["kind"], row["ending"]["after_warnings"]) == ("closed", "agent", True)
    assert len(row["ending"]["evidence"]) == 2
    assert await asked_for(clinic) == 0
    [line] = [line for line in await clinic.story(openid) if line.kind is Kind.CONTACT_BLOCKED]
    assert line.by == boss.by
    assert "两次提醒后仍然辱骂" in (line.text or "")
    [entry] = await clinic.rows("audit", {"action": "contact:blocked"})
    assert (entry["reason"], entry["by"]) == ("两次提醒后仍然辱骂", boss.by)
    await clinic.move(timedelta(minutes=1))
    assert not [seen for seen in clinic.sent_to(openid) if "满意吗" in (seen.text or "")]


async def test_nothing_rings_the_words_are_kept_and_the_patient_is_told_once_a_day(clinic: Clinic) -> None:
    openid, _ = await blocked(clinic)
    told = await clinic.say(openid, "人工")
    assert KIND in told
    assert clinic.app.services.clinic.phone in told
    for words in ("人工", "转人工", "你们这些废物客服怎么不说话", "人工"):
        assert KIND not in await clinic.say(openid, words)
    push = await clinic.platform.send_image(openid)
    assert (push.ok, push.reply) == (True, None)
    assert await clinic.tap_menu(openid, "HUMAN") == ""
    await clinic.move(timedelta(minutes=10))
    assert await asked_for(clinic) == 0
    said = [line.text for line in await clinic.story(openid) if line.kind is Kind.MESSAGE_RECEIVED]
    assert said.count("人工") == 4  # before the block, and three times since
    await clinic.move(timedelta(days=1))
    assert KIND in await clinic.say(openid, "人工")


async def test_what_is_twice_not_understood_calls_nobody(clinic: Clinic) -> None:
    openid, _ = await blocked(clinic)
    answers = [await clinic.say(openid, words) for words in ("阿巴阿巴", "阿巴阿巴阿巴", "阿巴")]
    assert any(KIND in each for each in answers)
    assert await asked_for(clinic) == 0


async def test_danger_is_never_blocked(clinic: Clinic) -> None:
    openid, boss = await blocked(clinic)
    told = await clinic.say(openid, "拔牙的地方一直在流血止不住")
    assert told
    assert KIND not in told
    episode = await open_episode(clinic, openid)
    assert episode is not None
    assert episode.cause is Cause.DANGER
    assert len(await clinic.rows("followups", {"kind": FollowUpKind.DANGER.value, "state": "open"})) == 1
    assert KIND not in await clinic.say(openid, "人工")  # somebody is there for them now
    with pytest.raises(NotNowError):
        await clinic.app.services.blocks.block(
            await contact_id_of(clinic, openid), reason="辱骂", until=None, by=boss, now=clinic.now
        )


async def test_stop_resume_bookings_and_questions_go_on(clinic: Clinic) -> None:
    openid, _ = await blocked(clinic)
    contacts = clinic.app.services.patients.contacts_by_openid
    await clinic.say(openid, "退订")
    assert not (await contacts([openid]))[openid].allows(ConsentTopic.CARE)
    await clinic.say(openid, "恢复")
    assert (await contacts([openid]))[openid].allows(ConsentTopic.CARE)
    await clinic.tap_menu(openid, "BOOK")
    for words in ("洁牙", "明天", "下午三点"):
        said = await clinic.say(openid, words)
    if said.startswith("请您核对"):
        await clinic.say(openid, "可以")
    assert len(await clinic.rows("appointments")) == 1
    assert clinic.app.services.clinic.address in await clinic.say(openid, "诊所信息")


async def test_a_stop_that_says_more_is_confirmed_and_calls_nobody(clinic: Clinic) -> None:
    openid, _ = await blocked(clinic)
    assert "已为您停止" in await clinic.say(openid, "别再给我发消息了，烦死了，还有我的发票呢")
    assert await asked_for(clinic) == 0


async def test_a_complaint_is_a_task_and_no_talk(clinic: Clinic) -> None:
    openid, _ = await blocked(clinic)
    assert "48 小时" in await clinic.say(openid, "我要投诉你们医院")
    assert len(await clinic.rows("followups", {"kind": "complaint", "state": "open"})) == 1
    assert await open_episode(clinic, openid) is None


async def test_it_ends_with_its_date_and_no_job(clinic: Clinic) -> None:
    openid, boss = await blocked(clinic, clinic.now + timedelta(days=2))
    assert [each.openid for each in await clinic.app.services.blocks.listed(by=boss, now=clinic.now)] == [openid]
    await clinic.move(timedelta(days=2, seconds=1))
    assert await clinic.app.services.blocks.listed(by=boss, now=clinic.now) == []
    assert KIND not in await clinic.say(openid, "人工")
    assert await open_episode(clinic, openid) is not None


async def test_it_is_lifted_by_a_supervisor_and_noted(clinic: Clinic) -> None:
    openid, boss = await blocked(clinic)
    contact_id = await contact_id_of(clinic, openid)
    blocks = clinic.app.services.blocks
    with pytest.raises(ForbiddenError):
        await blocks.lift(contact_id, by=await colleague(clinic), now=clinic.now)
    await blocks.lift(contact_id, reason="患者道歉了", by=boss, now=clinic.now)
    with pytest.raises(NotNowError):
        await blocks.lift(contact_id, by=boss, now=clinic.now)
    assert [line.text for line in await clinic.story(openid) if line.kind is Kind.CONTACT_UNBLOCKED] == ["患者道歉了"]
    assert len(await clinic.rows("audit", {"action": "contact:unblocked"})) == 1
    await clinic.say(openid, "人工")
    assert await open_episode(clinic, openid) is not None


async def test_nobody_begins_a_talk_with_a_blocked_patient_by_mistake(clinic: Clinic) -> None:
    openid, _ = await blocked(clinic)
    with pytest.raises(ContactBlockedError) as refused:
        await clinic.app.services.chat.desk.start(
            await contact_id_of(clinic, openid), by=await colleague(clinic), now=clinic.now
        )
    assert "先解除" in refused.value.sentence


async def test_a_promise_to_a_blocked_patient_rings_nowhere(clinic: Clinic) -> None:
    openid, by = await clinic.person(), await colleague(clinic)
    boss = await colleague(clinic, Role.MANAGER)
    await clinic.say(openid, "人工")
    await take(clinic, openid, by)
    await answer(clinic, openid, "我半小时内回复您。", by)
    for words in (FIRST, LAST):
        await clinic.say(openid, "傻逼")
        await answer(clinic, openid, words, by)
    await block(clinic, openid, boss)
    await clinic.move(timedelta(minutes=40))
    await clinic.app.runner.run_now("run_desk")
    assert await asked_for(clinic) == 0


async def test_it_survives_a_merge_of_records_and_goes_with_an_erasure(clinic: Clinic) -> None:
    openid, boss = await blocked(clinic)
    services = clinic.app.services
    contact = (await services.patients.contacts_by_openid([openid]))[openid]
    gone = await services.patients.self_patient(contact, clinic.now)
    other = await services.patients.contact_by_openid(await clinic.person("小王"))
    assert other is not None
    kept = await services.patients.self_patient(other, clinic.now)
    revisions = (kept.revision, gone.revision)
    await services.merges.merge(kept.id, gone.id, {}, revisions=revisions, by=boss, now=clinic.now)
    assert KIND in await clinic.say(openid, "人工")
    assert (await services.patients.contacts([contact.id]))[contact.id].block is not None
    await clinic.platform.unfollow(openid)
    await clinic.move(timedelta(days=4))
    [row] = await clinic.rows("contacts", {"_id": contact.id})
    assert (row["erased_at"] is not None, row["block"], row["survey"]) == (True, None, None)
    assert await services.blocks.listed(by=await colleague(clinic, Role.MANAGER), now=clinic.now) == []


async def test_the_ending_kind_of_a_block_is_no_fault(clinic: Clinic) -> None:
    await blocked(clinic)
    await clinic.app.runner.run_now("measure_episodes")
    [row] = await clinic.rows("episode_figures")
    assert (row["ending"], row["after_warnings"], row["left_unanswered"]) == (EndingKind.AGENT.value, True, False)
