"""患者 over HTTP: finding, looking, editing, noting, linking, merging."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest

from tests.console.conftest import Browser, Clinic, Page, SignIn
from wxbot.actors import SYSTEM
from wxbot.history.models import Interaction, Kind, PatientId
from wxbot.messaging import Purpose
from wxbot.patients.models import Patient
from wxbot.staff.permissions import Role

SCRIPT = "<script>alert(1)</script>"


async def made(clinic: Clinic, **typed: str) -> Patient:
    fields = {"name": "李晓燕", "phone": "13800138000", "birthday": "1990-05-12", **typed}
    return await clinic.app.services.records.create(fields, by=SYSTEM, now=clinic.now, despite_duplicates=True)


async def stored(clinic: Clinic, patient_id: PatientId) -> dict[str, Any]:
    (row,) = await clinic.rows("patients", {"_id": patient_id})
    return row


def field_of(page: Page, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page.text)
    assert found is not None, name
    return unescape(found[1])


async def audited(clinic: Clinic, patient_id: str) -> list[str]:
    rows = await clinic.rows("audit", {"subject": f"patient:{patient_id}"})
    return [row["action"] for row in sorted(rows, key=lambda row: row["seq"])]


# -- finding -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("query", ["晓燕", "李", "lxy", "lixiao", "8000", "138 0013 8000", "A-77"])
async def test_a_patient_is_found_while_typing_and_only_masked(clinic: Clinic, admin: Browser, query: str) -> None:
    await made(clinic, record_number="A-77")
    page = await admin.get(f"/console/patients/found?q={query}", htmx=True)
    assert page.status == 200
    assert page.shows("李晓燕", "138****8000")
    assert "13800138000" not in page.text


async def test_what_is_not_found_says_what_to_do_next(clinic: Clinic, admin: Browser) -> None:
    await made(clinic)
    page = await admin.get("/console/patients?q=王大锤")
    assert page.shows("没有找到「王大锤」", "新建患者")


async def test_who_sees_masked_numbers_only_is_told_how_to_search_by_number(clinic: Clinic, sign_in: SignIn) -> None:
    await made(clinic)
    browser = await sign_in(Role.CLINICIAN)
    page = await browser.get("/console/patients?q=138")
    assert page.shows("没有找到「138」", "请输入最后 4 位或完整的号码")


async def test_an_empty_clinic_says_where_patients_come_from(admin: Browser) -> None:
    for address in ("", "?list=hold", "?list=objection", "?list=birthday&month=5", "?list=no-next", "?tag=VIP"):
        page = await admin.get(f"/console/patients{address}")
        assert page.status == 200
        assert "nothing-title" in page.text
    assert (await admin.get("/console/patients/newcomers")).shows("每位微信联系人都有档案了")


async def test_a_follower_without_a_record_gets_one(clinic: Clinic, admin: Browser) -> None:
    await clinic.person("小林")
    page = await admin.get("/console/patients/newcomers")
    assert page.shows("访客·", "建档")
    edit = await admin.post("/console/patients/newcomers", {"contact_id": field_of(page, "contact_id")})
    assert edit.path.endswith("/edit")
    assert edit.shows("已建档，请补充资料")
    assert (await admin.get("/console/patients/newcomers")).shows("每位微信联系人都有档案了")


# -- the page ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", list(Role))
async def test_each_role_sees_the_page_with_masked_numbers(clinic: Clinic, sign_in: SignIn, role: Role) -> None:
    patient = await made(clinic, identity="11010519491231002X")
    page = await (await sign_in(role)).get(f"/console/patients/{patient.id}")
    assert page.status == 200
    assert page.shows("李晓燕", "138****8000", "1101****002X", "36岁", "1990年5月12日")
    assert "13800138000" not in page.text
    assert "1380013" not in page.text
    assert "11010519491231002X" not in page.text


async def test_a_reveal_is_noted_before_the_number_is_shown(clinic: Clinic, sign_in: SignIn) -> None:
    patient = await made(clinic, identity="11010519491231002X")
    reception = await sign_in(Role.RECEPTION)
    await reception.get(f"/console/patients/{patient.id}")
    page = await reception.post(f"/console/patients/{patient.id}/phone", htmx=True)
    assert page.shows("138 0013 8000")
    page = await reception.post(f"/console/patients/{patient.id}/identity", htmx=True)
    assert page.shows("11010519491231002X")
    assert await audited(clinic, patient.id) == ["patient:created", "phone:revealed", "identity:revealed"]
    assert "13800138000" not in str(await clinic.rows("audit"))
    clinician = await sign_in(Role.CLINICIAN)
    refused = await clinician.post(f"/console/patients/{patient.id}/phone", htmx=True)
    assert refused.status == 403
    assert "138 0013 8000" not in refused.text


async def test_script_in_names_notes_tags_and_messages_is_shown_and_never_run(clinic: Clinic, admin: Browser) -> None:
    openid = await clinic.person("小林")
    await clinic.say(openid, SCRIPT)
    contact = await clinic.app.services.patients.contact_by_openid(openid)
    assert contact is not None
    patient = await clinic.app.services.records.record_for(contact.id, by=SYSTEM, now=clinic.now)
    note = {"note": SCRIPT, "revision": str(patient.revision)}
    await admin.get(f"/console/patients/{patient.id}/edit")
    await admin.post(f"/console/patients/{patient.id}/edit", note)
    page = await admin.post(f"/console/patients/{patient.id}/tags", {"name": "<b>牙</b>"})
    assert page.status == 200
    assert SCRIPT not in page.text
    assert "<b>牙</b>" not in page.text
    assert page.text.count("&lt;script&gt;alert(1)&lt;/script&gt;") == 2
    assert "&lt;b&gt;牙&lt;/b&gt;" in page.text
    found = await admin.get(f"/console/patients?q={SCRIPT}")
    assert SCRIPT not in found.text
    again = await admin.post(f"/console/patients/{patient.id}/tags", {"name": SCRIPT + "x" * 20})
    assert again.status == 422
    assert SCRIPT not in again.text


async def test_the_timeline_tells_messages_bookings_and_who_did_what(clinic: Clinic, admin: Browser) -> None:
    openid = await clinic.person("小林")
    await clinic.book(openid, "洁牙", "陈晓晴", "明天", "下午2:30")
    await clinic.say(openid, "姓名 林小满")
    contact = await clinic.app.services.patients.contact_by_openid(openid)
    assert contact is not None
    (patient_id,) = contact.patient_ids
    await admin.get("/console/patients")
    page = await admin.post(f"/console/patients/{patient_id}/holds", {"kind": "dispute", "reason": "投诉处理中"})
    assert page.shows("林小满", "已登记「纠纷」", "投诉处理中", "管理员小周", "不发送：关怀、祝福、评价邀请、营销")
    assert page.shows("姓名 林小满", "预约：", "更新了就诊人信息：纠纷")
    assert page.shows("接下来的关怀", "会发送")
    care = await admin.get(f"/console/patients/{patient_id}/timeline?show=visits", htmx=True)
    assert care.shows("预约：")
    assert "姓名 林小满" not in care.text
    deeds = await admin.get(f"/console/patients/{patient_id}/deeds", htmx=True)
    assert deeds.shows("登记「纠纷」", "投诉处理中", "管理员小周")


async def test_older_lines_come_on_demand_and_none_twice(clinic: Clinic, admin: Browser) -> None:
    openid = await clinic.person("小林")
    for number in range(40):
        await clinic.say(openid, f"第{number}句话")
    contact = await clinic.app.services.patients.contact_by_openid(openid)
    assert contact is not None
    patient = await clinic.app.services.records.record_for(contact.id, by=SYSTEM, now=clinic.now)
    page = await admin.get(f"/console/patients/{patient.id}")
    said = re.findall(r"told-words\">第(\d+)句话", page.text)
    while more := re.search(r'hx-get="([^"]*before=[^"]*)"', page.text):
        page = await admin.get(unescape(more[1]), htmx=True)
        assert page.status == 200
        said += re.findall(r"told-words\">第(\d+)句话", page.text)
    assert sorted(said, key=int) == [str(number) for number in range(40)]


async def test_an_unknown_patient_leads_back(admin: Browser) -> None:
    page = await admin.get("/console/patients/nobody")
    assert page.status == 404
    assert page.shows("返回上一页", "回到今日")


# -- creating and editing ----------------------------------------------------------------------------------------


async def test_a_patient_is_created_and_a_likely_duplicate_is_asked_about(clinic: Clinic, admin: Browser) -> None:
    await admin.get("/console/patients/new")
    typed = {"name": "王芳", "phone": "010-62345678", "gender": "female", "birthday": "农历1985年八月十五"}
    page = await admin.post("/console/patients/new", typed)
    assert page.shows("已建档", "王芳", "农历1985年八月十五", "010****5678")
    asked = await admin.post("/console/patients/new", {**typed, "name": "王小芳"})
    assert asked.status == 422
    assert asked.shows("可能已有这位患者的档案", "王芳", 'value="王小芳"')
    assert len(await clinic.rows("patients")) == 1
    page = await admin.post("/console/patients/new", {**typed, "name": "王小芳", "despite": "true"})
    assert page.shows("已建档", "王小芳")


async def test_an_edit_that_takes_anothers_telephone_is_asked_about(clinic: Clinic, admin: Browser) -> None:
    await made(clinic, name="王芳", phone="13900139000")
    patient = await made(clinic)
    address = f"/console/patients/{patient.id}/edit"
    page = await admin.get(address)
    typed = {name: field_of(page, name) for name in ("revision", "seen")}
    typed |= {"name": "李晓燕", "gender": "unknown", "birthday": "1990年5月12日", "phone": "139 0013 9000"}
    asked = await admin.post(address, typed)
    assert (asked.status, asked.shows("可能已有这位患者的档案", "王芳", 'value="139 0013 9000"')) == (422, True)
    saved = await admin.post(address, {**typed, "despite": "true"})
    assert saved.shows("已保存", "139****9000")


async def test_what_cannot_be_understood_is_said_beside_its_field_and_nothing_is_lost(
    clinic: Clinic, admin: Browser
) -> None:
    await admin.get("/console/patients/new")
    typed = {"name": "", "phone": "123", "birthday": "2030-02-31", "identity": "110105194912310021", "note": "慢慢说"}
    page = await admin.post("/console/patients/new", typed)
    assert page.status == 422
    assert page.shows("还有 4 处需要修改", "请填写姓名", "请填写完整的电话号码", "请填写真实的日期", "证件号不对")
    assert page.shows('value="123"', 'value="2030-02-31"', "慢慢说")
    assert await clinic.rows("patients") == []


async def test_the_second_editor_sees_the_firsts_change_and_keeps_what_they_typed(
    clinic: Clinic, sign_in: SignIn
) -> None:
    patient = await made(clinic)
    first, second = await sign_in(Role.ADMIN), await sign_in(Role.RECEPTION)
    address = f"/console/patients/{patient.id}/edit"
    one, two = await first.get(address), await second.get(address)
    stands = {"name": "李晓燕", "gender": "unknown", "birthday": "1990年5月12日"}
    saved = await first.post(
        address,
        {**stands, "phone": "13900139000", "revision": field_of(one, "revision"), "seen": field_of(one, "seen")},
    )
    assert saved.shows("已保存", "139****9000")
    typed = {**stands, "note": "怕疼", "revision": field_of(two, "revision"), "seen": field_of(two, "seen")}
    stale = await second.post(address, typed)
    assert stale.status == 409
    assert stale.shows("管理员小周", "138****8000", "139****9000", "怕疼")
    assert "13900139000" not in stale.text
    again = {**typed, "revision": field_of(stale, "revision"), "seen": field_of(stale, "seen")}
    assert (await second.post(address, again)).shows("已保存", "怕疼", "139****9000")
    row = await stored(clinic, patient.id)
    assert (row["phone"], row["note"]) == ("+8613900139000", "怕疼")


async def test_an_edit_is_written_to_audit_and_timeline_without_the_numbers(clinic: Clinic, admin: Browser) -> None:
    patient = await made(clinic)
    page = await admin.get(f"/console/patients/{patient.id}/edit")
    fields = {"name": "李晓雁", "phone": "13900139000", "revision": field_of(page, "revision")}
    page = await admin.post(f"/console/patients/{patient.id}/edit", fields)
    assert page.shows("李晓雁", "更新了就诊人信息：姓名、电话")
    (entry,) = await clinic.rows("audit", {"action": "patient:edited"})
    changes = {change["field"]: (change["old"], change["new"]) for change in entry["changes"]}
    assert changes == {"姓名": ("李晓燕", "李晓雁"), "电话": ("138****8000", "139****9000")}


async def test_a_number_is_left_alone_when_its_field_stays_empty_and_removed_by_the_tick(
    clinic: Clinic, admin: Browser
) -> None:
    patient = await made(clinic)
    page = await admin.get(f"/console/patients/{patient.id}/edit")
    await admin.post(
        f"/console/patients/{patient.id}/edit",
        {"name": "李晓燕", "phone": "", "note": "早上来", "revision": field_of(page, "revision")},
    )
    assert (await stored(clinic, patient.id))["phone"] == "+8613800138000"
    page = await admin.get(f"/console/patients/{patient.id}/edit")
    await admin.post(
        f"/console/patients/{patient.id}/edit",
        {"name": "李晓燕", "no_phone": "true", "revision": field_of(page, "revision")},
    )
    assert (await stored(clinic, patient.id))["phone"] is None


# -- notes, contacts, consents -----------------------------------------------------------------------------------


async def test_notes_are_set_and_lifted_with_a_reason(clinic: Clinic, sign_in: SignIn) -> None:
    patient = await made(clinic)
    clinician = await sign_in(Role.CLINICIAN)
    await clinician.get(f"/console/patients/{patient.id}")
    base = f"/console/patients/{patient.id}"
    empty = await clinician.post(f"{base}/holds", {"kind": "objection", "reason": " "})
    assert empty.status == 422
    assert empty.shows("请写明原因")
    assert (await clinician.post(f"{base}/holds", {"kind": "objection", "reason": "颜色不满意"})).shows(
        "异议", "颜色不满意"
    )
    listed = await clinician.get("/console/patients?list=objection")
    assert listed.shows("李晓燕", "异议")
    objection = (await stored(clinic, patient.id))["holds"][0]["id"]
    await clinician.post(f"{base}/holds/lift", {"hold": objection, "reason": "重做后满意"})
    await clinician.post(f"{base}/holds", {"kind": "paused", "reason": "出国"})
    assert (await clinician.get("/console/patients?list=hold")).shows("李晓燕")
    pause = (await stored(clinic, patient.id))["holds"][1]["id"]
    await clinician.post(f"{base}/holds/lift", {"hold": pause, "reason": "回国了"})
    await clinician.post(f"{base}/recovered", {"reason": "复查已愈合"})
    page = await clinician.post(f"{base}/tags", {"name": "种植复查", "expires_on": "2027-01-31"})
    assert page.shows("已恢复", "复查已愈合", "种植复查", "至2027-01-31")
    assert (await clinician.get("/console/patients?tag=种植复查")).shows("李晓燕")
    page = await clinician.post(f"{base}/tags/remove", {"name": "种植复查"})
    assert (await stored(clinic, patient.id))["tags"] == []
    assert await audited(clinic, patient.id) == [
        "patient:created",
        "patient:objected",
        "patient:settled",
        "patient:held",
        "patient:released",
        "patient:recovered",
        "patient:tagged",
        "patient:untagged",
    ]


async def test_a_contact_is_linked_answers_for_the_patient_and_is_parted_again(clinic: Clinic, admin: Browser) -> None:
    openid = await clinic.person("小林")
    contact = await clinic.app.services.patients.contact_by_openid(openid)
    assert contact is not None
    child = await made(clinic, name="林小宝", birthday="2019-03-01")
    base = f"/console/patients/{child.id}"
    await admin.get(base)
    found = await admin.get(f"{base}/contacts?contact={contact.alias.removeprefix('访客·')}", htmx=True)
    assert found.shows(contact.alias)
    page = await admin.post(f"{base}/contacts", {"contact_id": contact.id, "relation": "child"})
    assert page.shows(contact.alias, "孩子（联系人是监护人）", "同意")
    page = await admin.post(
        f"{base}/consent",
        {"contact_id": contact.id, "topic": "marketing", "granted": "yes", "reason": "今天电话里说的"},
    )
    assert page.shows("已登记患者的意愿", "管理员小周", "今天电话里说的")
    refused = await admin.post(
        f"{base}/consent", {"contact_id": contact.id, "topic": "care", "granted": "no", "reason": ""}
    )
    assert refused.status == 422
    page = await admin.post(f"{base}/contacts/remove", {"contact_id": contact.id})
    assert page.shows("已解除关联", "还没有关联微信联系人")
    assert (await stored(clinic, child.id))["contact_id"] is None


async def a_follower_with_a_record(clinic: Clinic) -> Patient:
    contact = await clinic.app.services.patients.contact_by_openid(await clinic.person("小林"))
    assert contact is not None
    return await clinic.app.services.records.record_for(contact.id, by=SYSTEM, now=clinic.now)


async def test_a_task_is_closed_from_the_page_with_what_came_of_it(clinic: Clinic, admin: Browser) -> None:
    patient = await a_follower_with_a_record(clinic)
    task = await clinic.app.services.followups.open(
        key="call/1",
        kind="phone",
        reason="请致电回访",
        contact_id=patient.contact_id,
        patient_id=patient.id,
        due_at=clinic.now,
        now=clinic.now,
    )
    page = await admin.get(f"/console/patients/{patient.id}")
    assert page.shows("请致电回访")
    nothing = await admin.post(f"/console/patients/{patient.id}/followups/{task.id}/close", {"outcome": ""})
    assert nothing.status == 422
    page = await admin.post(f"/console/patients/{patient.id}/followups/{task.id}/close", {"outcome": "已致电，一切好"})
    assert page.shows("待办已完成", "待办完成：已致电，一切好", "没有待办")


async def test_a_waiting_message_is_taken_back_once_and_only_with_the_permission(
    clinic: Clinic, sign_in: SignIn
) -> None:
    patient = await a_follower_with_a_record(clinic)
    assert patient.contact_id is not None
    outbox = clinic.app.services.outbox
    message = outbox.message(
        key="by-hand/1",
        contact_id=patient.contact_id,
        patient_id=patient.id,
        purpose=Purpose.CARE,
        template="care.surgery.day_1",
        now=clinic.now,
        due_at=clinic.now + timedelta(days=2),
        expires_at=clinic.now + timedelta(days=3),
    )
    await outbox.enqueue([message])
    cancel = f"/console/patients/{patient.id}/messages/{message.id}/cancel"
    clinician, reception = await sign_in(Role.CLINICIAN), await sign_in(Role.RECEPTION)
    await clinician.get(f"/console/patients/{patient.id}")
    assert (await clinician.post(cancel)).status == 403
    page = await reception.get(f"/console/patients/{patient.id}")
    assert page.shows("待发与未送达", "取消发送")
    page = await reception.post(cancel)
    assert page.shows("已取消这条消息", "前台客服小周取消了这条消息")
    assert "待发与未送达" not in page.text
    (row,) = await clinic.rows("outbox", {"_id": message.id})
    assert (row["state"], row["reason"]) == ("dropped", "cancelled")
    assert (await reception.post(cancel)).status == 409
    assert await audited(clinic, patient.id) == ["patient:created", "message:cancelled"]


# -- merging -----------------------------------------------------------------------------------------------------


async def test_two_records_are_merged_and_parted_exactly_as_they_were(clinic: Clinic, sign_in: SignIn) -> None:
    openid = await clinic.person("小林")
    await clinic.say(openid, "姓名 李晓燕")
    contact = await clinic.app.services.patients.contact_by_openid(openid)
    assert contact is not None
    (twin,) = contact.patient_ids
    patient = await made(clinic, note="左下种植")
    originals = [await stored(clinic, patient.id), await stored(clinic, twin)]
    manager = await sign_in(Role.MANAGER)
    page = await manager.get(f"/console/patients/{patient.id}/merge?with={twin}")
    assert page.shows("保留的档案", "138****8000", "微信联系人随之转到保留的档案", "30天内可以撤销")
    fields = {name: field_of(page, name) for name in ("with", "revision", "with_revision")}
    merged = await manager.post(f"/console/patients/{patient.id}/merge", fields)
    assert merged.shows("已合并", "撤销合并", contact.alias, "姓名 李晓燕")
    assert (await manager.get(f"/console/patients/{twin}")).path == f"/console/patients/{patient.id}"
    assert (await manager.post(f"/console/patients/{patient.id}/merge", fields)).shows("其中一份档案已经被合并过了")
    (merge,) = await clinic.rows("merges")
    undone = await manager.post(f"/console/patients/merges/{merge['_id']}/undo", {"patient": patient.id})
    assert undone.shows("已恢复为两份档案")
    after = [await stored(clinic, patient.id), await stored(clinic, twin)]
    plain = [{key: value for key, value in row.items() if key != "revision"} for row in (*originals, *after)]
    assert plain[2:] == plain[:2]
    again = await manager.post(f"/console/patients/merges/{merge['_id']}/undo", {"patient": patient.id})
    assert again.shows("这次合并已经撤销过了")


async def test_only_a_lead_may_merge(clinic: Clinic, sign_in: SignIn) -> None:
    one, two = await made(clinic), await made(clinic, name="李小燕")
    reception = await sign_in(Role.RECEPTION)
    await reception.get(f"/console/patients/{one.id}")
    page = await reception.post(f"/console/patients/{one.id}/merge", {"with": two.id})
    assert page.status == 403
    assert page.shows("主管")


async def test_the_platforms_own_wordless_pushes_are_no_lines_of_the_story(clinic: Clinic, admin: Browser) -> None:
    openid = await clinic.person("小林")
    await clinic.say(openid, "我叫林小雨")
    await clinic.platform.settled()
    contact = await clinic.app.services.patients.contact_by_openid(openid)
    assert contact is not None
    await clinic.app.services.history.append(
        Interaction(
            id="receipt",
            at=clinic.now,
            kind=Kind.MESSAGE_RECEIVED,
            contact_id=contact.id,
            payload={"type": "TemplateReceipt"},
        )
    )
    page = await admin.get(f"/console/patients/{contact.patient_ids[0]}")
    assert page.shows("我叫林小雨")
    assert "未说明" not in page.text
