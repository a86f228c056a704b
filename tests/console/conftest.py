"""The console over HTTP: a running clinic, and one browser per person."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest

from tests.scenarios.conftest import Clinic, OpenClinic, clinic, open_clinic
from wxbot.actors import COMMAND_LINE
from wxbot.staff.permissions import ROLE_NAMES, Role

__all__ = ["Browser", "Clinic", "OpenClinic", "Page", "SignIn", "clinic", "open_clinic"]

PASSWORD = "correct horse 电池 staple"
CSRF = re.compile(r'<meta name="csrf" content="([^"]*)">')


@dataclass(frozen=True)
class Page:
    """An answer: `status` and `path` of the last one, after redirects were followed."""

    status: int
    path: str
    text: str
    headers: Mapping[str, str]
    body: bytes = field(default=b"", repr=False)

    def shows(self, *words: str) -> bool:
        """Whether all these words stand on the page."""
        return all(word in self.text for word in words)


class Browser:
    """One person at one browser: cookies, and the CSRF token of the last page seen."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self.session = session
        self.url = url
        self.csrf = ""

    async def get(self, path: str, *, htmx: bool = False, follow: bool = True) -> Page:
        """Open an address."""
        headers = {"HX-Request": "true"} if htmx else {}
        async with self.session.get(self.url + path, headers=headers, allow_redirects=follow) as answer:
            return await self._read(answer)

    async def post(
        self,
        path: str,
        fields: Mapping[str, Any] | Sequence[tuple[str, Any]] = (),
        *,
        htmx: bool = False,
        follow: bool = True,
        csrf: str | None = None,
    ) -> Page:
        """Send a form; the CSRF field of the last page goes along unless another is given."""
        pairs = list(fields.items()) if isinstance(fields, Mapping) else list(fields)
        form = aiohttp.FormData([("csrf", self.csrf if csrf is None else csrf), *((k, str(v)) for k, v in pairs)])
        headers = {"HX-Request": "true"} if htmx else {}
        async with self.session.post(self.url + path, data=form, headers=headers, allow_redirects=follow) as answer:
            return await self._read(answer)

    async def upload(self, path: str, name: str, file_name: str, content: bytes, **fields: str) -> Page:
        """Send a file in the field `name`, with other fields before it."""
        form = aiohttp.FormData()
        for key, value in {"csrf": self.csrf, **fields}.items():
            form.add_field(key, value)
        form.add_field(name, content, filename=file_name, content_type="application/octet-stream")
        headers = {"X-CSRF-Token": self.csrf}
        async with self.session.post(self.url + path, data=form, headers=headers) as answer:
            return await self._read(answer)

    async def _read(self, answer: aiohttp.ClientResponse) -> Page:
        body = await answer.read()
        kind = answer.headers.get("Content-Type", "")
        text = body.decode() if kind.startswith(("text/", "application/json", "image/svg")) else ""
        if found := CSRF.search(text):
            self.csrf = found[1]
        path = urlsplit(str(answer.url)).path
        return Page(status=answer.status, path=path, text=text, headers=answer.headers, body=body)


SignIn = Callable[..., Awaitable[Browser]]


@pytest.fixture
async def sign_in(clinic: Clinic) -> AsyncIterator[SignIn]:
    """Give somebody of that role a browser and sign them in; None: a browser of nobody."""
    async with AsyncExitStack() as parts:
        known: set[str] = set()

        async def one(role: Role | None = Role.ADMIN, login: str = "", *, at: Clinic = clinic) -> Browser:
            session = await parts.enter_async_context(aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)))
            browser = Browser(session, at.url)
            if role is None:
                return browser
            name = login or role.value
            if name not in known:
                known.add(name)
                await at.app.services.staff.create(
                    by=COMMAND_LINE,
                    login=name,
                    name=f"{ROLE_NAMES[role]}小周",
                    role=role,
                    now=at.now,
                    password=PASSWORD,
                )
            await browser.get("/console/sign-in")
            page = await browser.post("/console/sign-in", {"login": name, "password": PASSWORD})
            assert page.path == "/console/", page.text
            return browser

        yield one


@pytest.fixture
async def admin(sign_in: SignIn) -> Browser:
    """An administrator's browser."""
    return await sign_in(Role.ADMIN)
