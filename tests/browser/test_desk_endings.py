"""会话: the closing wizard in a real Chromium, from the first answer to 问候结束; and who comes out of turn."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.browser.console_stage import SIZES, standing
from tests.browser.desk_stage import BOX, arrives, at_the_desk, take, waiting
from tests.scenarios.conftest import Clinic
from wxbot.actors import COMMAND_LINE
from wxbot.conversations.models import EndingKind
from wxbot.history.models import ContactId

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]
CLOSING = 'dialog [data-name="close"]'


@pytest_asyncio.fixture(loop_scope="module")
async def clinic(mongo_uri: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Clinic]:
    async with standing(mongo_uri, "test_desk_endings", tmp_path_factory.mktemp("endings")) as found:
        yield found


async def ask_to_close(page: Page) -> None:
    await page.keyboard.press("Alt+d")
    await expect(page.locator(CLOSING)).to_be_visible()


async def send_proposed(clinic: Clinic, page: Page, openid: str, button: str) -> None:
    """Send the first sentence that the wizard proposes by Enter; it comes back when it has arrived."""
    first = page.locator(f"{CLOSING} .asked-say").first
    await expect(first.locator("button")).to_have_text(button)
    await expect(first.locator("button")).to_be_focused()
    words = await first.locator("textarea").input_value()
    await page.keyboard.press("Enter")
    await expect(page.locator(".say-held")).to_contain_text(words)
    await arrives(clinic, openid, words)
    await expect(page.locator(CLOSING)).to_be_visible()  # what the ending has become


@pytest.mark.parametrize("size", SIZES)
async def test_the_wizard_leads_from_the_answer_to_a_greeting_end(chromium: Browser, clinic: Clinic, size: str) -> None:
    openid, contact_id = await waiting(clinic)
    services = clinic.app.services
    [patient] = (await services.patients.of_contacts([contact_id]))[contact_id]
    await services.records.edit(
        patient.id, {"phone": "13900000000"}, revision=patient.revision, by=COMMAND_LINE, now=clinic.now
    )
    async with at_the_desk(chromium, clinic, size=dict(SIZES[size])) as screen:
        page = await take(screen, contact_id)
        await page.locator(BOX).fill("您好，一般三到六个月，检查后告诉您准确时间。")
        await page.keyboard.press("Enter")
        await arrives(clinic, openid, "三到六个月")
        await expect(page.locator(".thread-unsettled li")).to_have_count(0)
        await ask_to_close(page)
        await expect(page.locator(CLOSING)).to_contain_text("需要主管来结束")
        await expect(page.locator(CLOSING).get_by_text("发送告别语")).to_have_count(0)  # not before they were asked
        await expect(page.locator(f"{CLOSING} .btn-primary")).to_have_count(1)
        await screen.shoot(f"desk/wizard_{size}_1")
        await send_proposed(clinic, page, openid, "先问一句还有没有问题")
        await expect(page.locator(CLOSING)).to_contain_text("请等患者回复")
        await screen.shoot(f"desk/wizard_{size}_2")
        await page.keyboard.press("Escape")
        await clinic.say(openid, "没有了，谢谢")
        await expect(page.locator(".say-in").last).to_contain_text("没有了，谢谢")
        await ask_to_close(page)
        await screen.shoot(f"desk/wizard_{size}_3")
        await send_proposed(clinic, page, openid, "发送告别语")
        await expect(page.locator(CLOSING)).to_contain_text(EndingKind.GREETING.label)
        await expect(page.locator(f"{CLOSING} .asked-say")).to_have_count(0)
        await screen.shoot(f"desk/wizard_{size}_4")
        await expect(page.locator(CLOSING).get_by_role("button", name="结束会话")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(page.locator('[data-part="bar"]')).to_have_attribute("data-stands", "bot")
        await expect(page.locator("dialog[open]")).to_have_count(0)
        assert await services.chat.desk.of_contact(contact_id) is None
        row = await services.chat.lists.row(contact_id, by=COMMAND_LINE, now=clinic.now)
        assert row is not None
        assert row.episode.ending is not None
        assert row.episode.ending.kind is EndingKind.GREETING
        assert await screen.faults() == []


async def in_order(clinic: Clinic) -> ContactId:
    """Two who wait; the one who came later."""
    await waiting(clinic, "先来的")
    await clinic.move(timedelta(seconds=5))
    return (await waiting(clinic, "后来的"))[1]


async def test_who_takes_out_of_turn_is_asked_why_at_once(chromium: Browser, clinic: Clinic) -> None:
    later = await in_order(clinic)
    async with at_the_desk(chromium, clinic) as screen:
        page = screen.page
        await page.locator(f'[data-open="{later}"]').click()
        await expect(page.locator('[data-part="thread"]')).to_have_attribute("data-contact", later)
        await page.keyboard.press("t")
        await expect(page.locator('dialog [data-name="take"] [name=reason]')).to_be_focused()
        await page.keyboard.insert_text("患者正在门口")
        await page.keyboard.press("Enter")
        await expect(page.locator('[data-part="bar"]')).to_have_attribute("data-stands", "mine")
        await expect(page.locator("dialog[open]")).to_have_count(0)
        await expect(page.locator('[data-part="errors"] .finding')).to_have_count(0)
        assert await screen.faults() == []


async def test_the_shift_ends_from_the_desk_with_a_note_for_the_next(chromium: Browser, clinic: Clinic) -> None:
    _, contact_id = await waiting(clinic)
    async with asyncio.timeout(120), at_the_desk(chromium, clinic) as screen:
        page = await take(screen, contact_id)
        await page.locator(".desk-status").get_by_text("离线").click()
        hand_over = page.locator(".desk-head").get_by_text("去交接")
        await expect(hand_over).to_be_visible()
        _, later = await waiting(clinic, "又来一位")
        await expect(page.locator(f'[data-open="{later}"]')).to_be_visible()  # the list was read again meanwhile
        await hand_over.click()
        await page.wait_for_url("**/sign-off")
        await screen.shoot("desk/sign_off")
        await page.get_by_label("还没办完的").fill("等医生看片子")
        await page.get_by_role("button", name="交接并下班").click()
        await page.wait_for_url("**/console/")
        episode = await clinic.app.services.chat.desk.of_contact(contact_id)
        assert episode is not None
        assert episode.owner is None
        assert episode.handovers[-1].still_open == "等医生看片子"
        assert await screen.faults() == []
