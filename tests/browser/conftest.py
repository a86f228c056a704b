"""One Chromium per module of browser tests."""

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.browser.console_stage import launched

expect.set_options(timeout=30_000)  # the machine may be busy; nothing here is a matter of speed


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def chromium() -> AsyncIterator[Browser]:
    async with launched() as browser:
        yield browser
