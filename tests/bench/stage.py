"""The stage of a run: the platform's stand-in, the service with its own mongod, and a view into the database."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp

from tests.durations import iso_duration
from tests.encryption import SECRET
from wxbot.database import Database
from wxbot.embedded_mongo.credentials import read_credentials

from .account import ACCOUNT_ID, AES_KEY, APP_ID, APP_SECRET, TOKEN, Texts
from .figures import Say
from .load import Load, Outcome
from .processes import Server, free_port, mongod_of, run_load, snapshot

DATABASE = "bench"
CALLS_IN_FLIGHT = 40
MORNING = 10  # o'clock at the clinic: whatever time it is here, no quiet hours hold messages back


@dataclass(frozen=True, kw_only=True)
class Size:
    """How much is measured."""

    rounds: int
    pushes: int  # per round
    latency_seconds: float
    people: int
    due: int  # messages of a delivery round
    storm: int
    storm_rounds: int
    quiet_seconds: float
    interactions: int
    contacts: int
    page_views: int  # of each console page and round
    desk_messages: int  # in the large desk's transcript
    desk_contacts: int
    desk_seconds: float  # of pushes at fifty a second


FULL = Size(
    rounds=5,
    pushes=6_000,
    latency_seconds=6.0,
    people=6_000,
    due=2_000,
    storm=8_000,
    storm_rounds=3,
    quiet_seconds=8.0,
    interactions=5_000_000,
    contacts=100_000,
    page_views=100,
    desk_messages=1_000_000,
    desk_contacts=20_000,
    desk_seconds=60.0,
)
QUICK = Size(
    rounds=2,
    pushes=3_000,
    latency_seconds=2.0,
    people=2_000,
    due=1_000,
    storm=2_000,
    storm_rounds=1,
    quiet_seconds=4.0,
    interactions=200_000,
    contacts=20_000,
    page_views=40,
    desk_messages=50_000,
    desk_contacts=2_000,
    desk_seconds=10.0,
)


def clock_shift() -> timedelta:
    """How far the clinic's clock is moved so that it is ten in the morning there."""
    here = datetime.now(ZoneInfo("Asia/Shanghai"))
    return timedelta(minutes=round((MORNING - here.hour - here.minute / 60) * 60))


@dataclass
class Stage:
    """What every part of the benchmark uses."""

    home: Path
    size: Size
    say: Say
    http: aiohttp.ClientSession
    api: Server
    parts: AsyncExitStack
    shift: timedelta
    mongo_uri: str = ""
    mongo_pid: int = 0
    service: Server | None = None
    connections: int = 128  # chosen by the sweep
    notes: dict[str, Any] = field(default_factory=dict)
    _next: int = 0
    _database: Database | None = None

    @property
    def now(self) -> datetime:
        """The clinic's time."""
        return datetime.now(UTC) + self.shift

    @property
    def database(self) -> Database:
        """The database of the main service."""
        assert self._database is not None
        return self._database

    @property
    def main(self) -> Server:
        """The main service."""
        assert self.service is not None
        return self.service

    def settings(self, port: int, *, database: str = DATABASE, data_dir: str = "data") -> dict[str, str]:
        """The environment of a service."""
        api = f"http://127.0.0.1:{self.api.port}"
        given = {
            "HTTP_PORT": str(port),
            "MONGODB_DATABASE": database,
            "DATA_DIR": str(self.home / data_dir),
            "WECHAT_APP_ID": APP_ID,
            "WECHAT_APP_SECRET": APP_SECRET,
            "WECHAT_TOKEN": TOKEN,
            "WECHAT_AES_KEY": AES_KEY,
            "WECHAT_ACCOUNT_ID": ACCOUNT_ID,
            "WECHAT_API_BASE_URL": api,
            "WECHAT_OPEN_BASE_URL": api,
            "DATA_KEY": SECRET,
            "SECRET_KEY": "a-key-of-the-benchmark-that-signs-nothing",
            "SEND_CONCURRENCY": str(CALLS_IN_FLIGHT),
            "SEND_RATE": "0",
            "CLOCK_SHIFT": iso_duration(self.shift),
        }
        return {f"WXBOT_{name}": value for name, value in given.items()}

    async def serve(self, name: str, *, database: str = DATABASE, data_dir: str = "data") -> Server:
        """Start `wxbot serve` and wait until it is ready. On the same data directory it shares the mongod."""
        port = free_port()
        settings = self.settings(port, database=database, data_dir=data_dir)
        server = await Server.start(name, "wxbot", "serve", port=port, home=self.home, settings=settings)
        self.parts.push_async_callback(server.stop)
        await server.answers(self.http, "/readyz")
        return server

    async def rung(self, name: str) -> Server:
        """Start one of the rungs below the service."""
        port = free_port()
        settings = {"WXBOT_MONGODB_URI": self.mongo_uri}
        server = await Server.start(
            name, "tests.bench.rungs", name, str(port), port=port, home=self.home, settings=settings
        )
        self.parts.push_async_callback(server.stop)
        await server.answers(self.http)
        return server

    async def load(
        self,
        servers: Sequence[Server],
        count: int,
        *,
        people: tuple[int, int] | None = None,
        connections: int | None = None,
        rate: float | None = None,
        build: int | None = None,
        expect: str = "<Encrypt>",
        texts: Texts = "mixed",
    ) -> Outcome:
        """Send `count` new pushes."""
        first, self._next = self._next, self._next + count
        return await run_load(
            Load(
                ports=[server.port for server in servers],
                first=first,
                count=count,
                people=people or (0, self.size.people),
                connections=connections or self.connections,
                rate=rate,
                build=build,
                expect=expect,
                texts=texts,
            ),
            self.home / "code",
        )

    async def api_counts(self) -> dict[str, Any]:
        """What the platform's stand-in has received."""
        async with self.http.get(f"http://127.0.0.1:{self.api.port}/bench") as response:
            counts: dict[str, Any] = await response.json()
            return counts

    async def api_reset(self, latency: float) -> None:
        """Reset the counts, and answer after `latency` seconds."""
        async with self.http.post(f"http://127.0.0.1:{self.api.port}/bench", json={"latency": latency}) as response:
            await response.read()


@asynccontextmanager
async def open_stage(home: Path, size: Size, say: Say) -> AsyncIterator[Stage]:
    """Start what every part needs."""
    async with AsyncExitStack() as parts:
        snapshot(home)
        http = await parts.enter_async_context(aiohttp.ClientSession())
        port = free_port()
        api = await Server.start("platform", "tests.bench.platform", str(port), port=port, home=home, settings={})
        parts.push_async_callback(api.stop)
        await api.answers(http, "/bench")
        stage = Stage(home=home, size=size, say=say, http=http, api=api, parts=parts, shift=clock_shift())
        stage.service = await stage.serve("service")
        mongod = mongod_of(home / "data")
        stage.mongo_uri = read_credentials(home / "data" / "mongo").uri(mongod["port"])
        stage.mongo_pid = mongod["pid"]
        stage._database = Database.connect(stage.mongo_uri, DATABASE)
        parts.callback(stage._database.close)
        yield stage
