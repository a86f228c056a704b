"""Anchors of what became of a visit, and of following, over a real mongod: due once, gone when it is taken back."""

from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest

from tests.store.test_care import CLINIC, START, STORES, Room, here, somebody, step, visit
from wxbot.booking.models import AppointmentState
from wxbot.care.models import CarePlan, Condition, Fact, Offset
from wxbot.database import Database
from wxbot.messaging import Purpose
from wxbot.templates.models import Template

END = START + timedelta(hours=1)
KINDS = ("follow", "arrived", "first_visit", "visit", "no_show")
PLANS = tuple(
    CarePlan(key=kind, title=kind, anchor=kind, steps=(step("next", Purpose.CARE, Offset(days=1), at=time(10)),))
    for kind in KINDS
)
WORDING = Template(key="care.next", purpose=Purpose.CARE, text="{name}您好", fallbacks={"name": "朋友"})


@pytest.fixture
async def room(database: Database) -> Room:
    await database.create_indexes(STORES)  # type: ignore[arg-type]
    room = Room(database)
    room.care = room.engine_of(PLANS, [WORDING])
    room.outbox.bind(room.care)
    return room


async def due(room: Room, now: datetime) -> list[str]:
    """The plans whose message was handed over at `now`, and still is wanted."""
    await room.care.enqueue_due(now)
    messages = [each for each in await room.messages() if each.created_at == now]
    verdicts = await room.care.verdicts(messages)
    return sorted(each.key.split("/")[0] for each in messages if verdicts[each.id].met)


async def test_the_day_after_following_comes_once_for_each_time_somebody_follows(room: Room) -> None:
    contact, _ = await somebody(room)
    assert await due(room, here(20, 12)) == []
    assert await due(room, here(21, 12)) == ["follow"]
    assert await due(room, here(21, 13)) == []
    await room.patients.unfollow(contact, here(22, 9))
    await room.patients.follow(contact.openid or "", here(23, 9))
    assert await due(room, here(24, 12)) == ["follow"]


async def test_what_a_follower_has_booked_since_counts_for_conditions(room: Room) -> None:
    """Field traps 2.2, row 12: around following nobody was looked up, so who had booked was invited all the same."""
    unless = (Condition(fact=Fact.RETURNED, absent=True),)
    plan = replace(PLANS[0], steps=(replace(PLANS[0].steps[0], when=unless),))
    room.care = room.engine_of((plan,), [WORDING])
    contact, patient = await somebody(room)
    await somebody(room, "oPatient2")
    await room.keep(visit(contact, patient))
    await room.care.enqueue_due(here(21, 12))
    messages = await room.messages()
    verdicts = await room.care.verdicts(messages)
    assert {each.contact_id == contact.id: verdicts[each.id].reason for each in messages} == {
        True: "condition",
        False: "",
    }


async def test_an_attended_visit_is_a_first_one_only_for_who_was_never_here(room: Room) -> None:
    contact, patient = await somebody(room)
    attended = visit(contact, patient, state=AppointmentState.COMPLETED, arrived_at=START, departed_at=END)
    await room.keep(attended, replace(attended, id="a2", request_key="r2", new_patient=False))  # type: ignore[arg-type]
    await room.care.enqueue_due(here(28, 12))
    assert [key for key in await room.keys() if not key.startswith("follow/")] == [
        "arrived/next/arrived:a1",
        "arrived/next/arrived:a2",
        "first_visit/next/first_visit:a1",
        "visit/next/visit:a1",
        "visit/next/visit:a2",
    ]


async def test_a_missed_visit_that_was_taken_back_leaves_nothing_to_send(room: Room) -> None:
    contact, patient = await somebody(room)
    missed = visit(contact, patient, state=AppointmentState.NO_SHOW)
    await room.keep(missed)
    assert await due(room, here(28, 12)) == ["no_show"]
    await room.keep(replace(missed, state=AppointmentState.COMPLETED))
    (message,) = [each for each in await room.messages() if each.key.startswith("no_show/")]
    verdict = (await room.care.verdicts([message]))[message.id]
    assert (verdict.met, verdict.reason, verdict.explanation) == (False, "came_after_all", "未到诊已撤销，不再发送")


@pytest.mark.parametrize("hours", [-11, 0, 11])
async def test_an_early_or_late_arrival_counts_from_when_it_was(room: Room, hours: int) -> None:
    contact, patient = await somebody(room)
    came = START + timedelta(hours=hours)
    await room.keep(visit(contact, patient, arrived_at=came))
    day = (came + timedelta(days=1)).astimezone(CLINIC.timezone).date()
    await room.care.enqueue_due(here(day.day, 11))
    assert "arrived/next/arrived:a1" in await room.keys()


async def test_the_patients_page_shows_what_is_coming_after_a_visit(room: Room) -> None:
    contact, patient = await somebody(room)
    await room.keep(visit(contact, patient, state=AppointmentState.COMPLETED, arrived_at=START))
    steps = await room.care.upcoming([patient.id], END)
    assert {each.plan for each in steps} == {"arrived", "first_visit", "visit"}
    assert {each.at for each in steps} == {here(28, 10)}
