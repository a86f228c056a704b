"""After the service was down, over HTTP: the task leads to what waits, one press decides it, a second is told."""

from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest

from tests.console.conftest import Clinic, SignIn
from wxbot.care.models import CatchUp
from wxbot.care.plans.live import LivePlans
from wxbot.patients.models import Birthday, Calendar
from wxbot.staff.permissions import Role

NAMES = ("林一", "林二")


async def gap_of(clinic: Clinic, catch_up: CatchUp = CatchUp.ASK) -> None:
    """Two patients whose birthday greeting fell due while nobody looked; five hours later somebody looks again."""
    care, patients, zone = clinic.app.services.care, clinic.app.services.patients, clinic.app.services.clinic.timezone
    greeting = next(each for each in care.plans if each.key == "birthday")
    steps = tuple(replace(each, catch_up=catch_up) for each in greeting.steps)
    care._steps.live = LivePlans([replace(greeting, steps=steps)])
    clinic.stand_still()
    morning = datetime.combine(clinic.now.astimezone(zone).date() + timedelta(days=1), time(7), zone)
    await clinic.move(morning - clinic.now)
    for number, name in enumerate(NAMES):
        contact, _ = await patients.follow(f"oGap{number}", morning)
        patient = await patients.self_patient(contact, morning)
        await patients.set_name(patient.id, name, now=morning)
        birthday = Birthday(calendar=Calendar.SOLAR, year=1990, month=morning.month, day=morning.day)
        await patients.set_birthday(patient.id, birthday, now=morning)
    await care.enqueue_due(clinic.now)
    clinic.app.clock.move(timedelta(hours=5))
    await care.enqueue_due(clinic.now)


async def address(clinic: Clinic) -> str:
    """The page of the one question."""
    found = await clinic.app.services.followups._store.of_cause("care_ask:", limit=5)
    assert len(found) == 1
    return "/console/care/gaps/" + found[0].key.removeprefix("care_ask:")


async def states(clinic: Clinic) -> dict[str, str]:
    """How the greetings stand: state, or why they ended."""
    rows = [row for row in await clinic.rows("outbox", {}) if row["key"].startswith("birthday/")]
    return {row["key"]: row["reason"] or row["state"] for row in rows}


async def test_the_task_leads_to_what_waits_with_its_wording_and_until_when(clinic: Clinic, sign_in: SignIn) -> None:
    await gap_of(clinic)
    browser, here = await sign_in(Role.MANAGER), await address(clinic)
    listed = await browser.get("/console/followups?kind=check")
    assert listed.shows(f'href="{here}"', "去决定")
    assert (await browser.get("/console/")).shows(f'href="{here}"')
    page = await browser.get(here)
    assert page.shows("「生日祝福」", "到期的 2 条关怀", "以前决定才来得及", "生日快乐", *NAMES, "补发", "不补发")
    assert page.shows('data-confirm="补发「生日祝福」的 2 条关怀吗')
    report = await browser.get(here.rsplit("/", 2)[0])
    assert report.shows("没有运行", "还没有决定", f'href="{here}"', "没有因此漏掉的关怀")


@pytest.mark.parametrize(("choice", "done"), [("send", "已决定补发"), ("skip", "已决定不补发")])
async def test_one_press_decides_a_second_says_so_and_a_late_colleague_is_told(
    clinic: Clinic, sign_in: SignIn, choice: str, done: str
) -> None:
    await gap_of(clinic)
    lead, other, here = await sign_in(Role.MANAGER), await sign_in(Role.ADMIN), await address(clinic)
    await other.get(here)
    await lead.get(here)
    assert (await lead.post(here, {"choice": "later"})).shows("请选择补发还是不补发")
    assert (await lead.post(here, {"choice": choice})).shows(done, "决定的")
    assert (await lead.post(here, {"choice": choice})).shows(done)
    late = await other.post(here, {"choice": "skip" if choice == "send" else "send"})
    assert late.shows("您的选择没有生效", "已经决定")
    assert "data-confirm" not in late.text
    assert not (await lead.get("/console/followups?kind=check")).shows("去决定")
    await clinic.app.services.outbox.deliver_due(clinic.now)
    found = set((await states(clinic)).values())
    assert ("skipped_after_downtime" in found) is (choice == "skip")
    assert "asked" not in found
    assert [row["action"] for row in await clinic.rows("audit", {"action": "care_gap:decided"})] == ["care_gap:decided"]


async def test_a_question_is_closed_by_its_decision_alone_and_colleagues_without_the_right_only_read(
    clinic: Clinic, sign_in: SignIn
) -> None:
    await gap_of(clinic)
    browser, here = await sign_in(Role.CONSULTANT), await address(clinic)
    page = await browser.get(here)
    assert page.shows("请主管或管理员决定")
    assert "data-confirm" not in page.text
    assert (await browser.post(here, {"choice": "send"})).status == 403
    task = (await clinic.app.services.followups._store.of_cause("care_ask:", limit=1))[0]
    assert (await browser.post(f"/console/followups/{task.id}/close", {"outcome": "看过了"})).shows(
        "要先决定补发还是不补发"
    )
    assert await clinic.app.services.followups.is_open(task.id)
    assert (await browser.get("/console/care/gaps/20200101T000000")).status == 404
    assert (await browser.get("/console/care/gaps/20200101T000000/birthday/2020-01-01")).status == 404


async def test_what_was_skipped_is_listed_in_the_report_of_the_gap(clinic: Clinic, sign_in: SignIn) -> None:
    await gap_of(clinic, CatchUp.SKIP)
    task = (await clinic.app.services.followups._store.of_cause("care_gap:", limit=1))[0]
    page = await (await sign_in(Role.CONSULTANT)).get("/console/care/gaps/" + task.key.removeprefix("care_gap:"))
    assert page.shows("按计划跳过 2 条", *NAMES, "服务中断期间到期，这一步在计划里写明不补发")


async def test_what_a_vanished_process_left_undone_of_a_decision_is_done_at_the_next_press(
    clinic: Clinic, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    await gap_of(clinic)
    here, care = await address(clinic), clinic.app.services.care
    lead, other = await sign_in(Role.MANAGER), await sign_in(Role.ADMIN)

    async def dies(*_: object) -> None:
        raise RuntimeError("gone")

    with monkeypatch.context() as broken:
        broken.setattr(care.catch_ups, "_carry_out", dies)
        await lead.get(here)
        assert (await lead.post(here, {"choice": "send"})).status == 500
    task = (await clinic.app.services.followups._store.of_cause("care_ask:", limit=1))[0]
    assert await clinic.app.services.followups.is_open(task.id)
    await other.get(here)
    assert (await other.post(here, {"choice": "skip"})).shows("已经决定补发")
    assert not await clinic.app.services.followups.is_open(task.id)
