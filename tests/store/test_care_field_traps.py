"""Where systems of this kind broke: what is left of field traps 2.2 and 2.3 beside the tests that name their rows."""

import time as machine
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.store.test_care import STORES, WORDINGS, Room, here, somebody, visit
from tests.store.test_care_course import Ward
from wxbot.booking.models import AppointmentState
from wxbot.database import Database
from wxbot.outbox.forecast import Will
from wxbot.outbox.models import State
from wxbot.patients.stores.patients import PATIENTS

COMPLETED, NO_SHOW = AppointmentState.COMPLETED, AppointmentState.NO_SHOW


@pytest.fixture
async def room(database: Database) -> Room:
    await database.create_indexes(STORES)  # type: ignore[arg-type]
    return Room(database)


@pytest.fixture
async def ward(database: Database) -> Ward:
    await database.create_indexes(STORES)  # type: ignore[arg-type]
    return Ward(database)


async def test_a_second_treatment_begins_the_plan_with_its_first_step(room: Room) -> None:
    """Field traps 2.2, row 3: a restart skipped the first step. A second treatment is an enrolment of its own."""
    contact, patient = await somebody(room)
    first = visit(contact, patient, state=COMPLETED, version=2)
    again = {"start": here(30, 14), "end": here(30, 15), "state": COMPLETED, "version": 2}
    await room.keep(first, visit(contact, patient, number=2, **again))
    for moment in (
        here(28, 10),
        here(1, 10, month=12),
        here(27, 10, month=5, year=2027),
        here(30, 10, month=5, year=2027),
    ):
        assert await room.care.enqueue_due(moment) == 1
    assert await room.keys() == [
        "surgery/day_1/treatment:a1",
        "surgery/day_1/treatment:a2",
        "surgery/month_6/treatment:a1",
        "surgery/month_6/treatment:a2",
    ]


async def test_a_visit_whose_state_goes_to_and_fro_keeps_its_course(ward: Ward) -> None:
    """Field traps 2.2, row 6: who left a group for a moment lost every later step."""
    contact, patient = await ward.treat()
    assert (await ward.at(contact, here(28, 10)))["pain"] == "accepted"
    attended = visit(contact, patient, state=COMPLETED, version=2)
    await ward.room.keep(replace(attended, state=NO_SHOW, version=3))
    assert await ward.at(contact, here(28, 12)) == {"pain": "accepted"}
    await ward.room.keep(replace(attended, version=4))
    assert await ward.at(contact, here(29, 9)) == {"pain": "accepted", "call_pain": "condition"}
    assert (await ward.at(contact, here(30, 10)))["how"] == "accepted"
    assert len(ward.phone.sent) == 2


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The process' own zone is another one."""
    monkeypatch.setenv("TZ", "America/St_Johns")
    machine.tzset()
    yield
    monkeypatch.undo()
    machine.tzset()


@pytest.mark.usefixtures("elsewhere")
async def test_the_zone_of_the_machine_decides_nothing(room: Room) -> None:
    """Field traps 2.2, row 7: the server's zone was taken for the patient's."""
    contact, patient = await somebody(room)
    await room.keep(visit(contact, patient, state=COMPLETED, version=2))
    assert await room.care.enqueue_due(here(28, 9, 59)) == 0
    assert await room.care.enqueue_due(here(28, 10)) == 1
    (row,) = await room.messages()
    assert (row.due_at, row.expires_at) == (here(28, 10), here(28, 18))


async def test_nothing_is_stored_ahead_and_a_list_of_what_comes_is_short(room: Room) -> None:
    """Field traps 2.2, row 15: thousands of tasks of the far future stopped the log-in."""
    contact, patient = await somebody(room)
    await room.keep(*(visit(contact, patient, number=number, state=COMPLETED, version=2) for number in range(1, 40)))
    await room.keep(visit(contact, patient, number=40, start=here(2, 9, month=12), end=here(2, 10, month=12)))
    now = here(28, 10)
    await room.care.enqueue_due(now)
    assert {row.due_at for row in await room.messages()} == {now}
    assert len(await room.care.upcoming([patient.id], now)) == 20


async def test_what_comes_is_the_same_whoever_asks_and_follows_a_change_at_once(ward: Ward, database: Database) -> None:
    """Field traps 2.2, rows 16, 18 and 20: lists differed after a reload; states were stale until a job had run."""
    room = Room(database, wordings=WORDINGS, sender=ward.phone)  # what comes is judged as it is when it leaves
    contact, patient = await somebody(room)
    booked = visit(contact, patient)
    await room.keep(booked)
    now = here(25, 9)
    found = await room.care.upcoming([patient.id], now)
    assert [(each.step, each.will) for each in found] == [("day_before", Will.PHONE)]
    for engine in (room.care, room.engine()):
        assert await engine.upcoming([patient.id], now) == found
    await room.care.enqueue_due(here(26, 10))
    await room.keep(replace(booked, state=AppointmentState.CANCELLED, version=2))
    assert await room.care.upcoming([patient.id], here(26, 10)) == []
    assert await room.reasons() == ["appointment_cancelled"]


async def test_steps_of_a_held_patient_are_born_held_and_come_back_with_the_patient(
    ward: Ward, database: Database
) -> None:
    """Field traps 2.3: what falls due under a hold has its row with that reason; lifted, the next ones leave again."""
    contact, patient = await ward.treat()
    await ward.room.hold(patient.id, "投诉处理中")
    steps = {each.step: each.will for each in await ward.room.care.upcoming([patient.id], here(28, 9))}
    assert steps["pain"] is Will.DROP
    assert await ward.at(contact, here(28, 10)) == {"pain": "hold"}
    await database.collection(PATIENTS).update_one({"_id": patient.id}, {"$set": {"holds": [], "held_kinds": []}})
    await ward.at(contact, here(29, 9))
    found = await ward.at(contact, here(30, 10))
    assert found == {"pain": "hold", "call_pain": "condition", "how": "accepted"}


async def test_a_moved_visit_drops_what_was_made_for_the_old_hour_when_it_comes_up(
    ward: Ward, database: Database
) -> None:
    """Field traps 2.3: an edit touches no rows; each names the version of its fact, and an old one is dropped."""
    room = Room(database, wordings=WORDINGS, sender=ward.phone)
    contact, patient = await somebody(room, "oPatient2")
    booked = visit(contact, patient, number=7)
    await room.keep(booked)
    await room.care.enqueue_due(here(26, 10))
    moved = replace(booked, start=here(29, 9), end=here(29, 10), version=2, moved_from=booked.start)
    await room.keep(replace(moved, changed_at=here(26, 10)))
    await room.outbox.deliver_due(here(26, 10) + timedelta(minutes=1))
    (row,) = await room.messages()
    assert (row.state, row.reason, ward.phone.sent) == (State.DROPPED, "appointment_moved", [])
