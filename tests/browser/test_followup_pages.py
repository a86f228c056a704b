"""待办回访 in Chromium, on both screens: twelve rows at a look, keys, the card, the form that follows the outcome."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import NamedTuple

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.browser.console_stage import SIZES, standing, window
from tests.scenarios.conftest import Clinic
from wxbot.actors import COMMAND_LINE
from wxbot.followups.attempt_models import AttemptForm, Competitor, Mood, Outcome, Reason
from wxbot.followups.models import FollowUp, FollowUpKind, PatientWords
from wxbot.patients.models import Patient

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

LIST = "/console/followups"
ROWS = 12  # on a screen of 1366 by 768
SHOWN = """rows => rows.filter((row) => {
  const box = row.getBoundingClientRect();
  return box.height > 0 && box.bottom <= window.innerHeight;
}).length"""
REASONS = (
    "拔牙后第 3 天，问一问出血和疼痛的情况",
    "种植体植入一个月，请患者来院复查",
    "洁牙后牙龈出血，想知道是不是正常，患者希望医生本人回电话，下午两点以后方便",
)


class Busy(NamedTuple):
    """A clinic with a day's calls."""

    clinic: Clinic
    patient: Patient
    tasks: list[FollowUp]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def busy(mongo_uri: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Busy]:
    async with standing(mongo_uri, "test_followup_pages", tmp_path_factory.mktemp("calls")) as clinic:
        services, by = clinic.app.services, COMMAND_LINE
        tasks = []
        for number in range(18):
            typed = {"name": f"林小{'满月云山河海天地春夏秋冬东西南北中和'[number]}", "phone": f"138001381{number:02}"}
            typed |= {"birthday": f"19{60 + number}-05-12", "gender": "female"}
            patient = await services.records.create(typed, by=by, now=clinic.now, despite_duplicates=True)
            tasks.append(
                await services.followups.open(
                    key=f"phone:browser/{number}",
                    kind=FollowUpKind.COMPLAINT if number == 3 else FollowUpKind.PHONE,
                    reason=REASONS[number % 3],
                    contact_id=None,
                    patient_id=patient.id,
                    due_at=clinic.now + timedelta(minutes=number * 10 - 45),
                    now=clinic.now,
                    urgent=number == 3,
                    script="" if number == 3 else ("aftercare", "further", "lead")[number % 3],
                    about="智齿拔除（11月20日，3天前）" if number % 2 else "",
                    words=(PatientWords(at=clinic.now, text="右边还有点肿，正常吗？", line_id=f"m:{number}"),)
                    if number % 4 == 0
                    else (),
                )
            )
        for number, lead_class in ((3, "m_a"), (4, "m_b")):
            invited = tasks[number].patient_id
            assert invited is not None
            await services.reception.contacts.note(invited, "phone", lead_class, by=by, now=clinic.now)
        task = await services.recalls.undecided.note(patient.id, "种植", 12800, by=by, now=clinic.now)
        form = AttemptForm(
            key="browser-undecided",
            outcome=Outcome.REACHED,
            key_points="觉得贵，想再比较一家，下周给答复。怕疼，问能不能睡着做。",
            mood=Mood.DOUBTFUL,
            reason=Reason.COMPARING,
            competitor=Competitor(clinic="城东口腔", price="9800"),
            next_at=clinic.now + timedelta(days=7),
        )
        await services.recalls.attempts.record(task.id, form, by=by, now=clinic.now)
        yield Busy(clinic, patient, tasks)


@pytest.mark.parametrize("size", SIZES)
async def test_the_list_shows_twelve_rows_and_goes_by_keys(chromium: Browser, busy: Busy, size: str) -> None:
    async with window(chromium, busy.clinic.url, SIZES[size]) as screen:
        await screen.sign_in()
        page = screen.page
        await screen.open(LIST)
        rows = page.locator("[data-task]")
        await expect(rows.first).to_have_class("urgent")
        if size == "desk":
            assert await rows.evaluate_all(SHOWN) >= ROWS
        assert await screen.faults() == []
        await screen.shoot(f"followups/list_{size}")
        await page.keyboard.press("j")
        await page.keyboard.press("j")
        await expect(rows.nth(1)).to_be_focused()
        await page.keyboard.press("o")
        await expect(page.get_by_role("heading", name="怎么说")).to_be_visible()
        await screen.open(LIST)
        await page.get_by_label("怎样分组").select_option("doctor")
        await expect(page.locator(".worklist-group").first).to_be_visible()
        assert await screen.faults() == []
        for address in ("?tab=overdue", "?tab=mine", "?tab=done", "?tab=open&by=tag"):
            await screen.open(LIST + address)
            assert await screen.faults() == []


@pytest.mark.parametrize("size", SIZES)
async def test_the_form_asks_for_what_the_outcome_needs(chromium: Browser, busy: Busy, size: str) -> None:
    task = busy.tasks[5 if size == "desk" else 6]
    async with window(chromium, busy.clinic.url, SIZES[size]) as screen:
        await screen.sign_in()
        page = screen.page
        await screen.open(f"{LIST}/{task.id}")
        mood = page.get_by_text("患者的情绪", exact=True)
        preset = page.get_by_label("未接，下次再打")
        await page.get_by_label("未接", exact=True).check()
        await expect(mood).to_be_hidden()
        await expect(preset).to_be_visible()
        await page.get_by_label("接通", exact=True).check()
        await expect(mood).to_be_visible()
        await expect(preset).to_be_hidden()
        await page.get_by_label("重点（接通必填，边说边记）").press_sequentially("我说绝对没问题")
        await expect(page.locator(f"#hints-{task.id}")).to_contain_text("绝对")
        await screen.shoot(f"followups/card_{size}")
        await page.get_by_role("button", name="保存记录").click()
        await expect(page.locator(".invalid-feedback")).to_contain_text("请选择患者的情绪")
        await expect(page.get_by_label("重点（接通必填，边说边记）")).to_have_value("我说绝对没问题")
        await screen.shoot(f"followups/refused_{size}")
        assert await screen.faults() == []
        await page.get_by_label("安心", exact=True).check()
        await page.get_by_role("button", name="保存记录").click()
        await expect(page.get_by_text("已记录，这件事完成了")).to_be_visible()
        await expect(page.locator(f"#task-{task.id}")).to_have_count(0)
        assert await screen.faults() == []


async def test_a_call_is_recorded_by_the_keyboard_alone(chromium: Browser, busy: Busy) -> None:
    """One hand holds the telephone."""
    task = busy.tasks[8]
    async with window(chromium, busy.clinic.url, SIZES["desk"]) as screen:
        await screen.sign_in()
        page = screen.page
        await screen.open(f"{LIST}/{task.id}")
        await page.locator("input[name=way]").first.focus()
        await page.keyboard.press("Tab")
        await page.keyboard.press("Space")
        await expect(page.get_by_label("接通", exact=True)).to_be_checked()
        await page.keyboard.press("Tab")
        await page.keyboard.type("不肿了，能吃饭")
        await page.keyboard.press("Tab")
        await page.keyboard.press("ArrowRight")
        await expect(page.get_by_label("担心", exact=True)).to_be_checked()
        await page.keyboard.press("Control+Enter")
        await expect(page.get_by_text("已记录，这件事完成了")).to_be_visible()


@pytest.mark.parametrize("size", SIZES)
async def test_the_other_pages_are_whole(chromium: Browser, busy: Busy, size: str) -> None:
    patient = f"/console/patients/{busy.patient.id}"
    pages = {
        "records": f"{LIST}/records",
        "report": f"{LIST}/report",
        "undecided": f"{LIST}/undecided",
        "invited": f"{LIST}/invited",
        "invited_none": f"{LIST}/invited?age=31",
        "new": f"{LIST}/new?q=林小",
        "note": f"{LIST}/new?patient={busy.patient.id}",
        "family": f"{LIST}/{busy.tasks[17].id}",
        "complaint": f"{LIST}/{busy.tasks[3].id}",
        "owner": f"{patient}/owner",
        "note_undecided": f"{patient}/undecided",
        "patient": patient,
    }
    async with window(chromium, busy.clinic.url, SIZES[size]) as screen:
        await screen.sign_in()
        found = {}
        for name, address in pages.items():
            assert await screen.open(address) == 200, name
            await screen.shoot(f"followups/{name}_{size}")
            found[name] = await screen.faults()
        assert {name: faults for name, faults in found.items() if faults} == {}
