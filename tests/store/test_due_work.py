"""Jobs run when there is something for them to do, whoever announced it; a service with nothing to do reads once."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, cast

import pytest
from pymongo.errors import AutoReconnect, OperationFailure

from jobs import JOBS
from tests.conftest import ManualClock
from tests.encryption import KEYS
from wxbot.database import Database
from wxbot.scheduler.models import Counts, Job
from wxbot.scheduler.runner import Runner
from wxbot.scheduler.store import DueStore, LockStore
from wxbot.services import Services
from wxbot.stores import Stores, open_stores

SECOND = timedelta(seconds=1)
TICK = timedelta(milliseconds=1)  # the database keeps milliseconds
NOW, MACHINE = "by the clinic's clock", "by the machine's"

WORK: list[tuple[set[str], str, dict[str, Any]]] = [
    ({"deliver_outbox"}, "outbox", {"state": "waiting", "answer": False, "due_at": NOW, "place": 1}),
    ({"deliver_outbox"}, "outbox", {"state": "waiting", "answer": True, "due_at": NOW, "place": 1}),
    ({"recover_outbox"}, "outbox", {"state": "claimed", "contact_id": "c", "lease_until": MACHINE}),
    ({"run_imports"}, "imports", {"state": "checking", "lease_until": None}),
    ({"run_imports"}, "imports", {"state": "running", "lease_until": MACHINE}),
    ({"run_imports"}, "imports", {"state": "undoing", "lease_until": MACHINE}),
    ({"write_exports"}, "exports", {"state": "waiting", "lease_until": None}),
    ({"write_exports"}, "exports", {"state": "waiting", "lease_until": MACHINE}),
    ({"fetch_media"}, "media", {"state": "waiting", "due_at": NOW, "lease_until": None}),
    ({"fetch_media"}, "media", {"state": "waiting", "due_at": NOW, "lease_until": MACHINE}),
    ({"preview_broadcasts"}, "broadcasts", {"preview_run": {"id": "r", "lease_until": MACHINE}}),
    ({"offer_freed_hours"}, "holds", {"until": NOW}),
    ({"offer_freed_hours"}, "freed_hours", {"first": 1, "last": 2}),
    ({"offer_freed_hours"}, "waitlist", {"ended_at": None}),
    ({"sweep_inbox"}, "inbox", {"state": "working", "openid": "o", "lease_until": MACHINE}),
    ({"sweep_inbox"}, "inbox", {"state": "waiting", "openid": "o", "lease_until": MACHINE}),
    ({"run_desk", "check_visibility"}, "episodes", {"state": "waiting", "contact_id": "c"}),
    ({"run_desk", "check_visibility"}, "episodes", {"state": "assigned", "contact_id": "c"}),
    ({"run_desk", "check_visibility"}, "episodes", {"state": "snoozed", "contact_id": "c"}),
    ({"run_desk"}, "episodes", {"state": "closed", "half_closed": True}),
    ({"run_desk"}, "promises", {"state": "open", "look_at": NOW}),
]
"""Whose work it is, where it stands, and a document that stands for it, due at the moment that it names."""


class Runs:
    """Jobs that only count their runs."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def job(self, name: str, every: timedelta) -> Job:
        async def run(_services: Services, _now: datetime) -> Counts:
            self.counts[name] += 1
            return {}

        return Job(name, run, every=every, alone=False)


@pytest.fixture
async def stores(database: Database) -> Stores:
    stores = open_stores(database, KEYS)
    await database.create_indexes(stores.all())
    return stores


@pytest.fixture
def due(database: Database, stores: Stores) -> DueStore:
    return DueStore(database, stores.due())


def stand_in(due: DueStore, database: Database, clock: ManualClock) -> tuple[Runner, Runs]:
    """The service's own jobs and rhythms, which do nothing but count."""
    runs = Runs()
    jobs = [runs.job(job.name, job.every) for job in JOBS if job.name in due.jobs]
    return Runner(jobs, cast("Services", None), LockStore(database), clock, due=due), runs


async def looked(runner: Runner) -> None:
    """One look, with what it sets going."""
    await runner.look()
    while runner._running:
        await asyncio.wait(runner._running.values())


async def keep(database: Database, collection: str, document: dict[str, Any], clock: ManualClock) -> None:
    at = {NOW: clock.now() - TICK, MACHINE: clock.machine_now() - TICK}

    def told(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: told(each) for name, each in value.items()}
        return at.get(value, value) if isinstance(value, str) else value

    await database.collection(collection).insert_one(told(document))


@pytest.mark.parametrize(("jobs", "collection", "document"), WORK, ids=[f"{min(each[0])}-{each[1]}" for each in WORK])
async def test_work_is_found_when_its_time_comes_though_nobody_announced_it(  # noqa: PLR0917 - fixtures
    jobs: set[str], collection: str, document: dict[str, Any], database: Database, due: DueStore, clock: ManualClock
) -> None:
    await keep(database, collection, document, clock)
    if NOW in str(document) or MACHINE in str(document):
        clock.move(-SECOND)
        assert not await due.look(due.jobs, clock.now(), clock.machine_now())
        clock.move(SECOND)
    assert await due.look(due.jobs, clock.now(), clock.machine_now()) == jobs


async def test_what_another_process_works_on_is_left_to_it(
    database: Database, due: DueStore, clock: ManualClock
) -> None:
    later = clock.machine_now() + SECOND
    for collection, document in (
        ("imports", {"state": "running"}),
        ("exports", {"state": "waiting"}),
        ("media", {"state": "waiting", "due_at": clock.now()}),
        ("broadcasts", {"preview_run": {"id": "r", "lease_until": later}}),
        ("inbox", {"state": "working", "openid": "o"}),
        ("outbox", {"state": "claimed", "contact_id": "c"}),
    ):
        await database.collection(collection).insert_one({**document, "lease_until": later})
    assert await due.look(due.jobs, clock.now(), clock.machine_now()) == set()


async def test_a_look_is_answered_by_indexes(database: Database, stores: Stores, clock: ManualClock) -> None:
    whole = database.client[database.name]
    for each in stores.due():
        query, order = each.query(clock.now(), clock.machine_now()), dict(each.order)
        find = {"find": each.collection, "filter": query, "sort": order, "limit": 1}
        plan = await whole.command({"explain": find, "verbosity": "queryPlanner"})
        assert "'stage': 'IXSCAN'" in str(plan["queryPlanner"]["winningPlan"]), each
        assert "'stage': 'SORT'" not in str(plan["queryPlanner"]["winningPlan"]), each


async def test_a_service_with_nothing_to_do_reads_once_each_second(
    database: Database, due: DueStore, clock: ManualClock
) -> None:
    runner, runs = stand_in(due, database, clock)
    await looked(runner)  # notes that the jobs are looked for
    whole = database.client[database.name]
    await whole.command({"profile": 2})
    for _ in range(10):
        clock.move(SECOND)
        await looked(runner)
    await whole.command({"profile": 0})
    asked = [row["command"] async for row in whole["system.profile"].find({"op": {"$ne": "none"}})]
    assert [next(iter(each)) for each in asked] == ["aggregate"] * 10
    assert not runs.counts
    noted = await LockStore(database).runs([job.name for job in JOBS])
    assert noted.keys() == due.jobs
    assert all(run.ok for run in noted.values())


async def test_a_job_is_asked_for_at_its_own_rhythm(database: Database, due: DueStore, clock: ManualClock) -> None:
    for collection in ("outbox", "imports", "freed_hours", "inbox"):
        await keep(database, collection, next(each[2] for each in WORK if each[1] == collection), clock)
    runner, runs = stand_in(due, database, clock)
    for _ in range(30):
        clock.move(SECOND)
        await looked(runner)
    assert runs.counts == {"deliver_outbox": 30, "run_imports": 15, "offer_freed_hours": 10, "sweep_inbox": 6}


async def test_what_falls_due_by_the_clock_is_met_in_its_second(
    database: Database, due: DueStore, clock: ManualClock
) -> None:
    runner, runs = stand_in(due, database, clock)
    row = {"state": "waiting", "answer": False, "due_at": clock.now() + 3 * SECOND, "place": 1}
    await database.collection("outbox").insert_one(row)
    ran = []
    for _ in range(4):
        clock.move(SECOND)
        await looked(runner)
        ran.append(runs.counts["deliver_outbox"])
    assert ran == [0, 0, 1, 2]


class Failing(DueStore):
    """A look that does not get through."""

    def __init__(self, due: DueStore, error: Exception) -> None:
        super().__init__(due._database, due._due)
        self._error = error

    async def look(self, jobs: Any, now: datetime, machine_now: datetime) -> set[str]:  # noqa: ARG002 - it fails
        raise self._error


async def test_where_the_look_fails_each_job_looks_for_itself(
    database: Database, due: DueStore, clock: ManualClock
) -> None:
    runner, runs = stand_in(Failing(due, OperationFailure("no such stage")), database, clock)
    await looked(runner)
    assert runs.counts == dict.fromkeys(due.jobs, 1)


async def test_without_a_database_nothing_runs(database: Database, due: DueStore, clock: ManualClock) -> None:
    runner, runs = stand_in(Failing(due, AutoReconnect("away")), database, clock)
    await looked(runner)
    assert not runs.counts


def test_only_jobs_are_looked_for(stores: Stores) -> None:
    names: Sequence[str] = [name for each in stores.due() for name in each.jobs]
    assert set(names) <= {job.name for job in JOBS}
