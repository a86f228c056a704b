"""The database examined for real: what it is, whether it may be written, and what is said when it may not."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from tests.conftest import ManualClock
from tests.mongods import (
    ADMIN,
    IN_A_URI,
    READER,
    WRITER,
    OtherMongod,
    mongod_with_passwords,
    other_mongod,
)
from tests.ports import free_port
from wxbot.database import Database
from wxbot.diagnostics import disks
from wxbot.diagnostics.models import GB, MB, DatabaseFacts, Finding, Severity, Subject, Topology, of
from wxbot.diagnostics.service import KEPT_BAD_SECONDS, KEPT_SECONDS, Diagnostics, problems
from wxbot.diagnostics.store import DatabaseProbe


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def standalone(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[OtherMongod]:
    async with other_mongod(tmp_path_factory.mktemp("standalone")) as mongod:
        yield mongod


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def guarded(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[OtherMongod]:
    async with mongod_with_passwords(tmp_path_factory.mktemp("guarded")) as mongod:
        yield mongod


async def examined(uri: str, clock: ManualClock, folder: Path) -> str:
    """The problems of the database `clinic` at that address, as operators read them."""
    database = Database.connect(uri, "clinic")
    try:
        report = await Diagnostics(DatabaseProbe(database), folder, clock, embedded=False).database()
    finally:
        database.close()
    return problems(report.findings)


# -- the facts ----------------------------------------------------------------------------------------------------


async def test_the_facts_of_a_replica_set(database: Database, clock: ManualClock) -> None:
    facts = await DatabaseProbe(database).facts(clock.machine_now)
    assert (facts.topology, facts.writable) == (Topology.REPLICA_SET, True)
    assert int(facts.version.split(".")[0]) >= 6


async def test_a_database_that_holds_nothing_yet_does_not_tell_its_disk(mongo_uri: str, clock: ManualClock) -> None:
    database = Database.connect(mongo_uri, "test_nothing_yet")
    assert (await DatabaseProbe(database).facts(clock.machine_now)).free_bytes is None
    database.close()


async def test_the_free_space_of_its_disk_is_told_by_the_database(database: Database, tmp_path: Path) -> None:
    """The tests' mongod and their temporary folder are on one disk, which others fill and empty meanwhile."""
    clock = ManualClock()
    await DatabaseProbe(database).write(clock.machine_now())  # one that holds nothing yet does not tell
    facts = await DatabaseProbe(database).facts(clock.machine_now)
    assert facts.free_bytes is not None
    assert abs(facts.free_bytes - disks.free_bytes(tmp_path)) < 5 * GB


async def test_trying_to_write_leaves_nothing(database: Database, clock: ManualClock) -> None:
    probe = DatabaseProbe(database)
    for _ in range(2):
        await probe.write(clock.machine_now())
    assert await database.collection("write_checks").count_documents({}) == 0


async def test_a_good_database_is_fine(database: Database, clock: ManualClock, tmp_path: Path) -> None:
    report = await Diagnostics(DatabaseProbe(database), tmp_path, clock, embedded=False).database()
    assert of(report.findings, Severity.PROBLEM) == []
    assert "a transaction was written" in str([each.message for each in of(report.findings, Severity.FINE)])
    assert report.version in str([each.message for each in report.findings])


# -- what is wrong ------------------------------------------------------------------------------------------------


async def test_a_standalone_server_is_said_with_how_to_mend_it(
    standalone: OtherMongod, clock: ManualClock, tmp_path: Path
) -> None:
    found = await examined(standalone.uri(), clock, tmp_path)
    assert "standalone server, which refuses the transactions that booking needs" in found
    assert "--replSet rs0, run rs.initiate()" in found


async def test_a_standalone_server_named_as_a_replica_set(
    standalone: OtherMongod, clock: ManualClock, tmp_path: Path
) -> None:
    found = await examined(standalone.uri(options="replicaSet=rs0"), clock, tmp_path)
    assert "no member of the replica set that WXBOT_MONGODB_URI names" in found


async def test_a_replica_set_of_another_name(guarded: OtherMongod, clock: ManualClock, tmp_path: Path) -> None:
    found = await examined(guarded.uri(WRITER, options="replicaSet=rs1"), clock, tmp_path)
    assert "its set has another name" in found


async def test_a_replica_set_that_was_never_initiated(clock: ManualClock, tmp_path: Path) -> None:
    async with other_mongod(tmp_path, "--replSet", "rs0") as mongod:
        found = await examined(mongod.uri(), clock, tmp_path)
    assert "has no primary" in found
    assert "rs.initiate()" in found


@pytest.mark.parametrize(("user", "password"), [(WRITER, "wrong"), ("stranger", IN_A_URI)])
async def test_a_wrong_password_or_user(
    guarded: OtherMongod, clock: ManualClock, tmp_path: Path, user: str, password: str
) -> None:
    found = await examined(guarded.uri(user, password, "replicaSet=rs0&authSource=admin"), clock, tmp_path)
    assert "refuses the user or the password in WXBOT_MONGODB_URI" in found
    assert password not in found


async def test_the_wrong_database_for_signing_in(guarded: OtherMongod, clock: ManualClock, tmp_path: Path) -> None:
    assert "authSource" in await examined(guarded.uri(WRITER, options="authSource=clinic"), clock, tmp_path)


@pytest.mark.parametrize("user", [READER, ""])
async def test_a_user_who_may_not_write(guarded: OtherMongod, clock: ManualClock, tmp_path: Path, user: str) -> None:
    assert "may not read and write" in await examined(guarded.uri(user), clock, tmp_path)


@pytest.mark.parametrize("user", [WRITER, ADMIN])
async def test_a_user_with_the_role_of_the_papers_has_enough(
    guarded: OtherMongod, clock: ManualClock, tmp_path: Path, user: str
) -> None:
    assert await examined(guarded.uri(user, options="replicaSet=rs0"), clock, tmp_path) == ""


@pytest.mark.parametrize(
    ("address", "told"),
    [
        (f"127.0.0.1:{free_port()}/", "nothing answers at the host and port"),
        ("nowhere.invalid:27017/", "no machine is known by the host name"),
    ],
    ids=["port", "host"],
)
async def test_a_wrong_port_or_host(address: str, told: str, clock: ManualClock, tmp_path: Path) -> None:
    assert told in await examined(f"mongodb://{address}", clock, tmp_path)


async def test_encryption_that_the_server_does_not_know(
    standalone: OtherMongod, clock: ManualClock, tmp_path: Path
) -> None:
    assert "no encrypted connection" in await examined(standalone.uri(options="tls=true"), clock, tmp_path)


async def test_a_frozen_server(clock: ManualClock, tmp_path: Path) -> None:
    async with other_mongod(tmp_path) as mongod:
        mongod.freeze()
        try:
            assert "gives no answer in time" in await examined(mongod.uri(), clock, tmp_path)
        finally:
            mongod.thaw()


# -- the clock, and how long an answer is kept --------------------------------------------------------------------


class Probe:
    """A database that says what the test wants, and counts how often a write is tried."""

    def __init__(self, facts: DatabaseFacts) -> None:
        self.facts_told = facts
        self.writes = 0

    async def ping(self) -> None:
        """It answers."""

    async def facts(self, machine_now: object) -> DatabaseFacts:  # noqa: ARG002 - it stands as it is told
        return self.facts_told

    async def write(self, machine_now: object) -> None:  # noqa: ARG002 - it is counted
        self.writes += 1


def facts(
    clock: ManualClock, *, off: timedelta = timedelta(0), free: int = 9 * GB, version: str = "8.0.4"
) -> DatabaseFacts:
    return DatabaseFacts(
        version=version,
        topology=Topology.REPLICA_SET,
        writable=True,
        server_time=clock.machine_now() + off,
        asked_at=clock.machine_now(),
        uncertainty=timedelta(milliseconds=3),
        free_bytes=free,
    )


def about(findings: list[Finding] | tuple[Finding, ...], subject: Subject) -> list[tuple[Severity, str]]:
    return [(each.severity, each.message) for each in findings if each.subject is subject]


async def test_a_database_server_whose_clock_is_off(clock: ManualClock, tmp_path: Path) -> None:
    probe = Probe(facts(clock, off=timedelta(minutes=7)))
    report = await Diagnostics(probe, tmp_path, clock, embedded=False).database()
    ((severity, message),) = about(report.findings, Subject.CLOCK)
    assert severity is Severity.PROBLEM
    assert message.startswith("Clock: 420 s away from the database server's")


async def test_a_database_server_whose_disk_is_full(clock: ManualClock, tmp_path: Path) -> None:
    diagnostics = Diagnostics(Probe(facts(clock, free=20 * MB)), tmp_path, clock, embedded=False)
    await diagnostics.database()
    told = about(await diagnostics.storage(), Subject.DISK)
    assert (Severity.PROBLEM, True) in [(severity, "20 MB left on the database server" in it) for severity, it in told]


async def test_a_write_is_tried_once_a_minute_however_often_it_is_asked(clock: ManualClock, tmp_path: Path) -> None:
    probe = Probe(facts(clock))
    diagnostics = Diagnostics(probe, tmp_path, clock, embedded=False)
    for _ in range(5):
        await diagnostics.database()
    clock.move(timedelta(seconds=KEPT_SECONDS - 1))
    report = await diagnostics.database()
    assert (probe.writes, report.age_seconds) == (1, KEPT_SECONDS - 1)
    clock.move(timedelta(seconds=2))
    report = await diagnostics.database()
    assert (probe.writes, report.age_seconds) == (2, 0)


async def test_a_bad_answer_is_asked_for_again_soon(clock: ManualClock, tmp_path: Path) -> None:
    probe = Probe(facts(clock, version="5.0.1"))
    diagnostics = Diagnostics(probe, tmp_path, clock, embedded=False)
    assert "too old" in problems((await diagnostics.database()).findings)
    probe.facts_told = facts(clock)
    clock.move(timedelta(seconds=KEPT_BAD_SECONDS))
    assert problems((await diagnostics.database()).findings) == ""
