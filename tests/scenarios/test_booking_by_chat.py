"""Booking by chatting in WeChat: what the patient reads on the phone and what stands in Mongo."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from tests.scenarios.conftest import MONDAY_TEN, Clinic, OpenClinic
from wxbot.history.models import Kind

CHECKUP = ("口腔检查", "周明远", "明天", "上午10:00")  # every question is asked: three doctors offer it
QUESTIONS = ("哪个项目", "哪位医生", "哪天方便", "选好就为您约上")


async def the_appointment(clinic: Clinic) -> tuple[str, str, str]:
    (row,) = await clinic.rows("appointments")
    local = row["start"].astimezone(clinic.app.services.clinic.timezone)
    return row["visit_type_id"], row["practitioner_id"], f"{local:%m-%d %H:%M}"


# -- the way to an hour ------------------------------------------------------------------------------------------


async def test_an_hour_is_booked_by_tapping_entries(clinic: Clinic) -> None:
    openid = await clinic.person()
    assert QUESTIONS[0] in await clinic.tap_menu(openid, "BOOK")
    assert QUESTIONS[1] in await clinic.tap(openid, "口腔检查")
    assert QUESTIONS[2] in await clinic.tap(openid, "周明远医生")
    assert QUESTIONS[3] in await clinic.tap(openid, "明天")
    answer = await clinic.tap(openid, "上午10:00")
    assert answer.startswith("约好了！\n明天 11月24日 周二 上午10:00\n周明远医生 · 口腔检查")
    assert await the_appointment(clinic) == ("checkup", "zhou", "11-24 10:00")


async def test_an_hour_is_booked_by_numbers(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.say(openid, "预约")
    for words in CHECKUP:
        entries = clinic.offered(openid)
        number = next(position for position, entry in enumerate(entries, 1) if words in entry)
        answer = await clinic.say(openid, str(number))
    assert answer.startswith("约好了！")
    assert await the_appointment(clinic) == ("checkup", "zhou", "11-24 10:00")


@pytest.mark.parametrize(
    "words",
    [
        ("口腔检查", "周医生", "明天", "上午十点"),
        ("我想做口腔检查", "周明远", "周二", "10:00"),
        ("检查", "找周大夫吧", "24号", "早上10点可以吗"),
        ("口腔检查。", "周明远医生 副主任医师 口腔颌面外科", "11月24日", "１０：００"),
    ],
)
async def test_an_hour_is_booked_by_words(clinic: Clinic, words: tuple[str, ...]) -> None:
    openid = await clinic.person()
    await clinic.book(openid, *words[:-1])
    answer = await clinic.say(openid, words[-1])
    assert "明天 11月24日 周二 上午10:00\n周明远医生 · 口腔检查\n就诊人：本人" in answer  # read back, not booked
    assert await clinic.rows("appointments") == []
    assert (await clinic.say(openid, "可以")).startswith("约好了！")
    assert await the_appointment(clinic) == ("checkup", "zhou", "11-24 10:00")


async def test_a_sentence_that_names_the_treatment_skips_its_question(clinic: Clinic) -> None:
    openid = await clinic.person()
    assert "口腔检查" in await clinic.say(openid, "你好，我想预约口腔检查")
    assert QUESTIONS[1] in clinic.phone(openid)[-1].text
    answer = await clinic.say(openid, "周医生")
    assert "周明远医生" in answer
    assert QUESTIONS[2] in answer
    await clinic.say(openid, "取消")
    answer = await clinic.say(openid, "帮我预约周医生的口腔检查")
    assert "周明远医生" in answer
    assert QUESTIONS[2] in answer
    await clinic.say(openid, "算了")
    assert "陈晓晴医生" in await clinic.say(openid, "我想预约洗牙")  # what patients call it
    await clinic.say(openid, "取消")
    assert QUESTIONS[0] in await clinic.say(openid, "可以预约吗？")
    await clinic.say(openid, "取消")
    assert (await clinic.say(openid, "我想取消预约")).startswith("您目前没有待就诊的预约。")


async def test_a_patient_without_a_preference_gets_the_doctor_with_the_emptier_day(clinic: Clinic) -> None:
    first, second = await clinic.person("小林"), await clinic.person("小王")
    await clinic.book(first, "口腔检查", "都可以", "明天", "上午9:00")
    await clinic.book(second, "口腔检查", "不限医生", "明天", "上午9:00")
    booked = await clinic.rows("appointments")
    assert {row["practitioner_id"] for row in booked} == {"chen", "zhou"}
    assert len({row["start"] for row in booked}) == 1


async def test_a_question_with_one_possible_answer_is_not_asked(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.say(openid, "预约")
    answer = await clinic.say(openid, "洁牙")
    assert "陈晓晴医生" in answer
    assert QUESTIONS[2] in answer


async def test_hours_a_doctor_does_not_work_are_not_offered(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.book(openid, "洁牙")
    days = clinic.offered(openid)
    assert not any("11月26日" in day for day in days)  # no Thursdays
    answer = await clinic.say(openid, "周四")
    assert "11月26日 周四陈晓晴医生不出诊" in answer
    await clinic.say(openid, "周三")
    while "更多时间" in clinic.offered(openid):
        hours = clinic.offered(openid)
        assert not any(hour.startswith("上午") for hour in hours)
        await clinic.tap(openid, "更多时间")
    assert "晚上8:00" in clinic.offered(openid)
    assert "晚上8:30" not in clinic.offered(openid)  # the last visit ends with the block


async def test_the_confirmation_repeats_who_where_and_when(clinic: Clinic) -> None:
    """All details again, A2-16."""
    openid = await clinic.person()
    await clinic.book(openid, *CHECKUP)
    await clinic.tick()
    (confirmation,) = clinic.sent_to(openid)
    assert confirmation.via == "customer"
    for detail in (
        "11月24日 周二 上午10:00",
        "口腔检查",
        "周明远医生（副主任医师，口腔颌面外科）",
        "2诊室",
        "晨光口腔与皮肤诊所，示例市海棠区晨光路88号2层",
        "0555-000-0188",
        "如有既往片子请一并带来",
        "我的预约",
    ):
        assert detail in confirmation.text
    await clinic.tick()
    assert clinic.sent_to(openid) == [confirmation]


# -- back, and out -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("answered", range(4))
async def test_back_returns_to_the_question_before(clinic: Clinic, answered: int) -> None:
    openid = await clinic.person()
    await clinic.book(openid, *CHECKUP[:answered])
    answer = await clinic.say(openid, "返回")
    expected = QUESTIONS[answered - 1] if answered else "这次先不约"
    assert expected in answer
    if answered:
        for words in CHECKUP[answered - 1 :]:
            answer = await clinic.say(openid, words)
        assert answer.startswith("约好了！")


@pytest.mark.parametrize("answered", range(4))
@pytest.mark.parametrize("way", ["tap", "word"])
async def test_cancel_leaves_at_every_question(clinic: Clinic, answered: int, way: str) -> None:
    openid = await clinic.person()
    await clinic.book(openid, *CHECKUP[:answered])
    answer = await (clinic.tap(openid, "取消") if way == "tap" else clinic.say(openid, "算了"))
    assert answer == "好的，这次先不约。需要的时候回复「预约」，我随时在。"
    assert await clinic.rows("appointments") == []
    assert "没有完全明白" in await clinic.say(openid, "1")  # no question is open any more


async def test_writing_the_word_again_starts_afresh_in_the_middle(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.book(openid, *CHECKUP[:3])
    assert QUESTIONS[0] in await clinic.say(openid, "预约")


# -- old messages, repeated pushes, restarts ---------------------------------------------------------------------


async def test_the_same_tap_sent_again_by_the_platform_books_once_and_says_the_same(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.book(openid, *CHECKUP[:3])
    push = await clinic.platform.say(openid, "上午10:00")
    again = await clinic.platform.redeliver(push)
    assert push.reply is not None
    assert again.reply is not None
    assert again.reply["text"] == push.reply["text"]
    assert len(await clinic.rows("appointments")) == 1
    assert [line.kind for line in await clinic.story(openid)].count(Kind.APPOINTMENT_BOOKED) == 1


async def test_a_second_tap_on_the_hour_just_booked_reassures(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.book(openid, *CHECKUP)
    answer = await clinic.tap(openid, "上午10:00")
    assert answer.startswith("您放心，这个时间已经为您约好了：\n明天 11月24日 周二 上午10:00")
    assert len(await clinic.rows("appointments")) == 1


async def test_taps_on_older_messages_are_understood_for_what_they_were(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.book(openid, *CHECKUP[:3])
    assert QUESTIONS[2] in await clinic.tap(openid, "林若溪医生")  # another doctor after all, two messages up
    assert "林若溪医生" in clinic.phone(openid)[-1].text
    assert QUESTIONS[2] in await clinic.tap(openid, "洁牙")  # another treatment, three messages up
    assert "陈晓晴医生" in clinic.phone(openid)[-1].text


async def test_a_tap_on_a_finished_dialog_begins_again_and_says_so(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.book(openid, *CHECKUP[:3])
    await clinic.say(openid, "取消")
    answer = await clinic.tap(openid, "上午9:00")
    assert answer.startswith("刚才那条消息里的选项已经过期了")
    assert await clinic.rows("appointments") == []


async def test_an_hour_that_has_come_too_near_meanwhile_is_not_booked(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.move_to("2026-11-23 12:00")
    await clinic.book(openid, "口腔检查", "周明远", "今天")
    await clinic.move(timedelta(minutes=40))
    answer = await clinic.tap(openid, "下午1:30")
    assert answer.startswith("抱歉，今天 11月23日 周一 下午1:30约不上了。请您看看下面这些可以吗？")
    assert clinic.offered(openid)[0] == "下午2:00"
    assert await clinic.rows("appointments") == []


async def test_a_service_restarted_in_the_middle_goes_on_where_it_was(open_clinic: OpenClinic) -> None:
    first = await open_clinic()
    openid = await first.person()
    await first.book(openid, *CHECKUP[:2])
    second = await open_clinic(beside=first)
    assert QUESTIONS[3] in await second.say(openid, "明天")
    third = await open_clinic(beside=second)
    assert (await third.say(openid, "上午10:00")).startswith("约好了！")
    assert await the_appointment(third) == ("checkup", "zhou", "11-24 10:00")


async def test_a_clinic_clock_that_is_behind_does_not_let_the_database_forget_open_dialogs(
    open_clinic: OpenClinic,
) -> None:
    clinic = await open_clinic(now=MONDAY_TEN - timedelta(weeks=520))
    openid = await clinic.person()
    await clinic.say(openid, "预约")
    (kept,) = await clinic.rows("dialogs")
    assert kept["expires_at"] < clinic.now + timedelta(hours=2)
    assert kept["forget_at"] > datetime.now(UTC)


async def test_an_answer_after_an_hour_is_not_taken_for_one(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.book(openid, *CHECKUP[:3])
    await clinic.move(timedelta(minutes=61))
    assert "约好了" not in await clinic.say(openid, "2")
    assert await clinic.rows("appointments") == []


# -- two want the same -------------------------------------------------------------------------------------------


async def test_who_loses_a_race_is_offered_the_next_three_hours(clinic: Clinic) -> None:
    winner, loser = await clinic.person("小林"), await clinic.person("小王")
    for openid in (winner, loser):
        await clinic.book(openid, "洁牙", "明天")
    assert (await clinic.say(winner, "上午10:30")).startswith("约好了！")
    answer = await clinic.tap(loser, "上午10:30")
    assert answer.startswith("抱歉，这个时间刚刚被别人约走了。")
    offered = ["明天 11月24日 周二 上午11:00", "明天 11月24日 周二 上午11:30", "明天 11月24日 周二 下午1:30"]
    assert clinic.offered(loser) == [*offered, "返回", "取消"]
    assert (await clinic.say(loser, "1")).startswith("约好了！\n明天 11月24日 周二 上午11:00")


async def test_of_twenty_patients_at_once_one_gets_the_hour_and_nobody_is_left_without_an_offer(
    clinic: Clinic,
) -> None:
    people = [await clinic.person(f"患者{number}") for number in range(20)]
    await asyncio.gather(*(clinic.book(openid, "洁牙", "明天") for openid in people))
    answers = await asyncio.gather(*(clinic.tap(openid, "上午10:30") for openid in people))
    assert sum(answer.startswith("约好了！") for answer in answers) == 1
    assert sum(answer.startswith("抱歉，这个时间刚刚被别人约走了。") for answer in answers) == 19
    (row,) = await clinic.rows("appointments")
    ticks = await clinic.rows("occupancy")
    assert {tick["appointment_id"] for tick in ticks} == {row["_id"]}
    losers = [openid for openid in people if "被别人约走了" in clinic.phone(openid)[-1].text]
    assert {len(clinic.offered(openid)) for openid in losers} == {5}  # three hours, 返回, 取消


async def test_nobody_is_in_two_places_at_once(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.book(openid, *CHECKUP)
    answer = await clinic.book(openid, "洁牙", "明天", "上午10:00")
    assert answer.startswith("您在明天 11月24日 周二 上午10:00已经约了周明远医生的口腔检查")
    assert len(await clinic.rows("appointments")) == 1


# -- 我的预约 ----------------------------------------------------------------------------------------------------


async def test_my_appointments_says_kindly_that_there_are_none_and_offers_one(clinic: Clinic) -> None:
    openid = await clinic.person()
    assert await clinic.tap_menu(openid, "MY_APPOINTMENTS") != ""
    assert clinic.phone(openid)[-1].text.startswith("您目前没有待就诊的预约。")
    assert QUESTIONS[0] in await clinic.tap(openid, "预约")


async def test_of_several_appointments_one_is_picked_by_number(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.book(openid, *CHECKUP)
    await clinic.book(openid, "洁牙", "周五", "上午9:00")
    await clinic.say(openid, "我的预约")
    assert clinic.offered(openid) == [
        "11月24日 周二 上午10:00 周明远医生 口腔检查",
        "11月27日 周五 上午9:00 陈晓晴医生 洁牙",
        "不用了",
    ]
    answer = await clinic.say(openid, "2")
    assert "11月27日 周五 上午9:00\n陈晓晴医生 · 洁牙\n诊室：1诊室" in answer
    await clinic.say(openid, "取消这个预约")
    await clinic.say(openid, "确认取消")
    assert {row["visit_type_id"]: row["state"] for row in await clinic.rows("appointments")} == {
        "checkup": "booked",
        "cleaning": "cancelled",
    }


async def test_an_appointment_gets_another_hour_and_frees_the_old_one(clinic: Clinic) -> None:
    openid, other = await clinic.person("小林"), await clinic.person("小王")
    await clinic.book(openid, "洁牙", "明天", "下午2:30")
    await clinic.say(openid, "我的预约")
    answer = await clinic.tap(openid, "换个时间")
    assert "原来的时间会一直为您留着" in answer
    await clinic.say(openid, "周五")
    answer = await clinic.say(openid, "上午9:00")
    assert answer.startswith("已为您改好：\n11月27日 周五 上午9:00\n陈晓晴医生 · 洁牙\n\n原来的时间已经取消。")
    assert await the_appointment(clinic) == ("cleaning", "chen", "11-27 09:00")
    assert (await clinic.book(other, "洁牙", "明天", "下午2:30")).startswith("约好了！")
    assert Kind.APPOINTMENT_MOVED in [line.kind for line in await clinic.story(openid)]


async def test_leaving_a_move_keeps_the_old_hour(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.book(openid, "洁牙", "明天", "下午2:30")
    await clinic.say(openid, "改时间")
    await clinic.say(openid, "换个时间")
    await clinic.say(openid, "周五")
    assert "原来的预约仍为您留着" in await clinic.say(openid, "不改了")
    assert await the_appointment(clinic) == ("cleaning", "chen", "11-24 14:30")


async def test_a_cancellation_asks_once_and_takes_only_a_whole_yes(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.book(openid, "洁牙", "明天", "下午2:30")
    await clinic.say(openid, "我的预约")
    answer = await clinic.say(openid, "取消这个预约")
    assert answer.startswith("您要取消明天 11月24日 周二 下午2:30，陈晓晴医生的洁牙吗？")
    await clinic.say(openid, "取消会怎么样")
    assert [row["state"] for row in await clinic.rows("appointments")] == ["booked"]
    assert "为您保留" in await clinic.say(openid, "保留")
    await clinic.say(openid, "取消预约")
    await clinic.tap(openid, "取消这个预约")
    assert (await clinic.tap(openid, "确认取消")).startswith("已为您取消")
    assert [row["state"] for row in await clinic.rows("appointments")] == ["cancelled"]
    assert await clinic.rows("occupancy") == []
    assert (await clinic.say(openid, "我的预约")).startswith("您目前没有待就诊的预约。")


async def test_a_yes_on_an_old_message_does_not_cancel_the_hour_it_was_not_about(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.book(openid, "洁牙", "明天", "下午2:30")
    await clinic.say(openid, "我的预约")
    await clinic.say(openid, "取消这个预约")
    await clinic.tap(openid, "换个时间")
    await clinic.say(openid, "周五")
    await clinic.say(openid, "上午9:00")
    answer = await clinic.tap(openid, "确认取消")
    assert answer.startswith("这个预约刚刚有变动，现在是11月27日 周五 上午9:00")
    assert [row["state"] for row in await clinic.rows("appointments")] == ["booked"]


async def test_a_visit_that_has_begun_is_not_changed_by_chat(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.book(openid, "洁牙", "今天", "下午2:30")
    await clinic.say(openid, "我的预约")
    await clinic.move_to("2026-11-23 14:35")
    answer = await clinic.tap(openid, "取消这个预约")
    assert "无法在线更改" in answer
    assert "0555-000-0188" in answer
    assert [row["state"] for row in await clinic.rows("appointments")] == ["booked"]


# -- not understood ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("answered", range(4))
async def test_nonsense_is_asked_about_once_and_then_a_person_takes_over(clinic: Clinic, answered: int) -> None:
    openid = await clinic.person()
    await clinic.book(openid, *CHECKUP[:answered])
    before = clinic.offered(openid)
    assert (await clinic.say(openid, "天王盖地虎")).startswith("不好意思，我没有看懂。")
    assert clinic.offered(openid) == before
    assert await clinic.rows("followups") == []
    answer = await clinic.say(openid, "宝塔镇河妖")
    assert "已请我们的同事来协助您预约" in answer
    assert "0555-000-0188" in answer
    (task,) = await clinic.rows("followups")
    assert (task["kind"], task["state"]) == ("handoff", "open")
    assert task["contact_id"] is not None


async def test_after_one_misunderstanding_the_dialog_goes_on(clinic: Clinic) -> None:
    openid = await clinic.person()
    answer = await clinic.book(openid, "口腔检查", "哎呀", "周明远", "嗯……", "明天", "我想想", "上午10:00")
    assert answer.startswith("约好了！")
    assert await clinic.rows("followups") == []


async def test_a_picture_in_the_middle_leaves_the_question_open(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.book(openid, *CHECKUP[:3])
    await clinic.platform.send_image(openid)
    assert clinic.phone(openid)[-1].text.startswith("已收到您的图片")
    assert (await clinic.say(openid, "上午10:00")).startswith("约好了！")


@pytest.mark.parametrize(
    "words", ["😀" * 50, "甲乙丙丁" * 150, "<script>alert(1)</script>", "$where: 1", "²", "0", "99", "－1"]
)
async def test_strange_answers_are_met_kindly_and_break_nothing(clinic: Clinic, words: str) -> None:
    openid = await clinic.person()
    await clinic.book(openid, *CHECKUP[:3])
    assert (await clinic.say(openid, words)).startswith("不好意思，我没有看懂。")
    assert (await clinic.say(openid, "上午10:00")).startswith("约好了！")
