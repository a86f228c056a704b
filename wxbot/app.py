"""The composition root: settings → database → services → edges. Started in order, stopped in reverse."""

import asyncio
import contextlib
import gc
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeAlias

import aiohttp

from config.setting_problems import is_platform
from config.settings import Settings
from handlers import ROUTERS
from jobs import JOBS
from wxbot.account.refusals import Refusals
from wxbot.account.service import AccountDependencies
from wxbot.background import beside
from wxbot.clock import SystemClock
from wxbot.database import Database, PyMongoError
from wxbot.diagnostics.service import Diagnostics
from wxbot.diagnostics.store import DatabaseProbe
from wxbot.dispatch.dispatcher import Dispatcher
from wxbot.dispatch.in_flight import REPLY_WITHIN_SECONDS
from wxbot.dispatch.inbox import Dialogs, Inbox
from wxbot.dispatch.router import Router
from wxbot.embedded_mongo import EmbeddedMongo
from wxbot.encryption.service import Encryption
from wxbot.errors import ConfigurationError
from wxbot.installation import Installation, read_installation
from wxbot.logs import get_logger
from wxbot.metrics import API_CALLS, API_SECONDS
from wxbot.readiness import Readiness
from wxbot.scheduler.runner import Runner
from wxbot.service_status import LiveServiceStatus
from wxbot.services import Services
from wxbot.temporary_files import temporary_files_in
from wxbot.web.console.keys import ConsoleSettings
from wxbot.web.listener import listening
from wxbot.web.proxies import ProxiesSeen, TrustedProxies
from wxbot.web.server import create_app
from wxbot.wechat.account import WeChatAccount
from wxbot.wechat.account_templates import WeChatTemplates
from wxbot.wechat.client import Client
from wxbot.wechat.codec import Codec
from wxbot.wechat.gateway import Gateway
from wxbot.wechat.parsing import parse
from wxbot.wechat.sender import WeChatSender
from wxbot.wechat.tokens import TokenKeeper
from wxbot.wechat.wire import NO_ANSWER
from wxbot.wiring import Stores, build_services, open_keys, open_stores

log = get_logger(__name__)

DemoAccounts: TypeAlias = tuple[tuple[str, str, str], ...]
"""Login, password and role's name of each."""

CALL_SECONDS = 10.0  # one call to the platform, all in all (reference §8)
DATABASE_RETRY_SECONDS = 1.0  # between looks for a database that is not there yet
SERVER_ERRORS = range(500, 600)  # HTTP; the platform's own codes are far above
RUN_AFTER_MOVING = ("complete_visits", "enqueue_care", "deliver_outbox", "erase_unfollowed")
WARM_CONNECTIONS = 8  # opened before ready: the first push must not pay for them
COLLECT_AFTER = (20_000, 20, 50)  # objects, generations: looking as often as by default takes 30 % of a push
NO_DEMO_HERE = "the demo never runs against the real platform: its clock and its accounts are open to everybody"
HALF_RESTORED = (
    "A restore into this database was interrupted, so it is not whole. Repeat `wxbot restore`; until it has ended "
    "nothing is served."
)


class HalfRestoredError(ConfigurationError):
    """The database is the half of a restore."""


class PlatformMonitor:
    """Whether the platform answered when we last called it. A token in memory says nothing of that."""

    def __init__(self, refusals: Refusals) -> None:
        self.silent = False
        self._refusals = refusals

    def observe(self, endpoint: str, code: int, seconds: float) -> None:
        """Told of every call; see wechat/wire.py."""
        API_CALLS.labels(endpoint, str(code)).inc()
        API_SECONDS.labels(endpoint).observe(seconds)
        self.silent = code == NO_ANSWER or code in SERVER_ERRORS
        self._refusals.observe(endpoint, code)


class App:
    """One running service. `async with open_app(settings)` builds it; `serve` adds the web server and the scheduler."""

    def __init__(  # noqa: PLR0913 - what it consists of
        self,
        *,
        settings: Settings,
        clock: SystemClock,
        database: Database,
        diagnostics: Diagnostics,
        stores: Stores,
        encryption: Encryption,
        services: Services,
        dispatcher: Dispatcher,
        client: Client,
        tokens: TokenKeeper,
        monitor: PlatformMonitor,
        runner: Runner,
        demo_accounts: DemoAccounts = (),
        proxies_seen: ProxiesSeen,
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.database = database
        self.diagnostics = diagnostics
        self.stores = stores
        self.encryption = encryption
        self.services = services
        self.dispatcher = dispatcher
        self.client = client
        self._tokens = tokens
        self._monitor = monitor
        self.prepared = asyncio.Event()
        self.jobs_may_run = asyncio.Event()  # cleared by the demo while its past is played
        self.jobs_may_run.set()
        self.runner = runner
        self._demo_accounts = demo_accounts
        self._proxies_seen = proxies_seen

    async def prepare(self) -> None:
        """Wait for the database, create the indexes, warm the pool. Never gives up: a late database is no error.

        Raises HalfRestoredError.
        """
        while not self.prepared.is_set():
            try:
                await self.check_whole()
                await self.prepare_database(self.clock.now())
                await asyncio.gather(*(self.database.ping() for _ in range(WARM_CONNECTIONS)))
                self.prepared.set()
            except PyMongoError as error:
                log.warning("database_not_there", error=type(error).__name__, code=getattr(error, "code", None))
                await asyncio.sleep(DATABASE_RETRY_SECONDS)
            except HalfRestoredError:
                raise
            except ConfigurationError as error:  # the database came late, and is encrypted with another key
                log.error("data_keys_refused", problems=list(error.problems))  # noqa: TRY400 - the sentence says it all
                await asyncio.sleep(DATABASE_RETRY_SECONDS)
        log.info("database_ready")

    async def check_whole(self) -> None:
        """Raises HalfRestoredError when the database is that, PyMongoError when it is away."""
        if await self.stores.backups.unfinished_restore():
            raise HalfRestoredError([HALF_RESTORED])

    async def prepare_database(self, now: datetime) -> None:
        """Compare the keys, create the indexes, seed what only the files have, read the settings. May be repeated."""
        await self.encryption.start()
        await self.encryption.migrate()
        await self.database.create_indexes(self.stores.all())
        await self._anchor_audit()
        await self.services.clinics.start(now)
        await self.services.templates.seed(now)
        await self.services.records.catch_up()

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        """Answer HTTP and run the jobs; yields the address. Leaving finishes what is in hand.

        Raises HalfRestoredError.
        """
        with contextlib.suppress(PyMongoError):  # a database that is away is looked at once it is there
            await self.check_whole()
        app = create_app(
            gateway=_gateway(self.settings, self.clock),
            dispatcher=self.dispatcher,
            clock=self.clock,
            readiness=Readiness(
                self.diagnostics,
                self.prepared,
                self._tokens,
                self.client,
                platform_silent=lambda: self._monitor.silent,
            ).probes(),
            services=self.services,
            console=console_settings(self.settings, self._demo_accounts, self._proxies_seen),
            move_clock=self.move_clock if self.settings.demo else None,
        )
        try:
            async with (
                beside(self._prepare_and_tick()),
                listening(app, self.settings.http_host, self.settings.http_port) as address,
            ):
                log.info("listening", address=address)
                yield address
        finally:
            self.services.outbox.stop()
            self.services.exports.stop()
            await asyncio.gather(self.dispatcher.drained(), self.runner.stop())
            log.info("stopped")

    async def move_clock(self, by: timedelta) -> Mapping[str, Any]:
        """Run what is due, move the clinic's clock (demo only), and run what that makes due."""
        await self.runner.run_now("enqueue_care")
        self.clock.move(by)
        done = {name: dict(await self.runner.run_now(name)) for name in RUN_AFTER_MOVING}
        return {"now": self.clock.now().isoformat(), "done": done}

    async def _anchor_audit(self) -> None:
        """Note from which entry on the audit is keyed, before the next is written; the job repeats it each hour."""
        try:
            await self.services.audit.anchor(now=self.clock.now())
        except OSError as error:
            log.error("audit_not_anchored", error=error.strerror)  # noqa: TRY400 - the page and `verify` say so too

    async def _prepare_and_tick(self) -> None:
        await self.prepare()
        await self.jobs_may_run.wait()
        gc.collect()
        gc.freeze()  # what start-up made stays; the collector need not look at it again
        gc.set_threshold(*COLLECT_AFTER)
        self.runner.start()
        await asyncio.gather(
            self.database.watch_transactions(),
            self._nudge_on(self.services.outbox.woken, "deliver_outbox"),
            self._nudge_on(self.services.booking.changed, "enqueue_care"),
        )

    async def _nudge_on(self, event: asyncio.Event, job: str) -> None:
        """Run a job at once when there is news for it, without waiting for its next tick."""
        while True:
            await event.wait()
            event.clear()
            await self.runner.nudge(job, again=True)


@asynccontextmanager
async def open_app(
    settings: Settings,
    *,
    routers: Sequence[Router] = ROUTERS,
    reply_within_seconds: float = REPLY_WITHIN_SECONDS,
    demo_accounts: DemoAccounts = (),
) -> AsyncIterator[App]:
    """Build the service from its settings. Raises ConfigurationError when something is missing or wrong.

    `routers` and `reply_within_seconds` are the clinic's own except where a test needs a handler that is slow.
    `demo_accounts` are named on the sign-in page: login, password, role's name. Only the demo has any.
    """
    if settings.demo and any(map(is_platform, (settings.wechat_api_base_url, settings.wechat_open_base_url))):
        raise ConfigurationError([NO_DEMO_HERE])
    installation = read_installation(settings)
    clock = SystemClock(settings.clock_shift)
    async with AsyncExitStack() as open_parts:
        open_parts.enter_context(temporary_files_in(settings.data_dir))
        uri = settings.mongodb_uri.get_secret_value()
        if not uri:
            embedded = EmbeddedMongo(settings.data_dir)
            uri = await embedded.start()
            open_parts.push_async_callback(embedded.stop)
            await open_parts.enter_async_context(embedded.kept_running())
        database = Database.connect(uri, settings.mongodb_database)
        open_parts.callback(database.close)
        http = await open_parts.enter_async_context(
            aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=CALL_SECONDS),
                connector=aiohttp.TCPConnector(limit=settings.send_concurrency + 20),
            )
        )
        app = _build_app(settings, installation, clock, database, http, routers, reply_within_seconds, demo_accounts)
        with contextlib.suppress(PyMongoError):  # a late database is no error: `prepare` compares the keys then
            await app.encryption.start()
        yield app


def _build_app(  # noqa: PLR0913, PLR0917 - what `open_app` has opened
    settings: Settings,
    installation: Installation,
    clock: SystemClock,
    database: Database,
    http: aiohttp.ClientSession,
    routers: Sequence[Router],
    reply_within_seconds: float,
    demo_accounts: DemoAccounts,
) -> App:
    keys = open_keys(settings)
    stores = open_stores(database, keys)
    refusals = Refusals(clock)
    monitor = PlatformMonitor(refusals)
    tokens = TokenKeeper(
        settings.wechat_app_id,
        settings.wechat_app_secret.get_secret_value(),
        http,
        settings.wechat_api_base_url,
        stores.tokens,
        clock,
        observe=monitor.observe,
    )
    client = Client(http, settings.wechat_api_base_url, tokens, clock, monitor.observe)
    diagnostics = Diagnostics(
        DatabaseProbe(database),
        settings.data_dir.resolve(),
        clock,
        embedded=not settings.mongodb_uri.get_secret_value(),
    )
    proxies_seen = ProxiesSeen()
    status = LiveServiceStatus(
        diagnostics=diagnostics,
        inbox=stores.inbox,
        locks=stores.locks,
        jobs=JOBS,
        settings=settings,
        clock=clock,
        noticed=proxies_seen.problems,
    )
    account = WeChatAccount(client, tokens, http, settings.wechat_api_base_url)
    dependencies = AccountDependencies(platform=account, status=status, refusals=refusals)
    services = build_services(
        stores, installation, settings, clock, WeChatSender(client), dependencies, WeChatTemplates(client), keys
    )
    dispatcher = Dispatcher(
        services=services,
        inbox=Inbox(stores.inbox),
        dialogs=Dialogs(stores.dialogs),
        routers=routers,
        parse=parse,
        clock=clock,
        reply_within_seconds=reply_within_seconds,
    )
    whole = replace(services, update_recovery=dispatcher)
    return App(
        settings=settings,
        clock=clock,
        database=database,
        diagnostics=diagnostics,
        stores=stores,
        encryption=Encryption(keys, stores.keys, stores.ciphers()),
        services=whole,
        dispatcher=dispatcher,
        client=client,
        tokens=tokens,
        monitor=monitor,
        runner=Runner(JOBS, whole, stores.locks, clock),
        demo_accounts=demo_accounts,
        proxies_seen=proxies_seen,
    )


def console_settings(
    settings: Settings, demo_accounts: DemoAccounts = (), proxies_seen: ProxiesSeen | None = None
) -> ConsoleSettings:
    """What of the settings the console needs."""
    return ConsoleSettings(
        secret=settings.secret_key.get_secret_value().encode(),
        https=settings.public_url.startswith("https://"),
        public_url=settings.public_url,
        demo=settings.demo,
        proxies=TrustedProxies(settings.trusted_proxies),
        proxies_seen=proxies_seen or ProxiesSeen(),
        demo_accounts=demo_accounts if settings.demo else (),
    )


def _gateway(settings: Settings, clock: SystemClock) -> Gateway:
    """The gateway for pushes. Raises ConfigurationError when a key it needs is missing."""
    codec = Codec(
        settings.wechat_app_id,
        settings.wechat_token.get_secret_value(),
        settings.wechat_aes_key.get_secret_value(),
        settings.wechat_aes_key_previous.get_secret_value() or None,
    )
    return Gateway(codec, settings.wechat_callback_mode, clock)
