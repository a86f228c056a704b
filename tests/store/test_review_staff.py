"""What a second look at accounts found: a reset in the middle of a sign-in, entries before deeds, who left WeChat."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.store.test_staff import PASSWORD, Room, room
from wxbot.actors import COMMAND_LINE
from wxbot.database import ConnectionFailure
from wxbot.errors import FieldErrors
from wxbot.staff.errors import SignInRefusedError
from wxbot.staff.models import Account, Opened
from wxbot.staff.permissions import Role
from wxbot.staff.sessions import Sessions

__all__ = ["room"]


class Silent:
    """An audit trail that cannot be written: the process dies there."""

    async def record(self, *_: Any, **__: Any) -> None:
        raise ConnectionFailure("the audit does not answer")


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
            await room.staff.reset_password(account.id, by=COMMAND_LINE, now=room.now)
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
    await room.staff.self_service.confirm_codes(totp(room), by=account.actor, now=room.now, real=room.real)
    half = await room.enter("xiaolin")
    room.clock.move(timedelta(minutes=1))
    meanwhile(monkeypatch, lambda: room.staff.reset_password(account.id, by=COMMAND_LINE, now=room.now))
    with pytest.raises(SignInRefusedError):
        await room.staff.access.enter_code(half.token, totp(room), now=room.now, real=room.real)
    assert await room.database.collection("sessions").count_documents({}) == 0


def pyotp_of(secret: str) -> Callable[[Room], str]:
    import pyotp  # noqa: PLC0415 - only here

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


Deed = Callable[[Room, Account], Awaitable[object]]
DEEDS: dict[str, Deed] = {
    "create": lambda room, _: room.hire("xiaozhou"),
    "edit": lambda room, it: room.staff.edit(
        it.id, by=COMMAND_LINE, revision=it.revision, name="林", role=Role.CLINICIAN, team=None, now=room.now
    ),
    "disable": lambda room, it: room.staff.disable(it.id, by=COMMAND_LINE, revision=it.revision, now=room.now),
    "reset password": lambda room, it: room.staff.reset_password(it.id, by=COMMAND_LINE, now=room.now),
    "reset codes": lambda room, it: room.staff.reset_codes(it.id, by=COMMAND_LINE, now=room.now),
    "sign out": lambda room, it: room.staff.sign_out(it.id, by=COMMAND_LINE, now=room.now),
}


async def state(room: Room) -> list[Any]:
    return [await room.database.collection(name).find().sort("_id", 1).to_list(None) for name in ("staff", "sessions")]


@pytest.mark.parametrize("what", DEEDS)
async def test_what_cannot_be_noted_is_not_done_to_an_account(room: Room, what: str) -> None:
    account = await room.hire("xiaolin")
    await room.enter("xiaolin")
    before = await state(room)
    trail, room.staff._audit = room.staff._audit, Silent()  # type: ignore[assignment]
    with pytest.raises(ConnectionFailure):
        await DEEDS[what](room, account)
    assert await state(room) == before
    room.staff._audit = trail
    await DEEDS[what](room, account)
    assert await state(room) != before


async def test_an_account_is_not_enabled_without_an_entry(room: Room) -> None:
    account = await room.hire("xiaolin")
    account = await room.staff.disable(account.id, by=COMMAND_LINE, revision=account.revision, now=room.now)
    room.staff._audit = Silent()  # type: ignore[assignment]
    with pytest.raises(ConnectionFailure):
        await room.staff.enable(account.id, by=COMMAND_LINE, revision=account.revision, now=room.now)
    assert (await room.staff.account(account.id, by=COMMAND_LINE)).disabled


async def test_what_is_refused_to_the_last_administrator_leaves_no_entry(room: Room) -> None:
    admin = await room.hire("boss", Role.ADMIN)
    with pytest.raises(FieldErrors):
        await room.staff.disable(admin.id, by=COMMAND_LINE, revision=admin.revision, now=room.now)
    with pytest.raises(FieldErrors):
        await room.hire("boss")
    assert await room.actions() == ["staff:created"]


async def test_the_wechat_of_somebody_who_was_erased_is_no_accounts_any_more(room: Room) -> None:
    account = await room.hire("xiaolin")
    scene = await room.staff.start_binding(by=account.actor, now=room.now)
    await room.staff.bind_wechat(scene, "oLin", room.now)
    for _ in range(2):
        await room.staff.forget_wechat("oLin", room.now)
    assert await room.staff.openid_of(by=account.actor) is None
    assert "oLin" not in str(await room.database.collection("staff").find().to_list(None))
    assert await room.actions() == ["staff:created", "staff:wechat_bound", "staff:wechat_unbound"]
