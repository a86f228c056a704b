"""A password reset, a closed account or a renewed hash in the middle of a sign-in."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pyotp
import pytest

from tests.store.test_staff import PASSWORD, Room, room
from wxbot.actors import COMMAND_LINE
from wxbot.staff.errors import SignInRefusedError
from wxbot.staff.models import Opened
from wxbot.staff.sessions import Sessions

__all__ = ["room"]


def meanwhile(monkeypatch: pytest.MonkeyPatch, deed: Callable[[], Awaitable[object]]) -> None:
    """Let something happen between the check of a sign-in and the opening of its session."""
    opening = Sessions.open

    async def opened(self: Sessions, *given: Any, **named: Any) -> Opened:
        monkeypatch.setattr(Sessions, "open", opening)
        await deed()
        return await opening(self, *given, **named)

    monkeypatch.setattr(Sessions, "open", opened)


@pytest.mark.parametrize("what", ["reset", "disabled"])
async def test_a_sign_in_with_the_old_password_does_not_outlive_the_reset_in_its_middle(
    room: Room, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    account = await room.hire("xiaolin")

    async def reset() -> None:
        if what == "reset":
            await room.staff.recovery.reset_password(account.id, by=COMMAND_LINE, now=room.now)
        else:
            await room.staff.disable(account.id, by=COMMAND_LINE, revision=account.revision, now=room.now)

    meanwhile(monkeypatch, reset)
    with pytest.raises(SignInRefusedError):
        await room.enter("xiaolin")
    assert await room.database.collection("sessions").count_documents({}) == 0
    assert "staff:signed_in" not in await room.actions()


async def test_a_code_does_not_open_what_was_closed_while_it_was_checked(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = await room.hire("xiaolin")
    enrolment = await room.staff.self_service.begin_codes(by=account.actor)
    totp = pyotp_of(enrolment.secret)
    await room.staff.self_service.confirm_codes(PASSWORD, totp(room), by=account.actor, now=room.now, real=room.real)
    half = await room.enter("xiaolin")
    room.clock.move(timedelta(minutes=1))
    meanwhile(monkeypatch, lambda: room.staff.recovery.reset_password(account.id, by=COMMAND_LINE, now=room.now))
    with pytest.raises(SignInRefusedError):
        await room.staff.access.enter_code(half.token, totp(room), now=room.now, real=room.real)
    assert await room.database.collection("sessions").count_documents({}) == 0


def pyotp_of(secret: str) -> Callable[[Room], str]:
    return lambda room: pyotp.TOTP(secret).at(room.real)


async def test_a_hash_renewed_by_a_sign_in_beside_this_one_is_no_reset(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = await room.hire("xiaolin")

    async def renew() -> None:
        fresh = await room.staff._passwords.hash(PASSWORD)
        await room.staff._store.change(account.id, {}, {"password_hash": fresh})

    meanwhile(monkeypatch, renew)
    assert await room.is_in(await room.enter("xiaolin"))
