"""以前了解过、还没有做的 over HTTP: the patient's page, the card of a call, and what takes a project off."""

import re
from collections.abc import Mapping
from datetime import timedelta

import pytest

from tests.console.conftest import Browser, Clinic, Page, SignIn
from tests.console.test_patient_pages import audited
from tests.console.test_visit_day_pages import booked
from tests.console.test_worklist_pages import LIST, call
from wxbot.actors import COMMAND_LINE
from wxbot.clinic.models import VisitTypeId
from wxbot.history.models import PatientId
from wxbot.patients.models import HoldKind
from wxbot.staff.permissions import Role
from wxbot.waitlist.models import Need

EMPTY = "没有记录。登记未成交"


async def somebody(clinic: Clinic, name: str = "林小满") -> PatientId:
    return (await clinic.app.services.records.create({"name": name}, by=COMMAND_LINE, now=clinic.now)).id


def part(page: Page) -> str:
    """What the page says of interests."""
    found = re.search(r'id="interests">(.*?)</section>', page.text, re.DOTALL)
    return found[1] if found is not None else ""


def projects(page: Page) -> list[str]:
    return re.findall(r'<strong class="break">([^<]*)</strong>', part(page))


def fields(page: Page, project: str, end: str) -> Mapping[str, str]:
    key = re.search(rf'{project}</strong>.*?name="key" value="([^"]*)"', part(page), re.DOTALL)
    assert key is not None
    return {"key": key[1], "end": end}


async def test_a1_28_what_was_asked_about_and_not_done_is_derived_and_goes_when_it_is_done(
    clinic: Clinic, admin: Browser
) -> None:
    services, by = clinic.app.services, COMMAND_LINE
    visit = await booked(clinic, "明天")
    (row,) = await clinic.rows("appointments", {"_id": visit})
    patient_id = PatientId(row["patient_id"])
    page = f"/console/patients/{patient_id}"
    assert (await admin.get(page)).shows(EMPTY)  # it is booked, so it is not left undone
    openid = next(iter(clinic.platform.people))
    for words in ("我的预约", "取消这个预约", "确认取消"):
        await clinic.say(openid, words)
    await services.recalls.undecided.note(patient_id, "种植", 12000, by=by, now=clinic.now)
    need = Need(
        visit_type_id=VisitTypeId("braces_advice"),
        first=clinic.now.date(),
        last=clinic.now.date() + timedelta(days=9),
    )
    entry = await services.waitlist.entries.join(
        need=need, contact_id=None, patient_id=patient_id, by=by, now=clinic.now
    )
    assert set(projects(await admin.get(page))) == {"种植", "洁牙"}  # who still waits has not given up
    await services.waitlist.entries.leave(entry.id, by=by, now=clinic.now, reason="来电不等了")
    shown = await admin.get(page)
    assert set(projects(shown)) == {"种植", "洁牙", "正畸咨询"}
    assert shown.shows("取消后没有再约", "候补过，没有约上", "登记未成交", "报价 12000 元")
    await clinic.book(openid, "洁牙", "陈晓晴", "11月25日", "1")
    assert "洁牙" not in projects(await admin.get(page))
    await clinic.move(timedelta(days=3))
    assert set(projects(await admin.get(page))) == {"种植", "正畸咨询"}  # it took place


async def test_a1_28_a_colleague_notes_one_by_hand_ends_it_and_takes_that_back(
    clinic: Clinic, admin: Browser, sign_in: SignIn
) -> None:
    patient_id = await somebody(clinic)
    where = f"/console/patients/{patient_id}"
    desk = await sign_in(Role.RECEPTION)
    await desk.get(where)
    assert (await desk.post(f"{where}/interests", {"project": " "})).shows("请写是哪个项目")
    assert (await desk.post(f"{where}/interests", {"project": "长" * 41})).shows("最多 40 字")
    for _ in range(2):  # the same again is the same
        done = await desk.post(f"{where}/interests", {"project": "美白"})
    assert projects(done) == ["美白"]
    assert done.shows("已记下", "前台客服小周", "同事记录")
    refused = await desk.post(f"{where}/interests/end", {**fields(done, "美白", "done"), "end": "later"})
    assert refused.shows("请选择做了，还是不再提")
    ended = await desk.post(f"{where}/interests/end", fields(done, "美白", "dropped"))
    assert projects(ended) == []
    assert ended.shows("不再提", "前台客服小周", "恢复")
    gone = await desk.post(f"{where}/interests/end", fields(done, "美白", "dropped"))
    assert gone.status == 404
    key = fields(done, "美白", "")["key"]
    assert projects(await desk.post(f"{where}/interests/resume", {"key": key})) == ["美白"]
    told = [each for each in await audited(clinic, patient_id) if each.startswith("interest")]
    assert told == ["interest:noted", "interest:ended", "interest:resumed"]
    assert (await admin.post("/console/patients/none/interests", {"project": "美白"})).status == 404


async def test_a1_28_an_end_is_of_the_whole_project_and_what_is_asked_later_comes_again(
    clinic: Clinic, admin: Browser
) -> None:
    undecided, by = clinic.app.services.recalls.undecided, COMMAND_LINE
    patient_id = await somebody(clinic)
    where = f"/console/patients/{patient_id}"
    for days in (5, 3):
        await undecided.note(patient_id, "种植", None, by=by, now=clinic.now - timedelta(days=days))
    page = await admin.get(where)
    assert projects(page) == ["种植"]
    for end in ("dropped", "done"):
        ended = await admin.post(f"{where}/interests/end", fields(page, "种植", end))
        assert projects(ended) == []
        for key in re.findall(r'name="key" value="([^"]*)"', part(ended)):
            page = await admin.post(f"{where}/interests/resume", {"key": key})
        assert projects(page) == ["种植"]
    await admin.post(f"{where}/interests/end", fields(page, "种植", "dropped"))
    await undecided.note(patient_id, "种植", None, by=by, now=clinic.now)
    assert projects(await admin.get(where)) == ["种植"]


@pytest.mark.parametrize(("script", "shown"), [("further", True), ("aftercare", False)])
async def test_a1_28_the_card_of_a_call_about_other_wishes_has_them(
    clinic: Clinic, admin: Browser, script: str, shown: bool
) -> None:
    patient_id = await somebody(clinic)
    await clinic.app.services.reception.interests.note([patient_id], "美白", by=COMMAND_LINE, now=clinic.now)
    task = await call(clinic, patient_id, script=script)
    assert (await admin.get(f"{LIST}/{task.id}")).shows("美白") is shown


async def test_a1_28_a1_31_of_who_objects_the_card_names_none_and_says_why(clinic: Clinic, admin: Browser) -> None:
    patient_id = await somebody(clinic)
    services, by = clinic.app.services, COMMAND_LINE
    await services.reception.interests.note([patient_id], "美白", by=by, now=clinic.now)
    await services.patient_holds.set(patient_id, HoldKind.OBJECTION, "觉得不好看", by=by, now=clinic.now)
    task = await call(clinic, patient_id, script="further")
    card = await admin.get(f"{LIST}/{task.id}")
    assert card.shows("现在不要提", "异议")
    assert not card.shows("美白")
    assert (await admin.get(f"/console/patients/{patient_id}")).shows("现在不要提", "美白")


async def test_a1_28_what_a_duplicate_asked_about_stays_with_the_record_that_remains(
    clinic: Clinic, admin: Browser
) -> None:
    services, by = clinic.app.services, COMMAND_LINE
    first, second = await somebody(clinic), await somebody(clinic, "林小满儿")
    await services.reception.interests.note([second], "美白", by=by, now=clinic.now)
    living = await services.patients.patients([first, second])
    revisions = (living[first].revision, living[second].revision)
    await services.merges.merge(first, second, {}, revisions=revisions, by=by, now=clinic.now)
    assert projects(await admin.get(f"/console/patients/{first}")) == ["美白"]
    task = await call(clinic, first, script="further")
    assert (await admin.get(f"{LIST}/{task.id}")).shows("美白")


async def test_an_erased_contact_takes_what_was_noted_along(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.say(openid, "我叫林小满")
    contact = await clinic.app.services.patients.contact_by_openid(openid)
    assert contact is not None
    ids = list(contact.patient_ids)
    await clinic.app.services.reception.interests.note(ids, "美白", by=COMMAND_LINE, now=clinic.now)
    await clinic.platform.unfollow(openid)
    await clinic.move(timedelta(days=4))
    await clinic.app.runner.run_now("erase_unfollowed")
    assert await clinic.rows("interests") == []
