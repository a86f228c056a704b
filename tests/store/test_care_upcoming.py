"""What a patient's page says is coming, and why: judged by the code that sends, without writing anything."""

from datetime import timedelta

import pytest

from tests.store.test_care import MADE, START, STORES, Room, here, somebody, visit
from wxbot.booking.models import AppointmentState
from wxbot.database import Database
from wxbot.history.models import PatientId
from wxbot.outbox.forecast import Will
from wxbot.outbox.stores.messages import OUTBOX
from wxbot.patients.models import Birthday, Calendar
from wxbot.patients.stores.patients import PATIENTS


@pytest.fixture
async def room(database: Database) -> Room:
    await database.create_indexes(STORES)  # type: ignore[arg-type]
    room = Room(database)
    room.outbox.bind(room.care)
    return room


async def told(room: Room, patient_id: PatientId, *more: PatientId) -> list[tuple[str, Will, str]]:
    steps = await room.care.upcoming([patient_id, *more], MADE)
    return [(step.template, step.will, step.reason) for step in steps]


async def test_what_is_coming_is_told_in_order_with_who_decided(room: Room, database: Database) -> None:
    contact, patient = await somebody(room)
    await room.patients.set_birthday(
        patient.id, Birthday(calendar=Calendar.SOLAR, year=1990, month=12, day=24), now=MADE
    )
    await room.keep(visit(contact, patient))
    assert await told(room, patient.id) == [
        ("care.confirmed", Will.WAIT, "rights_closed"),  # the patient may still act before the visit
        ("care.three_days", Will.PHONE, "no_channel"),
        ("care.day_before", Will.PHONE, "no_channel"),
        ("care.wish", Will.PHONE, "no_channel"),
    ]
    assert all(step.explanation for step in await room.care.upcoming([patient.id], MADE))
    assert await database.collection(OUTBOX).count_documents({}) == 0


async def test_a_hold_stands_against_care_and_not_against_reminders(room: Room) -> None:
    contact, patient = await somebody(room)
    await room.patients.set_birthday(
        patient.id, Birthday(calendar=Calendar.SOLAR, year=1990, month=12, day=24), now=MADE
    )
    await room.keep(visit(contact, patient))
    await room.hold(patient.id, "投诉处理中")
    steps = await room.care.upcoming([patient.id], MADE)
    held = {step.template: step.explanation for step in steps if step.reason == "hold"}
    assert held == {"care.wish": "已暂停对该患者的自动关怀：投诉处理中"}


async def test_a_step_that_stands_in_the_outbox_is_told_from_there(room: Room) -> None:
    contact, patient = await somebody(room)
    await room.keep(visit(contact, patient))
    assert await room.care.enqueue_due(MADE) == 1
    (first, *_) = await room.care.upcoming([patient.id], MADE)
    assert (first.template, first.will, first.message_id is not None) == ("care.confirmed", Will.WAIT, True)
    await room.outbox.groups.cancel("", "cancelled", explanation="前台取消了", now=MADE)
    (first, *_) = await room.care.upcoming([patient.id], MADE)
    assert (first.template, first.will, first.explanation) == ("care.confirmed", Will.DROP, "前台取消了")


async def test_aftercare_of_a_duplicate_is_coming_for_the_record_it_became(room: Room, database: Database) -> None:
    contact, patient = await somebody(room)
    started = MADE - timedelta(hours=3)
    done = visit(contact, patient, state=AppointmentState.COMPLETED, start=started, end=started + timedelta(hours=1))
    await room.keep(done)
    survivor = PatientId("survivor")
    kept = await database.collection(PATIENTS).find_one({"_id": patient.id})
    assert kept is not None
    await database.collection(PATIENTS).insert_one({**kept, "_id": survivor, "contact_id": None})
    await database.collection(PATIENTS).update_one({"_id": patient.id}, {"$set": {"merged_into": survivor}})
    assert [step.template for step in await room.care.upcoming([survivor, patient.id], MADE)] == [
        "care.day_1",
        "care.month_6",
    ]


async def test_nothing_is_coming_for_nobody_and_after_the_visit_was_cancelled(room: Room) -> None:
    contact, patient = await somebody(room)
    await room.keep(visit(contact, patient, state=AppointmentState.CANCELLED))
    assert await room.care.upcoming([patient.id], MADE) == []
    assert await room.care.upcoming([PatientId("nobody")], MADE) == []
    assert await room.care.upcoming([], MADE) == []


async def test_reminders_of_hours_that_passed_before_the_booking_are_not_announced(room: Room) -> None:
    contact, patient = await somebody(room)
    await room.keep(visit(contact, patient, created_at=START - timedelta(hours=3)))
    steps = await room.care.upcoming([patient.id], here(27, 11, 30))
    assert [step.template for step in steps] == ["care.confirmed"]
