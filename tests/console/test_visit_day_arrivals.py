"""What reception sees of who came with the code, who is unwell and what was offered (A4-11, A2-92, A4-20, A4-29)."""

from datetime import timedelta

from tests.console.conftest import Browser, Clinic, SignIn
from tests.console.test_visit_day_pages import ASKED, LIST, booked, stage, start
from tests.scenarios.test_arrival_by_scan import code, scan
from wxbot.actors import COMMAND_LINE
from wxbot.booking.models import AppointmentId
from wxbot.history.models import PatientId
from wxbot.patients.models import HoldKind
from wxbot.staff.permissions import Role
from wxbot.web.console.board_day import mark_of

BOARD = "/console/board"
SCANNED = {**ASKED, "seen": "arrived"}


async def came_by_code(clinic: Clinic) -> tuple[str, str]:
    """A visit of today whose patient scanned the code at reception; and the patient's openid."""
    visit = await booked(clinic)
    (openid,) = clinic.platform.people
    await start(clinic, visit)
    await scan(clinic, openid, await code(clinic))
    assert await stage(clinic, visit) == "arrived"
    return visit, openid


async def patient_of(clinic: Clinic, visit: str) -> PatientId:
    (row,) = await clinic.rows("appointments", {"_id": visit})
    return PatientId(str(row["patient_id"]))


async def test_a4_11_who_came_by_the_code_goes_no_further_before_reception_has_asked(
    clinic: Clinic, admin: Browser
) -> None:
    visit, _ = await came_by_code(clinic)
    day = clinic.now.astimezone(clinic.app.services.clinic.timezone).date().isoformat()
    assert (await admin.get(f"{BOARD}/grid?day={day}")).shows("待登记")
    assert (await admin.get(LIST)).shows("待登记", "补登记")
    panel = await admin.get(f"{BOARD}/visits/{visit}", htmx=True)
    assert panel.shows("补到诊登记", "待登记")
    assert not panel.shows("开始就诊")

    forged = await admin.post(f"{BOARD}/visits/{visit}/stage", {"to": "in_treatment", "seen": "arrived"}, htmx=True)
    assert forged.shows("请先完成到诊登记")
    gone = await admin.post(f"{LIST}/{visit}/checkout", {"seen": "arrived", "reason": "finished"})
    assert gone.shows("请先完成到诊登记")
    assert await stage(clinic, visit) == "arrived"

    unasked = await admin.post(f"{LIST}/{visit}/arrival", {**SCANNED, "channel": ""})
    assert unasked.shows("初诊患者要先选来院渠道")
    assert (await admin.post(f"{LIST}/{visit}/arrival", SCANNED)).path == LIST
    assert not (await admin.get(f"{BOARD}/grid?day={day}")).shows("待登记")
    done = await admin.post(f"{BOARD}/visits/{visit}/stage", {"to": "in_treatment", "seen": "arrived"}, htmx=True)
    assert done.shows("已登记：就诊中")


async def test_a_form_that_was_open_when_the_patient_scanned_is_kept(clinic: Clinic, admin: Browser) -> None:
    visit, _ = await came_by_code(clinic)
    await admin.get(f"{LIST}/{visit}/arrival")
    assert (await admin.post(f"{LIST}/{visit}/arrival", ASKED)).path == LIST  # the page showed 未到
    records = await clinic.app.services.visit_day.records([AppointmentId(visit)])
    assert records[AppointmentId(visit)].arrival is not None


async def test_the_list_of_today_is_drawn_again_when_something_changes_and_only_then(
    clinic: Clinic, admin: Browser
) -> None:
    visit, _ = await came_by_code(clinic)
    services = clinic.app.services
    today = clinic.now.astimezone(services.clinic.timezone).date()

    async def mark() -> str:
        found = await services.booking.on_day(today)
        return mark_of(found, clinic.now, await services.visit_day.records([each.id for each in found]))

    before = await mark()
    assert (await admin.get(LIST)).shows(f"/console/board/events?day={today.isoformat()}&amp;mark={before}")
    assert await mark() == before
    await admin.post(f"{LIST}/{visit}/unwell")
    assert await mark() != before


async def test_a2_92_reception_calls_the_clinicians_to_who_is_unwell(clinic: Clinic, admin: Browser) -> None:
    visit, _ = await came_by_code(clinic)
    told = await admin.post(f"{BOARD}/visits/{visit}/unwell", htmx=True)
    assert told.shows("已通知医护", "不适")
    again = await admin.post(f"{LIST}/{visit}/unwell")
    assert again.shows("已通知医护", "不适")
    (task,) = await clinic.rows("followups", {"kind": "danger"})
    assert (task["urgent"], task["state"], task["due_at"]) == (True, "open", clinic.now)
    assert (await admin.get("/console/followups")).shows("感到不适")

    followups = clinic.app.services.followups
    await followups.close(task["_id"], "已测血压，平稳", by=COMMAND_LINE, now=clinic.now)
    await admin.post(f"{LIST}/{visit}/unwell")
    states = sorted(row["state"] for row in await clinic.rows("followups", {"kind": "danger"}))
    assert states == ["done", "open"]  # unwell once more is another task


async def test_a2_92_nobody_is_unwell_who_has_not_come_or_comes_another_day(clinic: Clinic, admin: Browser) -> None:
    visit, tomorrow = await booked(clinic), await booked(clinic, "明天", "老王")
    assert (await admin.post(f"{BOARD}/visits/{visit}/unwell", htmx=True)).shows("还没有登记到诊")
    assert (await admin.post(f"{BOARD}/visits/{tomorrow}/unwell", htmx=True)).shows("不在今天")
    assert not await clinic.rows("followups", {"kind": "danger"})


async def test_a2_92_who_may_only_read_calls_nobody(clinic: Clinic, admin: Browser, sign_in: SignIn) -> None:
    visit, _ = await came_by_code(clinic)
    await admin.get(LIST)
    clinician = await sign_in(Role.CLINICIAN)
    await clinician.get("/console/")
    assert (await clinician.post(f"{LIST}/{visit}/unwell")).status == 403
    assert not await clinic.rows("followups", {"kind": "danger"})


async def test_a4_20_one_offer_by_wish_and_a_no_is_remembered(clinic: Clinic, admin: Browser) -> None:
    visit, _ = await came_by_code(clinic)
    await admin.get(LIST)
    await admin.post(f"{LIST}/{visit}/arrival", SCANNED)
    page = await admin.get(f"{LIST}/{visit}/checkout")
    assert page.shows("推荐（愿意才提，只提一次）", "全年洁牙计划", "您看下，需要吗？")
    assert (await admin.post(f"{LIST}/{visit}/offer", {"offer": "cleaning_plan"})).shows("请选择患者的意思")
    said = {"offer": "cleaning_plan", "answer": "refused"}
    assert (await admin.post(f"{LIST}/{visit}/offer", said)).shows("全年洁牙计划：不需要")
    assert (await admin.post(f"{LIST}/{visit}/offer", said)).status == 200  # the same once more
    other = await admin.post(f"{LIST}/{visit}/offer", {**said, "answer": "wanted"})
    assert other.shows("这次就诊已经推荐过一次")
    patients = await clinic.app.services.patients.patients([await patient_of(clinic, visit)])
    (patient,) = patients.values()
    assert patient.offers_declined_at == clinic.now


async def test_a4_39_nothing_is_offered_where_something_speaks_against_it(clinic: Clinic, admin: Browser) -> None:
    visit, _ = await came_by_code(clinic)
    services, patient = clinic.app.services, await patient_of(clinic, visit)
    marks, holds = services.patient_marks, services.patient_holds
    await admin.get(LIST)
    await admin.post(f"{LIST}/{visit}/arrival", SCANNED)
    said = {"offer": "cleaning_plan", "answer": "wanted"}
    held = await holds.set(patient, HoldKind.DISPUTE, "费用有争议", by=COMMAND_LINE, now=clinic.now)
    assert (await admin.get(f"{LIST}/{visit}/checkout")).shows("这次不推荐", "有未了结的事")
    assert (await admin.post(f"{LIST}/{visit}/offer", said)).shows("有未了结的事")
    await holds.lift(patient, held.holds[0].id, "已谈妥", by=COMMAND_LINE, now=clinic.now)
    await marks.declined_offers(patient, by=COMMAND_LINE, now=clinic.now - timedelta(days=89))
    assert (await admin.post(f"{LIST}/{visit}/offer", said)).shows("说过不需要")
    await marks.declined_offers(patient, by=COMMAND_LINE, now=clinic.now - timedelta(days=91))
    assert (await admin.post(f"{LIST}/{visit}/offer", said)).shows("全年洁牙计划：需要")


async def test_a4_29_the_last_visit_stands_above_the_questions_of_the_door(clinic: Clinic, admin: Browser) -> None:
    visit, openid = await came_by_code(clinic)
    await admin.get(LIST)
    assert not (await admin.get(f"{LIST}/{visit}/arrival")).shows("上次：")
    await admin.post(f"{LIST}/{visit}/arrival", SCANNED)
    await admin.post(f"{LIST}/{visit}/checkout", {"seen": "arrived", "reason": "finished"})
    await clinic.book(openid, "洁牙", "陈晓晴", "明天", "1")
    (row,) = await clinic.rows("appointments", {"state": "booked"})
    assert (await admin.get(f"{LIST}/{row['_id']}/arrival")).shows("上次：", "洁牙", "请先取病历")


async def test_a_code_for_reception_is_made_in_the_settings_and_says_what_it_is_for(
    clinic: Clinic, admin: Browser
) -> None:
    await code(clinic)
    (row,) = await clinic.rows("scenes")
    assert (await admin.get("/console/settings/scenes/new")).shows("到诊签到")
    assert (await admin.get(f"/console/settings/scenes/{row['_id']}/print")).shows("告诉我们您来了")
