"""The live stream of the console: it ends with its session and survives a failed look."""

import asyncio
from typing import Any

import aiohttp
import pytest

from tests.console.conftest import Browser, Clinic, SignIn
from wxbot.actors import COMMAND_LINE
from wxbot.staff.permissions import Role
from wxbot.web.console import event_stream, live


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_stream, "BEAT_SECONDS", 0.05)
    monkeypatch.setattr(live, "LOOK_SECONDS", 0.02)


async def ended(answer: aiohttp.ClientResponse) -> bool:
    async with asyncio.timeout(60):
        async for _ in answer.content:
            pass
    return True


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("how", ["signed out", "disabled"])
async def test_a_stream_ends_with_its_session(clinic: Clinic, sign_in: SignIn, how: str) -> None:
    browser = await sign_in(Role.RECEPTION)
    staff = clinic.app.services.staff
    account = await staff.by_login("reception", by=COMMAND_LINE)
    async with browser.session.get(f"{browser.url}/console/live") as answer:
        assert answer.status == 200
        await answer.content.readline()
        if how == "signed out":
            await staff.recovery.sign_out(account.id, by=COMMAND_LINE, now=clinic.now)
        else:
            await staff.disable(account.id, by=COMMAND_LINE, revision=account.revision, now=clinic.now)
        assert await ended(answer)


@pytest.mark.usefixtures("quick")
async def test_one_failed_look_does_not_silence_the_open_streams(
    clinic: Clinic, admin: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    board = clinic.app.services.board
    numbers, looks = board.numbers, iter([KeyError("unexpected"), ValueError("too")])

    async def failing(*given: Any) -> Any:
        for error in looks:
            raise error
        return await numbers(*given)

    monkeypatch.setattr(type(board), "numbers", lambda _, *given: failing(*given))
    async with asyncio.timeout(60), admin.session.get(f"{admin.url}/console/live") as answer:
        async for line in answer.content:
            if line.startswith(b"event:"):
                return
    pytest.fail("no number came")
