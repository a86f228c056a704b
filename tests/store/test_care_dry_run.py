"""The dry run: every figure with its records, for leads, of a month at most. That it is right: `test_care_year.py`."""

from datetime import timedelta

import pytest

from tests.auditing import NOBODY
from tests.store.test_care import STORES, here
from tests.store.test_care_course import Ward
from wxbot.actors import Actor
from wxbot.audit.store import AuditStore
from wxbot.database import Database
from wxbot.errors import ForbiddenError, InvalidInputError
from wxbot.outbox.forecast import Will
from wxbot.outbox.ledger import Action
from wxbot.staff.permissions import Role, permissions_of

LEAD = Actor(id="1", name="李主管", permissions=permissions_of(Role.MANAGER))


async def test_every_figure_has_its_records_and_nothing_is_written(database: Database) -> None:
    await database.create_indexes([*STORES, AuditStore])  # type: ignore[list-item]
    ward = Ward(database)
    contact, _ = await ward.treat()
    await ward.room.outbox.rights.note_action(contact.id, Action.MESSAGE, here(27, 16))
    dry = await ward.room.care.dry_runs.run(here(28, 8), here(29, 20), by=LEAD)
    assert {group: [each.key for each in found] for group, found in dry.groups.items()} == {
        ("术后关怀", "call_pain", Will.DROP, "condition"): ["surgery/call_pain/treatment:a1"],
        ("术后关怀", "pain", Will.SEND, ""): ["surgery/pain/treatment:a1"],
    }
    assert await ward.room.keys() == []
    assert await ward.room.store.looks.last() is None


async def test_a_dry_run_is_for_leads_and_not_longer_than_a_month(database: Database) -> None:
    await database.create_indexes([*STORES, AuditStore])  # type: ignore[list-item]
    ward = Ward(database)
    with pytest.raises(ForbiddenError):
        await ward.room.care.dry_runs.run(here(28, 8), here(29, 8), by=NOBODY)
    with pytest.raises(InvalidInputError):
        await ward.room.care.dry_runs.run(here(1, 8), here(1, 8) + timedelta(days=32), by=LEAD)
