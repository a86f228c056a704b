"""Care in Chromium, on both screens: deciding after a gap, trying what is to come, a step with all its conditions."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.browser.console_stage import SIZES, launched, standing, window
from tests.console.test_care_dry_run_pages import until
from tests.console.test_care_gap_pages import gap_of, states
from tests.console.test_patient_care import somebody
from wxbot.care.models import CatchUp

pytestmark = pytest.mark.browser
LASER = "/console/care/plans/aftercare_laser"


@pytest.mark.parametrize("size", SIZES)
async def test_what_waits_after_a_gap_is_decided_by_a_person_who_sees_what_it_is(
    mongo_uri: str, tmp_path: Path, size: str
) -> None:
    chromium: Browser
    async with (
        standing(mongo_uri, f"test_gap_{size}", tmp_path) as clinic,
        launched() as chromium,
        window(chromium, clinic.url, SIZES[size]) as screen,
    ):
        await gap_of(clinic, CatchUp.ASK)
        page = screen.page
        await screen.sign_in()
        await screen.open("/console/followups?kind=check")
        await screen.shoot(f"care/gap_list_{size}")
        assert await screen.faults() == []
        await page.get_by_role("link", name="去决定").first.click()
        await expect(page.get_by_role("heading", name="补发还是不补发")).to_be_visible()
        for said in ("到期的 2 条关怀", "以前决定才来得及", "生日快乐", "林一", "林二"):
            await expect(page.locator("main")).to_contain_text(said)
        await screen.shoot(f"care/gap_question_{size}")
        assert await screen.faults() == []
        await page.get_by_role("button", name="不补发").click()
        await expect(page.locator("dialog[open]")).to_contain_text("决定以后不能改")
        await page.locator("dialog[open]").get_by_role("button", name="取消").click()
        assert set((await states(clinic)).values()) <= {"waiting", "asked"}
        await page.get_by_role("button", name="补发", exact=True).click()
        await page.locator("dialog[open]").get_by_role("button", name="确定").click()
        await expect(page.locator("main")).to_contain_text("已决定补发，马上开始发送")
        await expect(page.get_by_role("button", name="不补发")).to_have_count(0)
        await screen.shoot(f"care/gap_decided_{size}")
        await page.get_by_role("link", name="服务中断").click()
        await expect(page.locator("main")).to_contain_text("没有运行")
        await screen.shoot(f"care/gap_report_{size}")
        assert await screen.faults() == []
        await screen.open("/console/followups?kind=check")
        await expect(page.get_by_role("link", name="去决定")).to_have_count(0)

        clinic.app.services.care._steps.live = clinic.app.services.plans.live
        await somebody(clinic)
        await screen.open("/console/care/dry-run")
        await page.fill("#until", until(clinic, 20))
        await page.get_by_role("button", name="试算").click()
        figure = page.locator(".figure").first
        await expect(figure).to_be_visible()
        await figure.locator("summary").click()
        await expect(figure.locator("tbody tr").first).to_be_visible()
        await screen.shoot(f"care/dry_run_{size}")
        assert await screen.faults() == []
        await figure.locator("tbody a").first.click()
        await page.get_by_role("link", name="试运行到某一天").click()
        await page.fill("#until", until(clinic, 20))
        await page.get_by_role("button", name="试算").click()
        await screen.shoot(f"care/dry_run_patient_{size}")
        assert await screen.faults() == []


@pytest.mark.parametrize("size", SIZES)
async def test_a_step_is_written_with_all_it_may_say_and_refused_beside_the_field(
    mongo_uri: str, tmp_path: Path, size: str
) -> None:
    chromium: Browser
    async with (
        standing(mongo_uri, f"test_step_{size}", tmp_path) as clinic,
        launched() as chromium,
        window(chromium, clinic.url, SIZES[size]) as screen,
    ):
        page = screen.page
        project = next(each.name for each in clinic.app.services.clinic.visit_types if not each.retired)
        await screen.sign_in()
        await screen.open(f"{LASER}/steps/new")
        await page.select_option("#template", "care.laser_day_3")
        await page.fill("#amount", "9")
        await page.fill("#at", "10:00")
        for summary in ("条件（都符合才发）", "更多条件", "调整和时效", "重复，直到有回音"):
            await page.locator("summary", has_text=summary).click()
        for row, (fact, values) in enumerate(
            (("tag", "种植"), ("class", "A"), ("project", project), ("tag", "老客户"))
        ):
            await page.locator(f"[name=fact_{row}]").select_option(fact)
            await page.locator(f"[name=values_{row}]").fill(values)
        await page.select_option("#weekday", "0")
        await page.fill("#jitter_minutes", "30")
        await page.select_option("#catch_up", "ask")
        await screen.shoot(f"care/step_{size}")
        assert await screen.faults() == []
        await page.get_by_role("button", name="存进草稿").click()
        await expect(page.locator("#conditions-error")).to_have_text("就诊分类只有 M 和 C")
        await expect(page.locator("[name=values_0]")).to_have_value("种植")
        await page.locator("[name=values_1]").fill("M")
        await page.locator("summary", has_text="重复，直到有回音").click()
        await page.get_by_label("重复这一步").check()
        await page.get_by_role("button", name="存进草稿").click()
        await expect(page.locator("#loop_until-error")).to_be_visible()
        await screen.shoot(f"care/step_refused_{size}")
        assert await screen.faults() == []
        await page.fill("#loop_every", "3")
        await page.fill("#loop_most", "3")
        await page.select_option("#loop_until", "feedback")
        await page.get_by_role("button", name="存进草稿").click()
        line = page.locator("#step-day_9")
        for said in (
            "第9天 10:00",
            "就诊分类（M、C）是「M」",
            f"就诊项目是「{project}」",
            "顺延到周一",
            "最多 3 次",
            "请同事决定",
        ):
            await expect(line).to_contain_text(said)
        await screen.shoot(f"care/line_{size}")
        assert await screen.faults() == []
        await page.get_by_role("link", name="试运行").click()
        await expect(page.locator("main")).to_contain_text("假如「术后关怀（激光类）」的这份内容现在发布")
        assert await screen.faults() == []
