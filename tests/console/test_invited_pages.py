"""已派单未上门 over HTTP: who is on the list, at which age, and what takes them off it."""

import re
from datetime import timedelta

from tests.console.conftest import Browser, Clinic, Page
from wxbot.actors import COMMAND_LINE
from wxbot.care.anchors.leads import SAME_TALK
from wxbot.followups.attempt_models import AttemptForm, Outcome
from wxbot.followups.leads import CANCELLED, CANCELLED_SCRIPT, INVITES, LEAD_SCRIPT
from wxbot.followups.models import FollowUp, FollowUpKind
from wxbot.history.models import PatientId
from wxbot.patients.models import Patient

LIST = "/console/followups/invited"
DAY = timedelta(days=1)
DIGITS = "子丑寅卯辰巳午未申酉戌亥"  # names have no figures


async def made(clinic: Clinic, name: str) -> Patient:
    return await clinic.app.services.records.create(
        {"name": name}, by=COMMAND_LINE, now=clinic.now, despite_duplicates=True
    )


async def invited(clinic: Clinic, patient_id: PatientId, days: float = 0, *, cancelled: bool = False) -> FollowUp:
    """What the first contact, or a visit that was cancelled, opened so many days ago."""
    at = clinic.now - days * DAY
    return await clinic.app.services.followups.open(
        key=f"{CANCELLED}{patient_id}/1" if cancelled else f"{INVITES}{patient_id}/m_a",
        kind=FollowUpKind.PHONE,
        reason="请打电话",
        contact_id=None,
        patient_id=patient_id,
        due_at=at,
        now=at,
        script=CANCELLED_SCRIPT if cancelled else LEAD_SCRIPT,
    )


def numbers(page: Page) -> list[str]:
    """What the ages say, the youngest first."""
    return re.findall(r'invited\?age=[^>]*>\s*[^<]*<span class="numbers">([^<]*)</span>', page.text)


def names(page: Page) -> list[str]:
    return re.findall(r'class="row-link" href="/console/patients/[^"]+">([^<]*)<', page.text)


def older(page: Page) -> str:
    found = re.search(r'href="(/console/followups/invited\?[^"]*after=[^"]*)"', page.text)
    return found[1].replace("&amp;", "&") if found is not None else ""


async def test_a1_32_who_was_invited_and_has_not_come_is_listed_by_age_and_each_number_opens_its_records(
    clinic: Clinic, admin: Browser
) -> None:
    clinic.stand_still()
    empty = await admin.get(LIST)
    assert empty.shows("没有邀约了还没有来的患者")
    assert numbers(empty) == ["0"] * 5
    ages = {"零": 0, "三": 3, "四": 4, "七": 7, "八": 8, "十四": 14, "十五": 15, "三十": 30, "三十一": 31, "四百": 400}
    for name, days in ages.items():
        await invited(clinic, (await made(clinic, f"林{name}")).id, days)
    page = await admin.get(LIST)
    assert names(page) == [f"林{each}" for each in ages]  # the latest first
    assert numbers(page) == ["2"] * 5
    assert page.shows("首次联系登记为 M-A", "今天", "3 天前", "400 天前", "记录联系")
    found = [names(await admin.get(f"{LIST}?age={age}")) for age in ("0-3", "4-7", "8-14", "15-30", "31")]
    pairs = list(ages)
    assert found == [[f"林{each}" for each in pairs[at : at + 2]] for at in range(0, 10, 2)]
    assert (await admin.get("/console/followups")).shows(f'href="{LIST}"', "已派单未上门")
    assert names(await admin.get(f"{LIST}?age=nonsense")) == [f"林{each}" for each in ages]


async def test_a1_32_the_first_contact_puts_them_on_the_list_and_a_booking_takes_them_off(
    clinic: Clinic, admin: Browser
) -> None:
    openid = await clinic.person()
    await clinic.say(openid, "我叫林小满")
    contact = await clinic.app.services.patients.contact_by_openid(openid)
    assert contact is not None
    where = f"/console/patients/{contact.patient_ids[0]}/first-contact"
    await admin.get(where)
    await admin.post(where, {"entry": "online", "lead_class": "m_d"})
    assert names(await admin.get(LIST)) == []  # nobody to invite
    await admin.post(where, {"entry": "online", "lead_class": "m_b"})
    page = await admin.get(LIST)
    assert (names(page), numbers(page)) == (["林小满"], ["1", "0", "0", "0", "0"])
    await clinic.book(openid, "洁牙", "陈晓晴", "11月27日", "1")
    assert names(await admin.get(LIST)) == []  # at once, whatever the jobs have done
    await clinic.move_to("2026-11-24 10:00")
    await clinic.say(openid, "我的预约")
    await clinic.say(openid, "取消这个预约")
    await clinic.say(openid, "确认取消")
    await clinic.app.runner.run_now("watch_visits")
    page = await admin.get(LIST)
    assert names(page) == ["林小满"]
    assert page.shows("自己取消了预约，没有再约")
    await clinic.book(openid, "洁牙", "陈晓晴", "11月30日", "1")
    await clinic.move_to("2026-12-02 10:00")  # the visit is over, and they came
    assert names(await admin.get(LIST)) == []


async def test_a1_32_a_call_that_is_done_does_not_end_it_and_a_refusal_does(clinic: Clinic, admin: Browser) -> None:
    attempts, by = clinic.app.services.recalls.attempts, COMMAND_LINE
    task = await invited(clinic, (await made(clinic, "林小满")).id, 5)
    await clinic.app.services.followups.close(task.id, "说下周再看", by=by, now=clinic.now)
    page = await admin.get(LIST)
    assert (names(page), numbers(page)) == (["林小满"], ["0", "1", "0", "0", "0"])
    assert page.shows("说下周再看", "记一次联系")
    again = await invited(clinic, (await made(clinic, "何小云")).id, 5)
    refused = AttemptForm(key="invited-refused", outcome=Outcome.REFUSED, key_points="不考虑了")
    await attempts.record(again.id, refused, by=by, now=clinic.now)
    assert names(await admin.get(LIST)) == ["林小满"]


async def test_a1_32_a_patient_stands_once_on_the_list_also_after_a_merge(clinic: Clinic, admin: Browser) -> None:
    first, second = await made(clinic, "林小满"), await made(clinic, "林小满儿")
    await invited(clinic, first.id, 6)
    await invited(clinic, second.id, 2)
    await invited(clinic, second.id, 2 - SAME_TALK / DAY / 2, cancelled=True)  # of the same talk
    assert names(await admin.get(LIST)) == ["林小满儿", "林小满"]
    await clinic.app.services.merges.merge(
        first.id, second.id, {}, revisions=(first.revision, second.revision), by=COMMAND_LINE, now=clinic.now
    )
    page = await admin.get(LIST)
    assert (names(page), numbers(page)) == (["林小满"], ["1", "0", "0", "0", "0"])  # the latest noting counts


async def test_a_long_list_goes_on_behind_its_page_and_names_everybody_once(clinic: Clinic, admin: Browser) -> None:
    clinic.stand_still()
    people = [await made(clinic, f"林{DIGITS[number // 12]}{DIGITS[number % 12]}") for number in range(103)]
    for number, each in enumerate(people):
        await invited(clinic, each.id, number // 10)  # ten at one moment
    page, found = await admin.get(LIST), []
    assert numbers(page) == ["40", "40", "23", "0", "0"]
    found += names(page)
    while following := older(page):
        page = await admin.get(following)
        found += names(page)
    assert len(found) == len(people)
    assert set(found) == {each.name for each in people}
    for each in people[:60]:
        await invited(clinic, each.id, 1, cancelled=True)
    assert numbers(await admin.get(LIST)) == ["60", "20", "23", "0", "0"]  # the later noting counts
    crowd = [await made(clinic, f"何{DIGITS[number // 12]}{DIGITS[number % 12]}") for number in range(40)]
    for each in crowd:
        await invited(clinic, each.id)
    assert numbers(await admin.get(LIST))[0] == "99+"
