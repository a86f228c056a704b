"""What a patient answers to a reminder changes that very appointment: by tap, number and word, once."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.auditing import RECEPTION
from tests.scenarios.conftest import Clinic, OpenClinic
from tests.scenarios.phones import OpenPhone
from wxbot.booking.models import Appointment, AppointmentId
from wxbot.history.models import Kind

ZONE = ZoneInfo("Asia/Shanghai")
PUBLIC = "https://clinic.example.cn"
WEDNESDAY = ("洁牙", "周三", "下午2:30")  # 25 November, from Monday the 23rd
THURSDAY = ("口腔检查", "周明远", "周四", "上午10点")


async def reminded(clinic: Clinic, name: str = "小林", *visits: tuple[str, ...]) -> str:
    """Somebody who was just reminded of tomorrow's visit, in whole sentences."""
    openid = await clinic.person(name)
    for choices in visits or (WEDNESDAY,):
        assert (await clinic.book(openid, *choices)).startswith("约好了！")
    await clinic.move_to("2026-11-24 10:05")
    assert clinic.sent_to(openid)[-1].text.startswith("您好，我们明天下午2:30等您来：")
    return openid


async def visits(clinic: Clinic) -> list[dict[str, Any]]:
    return sorted(await clinic.rows("appointments"), key=lambda row: row["start"])


async def standing(clinic: Clinic) -> Appointment:
    row = (await visits(clinic))[0]
    found = await clinic.app.services.booking.by_ids([AppointmentId(row["_id"])])
    return found[AppointmentId(row["_id"])]


async def move_to_friday(clinic: Clinic, *, tell: bool = True) -> Appointment:
    """A colleague moves the visit to Friday at ten."""
    now = await standing(clinic)
    start = datetime(2026, 11, 27, 10, tzinfo=ZONE)
    return await clinic.app.services.booking.move(
        now.id, start, now.practitioner_id, now.version, f"move-{tell}", by=RECEPTION, now=clinic.now, tell=tell
    )


async def test_a_reminder_says_everything_and_offers_three_answers(open_clinic: OpenClinic) -> None:
    clinic = await open_clinic(public_url=PUBLIC)
    openid = await reminded(clinic)
    (row,) = await visits(clinic)
    seen = clinic.sent_to(openid)[-1]
    assert [(each["text"], each["id"]) for each in seen.options] == [
        ("确认会来", f"ap:come:{row['_id']}:1"),
        ("改时间", f"ap:move:{row['_id']}:1"),
        ("取消", f"ap:cancel:{row['_id']}:1"),
    ]
    page = f"{PUBLIC}/w/appointments/{row['_id']}?v=1"
    for part in (
        "11月25日 周三 下午2:30",
        "陈晓晴医生（主治医师）",
        "1诊室",
        "示例市海棠区晨光路88号2层",
        "来之前：",
        page,
    ):
        assert part in seen.text


async def test_without_rights_the_card_opens_the_page_of_that_visit(open_clinic: OpenClinic) -> None:
    clinic = await open_clinic(public_url=PUBLIC)
    openid = await clinic.person()
    await clinic.book(openid, "洁牙", "周五", "下午2点")
    await clinic.move_to("2026-11-26 10:01")
    (row,) = await visits(clinic)
    seen = clinic.sent_to(openid)[-1]
    assert seen.via == "template"
    assert seen.card is not None
    assert seen.card["url"] == f"{PUBLIC}/w/appointments/{row['_id']}?v=1"


async def test_one_tap_confirms_and_a_second_changes_nothing(clinic: Clinic) -> None:
    openid = await reminded(clinic)
    for _ in range(2):
        assert (await clinic.tap(openid, "确认会来")).startswith("收到，谢谢您的确认。明天 11月25日 周三 下午2:30")
    (row,) = await visits(clinic)
    assert row["confirmed_at"] is not None
    assert [line.kind for line in await clinic.story(openid)].count(Kind.APPOINTMENT_CONFIRMED) == 1


async def test_a_tap_also_counts_days_later_beside_another_question(clinic: Clinic) -> None:
    openid = await reminded(clinic)
    await clinic.say(openid, "预约")  # a question is open
    assert (await clinic.tap(openid, "确认会来")).startswith("收到，谢谢您的确认")


@pytest.mark.parametrize("words", ["2", "改时间", "换个时间", "②"])
async def test_another_hour_by_number_or_word(clinic: Clinic, words: str) -> None:
    openid = await reminded(clinic)
    assert "11月25日 周三 下午2:30" in await clinic.say(openid, words)
    await clinic.say(openid, "11月27日")
    await clinic.say(openid, "上午10:00")
    (row,) = await visits(clinic)
    assert row["start"].astimezone(ZONE).strftime("%m-%d %H:%M") == "11-27 10:00"


@pytest.mark.parametrize("words", ["3", "取消", "来不了", "我来不了了"])
async def test_cancelling_by_number_or_word_is_asked_once(clinic: Clinic, words: str) -> None:
    openid = await reminded(clinic)
    assert "11月25日 周三 下午2:30" in await clinic.say(openid, words)
    assert (await visits(clinic))[0]["state"] == "booked"
    assert "已为您取消" in await clinic.tap(openid, "确认取消")
    assert (await visits(clinic))[0]["state"] == "cancelled"


async def test_the_old_reminder_of_a_cancelled_visit_says_so(clinic: Clinic) -> None:
    openid = await reminded(clinic)
    entry = clinic.sent_to(openid)[-1].options[0]
    await clinic.say(openid, "3")
    await clinic.tap(openid, "确认取消")
    assert "已为您取消" in await clinic.say(openid, entry["text"], entry["id"])
    (row,) = await visits(clinic)
    assert (row["state"], row["confirmed_at"]) == ("cancelled", None)


@pytest.mark.parametrize(
    ("words", "field"), [("1", "confirmed_at"), ("会来", "confirmed_at"), ("确认", "confirmed_at")]
)
async def test_of_several_visits_the_answer_means_the_one_of_the_reminder(
    clinic: Clinic, words: str, field: str
) -> None:
    openid = await reminded(clinic, "小林", THURSDAY, WEDNESDAY)
    assert (await clinic.say(openid, words)).startswith("收到，谢谢您的确认。明天 11月25日 周三 下午2:30")
    wednesday, thursday = await visits(clinic)
    assert (wednesday[field] is not None, thursday[field]) == (True, None)


async def test_who_cannot_come_to_one_of_several_visits_cancels_the_one_of_the_reminder(clinic: Clinic) -> None:
    openid = await reminded(clinic, "小林", THURSDAY, WEDNESDAY)
    assert "11月25日 周三 下午2:30" in await clinic.say(openid, "来不了")
    await clinic.tap(openid, "确认取消")
    assert [row["state"] for row in await visits(clinic)] == ["cancelled", "booked"]


async def test_a_visit_that_is_named_is_meant_whatever_the_reminder_was_about(clinic: Clinic) -> None:
    openid = await reminded(clinic, "小林", THURSDAY, WEDNESDAY)
    assert "11月26日 周四 上午10:00" in await clinic.say(openid, "取消周四的预约")


async def test_two_reminders_at_once_are_asked_about(clinic: Clinic) -> None:
    openid = await clinic.person()
    for choices in (WEDNESDAY, ("口腔检查", "陈晓晴", "周三", "下午4点")):
        await clinic.book(openid, *choices)
    await clinic.move_to("2026-11-24 10:05")
    assert len(clinic.sent_to(openid)) == 4
    assert "您确认会来的是哪一个" in await clinic.say(openid, "1")
    await clinic.tap(openid, "下午2:30")
    first, second = await visits(clinic)
    assert (first["confirmed_at"] is not None, second["confirmed_at"]) == (True, None)


@pytest.mark.parametrize("action", ["come", "move", "cancel"])
async def test_the_tap_of_an_old_reminder_is_told_of_the_present_hour_and_changes_nothing(
    clinic: Clinic, action: str
) -> None:
    openid = await reminded(clinic)
    entry = next(each for each in clinic.sent_to(openid)[-1].options if f":{action}:" in each["id"])
    await move_to_friday(clinic)
    before = (await visits(clinic))[0]
    said = await clinic.say(openid, entry["text"], entry["id"])
    assert said.startswith("这个预约后来改过时间，现在是11月27日 周五 上午10:00，")
    assert (await visits(clinic))[0] == before
    assert (await clinic.say(openid, "1")).startswith("收到，谢谢您的确认。11月27日 周五 上午10:00")
    assert (await visits(clinic))[0]["confirmed_at"] is not None


@pytest.mark.parametrize("words", ["1", "会来", "3", "来不了", "改时间"])
async def test_words_that_answer_an_old_reminder_are_told_of_the_present_hour_too(clinic: Clinic, words: str) -> None:
    openid = await reminded(clinic)
    await move_to_friday(clinic, tell=False)
    assert (await clinic.say(openid, words)).startswith("这个预约后来改过时间，现在是11月27日 周五 上午10:00，")
    (row,) = await visits(clinic)
    assert (row["state"], row["confirmed_at"]) == ("booked", None)


async def test_a_number_means_the_reminder_though_another_question_was_open_before_it(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.book(openid, *WEDNESDAY)
    await clinic.move_to("2026-11-24 09:50")
    await clinic.say(openid, "预约")  # 1 would choose a visit type
    await clinic.move_to("2026-11-24 10:01")
    assert (await clinic.say(openid, "1")).startswith("收到，谢谢您的确认")


async def test_after_anything_else_was_said_a_number_is_no_answer_to_the_reminder(clinic: Clinic) -> None:
    openid = await reminded(clinic)
    await clinic.say(openid, "停车方便吗")
    await clinic.say(openid, "1")
    assert (await visits(clinic))[0]["confirmed_at"] is None


async def test_nobody_answers_for_somebody_else(clinic: Clinic) -> None:
    openid = await reminded(clinic)
    entry = clinic.sent_to(openid)[-1].options[0]
    stranger = await clinic.person("小王")
    assert "没有找到这个预约" in await clinic.say(stranger, entry["text"], entry["id"])
    assert (await visits(clinic))[0]["confirmed_at"] is None


async def test_a_tap_after_the_hour_is_told_kindly_that_it_is_too_late(clinic: Clinic) -> None:
    openid = await reminded(clinic)
    entry = clinic.sent_to(openid)[-1].options[0]
    await clinic.move(timedelta(days=1, hours=4, minutes=40))
    assert await clinic.say(openid, entry["text"], entry["id"])
    assert (await visits(clinic))[0]["confirmed_at"] is None


@pytest.mark.parametrize("words", ["好的", "1", "取消"])
async def test_after_the_visit_its_reminder_is_answered_no_more(clinic: Clinic, words: str) -> None:
    openid = await reminded(clinic)
    await clinic.move_to("2026-11-25 18:00")
    last = clinic.phone(openid)[-1].text
    assert "我们明天下午2:30等您来" in last
    answer = await clinic.say(openid, words)
    assert answer
    assert "已经开始或过去" not in answer
    assert "收到，谢谢您的确认" not in answer


async def test_another_hour_in_words_means_the_visit_of_the_reminder(clinic: Clinic) -> None:
    openid = await reminded(clinic, "小林", THURSDAY, WEDNESDAY)
    answer = await clinic.say(openid, "改到周五上午10点")
    assert "11月27日 周五 上午10:00" in answer
    await clinic.say(openid, "可以")
    rows = {row["start"].astimezone(ZONE).strftime("%m-%d %H:%M") for row in await visits(clinic)}
    assert rows == {"11-26 10:00", "11-27 10:00"}


async def test_the_link_of_a_reminder_shows_the_booking_as_it_is_now(clinic: Clinic, phone_of: OpenPhone) -> None:
    openid = await reminded(clinic)
    (row,) = await visits(clinic)
    phone, link = await phone_of(openid), f"/w/appointments/{row['_id']}?v=1"
    assert "下面是最新的内容" not in (await phone.open(link)).text
    await clinic.say(openid, "1")
    confirmed = (await phone.open(link)).text
    assert "已确认会来" in confirmed
    assert "下面是最新的内容" not in confirmed  # its hour stands
    await move_to_friday(clinic)
    moved = (await phone.open(link)).text
    assert "这次预约有过变化，下面是最新的内容" in moved
    assert "11月27日 周五 上午10:00" in moved
