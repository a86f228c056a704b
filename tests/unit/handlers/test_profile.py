"""Name and birthday, by a sentence or in two questions."""

from typing import Any

import pytest

from wxbot.dispatch import updates as u
from wxbot.followups.models import FollowUpKind
from wxbot.patients.birthday_sentence import birthday_sentence
from wxbot.patients.models import Birthday, Calendar


def born(year: int, month: int, day: int, calendar: Calendar = Calendar.SOLAR, *, leap: bool = False) -> Birthday:
    return Birthday(calendar=calendar, year=year, month=month, day=day, leap_month=leap)


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("姓名 张三", "张三"),
        ("姓名：欧阳明月", "欧阳明月"),
        ("我叫张三。", "张三"),
        ("我的名字是阿依古丽·买买提", "阿依古丽·买买提"),
        ("我叫 Anna O'Neil", "Anna O'Neil"),
    ],
)
async def test_a_name_is_understood_at_any_time(chat: Any, words: str, name: str) -> None:
    assert name in await chat.say(words)
    assert (chat.template, chat.services.patients.patient.name) == ("profile.name_kept", name)


@pytest.mark.parametrize(
    ("words", "birthday"),
    [
        ("生日 1990-05-12", born(1990, 5, 12)),
        ("我的生日是1990年5月12日", born(1990, 5, 12)),
        ("生日 农历1990年八月十五", born(1990, 8, 15, Calendar.LUNAR)),
        ("生日：1990年农历八月十五", born(1990, 8, 15, Calendar.LUNAR)),
    ],
)
async def test_a_birthday_is_understood_at_any_time(chat: Any, words: str, birthday: Birthday) -> None:
    await chat.say(words)
    assert (chat.template, chat.services.patients.patient.birthday) == ("profile.birthday_kept", birthday)


@pytest.mark.parametrize(
    "words", ["生日快乐", "我叫", "姓名是", "生日有优惠吗", "我叫不醒他了怎么办呀医生，快点告诉我"]
)
async def test_words_that_only_begin_so_are_not_taken_for_an_answer(chat: Any, words: str) -> None:
    await chat.say(words)
    assert (chat.router, chat.services.patients.asked) == ("fallback", [])


async def test_the_two_questions_register_name_and_birthday(chat: Any) -> None:
    assert "还没有" in await chat.tap("PROFILE")
    await chat.say("张三")
    assert chat.template == "profile.ask_birthday"
    assert "农历1990年八月十五" in await chat.say("农历1990年八月十五")
    assert (chat.template, chat.dialog) == ("profile.birthday_kept", None)
    patient = chat.services.patients.patient
    assert (patient.name, patient.birthday) == ("张三", born(1990, 8, 15, Calendar.LUNAR))
    assert [by for _, (_, by) in chat.services.patients.asked] == ["patient", "patient"]


@pytest.mark.parametrize("skip", ["跳过", "1"])
async def test_both_questions_may_be_skipped(chat: Any, skip: str) -> None:
    await chat.tap("PROFILE")
    await chat.say(skip)
    assert chat.template == "profile.ask_birthday"
    assert "未填写" in await chat.say("跳过", menu_id="profile:skip")
    assert (chat.template, chat.dialog, chat.services.patients.asked) == ("profile.done", None, [])


async def test_what_is_known_is_shown(chat: Any) -> None:
    await chat.say("姓名 张三")
    await chat.say("生日 1990-05-12")
    assert "张三" in await chat.tap("PROFILE")
    assert "1990年5月12日" in await chat.say("跳过")
    done = await chat.say("跳过")
    assert "张三" in done
    assert "1990年5月12日" in done


async def test_nonsense_gets_one_kind_question_again_and_then_a_person(chat: Any) -> None:
    await chat.tap("PROFILE")
    await chat.say("12345")
    assert (chat.template, chat.dialog.misses) == ("profile.ask_name_again", 1)
    await chat.say("67890")
    assert (chat.template, chat.dialog.name) == ("profile.person", "person")
    assert [task["kind"] for task in chat.services.followups.opened] == [FollowUpKind.HANDOFF]


async def test_an_answer_after_the_second_question_goes_on(chat: Any) -> None:
    await chat.tap("PROFILE")
    await chat.say("12345")
    await chat.say("张三")
    assert (chat.template, chat.dialog.misses) == ("profile.ask_birthday", 0)


@pytest.mark.parametrize("words", ["生日 1990-13-45", "生日 明年3月1日", "生日 2990-01-01"])
async def test_an_impossible_birthday_is_asked_again_and_then_a_person_helps(chat: Any, words: str) -> None:
    await chat.say(words)
    assert (chat.template, chat.dialog.step) == ("profile.ask_birthday_again", "birthday")
    await chat.say("不记得是哪天了")
    assert chat.template == "profile.person"
    assert chat.services.patients.patient.birthday is None


async def test_a_corrected_birthday_after_the_question_is_kept(chat: Any) -> None:
    await chat.say("生日 1990-13-45")
    await chat.say("生日 1990-12-15")
    assert chat.services.patients.patient.birthday == born(1990, 12, 15)


async def test_for_a_child_under_fourteen_the_answer_is_careful(chat: Any) -> None:
    said = await chat.say("生日 2015-05-12")
    assert chat.template == "profile.birthday_kept_child"
    assert "未满14周岁" in said


@pytest.mark.parametrize(
    ("birthday", "template"), [("2012-11-20", "birthday_kept"), ("2012-11-21", "birthday_kept_child")]
)
async def test_the_fourteenth_birthday_is_the_border(chat: Any, birthday: str, template: str) -> None:
    await chat.say(f"生日 {birthday}")
    assert chat.template == f"profile.{template}"


async def test_leaving_changes_nothing(chat: Any) -> None:
    await chat.tap("PROFILE")
    await chat.say("取消")
    assert (chat.template, chat.dialog, chat.services.patients.asked) == ("profile.left", None, [])


@pytest.mark.parametrize("words", ["你好", "人工", "地址", "谢谢"])
async def test_the_word_of_an_entrance_and_a_greeting_are_no_name(chat: Any, words: str) -> None:
    await chat.tap("PROFILE")
    await chat.say(words)
    assert (chat.router in {"entrances", "fallback"}, chat.services.patients.patient.name) == (True, None)


@pytest.mark.parametrize(
    "words", ["你叫什么", "我想约明天下午洗牙", "取消周五的预约", "我叫不到车", "为什么要登记", "洗牙多少钱"]
)
@pytest.mark.parametrize("step", ["name", "birthday"])
async def test_what_means_something_else_is_kept_as_no_name(chat: Any, step: str, words: str) -> None:
    await chat.tap("PROFILE")
    if step == "birthday":
        await chat.say("跳过")
    await chat.say(words)
    assert chat.services.patients.asked == []


@pytest.mark.parametrize("words", ["我想约明天下午洗牙", "帮我把周五的预约改到下周三"])
async def test_a_wish_about_appointments_is_no_answer_to_the_profile(chat: Any, words: str) -> None:
    await chat.tap("PROFILE")
    await chat.say(words)
    assert chat.router != "profile"


@pytest.mark.parametrize("words", ["免贵姓张", "欧阳", "张先生"])
async def test_who_tells_a_family_name_is_asked_for_the_whole_one(chat: Any, words: str) -> None:
    await chat.tap("PROFILE")
    assert "全名" in await chat.say(words)
    assert (chat.template, chat.services.patients.asked) == ("profile.ask_whole_name", [])
    await chat.say("欧阳明月")
    assert (chat.template, chat.services.patients.patient.name) == ("profile.ask_birthday", "欧阳明月")


async def test_a_family_name_without_a_question_opens_the_question(chat: Any) -> None:
    await chat.say("我姓欧阳")
    assert (chat.template, chat.dialog.name, chat.dialog.step) == ("profile.ask_whole_name", "profile", "name")


async def test_name_and_birthday_in_one_message_are_both_kept(chat: Any) -> None:
    said = await chat.say("我叫张三，1990年5月12日出生")
    patient = chat.services.patients.patient
    assert (patient.name, patient.birthday, chat.template) == ("张三", born(1990, 5, 12), "profile.done")
    assert "张三" in said


async def test_both_in_answer_to_the_first_question_need_no_second(chat: Any) -> None:
    await chat.tap("PROFILE")
    await chat.say("李雪 1988-03-05")
    patient = chat.services.patients.patient
    assert (patient.name, patient.birthday, chat.dialog) == ("李雪", born(1988, 3, 5), None)


async def test_the_birthday_in_answer_to_the_first_question_leaves_the_name_open(chat: Any) -> None:
    await chat.tap("PROFILE")
    await chat.say("1988-03-05")
    assert (chat.template, chat.services.patients.patient.birthday) == ("profile.ask_name", born(1988, 3, 5))


async def test_the_promise_for_a_child_stands_beside_the_name_too(chat: Any) -> None:
    await chat.say("我叫张小宝，2015年5月12日出生")
    assert chat.template == "profile.birthday_kept_child"


@pytest.mark.parametrize("words", ["好的", "嗯", "ok", "👌"])
async def test_agreement_asks_the_same_question_and_is_no_miss(chat: Any, words: str) -> None:
    await chat.tap("PROFILE")
    await chat.say(words)
    assert (chat.template, chat.dialog.step, chat.dialog.misses) in {
        ("profile.ask_name", "name", 0),
        ("fallback.thanks", "name", 0),
    }


@pytest.mark.parametrize("words", ["不用了", "算了", "退出", "返回", "取消", "不要"])
async def test_every_way_of_leaving_leaves(chat: Any, words: str) -> None:
    await chat.tap("PROFILE")
    await chat.say(words)
    assert (chat.template, chat.dialog) == ("profile.left", None)


@pytest.mark.parametrize("words", ["跳过", "先不填", "不想说", "没有", "下次"])
async def test_the_words_for_skipping_come_from_the_word_list(chat: Any, words: str) -> None:
    await chat.tap("PROFILE")
    await chat.say(words)
    assert chat.template == "profile.ask_birthday"


async def test_a_picture_in_between_leaves_the_question_open(chat: Any) -> None:
    await chat.tap("PROFILE")
    await chat.send(u.ImageMessage, media_id="m", picture_url="https://example.com/p")
    await chat.say("张三")
    assert chat.services.patients.patient.name == "张三"


@pytest.mark.parametrize(
    ("birthday", "words"),
    [
        (born(1990, 5, 12), "1990年5月12日"),
        (born(1990, 1, 1, Calendar.LUNAR), "农历1990年正月初一"),
        (born(1988, 12, 30, Calendar.LUNAR), "农历1988年腊月三十"),
        (born(1987, 6, 21, Calendar.LUNAR, leap=True), "农历1987年闰六月廿一"),
        (born(1990, 11, 10, Calendar.LUNAR), "农历1990年冬月初十"),
        (born(1990, 8, 20, Calendar.LUNAR), "农历1990年八月二十"),
    ],
)
def test_a_birthday_is_said_back_in_its_own_calendar(birthday: Birthday, words: str) -> None:
    assert birthday_sentence(birthday) == words
