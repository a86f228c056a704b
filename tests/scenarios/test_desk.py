"""A patient and a person, through the front door: who answers when, and that the bot never speaks over anybody."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from handlers import ROUTERS
from tests.scenarios.conftest import Clinic, OpenClinic
from tests.scenarios.talking import answer, close, colleague, contact_id_of, episode_of, open_episode, take
from wxbot.actors import SYSTEM
from wxbot.conversations.episodes.handoff_tasks import refuse_while_open
from wxbot.conversations.models import Cause, EndingKind, EpisodeState, Priority
from wxbot.dispatch.context import Context, Reply
from wxbot.dispatch.router import Route, Router
from wxbot.dispatch.updates import TextMessage
from wxbot.followups.models import FollowUpId
from wxbot.patients.models import ConsentTopic
from wxbot.staff.permissions import Role
from wxbot.workflow import NotNowError

BOT_AGAIN = "人工服务已结束"
TOLD = "明天 9:00 后回复您"


async def talking(clinic: Clinic) -> tuple[str, Any]:
    """A patient whose chat a colleague has, and the colleague."""
    openid = await clinic.person()
    by = await colleague(clinic)
    await clinic.say(openid, "人工")
    await take(clinic, openid, by)
    return openid, by


async def by_the_bot(clinic: Clinic, openid: str) -> list[str]:
    return [line.text or "" for line in await clinic.story(openid) if line.by == "bot"]


# -- the whole way ------------------------------------------------------------------------------------------------


async def test_asked_for_taken_answered_closed_and_the_bot_speaks_again(clinic: Clinic) -> None:
    openid, by = await colleague_and_patient(clinic)
    assert await clinic.say(openid, "人工") == "我们在，稍后回复您。"
    waiting = await episode_of(clinic, openid)
    assert (waiting.state, waiting.cause, waiting.preview) == (EpisodeState.WAITING, Cause.ASKED, "人工")
    assert await clinic.say(openid, "我的牙套松了") == "收到，已一并转给同事。"
    await take(clinic, openid, by)
    said = len(await by_the_bot(clinic, openid))
    for words in ("在吗", "预约", "明天下午三点", "1", "诊所信息"):
        assert await clinic.say(openid, words) == ""
    assert (await episode_of(clinic, openid)).unread == 7
    await answer(clinic, openid, "您好，牙套松了请尽快过来看一下。", by)
    assert clinic.sent_to(openid, "customer")[-1].text == "您好，牙套松了请尽快过来看一下。"
    assert len(await by_the_bot(clinic, openid)) == said
    assert (await episode_of(clinic, openid)).waiting_since is None
    await close(clinic, openid, by)
    [task] = await clinic.rows("followups", {"kind": "handoff"})
    assert (task["state"], task["outcome"]) == ("done", "问候结束：已回复")
    again = await clinic.say(openid, "你好")
    assert BOT_AGAIN in again
    assert "有什么可以帮您" in again
    assert BOT_AGAIN not in await clinic.say(openid, "你好")


async def colleague_and_patient(clinic: Clinic) -> tuple[str, Any]:
    by = await colleague(clinic)
    return await clinic.person(), by


async def test_a_contact_for_whom_nobody_was_needed_costs_no_read(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = clinic.app.services.chat.desk
    for name in ("of_contact", "get", "heard"):
        monkeypatch.setattr(desk, name, _refused)
    openid = await clinic.person()
    assert "有什么可以帮您" in await clinic.say(openid, "你好")
    assert await clinic.book(openid, "洁牙", "明天", "下午三点")
    await clinic.tap_menu(openid, "MY_APPOINTMENTS")
    assert await clinic.rows("followups") == []


def _refused(*_: object, **__: object) -> None:
    raise AssertionError("nobody was needed for this contact")


async def test_the_last_words_of_a_talk_need_no_answer(clinic: Clinic) -> None:
    openid, by = await talking(clinic)
    await answer(clinic, openid, "不客气，再见。", by)
    await close(clinic, openid, by)
    for words in ("好的谢谢", "拜拜"):
        assert await clinic.say(openid, words) == ""
    assert BOT_AGAIN in await clinic.say(openid, "诊所信息")


async def test_after_a_talk_typed_words_answer_no_question_from_before_it(clinic: Clinic) -> None:
    openid = await clinic.person()
    by = await colleague(clinic)
    await clinic.say(openid, "人工")
    await clinic.say(openid, "预约")
    assert (await clinic.say(openid, "周明远医生明天上午十点口腔检查")).startswith("请您核对")
    await take(clinic, openid, by)
    await answer(clinic, openid, "您好，我来帮您约。", by)
    await close(clinic, openid, by)
    await clinic.say(openid, "可以")
    assert await clinic.rows("appointments") == []


async def test_after_a_talk_a_question_that_a_tap_has_opened_is_answered_in_words(clinic: Clinic) -> None:
    openid, by = await talking(clinic)
    await answer(clinic, openid, "您好，再见。", by)
    await close(clinic, openid, by)
    assert BOT_AGAIN in await clinic.tap_menu(openid, "BOOK")
    assert "请" in await clinic.say(openid, "周明远医生明天上午十点口腔检查")
    await clinic.say(openid, "可以")
    assert len(await clinic.rows("appointments")) == 1


async def test_who_asks_for_a_person_again_reaches_one(clinic: Clinic) -> None:
    openid, by = await talking(clinic)
    await answer(clinic, openid, "您好。", by)
    first = await close(clinic, openid, by)
    assert await clinic.say(openid, "人工") == "我们在，稍后回复您。"
    second = await episode_of(clinic, openid)
    assert (second.id != first.id, second.first_reply_at) == (True, None)


async def test_who_needs_nobody_any_more_ends_it(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.say(openid, "人工")
    episode = await episode_of(clinic, openid)
    assert await clinic.say(openid, "不用了") == "好的，那就不打扰您了。需要时随时回复「人工」。"
    ended = await clinic.app.services.chat.desk.get(episode.id, by=SYSTEM)
    assert (ended.state, ended.ending and ended.ending.kind) == (EpisodeState.CLOSED, EndingKind.CLIENT)
    [task] = await clinic.rows("followups", {"kind": "handoff"})
    assert (task["state"], task["outcome"]) == ("done", "患者表示不用了")
    assert BOT_AGAIN not in await clinic.say(openid, "你好")


# -- what still works while a person has it -----------------------------------------------------------------------


async def test_a_danger_sign_is_advised_during_a_chat_and_raises_it(clinic: Clinic) -> None:
    openid, _ = await talking(clinic)
    advice = await clinic.say(openid, "拔牙后一直出血怎么办")
    assert "120" in advice
    episode = await episode_of(clinic, openid)
    assert (episode.priority, episode.state) == (Priority.URGENT, EpisodeState.ASSIGNED)
    assert await clinic.say(openid, "还在流") == ""


async def test_a_refusal_counts_and_is_confirmed_during_a_chat(clinic: Clinic) -> None:
    openid, _ = await talking(clinic)
    assert "已为您停止" in await clinic.say(openid, "退订")
    contact = await clinic.app.services.patients.contact_by_openid(openid)
    assert contact is not None
    assert not contact.allows(ConsentTopic.CARE)
    assert len(await clinic.rows("followups")) == 1


async def test_a_complaint_during_a_chat_opens_its_case_and_the_colleague_answers(clinic: Clinic) -> None:
    openid, by = await talking(clinic)
    assert await clinic.say(openid, "我要投诉") == ""
    [case] = await clinic.rows("followups", {"kind": "complaint", "state": "open"})
    assert [each["text"] for each in case["words"]] == ["我要投诉"]
    assert (await episode_of(clinic, openid)).priority is Priority.URGENT
    await answer(clinic, openid, "非常抱歉，请您说说经过。", by)
    await close(clinic, openid, by)
    assert len(await clinic.rows("followups", {"kind": "complaint", "state": "open"})) == 1


async def test_taps_and_the_menu_lead_where_they_always_do(clinic: Clinic) -> None:
    openid = await clinic.person()
    by = await colleague(clinic)
    await clinic.say(openid, "预约")
    offered = clinic.offered(openid)[0]
    await clinic.say(openid, "人工")
    await take(clinic, openid, by)
    assert "请" in await clinic.tap(openid, offered)
    assert "海棠" in await clinic.tap_menu(openid, "CLINIC_INFO")
    assert await clinic.tap_menu(openid, "HUMAN") == "同事正在为您服务，请直接留言。"
    assert await clinic.say(openid, "明天") == ""


async def test_a_photo_and_a_voice_join_the_thread(clinic: Clinic) -> None:
    openid, _ = await talking(clinic)
    before = (await episode_of(clinic, openid)).unread
    for send in (clinic.platform.send_image, clinic.platform.send_voice):
        push = await send(openid)
        assert (push.ok, push.reply) == (True, None)
    episode = await episode_of(clinic, openid)
    assert (episode.unread, episode.preview) == (before + 2, "[语音]")
    assert len(await clinic.rows("media")) == 2


async def test_a_photo_alone_brings_a_person(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.platform.send_image(openid)
    episode = await episode_of(clinic, openid)
    assert (episode.cause, episode.preview, episode.state) == (Cause.MEDIA, "[图片]", EpisodeState.WAITING)


@pytest.mark.parametrize("closer", ["好的谢谢", "👌", "没有了，谢谢医生"])
async def test_a_polite_closer_opens_no_clock(clinic: Clinic, closer: str) -> None:
    openid, by = await talking(clinic)
    await answer(clinic, openid, "请明天上午十点过来。", by)
    await clinic.say(openid, closer)
    episode = await episode_of(clinic, openid)
    assert (episode.waiting_since, episode.preview, episode.unread > 0) == (None, closer, True)
    await clinic.say(openid, "那要带什么吗")
    assert (await episode_of(clinic, openid)).waiting_since is not None


async def test_a_yes_to_a_colleagues_question_is_an_answer(clinic: Clinic) -> None:
    openid, by = await talking(clinic)
    await answer(clinic, openid, "明天上午十点可以吗？", by)
    await clinic.say(openid, "可以")
    assert (await episode_of(clinic, openid)).waiting_since is not None


# -- races --------------------------------------------------------------------------------------------------------


def slow(meanwhile: Any) -> tuple[Router, ...]:
    """The routers, and one before them whose handler is overtaken by what happens `meanwhile`."""

    async def handler(context: Context) -> Reply | None:
        await meanwhile(context)
        return Reply(template="fallback.greeting")

    return (Router(name="slow", routes=(Route(TextMessage, handler, (lambda it: it.words == "慢",)),)), *ROUTERS)


async def test_the_bot_does_not_speak_over_a_person_who_took_it_meanwhile(open_clinic: OpenClinic) -> None:
    clinics: list[Clinic] = []

    async def taken(context: Context) -> None:
        [it] = clinics
        await take(it, context.update.openid, await colleague(it))

    clinic = await open_clinic(routers=slow(taken))
    clinics.append(clinic)
    openid = await clinic.person()
    await clinic.platform.send_image(openid)  # a person is needed, and the bot goes on
    said = await by_the_bot(clinic, openid)
    assert await clinic.say(openid, "慢") == ""
    await clinic.move(timedelta(minutes=1))
    assert await by_the_bot(clinic, openid) == said
    assert [seen.text for seen in clinic.sent_to(openid, "customer") if "有什么可以帮您" in seen.text] == []


async def test_a_late_answer_of_the_bot_does_not_leave_once_a_person_has_it(open_clinic: OpenClinic) -> None:
    go_on = asyncio.Event()

    async def wait(_: Context) -> None:
        await go_on.wait()

    clinic = await open_clinic(routers=slow(wait), reply_within_seconds=0.2)
    clinic.app.services.outbox.wake = lambda: None  # type: ignore[method-assign] # the job alone delivers
    by = await colleague(clinic)
    openid = await clinic.person()
    await clinic.platform.send_image(openid)
    assert await clinic.say(openid, "慢") == ""  # too late for the push
    go_on.set()
    await clinic.app.dispatcher.drained()
    await take(clinic, openid, by)
    await clinic.move(timedelta(minutes=1))
    [row] = await clinic.rows("outbox", {"template": "fallback.greeting"})
    assert (row["state"], row["reason"]) == ("dropped", "with_a_person")
    assert [seen.text for seen in clinic.sent_to(openid, "customer") if "有什么可以帮您" in seen.text] == []


# -- closed hours -------------------------------------------------------------------------------------------------


async def test_closed_hours_are_told_once_in_each_stretch_of_them(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.say(openid, "人工")
    await clinic.move_to("2026-11-23 21:00")
    told = await clinic.say(openid, "还有人吗")
    assert TOLD in told
    assert "120" in told
    assert await clinic.say(openid, "急") == ""
    await clinic.move_to("2026-11-24 21:00")
    assert "后回复您" in await clinic.say(openid, "有人看到吗")
    assert await clinic.say(openid, "唉") == ""


async def test_closed_hours_are_told_when_the_colleague_who_has_it_has_left(clinic: Clinic) -> None:
    openid, by = await talking(clinic)
    await answer(clinic, openid, "好的，我看一下。", by)
    await clinic.move_to("2026-11-23 21:00")
    assert (await episode_of(clinic, openid)).with_a_person
    assert TOLD in await clinic.say(openid, "还有人吗")
    assert await clinic.say(openid, "急") == ""


# -- tasks, records, leaving --------------------------------------------------------------------------------------


async def test_the_task_of_an_open_conversation_is_not_closed_by_hand(clinic: Clinic) -> None:
    openid, by = await talking(clinic)
    [task] = await clinic.rows("followups", {"kind": "handoff"})
    services = clinic.app.services
    with pytest.raises(NotNowError):
        await refuse_while_open(services.followups, services.chat.desk, FollowUpId(task["_id"]))
    await close(clinic, openid, by, EndingKind.CLIENT)
    await refuse_while_open(services.followups, services.chat.desk, FollowUpId(task["_id"]))


async def test_a_merge_of_records_while_answering_leads_to_nobody_else(clinic: Clinic) -> None:
    openid, by = await talking(clinic)
    other = await clinic.person("小王")
    services, now = clinic.app.services, clinic.now
    kept = await services.patients.contacts([await contact_id_of(clinic, openid), await contact_id_of(clinic, other)])
    first, second = [await services.patients.self_patient(each, now) for each in kept.values()]
    boss = await colleague(clinic, Role.MANAGER)
    preview = await services.merges.preview(first.id, second.id, by=boss, now=now)
    revisions = (preview.survivor.patient.revision, preview.merged.patient.revision)
    await services.merges.merge(first.id, second.id, {}, revisions=revisions, by=boss, now=now)
    await answer(clinic, openid, "请您放心。", by)
    assert [seen.text for seen in clinic.sent_to(openid, "customer")][-1] == "请您放心。"
    assert clinic.sent_to(other, "customer") == []
    assert await clinic.say(openid, "好") == ""
    assert "有什么可以帮您" in await clinic.say(other, "你好")


async def test_who_unfollows_and_is_erased_during_a_chat_leaves_nothing_behind(clinic: Clinic) -> None:
    openid, by = await talking(clinic)
    contact_id = await contact_id_of(clinic, openid)
    await clinic.app.services.chat.notes.write(contact_id, "患者有点急", key="n1", by=by, now=clinic.now)
    await clinic.app.services.chat.drafts.keep(contact_id, "我正在写", note=False, edit=0, by=by, now=clinic.now)
    await clinic.platform.unfollow(openid)
    episode = await open_episode(clinic, openid)
    assert episode is not None
    assert episode.preview == "[取消关注]"
    await clinic.move(timedelta(days=3, minutes=31))
    ended = await clinic.app.services.chat.desk.get(episode.id, by=SYSTEM)
    assert (ended.state, ended.ending and ended.ending.kind) == (EpisodeState.CLOSED, EndingKind.SYSTEM)
    assert (ended.preview, await clinic.rows("conversation_notes"), await clinic.rows("drafts")) == ("", [], [])
    assert (await clinic.app.services.patients.contacts([contact_id]))[contact_id].conversation == ""
