"""Nothing is done to an account that cannot be written into the audit."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.auditing import UnwritableAudit
from tests.store.test_staff import Room, room
from wxbot.actors import COMMAND_LINE
from wxbot.database import ConnectionFailure
from wxbot.staff.models import Account
from wxbot.staff.permissions import Role

__all__ = ["room"]


Deed = Callable[[Room, Account], Awaitable[object]]

DEEDS: dict[str, Deed] = {
    "create": lambda room, _: room.hire("xiaozhou"),
    "edit": lambda room, it: room.staff.edit(
        it.id, by=COMMAND_LINE, revision=it.revision, name="林", role=Role.CLINICIAN, team=None, now=room.now
    ),
    "disable": lambda room, it: room.staff.disable(it.id, by=COMMAND_LINE, revision=it.revision, now=room.now),
    "reset password": lambda room, it: room.staff.recovery.reset_password(it.id, by=COMMAND_LINE, now=room.now),
    "reset codes": lambda room, it: room.staff.recovery.reset_codes(it.id, by=COMMAND_LINE, now=room.now),
    "sign out": lambda room, it: room.staff.recovery.sign_out(it.id, by=COMMAND_LINE, now=room.now),
}


async def state(room: Room) -> list[Any]:
    return [await room.database.collection(name).find().sort("_id", 1).to_list(None) for name in ("staff", "sessions")]


@pytest.mark.parametrize("what", DEEDS)
async def test_what_cannot_be_noted_is_not_done_to_an_account(
    room: Room, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = await room.hire("xiaolin")
    await room.enter("xiaolin")
    before = await state(room)
    monkeypatch.setattr(room.staff._audit, "record", UnwritableAudit().record)
    with pytest.raises(ConnectionFailure):
        await DEEDS[what](room, account)
    assert await state(room) == before
    monkeypatch.undo()
    await DEEDS[what](room, account)
    assert await state(room) != before


async def test_an_account_is_not_enabled_without_an_entry(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    account = await room.hire("xiaolin")
    account = await room.staff.disable(account.id, by=COMMAND_LINE, revision=account.revision, now=room.now)
    monkeypatch.setattr(room.staff._audit, "record", UnwritableAudit().record)
    with pytest.raises(ConnectionFailure):
        await room.staff.enable(account.id, by=COMMAND_LINE, revision=account.revision, now=room.now)
    assert (await room.staff.account(account.id, by=COMMAND_LINE)).disabled
