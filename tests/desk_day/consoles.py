"""Colleagues at the console of real processes: over HTTP, told by the live stream, cut off at random.

A console knows what it is told: it reads a list when the stream says that something changed, as the page does. What it
was shown and what it was answered is kept, for the verdict.
"""

import asyncio
import json
import random
import re
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from html import unescape
from time import monotonic
from typing import Any

import aiohttp

from tests.desk_hints import changes_list

CSRF = re.compile(r'<meta name="csrf" content="([^"]*)">')
ROW = re.compile(r'<li class="desk-row.*?(?=<li class="desk-row|</ul>)', re.DOTALL)
CONTACT = re.compile(r'data-contact="([^"]+)"')
OFFER = re.compile(r'data-bell="offer" data-contact="([^"]+)" data-mark="([^"]+)"')
LINE = re.compile(r'data-line="([^"]+)"')
REVISION = re.compile(r'name="revision" value="(\d+)"')
DRAFT = re.compile(r'name="text"\s+rows="3"\s+aria-label="回复患者".*?data-text>(.*?)</textarea>', re.DOTALL)
EDIT = re.compile(r'data-edit="(\d+)"')
CURSOR = re.compile(r'href="[^"]*after=([^"]+)"\s+data-more')

PASSWORD = "a long enough password 8"
NOTE = "只给同事看"
MISSES = 0.1  # of the offers nobody looks at
READ_AGAIN_SECONDS = 0.7  # between two looks: the longest pause of the page (static/desk.js)
UNTOLD_SECONDS = 5.0  # what follows from nothing but time (a patient is done) is seen so soon
BEAT_SECONDS = 10.0
STREAM_SECONDS = (1.0, 8.0)  # then the line is cut
RESTART_SECONDS = 0.2  # before a process that does not answer is left for the next one
SHORT, PATIENCE = aiohttp.ClientTimeout(total=20.0), 120.0


@dataclass
class Seen:
    """What all consoles were shown and told, for the verdict."""

    lines: set[str] = field(default_factory=set)  # ids of lines that stood on somebody's screen
    asked: dict[str, str] = field(default_factory=dict)  # text that was sent → contact
    sent: set[str] = field(default_factory=set)  # texts of which the console said that they are on their way
    refused: Counter[str] = field(default_factory=Counter)
    drafts: dict[tuple[str, str], str] = field(default_factory=dict)  # (who, contact) → what the server said it keeps
    notes: int = 0
    streams: int = 0
    repeated: int = 0  # requests that were made again, since the process was gone
    did: Counter[str] = field(default_factory=Counter)


class Console:
    """One colleague, signed in; asks another process when one is gone."""

    def __init__(self, login: str, urls: Callable[[], list[str]], dice: random.Random, seen: Seen) -> None:
        self.login = login
        self._urls, self._dice, self.seen = urls, dice, seen
        self._http = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True), timeout=SHORT)
        self._csrf = ""
        self._last_event = ""
        self.account_id = ""
        self.talks: set[str] = set()  # contacts of 我的
        self.told = asyncio.Event()

    async def close(self) -> None:
        await self._http.close()

    def _url(self) -> str:
        return self._dice.choice(self._urls())

    async def sign_in(self) -> None:
        """Until a process took it."""
        form = CSRF.search(await self._ask("GET", "/console/sign-in"))
        words = {"csrf": form[1] if form else "", "login": self.login, "password": PASSWORD}
        found = CSRF.search(await self._ask("POST", "/console/sign-in", words))
        assert found is not None, f"{self.login} is not signed in"
        self._csrf = found[1]

    async def get(self, path: str) -> str:
        """A part of the page."""
        return await self._signed_in("GET", path, {})

    async def post(self, path: str, **fields: str) -> str:
        """A form; what it was answered. Repeated as it is while nobody answers."""
        return await self._signed_in("POST", path, fields)

    async def _signed_in(self, method: str, path: str, fields: Mapping[str, str]) -> str:
        for _ in range(5):
            text = await self._ask(method, path, {**fields, "csrf": self._csrf} if method == "POST" else None)
            if 'action="/console/sign-in"' not in text and text != "401":
                return text
            await self.sign_in()
        raise AssertionError(f"{self.login} is signed out again and again")

    async def _ask(self, method: str, path: str, fields: Mapping[str, str] | None = None) -> str:
        ends, headers = monotonic() + PATIENCE, {} if "sign-in" in path else {"HX-Request": "true"}
        while True:
            try:
                url = f"{self._url()}{path}"
                async with self._http.request(method, url, data=fields, headers=headers) as answer:
                    text = await answer.text()
                    if answer.status < 500:
                        return "401" if answer.status == 401 else text
            except (aiohttp.ClientError, TimeoutError, ConnectionError):
                pass
            assert monotonic() < ends, f"{path} is answered by nobody"
            self.seen.repeated += 1
            await asyncio.sleep(RESTART_SECONDS)

    async def listen(self) -> None:
        """The live stream, cut at random and taken up again at another process from the last event."""
        while True:
            with suppress(aiohttp.ClientError, TimeoutError, ConnectionError):
                async with asyncio.timeout(self._dice.uniform(*STREAM_SECONDS)):
                    await self._listen()
            await asyncio.sleep(self._dice.uniform(0.0, 1.0))

    async def _listen(self) -> None:
        headers = {"Last-Event-ID": self._last_event} if self._last_event else {}
        async with self._http.get(f"{self._url()}/console/desk/events", headers=headers) as answer:
            if answer.status != 200:
                await asyncio.sleep(RESTART_SECONDS)
                return
            self.seen.streams += 1
            async for line in answer.content:
                if line.startswith(b"id: "):
                    self._last_event = line[4:].strip().decode()
                elif line.startswith(b"data: ") and self._concerns(json.loads(line[6:])):
                    self.told.set()

    def _concerns(self, told: Mapping[str, Any]) -> bool:
        """Whether they read again, as the page does: the list, or a talk that they have before their eyes."""
        return changes_list(told, self.account_id, "mine") or told["contact"] in self.talks

    async def beat(self) -> None:
        """Signs of life."""
        while True:
            await self.post("/console/desk/here", device=f"{self.login}-pc", contact="")
            await asyncio.sleep(BEAT_SECONDS)

    async def rows(self, name: str) -> dict[str, str]:
        """A whole list, page after page: contact → its row."""
        found: dict[str, str] = {}
        after = ""
        while True:
            text = await self.get(f"/console/desk/list?list={name}{after}")
            for row in ROW.findall(text):
                if contact := CONTACT.search(row):
                    found[contact[1]] = row
            cursor = CURSOR.search(text)
            if cursor is None:
                return found
            after = f"&after={unescape(cursor[1])}"


class Colleague(Console):
    """Takes what is offered, but for some; answers who waits; types, notes, hands over, ends what is done."""

    def __init__(
        self, login: str, urls: Callable[[], list[str]], dice: random.Random, seen: Seen, done: Callable[[str], bool]
    ) -> None:
        super().__init__(login, urls, dice, seen)
        self._done = done
        self._number = 0
        self._looked_away: set[tuple[str, str]] = set()
        self._typed: dict[str, int] = {}  # contact → the edit of the draft
        self.colleagues: list[str] = []  # ids of accounts
        self.supervisor: Console = self

    async def work(self) -> None:
        """Until cancelled: what the stream tells of is read and done."""
        await self.sign_in()
        await self.post("/console/desk/status", status="available")
        async with asyncio.TaskGroup() as parts:
            parts.create_task(self.listen())
            parts.create_task(self.beat())
            parts.create_task(self._work())

    async def _work(self) -> None:
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self.told.wait(), UNTOLD_SECONDS)
            self.told.clear()
            if await self._look():
                self.told.set()  # something was left for the next look
            await asyncio.sleep(READ_AGAIN_SECONDS)

    async def _look(self) -> bool:
        text = await self.get("/console/desk/list?list=mine")
        if not re.search(r'value="available"\s+aria-pressed="true"', text):
            await self.post("/console/desk/status", status="available")  # sees that they were paused
        for contact, mark in OFFER.findall(text):
            if (contact, mark) in self._looked_away:
                continue
            if self._dice.random() < MISSES:
                self._looked_away.add((contact, mark))
                self.seen.did["looked away"] += 1
                continue
            await self._do("take", contact)
        again = False
        self.talks = set(CONTACT.findall("".join(ROW.findall(text))))
        for row in ROW.findall(text):
            if contact_of := CONTACT.search(row):
                again |= await self._attend(contact_of[1], waits="row-wait " in row)
        return again

    async def _do(self, what: str, contact: str, **fields: str) -> str:
        text = await self.post(f"/console/desk/{contact}/{what}", **fields)
        good = "data-refused" not in text and 'data-part="outcome"' in text
        self.seen.did[what if good else f"{what}, refused"] += 1
        if not good:
            for words in re.findall(r'class="finding finding-block"[^>]*>([^<]+)', text) or ["another page"]:
                self.seen.refused[f"{what}: {words.strip()}"] += 1
        return text if good else ""

    async def _attend(self, contact: str, *, waits: bool) -> bool:
        text = await self.get(f"/console/desk/{contact}/lines")
        self.seen.lines.update(LINE.findall(text))
        under_way = "say-held" in text or "say-sending" in text
        if waits and under_way:
            return False
        if waits:
            if self._dice.random() < 0.05:
                return await self._hand_over(contact)
            return await self._reply(contact)
        if self._dice.random() < 0.2:
            await self._type(contact)
        if self._dice.random() < 0.1:
            self.seen.notes += 1
            await self._do("note", contact, text=f"{NOTE}{self._key()}", key=self._key())
        if self._done(contact) and not under_way:
            await self._end(contact)
        return not under_way and self._done(contact)

    async def _reply(self, contact: str) -> bool:
        words = f"答{self.login}第{self._key()}句"
        self.seen.asked[words] = contact
        if await self._do("reply", contact, text=words, key=f"k{words}"):
            self.seen.sent.add(words)
        return False

    async def _type(self, contact: str) -> None:
        edit = self._typed.get(contact, 0)
        words = f"稿{self.login}{self._key()}"
        text = await self.post(f"/console/desk/{contact}/draft", text=words, note="", edit=str(edit))
        found = re.search(r'"edit": (\d+)', text)
        assert found is not None, f"a draft was answered {text[:80]!r}"
        self._typed[contact] = int(found[1])
        if '"stale"' not in text:  # of a request that was repeated the first one may have been kept
            self.seen.drafts[self.login, contact] = words
        self.seen.did["draft"] += 1

    async def _hand_over(self, contact: str) -> bool:
        ask = await self.get(f"/console/desk/{contact}/ask/hand-over")
        revision = REVISION.search(ask)
        fields = {"to": self._dice.choice(self.colleagues), "reason": "请你接着聊"}
        if revision is not None:
            fields["revision"] = revision[1]
        await self._do("hand-over", contact, **fields)
        return True

    async def _end(self, contact: str) -> None:
        """The dialog first, then the talk: what is closed over is what was read."""
        ask = await self.get(f"/console/desk/{contact}/ask/close")
        revision = REVISION.search(ask)
        if revision is None:
            return
        self.seen.lines.update(LINE.findall(await self.get(f"/console/desk/{contact}/lines")))
        fields = {"revision": revision[1], "note": "好", "reason": "患者没有再说什么"}
        by = self.supervisor if "主管说明的原因" in ask else self
        text = await by.post(f"/console/desk/{contact}/close", **fields)
        self.seen.did["close" if "data-closed" in text else "close, refused"] += 1

    async def draft_of(self, contact: str) -> str:
        """What the box holds when the talk is opened."""
        text = await self._ask_whole(f"/console/desk/{contact}")
        found = DRAFT.search(text)
        return unescape(found[1]) if found else ""

    async def _ask_whole(self, path: str) -> str:
        async with self._http.get(f"{self._url()}{path}") as answer:
            return await answer.text()

    def _key(self) -> str:
        self._number += 1
        return f"{self._number}"
