"""生日礼物 over HTTP: noted on the patient's page or the card of a birthday call, shown a year later, taken back."""

import re
from dataclasses import replace
from datetime import date, timedelta

from tests.console.conftest import Browser, Clinic, Page, SignIn
from tests.console.test_patient_pages import audited
from tests.console.test_worklist_pages import LIST
from wxbot.actors import COMMAND_LINE
from wxbot.care.anchors.birthday import birthday_anchor, birthday_in
from wxbot.followups.models import FollowUp, FollowUpKind
from wxbot.history.models import ContactId, PatientId
from wxbot.patients.models import Patient
from wxbot.staff.permissions import Role


async def somebody(clinic: Clinic, name: str = "林小满") -> Patient:
    typed = {"name": name, "birthday": "1990-11-23"}
    return await clinic.app.services.records.create(typed, by=COMMAND_LINE, now=clinic.now, despite_duplicates=True)


async def birthday_call(clinic: Clinic, patient: Patient, day: date) -> FollowUp:
    """The task that a step of a plan on birthdays opens."""
    anchor = birthday_anchor(replace(patient, contact_id=ContactId("c")), day, clinic.app.services.clinic)
    assert anchor is not None
    return await clinic.app.services.followups.open(
        key=f"recall:birthday/call/{anchor.ref}",
        kind=FollowUpKind.RECALL,
        reason="今天生日，请打电话祝福",
        contact_id=None,
        patient_id=patient.id,
        due_at=clinic.now,
        now=clinic.now,
    )


def presents(page: Page) -> str:
    found = re.search(r'id="presents">(.*?)</section>', page.text, re.DOTALL)
    return " ".join(re.sub(r"<[^>]*>", " ", found[1]).split()) if found is not None else ""


async def test_a1_38_what_was_given_is_noted_and_the_next_birthdays_call_says_it(
    clinic: Clinic, sign_in: SignIn
) -> None:
    patient = await somebody(clinic)
    where = f"/console/patients/{patient.id}"
    desk = await sign_in(Role.RECEPTION)
    assert "还没有记过礼物" in presents(await desk.get(where))
    assert (await desk.post(f"{where}/presents", {"text": " ", "day": "2025-11-23"})).shows("请写送了什么")
    assert (await desk.post(f"{where}/presents", {"text": "长" * 61, "day": "2025-11-23"})).shows("最多 60 字")
    assert (await desk.post(f"{where}/presents", {"text": "花", "day": "2026-11-24"})).shows("还没有到这一天")
    assert (await desk.post(f"{where}/presents", {"text": "花", "day": "昨天"})).status == 422
    assert await clinic.rows("presents") == []
    for _ in range(2):  # sent twice it is one
        done = await desk.post(f"{where}/presents", {"text": "电动牙刷", "day": "2025-11-23"})
    assert done.path == where
    assert "2025 年 电动牙刷 2025-11-23 前台客服小周" in presents(done)
    task = await birthday_call(clinic, patient, date(2026, 11, 23))
    card = await desk.get(f"{LIST}/{task.id}")
    assert "去年（2025 年）：电动牙刷" in presents(card)
    back = {"text": "一束花", "day": "2026-11-23", "back": f"{LIST}/{task.id}"}
    noted = await desk.post(f"{where}/presents", back)
    assert noted.path == f"{LIST}/{task.id}"
    assert "今年：一束花" in presents(noted)
    later = await birthday_call(clinic, patient, date(2027, 11, 23))
    assert "一束花" in presents(await desk.get(f"{LIST}/{later.id}"))
    elsewhere = {**back, "text": "卡片", "back": "https://example.com/"}
    assert (await desk.post(f"{where}/presents", elsewhere)).path == where
    other = await somebody(clinic, "何小云")
    none = await birthday_call(clinic, other, date(2026, 11, 23))
    assert "去年（2025 年）：没有记录" in presents(await desk.get(f"{LIST}/{none.id}"))


async def test_a1_38_what_was_noted_by_mistake_is_taken_back_with_an_audit_entry(
    clinic: Clinic, admin: Browser
) -> None:
    patient = await somebody(clinic)
    where = f"/console/patients/{patient.id}"
    await admin.get(where)
    await admin.post(f"{where}/presents", {"text": "电动牙刷", "day": "2025-11-23"})
    (row,) = await clinic.rows("presents")
    done = await admin.post(f"{where}/presents/take-back", {"present": row["_id"]})
    assert done.shows("已撤回", "还没有记过礼物", "<del")
    task = await birthday_call(clinic, patient, date(2026, 11, 23))
    assert "没有记录" in presents(await admin.get(f"{LIST}/{task.id}"))
    assert (await admin.post(f"{where}/presents/take-back", {"present": row["_id"]})).shows("刚刚撤回了这一条")
    assert (await admin.post(f"{where}/presents/take-back", {"present": "none"})).status == 404
    told = [each for each in await audited(clinic, patient.id) if each.startswith("present")]
    assert told == ["present:noted", "present:taken_back"]
    await admin.post(f"{where}/presents", {"text": "电动牙刷", "day": "2025-11-23"})  # it was given after all
    assert "2025 年 电动牙刷" in presents(await admin.get(where))


async def test_a1_38_what_was_given_to_a_duplicate_stays_and_an_erased_contact_takes_it_along(
    clinic: Clinic, admin: Browser
) -> None:
    services, by = clinic.app.services, COMMAND_LINE
    first, second = await somebody(clinic), await somebody(clinic, "林小满儿")
    await services.care.presents.note([second.id], "电动牙刷", date(2025, 11, 23), by=by, now=clinic.now)
    revisions = (first.revision, second.revision)
    await services.merges.merge(first.id, second.id, {}, revisions=revisions, by=by, now=clinic.now)
    assert "2025 年 电动牙刷" in presents(await admin.get(f"/console/patients/{first.id}"))
    openid = await clinic.person()
    await clinic.say(openid, "我叫何小云")
    contact = await services.patients.contact_by_openid(openid)
    assert contact is not None
    theirs: list[PatientId] = list(contact.patient_ids)
    await services.care.presents.note(theirs, "一束花", date(2026, 11, 23), by=by, now=clinic.now)
    await clinic.platform.unfollow(openid)
    await clinic.move(timedelta(days=4))
    await clinic.app.runner.run_now("erase_unfollowed")
    assert [row["text"] for row in await clinic.rows("presents")] == ["电动牙刷"]


def test_only_a_key_that_names_a_birthday_is_about_one() -> None:
    keys = {
        "recall:birthday/call/birthday:p1:2026-11-23": date(2026, 11, 23),
        "phone:birthday/on_the_day/birthday:p1:2026-11-23": date(2026, 11, 23),
        "recall:festival/greeting/festival:spring:2026-02-17": None,
        "recall:mybirthday/call/visit:p1:2026-11-23": None,
        "invite/p1/m_a": None,
    }
    assert {key: birthday_in(key) for key in keys} == keys
