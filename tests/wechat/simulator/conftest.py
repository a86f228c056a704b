"""A simulated platform on HTTP and a small clinic that hears its pushes and answers as a test says."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any
from xml.etree import ElementTree as ET

import aiohttp
import pytest
from aiohttp import web

from wxbot.simulator.account import AccountConfig
from wxbot.simulator.codec import codec_for, sign
from wxbot.simulator.markup import XmlValue, read, write
from wxbot.simulator.platform import Person, Platform
from wxbot.simulator.server import create_app

Answer = Callable[["Heard"], Awaitable[web.StreamResponse] | web.StreamResponse]


@dataclass(frozen=True)
class Heard:
    """One push as it arrived: query, body, and the inner XML."""

    query: dict[str, str]
    body: bytes
    root: ET.Element

    def __getitem__(self, path: str) -> str:
        found = self.root.find(path)
        assert found is not None, f"{path} is missing in the push"
        return found.text or ""


class FixedClock:
    """Stands still until moved."""

    def __init__(self) -> None:
        self.start = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)  # 10:00 in Beijing
        self.shift = timedelta(0)

    def now(self) -> datetime:
        return self.start + self.shift

    def move(self, by: timedelta) -> None:
        self.shift += by


def success(_: Heard) -> web.StreamResponse:
    return web.Response(text="success")


@dataclass
class World:
    """The platform, its address, the clinic's ears and mouth, and the clinic's API calls."""

    platform: Platform
    session: aiohttp.ClientSession
    url: str = ""
    heard: list[Heard] = field(default_factory=list)
    answer: Answer = success

    async def callback(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        outer = read(body)
        encrypted = outer.findtext("Encrypt")
        inner = outer if encrypted is None else read(codec_for(self.platform.account).decrypt(encrypted))
        heard = Heard(dict(request.query), body, inner)
        self.heard.append(heard)
        answered = self.answer(heard)
        return answered if isinstance(answered, web.StreamResponse) else await answered

    def reply(self, heard: Heard, fields: dict[str, Any], *, encrypt: bool = True) -> web.Response:
        """A passive reply to a push, encrypted as in safe mode."""
        common: dict[str, XmlValue] = {
            "ToUserName": heard["FromUserName"],
            "FromUserName": "gh_clinic",
            "CreateTime": 1_700_000_002,
        }
        plain = write({**common, **fields})
        if not encrypt:
            return web.Response(text=plain)
        sealed = codec_for(self.platform.account).encrypt(plain)
        signature = sign(self.platform.account.token, "1700000003", "n0nce", sealed)
        outer: dict[str, XmlValue] = {
            "Encrypt": sealed,
            "MsgSignature": signature,
            "TimeStamp": 1_700_000_003,
            "Nonce": "n0nce",
        }
        return web.Response(text=write(outer))

    async def follower(self, name: str = "小林") -> Person:
        person = self.platform.create_person(name)
        await self.platform.follow(person.openid)
        return person

    async def token(self) -> str:
        body = {"grant_type": "client_credential", "appid": "wx0123456789abcdef", "secret": "s3cret"}
        async with self.session.post(f"{self.url}/cgi-bin/stable_token", json=body) as response:
            return str((await response.json(content_type=None))["access_token"])

    async def get(self, path: str, *, token: str | None = None, **query: str) -> Any:
        if token != "":
            query["access_token"] = token or await self.token()
        async with self.session.get(self.url + path, params=query, allow_redirects=False) as response:
            assert response.status == 200
            return await response.json(content_type=None)

    async def post(self, path: str, body: Any, *, token: str | None = None, **query: str) -> Any:
        if token != "":
            query["access_token"] = token or await self.token()
        data = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        async with self.session.post(self.url + path, params=query, data=data) as response:
            assert response.status == 200
            return await response.json(content_type=None)

    async def upload(self, path: str, data: bytes, name: str, mime: str, **query: str) -> Any:
        form = aiohttp.FormData()
        form.add_field("media", BytesIO(data), filename=name, content_type=mime)
        if "description" in query:
            form.add_field("description", query.pop("description"))
        query["access_token"] = await self.token()
        async with self.session.post(self.url + path, params=query, data=form) as response:
            assert response.status == 200
            return await response.json(content_type=None)

    async def say_to(self, openid: str, text: str) -> int:
        """Send a text by customer-service message; the errcode."""
        body = {"touser": openid, "msgtype": "text", "text": {"content": text}}
        return int((await self.post("/cgi-bin/message/custom/send", body))["errcode"])

    def last(self) -> Heard:
        return self.heard[-1]

    def events(self) -> list[str]:
        return [heard.root.findtext("Event") or heard["MsgType"] for heard in self.heard]


def account(**changes: Any) -> AccountConfig:
    values: dict[str, Any] = {
        "app_id": "wx0123456789abcdef",
        "app_secret": "s3cret",
        "token": "clinicToken01",
        "aes_key": "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFE",
        "account_id": "gh_clinic",
    }
    return AccountConfig(**{**values, **changes})


async def served(app: web.Application, stack: AsyncExitStack) -> str:
    runner = web.AppRunner(app, handle_signals=False, access_log=None, shutdown_timeout=5)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    return f"http://127.0.0.1:{runner.addresses[0][1]}"


OpenWorld = Callable[..., Awaitable[World]]


@pytest.fixture
async def open_world() -> AsyncIterator[OpenWorld]:
    """A factory of worlds; keyword arguments go to the account, `platform` to the Platform."""
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()))

        async def build(platform: dict[str, Any] | None = None, clock_hook: str | None = None, **changes: Any) -> World:
            settings = {"receipt_delay": 0.0, **(platform or {})}
            world = World(Platform(account(**changes), FixedClock(), **settings), session)
            clinic = web.Application()
            clinic.router.add_post("/wechat/callback", world.callback)
            clinic_url = await served(clinic, stack)
            if "callback_url" not in changes:
                world.platform.account.callback_url = f"{clinic_url}/wechat/callback"
            world.url = await served(create_app(world.platform, clock_hook=clock_hook), stack)
            return world

        yield build


@pytest.fixture
async def world(open_world: OpenWorld) -> World:
    """A platform in safe mode with a clinic that answers `success`."""
    return await open_world()
