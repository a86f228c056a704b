"""A step's time set by hand and a plan ended, over a real mongod: pinned, noted, taken back, nothing else touched."""

from datetime import datetime, timedelta

import pytest

from tests.auditing import NOBODY, RECEPTION, entries
from tests.store.test_care import STORES, Room, here, somebody, visit
from tests.store.test_care_course import Ward
from wxbot.audit.store import AuditStore
from wxbot.booking.models import AppointmentState
from wxbot.database import Database
from wxbot.errors import FieldErrors, ForbiddenError, NotFoundError, StaleError
from wxbot.history.models import PatientId
from wxbot.outbox.forecast import Will
from wxbot.patients.models import Birthday, Calendar

PAIN = "surgery/pain/treatment:a1"
PLANNED = here(28, 10)
REASON = "患者出差，周一再问"


@pytest.fixture
async def ward(database: Database) -> Ward:
    await database.create_indexes([*STORES, AuditStore])  # type: ignore[list-item]
    return Ward(database)


async def moved(ward: Ward, patient_id: PatientId, at: datetime, now: datetime, reason: str = REASON) -> None:
    await ward.room.care.changes.move([patient_id], PAIN, at, reason, by=RECEPTION, now=now)


async def test_a_step_moved_later_leaves_at_the_new_time_and_not_at_the_derived_one(ward: Ward) -> None:
    contact, patient = await ward.treat()
    later = here(29, 15)
    await moved(ward, patient.id, later, here(28, 9))
    assert await ward.at(contact, PLANNED) == {}
    assert await ward.at(contact, here(29, 14, 59)) == {"call_pain": "condition"}
    assert (await ward.at(contact, later))["pain"] == "accepted"
    pinned = await ward.room.outbox.find(PAIN)
    assert pinned is not None
    assert (pinned.due_at, pinned.expires_at) == (later, later + timedelta(hours=8))
    assert await ward.room.engine().enqueue_due(here(29, 16)) == 0


async def test_a_step_moved_earlier_leaves_earlier_and_once(ward: Ward) -> None:
    contact, patient = await ward.treat()
    await moved(ward, patient.id, here(27, 20), here(27, 18))
    assert await ward.at(contact, here(27, 20)) == {"pain": "accepted"}
    assert await ward.at(contact, PLANNED) == {"pain": "accepted"}


async def test_a_hand_set_time_stays_when_the_fact_behind_it_moves(ward: Ward) -> None:
    contact, patient = await ward.treat()
    await moved(ward, patient.id, here(30, 15), here(28, 9))
    later = timedelta(days=1)
    attended = visit(
        contact, patient, state=AppointmentState.COMPLETED, version=3, start=here(28, 14), end=here(27, 15) + later
    )
    await ward.room.keep(attended)
    assert await ward.at(contact, PLANNED + later) == {}
    assert "pain" in await ward.at(contact, here(30, 15))


async def test_the_page_shows_who_moved_a_step_and_why_and_the_audit_has_it(ward: Ward, database: Database) -> None:
    _, patient = await ward.treat()
    await moved(ward, patient.id, here(30, 15), here(28, 9))
    steps = {each.step: each for each in await ward.room.care.upcoming([patient.id], here(28, 9))}
    pin = steps["pain"].pin
    assert pin is not None
    assert (steps["pain"].at, pin.by_name, pin.reason) == (here(30, 15), RECEPTION.name, REASON)
    assert steps["how"].pin is None
    (entry,) = await entries(database, "care_step:moved")
    assert (entry.subject, entry.summary) == (f"patient:{patient.id}", f"改时间：术后关怀，{REASON}")


async def test_a_step_put_back_leaves_at_its_derived_time(ward: Ward) -> None:
    contact, patient = await ward.treat()
    await moved(ward, patient.id, here(30, 15), here(28, 9))
    await ward.room.care.changes.put_back([patient.id], PAIN, by=RECEPTION, now=here(28, 9, 30))
    assert await ward.at(contact, PLANNED) == {"pain": "accepted"}
    with pytest.raises(StaleError):
        await ward.room.care.changes.put_back([patient.id], PAIN, by=RECEPTION, now=here(28, 11))


async def test_a_step_whose_derived_time_has_passed_is_not_put_back(ward: Ward) -> None:
    _, patient = await ward.treat()
    await moved(ward, patient.id, here(30, 15), here(28, 9))
    with pytest.raises(StaleError, match="passed"):
        await ward.room.care.changes.put_back([patient.id], PAIN, by=RECEPTION, now=here(29, 9))


async def test_a_step_that_waits_in_the_outbox_waits_for_the_new_time(ward: Ward) -> None:
    contact, patient = await ward.treat()
    await ward.room.care.enqueue_due(PLANNED)
    await moved(ward, patient.id, here(28, 15), here(28, 10, 1))
    await ward.room.outbox.deliver_due(here(28, 14))
    assert ward.phone.sent == []
    assert (await ward.at(contact, here(28, 15)))["pain"] == "accepted"


async def test_what_has_left_is_not_moved(ward: Ward) -> None:
    contact, patient = await ward.treat()
    await ward.at(contact, PLANNED)
    with pytest.raises(StaleError):
        await moved(ward, patient.id, here(30, 15), here(28, 11))
    assert await ward.room.store.changes.pins([PAIN]) == {}


async def test_a_move_to_the_past_or_without_a_reason_or_of_no_step_is_refused(ward: Ward) -> None:
    _, patient = await ward.treat()
    for at, reason, field in (
        (here(28, 8), REASON, "at"),
        (here(30, 8), "  ", "reason"),
        (here(30, 8), "长" * 201, "reason"),
    ):
        with pytest.raises(FieldErrors) as refused:
            await moved(ward, patient.id, at, here(28, 9), reason)
        assert list(refused.value.fields) == [field]
    changes = ward.room.care.changes
    with pytest.raises(NotFoundError):
        await changes.move([patient.id], "surgery/none/treatment:a1", here(30, 8), REASON, by=RECEPTION, now=PLANNED)
    with pytest.raises(NotFoundError):
        await changes.end([patient.id], "surgery/treatment:a9", REASON, by=RECEPTION, now=PLANNED)
    with pytest.raises(ForbiddenError):
        await changes.move([patient.id], PAIN, here(30, 8), REASON, by=NOBODY, now=PLANNED)


async def test_a_moved_birthday_wish_is_found_after_the_day(database: Database) -> None:
    await database.create_indexes([*STORES, AuditStore])  # type: ignore[list-item]
    room = Room(database)
    _, patient = await somebody(room)
    await room.patients.set_birthday(
        patient.id, Birthday(calendar=Calendar.SOLAR, year=1990, month=11, day=28), now=here(20, 9)
    )
    key = f"birthday/wish/birthday:{patient.id}:2026-11-28"
    await room.care.changes.move([patient.id], key, here(29, 11), "当天有手术", by=RECEPTION, now=here(27, 9))
    assert await room.care.enqueue_due(here(28, 10)) == 0
    assert await room.care.enqueue_due(here(29, 11)) == 1
    assert await room.keys() == [key]


async def test_a_plan_ended_and_resumed_and_only_that_one(ward: Ward, database: Database) -> None:
    contact, patient = await ward.treat()
    changes = ward.room.care.changes
    await changes.end([patient.id], "surgery/treatment:a1", "已转院", by=RECEPTION, now=here(28, 9))
    with pytest.raises(StaleError):
        await changes.end([patient.id], "surgery/treatment:a1", "已转院", by=RECEPTION, now=here(28, 9))
    steps = await ward.room.care.upcoming([patient.id], here(28, 9))
    assert {each.will for each in steps} == {Will.DROP}
    assert {each.reason for each in steps} == {"ended"}
    assert [each.words for each in await changes.endings_of([patient.id])] == [
        f"{RECEPTION.name}结束了这份计划：已转院"
    ]
    assert await ward.at(contact, PLANNED) == {"pain": "ended"}
    await changes.resume([patient.id], "surgery/treatment:a1", by=RECEPTION, now=here(28, 12))
    assert (await ward.at(contact, here(30, 10)))["how"] == "accepted"
    assert [each.action for each in await entries(database)] == ["care:resumed", "care:ended"]
    with pytest.raises(StaleError):
        await changes.resume([patient.id], "surgery/treatment:a1", by=RECEPTION, now=here(28, 12))
