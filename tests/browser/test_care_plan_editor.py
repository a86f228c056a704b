"""The plan editor in a real Chromium, at a desk and on a phone: a step is added, refused, kept, and published."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.browser.console_stage import SIZES, launched, standing, window
from wxbot.actors import COMMAND_LINE

pytestmark = pytest.mark.browser
LASER = "/console/care/plans/aftercare_laser"


@pytest.mark.parametrize("size", SIZES)
async def test_a_step_is_added_to_a_plan_and_published(mongo_uri: str, tmp_path: Path, size: str) -> None:
    chromium: Browser
    async with (
        standing(mongo_uri, f"test_plans_{size}", tmp_path) as clinic,
        launched() as chromium,
        window(chromium, clinic.url, SIZES[size]) as screen,
    ):
        page = screen.page
        await screen.sign_in()
        await screen.open("/console/care")
        await screen.shoot(f"plans-list-{size}")
        assert await screen.faults() == []

        await screen.open(LASER)
        await page.locator("summary", has_text="患者看到的").first.click()
        await screen.shoot(f"plans-line-{size}")
        assert await screen.faults() == []

        await page.get_by_role("link", name="加一步").click()
        await expect(page.get_by_role("heading", name="加一步")).to_be_visible()
        await page.fill("#amount", "5")
        await page.fill("#at", "10:00")
        await page.get_by_role("button", name="存进草稿").click()
        await expect(page.locator("#template-error")).to_contain_text("请选择话术")
        await screen.shoot(f"plans-step-refused-{size}")
        assert await screen.faults() == []

        await page.select_option("#template", "care.laser_day_3")
        await page.locator("#template").press("Enter")  # by the keyboard, as a form is sent
        await page.get_by_role("button", name="存进草稿").click()
        await expect(page.locator("#step-day_5")).to_contain_text("第5天 10:00")
        await page.get_by_role("button", name="提交审批").click()
        await expect(page.get_by_role("heading", name="待审批")).to_be_visible()

        editor = clinic.app.services.plans.editor
        kept = await editor.get("aftercare_laser", by=COMMAND_LINE)
        await editor.approve(kept.id, by=COMMAND_LINE, now=clinic.now, revision=kept.revision)
        await screen.open(LASER)
        await expect(page.locator(".affected")).to_contain_text("正在进行的患者")
        await expect(page.locator(".affected")).not_to_contain_text("正在数")
        await screen.shoot(f"plans-publish-{size}")
        assert await screen.faults() == []
        await page.get_by_label("从生效起改用新版本").check()
        await page.get_by_role("button", name="发布", exact=True).click()
        await page.locator("dialog button.btn-danger, dialog button.btn-primary").first.click()
        await expect(page.locator("body")).to_contain_text("使用中 v2")
        await screen.open(f"{LASER}/versions/2")
        await screen.shoot(f"plans-difference-{size}")
        assert await screen.faults() == []
