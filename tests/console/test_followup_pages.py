"""待办 and 联系人: the patient's own words, whom they are of, what cannot wait on top."""

import re
from html import unescape

from tests.console.conftest import Browser, Clinic, SignIn
from tests.scenarios.talking import close as close_talk
from tests.scenarios.talking import colleague, take
from wxbot.followups.models import FollowUpKind, PatientWords
from wxbot.history.models import ContactId
from wxbot.staff.permissions import Role
from wxbot.web.console.followups import NOT_REACHED

NUMBER = "13857042219"


async def contact_of(clinic: Clinic, openid: str) -> ContactId:
    contact = await clinic.app.services.patients.contact_by_openid(openid)
    assert contact is not None
    return contact.id


async def danger(clinic: Clinic, openid: str) -> None:
    await clinic.app.services.followups.open(
        key="danger:1",
        kind=FollowUpKind.DANGER,
        reason="患者说拔牙后出血不止，请立即联系。",
        contact_id=await contact_of(clinic, openid),
        patient_id=None,
        due_at=clinic.now,
        now=clinic.now,
        urgent=True,
        about="智齿拔除（11月22日，1天前）",
        words=(PatientWords(at=clinic.now, text="一直出血怎么办", line_id="m:1"),),
    )


async def test_the_list_quotes_the_words_and_links_a_contact_without_a_record(clinic: Clinic, admin: Browser) -> None:
    openid = await clinic.person()
    await clinic.say(openid, "人工")
    await clinic.say(openid, "我的<b>牙套</b>松了")
    contact_id = await contact_of(clinic, openid)
    for address in ("/console/followups", "/console/"):
        page = await admin.get(address)
        assert page.shows(f'href="/console/contacts/{contact_id}"', "<q>我的&lt;b&gt;牙套&lt;/b&gt;松了</q>")
    page = await admin.get(f"/console/contacts/{contact_id}")
    assert page.status == 200
    assert page.shows("还没有档案", "患者请求人工服务", "<q>人工</q>", "建档", "消息意愿", "关联已有档案", "told-in")


async def test_what_cannot_wait_stands_on_top_of_every_list_in_red(clinic: Clinic, admin: Browser) -> None:
    first, second = await clinic.person("小林"), await clinic.person("小周")
    await clinic.say(first, "人工")
    await danger(clinic, second)
    for address in ("/console/followups", "/console/"):
        page = await admin.get(address)
        assert page.text.index("一直出血怎么办") < page.text.index("患者请求人工服务")
        assert page.shows("智齿拔除（11月22日，1天前）")
        assert len(re.findall(r'class="[^"]*\burgent\b', page.text)) == 1
    today = await admin.get("/console/")
    assert re.search(r'href="/console/followups\?kind=danger">\s*<span[^>]*>\s*<span class="hot">1</span>', today.text)


async def test_the_next_page_continues_behind_an_urgent_one(clinic: Clinic, admin: Browser) -> None:
    contact_id = await contact_of(clinic, await clinic.person())
    for number in range(120):
        await clinic.app.services.followups.open(
            key=f"check:{number}",
            kind=FollowUpKind.CHECK,
            reason=f"请核实第{number:03}件。",
            contact_id=contact_id,
            patient_id=None,
            due_at=clinic.now,
            now=clinic.now,
            urgent=number < 60,
        )
    seen: list[str] = []
    address = "/console/followups"
    while address:
        page = await admin.get(address)
        seen += re.findall(r"请核实第(\d+)件", page.text)
        older = re.search(r'href="(/console/followups\?[^"]*)" rel="next"', page.text)
        address = unescape(older[1]) if older else ""
    assert sorted(seen) == [f"{number:03}" for number in range(120)]
    assert set(seen[:60]) == {f"{number:03}" for number in range(60)}


async def test_a_number_in_the_words_is_masked_for_a_clinician(clinic: Clinic, sign_in: SignIn) -> None:
    openid = await clinic.person()
    await clinic.say(openid, "人工")
    await clinic.say(openid, f"打{NUMBER}给我")
    contact_id = await contact_of(clinic, openid)
    desk, clinician = await sign_in(Role.RECEPTION), await sign_in(Role.CLINICIAN)
    for address in ("/console/followups", "/console/", f"/console/contacts/{contact_id}"):
        assert (await desk.get(address)).shows(NUMBER)
        page = await clinician.get(address)
        assert page.shows("给我")
        assert not page.shows(NUMBER)


async def test_a_contact_becomes_a_patient_and_the_task_leads_there(clinic: Clinic, admin: Browser) -> None:
    openid = await clinic.person()
    await clinic.say(openid, "人工")
    contact_id = await contact_of(clinic, openid)
    await admin.get(f"/console/contacts/{contact_id}")
    page = await admin.post("/console/patients/newcomers", {"contact_id": contact_id})
    patient = page.path.removesuffix("/edit")
    assert (await admin.get("/console/followups")).shows(f'href="{patient}"')
    assert (await admin.get(patient)).shows("<q>人工</q>")
    page = await admin.get(f"/console/contacts/{contact_id}")
    assert page.shows(f'href="{patient}"')
    assert not page.shows("还没有档案")


async def test_a_contact_is_linked_to_a_patient_who_has_a_record(clinic: Clinic, admin: Browser) -> None:
    mother, child = await clinic.person("妈妈"), await clinic.person("孩子")
    await clinic.say(mother, "我叫李小满")
    patients = await clinic.rows("patients")
    patient_id = next(row["_id"] for row in patients if row["name"] == "李小满")
    contact_id = await contact_of(clinic, child)
    await admin.get(f"/console/contacts/{contact_id}")
    found = await admin.get(f"/console/contacts/{contact_id}/patients?patient=李小满", htmx=True)
    assert found.shows("李小满", patient_id)
    page = await admin.post(f"/console/contacts/{contact_id}/link", {"relation": "self"})
    assert (page.status, page.shows("请先查找并选中一位患者")) == (422, True)
    page = await admin.post(f"/console/contacts/{contact_id}/link", {"patient_id": patient_id, "relation": "parent"})
    assert page.path == f"/console/patients/{patient_id}"
    assert page.shows("已关联联系人")


async def test_who_asks_for_a_person_is_answered_and_closed_at_the_desk(clinic: Clinic, admin: Browser) -> None:
    openid = await clinic.person()
    await clinic.say(openid, "人工")
    contact_id = await contact_of(clinic, openid)
    (task,) = await clinic.rows("followups")
    close = f"/console/followups/{task['_id']}/close"
    for address in ("/console/followups", "/console/", f"/console/contacts/{contact_id}"):
        page = await admin.get(address)
        assert page.shows(f'href="/console/desk/{contact_id}"', "打开会话")
        assert close not in page.text
    page = await admin.post(close, {"outcome": "已电话回复"})
    assert page.shows("这位患者的会话还没有结束")
    assert (await clinic.rows("followups"))[0]["state"] == "open"
    by = await colleague(clinic)
    await take(clinic, openid, by)
    await close_talk(clinic, openid, by)
    assert (await admin.get("/console/followups")).shows("没有待办")


async def test_without_an_open_conversation_such_a_task_is_closed_by_hand(clinic: Clinic, admin: Browser) -> None:
    openid = await clinic.person()
    await clinic.app.services.followups.open(
        key="handoff:older",
        kind=FollowUpKind.HANDOFF,
        reason="患者请求人工服务，请回复。",
        contact_id=await contact_of(clinic, openid),
        patient_id=None,
        due_at=clinic.now,
        now=clinic.now,
    )
    (task,) = await clinic.rows("followups")
    assert (await admin.get("/console/followups")).shows(f"/console/followups/{task['_id']}/close")
    page = await admin.post(f"/console/followups/{task['_id']}/close", {"outcome": "已电话回复"})
    assert page.shows("没有待办")


async def test_a_task_is_closed_from_the_contacts_page(clinic: Clinic, admin: Browser) -> None:
    openid = await clinic.person()
    await clinic.say(openid, "我要投诉")
    contact_id = await contact_of(clinic, openid)
    (task,) = await clinic.rows("followups")
    await admin.get(f"/console/contacts/{contact_id}")
    back = f"/console/contacts/{contact_id}"
    page = await admin.post(f"/console/followups/{task['_id']}/close", {"outcome": "已电话回复", "back": back})
    assert (page.path, page.shows("没有待办")) == (back, True)


async def test_an_unknown_contact_is_not_found(clinic: Clinic, admin: Browser) -> None:
    del clinic
    assert (await admin.get("/console/contacts/nobody")).status == 404
    assert (await admin.get("/console/contacts/nobody/timeline")).status == 404


async def test_an_open_list_learns_that_it_has_changed(clinic: Clinic, admin: Browser) -> None:
    openid = await clinic.person()
    page = await admin.get("/console/followups")
    (address,) = re.findall(r'hx-get="(/console/followups/changed[^"]*)"', page.text)
    assert not (await admin.get(unescape(address), htmx=True)).shows("待办有变化")
    await clinic.say(openid, "人工")
    assert (await admin.get(unescape(address), htmx=True)).shows("待办有变化", "刷新列表")


async def test_who_did_not_answer_is_called_again_on_a_day_that_is_asked_for(clinic: Clinic, admin: Browser) -> None:
    task = await clinic.app.services.followups.open(
        key="phone:1",
        kind=FollowUpKind.PHONE,
        reason="请电话联系患者",
        contact_id=await contact_of(clinic, await clinic.person()),
        patient_id=None,
        due_at=clinic.now,
        now=clinic.now,
    )
    address = f"/console/followups/{task.id}/close"
    await admin.get("/console/followups")
    asked = await admin.post(address, {"chosen": NOT_REACHED, "outcome": ""})
    assert asked.status == 422
    assert asked.shows("请选下次打电话的日期", "selected")
    assert (await clinic.rows("followups"))[0]["state"] == "open"
    past = await admin.post(address, {"chosen": NOT_REACHED, "again": "2026-11-22"})
    assert past.shows("已经过了")
    done = await admin.post(address, {"chosen": NOT_REACHED, "again": "2026-11-25", "again_hour": "15:30"})
    assert done.shows("已改到11月25日 15:30 再打", "已打过 1 次，没有接听")
    (row,) = await clinic.rows("followups")
    assert (row["state"], row["attempts"]) == ("open", 1)
    zone = clinic.app.services.clinic.timezone
    assert f"{row['due_at'].astimezone(zone):%m-%d %H:%M}" == "11-25 15:30"
    lines = await clinic.rows("interactions", {"kind": "followup:postponed"})
    assert [each["text"] for each in lines] == ["没有接听（第 1 次）"]
    again = await admin.post(address, {"chosen": NOT_REACHED, "again": "2026-11-26"})
    assert again.shows("已打过 2 次")
    closed = await admin.post(address, {"chosen": "已联系上，一切正常"})
    assert closed.shows("已记录结果")


async def test_what_is_urgent_is_not_put_off_to_another_day(clinic: Clinic, admin: Browser) -> None:
    await danger(clinic, await clinic.person())
    (row,) = await clinic.rows("followups")
    await admin.get("/console/followups")
    page = await admin.post(f"/console/followups/{row['_id']}/close", {"chosen": NOT_REACHED, "again": "2026-11-24"})
    assert (page.status, page.shows("紧急待办不能等到改天")) == (422, True)
