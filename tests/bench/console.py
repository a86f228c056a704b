"""Do the console's pages answer as quickly for a large clinic as for a small one? Both over HTTP."""

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from statistics import median
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import aiohttp

from tests.encryption import KEYS
from wxbot.actors import COMMAND_LINE
from wxbot.audit.service import AuditTrail
from wxbot.database import Database
from wxbot.history.models import ContactId
from wxbot.patients.search_keys import keys_of
from wxbot.staff.models import AccountId
from wxbot.staff.permissions import Role
from wxbot.staff.service import Staff
from wxbot.stores import open_stores

from . import crowd, filling
from .figures import Figure, median_of
from .stage import Stage

SMALL, LARGE = "bench_console", "bench_past"  # the large one is left by `growth`, or made here when that did not run
FEW = 10  # patients of the small clinic; they are the first ten of the large one too
LINES_EACH = 50  # of transcript, in both
LOGIN, PASSWORD = "bench", "a long enough password 8"  # of a database that lives for minutes
CSRF = re.compile(r'<meta name="csrf" content="([^"]*)">')
WARM_UP = 20  # requests of each page before anything counts
ONE_FOUND = f'"/console/patients/{filling.PATIENT}'  # the address of somebody who was found
GOAL = 2.0  # p95, large ÷ small


@dataclass(frozen=True)
class Visit:
    """An address, and what must stand on the page."""

    path: str
    shows: str


Pages = dict[str, list[Visit]]


@dataclass(frozen=True)
class RunningClinic:
    """A running service, and somebody signed in to it."""

    session: aiohttp.ClientSession
    url: str
    pages: Pages


async def measure(stage: Stage) -> list[Figure]:
    """p95 of each page, large ÷ small: the same people are looked for and opened in both, in turns."""
    size = stage.size
    clinics: dict[str, RunningClinic] = {}
    for name, people in ((SMALL, FEW), (LARGE, size.contacts)):
        ids = await _fill(stage, name, people)
        server = await stage.serve(name, database=name)
        jar = aiohttp.CookieJar(unsafe=True)
        session = await stage.parts.enter_async_context(aiohttp.ClientSession(cookie_jar=jar))
        clinics[name] = RunningClinic(session, f"http://127.0.0.1:{server.port}", _pages(ids[:FEW]))
        await sign_in(clinics[name])
    figures = await compare_pages(stage, "console", clinics)
    return [*figures, Figure(name="patients, large ÷ small", value=size.contacts / FEW, unit="×")]


async def compare_pages(stage: Stage, name: str, clinics: Mapping[str, RunningClinic]) -> list[Figure]:
    """p95 of each page, large ÷ small, after a warm-up. `clinics`: the small one by its database, then the large."""
    small, large = clinics
    figures = []
    for kind in clinics[small].pages:
        stage.say(f"{name}: {kind}")
        await open_pages(clinics, kind, WARM_UP)
        rounds = [await open_pages(clinics, kind, stage.size.page_views) for _ in range(stage.size.rounds)]
        slow, quick = (median(took[each] for took in rounds) for each in (large, small))
        note = f"p95 {slow:.1f} ms ÷ {quick:.1f} ms"
        ratios = [took[large] / took[small] for took in rounds]
        figures.append(median_of(kind, ratios, unit="×", goal=GOAL, at_least=False, note=note))
    return figures


async def _fill(stage: Stage, name: str, people: int) -> list[ContactId]:
    """A clinic with so many patients, their transcript and their past, and somebody to sign in; the contacts' ids."""
    database = filling.patient(stage.mongo_uri, name)
    stores = open_stores(database, KEYS)
    if not await database.collection("contacts").find_one():
        stage.say(f"console: making {people:,} contacts and their transcript")
        await database.create_indexes([stores.patients])
        await filling.contacts(database, range(people), stage.now)
        await filling.past(database, people * LINES_EACH, people, stage.now)
    stage.say(f"console: indexes of {name}")
    await database.create_indexes(stores.all())
    stage.say(f"console: making {people:,} records, visits and messages")
    ids = await filling.ids_of(database, people)
    await crowd.records(database, ids, stage.now)
    await crowd.past(database, ids, stage.now)
    await crowd.present(database, ids[:FEW], stage.now)
    await employ(database, stage)
    database.close()
    return ids


async def employ(database: Database, stage: Stage, login: str = LOGIN, role: Role = Role.ADMIN) -> AccountId:
    """Somebody who can sign in."""
    stores = open_stores(database, KEYS)
    audit = AuditTrail(stores.audit, timezone=ZoneInfo("Asia/Shanghai"), keys=KEYS)
    staff = Staff(stores.staff, audit=audit, clinic_name=lambda: "")
    created = await staff.create(by=COMMAND_LINE, login=login, name="测试", role=role, now=stage.now, password=PASSWORD)
    return created.account.id


async def sign_in(clinic: RunningClinic, login: str = LOGIN) -> str:
    """Sign in; the session's token of forms."""
    async with clinic.session.get(f"{clinic.url}/console/sign-in") as form:
        found = CSRF.search(await form.text())
    assert found is not None, "the sign-in page has no token"
    words = {"csrf": found[1], "login": login, "password": PASSWORD}
    async with clinic.session.post(f"{clinic.url}/console/sign-in", data=words) as answer:
        assert answer.url.path == "/console/", f"signing in led to {answer.url.path}"
        token = CSRF.search(await answer.text())
    assert token is not None
    return token[1]


def _pages(ids: Sequence[ContactId]) -> Pages:
    """What is opened: each kind with the same ten people, so that every page is asked for as often as the others."""
    names = [crowd.name(number) for number in range(len(ids))]

    def search(words: Sequence[str]) -> list[Visit]:
        # of 100,000 people many have such digits; the page shows the first of them, not always the one it was made for
        return [Visit(f"/console/patients?{urlencode({'q': each})}", ONE_FOUND) for each in words]

    return {
        "search: part of a name": search([name[1:] for name in names]),
        "search: telephone tail": search([crowd.phone(number)[-4:] for number in range(len(ids))]),
        "search: initials": search([_initials(name) for name in names]),
        "search: name and tail": search([f"{name[0]} {crowd.phone(number)[-4:]}" for number, name in enumerate(names)]),
        "patient page": [
            Visit(f"/console/patients/{crowd.patient_id(each)}", name) for each, name in zip(ids, names, strict=True)
        ],
        "today": [Visit("/console/", "今日")],
    }


def _initials(name: str) -> str:
    """The pinyin initials of a whole name, in its most usual reading."""
    return next(key for key in keys_of(name=name) if len(key) == len(name) and key.isascii())


async def open_pages(clinics: Mapping[str, RunningClinic], kind: str, count: int) -> dict[str, float]:
    """Open pages of a kind `count` times in each clinic, in turns request by request; the p95 in milliseconds."""
    took: dict[str, list[float]] = {name: [] for name in clinics}
    for number in range(count):
        for name in sorted(clinics, reverse=bool(number % 2)):
            clinic = clinics[name]
            visit = clinic.pages[kind][number % len(clinic.pages[kind])]
            began = time.perf_counter()
            async with clinic.session.get(clinic.url + visit.path) as answer:
                text = await answer.text()
            took[name].append((time.perf_counter() - began) * 1000)
            assert answer.status == 200, f"{visit.path} answered {answer.status}"
            assert visit.shows in text, f"{visit.path} does not show what was looked for"
    return {name: sorted(each)[ceil(count * 0.95) - 1] for name, each in took.items()}
