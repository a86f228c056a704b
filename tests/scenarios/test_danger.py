"""Danger signs and complaints, through the front door: advice at once, a person for it, colleagues who are told."""

from datetime import timedelta
from typing import Any

import pytest

from tests.scenarios.conftest import Clinic
from wxbot.actors import COMMAND_LINE
from wxbot.patients.models import ConsentTopic
from wxbot.simulator.people import Seen
from wxbot.staff.permissions import Role
from wxbot.staff.wechat_binding import mark_of

BLEEDING = "拔牙后一直出血怎么办"
SURGERY = ("智齿拔除", "明天", "上午10点")  # Tuesday the 24th


async def tasks(clinic: Clinic, kind: str) -> list[dict[str, Any]]:
    return await clinic.rows("followups", {"kind": kind, "state": "open"})


async def colleague(clinic: Clinic, role: Role) -> str:
    """A colleague of that role with a WeChat of their own, bound by scanning and confirming."""
    staff = clinic.app.services.staff
    made = await staff.create(by=COMMAND_LINE, login=role.value, name=f"同事 {role.value}", role=role, now=clinic.now)
    openid = await clinic.person(made.account.name)
    scene = await staff.wechat.start(by=made.account.actor, now=clinic.now)
    await clinic.platform.scan(openid, scene)
    await staff.wechat.confirm(mark_of(openid), by=made.account.actor, now=clinic.now)
    return openid


def alerts(clinic: Clinic, openid: str, *via: str) -> list[Seen]:
    return [
        seen
        for seen in clinic.sent_to(openid, *via)
        if "需要立即联系" in seen.text or (seen.card is not None and seen.card["title"] == "待办提醒")
    ]


# -- advice and the follow-up -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "advised", "sign"),
    [
        (BLEEDING, ("纱布", "压住", "120"), "出血不止"),
        ("脸都肿了", ("不要热敷", "120"), "面部肿胀"),
        ("救命", ("拨打 120",), "呼救"),
        ("不想活了", ("12356", "陪您"), "想轻生"),
        ("孩子门牙摔掉了，牙在手里", ("牛奶", "牙根"), "牙齿摔断或脱落"),
        ("喘不上气", ("拨打 120", "不要平躺"), "呼吸困难"),
    ],
)
async def test_a_danger_sign_is_advised_at_once_and_becomes_an_urgent_follow_up(
    clinic: Clinic, words: str, advised: tuple[str, ...], sign: str
) -> None:
    openid = await clinic.person()
    answer = await clinic.say(openid, words)
    assert all(part in answer for part in (*advised, "0555-000-0188"))
    (task,) = await tasks(clinic, "danger")
    assert task["urgent"]
    assert sign in task["reason"]
    assert [each["text"] for each in task["words"]] == [words]
    assert task["due_at"] <= clinic.now
    assert task["about"] == ""  # a contact without a record


async def test_what_only_sounds_like_danger_opens_nothing(clinic: Clinic) -> None:
    openid = await clinic.person()
    for words in ("不出血了", "去年流过血", "拔牙会流很多血吗", "没有发烧", "昨天出了点血今天好了", "朋友说会发烧"):
        await clinic.say(openid, words)
    assert await tasks(clinic, "danger") == []


async def test_the_follow_up_names_the_treatment_and_the_advice_fits_it(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.book(openid, *SURGERY)
    await clinic.move_to("2026-11-26 15:00")
    answer = await clinic.say(openid, BLEEDING)
    assert "咬住 30 分钟" in answer  # the advice after surgery, not the general one
    (task,) = await tasks(clinic, "danger")
    assert task["about"] == "智齿拔除，11月24日，2天前"
    assert task["patient_id"] is not None


async def test_a_booking_in_progress_is_left_in_peace(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.book(openid, "洁牙", "周五")
    assert "纱布" in await clinic.say(openid, BLEEDING)
    assert "下午2:00" in await clinic.say(openid, "下午2点")  # read back: the dialog is where it was
    await clinic.say(openid, "可以")
    (booked,) = await clinic.rows("appointments")
    assert booked["visit_type_id"] == "cleaning"
    assert len(await tasks(clinic, "danger")) == 1


async def test_said_again_within_minutes_it_is_acknowledged_and_added(clinic: Clinic) -> None:
    openid = await clinic.person()
    first = await clinic.say(openid, BLEEDING)
    again = await clinic.say(openid, "还在流血，止不住")
    assert again != first
    assert "加急" in again
    worse = await clinic.say(openid, "我喘不上气了")  # another sign has its own advice
    assert "不要平躺" in worse
    (task,) = await tasks(clinic, "danger")
    assert [each["text"] for each in task["words"]] == [BLEEDING, "还在流血，止不住", "我喘不上气了"]
    assert task["count"] == 3
    await clinic.move(timedelta(hours=3))
    assert "纱布" in await clinic.say(openid, "血又流出来了，一直流")


async def test_a_danger_sign_with_a_refusal_stops_messages_too(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.say(openid, "退订")
    answer = await clinic.say(openid, BLEEDING)
    assert "纱布" in answer  # advice needs no consent
    contact = await clinic.app.services.patients.contact_by_openid(openid)
    assert contact is not None
    assert not contact.allows(ConsentTopic.CARE)


# -- colleagues who are told ----------------------------------------------------------------------------------------


async def test_colleagues_are_told_by_a_message_that_quotes(clinic: Clinic) -> None:
    nurse, desk = await colleague(clinic, Role.CLINICIAN), await colleague(clinic, Role.RECEPTION)
    consultant = await colleague(clinic, Role.CONSULTANT)
    for openid in (nurse, desk, consultant):
        await clinic.say(openid, "你好")
    patient = await clinic.person()
    await clinic.say(patient, BLEEDING)
    await clinic.tick()
    for openid in (nurse, desk):
        (alert,) = alerts(clinic, openid, "customer")
        assert BLEEDING in alert.text
    assert alerts(clinic, consultant) == []  # not on a role for it
    await clinic.say(patient, "还在流血，止不住")
    await clinic.tick()
    assert len(alerts(clinic, nurse)) == 1  # once per follow-up
    await clinic.say(patient, "喘不上气了")
    await clinic.tick()
    assert len(alerts(clinic, nurse)) == 2  # and once more when it becomes an emergency


async def test_beyond_48_hours_a_card_that_tells_nothing_of_the_patient(clinic: Clinic) -> None:
    nurse = await colleague(clinic, Role.CLINICIAN)
    await clinic.move(timedelta(hours=60))  # in the evening: quiet hours hold for no alert
    await clinic.say(await clinic.person("小王"), BLEEDING)
    await clinic.tick()
    (alert,) = alerts(clinic, nurse, "template")
    assert alert.card is not None
    told = str(alert.card)
    assert "有一位患者需要立即联系" in told
    assert "出血" not in told
    assert "小王" not in told


async def test_a_colleague_who_is_off_or_has_left_is_not_told_and_nobody_is_phoned_for_it(clinic: Clinic) -> None:
    off, left = await colleague(clinic, Role.CLINICIAN), await colleague(clinic, Role.RECEPTION)
    await clinic.app.database.collection("staff").update_one({"openid": off}, {"$set": {"disabled": True}})
    await clinic.platform.unfollow(left)
    await colleague(clinic, Role.MANAGER)
    clinic.platform.templates.clear()
    await clinic.move(timedelta(hours=60))
    await clinic.say(await clinic.person(), BLEEDING)
    await clinic.tick()
    assert [row for row in await clinic.rows("outbox") if row["key"].startswith("alert/")] != []
    await clinic.move(timedelta(hours=13))  # none of it could leave
    assert alerts(clinic, off) == alerts(clinic, left) == []
    assert await tasks(clinic, "phone") == []


async def test_the_same_push_twice_tells_once(clinic: Clinic) -> None:
    await colleague(clinic, Role.CLINICIAN)
    patient = await clinic.person()
    await clinic.say(patient, BLEEDING)
    rows = [row["key"] for row in await clinic.rows("outbox") if row["key"].startswith("alert/")]
    assert len(rows) == len(set(rows)) == 1


async def test_without_anybody_to_tell_the_follow_up_is_there(clinic: Clinic) -> None:
    await clinic.say(await clinic.person(), BLEEDING)
    await clinic.tick()
    assert len(await tasks(clinic, "danger")) == 1
    assert [row for row in await clinic.rows("outbox") if row["key"].startswith("alert/")] == []


# -- complaints -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", ["我要投诉", "太差劲了要去12315", "你们这是骗子", "必须给我退款，不然我去曝光"])
async def test_a_complaint_opens_a_case_of_48_hours(clinic: Clinic, words: str) -> None:
    openid = await clinic.person()
    clinic.stand_still()
    answer = await clinic.say(openid, words)
    assert "很抱歉" in answer
    assert "48 小时" in answer
    assert "负责人" in answer
    (case,) = await tasks(clinic, "complaint")
    assert case["urgent"]
    assert case["due_at"] - case["opened_at"] == timedelta(hours=48)
    assert [each["text"] for each in case["words"]] == [words]


async def test_further_complaints_join_the_case_and_a_dialogue_goes_on(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.book(openid, "洁牙", "周五")
    await clinic.say(openid, "我要投诉")
    assert "已补充" in await clinic.say(openid, "你们前台态度太差了")
    assert "下午2:00" in await clinic.say(openid, "下午2点")  # read back: the dialog is where it was
    await clinic.say(openid, "可以")
    assert len(await clinic.rows("appointments")) == 1
    (case,) = await tasks(clinic, "complaint")
    assert [each["text"] for each in case["words"]] == ["我要投诉", "你们前台态度太差了"]


async def test_a_threat_to_complain_about_messages_is_no_complaint(clinic: Clinic) -> None:
    await clinic.say(await clinic.person(), "再发我就投诉")
    assert await tasks(clinic, "complaint") == []


async def test_a_complaint_about_a_danger_opens_both(clinic: Clinic) -> None:
    openid = await clinic.person()
    assert "纱布" in await clinic.say(openid, "你们拔的牙一直出血止不住，我要投诉")
    assert len(await tasks(clinic, "danger")) == len(await tasks(clinic, "complaint")) == 1


@pytest.mark.parametrize(
    ("words", "kind", "answered"),
    [
        ("退订，另外我拔牙后一直出血止不住", "danger", "纱布"),
        ("别再给我发消息了，我脸肿得眼睛都睁不开", "danger", "120"),
        ("不要再发了，我要投诉你们前台", "complaint", "48 小时"),
        ("退订。你们乱收费，给我一个说法", "complaint", "48 小时"),
    ],
)
async def test_a_stop_and_a_danger_or_a_complaint_in_one_message_both_count(
    clinic: Clinic, words: str, kind: str, answered: str
) -> None:
    openid = await clinic.person()
    assert answered in await clinic.say(openid, words)
    contact = await clinic.app.services.patients.contact_by_openid(openid)
    assert contact is not None
    assert not contact.allows(ConsentTopic.CARE)
    (task,) = await tasks(clinic, kind)
    assert [each["text"] for each in task["words"]] == [words]


async def test_while_a_danger_sign_is_looked_after_nothing_of_our_own_is_sent_for_two_weeks(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.book(openid, *SURGERY)
    await clinic.move_to("2026-11-24 20:00")
    await clinic.say(openid, BLEEDING)
    (patient,) = await clinic.rows("patients")
    ((hold,), (task,)) = (patient["holds"], await tasks(clinic, "danger"))
    assert (hold["kind"], hold["by"], hold["cause"]) == ("adverse", "system", f"followup:{task['_id']}")
    assert hold["reason"] == "患者写到危险征兆（术后出血）"
    assert hold["until"] - hold["since"] == timedelta(days=14)
    await clinic.say(openid, BLEEDING)
    (again,) = await clinic.rows("patients")
    assert len(again["holds"]) == 1
    before = len(clinic.sent_to(openid))
    await clinic.move_to("2026-11-25 10:00")
    assert len(clinic.sent_to(openid)) == before
    assert (await clinic.keys("dropped"))["aftercare_extraction/day_1"] == "adverse"
