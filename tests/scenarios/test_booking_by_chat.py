"""A patient follows, books by chatting, looks at the appointment and cancels it."""

from datetime import timedelta

from tests.scenarios.conftest import Clinic


async def test_a_stranger_follows_and_is_told_who_we_are_what_we_store_and_how_to_stop(clinic: Clinic):
    openid = await clinic.person("小林")
    welcome = clinic.phone(openid)[-1]
    assert welcome.via == "passive"
    assert clinic.house.services.clinic.name in welcome.text
    assert "退订" in welcome.text


async def test_an_appointment_is_booked_by_numbers_and_confirmed_with_every_detail(clinic: Clinic):
    openid = await clinic.person()
    answer = await clinic.book(openid, "洁牙", "陈晓晴", "明天", "下午2:30")
    assert "约好了" in answer
    assert "11月24日" in answer
    await clinic.tick()
    confirmation = clinic.sent_to(openid)[-1]
    for detail in ("11月24日", "2:30", "陈晓晴", "洁牙", "示例市", "0555-000-0188"):
        assert detail in confirmation.text
    booked = await clinic.rows("appointments")
    assert [row["state"] for row in booked] == ["booked"]
    assert "appointment:booked" in [line.kind for line in await clinic.story(openid)]


async def test_a_service_restarted_in_the_middle_of_a_dialog_goes_on_where_it_was(open_clinic):
    first = await open_clinic()
    openid = await first.person()
    await first.say(openid, "预约")
    await first.say(openid, "洁牙")
    second = await open_clinic(beside=first)
    assert "哪天" in await second.say(openid, "陈晓晴")


async def test_the_same_tap_sent_three_times_books_once(clinic: Clinic):
    openid = await clinic.person()
    await clinic.book(openid, "洁牙", "陈晓晴", "明天")
    clinic.platform.faults.add(path="callback", drop="after")
    await clinic.say(openid, "下午2:30")
    assert len(await clinic.rows("appointments")) == 1


async def test_a_cancelled_appointment_is_confirmed_first_and_never_reminded(clinic: Clinic):
    openid = await clinic.person()
    await clinic.book(openid, "洁牙", "陈晓晴", "明天", "下午2:30")
    await clinic.tick()
    before = len(clinic.sent_to(openid))
    await clinic.say(openid, "我的预约")
    await clinic.say(openid, "1")
    answer = await clinic.say(openid, "确认取消")
    assert "取消" in answer
    await clinic.move(timedelta(hours=26))
    assert len(clinic.sent_to(openid)) == before
    assert [row["state"] for row in await clinic.rows("appointments")] == ["cancelled"]
    assert await clinic.rows("occupancy") == []


async def test_nonsense_is_asked_about_once_and_then_a_person_takes_over(clinic: Clinic):
    openid = await clinic.person()
    await clinic.say(openid, "预约")
    first = await clinic.say(openid, "天王盖地虎")
    assert "洁牙" in first
    await clinic.say(openid, "宝塔镇河妖")
    assert [row["kind"] for row in await clinic.rows("followups")] == ["handoff"]
