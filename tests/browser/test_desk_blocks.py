"""会话: an abusive patient is blocked after the question, seen as blocked, and lifted; in a real Chromium."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.browser.console_stage import SIZES, standing
from tests.browser.desk_stage import C, at_the_desk
from tests.scenarios.conftest import Clinic
from tests.scenarios.test_blocks import insulting
from tests.scenarios.test_satisfaction import ended, leaves

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]
ASKED = 'dialog [data-name="block"]'


@pytest_asyncio.fixture(loop_scope="module")
async def clinic(mongo_uri: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Clinic]:
    async with standing(mongo_uri, "test_desk_blocks", tmp_path_factory.mktemp("blocks")) as found:
        yield found


@pytest.mark.parametrize("size", SIZES)
async def test_a_supervisor_blocks_and_lifts_and_satisfaction_stands_beside_the_talk(
    chromium: Browser, clinic: Clinic, size: str
) -> None:
    openid, _ = await insulting(clinic)
    contact = await clinic.app.services.patients.contact_by_openid(openid)
    assert contact is not None
    rated, _, episode = await ended(clinic)
    await leaves(clinic)
    await clinic.say(rated, "不满意，等太久了")
    await leaves(clinic)
    async with at_the_desk(chromium, clinic, "manager", size=dict(SIZES[size])) as screen:
        page = screen.page
        await screen.open(f"{C}/{contact.id}")
        if size == "phone":
            await page.locator(".thread-info").click()
        await page.get_by_role("link", name="拉黑", exact=True).click()
        await expect(page.locator(ASKED)).to_contain_text("确定要拉黑这位患者吗")
        await screen.shoot(f"desk/block_{size}_1")
        await page.locator(f"{ASKED} button").click()
        await expect(page.locator(f"{ASKED} [data-errors]")).to_contain_text("请写一句拉黑的原因")
        await page.locator(f"{ASKED} input[name=reason]").fill("两次提醒后仍然辱骂同事")
        await page.locator(f"{ASKED} button").click()
        await expect(page.locator('[data-part="bar"]')).to_contain_text("已拉黑 到")
        await expect(page.locator("dialog[open]")).to_have_count(0)
        await screen.shoot(f"desk/block_{size}_2")
        await screen.open(f"{C}?list=all")
        await expect(page.locator(f'[data-contact="{contact.id}"] .mark-bad')).to_contain_text("已拉黑")
        await screen.shoot(f"desk/block_{size}_3")
        await screen.open("/console/quality/blocked")
        await screen.shoot(f"desk/block_{size}_4")
        await screen.open(f"{C}/{contact.id}")
        if size == "phone":
            await page.locator(".thread-info").click()
            await expect(page.locator('[data-part="side"]')).to_contain_text("两次提醒后仍然辱骂同事")
        await page.locator('a[href$="/ask/unblock"]:visible').first.click()
        await page.locator('dialog [data-name="unblock"] .btn-primary').click()
        await expect(page.locator('[data-part="bar"]')).not_to_contain_text("已拉黑")
        await screen.open(f"{C}/{episode.contact_id}")
        await expect(page.locator(".thread-scroll")).to_contain_text("满意度评价：不满意")
        await screen.shoot(f"desk/satisfaction_{size}_1")
        await screen.open("/console/quality")
        await page.get_by_role("heading", name="满意度").scroll_into_view_if_needed()
        await screen.shoot(f"desk/satisfaction_{size}_2")
    await clinic.move(timedelta(minutes=1))
