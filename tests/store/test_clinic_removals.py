"""Removing a part of the clinic: the entry in the audit is written before the part is gone."""

from collections.abc import Awaitable, Callable

import pytest

from tests.auditing import UnwritableAudit
from tests.store.test_clinic_settings import CHEN, NOW, Process, process
from wxbot.actors import COMMAND_LINE
from wxbot.clinic.parts import SettingKind
from wxbot.database import ConnectionFailure
from wxbot.errors import StaleError

__all__ = ["process"]


async def remove_practitioner(process: Process, revision: int) -> None:
    await process.settings.remove(SettingKind.PRACTITIONERS, CHEN.id, revision, by=COMMAND_LINE, now=NOW)


async def remove_closure(process: Process, revision: int) -> None:
    (closure,) = (await process.settings.stored(by=COMMAND_LINE)).closures
    await process.closures.remove(closure.id, revision, by=COMMAND_LINE, now=NOW)


@pytest.mark.parametrize("remove", [remove_practitioner, remove_closure])
async def test_what_cannot_be_noted_is_not_removed(
    process: Process, remove: Callable[[Process, int], Awaitable[None]]
) -> None:
    before, deeds = await process.store.read(), await process.deeds()
    with pytest.raises(StaleError):
        await remove(process, 7)
    assert await process.deeds() == deeds
    editing = process.settings._editing
    trail, editing.audit = editing.audit, UnwritableAudit()  # type: ignore[assignment]
    with pytest.raises(ConnectionFailure):
        await remove(process, 1)
    assert await process.store.read() == before
    editing.audit = trail
    await remove(process, 1)
    assert await process.store.read() != before
    assert [action for action, _, _ in await process.deeds()][len(deeds) :] == ["settings:deleted"]
