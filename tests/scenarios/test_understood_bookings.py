"""Booking, moving, cancelling, running late and coming, in the words that patients write."""

from datetime import timedelta

import pytest

from tests.scenarios.conftest import Clinic
from wxbot.history.models import Kind

CARD = "请您核对一下"


async def standing(clinic: Clinic) -> list[tuple[str, str, str]]:
    """Visit type, practitioner and local hour of what is booked, earliest first."""
    zone = clinic.app.services.clinic.timezone
    rows = sorted(await clinic.rows("appointments", {"state": "booked"}), key=lambda row: row["start"])
    return [
        (row["visit_type_id"], row["practitioner_id"], f"{row['start'].astimezone(zone):%m-%d %H:%M}") for row in rows
    ]


async def the_patient(clinic: Clinic) -> tuple[str, str | None]:
    """Relation and name of the one appointment's patient."""
    (row,) = await clinic.rows("appointments", {"state": "booked"})
    (patient,) = await clinic.rows("patients", {"_id": row["patient_id"]})
    return patient["relation"], patient["name"]


# -- understood in one go ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sentence",
    ["我想约明天下午三点洗牙", "洗牙 明天下午3点 约一个", "明天下午三點，幫我約個洗牙", "明天下午15:00约洗牙"],
)
async def test_everything_in_one_sentence_is_read_back_and_booked_after_a_yes(clinic: Clinic, sentence: str) -> None:
    openid = await clinic.person()
    answer = await clinic.say(openid, sentence)
    assert "明天 11月24日 周二 下午3:00\n陈晓晴医生 · 洁牙\n就诊人：本人" in answer
    assert await standing(clinic) == []
    assert (await clinic.say(openid, "可以")).startswith("约好了！\n明天 11月24日 周二 下午3:00")
    assert await standing(clinic) == [("cleaning", "chen", "11-24 15:00")]


@pytest.mark.parametrize("yes", ["1", "好", "好的，谢谢", "可以", "确认", "对", "嗯", "约吧", "①", "👌"])
async def test_a_yes_in_any_form_books_what_stands_on_the_card(clinic: Clinic, yes: str) -> None:
    openid = await clinic.person()
    await clinic.say(openid, "我想约明天下午三点洗牙")
    assert (await clinic.say(openid, yes)).startswith("约好了！")


@pytest.mark.parametrize("no", ["不", "不对", "不行", "换个时间", "2"])
async def test_a_no_leads_to_other_hours_with_the_rest_kept(clinic: Clinic, no: str) -> None:
    openid = await clinic.person()
    await clinic.say(openid, "我想约明天下午三点洗牙")
    answer = await clinic.say(openid, no)
    assert "明天 11月24日 周二" in answer
    assert clinic.offered(openid)[0] == "上午9:00"
    assert await standing(clinic) == []


async def test_a_change_of_mind_keeps_what_it_does_not_name(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.say(openid, "我想约周医生明天上午十点的口腔检查")
    assert CARD in clinic.phone(openid)[-1].text
    answer = await clinic.say(openid, "还是约周六吧")
    assert "11月28日 周六 上午10:00\n周明远医生 · 口腔检查" in answer
    answer = await clinic.say(openid, "换陈医生")
    assert "11月28日 周六 上午10:00\n陈晓晴医生 · 口腔检查" in answer
    answer = await clinic.say(openid, "改成洗牙")
    assert "11月28日 周六 上午10:00\n陈晓晴医生 · 洁牙" in answer
    answer = await clinic.say(openid, "改成下午四点")
    assert "11月28日 周六 下午4:00\n陈晓晴医生 · 洁牙" in answer
    await clinic.say(openid, "可以")
    assert await standing(clinic) == [("cleaning", "chen", "11-28 16:00")]


async def test_particulars_come_in_any_order_inside_the_dialog(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.say(openid, "预约")
    assert "哪个项目" in await clinic.say(openid, "明天上午十点")
    assert "哪位医生" in await clinic.say(openid, "口腔检查")
    assert "明天 11月24日 周二 上午10:00\n周明远医生 · 口腔检查" in await clinic.say(openid, "周医生")


# -- half an answer books nothing --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sentence",
    [
        "下午三点有事",
        "三点以后",
        "三点左右",
        "三点可以吗",
        "三点或者四点",
        "三点，不对，四点",
        "三点不行",
        "三点前",
        "两点到四点",
        "3点我要接孩子",
        "周五下午三点有事",
        "下周周三三点",
        "三点要开会，改天",
    ],
)
async def test_an_hour_in_a_sentence_that_says_more_books_nothing(clinic: Clinic, sentence: str) -> None:
    openid = await clinic.person()
    await clinic.book(openid, "洁牙", "明天")
    answer = await clinic.say(openid, sentence)
    assert not answer.startswith("约好了")
    assert await clinic.rows("appointments") == []


async def test_a_bound_shows_the_hours_within_it(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.book(openid, "洁牙", "明天")
    await clinic.say(openid, "三点以后")
    assert clinic.offered(openid)[0] == "下午3:00"
    await clinic.say(openid, "两点到三点")
    assert clinic.offered(openid)[:3] == ["下午2:00", "下午2:30", "下午3:00"]
    await clinic.say(openid, "三点左右")
    assert clinic.offered(openid)[:5] == ["下午2:00", "下午2:30", "下午3:00", "下午3:30", "下午4:00"]
    await clinic.say(openid, "上午")
    assert clinic.offered(openid)[0] == "上午9:00"


async def test_an_obstacle_offers_the_other_hours_and_a_refused_day_the_other_days(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.book(openid, "洁牙", "明天")
    answer = await clinic.say(openid, "下午三点有事")
    assert "其他时间" in answer
    shown = clinic.offered(openid)
    while "更多时间" in clinic.offered(openid):
        await clinic.tap(openid, "更多时间")
        shown += clinic.offered(openid)
    assert "下午2:30" in shown
    assert "下午3:00" not in shown
    await clinic.say(openid, "返回")
    await clinic.say(openid, "周五不行")
    assert not any("周五" in day for day in clinic.offered(openid))
    assert any("周六" in day for day in clinic.offered(openid))


async def test_two_days_are_both_offered(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.book(openid, "洁牙")
    await clinic.say(openid, "周五或者周六")
    assert clinic.offered(openid)[:2] == ["11月27日 周五", "11月28日 周六"]


async def test_a_correction_is_read_back_as_it_was_said_last(clinic: Clinic) -> None:
    openid = await clinic.person()
    answer = await clinic.say(openid, "约洗牙，周五上午十点，不对，周六上午十点")
    assert "11月28日 周六 上午10:00" in answer
    assert await standing(clinic) == []


async def test_a_question_about_an_hour_is_answered_and_offers_it(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.book(openid, "洁牙", "明天")
    answer = await clinic.say(openid, "下午三点可以吗")
    assert answer.startswith("有号的")
    assert "明天 11月24日 周二 下午3:00" in answer
    await clinic.say(openid, "好")
    assert await standing(clinic) == [("cleaning", "chen", "11-24 15:00")]


async def test_next_weeks_wednesday_is_next_weeks(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.book(openid, "洁牙")
    assert "12月2日 周三" in await clinic.say(openid, "下周周三")


async def test_a_doctor_whom_the_clinic_has_not_is_said_so_with_those_it_has(clinic: Clinic) -> None:
    openid = await clinic.person()
    answer = await clinic.say(openid, "我想约王医生")
    assert "没有您说的这位医生" in answer
    assert "周明远医生" in answer
    assert "口腔检查" in clinic.offered(openid)


# -- free hours ---------------------------------------------------------------------------------------------------


async def test_asking_for_free_hours_shows_them(clinic: Clinic) -> None:
    openid = await clinic.person()
    assert "哪个项目" in await clinic.say(openid, "后天下午有号吗")
    answer = await clinic.say(openid, "洗牙")
    assert "11月25日 周三" in answer
    assert clinic.offered(openid)[0] == "下午1:30"
    await clinic.say(openid, "取消")
    await clinic.say(openid, "明天上午能洗牙吗")
    assert clinic.offered(openid)[0] == "上午9:00"
    await clinic.say(openid, "取消")
    answer = await clinic.say(openid, "周四洗牙有号吗")
    assert "11月26日 周四医生不出诊" in answer
    assert clinic.offered(openid)[0] == "11月27日 周五 上午9:00"


# -- for whom -----------------------------------------------------------------------------------------------------


async def test_somebody_else_is_asked_for_once_and_never_mixed_up(clinic: Clinic) -> None:
    openid = await clinic.person()
    answer = await clinic.say(openid, "帮我妈约个洗牙")
    assert "妈怎么称呼" in answer
    await clinic.say(openid, "李桂兰")
    await clinic.say(openid, "明天上午十点")
    assert "就诊人：妈妈（李桂兰）" in clinic.phone(openid)[-1].text
    assert "就诊人：妈妈（李桂兰）" in await clinic.say(openid, "可以")
    assert await the_patient(clinic) == ("parent", "李桂兰")
    await clinic.say(openid, "给我妈约周六下午三点洗牙")
    assert "就诊人：妈妈（李桂兰）" in clinic.phone(openid)[-1].text
    await clinic.say(openid, "算了")
    answer = await clinic.say(openid, "帮我爸约周六下午三点洗牙")
    assert "爸怎么称呼" in answer
    await clinic.say(openid, "算了")
    await clinic.say(openid, "我自己约周六下午三点洗牙")
    assert "就诊人：本人" in clinic.phone(openid)[-1].text


async def test_an_hour_tapped_for_somebody_else_is_read_back_too(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.say(openid, "给孩子约洗牙")
    await clinic.say(openid, "王小雨")
    await clinic.tap(openid, "明天")
    answer = await clinic.tap(openid, "上午10:00")
    assert "就诊人：孩子（王小雨）" in answer
    assert await clinic.rows("appointments") == []
    await clinic.tap(openid, "可以")
    assert "booked" not in {row["state"] for row in await clinic.rows("appointments")}  # how old is the child?
    await clinic.say(openid, "2010年5月12日")
    assert await the_patient(clinic) == ("child", "王小雨")


# -- moving and cancelling ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("改到周五上午十点", "11-27 10:00"),
        ("改到礼拜五上午十点", "11-27 10:00"),
        ("推迟一周", "12-01 14:30"),
        ("提前一小时", "11-24 13:30"),
        ("改到下午四点", "11-24 16:00"),
    ],
)
async def test_a_move_in_words_is_read_back_and_done_after_a_yes(clinic: Clinic, sentence: str, expected: str) -> None:
    openid = await clinic.person()
    await clinic.book(openid, "洁牙", "明天", "下午2:30")
    answer = await clinic.say(openid, sentence)
    assert "原来约的是明天 11月24日 周二 下午2:30" in answer
    assert await standing(clinic) == [("cleaning", "chen", "11-24 14:30")]
    assert (await clinic.say(openid, "可以")).startswith("已为您改好")
    assert await standing(clinic) == [("cleaning", "chen", expected)]


async def test_a_move_that_leaves_the_hour_open_shows_the_hours(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.book(openid, "洁牙", "明天", "下午2:30")
    await clinic.say(openid, "改到礼拜五下午")
    assert clinic.offered(openid)[0] == "下午1:30"
    await clinic.say(openid, "不改了")
    await clinic.say(openid, "早一点")
    assert clinic.offered(openid)[0] == "上午9:00"
    assert "下午2:30" not in clinic.offered(openid)
    assert "下午3:00" not in clinic.offered(openid)


async def test_which_of_several_is_moved_is_said_or_asked(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.book(openid, "洁牙", "明天", "下午2:30")
    await clinic.book(openid, "口腔检查", "陈晓晴", "周五", "上午10:00")
    answer = await clinic.say(openid, "把周五的改到周六上午十点")
    assert "11月28日 周六 上午10:00\n陈晓晴医生 · 口腔检查" in answer
    await clinic.say(openid, "可以")
    assert ("checkup", "chen", "11-28 10:00") in await standing(clinic)
    assert "哪一个" in await clinic.say(openid, "推迟一周")
    answer = await clinic.say(openid, "1")
    assert "12月1日 周二 下午2:30" in answer
    await clinic.say(openid, "好")
    assert ("cleaning", "chen", "12-01 14:30") in await standing(clinic)


async def test_who_cannot_come_is_shown_the_visit_and_asked_once(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.book(openid, "洁牙", "今天", "下午2:30")
    answer = await clinic.say(openid, "我今天来不了了")
    assert "今天 11月23日 周一 下午2:30" in answer
    assert clinic.offered(openid) == ["换个时间", "确认取消", "保留"]
    assert len(await standing(clinic)) == 1
    assert (await clinic.say(openid, "确认取消")).startswith("已为您取消")
    assert await standing(clinic) == []


async def test_several_are_cancelled_after_one_question(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.book(openid, "洁牙", "明天", "下午2:30")
    await clinic.book(openid, "口腔检查", "陈晓晴", "周五", "上午10:00")
    assert "哪一个" in await clinic.say(openid, "帮我取消一下预约吧，去不了")
    answer = await clinic.say(openid, "两个都取消")
    assert "11月24日 周二 下午2:30" in answer
    assert "11月27日 周五 上午10:00" in answer
    assert len(await standing(clinic)) == 2
    await clinic.say(openid, "确认")
    assert await standing(clinic) == []


@pytest.mark.parametrize("sentence", ["改到周五下午", "我今天来不了了", "推迟一周"])
async def test_without_an_appointment_one_is_offered(clinic: Clinic, sentence: str) -> None:
    openid = await clinic.person()
    assert (await clinic.say(openid, sentence)).startswith("您目前没有待就诊的预约")
    assert clinic.offered(openid) == ["预约"]


# -- near the visit -----------------------------------------------------------------------------------------------


async def test_reception_hears_that_a_patient_runs_late(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.book(openid, "洁牙", "今天", "下午2:30")
    await clinic.move_to("2026-11-23 14:10")
    answer = await clinic.say(openid, "我会晚到20分钟")
    assert "已告诉前台" in answer
    assert "路上注意安全" in answer
    (task,) = await clinic.rows("followups")
    assert (task["kind"], task["state"]) == ("check", "open")
    assert "会晚到约 20 分钟" in task["reason"]
    assert [each["text"] for each in task["words"]] == ["我会晚到20分钟"]
    await clinic.say(openid, "堵车，晚到40分钟")
    assert "换个时间" in clinic.offered(openid)
    (task,) = await clinic.rows("followups")
    assert task["count"] == 2


async def test_running_late_without_a_visit_is_answered_kindly(clinic: Clinic) -> None:
    openid = await clinic.person()
    assert "没有查到您今天的预约" in await clinic.say(openid, "我会晚到20分钟")
    assert await clinic.rows("followups") == []


@pytest.mark.parametrize("words", ["1", "①", "好", "好的", "👌", "确认", "会来", "我会准时到"])
async def test_an_answer_to_a_reminder_confirms_the_visit(clinic: Clinic, words: str) -> None:
    openid = await clinic.person()
    await clinic.book(openid, "洁牙", "周三", "下午2:30")
    await clinic.move_to("2026-11-24 10:05")
    assert "明天" in clinic.sent_to(openid)[-1].text
    answer = await clinic.say(openid, words)
    assert answer.startswith("收到，谢谢您的确认")
    (row,) = await clinic.rows("appointments")
    assert row["confirmed_at"] is not None
    assert Kind.APPOINTMENT_CONFIRMED in [line.kind for line in await clinic.story(openid)]


async def test_a_bare_word_confirms_nothing_without_a_reminder(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.book(openid, "洁牙", "周三", "下午2:30")
    await clinic.say(openid, "好的")
    (row,) = await clinic.rows("appointments")
    assert row["confirmed_at"] is None


# -- around midnight ----------------------------------------------------------------------------------------------


async def test_the_entry_offered_under_a_word_before_midnight_is_that_entry_after_it(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.move_to("2026-11-23 23:58")
    await clinic.book(openid, "洁牙")
    assert clinic.offered(openid)[0] == "明天 11月24日 周二"
    await clinic.move(timedelta(minutes=4))
    answer = await clinic.say(openid, "明天")
    assert "11月24日 周二" in answer
    assert "上午10:00" in clinic.offered(openid)
    await clinic.say(openid, "上午10:00")
    assert await standing(clinic) == [("cleaning", "chen", "11-24 10:00")]


async def test_the_day_on_the_question_is_still_meant_after_midnight(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.move_to("2026-11-23 23:58")
    await clinic.book(openid, "洁牙", "明天")
    await clinic.move(timedelta(minutes=4))
    answer = await clinic.say(openid, "明天上午十点")
    assert "今天 11月24日 周二 上午10:00" in answer
    await clinic.say(openid, "好")
    assert await standing(clinic) == [("cleaning", "chen", "11-24 10:00")]
