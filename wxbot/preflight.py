"""What is found by connecting, for `wxbot check`: folders, disk, database, and the platform's clock."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from config.settings import Settings
from wxbot.clock import Clock
from wxbot.database import Database, PyMongoError
from wxbot.diagnostics import clocks, disks, failures
from wxbot.diagnostics.models import DatabaseFailure, Finding, Severity, Subject, of
from wxbot.diagnostics.service import Diagnostics, storage
from wxbot.diagnostics.store import DatabaseProbe, failure_of
from wxbot.embedded_mongo import EmbeddedMongo
from wxbot.errors import ConfigurationError, PlatformError
from wxbot.wechat.account import server_time

SOCKET_WAIT_MS = 3_000  # somebody waits for the answer, or a start does
DATABASE_SECONDS = 8.0  # all questions to the database together


async def examine(settings: Settings, clock: Clock, *, measure: disks.Measure = disks.free_bytes) -> list[Finding]:
    """Everything found by connecting. An embedded mongod that is not running is started, and stopped again.

    Raises nothing: whatever fails is a finding.
    """
    embedded = not settings.mongodb_uri.get_secret_value()
    data_dir = settings.data_dir.resolve()
    found, platform = await asyncio.gather(
        _database_and_storage(settings, data_dir, clock, embedded=embedded, measure=measure),
        _platform(settings.wechat_api_base_url, clock),
    )
    return [*found, *platform]


async def _database_and_storage(
    settings: Settings, data_dir: Path, clock: Clock, *, embedded: bool, measure: disks.Measure
) -> list[Finding]:
    if embedded:
        stored = await asyncio.to_thread(storage, data_dir, embedded=True, measure=measure)
        if of(stored, Severity.PROBLEM):
            return stored  # mongod would fail for the same reason, and leave a damaged log at the most
        try:
            async with _running(data_dir) as uri:
                return [*stored, *await _database(uri, settings, data_dir, clock, measure, embedded=True)]
        except ConfigurationError as error:
            return [*stored, *(_not_started(problem) for problem in error.problems)]
        except OSError as error:
            return [*stored, _not_started(f"{error.filename or data_dir}: {error.strerror or type(error).__name__}")]
        except Exception as error:  # noqa: BLE001 - a damaged folder may fail in any way, and gets a sentence
            return [*stored, _not_started(f"cannot be started on {data_dir} ({type(error).__name__})")]
    uri = settings.mongodb_uri.get_secret_value()
    return await _database(uri, settings, data_dir, clock, measure, embedded=False)


@asynccontextmanager
async def _running(data_dir: Path) -> AsyncIterator[str]:
    mongo = EmbeddedMongo(data_dir)
    try:
        yield await mongo.start()
    finally:
        await mongo.stop()


async def _database(  # noqa: PLR0913 - what one look needs
    uri: str, settings: Settings, data_dir: Path, clock: Clock, measure: disks.Measure, *, embedded: bool
) -> list[Finding]:
    try:
        database = Database.connect(uri, settings.mongodb_database, socket_wait_ms=SOCKET_WAIT_MS)
    except PyMongoError as error:
        return [failures.finding(failure_of(error), type(error).__name__)]
    diagnostics = Diagnostics(DatabaseProbe(database), data_dir, clock, embedded=embedded, measure=measure)
    try:
        async with asyncio.timeout(DATABASE_SECONDS):
            report = await diagnostics.database()
        found = list(report.findings)
    except TimeoutError:
        found = [failures.finding(DatabaseFailure.SILENT)]
    finally:
        database.close()
    return found if embedded else [*found, *await diagnostics.storage()]


def _not_started(why: str) -> Finding:
    return Finding(
        subject=Subject.DATABASE,
        severity=Severity.PROBLEM,
        message=f"Embedded database: {why}",
        sentence="内置数据库启动不了：请管理员查看数据文件夹里的 mongo/mongod.log。",
    )


async def _platform(base_url: str, clock: Clock) -> list[Finding]:
    """The platform's clock against ours. A warning when it does not answer: the network may come up later."""
    before = clock.machine_now()
    try:
        async with aiohttp.ClientSession() as http:
            there = await server_time(http, base_url.rstrip("/"))
    except PlatformError as error:
        return [
            Finding(
                subject=Subject.PLATFORM,
                severity=Severity.WARNING,
                message=(
                    f"Platform: {base_url} does not answer ({error.detail}), and without it nothing can be sent. "
                    "Is this machine's way to the Internet open, is WXBOT_WECHAT_API_BASE_URL right?"
                ),
                sentence=error.advice,
            )
        ]
    asked_at, uncertainty = clocks.asked_between(before, clock.machine_now())
    apart = clocks.skew(there, asked_at, uncertainty + clocks.CUT_TO_THE_SECOND)
    return [clocks.judge(apart, whose="WeChat's", whose_in_chinese="微信服务器")]
