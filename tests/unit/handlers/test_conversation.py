"""While a colleague has the chat: what the bot leaves to them, and what it still does."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.unit.handlers.test_fallback import MESSAGES
from wxbot.conversations.models import Cause, EpisodeState
from wxbot.dispatch import updates as u
from wxbot.staff.models import AccountId


async def take(chat: Any) -> None:
    """A colleague has it."""
    if chat.services.chat.desk.episode is None:
        await chat.say("人工")
    episode = chat.services.chat.desk.episode
    chat.services.chat.desk.episode = replace(
        episode, state=EpisodeState.ASSIGNED, owner=AccountId("a1"), owner_since=chat.now
    )
    chat.services.chat.desk.opened.clear()
    chat.services.followups.opened.clear()


@pytest.mark.parametrize(
    "words", ["我的牙套松了", "预约", "人工", "诊所信息", "1", "好的", "取消", "你们听不懂人话吗", "呜啦呜啦", "不用了"]
)
@pytest.mark.parametrize("before", [(), ("预约",), ("修改姓名",), ("预约", "洁牙")])
async def test_typed_words_are_for_the_colleague_whatever_question_was_open(
    chat: Any, words: str, before: tuple[str, ...]
) -> None:
    await chat.say("人工")
    for each in before:
        await chat.say(each)
    await take(chat)
    chat.dialog = None  # as the worker lets typed words meet it (dispatch/talks.py)
    assert await chat.say(words) is None
    assert chat.services.followups.opened == []


@pytest.mark.parametrize("kind", [u.ImageMessage, u.VoiceMessage, u.VideoMessage, u.LocationMessage, u.LinkMessage])
async def test_photos_and_voices_are_for_the_colleague(chat: Any, kind: type[u.Update]) -> None:
    await take(chat)
    assert await chat.send(kind, **MESSAGES[kind]) is None
    assert chat.services.followups.opened == []


async def test_a_refusal_is_heeded_and_said(chat: Any) -> None:
    await take(chat)
    await chat.say("退订")
    assert (chat.template, chat.reply.beside_a_person) == ("consent.stopped", True)
    assert [what for what, _ in chat.services.patients.asked] == ["stop"]
    await chat.say("退订，另外想约明天洗牙")
    assert (chat.template, chat.services.followups.opened) == ("consent.stopped", [])


async def test_taps_and_the_menu_lead_where_they_always_do(chat: Any) -> None:
    await take(chat)
    assert await chat.tap("CLINIC_INFO") is not None
    assert await chat.say("预约", menu_id="BOOK") is not None
    assert await chat.tap("HUMAN") == "同事正在为您服务，请直接留言。"
    assert chat.services.followups.opened == []


@pytest.mark.parametrize(
    ("words", "cause"),
    [("人工", Cause.ASKED), ("你听不懂人话吗", Cause.ANGRY)],
)
async def test_every_call_for_a_person_opens_an_episode_with_its_cause_and_words(
    chat: Any, words: str, cause: Cause
) -> None:
    await chat.say(words)
    [opened] = chat.services.chat.desk.opened
    assert (opened["cause"], opened["words"], opened["followup_id"]) == (cause, words, "t1")


async def test_a_photo_opens_an_episode_and_the_bot_goes_on(chat: Any) -> None:
    await chat.send(u.ImageMessage, **MESSAGES[u.ImageMessage])
    [opened] = chat.services.chat.desk.opened
    assert (opened["cause"], opened["words"]) == (Cause.MEDIA, "[图片]")
    assert await chat.say("诊所信息") is not None


async def test_the_patient_who_needs_nobody_any_more_ends_the_episode_too(chat: Any) -> None:
    await chat.say("人工")
    await chat.say("不用了")
    assert chat.services.chat.desk.episode is None


# -- closed hours ------------------------------------------------------------------------------------------------

EVENING = timedelta(hours=11, minutes=30)  # 22:00


async def test_in_closed_hours_the_waiting_are_told_once_when_somebody_answers(chat: Any) -> None:
    await chat.say("人工")
    await chat.say("牙套松了")
    chat.now += EVENING
    assert await chat.say("还在吗") == "明天 9:00 后回复您，急事请致电 0555-000-0188；危急情况请直接拨打 120。"
    assert await chat.say("急") is None
    chat.now += timedelta(hours=9, minutes=30)  # 7:30, the same stretch of closed hours
    assert await chat.say("早") == "收到，已一并转给同事。"


def heard(chat: Any, at: datetime) -> None:
    chat.services.chat.desk.episode = replace(chat.services.chat.desk.episode, patient_at=at)


async def test_in_closed_hours_a_patient_with_an_absent_colleague_is_told_once(chat: Any) -> None:
    await take(chat)
    chat.now += EVENING
    assert "明天 9:00 后回复您" in str(await chat.say("还在吗"))
    assert chat.reply.beside_a_person
    heard(chat, chat.now)
    chat.now += timedelta(hours=1)
    assert await chat.say("急") is None


async def test_a_colleague_who_answers_in_closed_hours_is_not_spoken_over(chat: Any) -> None:
    await take(chat)
    chat.now += EVENING
    episode = chat.services.chat.desk.episode
    chat.services.chat.desk.episode = replace(episode, staff_at=chat.now - timedelta(minutes=5))
    assert await chat.say("还在吗") is None
    chat.services.chat.desk.episode = replace(episode, owner_since=chat.now - timedelta(minutes=5))
    assert await chat.say("还在吗") is None
