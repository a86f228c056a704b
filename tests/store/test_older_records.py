"""Records from before there were search keys are found after the next start."""

from tests.clinics import FixedClinic
from tests.conftest import ManualClock
from tests.encryption import KEYS
from tests.store.test_booking import CLINIC
from wxbot.actors import COMMAND_LINE
from wxbot.audit.service import AuditTrail
from wxbot.audit.store import AuditStore
from wxbot.database import Database
from wxbot.history.service import History
from wxbot.history.store import HistoryStore
from wxbot.patients.records import PatientRecords
from wxbot.patients.stores.patients import PatientStore


async def test_an_older_record_is_found_after_catching_up_and_a_second_time_changes_nothing(
    database: Database, clock: ManualClock
) -> None:
    patients, audit, history = PatientStore(database, KEYS), AuditStore(database), HistoryStore(database)
    await database.create_indexes([patients, patients.finding, audit, history])
    records = PatientRecords(
        patients,
        history=History(history),
        audit=AuditTrail(audit, timezone=CLINIC.timezone, keys=KEYS),
        clinics=FixedClinic(CLINIC),
    )
    new = await records.create({"name": "欧阳晓燕"}, by=COMMAND_LINE, now=clock.now())
    rows = database.collection("patients")
    await rows.update_one({"_id": new.id}, {"$unset": {"search_keys": ""}})
    assert (await records.search("晓燕", by=COMMAND_LINE, now=clock.now())).cards == ()
    assert [await records.catch_up(), await records.catch_up()] == [1, 0]
    found = await records.search("晓燕", by=COMMAND_LINE, now=clock.now())
    assert [card.id for card in found.cards] == [new.id]
