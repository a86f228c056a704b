"""A console with the desk open, patients who wait, and what arrives on their telephones."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from playwright.async_api import Browser, Page, expect

from tests.browser.console_stage import DESK, Screen, actor, window
from tests.scenarios.conftest import Clinic
from wxbot.conversations.models import Cause
from wxbot.history.models import ContactId

C = "/console/desk"
BOX = ".box-reply [data-text]"
PATIENCE_SECONDS = 60.0


@asynccontextmanager
async def at_the_desk(
    chromium: Browser, clinic: Clinic, login: str = "reception", size: dict[str, int] = DESK
) -> AsyncIterator[Screen]:
    """A window with the desk open, its stream connected."""
    async with window(chromium, clinic.url, size) as screen:
        await screen.sign_in(login)
        await screen.open(C)
        await expect(screen.page.locator("[data-link]")).to_have_attribute("data-state", "open")
        yield screen


async def until(true: Callable[[], Awaitable[bool]], what: str) -> None:
    """Ask again and again until it is true; fail with `what` when it never is."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await true():
            await asyncio.sleep(0.05)
    assert await true(), what


async def waiting(clinic: Clinic, name: str = "小林", *words: str) -> tuple[str, ContactId]:
    """A patient with a record who waits for a person; the openid and the contact."""
    openid = await clinic.person(name)
    for each in words or ("种植牙大概要多久",):
        await clinic.say(openid, each)
    contact = await clinic.app.services.patients.contact_by_openid(openid)
    assert contact is not None
    by = await actor(clinic)
    await clinic.app.services.records.record_for(contact.id, by=by, now=clinic.now)
    await clinic.app.services.chat.desk.open(
        key=f"test:{contact.id}",
        contact_id=contact.id,
        cause=Cause.ASKED,
        reason="患者请求人工服务",
        words=(words or ("种植牙大概要多久",))[-1],
        now=clinic.now,
    )
    return openid, contact.id


async def arrives(clinic: Clinic, openid: str, words: str) -> None:
    """Deliver until the patient has read it."""

    async def there() -> bool:
        await clinic.app.runner.run_now("deliver_outbox")
        return any(words in seen.text for seen in clinic.sent_to(openid, "customer"))

    await until(there, f"{words} arrives")


async def take(screen: Screen, contact_id: ContactId) -> Page:
    """Open the talk from the list and make it one's own."""
    page = screen.page
    await page.locator(f'[data-open="{contact_id}"]').first.click()
    await expect(page.locator('[data-part="thread"]')).to_have_attribute("data-contact", contact_id)
    await page.locator(".thread-acts [data-action='接待']").click()
    await expect(page.locator('[data-part="bar"]')).to_have_attribute("data-stands", "mine")
    await expect(page.locator(".side-acts").get_by_text("完成")).to_have_count(1)
    return page
