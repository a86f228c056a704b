"""A patient's rights from day one: told at the first follow, stopped at a word, forgotten after leaving."""

import asyncio
from datetime import timedelta

import pytest

from tests.scenarios.conftest import Clinic
from wxbot.history.models import Kind
from wxbot.messaging import Purpose
from wxbot.patients.models import ConsentTopic

SURGERY = ("智齿拔除", "明天", "上午10点")  # Tuesday the 24th
FRIDAY = ("洁牙", "周五", "下午2点")


async def consents(clinic: Clinic, openid: str) -> dict[str, bool]:
    contact = await clinic.app.services.patients.contact_by_openid(openid)
    assert contact is not None
    return {consent.topic.value: consent.granted for consent in contact.consents}


async def everything(clinic: Clinic) -> dict[str, str]:
    """The whole database as text, by collection."""
    database = clinic.app.database
    names = await database.client[database.name].list_collection_names()
    return {name: str(await clinic.rows(name)) for name in names}


async def pass_through(clinic: Clinic, *moments: str) -> None:
    for moment in moments:
        await clinic.move_to(moment)


# -- the first words ---------------------------------------------------------------------------------------------


async def test_a_new_follower_is_told_who_we_are_what_we_store_and_how_to_stop(clinic: Clinic) -> None:
    openid = await clinic.person("小林")
    (welcome,) = clinic.phone(openid)
    assert welcome.via == "passive"
    for words in (
        "晨光口腔与皮肤诊所",
        "姓名和生日、您的预约，以及您在这里与我们的对话",
        "回复「退订」",
        "回复「恢复」",
        "privacy@chenguang.example",
        "3天后删除微信侧信息",
        "120",
    ):
        assert words in welcome.text
    assert clinic.offered(openid) == ["预约", "我的预约", "人工服务"]
    assert await consents(clinic, openid) == {"care": True}  # told in the welcome; marketing waits for a yes
    (contact,) = await clinic.rows("contacts")
    (consent,) = contact["consents"]
    assert (consent["source"], consent["wording"]) == ("follow", "welcome.first@1")


async def test_who_comes_by_a_code_is_welcomed_with_the_same_words(clinic: Clinic) -> None:
    openid = await clinic.person(follow=False)
    await clinic.platform.scan(openid, "desk-1")
    assert clinic.phone(openid)[-1].text.startswith("您好，欢迎来到晨光口腔与皮肤诊所！")
    (contact,) = await clinic.rows("contacts")
    assert contact["scene"] == "desk-1"


# -- 退订 and 恢复 -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    ["退订", "TD", "td", "ＴＤ", "停止", "别发了", "不要再给我发消息了", "请退订，谢谢！", "回复TD退订", "别再打扰我"],
)
async def test_a_word_stops_care_and_marketing_at_once_and_says_so(clinic: Clinic, words: str) -> None:
    openid = await clinic.person()
    answer = await clinic.say(openid, words)
    assert answer.startswith("已为您停止关怀与活动消息，立即生效")
    assert "预约确认与就诊提醒仍会发送" in answer
    assert "回复「恢复」" in answer
    assert await consents(clinic, openid) == {"care": False, "marketing": False}
    assert [line.kind for line in await clinic.story(openid)].count(Kind.CONSENT_CHANGED) == 3


async def test_after_stopping_no_care_arrives_but_confirmations_and_reminders_do(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.say(openid, "生日 1990-11-25")
    await clinic.say(openid, "退订")
    await clinic.book(openid, *SURGERY)
    await clinic.tick()
    await pass_through(clinic, "2026-11-24 08:30", *(f"2026-11-{day} 10:00" for day in range(24, 31)))
    await pass_through(clinic, "2026-12-24 10:30")
    texts = [seen.text.partition("\n")[0] for seen in clinic.sent_to(openid)]
    assert texts == [
        "您好，您的预约已经为您留好：",
        "您好，今天上午10:00我们等您来：周明远医生，2诊室。",
    ]
    assert clinic.sent_to(openid, "template", "notice") == []
    reasons = await clinic.keys("dropped")
    assert set(reasons.values()) == {"no_consent"}
    assert {"birthday/on_the_day", "aftercare_extraction/day_1", "aftercare_extraction/month_1"} <= set(reasons)
    assert await clinic.rows("followups") == []  # nobody phones somebody who asked for silence


async def test_stopping_takes_back_what_waits_in_the_outbox(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.book(openid, *SURGERY)
    await pass_through(clinic, "2026-11-24 18:00", "2026-11-25 10:00", "2026-12-24 21:30")
    assert (await clinic.keys())["aftercare_extraction/month_1"] == "waiting"
    contact = await clinic.app.services.patients.contact_by_openid(openid)
    assert contact is not None
    await clinic.app.services.patients.set_consent(
        contact.id, ConsentTopic.MARKETING, granted=True, now=clinic.now, source="desk", wording="paper@1"
    )
    offer = clinic.app.services.outbox.message(
        key="marketing/spring/1",
        contact_id=contact.id,
        purpose=Purpose.MARKETING,
        template="fallback.greeting",
        now=clinic.now,
        expires_at=clinic.now + timedelta(days=2),
    )
    await clinic.app.services.outbox.enqueue([offer])
    await clinic.tick()
    await clinic.say(openid, "TD")
    before = len(clinic.sent_to(openid))
    await clinic.move_to("2026-12-25 08:31")
    assert len(clinic.sent_to(openid)) == before
    reasons = await clinic.keys("dropped")
    assert (reasons["aftercare_extraction/month_1"], reasons["marketing/spring"]) == ("no_consent", "no_consent")


async def test_resuming_brings_care_back_but_not_advertising_nobody_asked_for(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.say(openid, "退订")
    answer = await clinic.say(openid, "恢复")
    assert answer.startswith("好的，已为您恢复诊后关怀消息")
    assert await consents(clinic, openid) == {"care": True, "marketing": False}
    await clinic.book(openid, *SURGERY)
    await pass_through(clinic, "2026-11-24 18:00", "2026-11-25 10:00")
    assert "昨天辛苦了" in clinic.sent_to(openid)[-1].text


async def test_a_stop_that_names_a_kind_stops_that_kind_and_says_so(clinic: Clinic) -> None:
    openid = await clinic.person()
    assert (await clinic.say(openid, "生日祝福就别再发了")).startswith("已为您停止祝福消息，立即生效")
    assert await consents(clinic, openid) == {"care": True, "festival": False}
    assert (await clinic.say(openid, "也别再发活动了")).startswith("已为您停止营销消息")
    assert await consents(clinic, openid) == {"care": True, "festival": False, "marketing": False}
    await clinic.say(openid, "恢复")
    assert await consents(clinic, openid) == {"care": True, "festival": True, "marketing": False}  # never agreed to
    await clinic.say(openid, "退订")
    assert await consents(clinic, openid) == {"care": False, "festival": False, "marketing": False}
    await clinic.say(openid, "恢复")
    assert await consents(clinic, openid) == {"care": True, "festival": True, "marketing": False}


async def test_who_wants_no_reminders_gets_none_and_is_phoned_about_none(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.book(openid, *FRIDAY)
    assert (await clinic.say(openid, "不要再发预约提醒了")).startswith("已为您停止就诊提醒")
    stopped_at = clinic.now
    await pass_through(clinic, "2026-11-24 10:00", "2026-11-25 09:30", "2026-11-26 09:59")
    late = [seen.text for seen in clinic.sent_to(openid) if seen.at > stopped_at + timedelta(hours=1)]
    assert late == []  # the confirmation left at once; it is no reminder
    assert "topic_off" in set((await clinic.keys("dropped")).values())
    assert await clinic.rows("followups") == []


async def test_stopping_is_heard_in_the_middle_of_a_dialog(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.book(openid, "口腔检查", "周明远")
    assert (await clinic.say(openid, "退订")).startswith("已为您停止")
    assert await consents(clinic, openid) == {"care": False, "marketing": False}


async def test_the_message_settings_say_where_things_stand_and_change_by_a_tap(clinic: Clinic) -> None:
    openid = await clinic.person()
    assert "诊后关怀与生日祝福" in await clinic.tap_menu(openid, "CONSENT")
    assert (await clinic.tap(openid, "停止关怀消息")).startswith("已为您停止")
    assert "已停止" in await clinic.say(openid, "消息设置")
    assert (await clinic.say(openid, "2")).startswith("好的，已为您恢复")
    assert await consents(clinic, openid) == {"care": True, "marketing": False}


@pytest.mark.parametrize("words", ["我想停止吃药可以吗", "不要预约周五，要周六", "停车方便吗", "我不要拔牙"])
async def test_words_that_only_sound_alike_stop_nothing(clinic: Clinic, words: str) -> None:
    openid = await clinic.person()
    await clinic.say(openid, words)
    assert await consents(clinic, openid) == {"care": True}


# -- leaving -----------------------------------------------------------------------------------------------------


async def test_after_an_unfollow_nothing_more_is_sent(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.say(openid, "生日 1990-11-25")
    await clinic.book(openid, *FRIDAY)
    await clinic.platform.unfollow(openid)
    seen, sent = len(clinic.phone(openid)), len(clinic.platform.sent)
    await pass_through(clinic, "2026-11-24 10:00", "2026-11-25 09:30", "2026-11-26 09:59")
    assert (len(clinic.phone(openid)), len(clinic.platform.sent)) == (seen, sent)
    assert set((await clinic.keys("dropped")).values()) == {"unfollowed"}
    assert await clinic.rows("followups") == []


async def test_three_days_after_leaving_the_wechat_side_is_erased_and_the_booking_stays(clinic: Clinic) -> None:
    openid, stays = await clinic.person("小林"), await clinic.person("小王")
    await clinic.say(stays, "我还在呢")
    await clinic.say(openid, "我叫林小满")
    await clinic.say(openid, "生日 1990-12-25")
    await clinic.say(openid, "我牙疼得厉害，左边倒数第三颗")
    await clinic.book(openid, *FRIDAY)
    await clinic.platform.answer_notice(openid, "NTC_CARE")
    await clinic.tick()
    await clinic.say(openid, "预约")  # a dialog is open
    await clinic.say(openid, "人工")  # and somebody was asked to answer
    contact = await clinic.app.services.patients.contact_by_openid(openid)
    assert contact is not None
    await clinic.platform.unfollow(openid)
    await clinic.move(timedelta(days=2, hours=23))
    assert openid in (await everything(clinic))["contacts"]
    await clinic.move(timedelta(hours=2))

    after = await everything(clinic)
    assert {name for name, text in after.items() if openid in text} == set()
    assert {name for name, text in after.items() if "左边倒数第三颗" in text} == set()
    assert {name for name, text in after.items() if contact.alias in text} == set()
    assert {name for name, text in after.items() if "林小满" in text} == {"patients"}
    bare = {"contacts", "interactions", "outbox", "episodes"}
    assert {name for name, text in after.items() if contact.id in text} <= bare
    assert await clinic.app.services.history.timeline(contact.id) == []
    assert await clinic.rows("rights", {"_id": contact.id}) == []
    (appointment,) = await clinic.rows("appointments")
    assert (appointment["contact_id"], appointment["state"]) == (None, "booked")
    (patient,) = await clinic.rows("patients", {"_id": appointment["patient_id"]})
    assert (patient["name"], patient["contact_id"]) == ("林小满", None)
    booked = await clinic.rows("interactions", {"kind": "appointment:booked"})
    assert [(line["contact_id"], line["patient_id"]) for line in booked] == [(None, appointment["patient_id"])]
    (erased,) = await clinic.rows("interactions", {"kind": "contact:erased"})
    assert (erased["text"], erased["payload"]) == (None, {})
    assert [line.text for line in await clinic.story(stays)].count("我还在呢") == 1
    before = len(clinic.platform.sent)
    await pass_through(clinic, "2026-11-27 12:00", "2026-12-25 09:30")
    assert len(clinic.platform.sent) == before


async def test_who_never_booked_leaves_no_patient_behind(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.say(openid, "我叫林小满")
    await clinic.platform.unfollow(openid)
    await clinic.move(timedelta(days=3, minutes=1))
    assert await clinic.rows("patients") == []
    (contact,) = await clinic.rows("contacts")
    assert (contact["openid"], contact["alias"], contact["consents"]) == (None, "", [])


async def test_an_erasure_broken_off_in_the_middle_keeps_the_patient_of_a_booking(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.say(openid, "我叫林小满")
    await clinic.book(openid, *FRIDAY)
    services = clinic.app.services
    contact = await services.patients.contact_by_openid(openid)
    assert contact is not None
    await clinic.platform.unfollow(openid)
    later = clinic.now + timedelta(days=3, minutes=1)
    assert await services.patients.part(contact.id, later)
    await services.booking.detach(contact.id)  # and here the process was killed
    await clinic.move(timedelta(days=3, minutes=1))
    (patient,) = await clinic.rows("patients")
    assert (patient["name"], patient["contact_id"]) == ("林小满", None)
    assert await services.patients.due_for_erasure(clinic.now + timedelta(days=9)) == []


async def test_who_returns_in_the_last_moment_loses_nothing(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.say(openid, "我叫林小满")
    await clinic.platform.unfollow(openid)
    services = clinic.app.services
    (due,) = await services.patients.due_for_erasure(clinic.now + timedelta(days=3, minutes=1))
    await clinic.move(timedelta(minutes=1))
    await clinic.platform.follow(openid)
    assert not await services.patients.part(due.id, clinic.now)
    await clinic.move(timedelta(days=4))
    assert "我叫林小满" in [line.text for line in await clinic.story(openid)]


async def test_who_returns_within_three_days_finds_everything_as_it_was(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.say(openid, "我叫林小满")
    await clinic.book(openid, *FRIDAY)
    await clinic.tick()
    await clinic.platform.unfollow(openid)
    await clinic.move(timedelta(days=2, hours=12))
    await clinic.platform.follow(openid)
    assert clinic.phone(openid)[-1].text.startswith("欢迎您回来，晨光口腔与皮肤诊所一直在这里。")
    assert "11月27日 周五 下午2:00" in await clinic.say(openid, "我的预约")
    await clinic.move(timedelta(days=1))
    assert "我叫林小满" in [line.text for line in await clinic.story(openid)]
    await clinic.move_to("2026-11-27 12:00")
    assert clinic.sent_to(openid)[-1].text.startswith("林小满，今天下午2:00我们等您来")


async def test_a_second_leave_gives_three_days_again(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.say(openid, "我叫林小满")
    await clinic.platform.unfollow(openid)
    await clinic.move(timedelta(days=2))
    await clinic.platform.follow(openid)
    await clinic.move(timedelta(hours=1))
    await clinic.platform.unfollow(openid)
    await clinic.move(timedelta(days=2))
    assert "我叫林小满" in [line.text for line in await clinic.story(openid)]
    await clinic.move(timedelta(days=1, minutes=1))
    assert await clinic.app.services.patients.contact_by_openid(openid) is None


async def test_who_had_stopped_before_leaving_is_not_cared_for_again_by_returning(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.say(openid, "退订")
    await clinic.platform.unfollow(openid)
    await clinic.move(timedelta(hours=1))
    await clinic.platform.follow(openid)
    assert await consents(clinic, openid) == {"care": False, "marketing": False}


async def test_who_returns_after_the_erasure_is_somebody_new(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.say(openid, "我叫林小满")
    await clinic.book(openid, *FRIDAY)
    first = await clinic.app.services.patients.contact_by_openid(openid)
    await clinic.platform.unfollow(openid)
    await clinic.move(timedelta(days=3, minutes=1))
    await clinic.platform.follow(openid)
    second = await clinic.app.services.patients.contact_by_openid(openid)
    assert first is not None
    assert second is not None
    assert first.id != second.id
    assert clinic.phone(openid)[-1].text.startswith("您好，欢迎来到晨光口腔与皮肤诊所！")
    assert (await clinic.say(openid, "我的预约")).startswith("您目前没有待就诊的预约。")
    assert "目前登记的姓名：还没有" in await clinic.say(openid, "个人信息")
    await clinic.move_to("2026-11-27 12:00")
    assert clinic.sent_to(openid) == []


async def test_two_processes_that_erase_at_once_erase_once(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.book(openid, *FRIDAY)
    await clinic.platform.unfollow(openid)
    clinic.platform.clock.move(timedelta(days=4))
    clinic.app.clock.move(timedelta(days=4))
    await asyncio.gather(*(clinic.app.runner.run_now("erase_unfollowed") for _ in range(4)))
    assert len(await clinic.rows("interactions", {"kind": "contact:erased"})) == 1
    assert [row["contact_id"] for row in await clinic.rows("patients")] == [None]
    assert len(await clinic.rows("appointments")) == 1
