"""The demo: this service and a simulated WeChat side by side, in one process, with nothing outside the machine."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web
from pydantic import SecretStr

from config.settings import Settings
from wxbot.actors import SYSTEM
from wxbot.app import App, open_app
from wxbot.demo.accounts import SHOWN, seed_accounts
from wxbot.demo.fortnight import Fortnight, beginning
from wxbot.demo.settings import DemoSettings
from wxbot.installation import read_installation
from wxbot.logs import get_logger
from wxbot.patients.lists import By as Narrowing
from wxbot.simulator.account import AccountConfig
from wxbot.simulator.demo_account import furnish
from wxbot.simulator.platform import Platform
from wxbot.simulator.server import create_app
from wxbot.stopping import stop_on_signals

log = get_logger(__name__)

SIMULATOR_PORT = 8090
SNAPSHOT_SECONDS = 5.0  # how much of the simulated phones a crash may lose
READY_SECONDS = 60.0  # a database that takes longer to start has a problem worth reading about

# The demo account's identity. Known to everybody, valid nowhere.
APP_ID = "wxde00c1000c0000aa"
APP_SECRET = "0123456789abcdef0123456789abcdef"  # noqa: S105 - the simulator's, not a secret
TOKEN = "democlinictoken"  # noqa: S105 - the same
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
ACCOUNT_ID = "gh_de0000000001"
SECRET_KEY = "the-demo-signs-with-this-and-hides-nothing"  # noqa: S105 - the same


@dataclass(frozen=True)
class Demo:
    """The two halves and where to find them. `fortnight` is what is still to be played before it is of use."""

    app: App
    platform: Platform
    clinic_url: str
    phone_url: str
    fortnight: Fortnight | None = None

    async def play(self) -> None:
        """Play the fortnight where there is one, then let the jobs run; both clocks stand at the present then."""
        try:
            if self.fortnight is not None:
                await self.fortnight.play()
                await self.app.services.audit.anchor(now=self.app.clock.now())
        finally:
            self.app.jobs_may_run.set()


def demo_settings(settings: Settings, simulator_port: int) -> DemoSettings:
    """The settings of the demo: the caller's ports and folders, the simulator's account."""
    return DemoSettings.model_construct(
        **{
            **dict(settings),
            "mongodb_database": f"{settings.mongodb_database}_demo",
            "secret_key": SecretStr(SECRET_KEY),
            "wechat_app_id": APP_ID,
            "wechat_app_secret": SecretStr(APP_SECRET),
            "wechat_token": SecretStr(TOKEN),
            "wechat_aes_key": SecretStr(AES_KEY),
            "wechat_account_id": ACCOUNT_ID,
            "wechat_callback_mode": "safe",
            "wechat_api_base_url": f"http://127.0.0.1:{simulator_port}",
            "wechat_open_base_url": f"http://127.0.0.1:{simulator_port}",
            "send_rate": 0,
        }
    )


@asynccontextmanager
async def open_demo(
    settings: Settings, simulator_port: int = SIMULATOR_PORT, *, with_past: bool = False
) -> AsyncIterator[Demo]:
    """Start the simulated platform, then the service; what the phones showed last time is there again.

    `with_past`: where there is nothing yet, the clocks stand at the beginning of a fortnight that `Demo.play` plays.
    """
    chosen = demo_settings(settings, simulator_port)
    clinic_url = f"http://127.0.0.1:{chosen.http_port}"
    if not chosen.public_url:  # the phone opens our pages
        chosen = chosen.model_copy(update={"public_url": clinic_url})
    account = AccountConfig(
        app_id=APP_ID,
        app_secret=APP_SECRET,
        token=TOKEN,
        aes_key=AES_KEY,
        account_id=ACCOUNT_ID,
        callback_url=f"{clinic_url}/wechat/callback",
        name=read_installation(chosen).clinic.name,
    )
    kept = chosen.data_dir / "simulator.json"
    with_past = with_past and not kept.exists()
    platform = _restored(account, kept)
    if not kept.exists():
        platform.clock.shift = chosen.clock_shift
    present = platform.clock.shift
    if with_past:
        now = platform.clock.now()
        platform.clock.move(beginning(now, chosen.timezone) - now)
    furnish(platform)
    async with _simulator(platform, simulator_port, clinic_url) as phone_url:
        moved = chosen.model_copy(update={"clock_shift": platform.clock.shift})
        async with open_app(moved, demo_accounts=SHOWN) as app:
            if with_past:
                app.jobs_may_run.clear()
            async with app.serving():
                async with asyncio.timeout(READY_SECONDS):
                    await app.preparation.done.wait()
                fortnight = None
                if with_past and await _is_new(app):
                    fortnight = Fortnight(app, platform, present)
                elif with_past:
                    app.clock.shift = platform.clock.shift = present
                    app.jobs_may_run.set()
                await seed_accounts(app.services.staff, app.clock.now())
                await app.client.menus.create(read_installation(chosen).menu)
                keeper = _Keeper(platform, kept, fortnight)
                keeper.write()
                keeping = asyncio.create_task(keeper.keep())
                try:
                    yield Demo(app, platform, clinic_url, phone_url, fortnight)
                finally:
                    keeping.cancel()
                    with contextlib.suppress(asyncio.CancelledError):
                        await keeping
                    keeper.write()


async def _is_new(app: App) -> bool:
    """Whether the clinic has no patient yet."""
    page = await app.services.patient_lists.page(Narrowing.ALL, "", "", by=SYSTEM, now=app.clock.now())
    return not page.cards


async def run_simulator(settings: Settings, callback_url: str, port: int, announce: Callable[[str], None]) -> None:
    """Run the simulated platform alone, with the account of these settings, until interrupted."""
    account = AccountConfig(
        app_id=settings.wechat_app_id,
        app_secret=settings.wechat_app_secret.get_secret_value(),
        token=settings.wechat_token.get_secret_value(),
        aes_key=settings.wechat_aes_key.get_secret_value(),
        account_id=settings.wechat_account_id,
        callback_url=callback_url,
        mode=settings.wechat_callback_mode,
    )
    platform = Platform(account)
    furnish(platform)
    stop = stop_on_signals()
    async with _simulator(platform, port, None) as url:
        announce(url)
        await stop.wait()


async def run_demo(
    settings: Settings,
    simulator_port: int,
    announce: Callable[[Demo], None],
    announce_past: Callable[[Demo], None] = lambda _: None,
) -> None:
    """Run until interrupted. `announce_past` is called before a fortnight is played, `announce` when all is there."""
    stop = stop_on_signals()
    async with open_demo(settings, simulator_port, with_past=True) as demo:
        stopping = asyncio.create_task(stop.wait())
        if demo.fortnight is not None:
            announce_past(demo)
        playing = asyncio.create_task(demo.play())
        await asyncio.wait({stopping, playing}, return_when=asyncio.FIRST_COMPLETED)
        if not playing.done():
            playing.cancel()
        try:
            await playing
        except asyncio.CancelledError:
            return
        except Exception:
            log.exception("demo_fortnight_incomplete")  # what there is will do
        announce(demo)
        await stopping


@asynccontextmanager
async def _simulator(platform: Platform, port: int, clinic_url: str | None) -> AsyncIterator[str]:
    hook = f"{clinic_url}/demo/clock" if clinic_url else None
    runner = web.AppRunner(create_app(platform, clock_hook=hook), access_log=None, handle_signals=False)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        yield f"http://127.0.0.1:{port}/"
    finally:
        await runner.cleanup()


def _restored(account: AccountConfig, kept: Path) -> Platform:
    try:
        return Platform.restore(account, json.loads(kept.read_text()))
    except FileNotFoundError:
        pass
    except (ValueError, KeyError, TypeError) as error:
        log.warning("simulator_snapshot_unreadable", error=repr(error))
    return Platform(account)


class _Keeper:
    """Keeps the phones in a file. Of a fortnight that is not over it writes the present: cut short, it ends there."""

    def __init__(self, platform: Platform, kept: Path, fortnight: Fortnight | None) -> None:
        self._platform = platform
        self._kept = kept
        self._fortnight = fortnight

    async def keep(self) -> None:
        """Write every few seconds in which something happened."""
        written = -1
        while True:
            await asyncio.sleep(SNAPSHOT_SECONDS)
            if self._platform.listeners.changes != written:
                changes = self._platform.listeners.changes
                if self.write():
                    written = changes

    def write(self) -> bool:
        """Write now. False, with a line in the log, when that does not work (on a full disk, say)."""
        snapshot = self._platform.snapshot()
        if self._fortnight is not None and not self._fortnight.over:
            snapshot["shift_seconds"] = self._fortnight.present.total_seconds()
        fresh = self._kept.with_suffix(".new")
        try:
            self._kept.parent.mkdir(parents=True, exist_ok=True)
            fresh.write_text(json.dumps(snapshot, ensure_ascii=False))
            fresh.replace(self._kept)
        except OSError as error:
            log.warning("simulator_snapshot_not_written", error=error)
            return False
        return True
