"""A person is called, told what is needed, and everything that follows reaches them."""

from datetime import timedelta
from typing import Any

import pytest

from tests.unit.handlers.test_fallback import MESSAGES
from wxbot.dispatch import updates as u
from wxbot.followups.models import FollowUpKind


def words(chat: Any) -> list[str]:
    [task] = chat.services.followups.tasks.values()
    return [each.text for each in task.words]


@pytest.mark.parametrize("way", ["人工", "转人工", "人工服务！"])
async def test_asking_for_a_person_opens_a_task_with_the_words_and_answers_in_one_line(chat: Any, way: str) -> None:
    said = await chat.say(way)
    [opened] = chat.services.followups.opened
    assert (opened["kind"], opened["key"], opened["topic"]) == (FollowUpKind.HANDOFF, "handoff:k1", "person")
    assert words(chat) == [way]
    assert said == "我们在，稍后回复您。"


async def test_outside_the_hours_the_line_says_from_when(chat: Any) -> None:
    chat.now += timedelta(hours=2)  # 12:30 on a Friday: only the skin doctor's morning lasts to 12:30
    assert await chat.say("人工") == "今天 13:30 后回复您，急事请致电 0555-000-0188；危急情况请直接拨打 120。"
    chat.now += timedelta(hours=9, minutes=30)  # 22:00
    assert await chat.say("人工") == "明天 9:00 后回复您，急事请致电 0555-000-0188；危急情况请直接拨打 120。"


async def test_further_words_photos_and_voices_join_the_task_and_are_acknowledged_once(chat: Any) -> None:
    await chat.say("人工")
    assert await chat.say("种植牙能分期吗") == "收到，已一并转给同事。"
    assert await chat.say("还有就是我爸也想看看") is None
    assert await chat.send(u.ImageMessage, **MESSAGES[u.ImageMessage]) is None
    assert await chat.send(u.VoiceMessage, **MESSAGES[u.VoiceMessage]) is None
    assert await chat.say("你好") is None
    assert words(chat) == ["人工", "种植牙能分期吗", "还有就是我爸也想看看", "[图片]", "[语音]", "你好"]
    chat.now += timedelta(days=1)
    assert await chat.say("还在吗") == "收到，已一并转给同事。"


async def test_taps_and_the_words_of_entrances_still_work_and_the_person_stays_called(chat: Any) -> None:
    await chat.say("人工")
    assert "请" in str(await chat.say("预约"))
    assert (chat.dialog.name, chat.dialog.task) == ("booking", "t1")
    await chat.say("取消")
    assert chat.template == "booking.left"
    assert await chat.say("对了停电了怎么办") == "收到，已一并转给同事。"
    await chat.say("退订")
    assert chat.template == "consent.stopped"


async def test_a_tapped_entry_of_an_older_message_is_no_word_for_the_person(chat: Any) -> None:
    await chat.say("人工")
    await chat.say("预约", menu_id="BOOK")
    assert chat.dialog.name == "booking"
    assert words(chat) == ["人工"]


@pytest.mark.parametrize("way", ["取消人工", "不用了", "不用了！"])
async def test_the_patient_may_take_it_back(chat: Any, way: str) -> None:
    await chat.say("人工")
    assert await chat.say(way) == "好的，那就不打扰您了。需要时随时回复「人工」。"
    assert chat.services.followups.closed == {"t1"}
    await chat.say("asdf")
    assert chat.template == "fallback.not_understood"


async def test_with_a_photo_somebody_looks_at_it_all_the_same(chat: Any) -> None:
    await chat.say("人工")
    await chat.send(u.ImageMessage, **MESSAGES[u.ImageMessage])
    await chat.say("不用了")
    assert chat.template == "human.ended"
    assert chat.services.followups.closed == set()


async def test_when_staff_have_closed_it_the_bot_answers_again(chat: Any) -> None:
    await chat.say("人工")
    chat.services.chat.desk.episode = None
    await chat.say("你好")
    assert chat.template == "fallback.greeting"


async def test_the_same_miss_twice_calls_a_person_who_gets_the_words(chat: Any) -> None:
    await chat.say("那个东西弄好了没")
    assert chat.template == "fallback.not_understood"
    said = await chat.say("我说的那个东西")
    assert said == "抱歉没能读懂您的话，已转给同事：我们在，稍后回复您。"
    assert words(chat) == ["我说的那个东西"]
    assert await chat.say("就是那个") == "收到，已一并转给同事。"


async def test_two_misses_with_something_understood_between_are_no_two_in_a_row(chat: Any) -> None:
    await chat.say("那个东西弄好了没")
    await chat.say("谢谢")
    await chat.say("那个东西弄好了没")
    assert chat.template == "fallback.not_understood"
    await chat.say("诊所信息")
    await chat.say("那个东西弄好了没")
    assert (chat.template, chat.services.followups.opened) == ("fallback.not_understood", [])


async def test_emoji_alone_are_no_miss(chat: Any) -> None:
    for _ in range(3):
        await chat.say("😀😀")
        assert chat.template == "fallback.wordless"
    assert chat.services.followups.opened == []


async def test_two_misses_in_a_dialog_hand_over_what_was_in_progress(chat: Any) -> None:
    await chat.say("修改姓名")
    await chat.say("123")
    await chat.say("456")
    [opened] = chat.services.followups.opened
    assert "当时正在登记姓名或生日。" in opened["reason"]
    assert words(chat) == ["456"]
    assert chat.dialog.task == "t1"


@pytest.mark.parametrize("kind", [u.ImageMessage, u.VoiceMessage])
async def test_a_photo_or_voice_is_shown_to_staff(chat: Any, kind: type[u.Update]) -> None:
    assert "收到" in await chat.send(kind, **MESSAGES[kind])
    assert len(words(chat)) == 1
    assert chat.dialog is None


@pytest.mark.parametrize("kind", [u.VideoMessage, u.LocationMessage, u.LinkMessage])
async def test_what_nobody_needs_to_look_at_opens_nothing(chat: Any, kind: type[u.Update]) -> None:
    await chat.send(kind, **MESSAGES[kind])
    assert chat.services.followups.opened == []


@pytest.mark.parametrize("way", ["能让前台回我吗", "有没有真人", "别跟我機器人說話", "给我打个电话", "叫个人来"])
@pytest.mark.parametrize("before", [(), ("预约",), ("修改姓名",)])
async def test_asking_in_any_words_calls_a_person_in_and_outside_a_dialog(
    chat: Any, way: str, before: tuple[str, ...]
) -> None:
    for each in before:
        await chat.say(each)
    assert await chat.say(way) == "我们在，稍后回复您。"
    assert words(chat) == [way]


async def test_anger_calls_a_person_with_an_apology_and_without_a_menu(chat: Any) -> None:
    await chat.say("预约")
    said = await chat.say("你听不懂人话吗")
    assert said == "很抱歉没能帮好您，已请同事亲自回复：我们在，稍后回复您。"
    [task] = chat.services.followups.tasks.values()
    assert "不满" in task.reason
    assert "当时正在预约" in task.reason


@pytest.mark.parametrize("harmless", ["人工种植牙多少钱", "气死我了这牙", "别给我打电话"])
async def test_what_only_sounds_like_it_calls_nobody(chat: Any, harmless: str) -> None:
    await chat.say(harmless)
    assert chat.services.followups.opened == []
