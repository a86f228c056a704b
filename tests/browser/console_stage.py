"""A clinic with people, templates, pushes and settings in it, and a Chromium that complains about everything."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from os import environ
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, ConsoleMessage, Dialog, Page, Response, async_playwright
from pydantic import SecretStr

from config.settings import Settings
from tests.conftest import empty
from tests.once import installation_of, share_constant_work
from tests.scenarios.conftest import MONDAY_TEN, Clinic, serve
from wxbot.actors import COMMAND_LINE, Actor
from wxbot.app import open_app
from wxbot.database import Database
from wxbot.demo.accounts import SHOWN
from wxbot.demo.service import demo_settings
from wxbot.simulator.account import AccountConfig
from wxbot.simulator.demo_account import furnish
from wxbot.simulator.platform import Platform
from wxbot.simulator.server import create_app
from wxbot.staff.permissions import ROLE_NAMES, Role

CHROMIUM = "/usr/bin/chromium"
CHROMIUM_ARGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
DESK = {"width": 1366, "height": 768}
PHONE = {"width": 390, "height": 844}
SIZES: Mapping[str, Mapping[str, int]] = {"desk": DESK, "phone": PHONE}
PASSWORD = "correct horse 电池 staple"
PATIENCE = 30_000  # milliseconds until something that was waited for is missed
SHOTS = environ.get("CONSOLE_SHOTS", "")  # a folder for pictures of every page; none are taken without

# What a page must be, asked in the page itself: each line of the answer is one fault.
FAULTS = """() => {
  const faults = [];
  const seen = (node) => node.getClientRects().length > 0;
  const say = (node) => node.outerHTML.replace(/\\s+/g, " ").slice(0, 120);
  const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  if (wide > 0) {
    const out = [...document.querySelectorAll("main *")].filter((node) =>
      seen(node) && node.getBoundingClientRect().right > document.documentElement.clientWidth + 1);
    faults.push(`wider than the window by ${wide}: ${out.slice(0, 1).map(say)}`);
  }
  const titles = document.querySelectorAll("h1");
  if (titles.length !== 1 || !titles[0].textContent.trim()) faults.push(`${titles.length} h1`);
  if (!document.title.split("·")[0].trim()) faults.push("no title");
  for (const each of document.querySelectorAll("input:not([type=hidden]), select, textarea")) {
    const name = each.getAttribute("aria-label") || each.getAttribute("aria-labelledby")
      || [...(each.labels ?? [])].map((label) => label.textContent.trim()).join("");
    if (!name) faults.push(`no label: ${say(each)}`);
  }
  for (const each of document.querySelectorAll("button, a[href], summary")) {
    const words = each.textContent.trim() || each.getAttribute("aria-label")
      || each.querySelector("img[alt], [aria-label]")?.outerHTML;
    if (!words) faults.push(`says nothing: ${say(each)}`);
  }
  const ids = [...document.querySelectorAll("[id]")].map((node) => node.id);
  for (const id of new Set(ids.filter((id, at) => ids.indexOf(id) !== at))) faults.push(`two of #${id}`);
  for (const each of document.querySelectorAll("label[for], [aria-describedby]")) {
    const id = each.getAttribute("for") ?? each.getAttribute("aria-describedby");
    if (!document.getElementById(id)) faults.push(`points at nothing: ${say(each)}`);
  }
  for (const each of document.images) if (!each.complete || !each.naturalWidth) faults.push(`no picture: ${say(each)}`);
  for (const each of document.querySelectorAll("main .btn")) {
    const lines = parseFloat(getComputedStyle(each).lineHeight);
    if (seen(each) && each.clientHeight > 2.9 * lines) faults.push(`button of several lines: ${say(each)}`);
  }
  return faults;
}"""


@dataclass
class Screen:
    """One window and everything that went wrong in it."""

    page: Page
    url: str
    complaints: list[str] = field(default_factory=list)
    leaves: bool = True  # what is answered when the browser asks whether to leave a form that was changed

    def __post_init__(self) -> None:
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", self._hear)
        self.page.on("response", self._see)
        self.page.on("dialog", self._asked)

    def _hear(self, line: ConsoleMessage) -> None:
        if line.type in {"error", "warning"}:
            self.complaints.append(line.text)

    def _see(self, answer: Response) -> None:
        if answer.status >= 400:
            self.complaints.append(f"{answer.status} {answer.url.removeprefix(self.url)}")

    async def _asked(self, dialog: Dialog) -> None:
        """Our pages ask in the page; a dialog of the browser itself is a script that ran, or an unsaved form."""
        self.complaints.append(f"dialog {dialog.type}: {dialog.message}")
        if self.leaves:
            await dialog.accept()
        else:
            await dialog.dismiss()

    async def open(self, path: str) -> int:
        """Go there; the status of the answer."""
        answer = await self.page.goto(self.url + path)
        assert answer is not None
        return answer.status

    async def sign_in(self, login: str = "admin", password: str = PASSWORD) -> None:
        """Through the form, as everybody does."""
        await self.open("/console/sign-in")
        await self.page.fill("[name=login]", login)
        await self.page.fill("[name=password]", password)
        await self.page.locator("main form button.btn-primary").first.click()
        await self.page.wait_for_url("**/console/")

    async def faults(self) -> list[str]:
        """What is wrong with the page that is open: too wide, without title, unlabelled; and every complaint so far."""
        found = [str(each) for each in await self.page.evaluate(FAULTS)]
        said, self.complaints[:] = list(self.complaints), []
        return [*said, *found]

    async def shoot(self, name: str) -> None:
        """A picture of the whole page, where somebody asked for pictures."""
        if SHOTS:
            folder = Path(SHOTS)
            await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
            await self.page.screenshot(path=folder / f"{name}.png", full_page=True)


@asynccontextmanager
async def launched() -> AsyncIterator[Browser]:
    """A Chromium."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=[*CHROMIUM_ARGS])
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def window(chromium: Browser, url: str, size: Mapping[str, int] = DESK) -> AsyncIterator[Screen]:
    """A window of that size, with cookies of its own."""
    context = await chromium.new_context(
        viewport={"width": size["width"], "height": size["height"]}, reduced_motion="reduce", locale="zh-CN"
    )
    context.set_default_timeout(PATIENCE)
    try:
        yield Screen(await context.new_page(), url)
    finally:
        await context.close()


@asynccontextmanager
async def standing(
    mongo_uri: str, name: str, data_dir: Path, *, now: datetime = MONDAY_TEN, **overrides: Any
) -> AsyncIterator[Clinic]:
    """A running clinic on a database of that name, emptied first, with one account per role; its jobs rest."""
    share_constant_work()
    async with AsyncExitStack() as parts:
        database = Database.connect(mongo_uri, name)
        parts.callback(database.close)
        await empty(database)
        base = Settings.model_construct(mongodb_uri=SecretStr(mongo_uri), mongodb_database=name, data_dir=data_dir)
        settings = demo_settings(base, 1).model_copy(
            update={"http_port": 0, "mongodb_database": name, "clock_shift": now - datetime.now(UTC), **overrides}
        )
        platform = Platform(
            AccountConfig(
                app_id=settings.wechat_app_id,
                app_secret=settings.wechat_app_secret.get_secret_value(),
                token=settings.wechat_token.get_secret_value(),
                aes_key=settings.wechat_aes_key.get_secret_value(),
                account_id=settings.wechat_account_id,
            )
        )
        platform.clock.move(settings.clock_shift)
        furnish(platform)
        platform_url = await parts.enter_async_context(serve(create_app(platform)))
        settings = settings.model_copy(
            update={"wechat_api_base_url": platform_url, "wechat_open_base_url": platform_url}
        )
        app = await parts.enter_async_context(open_app(settings, demo_accounts=SHOWN))
        app.runner.start = lambda: None  # type: ignore[method-assign] # tests run the jobs
        url = await parts.enter_async_context(app.serving())
        await app.preparation.done.wait()
        await app.client.menus.create(installation_of(settings).menu)
        platform.account.callback_url = f"{url}/wechat/callback"
        clinic = Clinic(app, platform, url, platform_url)
        for role in Role:
            await app.services.staff.create(
                by=COMMAND_LINE,
                login=role.value,
                name=f"{ROLE_NAMES[role]}小周",
                role=role,
                now=clinic.now,
                password=PASSWORD,
            )
        yield clinic


async def actor(clinic: Clinic, role: Role = Role.ADMIN) -> Actor:
    """Who acts when that role does something without a browser."""
    return (await clinic.app.services.staff.by_login(role.value, by=COMMAND_LINE)).actor
