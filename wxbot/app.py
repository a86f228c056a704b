"""The composition root: settings → database → services → edges. Started in order, stopped in reverse."""

import asyncio
import contextlib
import gc
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import timedelta
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
from wxbot.dispatch.arrivals import Arrivals
from wxbot.dispatch.dispatcher import Dispatcher
from wxbot.dispatch.in_flight import REPLY_WITHIN_SECONDS
from wxbot.dispatch.inbox import Dialogs, Inbox
from wxbot.dispatch.router import Router
from wxbot.edges import console_settings, gateway, open_wechat, patient_pages
from wxbot.embedded_mongo import EmbeddedMongo
from wxbot.encryption.service import Encryption
from wxbot.errors import ConfigurationError
from wxbot.installation import Installation, read_installation
from wxbot.logs import get_logger
from wxbot.preparation import Preparation
from wxbot.readiness import PlatformMonitor, Readiness
from wxbot.scheduler.runner import Runner
from wxbot.scheduler.store import DueStore
from wxbot.service_status import LiveServiceStatus
from wxbot.services import Services
from wxbot.stores import Stores, open_keys, open_stores
from wxbot.temporary_files import temporary_files_in
from wxbot.web.listener import listening
from wxbot.web.proxies import ProxiesSeen
from wxbot.web.server import create_app
from wxbot.wechat.account_templates import WeChatTemplates
from wxbot.wechat.client import Client
from wxbot.wechat.media_source import WeChatMedia
from wxbot.wechat.oauth import OAuth
from wxbot.wechat.parsing import parse
from wxbot.wechat.sender import WeChatSender
from wxbot.wechat.tokens import TokenKeeper
from wxbot.wechat.typing_sign import WeChatTyping
from wxbot.wiring.services import build_services

log = get_logger(__name__)

DemoAccounts: TypeAlias = tuple[tuple[str, str, str], ...]
"""Login, password and role's name of each."""

CALL_SECONDS = 10.0  # one call to the platform, all in all (reference §8)
RUN_AFTER_MOVING = ("complete_visits", "enqueue_care", "deliver_outbox", "erase_unfollowed")
COLLECT_WHILE_SERVING = (20_000, 20, 50)  # objects, generations: looking as often as by default takes 30 % of a push
NO_DEMO_HERE = "the demo never runs against the real platform: its clock and its accounts are open to everybody"


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
        preparation: Preparation,
        services: Services,
        dispatcher: Dispatcher,
        client: Client,
        tokens: TokenKeeper,
        monitor: PlatformMonitor,
        runner: Runner,
        demo_accounts: DemoAccounts = (),
        proxies_seen: ProxiesSeen,
        oauth: OAuth,
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.database = database
        self.diagnostics = diagnostics
        self.stores = stores
        self.preparation = preparation
        self.encryption = preparation.encryption
        self.services = services
        self.dispatcher = dispatcher
        self.client = client
        self._tokens = tokens
        self._monitor = monitor
        self.jobs_may_run = asyncio.Event()  # cleared by the demo while its past is played
        self.jobs_may_run.set()
        self.runner = runner
        self._demo_accounts = demo_accounts
        self._proxies_seen = proxies_seen
        self._oauth = oauth

    async def prepare(self) -> None:
        """Wait for the database and prepare it. Raises HalfRestoredError."""
        await self.preparation.run()

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        """Answer HTTP and run the jobs; yields the address. Leaving finishes what is in hand.

        Raises HalfRestoredError.
        """
        with contextlib.suppress(PyMongoError):  # a database that is away is looked at once it is there
            await self.preparation.check_whole()
        log.info("reader_ready", seconds=round(self.services.reader.warm_up(), 2))
        app = create_app(
            gateway=gateway(self.settings, self.clock),
            dispatcher=self.dispatcher,
            clock=self.clock,
            readiness=Readiness(
                self.diagnostics,
                self.preparation.done,
                self._tokens,
                self.client,
                monitor=self._monitor,
                channel_alarms=lambda: self.services.outbox.alarms(self.clock.now()),
            ).probes(),
            unanswered=self._monitor.unanswered,
            services=self.services,
            console=console_settings(self.settings, self._demo_accounts, self._proxies_seen),
            patient_pages=patient_pages(self.settings, self._oauth, self._tokens),
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
            await self.services.chat.message_index.bring_up()
            log.info("stopped")

    async def move_clock(self, by: timedelta) -> Mapping[str, Any]:
        """Run what is due, move the clinic's clock (demo only), and run what that makes due."""
        await self.runner.run_now("enqueue_care")
        self.clock.move(by)
        await self.services.care.catch_ups.note_look(self.clock.now())  # time was moved, nothing stood still
        done = {name: dict(await self.runner.run_now(name)) for name in RUN_AFTER_MOVING}
        return {"now": self.clock.now().isoformat(), "done": done}

    async def _prepare_and_tick(self) -> None:
        await self.prepare()
        await self.jobs_may_run.wait()
        leave_alone_what_start_up_made()
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


def leave_alone_what_start_up_made() -> None:
    """What is in memory now stays as long as the process does: the collector need not look at it again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_WHILE_SERVING)


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
        with contextlib.suppress(PyMongoError):  # a late database is no error: `preparation` compares the keys then
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
    monitor = PlatformMonitor(refusals, clock)
    wechat = open_wechat(settings, http, stores.tokens, clock, monitor.observe)
    client = wechat.client
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
        unanswered=monitor.unanswered.lately,
    )
    dependencies = AccountDependencies(platform=wechat.account, status=status, refusals=refusals)
    services = build_services(
        stores,
        installation,
        settings,
        clock,
        WeChatSender(client),
        dependencies,
        WeChatTemplates(client),
        keys,
        WeChatMedia(client),
        WeChatTyping(client),
    )
    dialogs = Dialogs(stores.dialogs)
    dispatcher = Dispatcher(
        services=services,
        inbox=Inbox(stores.inbox),
        arrivals=Arrivals(
            inbox=stores.inbox, senders=stores.senders, dialogs=dialogs, patients=services.patients, clock=clock
        ),
        dialogs=dialogs,
        routers=routers,
        parse=parse,
        clock=clock,
        public_url=settings.public_url,
        reply_within_seconds=reply_within_seconds,
    )
    whole = replace(services, update_recovery=dispatcher)
    return App(
        settings=settings,
        clock=clock,
        database=database,
        diagnostics=diagnostics,
        stores=stores,
        preparation=Preparation(
            database=database,
            stores=stores,
            encryption=Encryption(keys, stores.keys, stores.ciphers()),
            services=whole,
            clock=clock,
        ),
        services=whole,
        dispatcher=dispatcher,
        client=client,
        tokens=wechat.tokens,
        monitor=monitor,
        runner=Runner(JOBS, whole, stores.locks, clock, due=DueStore(database, stores.due())),
        demo_accounts=demo_accounts,
        proxies_seen=proxies_seen,
        oauth=wechat.oauth,
    )
