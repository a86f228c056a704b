"""前台: figures with their records, the blind check of classes, the checklist, first contacts, 医生动态."""

import re
from datetime import date, timedelta

from tests.console.conftest import Browser, Clinic, OpenClinic, SignIn
from tests.console.test_visit_day_pages import ASKED, LIST, booked, stage, start
from wxbot.account.models import ScenePurpose
from wxbot.actors import COMMAND_LINE
from wxbot.clinic.models import Closure, PractitionerId
from wxbot.staff.permissions import Role

FIGURES, LABELS, CHECKLIST = "/console/today/figures", "/console/today/labels", "/console/today/checklist"


async def received(browser: Browser, visit: str, **said: str) -> None:
    """Reception registers the arrival."""
    await browser.get(f"{LIST}/{visit}/arrival")
    done = await browser.post(f"{LIST}/{visit}/arrival", {**ASKED, **said})
    assert done.path == LIST, done.text


def tile(text: str, figure: str) -> str:
    """What a number's tile says, without its markup."""
    found = re.search(rf'<a class="tile"\s+href="{FIGURES}/{figure}\?.*?</a>', text, re.DOTALL)
    assert found, figure
    return " ".join(re.sub(r"<[^>]+>", " ", found[0]).split())


async def test_a4_01_a4_06_a4_49_each_figure_opens_the_visits_that_it_counts(clinic: Clinic, admin: Browser) -> None:
    visit = await booked(clinic)
    await start(clinic, visit)
    await received(admin, visit, work_wechat="true")
    await admin.get(f"{LIST}/{visit}/checkout")
    await admin.post(f"{LIST}/{visit}/checkout", {"seen": "arrived", "reason": "price"})

    page = await admin.get(FIGURES)
    assert tile(page.text, "retention") == "0% 留存 0 / 1"
    assert tile(page.text, "following") == "100% 关注公众号 1 / 1"
    assert tile(page.text, "work_wechat") == "100% 留微 1 / 1"
    assert (await admin.get(f"{FIGURES}/retention")).shows("林小满", "没有下一次", "没有做到")

    openid = next(iter(clinic.platform.people))
    await clinic.platform.unfollow(openid)
    assert tile((await admin.get(FIGURES)).text, "following") == "0% 关注公众号 0 / 1"
    assert (await admin.get(f"{FIGURES}/following")).shows("林小满", "没有关注")


async def test_a4_01_who_has_a_next_visit_stays_and_who_finished_is_not_counted(clinic: Clinic, admin: Browser) -> None:
    visit = await booked(clinic)
    await start(clinic, visit)
    await received(admin, visit)
    await clinic.book(next(iter(clinic.platform.people)), "洁牙", "陈晓晴", "明天", "1")
    await admin.get(f"{LIST}/{visit}/checkout")
    await admin.post(f"{LIST}/{visit}/checkout", {"seen": "arrived"})
    assert tile((await admin.get(FIGURES)).text, "retention") == "100% 留存 1 / 1"

    other = await booked(clinic, name="小周")
    await start(clinic, other)
    await received(admin, other, phone="13900139000", name="周一")
    await admin.get(f"{LIST}/{other}/checkout")
    await admin.post(f"{LIST}/{other}/checkout", {"seen": "arrived", "reason": "finished"})
    assert tile((await admin.get(FIGURES)).text, "retention") == "100% 留存 1 / 1"


async def test_a4_10_a_colleague_labels_drawn_arrivals_without_seeing_the_first_label(
    clinic: Clinic, admin: Browser, sign_in: SignIn
) -> None:
    visit = await booked(clinic)
    await received(admin, visit, visit_class="ca", remarks="赶时间")
    assert tile((await admin.get(FIGURES)).text, "classed") == "100% 客户分类 1 / 1 · 目标 100%"
    drawn = await admin.post(f"{FIGURES}/sample", {"span": "day", "day": "2026-11-23"})
    assert drawn.shows("已抽取 1 位")
    assert (await admin.post(f"{FIGURES}/sample", {})).shows("没有可以抽查的到诊")  # each is drawn once

    own = await admin.get(LABELS)
    assert own.shows("没有要您复评的")  # who labelled first does not label again
    assert (await admin.post(f"{LABELS}/{visit}", {"visit_class": "ca"})).shows("请另一位同事来评")

    desk = await sign_in(Role.RECEPTION)
    page = await desk.get(LABELS)
    assert page.shows("林小满", "洗牙、检查", "赶时间")
    assert "selected" not in page.text
    assert (await desk.post(f"{LABELS}/{visit}", {"visit_class": ""})).shows("请选择客户分类")
    assert (await desk.post(f"{LABELS}/{visit}", {"visit_class": "cb"})).shows("已记录复评")
    assert (await desk.post(f"{LABELS}/{visit}", {"visit_class": "ca"})).status == 409  # once only

    assert tile((await admin.get(FIGURES)).text, "accurate") == "0% 分类准确（抽查） 0 / 1 · 目标 95%"
    assert (await admin.get(f"{FIGURES}/accurate")).shows("第一次 CA，复评 CB")


async def test_a4_04_who_treats_confirms_the_class_of_reception(
    clinic: Clinic, admin: Browser, sign_in: SignIn
) -> None:
    visit = await booked(clinic)
    doctor, desk = await sign_in(Role.CLINICIAN), await sign_in(Role.RECEPTION)
    await doctor.get(f"{LIST}/{visit}/card")
    assert (await doctor.post(f"{LIST}/{visit}/class", {"visit_class": "ca"})).shows("前台还没有登记分类")
    await received(admin, visit, visit_class="ca")
    assert (await desk.get(f"{LIST}/{visit}/card")).shows("等接诊的医护确认分类")
    assert (await desk.post(f"{LIST}/{visit}/class", {"visit_class": "cb"})).status == 403
    assert (await doctor.get(f"{LIST}/{visit}/card")).shows("确认分类")
    assert (await doctor.post(f"{LIST}/{visit}/class", {"visit_class": "z"})).shows("请选择客户分类")
    assert (await doctor.post(f"{LIST}/{visit}/class", {"visit_class": "cb"})).shows("医护确认：CB")
    assert (await admin.get(f"{FIGURES}/confirmed")).shows("医护改为 CB")


async def test_a4_11_channels_are_covered_and_mismatches_with_the_scene_are_listed(
    clinic: Clinic, admin: Browser
) -> None:
    visit = await booked(clinic)
    (row,) = await clinic.rows("appointments", {"_id": visit})
    scene = await clinic.app.services.account.scenes.create(
        "美团团购页", ScenePurpose.CHANNEL, request="r", by=COMMAND_LINE, now=clinic.now
    )
    contacts = clinic.app.database.collection("contacts")
    await contacts.update_one({"_id": row["contact_id"]}, {"$set": {"scene": scene.scene}})
    await received(admin, visit, channel="referral")
    assert tile((await admin.get(FIGURES)).text, "channel") == "100% 初诊渠道标注 1 / 1 · 目标 100%"
    assert tile((await admin.get(FIGURES)).text, "matching") == "0% 渠道和二维码一致 0 / 1 · 目标 100%"
    assert (await admin.get(f"{FIGURES}/matching")).shows("二维码 网络平台，登记 老患者介绍")


async def test_a4_13_a_first_visit_has_a_questionnaire_on_the_day_or_is_on_the_overdue_list(
    clinic: Clinic, admin: Browser
) -> None:
    visit = await booked(clinic)
    await received(admin, visit)
    assert (await admin.get(f"{LIST}/{visit}/arrival")).shows("问诊表还没有", "当天录入")
    assert (await admin.get(f"{FIGURES}/intake")).shows("今天下班前录入")
    assert (await admin.get(f"{FIGURES}/overdue")).shows("没有记录")
    await clinic.move_to("2026-11-24 09:00")
    assert (await admin.get(f"{FIGURES}/overdue?day=2026-11-23")).shows("林小满", "没有录入")
    assert (await admin.get(f"{FIGURES}?day=2026-11-23")).shows("问诊表过期未录入")

    await admin.get(f"{LIST}/{visit}/arrival")
    assert (await admin.post(f"{LIST}/{visit}/intake")).shows("已登记：问诊表已录入")
    assert (await admin.get(f"{FIGURES}/overdue?day=2026-11-23")).shows("没有记录")
    assert tile((await admin.get(f"{FIGURES}?day=2026-11-23")).text, "intake") == "100% 初诊问诊表 1 / 1 · 目标 100%"


async def test_a4_27_a_first_visit_is_registered_with_name_and_telephone(clinic: Clinic, admin: Browser) -> None:
    visit = await booked(clinic)
    page = await admin.get(f"{LIST}/{visit}/arrival")
    assert page.shows("姓名（初诊必填）", "手机号（初诊必填）")
    without = {**ASKED, "name": "", "phone": ""}
    refused = await admin.post(f"{LIST}/{visit}/arrival", without)
    assert refused.shows("初诊建病历要有姓名", "初诊建病历要有手机号")
    nothing = await admin.post(f"{LIST}/{visit}/arrival", {"seen": "expected", "first_visit": "yes"})
    assert nothing.shows("还有 5 处需要修改", "初诊患者要先选来院渠道", "请选择客户分类", "请选择主诉")
    wrong = await admin.post(f"{LIST}/{visit}/arrival", {**ASKED, "phone": "12"})
    assert wrong.shows("请填写完整的电话号码")
    assert await stage(clinic, visit) == "expected"
    await received(admin, visit)
    (row,) = await clinic.rows("appointments", {"_id": visit})
    patient = (await clinic.app.services.patients.patients([row["patient_id"]]))[row["patient_id"]]
    assert (patient.name, patient.phone) == ("林小满", "+8613800138000")
    assert not (await admin.get(f"{LIST}/{visit}/arrival")).shows("初诊必填")


async def test_a4_27_the_questionnaire_is_opened_on_the_patients_own_phone_by_a_code(
    open_clinic: OpenClinic, sign_in: SignIn
) -> None:
    clinic = await open_clinic(public_url="http://clinic.example")
    visit = await booked(clinic)
    page = await (await sign_in(Role.RECEPTION, at=clinic)).get(f"{LIST}/{visit}/arrival")
    assert page.shows("患者在自己手机上填写的二维码", "data:image/svg+xml")


async def test_a4_29_and_a4_26_a_returning_patient_is_met_with_their_last_visit_and_asked_how_it_feels(
    clinic: Clinic, admin: Browser
) -> None:
    visit = await booked(clinic)
    page = await admin.get(f"{LIST}/{visit}/arrival")
    assert page.shows("您好！请问有什么可以帮助您的？", "您是第一次来我们医院吗？", "麻烦您留一下姓名和手机号")
    assert not page.shows("上次以后感觉怎么样")
    await start(clinic, visit)
    await received(admin, visit, remarks="怕疼")
    await clinic.book(next(iter(clinic.platform.people)), "洁牙", "陈晓晴", "明天", "1")
    await admin.get(f"{LIST}/{visit}/checkout")
    await admin.post(f"{LIST}/{visit}/checkout", {"seen": "arrived"})
    await clinic.move_to("2026-11-24 08:00")
    (again,) = await clinic.rows("appointments", {"state": "booked"})

    page = await admin.get(f"{LIST}/{again['_id']}/arrival")
    assert page.shows("上次：", "请先取病历", "上次前台说明：怕疼", "上次以后感觉怎么样")
    form = {**ASKED, "first_visit": "no", "channel": "", "feels_now": "还有一点酸"}
    assert (await admin.post(f"{LIST}/{again['_id']}/arrival", form)).path == LIST
    assert (await admin.get(f"{LIST}/{again['_id']}/card")).shows("还有一点酸")
    (kept,) = await clinic.app.database.collection("visits").find({"_id": again["_id"]}).to_list(None)
    assert "还有一点酸" not in str(kept)  # encrypted, as everything that is said of a patient


async def test_a4_37_and_a4_38_the_doctor_is_introduced_and_the_checkout_has_its_words(
    clinic: Clinic, admin: Browser
) -> None:
    visit = await booked(clinic)
    assert (await admin.get(f"{LIST}/{visit}/arrival")).shows("今天看诊：", "陈晓晴", "口腔内科", "引领时：")
    await received(admin, visit)
    page = await admin.get(f"{LIST}/{visit}/checkout")
    assert page.shows("您辛苦了！", "和您确认下，下次复诊的时间。届时我们也会打电话通知您。")


async def test_a4_25_the_supervisor_has_three_tiles_and_each_opens_its_list(
    clinic: Clinic, admin: Browser, sign_in: SignIn
) -> None:
    gone = await booked(clinic)
    openid = next(iter(clinic.platform.people))
    await clinic.say(openid, "我的预约")
    await clinic.say(openid, "取消这个预约")
    await clinic.say(openid, "确认取消")
    late = await booked(clinic, name="小周")
    await start(clinic, late)
    await clinic.move(timedelta(minutes=12))
    await received(admin, late, name="周一")
    await clinic.move(timedelta(minutes=16))

    page = await admin.get(FIGURES)
    assert page.shows("取消、迟到", "等候过长、投诉", "未关注公众号")
    assert (await admin.get(f"{FIGURES}/kept")).shows("取消")
    assert (await admin.get(f"{FIGURES}/on_time")).shows("迟到 12 分钟")
    assert (await admin.get(f"{FIGURES}/waits")).shows("等了 16 分钟", "没有做到")
    assert tile(page.text, "waits") == "0% 等候达标 0 / 1"  # A4-32
    assert (await admin.get("/console/followups?kind=complaint")).status == 200
    assert gone != late
    assert (await (await sign_in(Role.RECEPTION)).get(FIGURES)).status == 403


async def test_a_week_and_a_month_count_all_of_their_days_and_nonsense_is_today(clinic: Clinic, admin: Browser) -> None:
    await booked(clinic, "明天")
    assert tile((await admin.get(f"{FIGURES}?span=week")).text, "kept") == "100% 没有取消 1 / 1"
    assert tile((await admin.get(f"{FIGURES}?span=month&day=2026-11-02")).text, "kept") == "100% 没有取消 1 / 1"
    assert (await admin.get(FIGURES)).shows("这段时间没有预约")
    for day in ("", "9999-12-31", "0001-01-01", "2099-12-31", "x" * 3000):
        assert (await admin.get(f"{FIGURES}?span=month&day={day}")).status == 200, day
    assert (await admin.get(f"{FIGURES}?span=nonsense")).shows("11月23日")
    assert (await admin.get(f"{FIGURES}/nonsense")).status == 404
    assert (await admin.get(f"{FIGURES}/entry-nonsense")).status == 404


async def test_a4_03_and_a4_53_a_first_contact_has_an_entry_and_a_class_and_promising_ones_become_a_call(
    clinic: Clinic, admin: Browser, sign_in: SignIn
) -> None:
    clinic.stand_still()
    patient = await clinic.app.services.records.create({"name": "何来电"}, by=COMMAND_LINE, now=clinic.now)
    where = f"/console/patients/{patient.id}/first-contact"
    assert (await admin.get(f"/console/patients/{patient.id}")).shows("首次联系")
    assert (await admin.get(where)).shows("电话", "网络", "现场", "M-A")
    assert (await admin.post(where, {})).shows("请选择客户怎样联系到我们", "请选择客户分类")
    assert (await admin.post(where, {"entry": "phone", "lead_class": "m_d"})).path == f"/console/patients/{patient.id}"
    assert not (await admin.get("/console/followups?kind=phone")).shows("何来电")
    for _ in range(2):  # corrected, and saved once more: one call
        await admin.post(where, {"entry": "phone", "lead_class": "m_b"})
    (task,) = await clinic.rows("followups", {"kind": "phone"})
    assert task["patient_id"] == patient.id
    assert round((task["due_at"] - clinic.now) / timedelta(hours=1), 3) == 4  # kept to the millisecond
    assert (await admin.get("/console/followups?kind=phone")).shows("何来电", "M-B 客户，请打电话邀约")
    assert (await admin.get(f"{FIGURES}/entry-phone")).shows("何来电", "M-B")
    assert (await admin.get(f"{FIGURES}/entry-online")).shows("没有登记")
    assert (await (await sign_in(Role.CLINICIAN)).get(where)).status == 403
    assert (await admin.get("/console/patients/none/first-contact")).status == 404


async def test_a4_48_a4_50_a4_54_the_checklist_says_who_ticked_what_and_a4_12_the_month_has_a_score(
    clinic: Clinic, admin: Browser, sign_in: SignIn
) -> None:
    clinic.stand_still()
    desk = await sign_in(Role.RECEPTION)
    page = await desk.get(CHECKLIST)
    assert page.shows("预分类，并告知同事", "鞠躬问候", "给客户朋友圈点赞", "左前方两三步", "0 / 11")
    assert (await desk.post(CHECKLIST, {"key": "greeting", "done": "true"})).shows("1 / 11", "前台客服小周", "10:00")
    await admin.get(CHECKLIST)
    assert (await admin.post(CHECKLIST, {"key": "greeting", "done": "true"})).shows("同事已经改过了", "前台客服小周")
    assert (await admin.post(CHECKLIST, {"key": "nonsense", "done": "true"})).status == 404

    month = await admin.get(f"{CHECKLIST}/month")
    assert month.shows("达标线 90%", "未达标", "鞠躬问候")
    assert (await desk.get(f"{CHECKLIST}/month")).status == 403
    await desk.get(CHECKLIST)
    assert (await desk.post(CHECKLIST, {"key": "greeting", "done": "false"})).shows("已撤回", "0 / 11")
    await clinic.move_to("2026-11-24 09:00")
    yesterday = await desk.get(f"{CHECKLIST}?day=2026-11-23")
    assert yesterday.shows("只能勾今天的")
    assert "<button" not in yesterday.text.split("0 / 11")[1].split("</main>")[0]


async def test_a2_97_the_doctors_of_the_next_days_stand_with_hours_leave_and_notices(
    clinic: Clinic, admin: Browser, sign_in: SignIn
) -> None:
    services = clinic.app.services
    leave = Closure(
        first=date(2026, 11, 26), last=date(2026, 11, 26), reason="外出学习", practitioner_id=PractitionerId("zhou")
    )
    day_off = Closure(first=date(2026, 12, 1), last=date(2026, 12, 2), reason="设备检修")
    for closure in (leave, day_off):
        await services.closures.add(closure, by=COMMAND_LINE, now=clinic.now)
    page = await (await sign_in(Role.CLINICIAN)).get("/console/today/doctors")
    assert page.shows("陈晓晴", "09:00", "外出学习", "设备检修", "休诊", "12月6日")
    assert not page.shows("12月7日", "推送")
    assert (await admin.get("/console/today/doctors")).shows("正在发和将要发的推送")


async def test_a_first_contact_goes_with_an_erased_contact_and_is_found_after_a_merge(
    clinic: Clinic, admin: Browser
) -> None:
    services, openid = clinic.app.services, await clinic.person()
    contact = await services.patients.contact_by_openid(openid)
    assert contact is not None
    mine = await services.records.record_for(contact.id, by=COMMAND_LINE, now=clinic.now)
    other = await services.records.create({"name": "林小满"}, by=COMMAND_LINE, now=clinic.now)
    for each in (mine, other):
        await services.reception.contacts.note(each.id, "walk_in", "c", by=COMMAND_LINE, now=clinic.now)
    stays = await services.records.create({"name": "林大满"}, by=COMMAND_LINE, now=clinic.now)
    revisions = (stays.revision, other.revision)
    await services.merges.merge(stays.id, other.id, {}, revisions=revisions, by=COMMAND_LINE, now=clinic.now)
    found = await services.reception.contacts.of(stays.id, by=COMMAND_LINE)
    assert found is not None
    assert (found.id, found.entry.label) == (other.id, "现场")
    assert (await admin.get(f"/console/patients/{stays.id}/first-contact")).shows("可以更正")

    await clinic.platform.unfollow(openid)
    await clinic.move(timedelta(days=4))
    assert [row["_id"] for row in await clinic.rows("first_contacts")] == [other.id]
