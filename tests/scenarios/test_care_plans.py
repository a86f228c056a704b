"""What arrives by the clock: confirmations, reminders, birthday wishes, aftercare."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.auditing import RECEPTION
from tests.scenarios.conftest import Clinic, OpenClinic
from wxbot.booking.models import AppointmentId
from wxbot.history.models import Kind
from wxbot.simulator.people import Seen

ZONE = ZoneInfo("Asia/Shanghai")
FRIDAY = ("洁牙", "周五", "下午2点")  # 27 November, from Monday the 23rd
SURGERY = ("智齿拔除", "明天", "上午10点")  # Tuesday the 24th
LASER = ("激光祛斑", "明天", "上午10点")
NOT_PLANNED = {"kind": {"$ne": "recall"}}  # follow-ups that no step of a plan asked for


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def arrivals(clinic: Clinic, openid: str, *via: str) -> list[tuple[str, str]]:
    """When what we sent by ourselves arrived, and how it begins."""
    return [(f"{seen.at.astimezone(ZONE):%m-%d %H:%M}", opening(seen)) for seen in clinic.sent_to(openid, *via)]


def opening(seen: Seen) -> str:
    if seen.card is None:
        return seen.text.partition("\n")[0]
    return f"{seen.card['title']} {seen.card['fields'][0][1]}"


async def the_appointment(clinic: Clinic) -> AppointmentId:
    (row,) = await clinic.rows("appointments")
    return AppointmentId(row["_id"])


async def pass_through(clinic: Clinic, *moments: str) -> None:
    for moment in moments:
        await clinic.move_to(moment)


# -- the appointment's own messages ------------------------------------------------------------------------------


async def test_a_new_patient_is_reminded_three_days_one_day_and_two_hours_before(clinic: Clinic) -> None:
    # A4-42
    openid = await clinic.person()
    await clinic.book(openid, *FRIDAY)
    await clinic.tick()
    await pass_through(
        clinic,
        "2026-11-24 09:59",
        "2026-11-24 10:00",
        "2026-11-25 10:00",
        "2026-11-26 09:59",
        "2026-11-26 10:00",
        "2026-11-27 11:59",
        "2026-11-27 12:00",
        "2026-11-27 13:55",
        "2026-11-27 14:05",
        "2026-11-28 10:00",
    )
    assert arrivals(clinic, openid) == [
        ("11-23 10:00", "您好，您的预约已经为您留好："),
        ("11-24 10:00", "您好，先和您对一下就诊的安排，我们11月27日 周五 下午2:00等您来："),
        ("11-26 10:00", "就诊提醒 明天下午2:00就诊"),  # the 48 hours are over: a card
        ("11-27 12:00", "就诊提醒 今天下午2:00就诊"),
    ]
    _, three_days, day_before, *_ = clinic.sent_to(openid)
    for detail in ("11月27日 周五 下午2:00", "陈晓晴医生（主治医师）", "示例市海棠区晨光路88号2层", "0555-000-0188"):
        assert detail in three_days.text
    assert day_before.card is not None
    assert day_before.card["fields"] == [
        ["事项", "明天下午2:00就诊"],
        ["时间", "2026年11月27日 14:00"],
        ["医生", "陈晓晴医生 主治医师"],
        ["地点", "示例市海棠区晨光路88号2层"],
    ]
    calls = {key: state for key, state in (await clinic.keys()).items() if state == "dropped"}
    assert set((await clinic.keys()).values()) == {"accepted", "delivered", "dropped"}
    assert calls == {"first_visit/call_24h": "dropped"}


async def test_a_returning_patient_is_reminded_one_day_and_two_hours_before(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.book(openid, "口腔检查", "周明远", "今天", "下午1:30")
    await clinic.move_to("2026-11-23 17:00")  # it has happened
    await clinic.book(openid, *FRIDAY)
    await pass_through(clinic, "2026-11-24 10:00", "2026-11-26 10:00", "2026-11-27 12:00")
    assert arrivals(clinic, openid)[-3:] == [
        ("11-23 17:00", "您好，您的预约已经为您留好："),
        ("11-26 10:00", "就诊提醒 明天下午2:00就诊"),
        ("11-27 12:00", "就诊提醒 今天下午2:00就诊"),
    ]


async def test_of_two_visits_booked_at_once_only_the_first_is_a_first_visit(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.book(openid, *SURGERY)
    await clinic.book(openid, "洁牙", "11月30日", "上午9点")
    await pass_through(clinic, "2026-11-24 18:00", "2026-11-27 10:00", "2026-11-29 10:00")
    assert [key for key in await clinic.keys() if key.startswith("appointment")] == ["appointment/day_before"]


async def test_who_is_still_in_the_48_hours_reads_the_whole_reminder(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.say(openid, "我叫林小满")
    await clinic.book(openid, *FRIDAY)
    await clinic.move_to("2026-11-25 20:00")
    await clinic.say(openid, "谢谢")
    await pass_through(clinic, "2026-11-26 10:00", "2026-11-27 12:00")
    day_before, two_hours = clinic.sent_to(openid, "customer")[-2:]
    assert day_before.text.startswith("林小满您好，我们明天下午2:00等您来：\n\n时间：11月27日 周五 下午2:00\n")
    assert "诊室：1诊室" in day_before.text
    assert two_hours.text.startswith("林小满，今天下午2:00我们等您来：陈晓晴医生，1诊室。")


async def test_an_accepted_notice_carries_the_reminder_before_a_card_does(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.platform.answer_notice(openid, "NTC_VISIT")
    await clinic.book(openid, *FRIDAY)
    await pass_through(clinic, "2026-11-23 10:01", "2026-11-26 10:00", "2026-11-27 12:00")
    assert arrivals(clinic, openid)[-2:] == [
        ("11-26 10:00", "就诊通知 明天下午2:00就诊"),
        ("11-27 12:00", "就诊提醒 今天下午2:00就诊"),  # one accept, one notice
    ]
    assert [seen.via for seen in clinic.sent_to(openid)][-2:] == ["notice", "template"]


async def test_who_books_too_late_for_a_reminder_gets_only_the_confirmation(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.move_to("2026-11-23 11:45")
    await clinic.book(openid, "口腔检查", "陈晓晴", "今天", "下午1:30")  # in less than two hours
    await clinic.book(openid, "洁牙", "明天", "上午9点")  # less than a day ahead, and at a quiet hour two hours before
    await pass_through(clinic, "2026-11-23 11:46", "2026-11-23 12:30", "2026-11-23 13:29", "2026-11-24 06:59")
    before = {"template": {"$regex": "appointment"}}
    assert sorted(row["key"].rpartition("/")[0] for row in await clinic.rows("outbox", before)) == [
        "booked/confirmed",
        "booked/confirmed",
    ]


async def test_a_moved_appointment_is_confirmed_again_and_never_reminded_of_the_old_hour(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.book(openid, *FRIDAY)
    await clinic.tick()
    await clinic.say(openid, "我的预约")
    await clinic.say(openid, "换个时间")
    await clinic.say(openid, "11月30日")
    await clinic.say(openid, "上午9:00")
    await clinic.tick()
    await pass_through(
        clinic,
        *(f"2026-11-{day} {hour}" for day in range(24, 30) for hour in ("10:00", "12:00")),
        "2026-11-29 20:00",
        "2026-11-30 08:31",
        "2026-11-30 10:00",
    )
    assert arrivals(clinic, openid) == [
        ("11-23 10:00", "您好，您的预约已经为您留好："),
        ("11-23 10:00", "您好，您的预约已经为您留好："),
        ("11-27 10:00", "就诊提醒 11月30日 周一 上午9:00就诊"),
        ("11-29 10:00", "就诊提醒 明天上午9:00就诊"),
        ("11-29 20:00", "就诊提醒 明天上午9:00就诊"),  # two hours before would be quiet
    ]
    assert "11月30日 周一 上午9:00" in clinic.sent_to(openid)[1].text
    assert all("11月30日" in str(seen.card["fields"]) for seen in clinic.sent_to(openid, "template") if seen.card)


@pytest.mark.parametrize(("change", "reason"), [("move", "appointment_moved"), ("cancel", "appointment_cancelled")])
async def test_a_reminder_that_waits_in_the_outbox_is_dropped_when_the_appointment_changes(
    clinic: Clinic, change: str, reason: str
) -> None:
    openid = await clinic.person()
    await clinic.book(openid, *SURGERY)
    await clinic.move_to("2026-11-24 08:05")  # two hours before is 8:00, quiet until 8:30
    assert (await clinic.keys())["appointment/two_hours_before"] == "waiting"
    await clinic.say(openid, "我的预约")
    if change == "move":
        await clinic.say(openid, "换个时间")
        await clinic.say(openid, "11月28日")
        await clinic.say(openid, "上午9:00")
    else:
        await clinic.say(openid, "取消这个预约")
        await clinic.say(openid, "确认取消")
    before = len(clinic.sent_to(openid))
    await clinic.move_to("2026-11-24 08:31")
    assert (await clinic.keys("dropped"))["appointment/two_hours_before"] == reason
    assert not any("今天上午" in seen.text for seen in clinic.sent_to(openid))
    assert not any(seen.card for seen in clinic.sent_to(openid))
    assert len(clinic.sent_to(openid)) == before + (change == "move")  # the new hour's confirmation


async def test_a_cancelled_appointment_is_never_reminded(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.book(openid, *FRIDAY)
    await clinic.tick()
    await clinic.say(openid, "我的预约")
    await clinic.say(openid, "取消这个预约")
    await clinic.say(openid, "确认取消")
    await pass_through(clinic, "2026-11-24 10:00", "2026-11-26 10:00", "2026-11-27 12:00", "2026-11-28 10:00")
    assert arrivals(clinic, openid) == [("11-23 10:00", "您好，您的预约已经为您留好：")]


# -- quiet hours -------------------------------------------------------------------------------------------------


async def test_quiet_hours_hold_reminders_but_not_answers(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.move_to("2026-11-23 23:00")
    answer = await clinic.book(openid, "口腔检查", "周明远", "明天", "上午10点")
    assert answer.startswith("约好了！")
    await clinic.tick()
    assert arrivals(clinic, openid) == [("11-23 23:00", "您好，您的预约已经为您留好：")]
    await pass_through(clinic, "2026-11-24 08:00", "2026-11-24 08:29")
    assert len(clinic.sent_to(openid)) == 1
    (waiting,) = await clinic.rows("outbox", {"state": "waiting"})
    assert (waiting["reason"], waiting["explanation"]) == ("quiet_hours", "夜间免打扰，11月24日 08:30 后发送")
    await clinic.move_to("2026-11-24 08:30")
    assert arrivals(clinic, openid)[1:] == [("11-24 08:30", "您好，今天上午10:00我们等您来：周明远医生，2诊室。")]


@pytest.mark.parametrize(
    ("hour", "leaves", "words"),
    [
        ("上午9点", "11-25 20:00", "您好，明天上午9:00我们等您来：周明远医生，2诊室。"),
        ("上午9点30", "11-26 08:30", "您好，今天上午9:30我们等您来：周明远医生，2诊室。"),
        ("上午10点30", "11-26 08:30", "您好，今天上午10:30我们等您来：周明远医生，2诊室。"),
    ],
)
async def test_the_last_reminder_of_a_morning_says_the_hour_and_leaves_the_evening_before_if_it_must(
    clinic: Clinic, hour: str, leaves: str, words: str
) -> None:
    openid = await clinic.person()
    await clinic.move_to("2026-11-24 20:30")
    assert (await clinic.book(openid, "口腔检查", "周明远", "11月26日", hour)).startswith("约好了！")
    await pass_through(
        clinic,
        *("2026-11-25 10:00", "2026-11-25 19:59", "2026-11-25 20:00", "2026-11-25 20:30", "2026-11-26 06:00"),
        *(f"2026-11-26 {clock}" for clock in ("07:00", "07:30", "08:00", "08:29", "08:30", "08:59", "09:29", "10:29")),
    )
    assert arrivals(clinic, openid)[2:] == [(leaves, words)]
    assert not await clinic.keys("dropped")


# -- birthdays ---------------------------------------------------------------------------------------------------

BIRTHDAYS = [
    ("生日 1990-11-25", "2026-11-25", "1990年11月25日"),
    ("我的生日是1990年11月25号", "2026-11-25", "1990年11月25日"),
    ("生日 农历1990年十月十七", "2026-11-25", "农历1990年十月十七"),
    ("生日 农历1990年腊月三十", "2027-02-05", "农历1990年腊月三十"),  # that month has 29 days in this lunar year
    ("生日 农历1984年闰十月十七", "2026-11-25", "农历1984年闰十月十七"),  # no leap month in this lunar year
    ("生日 1988-02-29", "2027-02-28", "1988年2月29日"),  # a common year
    ("生日 1988-02-29", "2028-02-29", "1988年2月29日"),
]


@pytest.mark.parametrize(("words", "day", "said_back"), BIRTHDAYS)
async def test_a_birthday_told_in_chat_is_wished_on_the_day(
    open_clinic: OpenClinic, words: str, day: str, said_back: str
) -> None:
    clinic = await open_clinic(now=local(f"{day} 10:00") - timedelta(days=1))
    openid = await clinic.person()
    await clinic.say(openid, "我叫林小满")
    answer = await clinic.say(openid, words)
    assert f"已登记生日：{said_back}。" in answer
    await clinic.move_to(f"{day} 09:29")
    assert clinic.sent_to(openid) == []
    await clinic.move_to(f"{day} 09:30")
    (wish,) = clinic.sent_to(openid)
    assert wish.via == "customer"
    assert wish.text.startswith("祝林小满生日快乐！")
    assert "回复「退订」" in wish.text
    await clinic.move(timedelta(hours=1))
    await clinic.move(timedelta(days=1))
    assert clinic.sent_to(openid) == [wish]


async def test_a_29_february_birthday_is_wished_on_that_day_alone_in_a_leap_year(open_clinic: OpenClinic) -> None:
    clinic = await open_clinic(now=local("2028-02-27 10:00"))
    openid = await clinic.person()
    await clinic.say(openid, "生日 1988-02-29")
    await clinic.move_to("2028-02-28 12:00")
    assert clinic.sent_to(openid) == []
    await clinic.say(openid, "在吗")
    await clinic.move_to("2028-02-29 09:30")
    assert [seen.via for seen in clinic.sent_to(openid)] == ["customer"]


async def test_a_wish_without_a_right_is_a_phone_call_and_never_a_template_message(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.say(openid, "生日 1990-11-27")
    await clinic.move_to("2026-11-27 09:30")  # the 48 hours ended on the 25th
    await clinic.move_to("2026-11-27 18:00")
    assert clinic.sent_to(openid) == []
    assert clinic.platform.sent == []
    assert await clinic.keys("dropped") == {"birthday/on_the_day": "no_channel"}
    (task,) = await clinic.rows("followups")
    assert task["kind"] == "phone"
    assert "48小时内没说过话，祝福不能用服务通知发" in task["reason"]
    assert Kind.MESSAGE_DROPPED in [line.kind for line in await clinic.story(openid)]


async def test_a_wish_arrives_by_the_notice_that_was_accepted(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.say(openid, "生日 1990-11-27")
    await clinic.platform.answer_notice(openid, "NTC_CARE")
    await clinic.move_to("2026-11-27 09:30")
    (wish,) = clinic.sent_to(openid)
    assert wish.via == "notice"
    assert wish.card is not None
    assert wish.card["fields"] == [["事项", "生日祝福"], ["提示", "祝您生日快乐，平安健康"]]
    assert await clinic.keys() == {"birthday/on_the_day": "delivered"}
    assert clinic.platform.people[openid].grants.get("NTC_CARE", 0) == 0


async def test_a_notice_refused_again_brings_no_wish(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.say(openid, "生日 1990-11-27")
    await clinic.platform.answer_notice(openid, "NTC_CARE")
    await clinic.platform.switch_off_notice(openid, "NTC_CARE")
    await clinic.move_to("2026-11-27 09:30")
    assert clinic.sent_to(openid) == []
    assert clinic.platform.sent == []


async def test_a_child_under_14_is_not_wished(clinic: Clinic) -> None:
    openid = await clinic.person()
    answer = await clinic.say(openid, "生日 2012-11-25")  # 14 on that very day
    assert "未满14周岁" in answer
    other = await clinic.person("小王")
    assert "未满14周岁" in await clinic.say(other, "生日 2012-11-26")
    await clinic.move_to("2026-11-24 12:00")
    await clinic.say(other, "在吗")
    await pass_through(clinic, "2026-11-25 09:30", "2026-11-26 09:30")
    assert [seen.via for seen in clinic.sent_to(openid)] == ["customer"]
    await clinic.move_to("2026-11-26 12:00")  # so that what is said now is heard within 48 h of the wish
    third = await clinic.person("小赵")
    assert "不发送生日祝福" in await clinic.say(third, "生日 2012-11-28")
    await clinic.move_to("2026-11-28 09:30")
    assert [seen.via for seen in clinic.sent_to(third)] == ["customer"]  # 14 that day
    fourth = await clinic.person("小周")
    await clinic.say(fourth, "生日 2015-11-29")
    await clinic.move_to("2026-11-29 09:30")
    assert clinic.sent_to(fourth) == []
    assert not any(row["contact_id"] is None for row in await clinic.rows("outbox"))


async def test_a_corrected_birthday_is_wished_on_the_new_day_only(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.say(openid, "生日 1990-11-24")
    await clinic.say(openid, "生日 1990-11-25")
    await clinic.move_to("2026-11-24 09:30")
    assert clinic.sent_to(openid) == []
    await clinic.move_to("2026-11-25 09:30")
    assert len(clinic.sent_to(openid)) == 1


async def test_the_two_questions_take_a_name_and_a_birthday_and_both_may_be_skipped(clinic: Clinic) -> None:
    openid = await clinic.person()
    assert "怎么称呼您" in await clinic.tap_menu(openid, "PROFILE")
    assert "生日是哪一天" in await clinic.say(openid, "林小满")
    assert "农历1990年十月十七" in await clinic.say(openid, "农历1990年十月十七")
    await clinic.move(timedelta(seconds=2))  # the same tap within one second would be the platform's repetition
    await clinic.tap_menu(openid, "PROFILE")
    await clinic.tap(openid, "跳过")
    answer = await clinic.tap(openid, "跳过")
    assert "姓名：林小满\n生日：农历1990年十月十七" in answer
    (patient,) = await clinic.rows("patients")
    assert (patient["name"], patient["birthday"]["calendar"]) == ("林小满", "lunar")


async def test_a_birthday_nobody_can_read_is_asked_about_once_and_then_a_person_helps(clinic: Clinic) -> None:
    openid = await clinic.person()
    assert "没有看懂" in await clinic.say(openid, "生日 1990-13-45")
    assert "已请同事来帮您登记" in await clinic.say(openid, "2月30")
    (task,) = await clinic.rows("followups")
    assert task["kind"] == "handoff"


# -- aftercare ---------------------------------------------------------------------------------------------------


async def test_aftercare_of_a_pulled_tooth_arrives_step_by_step(clinic: Clinic) -> None:
    """The same day, day 1, 3, 4 to 7, months 1, 3 and 6: A1-18, A1-20, A1-21, A1-22, A1-24."""
    openid = await clinic.person()
    await clinic.say(openid, "我叫林小满")
    await clinic.book(openid, *SURGERY)
    await clinic.move_to("2026-11-24 12:00")
    before = len(clinic.sent_to(openid))
    await clinic.move_to("2026-11-24 13:30")
    for day in range(25, 31):  # the patient writes every evening, so the whole wording arrives
        await clinic.move_to(f"2026-11-{day} 10:00")
        await clinic.move_to(f"2026-11-{day} 19:00")
        await clinic.say(openid, "谢谢")
    await pass_through(clinic, *(f"2026-12-{day:02d} 10:30" for day in range(1, 8)))
    for month, day in (("2026-12", 24), ("2027-02", 24), ("2027-05", 24)):
        await clinic.move_to(f"{month}-{day - 1} 18:00")
        await clinic.say(openid, "在吗")
        await clinic.move_to(f"{month}-{day} 10:29")
        await clinic.move_to(f"{month}-{day} 10:30")
        await clinic.move_to(f"{month}-{day + 1} 10:30")
    await clinic.move_to("2027-11-24 10:30")
    got = [(f"{seen.at.astimezone(ZONE):%m-%d %H:%M}", seen.text) for seen in clinic.sent_to(openid)[before:]]
    assert [(at, text.partition("，")[2].partition("，")[0].partition("？")[0]) for at, text in got] == [
        ("11-24 13:30", "今天辛苦了。回家后的头 24 小时"),
        ("11-25 10:00", "昨天辛苦了"),
        ("11-27 10:00", "今天是第三天"),
        ("11-28 10:00", "这几天可以来拆线了"),
        ("12-24 10:30", "一个月了"),
        ("02-24 10:30", "转眼三个月了"),
        ("05-24 10:30", "半年了"),
    ]
    texts = [text for _, text in got]
    for number, words in enumerate(
        (
            ("纱布咬满 30 到 60 分钟", "不漱口", "不用吸管", "烟和酒", "冰敷", "120"),
            ("满 24 小时才可以漱口", "软食", "不用吸管", "烟和酒", "120"),
            ("脸有些肿", "请别着急", "周明远医生", "120"),
            ("拆线", "回复「预约」"),
            ("一个月了", "复查", "周明远医生"),
            ("三个月了", "专人跟进"),
            ("半年了", "专人跟进", "不再定期打扰"),
        )
    ):
        assert all(word in texts[number] for word in words), texts[number]
        assert texts[number].startswith("林小满")
    keys = {key: state for key, state in (await clinic.keys()).items() if key.startswith("aftercare")}
    assert {key for key, state in keys.items() if state == "accepted"} == {
        f"aftercare_extraction/{step}"
        for step in ("day_0", "day_1", "day_3", "stitches", "month_1", "month_3", "month_6")
    }


async def test_aftercare_of_a_laser_treatment_reaches_a_silent_patient_by_cards(clinic: Clinic) -> None:
    """Day 1 (sun, water, spice, smoke: A1-19), day 3, months 1, 3 and 6; no stitches."""
    openid = await clinic.person()
    await clinic.move(timedelta(minutes=20))  # so that Wednesday at ten is well within the 48 hours of booking
    await clinic.book(openid, *LASER)
    await pass_through(
        clinic,
        "2026-11-24 13:30",
        *(f"2026-11-{day} 10:00" for day in range(25, 31)),
        "2026-12-02 10:00",
        "2026-12-24 10:30",
        "2027-02-24 10:30",
        "2027-05-24 10:30",
    )
    cards = [seen for seen in clinic.sent_to(openid) if seen.card and seen.card["title"] == "诊后关怀提示"]
    assert [(f"{seen.at.astimezone(ZONE):%m-%d}", seen.card["fields"][1][1]) for seen in cards if seen.card] == [
        ("11-27", "恢复得还好吗？不适请联系我们"),
        ("11-29", "恢复得还好吗？不适请联系我们"),  # nothing came back (A4-46)
        ("12-24", "恢复得还好吗？有疑问请联系我们"),
        ("02-24", "近来还好吗？有疑问请联系我们"),
        ("05-24", "近来还好吗？有疑问请联系我们"),
    ]
    day_1 = clinic.sent_to(openid, "customer")[-1]  # still within the 48 hours of booking
    assert day_1.at.astimezone(ZONE).strftime("%m-%d %H:%M") == "11-25 10:00"
    for words in ("防晒", "别沾水", "辛辣", "烟和酒"):
        assert words in day_1.text
    for seen in cards:  # the lock screen shows the card: nothing on it tells of the treatment
        assert "激光" not in str(seen.card)
        assert "祛斑" not in str(seen.card)
    assert {
        key for key, state in (await clinic.keys()).items() if key.startswith("aftercare") and state != "dropped"
    } == {f"aftercare_laser/{step}" for step in ("day_1", "day_3", "day_3.2", "month_1", "month_3", "month_6")}


@pytest.mark.parametrize("words", ["伤口有点肿，正常吗", "预约的时候没说会这么疼", "[picture]"])
async def test_what_a_patient_answers_to_aftercare_reaches_a_person(clinic: Clinic, words: str) -> None:
    openid = await clinic.person()
    await clinic.book(openid, *SURGERY)
    await pass_through(clinic, "2026-11-24 18:00", "2026-11-25 10:00")
    if words == "[picture]":
        await clinic.platform.send_image(openid)
    else:
        await clinic.say(openid, words)
    answer = clinic.phone(openid)[-1].text
    assert answer.startswith("收到，谢谢您告诉我们。您说的已经转给诊所的同事")
    assert "120" in answer
    (task,) = await clinic.rows("followups", NOT_PLANNED)
    assert (task["kind"], task["state"]) == ("handoff", "open")
    assert "回复了诊后关怀消息" in task["reason"]
    await clinic.say(openid, "还有点发热")
    assert len(await clinic.rows("followups", NOT_PLANNED)) == 1  # one task a day, not one per sentence


async def test_good_news_and_thanks_after_aftercare_call_nobody(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.book(openid, *SURGERY)
    await pass_through(clinic, "2026-11-24 18:00", "2026-11-25 10:00")
    assert (await clinic.say(openid, "谢谢你们的关心[玫瑰]")).startswith("不客气")
    assert (await clinic.say(openid, "挺好")).startswith("听您这么说，我们就放心了。")
    assert await clinic.rows("followups", NOT_PLANNED) == []


async def test_thanks_for_a_birthday_wish_are_met_as_thanks(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.say(openid, "生日 1990-11-24")
    await clinic.move_to("2026-11-24 09:30")
    assert (await clinic.say(openid, "谢谢大家的祝福🎂")).startswith("不客气")
    assert await clinic.rows("followups") == []


@pytest.mark.parametrize(
    ("kind", "who", "treatment", "words"),
    [
        ("补牙", "陈晓晴", "filling", "咬下去觉得高"),
        ("牙齿美白", "陈晓晴", "whitening", "48 小时"),
        ("种植牙", "周明远", "implant", "软食"),
        ("注射除皱", "顾安然", "injection", "不按、不揉"),
    ],
)
async def test_every_treatment_of_the_clinic_has_its_own_first_day(
    clinic: Clinic, kind: str, who: str, treatment: str, words: str
) -> None:
    openid = await clinic.person()
    await clinic.book(openid, kind, who, "明天", "上午10点")
    await clinic.move_to("2026-11-24 13:40")
    await clinic.say(openid, "谢谢")
    await clinic.move_to("2026-11-25 10:00")
    assert (await clinic.keys())[f"aftercare_{treatment}/day_1"] == "accepted"
    assert words in clinic.sent_to(openid)[-1].text


async def test_a_visit_without_aftercare_is_followed_by_nothing(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.book(openid, "口腔检查", "周明远", "明天", "上午10点")
    await clinic.move_to("2026-11-24 13:30")
    before = len(clinic.sent_to(openid))
    await pass_through(clinic, *(f"2026-11-{day} 10:00" for day in range(25, 31)), "2026-12-24 10:30")
    assert len(clinic.sent_to(openid)) == before
    assert [row["state"] for row in await clinic.rows("appointments")] == ["completed"]


async def test_who_did_not_come_gets_no_aftercare(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.book(openid, *SURGERY)
    await clinic.move_to("2026-11-24 18:00")
    assert [row["state"] for row in await clinic.rows("appointments")] == ["completed"]  # assumed
    booking = clinic.app.services.booking
    await booking.mark_no_show(await the_appointment(clinic), now=clinic.now, by=RECEPTION)
    before = len(clinic.sent_to(openid))
    await pass_through(clinic, *(f"2026-11-{day} 10:00" for day in range(25, 31)), "2026-12-24 10:30")
    assert not any("关怀" in str(seen.card) for seen in clinic.sent_to(openid)[before:] if seen.card)
    sent = {key for key, state in (await clinic.keys()).items() if state in {"accepted", "delivered"}}
    assert {key for key in sent if key.startswith("aftercare")} <= {"aftercare_extraction/day_0"}


async def test_aftercare_that_waits_overnight_is_dropped_when_the_visit_turns_out_missed(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.book(openid, *SURGERY)
    await clinic.move_to("2026-11-24 18:00")
    await clinic.move_to("2026-12-24 21:30")
    assert (await clinic.keys())["aftercare_extraction/month_1"] == "waiting"
    booking = clinic.app.services.booking
    await booking.mark_no_show(await the_appointment(clinic), now=clinic.now, by=RECEPTION)
    before = len(clinic.sent_to(openid))
    await clinic.move_to("2026-12-25 08:31")
    assert (await clinic.keys("dropped"))["aftercare_extraction/month_1"] == "not_treated"
    assert len(clinic.sent_to(openid)) == before


async def test_after_days_of_standstill_only_what_is_still_worth_sending_leaves(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.book(openid, *SURGERY)
    await clinic.move_to("2026-11-24 18:00")
    await clinic.move_to("2026-11-30 15:00")  # nothing ran for six days
    assert {key for key in await clinic.keys() if key.startswith("aftercare")} == {
        "aftercare_extraction/call_1",  # on the day itself
        "aftercare_extraction/day_0",
        "aftercare_extraction/stitches",
        "aftercare_extraction/call_stitches",
    }
