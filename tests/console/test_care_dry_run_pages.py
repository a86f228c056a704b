"""试运行 over HTTP: for everybody, for one patient, and of a draft; every figure opens its records."""

import re
from datetime import timedelta

import pytest

from tests.console.conftest import Browser, Clinic, Page, SignIn
from tests.console.test_care_plan_pages import written
from tests.console.test_patient_care import somebody
from wxbot.staff.permissions import Role
from wxbot.web.console import care_dry_run

HERE = "/console/care/dry-run"
RESULT = re.compile(r'hx-get="(/console/care/dry-run/result[^"]*)"')


def until(clinic: Clinic, days: float) -> str:
    """So many days from now, as a form sends it."""
    there = (clinic.now + timedelta(days=days)).astimezone(clinic.app.services.clinic.timezone)
    return there.strftime("%Y-%m-%dT%H:%M")


async def result_of(browser: Browser, page: Page) -> Page:
    """What the page asks for by itself."""
    found = RESULT.search(page.text)
    assert found is not None, page.text
    return await browser.get(found[1].replace("&amp;", "&"), htmx=True)


async def test_everybodys_figures_open_their_records_with_why(clinic: Clinic, sign_in: SignIn) -> None:
    browser, patient = await sign_in(Role.MANAGER), await somebody(clinic)
    assert (await browser.get(HERE)).shows("试算到")
    page = await browser.get(f"{HERE}?until={until(clinic, 12)}")
    assert page.shows("正在试算")
    result = await result_of(browser, page)
    assert result.shows("生日祝福", f'href="/console/patients/{patient.id}"', "会发送", "不发送", "位患者")
    assert await clinic.rows("outbox", {"key": {"$regex": "^birthday/"}}) == []  # nothing is written
    alone = await browser.get(f"/console/patients/{patient.id}/dry-run?until={until(clinic, 12)}")
    assert alone.shows("生日祝福", "试算到")
    assert (await browser.get(f"/console/patients/{patient.id}")).shows(f"/console/patients/{patient.id}/dry-run")
    empty = await result_of(browser, await browser.get(f"{HERE}?until={until(clinic, 0.02)}"))
    assert empty.shows("这段时间没有到期的关怀")


async def test_one_figure_is_listed_by_itself(clinic: Clinic, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(care_dry_run, "SHOWN", 0)
    browser, patient = await sign_in(Role.MANAGER), await somebody(clinic)
    result = await result_of(browser, await browser.get(f"{HERE}?until={until(clinic, 12)}"))
    assert f"/console/patients/{patient.id}" not in result.text
    found = re.search(rf'href="({HERE}\?[^"]*figure=[^"]*)"', result.text)
    assert found is not None
    one = await result_of(browser, await browser.get(found[1].replace("&amp;", "&")))
    assert one.shows(f"/console/patients/{patient.id}", "全部结果")


async def test_what_may_not_be_tried_is_refused_beside_its_field(clinic: Clinic, sign_in: SignIn) -> None:
    browser, patient = await sign_in(Role.MANAGER), await somebody(clinic)
    for base in (HERE, f"/console/patients/{patient.id}/dry-run"):
        assert (await browser.get(f"{base}?until={until(clinic, -1)}")).shows("请选一个以后的时间")
        assert (await browser.get(f"{base}?until={until(clinic, 40)}")).shows("最多试算 31 天")
        assert (await browser.get(f"{base}?until=someday")).shows("请填写日期和时间")
    colleague = await sign_in(Role.CONSULTANT)
    assert (await colleague.get(HERE)).status == 403
    assert (await colleague.get(f"/console/patients/{patient.id}/dry-run")).status == 403
    assert "试运行" not in (await colleague.get("/console/care")).text


async def test_a_draft_is_tried_before_it_is_published(clinic: Clinic, admin: Browser) -> None:
    await somebody(clinic)
    plan = "/console/care/plans/birthday"
    await written(admin, plan=plan, template="birthday.wish", amount="1", at="11:00", greeting="true")
    page = await admin.get(plan)
    assert page.shows(f'href="{HERE}?plan=birthday"')
    tried = await admin.get(f"{HERE}?plan=birthday&running=migrate&until={until(clinic, 13)}")
    assert tried.shows("假如「生日祝福」的这份内容现在发布")
    assert len(re.findall("生日祝福 · ", (await result_of(admin, tried)).text)) == 2
    followed = await result_of(admin, await admin.get(f"{HERE}?until={until(clinic, 13)}"))
    assert len(re.findall("生日祝福 · ", followed.text)) == 1


async def test_a_draft_that_cannot_work_is_mended_first(clinic: Clinic, admin: Browser) -> None:
    await admin.get("/console/care/plans/new")
    page = await admin.post("/console/care/plans/new", {"title": "洁牙后问候", "anchor": "visit"})
    key = page.path.rsplit("/", 1)[1]
    assert (await admin.get(f"{HERE}?plan={key}&until={until(clinic, 3)}")).shows("改好以后才能试运行")
