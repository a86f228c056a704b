"""待办回访 worked through over HTTP: the list, the card, the record form, owners, and notes without a task."""

import re
from datetime import timedelta
from typing import Any

from tests.console.conftest import Browser, Clinic, SignIn
from wxbot.actors import COMMAND_LINE, SYSTEM
from wxbot.followups.models import FollowUp, FollowUpKind
from wxbot.history.models import PatientId
from wxbot.staff.permissions import Role

LIST = "/console/followups"
SAID = {"outcome": "reached", "key_points": "不疼了，能吃饭", "mood": "calm"}


async def patient(clinic: Clinic, browser: Browser, name: str = "林小满", phone: str = "13800138000") -> PatientId:
    await browser.get("/console/patients/new")
    page = await browser.post("/console/patients/new", {"name": name, "gender": "female", "phone": phone})
    assert page.shows("已建档"), page.text
    del clinic
    return PatientId(page.path.rsplit("/", 1)[-1])


async def call(clinic: Clinic, patient_id: PatientId, key: str = "1", **more: Any) -> FollowUp:
    facts: dict[str, Any] = {
        "kind": FollowUpKind.PHONE,
        "reason": "拔牙三天后回访",
        "script": "aftercare",
        "due_at": clinic.now,
        **more,
    }
    return await clinic.app.services.followups.open(
        key=f"phone:{key}", contact_id=None, patient_id=patient_id, now=clinic.now, **facts
    )


def hidden(text: str, name: str) -> str:
    found = re.search(rf'name="{name}"\s+value="([^"]*)"', text)
    assert found, name
    return found[1]


async def opened(browser: Browser, task: FollowUp) -> dict[str, str]:
    page = await browser.get(f"{LIST}/{task.id}")
    assert page.status == 200, page.text
    return {name: hidden(page.text, name) for name in ("key", "revision", "started")}


async def test_the_list_has_parts_with_counts_and_a_row_says_whom_why_and_how_often(
    clinic: Clinic, admin: Browser
) -> None:
    patient_id = await patient(clinic, admin)
    await call(clinic, patient_id, due_at=clinic.now + timedelta(hours=1))
    await call(clinic, patient_id, "later", reason="下个月再说", due_at=clinic.now + timedelta(days=30))
    page = await admin.get(LIST)
    assert page.shows("林小满", "拔牙三天后回访", "0/5", "记录联系", f"/console/patients/{patient_id}/phone")
    assert not page.shows("13800138000")
    assert not page.shows("下个月再说")
    counts = dict(re.findall(r'>\s*(\S+)\s*<span class="numbers[^"]*">(\d+)</span>', page.text))
    assert counts == {"今天": "1", "逾期": "0", "我的": "0", "全部": "2", "已完成": "0"}
    assert (await admin.get(f"{LIST}?tab=open")).shows("下个月再说")
    await clinic.move(timedelta(hours=2))
    assert re.search(r'逾期\s*<span class="numbers hot">1</span>', (await admin.get(LIST)).text)
    for trait in ("project", "doctor", "channel", "tag"):
        assert (await admin.get(f"{LIST}?by={trait}")).shows("worklist-group", "林小满")


async def test_a2_11_a2_55_a2_56_the_card_opens_with_goal_points_and_script(clinic: Clinic, admin: Browser) -> None:
    patient_id = await patient(clinic, admin)
    task = await call(clinic, patient_id, about="智齿拔除（11月22日，1天前）")
    page = await admin.get(f"{LIST}/{task.id}")
    assert page.shows("知道恢复得怎样", "还没有联系记录", "您好，请问是林女士吗？我是", "不知您是否方便？", "再见")
    assert page.shows("您智齿拔除以后")
    await admin.post(
        f"{LIST}/{task.id}/record", {**await opened(admin, task), **SAID, "next_reached": "2026-12-01T10:00"}
    )
    page = await admin.get(f"{LIST}/{task.id}")
    assert page.shows("不疼了，能吃饭", "安心", "电话接通")


async def test_a2_70_reached_without_key_points_is_refused_and_what_was_typed_stays(
    clinic: Clinic, admin: Browser
) -> None:
    task = await call(clinic, await patient(clinic, admin))
    fields = await opened(admin, task)
    page = await admin.post(
        f"{LIST}/{task.id}/record", {**fields, "outcome": "reached", "key_points": "", "mood": "doubtful"}
    )
    assert page.shows("接通了，请写下重点再保存")
    assert re.search(r'value="doubtful"\s+checked', page.text)
    assert hidden(page.text, "key") == fields["key"]
    page = await admin.post(f"{LIST}/{task.id}/record", {**fields, "outcome": ""})
    assert page.shows("请选择结果")
    assert await clinic.rows("attempts") == []
    page = await admin.post(f"{LIST}/{task.id}/record", {**fields, **SAID})
    assert (page.path, page.shows("已记录，这件事完成了")) == (LIST, True)
    assert (await admin.get(f"{LIST}?tab=done")).shows("林小满", "电话接通，安心")
    closed = await admin.get(f"{LIST}/{task.id}")
    assert closed.shows("这件事已经结束")


async def test_a2_10_not_answered_presets_the_next_time_and_says_so(clinic: Clinic, admin: Browser) -> None:
    task = await call(clinic, await patient(clinic, admin))
    page = await admin.get(f"{LIST}/{task.id}")
    preset = hidden(page.text, "next_no_answer")
    assert preset > "2026-11-24"
    fields = await opened(admin, task)
    page = await admin.post(f"{LIST}/{task.id}/record", {**fields, "outcome": "no_answer", "next_no_answer": preset})
    assert page.shows("已记录，下次 11月24日")
    twice = await admin.post(f"{LIST}/{task.id}/record", {**fields, "outcome": "no_answer", "next_no_answer": preset})
    assert twice.status == 200
    assert len(await clinic.rows("attempts")) == 1
    assert (await clinic.rows("followups"))[0]["attempts"] == 1
    refused = await admin.post(
        f"{LIST}/{task.id}/record",
        {**await opened(admin, task), "outcome": "no_answer", "next_no_answer": "2026-11-25T12:30"},
    )
    assert refused.shows("请选有医生出诊的日子")


async def test_a_stale_page_is_told_who_was_faster_and_keeps_what_was_typed(
    clinic: Clinic, admin: Browser, sign_in: SignIn
) -> None:
    task = await call(clinic, await patient(clinic, admin))
    fields = await opened(admin, task)
    desk = await sign_in(Role.RECEPTION)
    await desk.post(f"{LIST}/{task.id}/record", {**await opened(desk, task), "outcome": "no_answer"})
    page = await admin.post(f"{LIST}/{task.id}/record", {**fields, **SAID})
    assert page.shows("前台客服小周刚刚处理过这条待办：电话未接", "不疼了，能吃饭")
    assert len(await clinic.rows("attempts")) == 1
    again = {name: hidden(page.text, name) for name in ("key", "revision")}
    page = await admin.post(f"{LIST}/{task.id}/record", {**again, **SAID})
    assert page.shows("已记录，这件事完成了")


async def test_a2_12_after_the_fifth_call_a_person_decides(clinic: Clinic, admin: Browser) -> None:
    task = await call(clinic, await patient(clinic, admin))
    await clinic.app.database.collection("followups").update_one({"_id": task.id}, {"$set": {"attempts": 4}})
    page = await admin.get(f"{LIST}/{task.id}")
    assert page.shows("再没有接听就请您决定")
    page = await admin.post(f"{LIST}/{task.id}/record", {**await opened(admin, task), "outcome": "no_answer"})
    assert page.shows("请决定怎样继续", "请决定")
    page = await admin.get(f"{LIST}/{task.id}")
    revision = hidden(page.text, "revision")
    refused = await admin.post(f"{LIST}/{task.id}/decide", {"choice": "end", "revision": revision, "reason": ""})
    assert refused.shows("请写明为什么结束")
    done = await admin.post(f"{LIST}/{task.id}/decide", {"choice": "message", "revision": revision})
    assert done.shows("已记录，下次")
    assert (await clinic.rows("followups"))[0]["on_wechat"] is True


async def test_a1_15_after_three_calls_in_a_week_the_card_says_to_write(clinic: Clinic, admin: Browser) -> None:
    patient_id = await patient(clinic, admin)
    for number in range(3):
        await admin.get(f"{LIST}/new?patient={patient_id}")
        fields = {"patient_id": patient_id, "key": f"free-note-{number}", "outcome": "no_answer"}
        noted = await admin.post(f"{LIST}/new", fields)
        assert noted.shows("已记下这次联系")
    page = await admin.get(f"{LIST}/{(await call(clinic, patient_id)).id}")
    assert page.shows("7 天以内已经打了 3 次电话", "请先发微信")
    assert re.search(r'value="wechat"\s+checked', page.text)


async def test_a4_47_a_contact_without_a_task_is_found_noted_and_listed(clinic: Clinic, admin: Browser) -> None:
    patient_id = await patient(clinic, admin)
    found = await admin.get(f"{LIST}/new?q=林小满")
    assert found.shows(f"{LIST}/new?patient={patient_id}")
    page = await admin.get(f"{LIST}/new?patient={patient_id}")
    fields = {"key": hidden(page.text, "key"), "patient_id": patient_id}
    empty = await admin.post(f"{LIST}/new", {**fields, "outcome": "reached"})
    assert empty.shows("接通的电话，请写下重点")
    await admin.post(f"{LIST}/new", {**fields, "outcome": "reached", "key_points": "来电问停车"})
    records = await admin.get(f"{LIST}/records")
    assert records.shows("林小满", "来电问停车", "接通")
    assert (await admin.get(f"{LIST}/records?outcome=refused")).shows("这几天没有联系记录")
    assert (await admin.get(f"/console/patients/{patient_id}")).shows("电话 · 接通")


async def test_everybody_sees_their_own_records_and_a_lead_those_of_all(
    clinic: Clinic, admin: Browser, sign_in: SignIn
) -> None:
    patient_id = await patient(clinic, admin)
    await admin.get(f"{LIST}/new?patient={patient_id}")
    fields = {"patient_id": patient_id, "key": "free-note-1", "outcome": "reached", "key_points": "主管打的"}
    await admin.post(f"{LIST}/new", fields)
    assert not (await (await sign_in(Role.RECEPTION)).get(f"{LIST}/records")).shows("主管打的")
    assert (await (await sign_in(Role.MANAGER)).get(f"{LIST}/records")).shows("主管打的")


async def test_a2_72_words_that_promise_too_much_are_hinted_at_while_they_are_typed(
    clinic: Clinic, admin: Browser
) -> None:
    await opened(admin, await call(clinic, await patient(clinic, admin)))
    page = await admin.post(f"{LIST}/check", {"key_points": "我说绝对没问题，保证治好"}, htmx=True)
    assert page.shows("绝对")
    assert (await admin.post(f"{LIST}/check", {"key_points": "约了周三复诊"}, htmx=True)).text.strip() == ""


async def test_a_family_is_one_card_with_an_outcome_each(clinic: Clinic, admin: Browser) -> None:
    patient_id = await patient(clinic, admin)
    first = await call(clinic, patient_id, "1", reason="第一件")
    second = await call(clinic, patient_id, "2", reason="第二件")
    page = await admin.get(f"{LIST}/{first.id}")
    assert page.shows("第一件", "同一家今天还有 1 件", "第二件", f"{LIST}/{second.id}/record")
    done = await admin.post(f"{LIST}/{first.id}/record", {**await opened(admin, first), **SAID})
    assert done.path == f"{LIST}/{second.id}"
    states = {row["key"]: row["state"] for row in await clinic.rows("followups")}
    assert states == {"phone:1": "done", "phone:2": "open"}


async def test_a1_09_a1_12_an_undecided_patient_is_asked_why_and_where_else(clinic: Clinic, admin: Browser) -> None:
    task = await call(clinic, await patient(clinic, admin), script="undecided", reason="种植还在考虑")
    page = await admin.post(f"{LIST}/{task.id}/record", {**await opened(admin, task), **SAID})
    assert page.shows("请选择还没有成交的原因", "在别处看过")
    fields = {**await opened(admin, task), **SAID, "reason": "comparing", "competitor_clinic": "城东口腔"}
    await admin.post(f"{LIST}/{task.id}/record", {**fields, "competitor_price": "八千"})
    (kept,) = await clinic.rows("attempts")
    assert (kept["reason"], kept["competitor"]["clinic"], kept["effort"]) == ("comparing", "城东口腔", "undecided")
    assert (await admin.get(f"{LIST}/records?reason=comparing")).shows("比较", "城东口腔 · 八千")


async def test_a1_07_a_locked_patient_is_shown_as_somebody_elses(
    clinic: Clinic, admin: Browser, sign_in: SignIn
) -> None:
    patient_id = await patient(clinic, admin)
    desk = await sign_in(Role.RECEPTION)
    services = clinic.app.services
    account = next(each for each in await services.staff.accounts(by=SYSTEM) if each.login == "reception")
    await services.recalls.owners.assign(patient_id, consultant="", dispute=account.id, by=SYSTEM, now=clinic.now)
    task = await call(clinic, patient_id)
    page = await admin.get(f"{LIST}/{task.id}")
    assert page.shows("纠纷患者，只由负责人联系", "请交给前台客服小周")
    assert not page.shows("保存记录")
    refused = await admin.post(f"{LIST}/{task.id}/record", {"key": "form-of-admin", "revision": "0", **SAID})
    assert refused.shows("请交给前台客服小周")
    assert (await desk.get(f"{LIST}?tab=mine")).shows("林小满")
    done = await desk.post(f"{LIST}/{task.id}/record", {**await opened(desk, task), **SAID})
    assert done.shows("已记录，这件事完成了")


async def test_an_unknown_follow_up_is_not_found(clinic: Clinic, admin: Browser) -> None:
    del clinic
    assert (await admin.get(f"{LIST}/nothing")).status == 404
    assert (await admin.get(f"{LIST}/new?patient=nobody")).status == 404


async def test_a1_40_a_lead_names_the_owner_of_a_dispute(clinic: Clinic, admin: Browser, sign_in: SignIn) -> None:
    patient_id = await patient(clinic, admin)
    await sign_in(Role.RECEPTION)
    account = next(each for each in await clinic.app.services.staff.accounts(by=SYSTEM) if each.login == "reception")
    page = await admin.get(f"/console/patients/{patient_id}/owner")
    assert page.shows("纠纷负责人", "前台客服小周")
    refused = await admin.post(f"/console/patients/{patient_id}/owner", {"dispute": "nobody"})
    assert refused.shows("请从同事里选")
    done = await admin.post(f"/console/patients/{patient_id}/owner", {"dispute": account.id, "hold": "true"})
    assert done.shows("已指定负责人，并登记「纠纷」", "指定了纠纷负责人")
    again = await admin.post(f"/console/patients/{patient_id}/owner", {"dispute": account.id, "hold": "true"})
    held = (await clinic.app.services.patients.patients([patient_id]))[patient_id].holds
    assert [each.kind.value for each in held] == ["dispute"], again.text
    assert re.search(rf'value="{account.id}" selected', (await admin.get(f"/console/patients/{patient_id}/owner")).text)
    assert (await (await sign_in(Role.CONSULTANT)).get(f"/console/patients/{patient_id}/owner")).status == 403
    over = await admin.post(f"/console/patients/{patient_id}/owner", {"dispute": ""})
    assert over.shows("「纠纷」的暂停联系还在")


async def test_what_was_said_to_a_duplicate_and_who_owns_it_stays_with_the_record_that_remains(
    clinic: Clinic, admin: Browser, sign_in: SignIn
) -> None:
    first, second = await patient(clinic, admin), await patient(clinic, admin, "林小满儿", "13800138001")
    task = await call(clinic, second)
    await admin.post(f"{LIST}/{task.id}/record", {**await opened(admin, task), **SAID})
    await sign_in(Role.RECEPTION)
    account = next(each for each in await clinic.app.services.staff.accounts(by=SYSTEM) if each.login == "reception")
    await admin.get(f"/console/patients/{second}/owner")
    await admin.post(f"/console/patients/{second}/owner", {"dispute": account.id})
    merges, by = clinic.app.services.merges, COMMAND_LINE
    living = await clinic.app.services.patients.patients([first, second])
    revisions = (living[first].revision, living[second].revision)
    await merges.merge(first, second, {}, revisions=revisions, by=by, now=clinic.now)
    page = await admin.get(f"{LIST}/{(await call(clinic, first, '2')).id}")
    assert page.shows("不疼了，能吃饭", "纠纷患者，只由负责人联系")
    await admin.post(f"/console/patients/{first}/owner", {"dispute": ""})
    assert not (await admin.get(f"{LIST}/{(await call(clinic, first, '3')).id}")).shows("只由负责人联系")


async def test_a1_09_a_consultant_notes_an_undecided_patient_and_sees_the_list(
    clinic: Clinic, admin: Browser, sign_in: SignIn
) -> None:
    patient_id = await patient(clinic, admin)
    consultant = await sign_in(Role.CONSULTANT)
    address = f"/console/patients/{patient_id}/undecided"
    assert (await consultant.get(address)).shows("登记未成交", "报价")
    for quote in ("一万二", "0", "99999999"):
        assert (await consultant.post(address, {"project": "种植", "quote": quote})).shows("报价写整数")
    done = await consultant.post(address, {"project": "种植", "quote": "12000"})
    assert done.shows("已登记", "林小满", "种植", "12000 元", "咨询师小周")
    (task,) = await clinic.rows("followups")
    fields = await opened(consultant, await _of(clinic, task["_id"]))
    said = {**SAID, "reason": "price", "competitor_clinic": "城东口腔", "next_reached": "2026-12-02T10:00"}
    await consultant.post(f"{LIST}/{task['_id']}/record", {**fields, **said})
    page = await admin.get(f"{LIST}/undecided")
    assert page.shows("价格", "城东口腔", "12月2日 10:00", "最近 30 天的原因")
    records = re.search(r'href="(/console/followups/records\?[^"]*reason=price[^"]*)"', page.text)
    assert records is not None
    assert (await admin.get(records[1].replace("&amp;", "&"))).shows("林小满", "城东口腔")
    assert not (await consultant.get(f"{LIST}/undecided")).shows("最近 30 天的原因")
    assert (await admin.get(f"{LIST}/undecided?whose=mine")).shows("没有未成交的患者")


async def _of(clinic: Clinic, followup_id: Any) -> FollowUp:
    found = await clinic.app.services.followups.by_id(followup_id)
    assert found is not None
    return found


async def test_a2_02_a2_03_the_report_writes_itself_and_each_figure_opens_its_records(
    clinic: Clinic, admin: Browser, sign_in: SignIn
) -> None:
    empty = await admin.get(f"{LIST}/report")
    assert empty.shows("这几天没有联系记录", "名单还够用")
    desk = await sign_in(Role.RECEPTION)
    task = await call(clinic, await patient(clinic, admin))
    await desk.post(f"{LIST}/{task.id}/record", {**await opened(desk, task), **SAID})
    page = await admin.get(f"{LIST}/report")
    assert page.shows("前台客服小周", "工作怎样分配", "术后关怀", "什么时候接得到电话")
    own = re.search(r'href="(/console/followups/records\?[^"]*outcome=reached)">\s*1<', page.text)
    assert own is not None
    assert (await admin.get(own[1].replace("&amp;", "&"))).shows("不疼了，能吃饭")
    done = re.search(r'href="(/console/followups\?tab=done[^"]*)">\s*1<', page.text)
    assert done is not None
    assert (await admin.get(done[1].replace("&amp;", "&"))).shows("林小满", "电话接通，安心")
    hour = re.search(r'href="(/console/followups/records\?[^"]*hour=\d+)">\s*1<', page.text)
    assert hour is not None
    assert (await admin.get(hour[1].replace("&amp;", "&"))).shows("不疼了，能吃饭")
    mine = await (await sign_in(Role.CONSULTANT)).get(f"{LIST}/report")
    assert not mine.shows("前台客服小周")
    assert not mine.shows("工作怎样分配")


async def test_the_job_escalates_a_complaint_after_48_hours_and_says_so_on_the_card(
    clinic: Clinic, admin: Browser
) -> None:
    task = await call(clinic, await patient(clinic, admin), kind=FollowUpKind.COMPLAINT, script="")
    await clinic.app.runner.run_now("watch_followups")
    assert not (await admin.get(f"{LIST}/{task.id}")).shows("已报告主管")
    await clinic.move(timedelta(hours=48, minutes=1))
    for _ in range(2):
        await clinic.app.runner.run_now("watch_followups")
    page = await admin.get(f"{LIST}/{task.id}")
    assert page.text.count("已报告主管") == 1


async def test_the_badge_of_the_navigation_counts_what_is_overdue_and_not_all(clinic: Clinic, admin: Browser) -> None:
    """Field trap 2.1 no. 2."""
    patient_id = await patient(clinic, admin)
    clinic.stand_still()
    await call(clinic, patient_id, "later", due_at=clinic.now + timedelta(hours=3))
    assert 'aria-label="逾期' not in (await admin.get("/console/care")).text
    task = await call(clinic, patient_id, "late", due_at=clinic.now - timedelta(hours=3))
    assert (await admin.get("/console/care")).shows('aria-label="逾期 1 件"')
    clinic.app.clock.move(timedelta(hours=4))
    assert (await admin.get("/console/care")).shows('aria-label="逾期 2 件"')
    await admin.post(f"{LIST}/{task.id}/close", {"outcome": "患者已到院"})
    assert (await admin.get("/console/care")).shows('aria-label="逾期 1 件"')


async def test_what_is_closed_is_gone_at_once_from_every_screen(
    clinic: Clinic, admin: Browser, sign_in: SignIn
) -> None:
    """Field trap 2.2 no. 14: a finished task stayed. An open list is told, every page that is opened has it no more."""
    patient_id = await patient(clinic, admin)
    task = await call(clinic, patient_id, reason="拔牙三天后问候")
    other = await sign_in(Role.RECEPTION)
    listed = await other.get(LIST)
    changed = re.search(r'hx-get="(/console/followups/changed[^"]*)"', listed.text)
    assert changed is not None
    pages = (LIST, f"{LIST}?tab=overdue", f"{LIST}?tab=open", f"{LIST}?by=doctor", f"/console/patients/{patient_id}")
    assert [(await other.get(each)).shows("拔牙三天后问候") for each in pages] == [True] * 5
    await admin.post(f"{LIST}/{task.id}/record", {**await opened(admin, task), **SAID})
    open_ones = [
        re.sub(r'(?s)<section class="card" aria-label="时间线.*', "", (await other.get(each)).text) for each in pages
    ]
    assert [f"task-{task.id}" in each for each in open_ones] == [False] * 5
    assert (await other.get(changed[1].replace("&amp;", "&"), htmx=True)).shows("待办有变化")
    assert (await other.get(f"{LIST}?tab=done")).shows(f"task-{task.id}")


async def test_the_list_is_the_same_after_a_reload_and_a_label_hides_nothing(clinic: Clinic, admin: Browser) -> None:
    """Field trap 2.2 no. 16: the list differed before and after a reload; a changed label hid tasks."""
    clinic.stand_still()
    patient_id = await patient(clinic, admin)
    ids = {(await call(clinic, patient_id, str(number))).id for number in range(3)}

    async def rows(address: str) -> list[str]:
        return re.findall(r'<tr id="task-([^"]+)"', (await admin.get(address)).text)

    first = await rows(LIST)
    assert set(first) == ids
    assert await rows(LIST) == first
    marks = clinic.app.services.patient_marks
    for tag in ("种植", "重点客户"):
        await marks.add_tag(patient_id, tag, by=COMMAND_LINE, now=clinic.now)
        assert set(await rows(LIST)) == ids
        assert set(await rows(f"{LIST}?by=tag")) == ids
