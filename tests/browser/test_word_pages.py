"""设置 · 用语识别 in a real Chromium, at a desk and on a phone: a sentence is tried, a list is changed and reset."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.browser.console_stage import SIZES, launched, standing, window

pytestmark = pytest.mark.browser
W = "/console/settings/words"


@pytest.mark.parametrize("size", SIZES)
async def test_a_sentence_is_tried_and_a_list_is_changed_and_reset(mongo_uri: str, tmp_path: Path, size: str) -> None:
    chromium: Browser
    async with (
        standing(mongo_uri, f"test_words_{size}", tmp_path) as clinic,
        launched() as chromium,
        window(chromium, clinic.url, SIZES[size]) as screen,
    ):
        page = screen.page
        await screen.sign_in()
        await screen.open(W)
        await page.fill("#text", "别再发了，另外我周五的预约还在吗")
        await page.get_by_role("button", name="看看怎么读").click()
        await expect(page.get_by_role("heading", name="读作：不要再发消息")).to_be_visible()
        await expect(page.locator("main")).to_contain_text("我周五的预约还在吗")
        await screen.shoot(f"words-tried-{size}")
        assert await screen.faults() == []

        await page.get_by_role("link", name="预约", exact=True).first.click()
        await page.fill("#words", "预约\n整个号子")
        await page.get_by_role("button", name="保存").click()
        await expect(page.locator("body")).to_contain_text("已保存")
        await screen.shoot(f"words-list-{size}")
        assert await screen.faults() == []
        assert clinic.app.services.word_lists.current.by_key["entrance.book"].words == ("预约", "整个号子")

        await page.get_by_role("button", name="还原为原来的词").click()
        await page.locator("dialog button.btn-danger, dialog button.btn-primary").first.click()
        await expect(page.locator("body")).to_contain_text("已还原")
        assert await screen.faults() == []
        assert "挂号" in clinic.app.services.word_lists.current.by_key["entrance.book"].words
