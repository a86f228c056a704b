"""Rules of the front desk that no other test names, through the console and WeChat as people use them."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from tests.console.conftest import Browser, OpenClinic, SignIn, admin, sign_in
from tests.console.test_visit_day_pages import ASKED, LIST, booked, start
from tests.scenarios.conftest import Clinic
from wxbot.messaging import Purpose
from wxbot.staff.permissions import Role

__all__ = ["admin", "sign_in"]

BOARD = "/console/board"


async def received(browser: Browser, visit: str, **said: str) -> None:
    """Reception registers the arrival."""
    await browser.get(f"{LIST}/{visit}/arrival")
    done = await browser.post(f"{LIST}/{visit}/arrival", {**ASKED, **said})
    assert done.path == LIST, done.text


async def followups(clinic: Clinic, kind: str) -> Sequence[dict[str, Any]]:
    return await clinic.rows("followups", {"kind": kind, "state": "open"})


async def test_a2_90_a_complaint_is_triaged_at_the_door_and_words_of_danger_are_urgent_for_a_clinician(
    clinic: Clinic, admin: Browser, sign_in: SignIn
) -> None:
    visit = await booked(clinic)
    await admin.get(f"{LIST}/{visit}/arrival")
    warned = await admin.post(f"{LIST}/{visit}/arrival", {**ASKED, "complaint": "orthodontics"})
    assert warned.shows("按分诊表不由陈晓晴", "合适的医生：林若溪")
    await clinic.say(next(iter(clinic.platform.people)), "拔牙后一直出血怎么办")
    assert (await (await sign_in(Role.CLINICIAN)).get("/console/followups?kind=danger")).shows("出血")


async def test_a2_91_and_a2_94_the_doctor_is_introduced_by_name_title_and_speciality(
    open_clinic: OpenClinic, sign_in: SignIn
) -> None:
    """In the confirmation, beside the arrival form, and as a card that a colleague sends in the talk."""
    clinic = await open_clinic(public_url="http://clinic.example")
    visit = await booked(clinic)
    openid = next(iter(clinic.platform.people))
    await clinic.tick()
    (confirmation,) = clinic.sent_to(openid)
    assert "医生：陈晓晴医生（主治医师，口腔内科）" in confirmation.text
    assert "温馨提示：" in confirmation.text
    desk = await sign_in(Role.RECEPTION, at=clinic)
    assert (await desk.get(f"{LIST}/{visit}/arrival")).shows("今天看诊：", "陈晓晴", "主治医师", "口腔内科")
    contact = await clinic.app.services.patients.contact_by_openid(openid)
    assert contact is not None
    page = await desk.get(f"/console/desk/canned?q=发医生名片&contact={contact.id}", htmx=True)
    assert page.shows("擅长：口腔内科", "http://clinic.example/w/doctors/chen")


async def test_a2_93_who_needs_help_is_known_to_the_clinicians_and_at_the_next_visit(
    clinic: Clinic, admin: Browser, sign_in: SignIn
) -> None:
    visit = await booked(clinic)
    await start(clinic, visit)
    await received(admin, visit, needs="disabled")
    assert (await (await sign_in(Role.CLINICIAN)).get(f"{LIST}/{visit}/card")).shows("需要照顾", "行动不便")
    await clinic.book(next(iter(clinic.platform.people)), "洁牙", "陈晓晴", "明天", "1")
    await admin.get(f"{LIST}/{visit}/checkout")
    await admin.post(f"{LIST}/{visit}/checkout", {"seen": "arrived"})
    (again,) = await clinic.rows("appointments", {"state": "booked"})
    page = await admin.get(f"{LIST}/{again['_id']}/arrival")
    ticked = page.text.split('value="disabled"')[1].split(">")[0]
    assert "checked" in ticked


async def test_a2_96_a_report_asks_for_the_four_parts(admin: Browser) -> None:
    page = await admin.get("/console/quality/reports/month/2026-11-01")
    assert page.shows('name="solved"', 'name="learned"', 'name="lacking"', 'name="plan"')


async def test_a4_05_an_arrival_is_on_the_clinicians_board_with_its_card(
    clinic: Clinic, admin: Browser, sign_in: SignIn
) -> None:
    visit = await booked(clinic)
    doctor = await sign_in(Role.CLINICIAN)
    before = await doctor.get(f"{BOARD}/visits/{visit}", htmx=True)
    assert not before.shows("已到")
    await received(admin, visit, remarks="坐轮椅来的")
    assert (await doctor.get(f"{BOARD}/visits/{visit}", htmx=True)).shows("已到")
    assert (await doctor.get(f"{LIST}/{visit}/card")).shows("网络平台", "C 类", "坐轮椅来的")


async def test_a4_07_at_checkout_the_next_visit_is_read_back(clinic: Clinic, admin: Browser) -> None:
    visit = await booked(clinic)
    await start(clinic, visit)
    await received(admin, visit)
    assert (await admin.get(f"{LIST}/{visit}/checkout")).shows("还没有约下一次")
    await clinic.book(next(iter(clinic.platform.people)), "洁牙", "陈晓晴", "明天", "1")
    page = await admin.get(f"{LIST}/{visit}/checkout")
    assert page.shows("下次：", "11月24日", "陈晓晴", "洁牙", "请和患者核对一遍")
    assert (await admin.post(f"{LIST}/{visit}/checkout", {"seen": "arrived"})).path == LIST


async def test_a4_44_a_complaint_is_due_in_48_hours(clinic: Clinic) -> None:
    clinic.stand_still()
    await clinic.say(await clinic.person(), "我要投诉")
    (case,) = await followups(clinic, "complaint")
    assert round((case["due_at"] - clinic.now) / timedelta(hours=1), 3) == 48


async def test_a4_51_care_reminders_and_activities_are_told_apart(clinic: Clinic) -> None:
    """Each wording has a purpose of its own, and who stopped care and activities is reminded of the visit still."""
    purposes = {each.key: each.purpose for each in clinic.app.services.templates.all()}
    assert purposes["care.appointment_tomorrow"] is Purpose.REMINDER
    assert purposes["care.surgery_day_1"] is Purpose.CARE
    assert Purpose.MARKETING in purposes.values()
    openid = await clinic.person()
    await clinic.book(openid, "洁牙", "陈晓晴", "明天", "1")
    await clinic.say(openid, "退订")
    before = len(clinic.sent_to(openid))
    await clinic.move_to("2026-11-23 20:00")
    assert len(clinic.sent_to(openid)) > before
