"""Care around visits and leads, rule by rule, through WeChat and the console: who is called and written to, until when.

The calls of plans are follow-ups of the kind `recall`; what is said in them is the script's.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from tests.console.conftest import Browser, SignIn, admin, sign_in
from tests.console.test_visit_day_pages import ASKED, booked, start
from tests.console.test_visit_day_pages import LIST as VISITS
from tests.console.test_worklist_pages import LIST, SAID, hidden
from tests.scenarios.conftest import Clinic
from wxbot.actors import COMMAND_LINE
from wxbot.staff.permissions import Role

__all__ = ["admin", "sign_in"]

SURGERY = ("智齿拔除", "明天", "上午10点")  # Tuesday the 24th, from Monday the 23rd
Row = dict[str, Any]


async def tasks(clinic: Clinic, state: str = "open", **wanted: Any) -> Sequence[Row]:
    return sorted(await clinic.rows("followups", {"state": state, **wanted}), key=lambda each: each["opened_at"])


async def calls(clinic: Clinic, state: str = "open") -> list[str]:
    """The plans and steps of calls, as `undecided/leaving`."""
    found = await tasks(clinic, state, kind="recall")
    return ["/".join(each["key"].removeprefix("recall:").split("/")[:2]) for each in found]


async def record(browser: Browser, task: Row, **said: str) -> str:
    """Record a call on the card; what the page says then."""
    page = await browser.get(f"{LIST}/{task['_id']}")
    fields = {name: hidden(page.text, name) for name in ("key", "revision", "started")}
    done = await browser.post(f"{LIST}/{task['_id']}/record", {**fields, **said})
    assert "已记录" in done.text  # on the list, or on the card of what else is open about the patient
    return done.text


async def left(clinic: Clinic, browser: Browser, reason: str) -> str:
    """A patient came for a cleaning and left with that reason for no next visit; the openid."""
    visit = await booked(clinic)
    await start(clinic, visit)
    await browser.get(f"{VISITS}/{visit}/arrival")
    await browser.post(f"{VISITS}/{visit}/arrival", ASKED)
    done = await browser.post(f"{VISITS}/{visit}/checkout", {"seen": "arrived", "reason": reason})
    assert done.path == VISITS, done.text
    return next(iter(clinic.platform.people))


# -- the undecided -----------------------------------------------------------------------------------------------


async def test_a1_08_a1_10_a1_11_who_leaves_undecided_is_called_after_two_minutes_and_on_the_next_day(
    clinic: Clinic, admin: Browser
) -> None:
    await left(clinic, admin, "considering")
    (own,) = await tasks(clinic, script="undecided")
    assert own["reason"].startswith("洁牙还在考虑，请第二天亲自打电话关心")
    assert (own["due_at"] - clinic.now).total_seconds() > 12 * 3600  # on the next day
    await clinic.move(timedelta(minutes=1))
    assert "undecided/leaving" not in await calls(clinic)
    await clinic.move(timedelta(minutes=1, seconds=10))
    (leaving,) = [each for each in await tasks(clinic, kind="recall") if "undecided/leaving" in each["key"]]
    card = await admin.get(f"{LIST}/{leaving['_id']}")
    assert card.shows("未成交关怀", "如实说知道他来咨询过", "关心一下您的考虑")
    assert (await admin.get(f"{LIST}/undecided")).text.count("洁牙") == 1  # one line, however many calls


async def test_a1_09_a1_13_a1_14_a1_15_calls_and_wechat_by_turns_end_when_the_patient_refuses(
    clinic: Clinic, admin: Browser
) -> None:
    openid = await left(clinic, admin, "price")
    await clinic.move_to("2026-11-25 20:00")
    await clinic.say(openid, "谢谢")
    for moment in ("11-26 10:30", "11-30 10:00"):
        await clinic.move_to(f"2026-{moment}")
    assert any("我们想关心一下您的考虑" in seen.text for seen in clinic.sent_to(openid))
    assert "undecided/call_7" in await calls(clinic)
    (again,) = [each for each in await tasks(clinic, kind="recall") if "call_7" in each["key"]]
    await record(admin, again, outcome="refused", reason="price")
    await clinic.move(timedelta(minutes=1))
    assert not await tasks(clinic, script="undecided")  # the consultant's, and the one of the first day, too
    for moment in ("12-07 10:30", "12-24 10:00"):
        await clinic.move_to(f"2026-{moment}")
    reasons = await clinic.keys("dropped")
    assert reasons["undecided/day_14"] == reasons["undecided/call_30"] == "lead_refused"


async def test_a1_14_a_booking_ends_it_and_a_checkout_taken_back_never_began_it(clinic: Clinic, admin: Browser) -> None:
    openid = await left(clinic, admin, "considering")
    await clinic.move(timedelta(minutes=3))
    assert "undecided/leaving" in await calls(clinic)
    await clinic.book(openid, "洁牙", "陈晓晴", "11月27日", "1")
    await clinic.move(timedelta(minutes=1))
    assert not await tasks(clinic, script="undecided")
    (closed,) = [each for each in await tasks(clinic, "obsolete", kind="recall") if "leaving" in each["key"]]
    assert closed["outcome"] == "患者已经约好，或已经来过"
    await clinic.move_to("2026-11-26 10:30")
    assert (await clinic.keys("dropped"))["undecided/day_3"] == "lead_booked"


async def test_who_leaves_because_the_treatment_is_over_is_no_undecided_patient(clinic: Clinic, admin: Browser) -> None:
    await left(clinic, admin, "finished")
    await clinic.move(timedelta(minutes=3))
    assert not await tasks(clinic, script="undecided")


async def test_a1_11_what_the_consultant_notes_of_the_same_talk_is_one_course(
    clinic: Clinic, admin: Browser, sign_in: SignIn
) -> None:
    await left(clinic, admin, "considering")
    (patient,) = await clinic.rows("patients")
    consultant = await sign_in(Role.CONSULTANT)
    await consultant.get(f"/console/patients/{patient['_id']}/undecided")
    await consultant.post(f"/console/patients/{patient['_id']}/undecided", {"project": "种植", "quote": "12000"})
    await clinic.move(timedelta(minutes=5))
    assert [each for each in await calls(clinic) if each.startswith("undecided")] == ["undecided/leaving"]


# -- invited, and not here yet -----------------------------------------------------------------------------------


async def test_a1_32_a1_33_who_was_invited_gets_wechat_and_calls_by_turns_until_they_book(
    clinic: Clinic, admin: Browser
) -> None:
    openid = await clinic.person()
    await clinic.say(openid, "我叫林小满")
    contact = await clinic.app.services.patients.contact_by_openid(openid)
    assert contact is not None
    where = f"/console/patients/{contact.patient_ids[0]}/first-contact"
    await admin.get(where)
    await admin.post(where, {"entry": "online", "lead_class": "m_a"})
    assert [each["script"] for each in await tasks(clinic)] == ["lead"]
    await clinic.move_to("2026-11-24 10:30")
    assert any("回复「预约」就能挑您方便的时间" in seen.text for seen in clinic.sent_to(openid))
    await clinic.move_to("2026-11-26 10:00")
    assert await calls(clinic) == ["invited/call_3"]
    await clinic.book(openid, "洁牙", "陈晓晴", "11月27日", "1")
    await clinic.move(timedelta(minutes=1))
    assert not await tasks(clinic)
    await clinic.move_to("2026-11-30 10:30")
    assert (await clinic.keys("dropped"))["invited/day_7"] == "lead_booked"


async def test_a1_32_who_cancels_and_books_nothing_else_is_won_back_the_same_way(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.book(openid, "洁牙", "陈晓晴", "11月27日", "1")
    await clinic.say(openid, "我的预约")
    await clinic.say(openid, "取消这个预约")
    await clinic.say(openid, "确认取消")
    await clinic.app.runner.run_now("watch_visits")
    assert [each["script"] for each in await tasks(clinic)] == ["cancelled"]
    await clinic.move_to("2026-11-26 10:00")
    assert await calls(clinic) == ["invited/call_3"]


# -- after a treatment -------------------------------------------------------------------------------------------


async def treated(clinic: Clinic) -> str:
    """A wisdom tooth was pulled on Tuesday from ten to eleven; the openid."""
    openid = await clinic.person()
    await clinic.say(openid, "我叫林小满")
    await clinic.book(openid, *SURGERY)
    await clinic.move_to("2026-11-24 13:30")
    return openid


async def test_a1_18_a1_25_a4_09_a4_45_a_treatment_is_followed_by_a_call_within_24_hours(
    clinic: Clinic, admin: Browser
) -> None:
    await treated(clinic)
    (call,) = await tasks(clinic)
    assert (call["script"], call["about"]) == ("aftercare", "智齿拔除")
    (visit,) = await clinic.rows("appointments")
    assert call["due_at"] - visit["end"] == timedelta(hours=24)
    card = await admin.get(f"{LIST}/{call['_id']}")
    assert card.shows("治疗以后反应怎么样？", "您有什么感受和建议？", "提醒下一次就诊的时间")
    await clinic.move_to("2026-11-25 14:00")
    await clinic.app.runner.run_now("watch_followups")
    (late,) = await tasks(clinic, _id=call["_id"])
    assert late["urgent"]


async def test_a2_74_pain_beyond_measure_is_a_danger_sign_and_a1_20_swelling_is_asked_by_choices(
    clinic: Clinic,
) -> None:
    openid = await treated(clinic)
    await clinic.move_to("2026-11-25 10:00")
    assert "请直接回复 0～10 之间的一个数字。" in clinic.sent_to(openid)[-1].text
    assert "已经替您记下" in await clinic.say(openid, "3")
    await clinic.move_to("2026-11-27 09:00")
    await clinic.say(openid, "在吗")
    await clinic.move_to("2026-11-27 10:00")
    assert "消了一些" in clinic.offered(openid)
    assert "拨打 120" in await clinic.tap(openid, "越来越肿、越来越疼")
    (task,) = await tasks(clinic, kind="danger")
    assert task["urgent"]


async def test_a1_20_a1_21_day_three_and_the_stitches_become_calls_and_a_booking_spares_the_latter(
    clinic: Clinic,
) -> None:
    openid = await treated(clinic)
    for moment in ("11-27 14:00", "11-28 10:00"):
        await clinic.move_to(f"2026-{moment}")
    assert "aftercare_extraction/call_3" in await calls(clinic)
    await clinic.book(openid, "复诊", "周明远", "12月1日", "1")
    await clinic.move_to("2026-11-30 10:00")
    assert "aftercare_extraction/call_stitches" not in await calls(clinic)
    dropped = (await clinic.rows("outbox", {"key": {"$regex": "call_stitches"}}))[0]
    assert (dropped["reason"], dropped["explanation"]) == ("condition", "患者已经约好下次，或又来过")


async def test_a1_21_who_has_not_booked_the_stitches_by_the_sixth_day_is_called(clinic: Clinic) -> None:
    await treated(clinic)
    for moment in ("11-28 10:00", "11-30 09:59", "11-30 10:00"):
        await clinic.move_to(f"2026-{moment}")
    assert "aftercare_extraction/call_stitches" in await calls(clinic)


async def test_a1_22_a1_24_a1_26_an_objection_goes_to_a_clinician_at_once(clinic: Clinic, admin: Browser) -> None:
    openid = await treated(clinic)
    await clinic.move_to("2026-12-24 09:00")
    await clinic.say(openid, "在吗")
    await clinic.move_to("2026-12-24 10:30")
    assert "已经转给诊所的同事" in await clinic.tap(openid, "有疑问或不满意")
    await clinic.tap(openid, "有疑问或不满意")  # tapped twice: one task
    (task,) = await tasks(clinic, script="objection")
    assert "的回答是「有疑问或不满意」：请医生看一下" in task["reason"]
    assert (await admin.get(f"{LIST}/{task['_id']}")).shows("异议处理", "不打断，不解释", "担心", "不满")
    await clinic.move_to("2026-12-24 14:00")
    assert "aftercare_extraction/call_month_1" in await calls(clinic)  # the message does not replace it (A1-25)


async def test_a4_46_nothing_comes_back_so_it_is_asked_again_and_then_a_person_calls(clinic: Clinic) -> None:
    await treated(clinic)
    for moment in ("11-27 10:00", "11-29 10:00", "12-01 10:00"):
        await clinic.move_to(f"2026-{moment}")
    keys = await clinic.keys()
    assert {"aftercare_extraction/day_3", "aftercare_extraction/day_3.2"} <= set(keys)
    assert "aftercare_extraction/day_3.person" in await calls(clinic)


# -- visits ------------------------------------------------------------------------------------------------------


async def test_a4_41_a_first_visit_without_a_treatment_is_called_within_24_hours(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.book(openid, "口腔检查", "周明远", "明天", "上午10点")
    await clinic.move_to("2026-11-24 13:30")
    (call,) = await tasks(clinic)
    assert (call["script"], call["kind"]) == ("first_visit", "recall")
    assert call["due_at"] - call["opened_at"] <= timedelta(hours=24)


async def test_who_did_not_come_is_written_to_kindly_until_they_book_and_called_once(
    clinic: Clinic, admin: Browser
) -> None:
    visit = await booked(clinic)
    openid = next(iter(clinic.platform.people))
    await start(clinic, visit)
    await clinic.move(timedelta(hours=1))
    await clinic.app.services.booking.mark_no_show(visit, by=COMMAND_LINE, now=clinic.now)  # type: ignore[arg-type]
    await clinic.move(timedelta(hours=2))
    assert "没有等到您，是临时有事了吗？没关系的" in clinic.sent_to(openid)[-1].text
    await clinic.app.runner.run_now("watch_visits")
    assert len(await tasks(clinic)) == 1  # the call of the next day, and none of the plan
    await clinic.book(openid, "洁牙", "陈晓晴", "11月27日", "1")
    await clinic.move_to("2026-11-26 10:30")
    row = (await clinic.rows("outbox", {"key": {"$regex": "^no_show/day_3"}}))[0]
    assert row["explanation"] == "患者已经约好下次，或又来过"
    assert admin.csrf


async def test_teeth_are_recalled_after_six_and_twelve_months_unless_the_patient_came_again(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.book(openid, "洁牙", "陈晓晴", "明天", "1")
    await clinic.move_to("2027-05-24 09:00")
    await clinic.say(openid, "在吗")
    await clinic.move_to("2027-05-24 12:30")
    assert any("离上次来看牙有半年了" in seen.text for seen in clinic.sent_to(openid)), await clinic.keys("dropped")
    await clinic.book(openid, "口腔检查", "周明远", "明天", "1")
    await clinic.move_to("2027-11-24 12:30")
    row = (await clinic.rows("outbox", {"key": {"$regex": "^dental_recall/month_12"}}))[0]
    assert row["explanation"] == "患者已经约好下次，或又来过"


# -- complaints --------------------------------------------------------------------------------------------------


async def test_a1_30_a2_54_a4_44_a_complaint_is_listened_to_then_answered_and_done_only_when_solved(
    clinic: Clinic, admin: Browser
) -> None:
    openid = await clinic.person()
    await clinic.say(openid, "我叫林小满")
    await clinic.say(openid, "我要投诉")
    (case,) = await tasks(clinic, kind="complaint")
    card = await admin.get(f"{LIST}/{case['_id']}")
    assert card.shows("先听患者说完，不打断，不解释。", "不许诺结果")
    await record(admin, case, **SAID, step="heard", next_reached="2026-11-24T10:00")
    card = await admin.get(f"{LIST}/{case['_id']}")
    assert card.shows("您在11月23日反映的", "我们已经给您查实", "谢谢您的合作，再见")
    await record(admin, case, **SAID, step="proposed", next_reached="2026-11-24T15:00")
    assert await tasks(clinic, kind="complaint")
    await record(admin, case, **SAID, step="solved")
    assert not await tasks(clinic, kind="complaint")
    assert await tasks(clinic, "done", kind="complaint")
