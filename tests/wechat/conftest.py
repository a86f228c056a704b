"""An account at a platform: keys, signed pushes, and pushes' XML."""

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.encryption import KEYS
from wxbot.database import Database
from wxbot.simulator.platform import AccountConfig, Platform, SimulatorClock
from wxbot.simulator.rights import MESSAGE
from wxbot.simulator.server import create_app
from wxbot.wechat.client import Client
from wxbot.wechat.codec import Codec
from wxbot.wechat.store import TokenStore
from wxbot.wechat.tokens import TokenKeeper

APP_ID = "wx0123456789abcdef"
TOKEN = "clinicToken01"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFE"
NOW = datetime.fromtimestamp(1_700_000_000, UTC)


class StillClock:
    """The clinic's and the machine's time, each set by hand."""

    def __init__(self, now: datetime = NOW) -> None:
        self.clinic = now
        self.machine = now
        self.seconds = 0.0

    def now(self) -> datetime:
        return self.clinic

    def machine_now(self) -> datetime:
        return self.machine

    def monotonic(self) -> float:
        return self.seconds


@pytest.fixture
def codec() -> Codec:
    return Codec(APP_ID, TOKEN, AES_KEY)


@pytest.fixture
def still() -> StillClock:
    return StillClock()


Signed = Callable[..., tuple[dict[str, str], bytes]]


@pytest.fixture
def signed(codec: Codec) -> Signed:
    """Query and body of a safe-mode push carrying `xml`."""

    def sign(xml: str | bytes, *, by: Codec = codec, timestamp: int = int(NOW.timestamp())) -> Any:
        encrypted = by.encrypt(xml if isinstance(xml, bytes) else xml.encode())
        query = {
            "signature": by.signature(str(timestamp), "n0nce"),
            "timestamp": str(timestamp),
            "nonce": "n0nce",
            "openid": "oPatient001",
            "encrypt_type": "aes",
            "msg_signature": by.signature(str(timestamp), "n0nce", encrypted),
        }
        body = f"<xml><ToUserName><![CDATA[gh_clinic]]></ToUserName><Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>"
        return query, body.encode()

    return sign


@pytest.fixture
def push() -> Callable[..., bytes]:
    """The inner XML of a push with these fields; a field of value None is left out."""

    def build(**fields: str | None) -> bytes:
        common: dict[str, str | None] = {
            "ToUserName": "gh_clinic",
            "FromUserName": "oPatient001",
            "CreateTime": "1700000000",
            "MsgType": "text",
        }
        written = "".join(
            f"<{name}>{value}</{name}>" if value.startswith("<") else f"<{name}><![CDATA[{value}]]></{name}>"
            for name, value in (common | fields).items()
            if value is not None
        )
        return f"<xml>{written}</xml>".encode()

    return build


class Clock(Protocol):
    """A clock a test can move."""

    def now(self) -> datetime: ...
    def machine_now(self) -> datetime: ...
    def monotonic(self) -> float: ...
    def move(self, by: timedelta) -> None: ...


@dataclass
class Account:
    """A simulated platform on loopback, and what our side needs to talk to it."""

    platform: Platform
    base_url: str
    http: aiohttp.ClientSession
    store: TokenStore
    clock: Clock
    observed: list[tuple[str, int]]

    def keeper(self) -> TokenKeeper:
        """Another process's token keeper."""
        return TokenKeeper(
            APP_ID, "secret-of-the-clinic", self.http, self.base_url, self.store, self.clock, pauses=(0, 0)
        )

    def client(self, keeper: TokenKeeper | None = None) -> Client:
        """A client that writes down what it observed."""

        def observe(path: str, code: int, seconds: float) -> None:
            assert seconds >= 0
            self.observed.append((path, code))

        return Client(self.http, self.base_url, keeper or self.keeper(), self.clock, observe, pauses=(0, 0))

    def calls(self, path: str) -> int:
        """How often the platform was called at `path`."""
        return sum(1 for line in self.platform.traffic if line.direction == "api" and line.name == path)


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def account(http: aiohttp.ClientSession, database: Database, clock: Clock) -> AsyncIterator[Account]:
    platform = Platform(
        AccountConfig(
            app_id=APP_ID,
            app_secret="secret-of-the-clinic",
            token=TOKEN,
            aes_key=AES_KEY,
            callback_url="http://127.0.0.1:1/",
        ),
        clock=SimulatorClock(),
        answer_seconds=60.0,  # a busy machine is slow, too
        receipt_delay=0,
    )
    server = TestServer(create_app(platform))
    await server.start_server()
    base_url = str(server.make_url("")).rstrip("/")
    store = TokenStore(database, KEYS)
    await database.create_indexes([store])
    yield Account(platform=platform, base_url=base_url, http=http, store=store, clock=clock, observed=[])
    await server.close()


@pytest.fixture
def client(account: Account) -> Client:
    return account.client()


@pytest.fixture
def follower(account: Account) -> str:
    """The openid of somebody who follows and has just written."""
    person = account.platform.create_person("小林")
    person.following = True
    person.followed_at = account.platform.now()
    person.rights.open(MESSAGE, account.platform.now())
    return person.openid


class Script:
    """A server that answers whatever the test tells it, and keeps what it was asked."""

    def __init__(self) -> None:
        self.answers: list[web.Response | Exception] = []
        self.asked: list[tuple[str, str, dict[str, str], bytes]] = []
        self.base_url = ""

    def say(self, body: Any = None, *, status: int = 200, content_type: str = "application/json") -> None:
        """Answer the next request with this."""
        raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        self.answers.append(web.Response(body=raw, status=status, content_type=content_type))

    async def answer(self, request: web.Request) -> web.Response:
        """Serve the next answer."""
        self.asked.append((request.method, request.path, dict(request.query), await request.read()))
        found = self.answers.pop(0)
        assert isinstance(found, web.Response)
        return found


@pytest.fixture
async def script() -> AsyncIterator[Script]:
    told = Script()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", told.answer)
    server = TestServer(app)
    await server.start_server()
    told.base_url = str(server.make_url("")).rstrip("/")
    yield told
    await server.close()
