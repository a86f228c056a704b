"""The whole service against the simulated platform and a real mongod, reached only through WeChat and HTTP."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from pydantic import SecretStr

from config.settings import Settings
from handlers import ROUTERS
from tests.conftest import empty
from tests.once import installation_of, share_constant_work
from tests.scenarios.phones import OpenPhone, Phone
from wxbot.app import App, open_app
from wxbot.database import Database
from wxbot.demo.accounts import SHOWN
from wxbot.demo.service import demo_settings
from wxbot.demo.settings import DemoSettings
from wxbot.dispatch.router import Router
from wxbot.history.models import Interaction
from wxbot.simulator.account import AccountConfig
from wxbot.simulator.demo_account import furnish
from wxbot.simulator.people import Seen
from wxbot.simulator.platform import Platform
from wxbot.simulator.server import create_app

MONDAY_TEN = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # 10:00 in the clinic's time zone; an ordinary week follows

# Seconds. The real 4.5 and 5 are tried in test_in_time.py; elsewhere an answer is one on a busy machine, too.
REPLIES_WITHIN, PLATFORM_WAITS = 45.0, 60.0


@dataclass
class Clinic:
    """A running clinic and the platform its patients are on."""

    app: App
    platform: Platform
    url: str
    platform_url: str

    @property
    def now(self) -> datetime:
        return self.app.clock.now()

    async def person(self, name: str = "小林", *, follow: bool = True) -> str:
        """A person on the platform; the openid."""
        openid = self.platform.create_person(name).openid
        if follow:
            push = await self.platform.follow(openid)
            assert push.ok
        return openid

    async def say(self, openid: str, text: str, menu_id: str | None = None) -> str:
        """Write to the clinic; the text of the immediate answer, or an empty string."""
        push = await self.platform.say(openid, text, menu_id=menu_id)
        assert push.ok
        return "" if push.reply is None else str(push.reply["text"])

    async def tap(self, openid: str, words: str) -> str:
        """Tap the entry with these words of the newest message that has one; the text of the immediate answer."""
        entries = [entry for seen in self.phone(openid) for entry in seen.options if words in entry["text"]]
        assert entries, f"nothing to tap reads {words!r}"
        return await self.say(openid, entries[-1]["text"], entries[-1]["id"])

    def offered(self, openid: str) -> list[str]:
        """What the newest message offers to tap."""
        return [entry["text"] for entry in self.phone(openid)[-1].options]

    async def tap_menu(self, openid: str, key: str) -> str:
        """Tap an account-menu entry; the text of the immediate answer."""
        push = await self.platform.tap_menu(openid, key)
        assert push.ok
        return "" if push.reply is None else str(push.reply["text"])

    async def book(self, openid: str, *choices: str) -> str:
        """Book by chatting: 预约, each choice, a yes where an hour is read back; the last answer."""
        answer = await self.say(openid, "预约")
        for choice in choices:
            answer = await self.say(openid, choice)
        return await self.say(openid, "可以") if answer.startswith("请您核对") else answer

    def stand_still(self) -> None:
        """Stop the clinic's clock: from here on only `move` moves it, however slow the machine is."""
        clock = self.app.clock
        now, monotonic, shift = clock.now(), clock.monotonic(), clock.shift
        clock.now = lambda: now + (clock.shift - shift)  # type: ignore[method-assign]
        clock.monotonic = lambda: monotonic + (clock.shift - shift).total_seconds()  # type: ignore[method-assign]

    async def move(self, by: timedelta) -> None:
        """What is due is done; time passes for the platform and the clinic alike; what that makes due is done."""
        await self.tick()
        self.platform.clock.move(by)
        self.app.clock.move(by)
        await self.app.services.care.catch_ups.note_look(self.now)  # time was moved, nothing stood still
        await self.tick()

    async def move_to(self, local: str) -> None:
        """Time passes until that local moment, e.g. "2026-11-24 10:00"."""
        zone = self.app.services.clinic.timezone
        await self.move(datetime.fromisoformat(local).replace(tzinfo=zone) - self.now)

    async def tick(self) -> None:
        """Every job once, in the order in which they feed each other; then the receipts."""
        for job in (
            "sweep_inbox",
            "complete_visits",
            "enqueue_care",
            "recover_outbox",
            "deliver_outbox",
            "erase_unfollowed",
        ):
            await self.app.runner.run_now(job)
        await self.platform.settled()

    def phone(self, openid: str) -> list[Seen]:
        """What the patient sees, oldest first."""
        return list(self.platform.people[openid].messages)

    def sent_to(self, openid: str, *via: str) -> list[Seen]:
        """What we sent outside of immediate answers, oldest first."""
        wanted = via or ("customer", "template", "notice")
        return [seen for seen in self.phone(openid) if seen.via in wanted]

    async def story(self, openid: str) -> list[Interaction]:
        """The contact's transcript, oldest first."""
        contact = await self.app.services.patients.contact_by_openid(openid)
        assert contact is not None
        return list(reversed(await self.app.services.history.timeline(contact.id, limit=1000)))

    async def keys(self, state: str | None = None) -> dict[str, str]:
        """The outbox: plan and step (or the key's beginning) → state, or → reason of those in `state`."""
        rows = await self.rows("outbox", {} if state is None else {"state": state})
        return {"/".join(row["key"].split("/")[:2]): row["state" if state is None else "reason"] for row in rows}

    async def marked(self) -> None:
        """Wait until every finished push is marked as such."""
        await self.app.dispatcher._inbox.flush()

    async def rows(self, collection: str, query: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        """The documents as they stand in the database, their fields decrypted."""
        await self.marked()
        rows = await self.app.database.collection(collection).find(query or {}).to_list(None)
        cipher = {each.collection: each for each in self.app.stores.ciphers()}.get(collection)
        return [cipher.decrypted(row) for row in rows] if cipher is not None else rows


@asynccontextmanager
async def serve(app: web.Application) -> AsyncIterator[str]:
    """Serve an application on a free port."""
    runner = web.AppRunner(app, handle_signals=False, shutdown_timeout=1.0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


OpenClinic = Callable[..., Awaitable[Clinic]]


@pytest.fixture
async def open_clinic(mongo_uri: str, tmp_path: Path) -> AsyncIterator[OpenClinic]:
    """A factory of clinics on one fresh database; `beside` opens a second process on another one's platform."""
    share_constant_work()
    async with AsyncExitStack() as parts:
        name = "test_clinic"
        database = Database.connect(mongo_uri, name)
        parts.callback(database.close)
        await empty(database)

        async def open_one(
            *,
            beside: Clinic | None = None,
            now: datetime = MONDAY_TEN,
            routers: Sequence[Router] = ROUTERS,
            reply_within_seconds: float = REPLIES_WITHIN,
            demo: bool = True,
            **overrides: Any,
        ) -> Clinic:
            base = Settings.model_construct(mongodb_uri=SecretStr(mongo_uri), mongodb_database=name, data_dir=tmp_path)
            chosen = demo_settings(base, 1)
            kind = DemoSettings if demo else Settings
            settings = kind.model_construct(**dict(chosen)).model_copy(
                update={
                    "http_port": 0,
                    "mongodb_database": name,
                    "clock_shift": now - datetime.now(UTC),
                    **overrides,
                }
            )
            if beside is not None:
                platform, platform_url = beside.platform, beside.platform_url
            else:
                account = AccountConfig(
                    app_id=settings.wechat_app_id,
                    app_secret=settings.wechat_app_secret.get_secret_value(),
                    token=settings.wechat_token.get_secret_value(),
                    aes_key=settings.wechat_aes_key.get_secret_value(),
                    account_id=settings.wechat_account_id,
                )
                platform = Platform(account, answer_seconds=PLATFORM_WAITS)
                platform.clock.move(settings.clock_shift)
                furnish(platform)
                platform_url = await parts.enter_async_context(serve(create_app(platform)))
            settings = settings.model_copy(
                update={"wechat_api_base_url": platform_url, "wechat_open_base_url": platform_url}
            )
            app = await parts.enter_async_context(
                open_app(settings, routers=routers, reply_within_seconds=reply_within_seconds, demo_accounts=SHOWN)
            )
            app.runner.start = lambda: None  # type: ignore[method-assign] # tests run the jobs
            url = await parts.enter_async_context(app.serving())
            await app.preparation.done.wait()
            await app.client.menus.create(installation_of(settings).menu)
            platform.account.callback_url = f"{url}/wechat/callback"
            return Clinic(app, platform, url, platform_url)

        yield open_one


@pytest.fixture
async def clinic(open_clinic: OpenClinic) -> Clinic:
    """One clinic on a Monday at ten."""
    return await open_clinic()


@pytest.fixture
async def phone_of(clinic: Clinic) -> AsyncIterator[OpenPhone]:
    """A browser for a person; `at` another clinic."""
    async with AsyncExitStack() as parts:

        async def one(openid: str, *, at: Clinic = clinic) -> Phone:
            jar = aiohttp.CookieJar(unsafe=True)
            return Phone(at, await parts.enter_async_context(aiohttp.ClientSession(cookie_jar=jar)), openid)

        yield one
