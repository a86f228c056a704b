"""The desk's live stream ends when its reader may not listen any more, and says nothing after that."""

import asyncio

import pytest

from tests.console.conftest import PASSWORD, Clinic, SignIn
from tests.console.test_desk_stream import LIMIT_SECONDS, listening
from wxbot.actors import COMMAND_LINE
from wxbot.staff.permissions import Role
from wxbot.web.console import event_stream

NEW_PASSWORD = "another horse 电池 staple"


def test_the_session_is_looked_at_at_every_beat_and_a_beat_is_short() -> None:
    assert event_stream.BEAT_SECONDS <= 25


@pytest.mark.parametrize("how", ["signed out", "disabled", "role changed", "password changed", "password reset"])
async def test_a_stream_ends_with_the_right_to_it_and_says_nothing_after(
    clinic: Clinic, sign_in: SignIn, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_stream, "BEAT_SECONDS", 0.05)
    browser = await sign_in(Role.RECEPTION)
    staff, now = clinic.app.services.staff, clinic.now
    account = await staff.by_login("reception", by=COMMAND_LINE)
    openid = await clinic.person("小林")
    async with listening(browser) as stream:
        await stream.hint()
        if how == "signed out":
            await browser.get("/console/")
            await browser.post("/console/sign-out")
        elif how == "disabled":
            await staff.disable(account.id, by=COMMAND_LINE, revision=account.revision, now=now)
        elif how == "role changed":
            await staff.edit(
                account.id,
                by=COMMAND_LINE,
                now=now,
                revision=account.revision,
                name=account.name,
                role=Role.CLINICIAN,
                team=None,
            )
        elif how == "password reset":
            await staff.recovery.reset_password(account.id, by=COMMAND_LINE, now=now)
        else:
            elsewhere = await sign_in(Role.RECEPTION)
            await elsewhere.get("/console/me")
            fields = {"old": PASSWORD, "new": NEW_PASSWORD, "again": NEW_PASSWORD}
            page = await elsewhere.post("/console/me/password", fields)
            assert page.status == 200, page.text
        async with asyncio.timeout(LIMIT_SECONDS):
            while await stream.answer.content.readline():  # what was told while it lasted
                pass
        await clinic.say(openid, "还在吗")
        assert stream.answer.content.at_eof()
        assert await stream.answer.content.read() == b""
    page = await browser.get("/console/desk/events", follow=False)
    assert page.status in {302, 303, 401, 403}
