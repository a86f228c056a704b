"""Real service processes, a platform for them in the test's own process, and a mongod that can be stopped."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from secrets import token_hex
from time import monotonic
from typing import Any

import aiohttp
from aiohttp import web

from tests.durations import iso_duration
from tests.ports import free_port, reserve_port
from wxbot.database import Database
from wxbot.embedded_mongo import EmbeddedMongo
from wxbot.simulator.account import AccountConfig
from wxbot.simulator.demo_account import furnish
from wxbot.simulator.people import Seen
from wxbot.simulator.platform import Platform, PushResult
from wxbot.simulator.server import create_app
from wxbot.wechat.message_kinds import key_of

ROOT = Path(__file__).resolve().parents[2]
SERVICE = Path(__file__).with_name("service.py")

MONDAY_TEN = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # 10:00 in the clinic's time zone; an ordinary week follows
PATIENCE = 120.0  # seconds any condition may take on a machine that is busy with other things
POLL = 0.02

APP_ID = "wx0123456789abcdef"
APP_SECRET = "0123456789abcdef0123456789abcdef"
TOKEN = "processtests"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
ACCOUNT_ID = "gh_0123456789ab"

OUT = ("passive", "customer", "template", "notice")

Row = dict[str, Any]


async def until(condition: Callable[[], Awaitable[Any]], what: str, limit: float = PATIENCE, poll: float = POLL) -> Any:
    """Wait until the condition holds and answer its value; an AssertionError says what did not happen."""
    ends = monotonic() + limit
    while not (value := await condition()):
        if monotonic() > ends:
            raise AssertionError(f"not within {limit:.0f} s: {what}")
        await asyncio.sleep(poll)
    return value


class Service:
    """One process of the service."""

    def __init__(self, environment: Mapping[str, str], port: int, log: Path) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._log = log
        with log.open("ab") as out:
            self.process = subprocess.Popen(  # noqa: S603 - our own script; starting it takes no time
                [sys.executable, str(SERVICE)],
                cwd=log.parent,  # where no .env lies
                env={**os.environ, **environment, "PYTHONPATH": str(ROOT), "WXBOT_HTTP_PORT": str(port)},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
            )

    async def health(self, path: str = "/readyz", patience: float = 10.0) -> tuple[int, dict[str, Any]]:
        """What /readyz (or /healthz) says: status and body; 0 while nobody listens."""
        timeout = aiohttp.ClientTimeout(total=patience)
        try:
            async with aiohttp.ClientSession(timeout=timeout) as http, http.get(self.url + path) as answer:
                return answer.status, await answer.json()
        except (aiohttp.ClientError, TimeoutError):
            return 0, {}

    async def ready(self, limit: float = PATIENCE) -> "Service":
        """Wait until it is ready."""
        said: tuple[int, dict[str, Any]] = (0, {})

        async def is_ready() -> bool:
            nonlocal said
            if self.process.poll() is not None:
                raise AssertionError(f"the service ended with {self.process.returncode}:\n{self.tail()}")
            said = await self.health()
            return said[0] == 200

        try:
            await until(is_ready, "the service gets ready", limit)
        except AssertionError as error:
            raise AssertionError(f"{error}, which says {said}\n{self.tail()}") from None
        return self

    async def ended(self, limit: float = PATIENCE) -> int:
        """Wait for its end; the exit code, negative for a signal."""

        async def has_ended() -> bool:
            return self.process.poll() is not None

        try:
            await until(has_ended, "the service ends", limit)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.tail()}") from None
        return int(self.process.returncode)

    async def terminate(self, limit: float = PATIENCE) -> int:
        """SIGTERM and wait; the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return await self.ended(limit)

    def kill(self) -> None:
        """SIGKILL, if it still runs."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(timeout=10)

    def events(self, name: str = "") -> list[dict[str, Any]]:
        """What it logged, by event name."""
        lines = [json.loads(line) for line in self._log.read_text().splitlines() if line.startswith("{")]
        return [line for line in lines if not name or line.get("event") == name]

    def tail(self) -> str:
        """The end of its log, for a failing test."""
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-25:])


@dataclass
class World:
    """One database, one platform, and the service processes between them."""

    mongo_uri: str
    database: Database
    platform: Platform
    platform_url: str
    folder: Path
    shift: timedelta
    port: int = field(default_factory=free_port)
    services: list[Service] = field(default_factory=list)

    def start(self, *, port: int | None = None, later: timedelta = timedelta(0), **knobs: object) -> Service:
        """Start a process; `later` moves its clinic clock on, `knobs` are those of service.py or settings.

        Knobs in capitals are settings without their WXBOT_.
        """
        changed = {f"WXBOT_{name}" if name.isupper() else f"TEST_{name.upper()}": str(it) for name, it in knobs.items()}
        log = self.folder / f"service-{len(self.services) + 1}.log"
        service = Service({**self.environment(later), **changed}, port or self.port, log)
        self.services.append(service)
        return service

    def environment(self, later: timedelta = timedelta(0)) -> dict[str, str]:
        """The settings of a process."""
        return {
            "WXBOT_MONGODB_URI": self.mongo_uri,
            "WXBOT_MONGODB_DATABASE": self.database.name,
            "WXBOT_DATA_DIR": str(self.folder),
            "WXBOT_SECRET_KEY": "a-secret-key-for-process-tests-only",
            "WXBOT_WECHAT_APP_ID": APP_ID,
            "WXBOT_WECHAT_APP_SECRET": APP_SECRET,
            "WXBOT_WECHAT_TOKEN": TOKEN,
            "WXBOT_WECHAT_AES_KEY": AES_KEY,
            "WXBOT_WECHAT_ACCOUNT_ID": ACCOUNT_ID,
            "WXBOT_WECHAT_API_BASE_URL": self.platform_url,
            "WXBOT_WECHAT_OPEN_BASE_URL": self.platform_url,
            "WXBOT_CLOCK_SHIFT": iso_duration(self.shift + later),
            "WXBOT_SEND_RATE": "0",
        }

    async def follower(self, name: str = "小林") -> str:
        """Somebody who follows; the openid."""
        openid = self.platform.create_person(name).openid
        assert (await self.platform.follow(openid)).ok
        return openid

    async def say(self, openid: str, *texts: str) -> PushResult:
        """Write, one text after the other; how the last one went."""
        for text in texts:
            push = await self.platform.say(openid, text)
        return push

    async def rows(self, collection: str, query: Mapping[str, Any] | None = None, order: str = "_id") -> list[Row]:
        """The documents as they stand in the database."""
        return await self.database.collection(collection).find(dict(query or {})).sort(order, 1).to_list(None)

    async def unfinished(self) -> int:
        """Pushes that somebody still has to finish."""
        return await self.database.collection("inbox").count_documents({"state": {"$ne": "done"}})

    async def under_way(self) -> int:
        """Messages that somebody still has to send."""
        return await self.database.collection("outbox").count_documents({"state": {"$in": ["waiting", "claimed"]}})

    async def at_rest(self) -> None:
        """Wait until nothing is left to finish or to send."""

        async def rests() -> bool:
            return not await self.unfinished() and not await self.under_way()

        try:
            await until(rests, "everything is finished and sent")
        except AssertionError as error:
            pushes = [(row["_id"], row["state"]) for row in await self.rows("inbox", {"state": {"$ne": "done"}})]
            messages = [
                (row["key"], row["state"], row["reason"], row["due_at"].isoformat())
                for row in await self.rows("outbox", {"state": {"$in": ["waiting", "claimed"]}})
            ]
            raise AssertionError(f"{error}\n{pushes}\n{messages}") from None
        await self.platform.settled()

    def on_the_phone(self, openid: str, *via: str) -> list[Seen]:
        """What the clinic said, as the patient sees it, oldest first."""
        return [seen for seen in self.platform.people[openid].messages if seen.via in (via or OUT)]

    def logged(self, name: str) -> list[dict[str, Any]]:
        """What all processes logged under that event."""
        return [line for service in self.services for line in service.events(name)]


@asynccontextmanager
async def open_world(mongo_uri: str, folder: Path, *, now: datetime = MONDAY_TEN) -> AsyncIterator[World]:
    """A fresh database and a platform; leaving kills what still runs."""
    account = AccountConfig(app_id=APP_ID, app_secret=APP_SECRET, token=TOKEN, aes_key=AES_KEY, account_id=ACCOUNT_ID)
    shift = timedelta(seconds=round((now - datetime.now(UTC)).total_seconds()))
    platform = Platform(account)
    platform.clock.move(shift)
    furnish(platform)
    database = Database.connect(mongo_uri, f"test_{token_hex(6)}")
    async with served(create_app(platform)) as url:
        world = World(mongo_uri, database, platform, url, folder, shift)
        account.callback_url = f"http://127.0.0.1:{world.port}/wechat/callback"
        try:
            yield world
        finally:
            for service in world.services:
                service.kill()
            database.close()


@asynccontextmanager
async def served(app: web.Application, port: int = 0) -> AsyncIterator[str]:
    """Serve an application; its address."""
    runner = web.AppRunner(app, handle_signals=False, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port, backlog=512).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@dataclass
class Attempt:
    """One attempt of the platform to deliver a push: what it got back (None: no answer) and after how long."""

    body: bytes
    status: int | None
    seconds: float


NOBODY = 502  # no process answered


class CallbackProxy:
    """A proxy between the platform and the processes: forwards each delivery attempt, keeps its status and duration.

    `choose` picks the processes an attempt goes to, all at once; the first answer with words, else the first 200,
    else the first answer goes back.
    """

    def __init__(self, choose: Callable[[bytes], list[str]]) -> None:
        self._choose = choose
        self._http: aiohttp.ClientSession | None = None
        self.attempts: list[Attempt] = []

    @asynccontextmanager
    async def open(self) -> AsyncIterator[str]:
        """Serve it; the callback's address."""
        app = web.Application()
        app.router.add_post("/wechat/callback", self._pass_on)
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=connector) as http, served(app) as url:
            self._http = http
            yield f"{url}/wechat/callback"

    async def _pass_on(self, request: web.Request) -> web.Response:
        body = await request.read()
        answers = await asyncio.gather(*(self._ask(url, request, body) for url in self._choose(body)))
        best = max(answers, key=lambda answer: (answer[0] == 200, answer[1] not in {b"", b"success"}))
        if best[0] == NOBODY and request.transport is not None:
            request.transport.abort()  # nobody answered: the platform comes again for nothing else
        return web.Response(status=best[0], body=best[1])

    async def _ask(self, url: str, request: web.Request, body: bytes) -> tuple[int, bytes]:
        assert self._http is not None
        attempt = Attempt(body, None, 0.0)
        self.attempts.append(attempt)
        began = monotonic()
        try:
            async with self._http.post(f"{url}{request.rel_url}", data=body) as answer:
                content = await answer.read()
                attempt.status = answer.status
                return answer.status, content
        except aiohttp.ClientError:
            return NOBODY, b""
        finally:
            attempt.seconds = monotonic() - began


class Mongod:
    """A mongod of a test's own, which it may stop, freeze and start again on the same port."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._embedded = EmbeddedMongo(folder)
        self._command: list[str] = []
        self._process: subprocess.Popen[bytes] | None = None
        self.uri = ""

    async def start(self) -> str:
        """The first start makes its data; the address."""
        if self._command:
            self._process = subprocess.Popen(  # noqa: S603, ASYNC220 - the command it ran with before
                self._command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            return self.uri
        reserve_port(self._folder)
        self.uri = await self._embedded.start()
        assert self._embedded.process is not None
        self._process = self._embedded.process.child  # nobody watches it: the test says when it is started again
        assert self._process is not None
        assert isinstance(self._process.args, list)
        self._command = [os.fsdecode(word) for word in self._process.args]
        return self.uri

    def stop(self, name: signal.Signals = signal.SIGKILL) -> None:
        """Stop it and wait until it is gone."""
        if self._process is not None:
            self._process.send_signal(name)
            self._process.wait(timeout=30)
            self._process = None

    def freeze(self) -> None:
        """It keeps its connections and answers nothing."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """It goes on where it stood."""
        self._signal(signal.SIGCONT)

    def _signal(self, name: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(name)


def key_of_push(push: PushResult) -> str:
    """Our key of a message the platform pushed."""
    fields = push.fields or {}
    return key_of(str(fields["FromUserName"]), str(fields["MsgId"]))
