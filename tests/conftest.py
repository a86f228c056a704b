"""What every test may ask for: a real mongod for the session, an empty database for the test, a clock to move."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from pymongo import WriteConcern

from tests import which_mongodb
from tests.full_length import ONLY_AT_FULL_LENGTH
from tests.ports import reserve_port
from wxbot.app import leave_alone_what_start_up_made
from wxbot.database import Database
from wxbot.embedded_mongo import EmbeddedMongo
from wxbot.embedded_mongo.credentials import read_credentials

settings.register_profile(
    "tests", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)  # a busy machine is slow
settings.load_profile("tests")

UNHURRIED = WriteConcern(w=1, j=False)  # what is written next waits for it anyway
LONG = (  # tests of half a minute and more; then those that wait for services and browsers
    "tests/processes/test_desk_day.py",
    "tests/store/test_reply_ledger.py",
    "tests/scenarios/test_demo_fortnight.py",
    "tests/store/test_desk_interleavings.py",
    "tests/scenarios/test_desk_interleavings.py",
    "tests/unit/spreadsheets/test_reader.py",
    "tests/store/test_imports.py",
    "tests/processes/",
    "tests/browser/",
)
MONDAY_MORNING = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # 10:00 in the clinic's time zone


def pytest_addoption(parser: pytest.Parser) -> None:
    """Which MongoDB to run against, and how long simulations are."""
    which_mongodb.add_options(parser)
    parser.addoption("--full-length", action="store_true", help="every case, and simulations not shortened")


def pytest_configure(config: pytest.Config) -> None:
    """Settle which mongod is started."""
    which_mongodb.settle(config)


def pytest_report_header(config: pytest.Config) -> str:
    """Say which MongoDB it is."""
    return which_mongodb.described(config)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What takes longest comes first: no worker is left alone with it at the end. Some run at full length only."""
    if not config.getoption("--full-length"):
        left_out = [item for item in items if item.nodeid.startswith(ONLY_AT_FULL_LENGTH)]
        items[:] = [item for item in items if not item.nodeid.startswith(ONLY_AT_FULL_LENGTH)]
        if left_out:
            config.hook.pytest_deselected(items=left_out)
    items.sort(key=lambda item: next((n for n, each in enumerate(LONG) if item.nodeid.startswith(each)), len(LONG)))


def pytest_collection_finish() -> None:
    """Modules and the list of tests stay: the collector need not look at them again and again."""
    leave_alone_what_start_up_made()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """What `-n auto` means: one worker more than cores, since tests of processes and browsers mostly wait."""
    return len(os.sched_getaffinity(0)) + 1


class ManualClock:
    """A clock that stands still until a test moves it."""

    def __init__(self, now: datetime = MONDAY_MORNING) -> None:
        self._now = now
        self._machine = datetime.now(UTC)

    def now(self) -> datetime:
        return self._now

    def machine_now(self) -> datetime:
        return self._machine

    def monotonic(self) -> float:
        return self._machine.timestamp()

    def move(self, by: timedelta) -> None:
        """Move both the clinic's clock and the machine's, as time passing does."""
        self._now += by
        self._machine += by


@pytest.fixture
def full_length(pytestconfig: pytest.Config) -> bool:
    """Whether simulations run at their full length (`make test-long`) or shortened, as beside all other tests."""
    return bool(pytestconfig.getoption("--full-length"))


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture(scope="session")
def mongo_uri(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Iterator[str]:
    """A real mongod for the whole session: one of our own, or the one of --mongodb-uri."""
    if given := pytestconfig.getoption(which_mongodb.URI):
        yield which_mongodb.checked(given)
        return
    home: Path = tmp_path_factory.mktemp("mongo")
    reserve_port(home)
    mongo = EmbeddedMongo(home)

    async def start() -> str:
        uri = await mongo.start()
        assert mongo.process is not None
        system = Database.connect(read_credentials(home / "mongo").system_uri(mongo.process.port), "admin")
        # tests write with clocks of their own: what is old by the machine's must not vanish beneath them
        await system.client.admin.command({"setParameter": 1, "ttlMonitorEnabled": False})
        system.close()
        return uri

    yield asyncio.run(start())
    asyncio.run(mongo.stop())


@pytest.fixture
async def database(mongo_uri: str) -> AsyncIterator[Database]:
    """An empty database. The same one for every test: a dropped one keeps its files open, and there are thousands."""
    database = Database.connect(mongo_uri, "test_rooms")
    await empty(database)
    yield database
    database.close()


async def empty(database: Database) -> None:
    """Remove every document; collections and indexes stay, which is far quicker than making them anew."""
    whole = database.client[database.name]
    await whole.command({"profile": 0})  # a test may have watched its queries
    names = await whole.list_collection_names()
    ours = [name for name in names if not name.startswith("system.")]
    found = [{"$limit": 1}, {"$project": {"_id": 0}}]
    looks = [{"$unionWith": {"coll": name, "pipeline": [*found, {"$replaceWith": {"name": name}}]}} for name in ours]
    full = [each["name"] async for each in whole.aggregate([{"$documents": []}, *looks])]
    await asyncio.gather(
        *(whole.drop_collection(name) for name in names if name.startswith("system.")),
        *(whole[name].with_options(write_concern=UNHURRIED).delete_many({}) for name in full),
    )
