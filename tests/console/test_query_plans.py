"""Every question a page asks the database goes by an index: what is quick with ten patients stays quick with 100,000.

The database writes down each operation with its plan while the pages are opened. A plan that reads a whole collection,
or by an index much more than it needs, is named with the page that caused it.
"""

import re
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import pytest
from pymongo.errors import CollectionInvalid, OperationFailure

from tests.bench import crowd, filling
from tests.console.conftest import Browser, Clinic, SignIn
from wxbot.database import Database
from wxbot.staff.permissions import Role
from wxbot.web.console.routes.tables import ROUTES

PROFILE_BYTES = 64 * 1024 * 1024  # the log of operations is a ring; this one holds all of a test
STREAMS = ("/live", "/events")  # they answer for as long as somebody listens
SEARCHED = ("小林", "林", "xl", "lin", "8888", "138", "MZ0001", "林 8888", "访客")  # what is typed into the search box

CROWD = 400  # other patients: enough that reading past them shows
LINES = 20_000  # of their transcript
MUCH = 150  # documents or keys one operation may look at, whatever it returns; a list shows 50, the day's visits fewer
WASTE = 5  # times what is returned; beyond it an operation looks in the wrong place

# Collections that hold a handful of documents however large the clinic is, and are read whole on purpose.
SMALL: frozenset[str] = frozenset(
    {
        "closures",
        "desk_agents",  # as many as colleagues
        "holidays",
        "job_runs",  # the latest run of each job
        "practitioners",
        "questions",
        "rooms",
        "shifts",  # the week of each colleague
        "staff",
        "template_bindings",
        "templates",
        "visit_types",
    }
)


class Watched:
    """The database's own log of operations."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._whole = database.client[database.name]

    async def start(self) -> None:
        await self._whole.command({"profile": 0})
        while True:  # what was under way at that moment may still make the collection, in its usual size
            await self._whole.drop_collection("system.profile")
            with suppress(CollectionInvalid, OperationFailure):
                await self._whole.create_collection("system.profile", capped=True, size=PROFILE_BYTES)
                break
        await self._whole.command({"profile": 2})

    async def stop(self) -> None:
        await self._whole.command({"profile": 0})

    async def scans(self) -> list[str]:
        """Operations that read a whole collection, as `collection: what was asked`."""
        rows = self._whole["system.profile"].find({"planSummary": {"$regex": "COLLSCAN"}})
        return [f"{_name(row)}: {_asked(row)}" async for row in rows if _name(row) not in SMALL]

    async def plans(self, collection: str) -> set[str]:
        """How that collection was read, e.g. `IXSCAN { search_keys: 1 }`."""
        rows = self._whole["system.profile"].find(
            {"ns": f"{self.database.name}.{collection}", "planSummary": {"$exists": True}}
        )
        return {row["planSummary"] async for row in rows}

    async def waste(self) -> list[str]:
        """Operations that looked at much more than they returned, as `collection: looked at, plan, what was asked`."""
        found = []
        async for row in self._whole["system.profile"].find({"op": {"$in": ["query", "command", "getmore"]}}):
            looked = max(row.get("docsExamined", 0), row.get("keysExamined", 0))
            if _name(row) not in SMALL and looked > max(MUCH, WASTE * row.get("nreturned", 0)):
                found.append(f"{_name(row)}: {looked} by {row.get('planSummary')}: {_asked(row)}")
        return found


def _name(row: dict[str, Any]) -> str:
    return str(row["ns"]).partition(".")[2]  # none where the whole database was asked


def _asked(row: dict[str, Any]) -> str:
    command = row.get("command", {})
    kept = {key: command[key] for key in ("filter", "query", "q", "pipeline", "sort", "u") if key in command}
    return re.sub(r"\s+", " ", str(kept))


@pytest.fixture
async def watched(clinic: Clinic) -> AsyncIterator[Watched]:
    watched = Watched(clinic.app.database)
    yield watched
    await watched.stop()


async def a_day(clinic: Clinic, others: int = 0) -> str:
    """Some patients with something in hand, among `others` with a past; the id of one of them."""
    if others:
        database, now = clinic.app.database, clinic.now
        await filling.contacts(database, range(others), now)
        await filling.past(database, LINES, others, now)
        ids = await filling.ids_of(database, others)
        await crowd.records(database, ids, now, clinic.app.encryption.keys)
        await crowd.past(database, ids, now)
    for name in ("小林", "小周", "小吴"):
        person = await clinic.person(name)
        await clinic.say(person, f"姓名 {name}")
        await clinic.book(person, "洁牙", "不限医生", "1", "1")
        await clinic.say(person, "人工服务")
    rows = await clinic.rows("patients", {"name": "小林"})
    return str(rows[0]["_id"])


async def open_and_watch(watched: Watched, browser: Browser, address: str) -> list[str]:
    """Open one page; what it read in vain, with the page's address."""
    await watched.start()
    page = await browser.get(address)
    assert page.status < 500, f"{address}: {page.status}"
    await watched.stop()
    return [f"{address}: {each}" for each in (*await watched.scans(), *await watched.waste())]


async def test_reading_a_whole_collection_would_be_seen(clinic: Clinic, watched: Watched) -> None:
    await a_day(clinic)
    await watched.start()
    await clinic.rows("patients", {"note": "x"})
    await clinic.rows("staff", {"note": "x"})
    await watched.stop()
    assert await watched.scans() == ["patients: {'filter': {'note': 'x'}}"]


async def test_reading_past_many_by_a_wrong_index_would_be_seen(clinic: Clinic, watched: Watched) -> None:
    await a_day(clinic, CROWD)
    await watched.start()
    await clinic.app.database.collection("interactions").find({"text": "x"}).sort("at", -1).to_list(1)
    await watched.stop()
    assert await watched.scans() == []
    (told,) = await watched.waste()
    assert told.startswith("interactions: ")
    assert " by IXSCAN { at: 1 }: " in told


async def test_no_page_reads_more_than_it_needs(clinic: Clinic, sign_in: SignIn, watched: Watched) -> None:
    patient = await a_day(clinic, CROWD)
    browser = await sign_in(Role.ADMIN)
    found: list[str] = []
    opened = 0
    for route in ROUTES:
        if route.method != "GET" or route.path.endswith(STREAMS) or "static" in route.path:
            continue
        someone = patient if route.path.startswith("/console/patients/") else "0"
        found += await open_and_watch(watched, browser, re.sub(r"\{[^}]+\}", someone, route.path))
        opened += 1
    assert opened > 10
    assert "\n".join(found) == ""


async def test_the_search_box_goes_by_its_keys(clinic: Clinic, sign_in: SignIn, watched: Watched) -> None:
    await a_day(clinic, CROWD)
    browser = await sign_in(Role.ADMIN)
    found, plans = [], {}
    for words in SEARCHED:
        found += await open_and_watch(watched, browser, f"/console/patients?q={words}")
        plans[words] = await watched.plans("patients")
    assert found == []
    assert [words for words in SEARCHED if not any("search_keys" in plan for plan in plans[words])] == []
