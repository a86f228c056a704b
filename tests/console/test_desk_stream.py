"""The desk's live stream over HTTP: what a patient writes is told, also after a break; it ends with the session."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from tests.console.conftest import Browser, Clinic, SignIn
from wxbot.actors import COMMAND_LINE
from wxbot.conversations.models import Cause
from wxbot.staff.permissions import Role
from wxbot.web.console import event_stream

LIMIT_SECONDS = 60


class Stream:
    """An open one."""

    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self.answer = answer
        self.last = ""

    async def hint(self) -> dict[str, Any]:
        """The next hint; its id is `last` from then on."""
        fields: dict[str, str] = {}
        async with asyncio.timeout(LIMIT_SECONDS):
            while True:
                line = (await self.answer.content.readline()).decode()
                assert line, "the stream has ended"
                if line == "\n" and fields.get("event") == "hint":
                    self.last = fields["id"]
                    told: dict[str, Any] = json.loads(fields["data"])
                    return told
                name, _, value = line.rstrip("\n").partition(": ")
                fields[name] = value

    async def ended(self) -> bool:
        async with asyncio.timeout(LIMIT_SECONDS):
            async for _ in self.answer.content:
                pass
        return True


@asynccontextmanager
async def listening(browser: Browser, after: str = "", *, by_header: bool = False) -> AsyncIterator[Stream]:
    headers = {"Last-Event-ID": after} if after and by_header else {}
    query = {"after": after} if after and not by_header else {}
    address = f"{browser.url}/console/desk/events"
    async with browser.session.get(address, headers=headers, params=query) as answer:
        assert answer.status == 200
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        yield Stream(answer)


@pytest.mark.parametrize("by_header", [True, False])
async def test_what_patients_write_is_told_and_what_was_missed_too(
    clinic: Clinic, sign_in: SignIn, by_header: bool
) -> None:
    browser = await sign_in(Role.RECEPTION)
    openid = await clinic.person("小林")
    contact = await clinic.app.services.patients.contact_by_openid(openid)
    assert contact is not None
    async with listening(browser) as stream:
        assert (await stream.hint())["change"] == "reset"
        await clinic.say(openid, "秘密的话")
        first = await stream.hint()
        assert (first["change"], first["contact"]) == ("line", contact.id)
        assert (await stream.hint())["change"] == "line"  # our answer
        last = stream.last
    await clinic.app.services.chat.desk.open(
        key="k", contact_id=contact.id, cause=Cause.ASKED, reason="请求人工", now=clinic.now
    )
    async with listening(browser, last, by_header=by_header) as stream:
        told = [await stream.hint() for _ in range(2)]
        assert {each["change"] for each in told} == {"episode", "line"}
        assert {each["contact"] for each in told} == {contact.id}
        assert "秘密" not in json.dumps(told, ensure_ascii=False)


@pytest.mark.parametrize("how", ["signed out", "disabled"])
async def test_a_stream_ends_with_its_session(
    clinic: Clinic, sign_in: SignIn, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_stream, "BEAT_SECONDS", 0.05)
    browser = await sign_in(Role.RECEPTION)
    staff = clinic.app.services.staff
    account = await staff.by_login("reception", by=COMMAND_LINE)
    async with listening(browser) as stream:
        await stream.hint()
        if how == "signed out":
            await staff.recovery.sign_out(account.id, by=COMMAND_LINE, now=clinic.now)
        else:
            await staff.disable(account.id, by=COMMAND_LINE, revision=account.revision, now=clinic.now)
        assert await stream.ended()


async def test_a_quiet_stream_gets_an_empty_line_now_and_then(sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_stream, "BEAT_SECONDS", 0.05)
    browser = await sign_in(Role.RECEPTION)
    async with listening(browser) as stream:
        await stream.hint()
        async with asyncio.timeout(LIMIT_SECONDS):
            while await stream.answer.content.readline() != b": still here\n":
                pass


async def test_an_open_stream_does_not_hold_up_the_stop_of_the_service(clinic: Clinic, sign_in: SignIn) -> None:
    browser = await sign_in(Role.RECEPTION)
    async with listening(browser) as stream:
        await stream.hint()
        await clinic.app.services.chat.feed.close()
        assert await stream.ended()


async def test_who_may_not_read_the_desk_hears_nothing(sign_in: SignIn) -> None:
    browser = await sign_in(None)
    async with browser.session.get(f"{browser.url}/console/desk/events", allow_redirects=False) as answer:
        assert answer.status in {303, 401, 403}
