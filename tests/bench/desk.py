"""The chat desk: from a push to the agent's screen, lists and search over years of messages, memory of consoles."""

import asyncio
import json
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from math import ceil

import aiohttp

from tests.desk_hints import changes_list
from tests.encryption import KEYS
from wxbot.conversations.models import Cause, Episode, EpisodeId, EpisodeState
from wxbot.conversations.store import EpisodeStore
from wxbot.database import Database
from wxbot.history.models import ContactId
from wxbot.simulator.codec import Codec
from wxbot.staff.permissions import Role
from wxbot.stores import open_stores

from . import crowd, desk_crowd, filling
from .account import AES_KEY, APP_ID, openid, push_of
from .console import RunningClinic, Visit, compare_pages, employ, sign_in
from .figures import Figure
from .processes import Server, memory_mb
from .stage import Stage

SMALL, LARGE = "bench_desk_small", "bench_desk_large"
SMALL_MESSAGES, SMALL_CONTACTS = 1_000, 100
OPEN, CLOSED_EACH = 60, 2  # open episodes in both; closed ones of each contact

CONSOLES, TALKS_EACH = 20, 10  # open consoles; chats of each, one of them before its eyes
PUSHES_PER_SECOND = 50
SCREEN_MS = 1_000.0  # p99
FIRST_PERSON = 700_000  # numbers of people that no other part uses
LIST_SECONDS, TALK_SECONDS = 0.7, 0.3  # the longest pauses of the page between two readings (static/desk.js)
IDLE = 200  # quiet consoles, of which the memory is measured
SAID = re.compile(r"第(\d+)句")
LATEST_WAIT = 10.0  # seconds for the last push to be shown


async def measure(stage: Stage) -> list[Figure]:
    """Both."""
    return [*await _live(stage), *await _reading(stage)]


# -- lists and search ---------------------------------------------------------------------------------------------


async def _reading(stage: Stage) -> list[Figure]:
    size = stage.size
    clinics: dict[str, RunningClinic] = {}
    for name, messages, people in (
        (SMALL, SMALL_MESSAGES, SMALL_CONTACTS),
        (LARGE, size.desk_messages, size.desk_contacts),
    ):
        ids = await _fill(stage, name, messages, people)
        server = await stage.serve(name, database=name)
        session = await stage.parts.enter_async_context(
            aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))
        )
        clinics[name] = RunningClinic(session, f"http://127.0.0.1:{server.port}", _pages(ids))
        await sign_in(clinics[name])
    figures = await compare_pages(stage, "desk", clinics)
    return [*figures, Figure(name="messages, large ÷ small", value=size.desk_messages / SMALL_MESSAGES, unit="×")]


async def _fill(stage: Stage, name: str, messages: int, people: int) -> list[ContactId]:
    database = filling.patient(stage.mongo_uri, name)
    stores = open_stores(database, KEYS)
    stage.say(f"desk: making {messages:,} messages of {people:,} contacts")
    await database.create_indexes([stores.patients])
    await filling.contacts(database, range(people), stage.now)
    ids = await filling.ids_of(database, people)
    await crowd.records(database, ids, stage.now)
    await desk_crowd.messages(database, messages, ids, stage.now)
    stage.say(f"desk: indexing {messages:,} messages")
    await desk_crowd.index(database, stage.now)
    await database.create_indexes(stores.all())
    account_id = await employ(database, stage)
    closed = CLOSED_EACH * people
    await desk_crowd.episodes(database, ids, stage.now, open_ones=OPEN, closed=closed, owner=account_id)
    database.close()
    return ids


def _pages(ids: Sequence[ContactId]) -> dict[str, list[Visit]]:
    """What is opened, alike in both."""

    def search(*words: str) -> list[Visit]:
        return [Visit(f"/console/desk/found?q={each}", "<mark>") for each in words]

    return {
        "inbox: 待回复": [Visit("/console/desk/list?list=waiting", "desk-row")],
        "inbox: 全部": [Visit("/console/desk/list?list=all", "desk-row")],
        "thread": [Visit(f"/console/desk/{each}", "data-line") for each in ids[:10]],
        "search: a common word": search("洗牙", "下午", "可以"),
        "search: two words": search("补牙 下午", "拆线 明天"),
        "search: a rare word": search("氟斑牙"),
        "search: a part of a name": search(*(crowd.name(number)[1:] for number in range(10))),
    }


# -- from a push to the screen ------------------------------------------------------------------------------------


@dataclass
class Seen:
    """When each push was sent, and when it stood where. Monotonic seconds, by number."""

    sent: dict[int, float] = field(default_factory=dict)
    in_thread: dict[int, float] = field(default_factory=dict)
    in_list: dict[int, float] = field(default_factory=dict)


class ScreenPart:
    """A part of the page, read again when it is asked for, not more often than the page does it (static/desk.js)."""

    def __init__(self, read: Callable[[], Awaitable[None]], longest: float) -> None:
        self._read = read
        self._longest = longest
        self._wanted = asyncio.Event()

    def refresh(self) -> None:
        self._wanted.set()

    async def run(self) -> None:
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            began = time.monotonic()
            await self._read()
            took = time.monotonic() - began
            await asyncio.sleep(max(min(self._longest, max(self._longest / 4, 4 * took)) - took, 0))


class OpenConsole:
    """One open page: its stream, its list, the talk before its eyes."""

    def __init__(
        self, session: aiohttp.ClientSession, url: str, contact: ContactId, account_id: str, seen: Seen
    ) -> None:
        self._account_id = account_id
        self._session = session
        self._url = url
        self._contact = contact
        self._seen = seen
        self._last = ""
        self._list = ScreenPart(self._read_list, LIST_SECONDS)
        self._talk = ScreenPart(self._read_talk, TALK_SECONDS)
        self.open = asyncio.Event()
        self.hints = 0

    async def run(self) -> None:
        async with asyncio.TaskGroup() as parts:
            parts.create_task(self._list.run())
            parts.create_task(self._talk.run())
            parts.create_task(self._listen())

    async def _listen(self) -> None:
        async with self._session.get(f"{self._url}/console/desk/events") as answer:
            assert answer.status == 200, f"the stream answered {answer.status}"
            async for line in answer.content:
                if not line.startswith(b"data: "):
                    continue
                self.open.set()
                self.hints += 1
                told = json.loads(line.removeprefix(b"data: "))
                if changes_list(told, self._account_id, "mine"):
                    self._list.refresh()
                if told["contact"] == self._contact or told["change"] == "reset":
                    self._talk.refresh()

    async def _read_list(self) -> None:
        text = await self._read("/console/desk/list?list=mine")
        self._note(self._seen.in_list, text)

    async def _read_talk(self) -> None:
        text = await self._read(f"/console/desk/{self._contact}/lines?after={self._last}")
        self._note(self._seen.in_thread, text)
        if found := re.findall(r'data-line="(m:[^"]+)"', text):
            self._last = found[-1]

    async def _read(self, path: str) -> str:
        async with self._session.get(self._url + path) as answer:
            assert answer.status == 200, f"{path} answered {answer.status}"
            return await answer.text()

    def _note(self, shown: dict[int, float], text: str) -> None:
        now = time.monotonic()
        for number in SAID.findall(text):
            shown.setdefault(int(number), now)


async def _live(stage: Stage) -> list[Figure]:
    stage.say(f"desk: {CONSOLES} consoles, {PUSHES_PER_SECOND} pushes a second")
    server, seen = stage.main, Seen()
    database: Database = stage.database
    people = range(FIRST_PERSON, FIRST_PERSON + CONSOLES * TALKS_EACH)
    contacts = await filling.contacts(database, people, stage.now)
    rows = database.collection("contacts").find({"openid": {"$in": [openid(each) for each in people]}}, {"openid": 1})
    by_openid = {row["openid"]: ContactId(row["_id"]) async for row in rows}
    contacts = [by_openid[openid(each)] for each in people]
    url = f"http://127.0.0.1:{server.port}"
    async with AsyncExitStack() as parts:
        sessions, accounts = [], []
        for number in range(CONSOLES):
            account_id = await employ(database, stage, f"agent{number}", Role.RECEPTION)
            await _assign(database, stage, contacts[number * TALKS_EACH : (number + 1) * TALKS_EACH], account_id)
            jar = aiohttp.CookieJar(unsafe=True)
            session = await parts.enter_async_context(aiohttp.ClientSession(cookie_jar=jar))
            await sign_in(RunningClinic(session, url, {}), f"agent{number}")
            sessions.append(session)
            accounts.append(account_id)
        memory = await _memory(server, sessions, url)
        consoles = [
            OpenConsole(session, url, contacts[number * TALKS_EACH], accounts[number], seen)
            for number, session in enumerate(sessions)
        ]
        running = [asyncio.create_task(each.run()) for each in consoles]
        try:
            await asyncio.gather(*(each.open.wait() for each in consoles))
            await _push(stage, server, seen, people)
        finally:
            for each in running:
                each.cancel()
            await asyncio.gather(*running, return_exceptions=True)
    return [*_figures(seen, people), memory]


async def _assign(database: Database, stage: Stage, contacts: Sequence[ContactId], owner: str) -> None:
    """Those contacts talk with that colleague."""
    store = EpisodeStore(database)
    for contact_id in contacts:
        episode = Episode(
            id=EpisodeId(f"bench-{contact_id}"),
            key=f"bench/{contact_id}",
            keys=(f"bench/{contact_id}",),
            contact_id=contact_id,
            cause=Cause.ASKED,
            reason="患者请求人工服务",
            opened_at=stage.now,
            opened_by="patient",
            latest_at=stage.now,
            state=EpisodeState.ASSIGNED,
            owner=owner,  # type: ignore[arg-type]
            owner_since=stage.now + timedelta(hours=1),  # nobody takes it back for silence
            first_reply_at=stage.now,
        )
        assert await store.insert(episode)
        await database.collection("contacts").update_one({"_id": contact_id}, {"$set": {"conversation": episode.id}})


async def _push(stage: Stage, server: Server, seen: Seen, people: range) -> None:
    """Fifty a second, everybody in turn, each text with its number; every answer must be good."""
    codec, count = Codec(AES_KEY, APP_ID), int(stage.size.desk_seconds * PUSHES_PER_SECOND)
    began, waiting = time.monotonic(), set[asyncio.Task[None]]()
    for number in range(count):
        await asyncio.sleep(max(began + number / PUSHES_PER_SECOND - time.monotonic(), 0))
        request = push_of(codec, 50_000_000 + number, openid(people[number % len(people)]), f"第{number}句：几点方便？")
        seen.sent[number] = time.monotonic()
        task = asyncio.create_task(_one(server.port, request))
        waiting.add(task)
        task.add_done_callback(waiting.discard)
    await asyncio.gather(*waiting)
    with suppress(TimeoutError):
        async with asyncio.timeout(LATEST_WAIT):
            while len(seen.in_thread) < count // TALKS_EACH or len(seen.in_list) < count:
                await asyncio.sleep(0.1)


async def _one(port: int, request: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    status = await reader.readline()
    assert b" 200 " in status, f"a push was answered {status!r}"
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()


def _figures(seen: Seen, people: range) -> list[Figure]:
    watched = [number for number in seen.sent if number % len(people) % TALKS_EACH == 0]
    figures = []
    for where, shown, meant in (("open thread", seen.in_thread, watched), ("list", seen.in_list, list(seen.sent))):
        took = sorted((shown[number] - seen.sent[number]) * 1000 for number in meant if number in shown)
        missing = len(meant) - len(took)
        note = f"p50 {took[len(took) // 2]:.0f} ms, worst {took[-1]:.0f} ms; {len(took):,} pushes"
        worst = took[ceil(len(took) * 0.99) - 1]
        figures.append(
            Figure(name=f"push → {where}, p99", value=worst, unit="ms", goal=SCREEN_MS, at_least=False, note=note)
        )
        figures.append(Figure(name=f"pushes never seen in the {where}", value=missing, goal=0, at_least=False))
    return figures


async def _memory(server: Server, sessions: Sequence[aiohttp.ClientSession], url: str) -> Figure:
    """What the service's resident memory grows by with each console that is open and quiet."""
    before = memory_mb(server.process.pid)
    async with AsyncExitStack() as parts:
        for number in range(IDLE):  # an account may hold twenty
            session = sessions[number % len(sessions)]
            answer = await parts.enter_async_context(session.get(f"{url}/console/desk/events"))
            assert answer.status == 200, f"a quiet stream answered {answer.status}"
            async for line in answer.content:
                if line.startswith(b"data: "):
                    break
        grown = memory_mb(server.process.pid) - before
    return Figure(name="memory of an open console", value=max(grown, 0.0) * 1024 / IDLE, unit="KB", note=f"{IDLE} open")
