"""WeChat's browser on a person's phone, towards the patients' pages: no script runs in it."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from html import unescape
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import aiohttp

if TYPE_CHECKING:
    from tests.scenarios.conftest import Clinic

INPUT = re.compile(r"<input\b[^>]*>")
ATTRIBUTE = re.compile(r'(\w+)="([^"]*)"')
LINK = re.compile(r'<a\b[^>]*href="([^"]+)"[^>]*>(.*?)</a>', re.DOTALL)
BUTTON = re.compile(r'<button\b[^>]*name="start"[^>]*value="([^"]*)"')
FORM = re.compile(r'<form\b[^>]*action="([^"]*)"[^>]*>(.*?)</form>', re.DOTALL)


@dataclass(frozen=True)
class Page:
    """An answer, after redirects were followed."""

    status: int
    path: str
    query: str
    text: str
    headers: Mapping[str, str]

    def links(self, beginning: str) -> list[str]:
        """The addresses on the page that begin so."""
        return [unescape(href) for href, _ in LINK.findall(self.text) if unescape(href).startswith(beginning)]

    def form(self, action: str) -> tuple[dict[str, str], list[str]]:
        """The hidden and filled fields of the form that goes there, and the hours or choices on offer in it."""
        body = next(each for where, each in FORM.findall(self.text) if where == action)
        inputs = [dict(ATTRIBUTE.findall(each)) for each in INPUT.findall(body)]
        chosen = {"radio", "checkbox"}
        fields = {each["name"]: unescape(each.get("value", "")) for each in inputs if each.get("type") not in chosen}
        return fields, BUTTON.findall(body) or [each["value"] for each in inputs if each.get("type") == "radio"]


@dataclass
class Phone:
    """WeChat's browser on one person's phone: their identity towards the platform, and cookies."""

    clinic: "Clinic"
    session: aiohttp.ClientSession
    openid: str
    seen: list[str] = field(default_factory=list)  # every address that was opened

    async def open(self, path: str, *, follow: bool = True) -> Page:
        return await self._ask("GET", path, None, follow=follow)

    async def send(self, path: str, fields: Mapping[str, Any], **headers: str) -> Page:
        return await self._ask("POST", path, fields, headers=headers)

    async def _ask(
        self,
        method: str,
        path: str,
        fields: Mapping[str, Any] | None,
        *,
        follow: bool = True,
        headers: Mapping[str, str] | None = None,
    ) -> Page:
        url = path if path.startswith("http") else self.clinic.url + path
        for _ in range(8):
            own = {"Cookie": f"sim_openid={self.openid}"} if url.startswith(self.clinic.platform_url) else {}
            self.seen.append(url)
            async with self.session.request(
                method, url, data=fields, headers={**own, **(headers or {})}, allow_redirects=False
            ) as answer:
                text = await answer.text()
                target = answer.headers.get("Location", "")
                parts = urlsplit(url)
                if not (follow and target):
                    return Page(answer.status, parts.path, parts.query, text, answer.headers)
            url = str(answer.url.join(answer.url.__class__(target))).partition("#")[0]
            method, fields = "GET", None
        raise AssertionError("redirected without an end")


OpenPhone = Callable[..., Awaitable[Phone]]


async def held(phone: Phone, *, which: int = 0, address: str = "", kind: int = 0) -> Page:
    """Tap one of the hours of a visit type; the page that confirms it."""
    where = address or (await phone.open("/w/book")).links("/w/book/time")[kind]
    fields, starts = (await phone.open(where)).form("/w/book/hold")
    return await phone.send("/w/book/hold", {**fields, "start": starts[which]})


async def confirmed(phone: Phone, page: Page, /, **typed: str) -> Page:
    """Confirm what is kept; a name is typed where one is asked."""
    fields, _ = page.form("/w/book")
    named = {"name": "林晓"} if "name" in fields else {}
    return await phone.send("/w/book", {**fields, **named, **typed})


async def booked(phone: Phone, *, name: str = "林晓") -> Page:
    """Book the first hour of the first visit type; the page of the appointment."""
    return await confirmed(phone, await held(phone), name=name)
