"""What broadcasts read and write, over a real mongod: index-backed, bounded, and the same when repeated."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.encryption import KEYS
from wxbot.booking.models import Appointment, AppointmentId, AppointmentState
from wxbot.booking.stores.appointments import BookingStore
from wxbot.booking.stores.visits import VisitStore
from wxbot.booking.visits import Visits
from wxbot.broadcasts.models import (
    Audience,
    AudienceKind,
    Broadcast,
    BroadcastAction,
    BroadcastEvent,
    BroadcastId,
    BroadcastState,
    Recipient,
)
from wxbot.broadcasts.store import BroadcastStore
from wxbot.clinic.models import PractitionerId, VisitTypeId
from wxbot.database import Database, Mapper
from wxbot.history.models import ContactId, PatientId
from wxbot.messaging import Purpose
from wxbot.outbox.models import Message, MessageId, State
from wxbot.outbox.stores.messages import OutboxStore

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
DAY = timedelta(days=1)
SURGERY, CLEANING = VisitTypeId("wisdom_tooth"), VisitTypeId("cleaning")


def visit(number: int, patient: str, days_ago: float, kind: VisitTypeId = SURGERY, **facts: Any) -> Appointment:
    start = NOW - days_ago * DAY
    return Appointment(
        **{
            "id": AppointmentId(f"a{number:05}"),
            "request_key": f"r{number}",
            "contact_id": None,
            "patient_id": PatientId(patient),
            "visit_type_id": kind,
            "practitioner_id": PractitionerId("chen"),
            "room": "",
            "start": start,
            "end": start + timedelta(hours=1),
            "created_at": start,
            "new_patient": False,
            "state": AppointmentState.COMPLETED,
            **facts,
        }
    )


@pytest.fixture
async def visits(database: Database) -> Visits:
    await database.create_indexes([BookingStore(database)])
    kept = [
        visit(1, "ann", 10),
        visit(2, "ann", 200, CLEANING),
        visit(3, "ben", 200),
        visit(4, "cat", 200, CLEANING),
        visit(5, "dan", 3, state=AppointmentState.CANCELLED),
        visit(6, "eve", 0.1, state=AppointmentState.BOOKED),
        visit(7, "fay", -3, state=AppointmentState.BOOKED),
    ]
    mapper = Mapper(Appointment)
    await database.collection("appointments").insert_many([mapper.document(each) for each in kept])
    return Visits(VisitStore(database))


async def test_who_was_here_comes_in_portions_and_by_visit_type(database: Database, visits: Visits) -> None:
    mapper = Mapper(Appointment)
    many = [visit(100 + n, f"p{n}", 300) for n in range(1100)]  # all at the same moment
    await database.collection("appointments").insert_many([mapper.document(each) for each in many])
    portions = [portion async for portion in visits.seen(NOW - 400 * DAY, NOW - 100 * DAY, [SURGERY])]
    assert [len(portion) for portion in portions] == [500, 500, 101]
    assert {each for portion in portions for each in portion} == {"ben", *(f"p{n}" for n in range(1100))}


async def test_who_came_again_is_told(visits: Visits) -> None:
    ids = [PatientId(each) for each in ("ann", "ben", "cat", "fay")]
    assert await visits.seen_since(ids, NOW - 100 * DAY) == {"ann"}


async def test_the_latest_treatment_is_a_visit_that_was_or_is_under_way(visits: Visits) -> None:
    ids = [PatientId(each) for each in ("ann", "ben", "cat", "dan", "eve", "fay")]
    latest = await visits.latest(ids, [SURGERY], since=NOW - 90 * DAY, until=NOW)
    assert dict(latest) == {"ann": NOW - 10 * DAY, "eve": NOW - 0.1 * DAY}


async def stages(database: Database, collection: str, query: Mapping[str, Any], sort: Mapping[str, int]) -> set[str]:
    """The stages of the plan that wins."""
    command = {"find": collection, "filter": dict(query), "sort": dict(sort)}
    told = await database.client[database.name].command({"explain": command, "verbosity": "queryPlanner"})
    found, plans = set(), [told["queryPlanner"]["winningPlan"]]
    while plans:
        plan = plans.pop()
        found.add(plan["stage"])
        plans += [plan["inputStage"]] if "inputStage" in plan else plan.get("inputStages", [])
    return found


@pytest.mark.parametrize(
    ("collection", "query", "sort"),
    [
        ("outbox", {"contact_id": {"$in": ["c1", "c2"]}, "sent_at": {"$gte": NOW}}, {}),
        ("outbox", {"key": {"$gte": "broadcast/p1/", "$lt": "broadcast/p1/\uffff"}, "state": "waiting"}, {"key": 1}),
        ("appointments", {"state": "completed", "end": {"$gte": NOW - DAY, "$lt": NOW}}, {"end": 1}),
        (
            "appointments",
            {"patient_id": {"$in": ["a"]}, "state": {"$in": ["completed", "booked"]}, "start": {"$gte": NOW}},
            {},
        ),
        ("broadcast_recipients", {"broadcast_id": "p", "run_id": "r", "position": {"$gt": 3}}, {"position": 1}),
        (
            "broadcast_recipients",
            {"broadcast_id": "p", "run_id": "r", "outcome": "drop", "position": {"$gt": 3}},
            {"position": 1},
        ),
        (
            "broadcast_recipients",
            {"broadcast_id": "p", "run_id": "r", "send_slot": {"$gte": 3, "$lt": 9}},
            {"send_slot": 1},
        ),
        ("broadcast_recipients", {"contact_id": "c"}, {}),
        ("broadcasts", {}, {"created_at": -1, "_id": -1}),
        ("broadcasts", {"state": {"$in": ["running"]}}, {"created_at": -1}),
        ("broadcasts", {"template": "care.x", "state": {"$in": ["draft", "running"]}}, {}),
        (
            "broadcasts",
            {"preview_run.id": {"$gt": ""}, "preview_run.lease_until": {"$lte": NOW}},
            {"preview_run.lease_until": 1},
        ),
    ],
)
async def test_every_question_has_its_index(
    database: Database, collection: str, query: dict[str, Any], sort: dict[str, int]
) -> None:
    await database.create_indexes([OutboxStore(database), BookingStore(database), BroadcastStore(database, KEYS)])
    plan = await stages(database, collection, query, sort)
    assert "IXSCAN" in plan
    assert "COLLSCAN" not in plan
    assert "SORT" not in plan


def message(number: int, **facts: Any) -> Message:
    return Message(
        **{
            "id": MessageId(f"m{number}"),
            "key": f"broadcast/p1/{number}",
            "contact_id": ContactId("c1"),
            "purpose": Purpose.CARE,
            "template": "t",
            "variables": {},
            "created_at": NOW,
            "due_at": NOW,
            "expires_at": NOW + DAY,
            **facts,
        }
    )


async def test_only_what_left_without_being_asked_for_counts_as_received(database: Database) -> None:
    store = OutboxStore(database)
    await database.create_indexes([store])
    left = {"state": State.ACCEPTED, "sent_at": NOW}
    await store.insert(
        [
            message(1, **left),
            message(2, **{**left, "state": State.DELIVERED, "purpose": Purpose.MARKETING, "sent_at": NOW + DAY}),
            message(3, **{**left, "state": State.UNKNOWN, "purpose": Purpose.REMINDER, "sent_at": NOW - DAY}),
            message(4, **{**left, "answer": True}),
            message(5, **{**left, "purpose": Purpose.SERVICE}),
            message(6, **{**left, "sent_at": NOW - 91 * DAY}),
            message(7, state=State.DROPPED),
            message(8, **{**left, "state": State.FAILED}),
            message(9, **{**left, "contact_id": ContactId("c2")}),
        ]
    )
    found = await store.reading.sent_to([ContactId("c1")], NOW - 90 * DAY)
    assert [each.purpose for each in found[ContactId("c1")]] == [Purpose.MARKETING, Purpose.CARE, Purpose.REMINDER]
    assert set(found) == {"c1"}


async def test_messages_are_found_counted_and_cancelled_by_the_beginning_of_their_key(database: Database) -> None:
    store = OutboxStore(database)
    await database.create_indexes([store])
    other = message(9, key="broadcast/p10/1")
    await store.insert([message(1), message(2, state=State.DROPPED, reason="hold"), message(3), other])
    assert [each.key for each in await store.reading.with_prefix("broadcast/p1/", limit=9)] == [
        "broadcast/p1/1",
        "broadcast/p1/2",
        "broadcast/p1/3",
    ]
    tally = await store.reading.tally("broadcast/p1/")
    assert [(each.state, each.reason, each.messages) for each in tally] == [
        (State.DROPPED, "hold", 1),
        (State.WAITING, "", 2),
    ]
    why: dict[str, Any] = {"reason": "broadcast_cancelled", "explanation": "已取消", "now": NOW}
    assert len(await store.drop_group("broadcast/p1/", **why)) == 2
    assert await store.drop_group("broadcast/p1/", **why) == []
    assert not await store.reading.any_pending("broadcast/p1/")
    assert await store.reading.any_pending("broadcast/p10/")


def broadcast(**facts: Any) -> Broadcast:
    return Broadcast(
        **{
            "id": BroadcastId("p1"),
            "title": "回访",
            "purpose": Purpose.CARE,
            "template": "t",
            "variables": {"date": "下周一"},
            "audience": Audience(kind=AudienceKind.TAG, tag="种植"),
            "pace_per_hour": 60,
            "created_by": "staff:1",
            "created_at": NOW,
            **facts,
        }
    )


async def test_a_broadcast_is_replaced_only_where_it_still_stands(database: Database) -> None:
    store = BroadcastStore(database, KEYS)
    first = broadcast()
    await store.insert(first)
    assert await store.replace(first, broadcast(title="改过", revision=1))
    assert not await store.replace(first, broadcast(title="晚了一步", revision=1))
    kept = await store.by_id(first.id)
    assert kept is not None
    assert (kept.title, kept.audience) == ("改过", first.audience)


async def test_a_step_is_taken_once_however_often_it_is_asked_for(database: Database) -> None:
    store = BroadcastStore(database, KEYS)
    await store.insert(broadcast(state=BroadcastState.APPROVED))
    step = BroadcastEvent(action=BroadcastAction.STARTED, by="staff:app", name="系统", at=NOW)
    change = {"state": BroadcastState.RUNNING.value}
    moved = await store.move(BroadcastId("p1"), [BroadcastState.APPROVED], change, step)
    assert moved is not None
    assert (moved.state, moved.events, moved.revision) == (BroadcastState.RUNNING, (step,), 1)
    assert await store.move(BroadcastId("p1"), [BroadcastState.APPROVED], change, step) is None


async def test_progress_never_goes_back_and_does_not_cross_a_resumption(database: Database) -> None:
    store = BroadcastStore(database, KEYS)
    running = broadcast(state=BroadcastState.RUNNING, slots_from=NOW)
    await store.insert(running)
    await store.advance(running, 7)
    await store.advance(running, 3)
    again = await store.restart_slots(running, NOW + DAY, 7)
    await store.advance(running, 99)  # a run that began before the resumption
    kept = await store.by_id(running.id)
    assert kept is not None
    assert (again.first_slot, kept.next_slot, kept.slots_from) == (7, 7, NOW + DAY)


async def test_an_earlier_round_stays_until_the_new_one_is_named(database: Database) -> None:
    store = BroadcastStore(database, KEYS)
    await database.create_indexes([store])

    def row(round_: str, place: int, contact: str | None = "c1") -> Recipient:
        return Recipient(
            id=f"p1/{round_}/{place}",
            broadcast_id=BroadcastId("p1"),
            run_id=round_,
            position=place,
            patient_id=PatientId(str(place)),
            contact_id=ContactId(contact) if contact else None,
            outcome="send",
            reason="",
            explanation="",
            at=NOW,
            send_slot=place,
        )

    assert await store.add([row("one", 0), row("one", 1, None)]) == 2
    assert await store.add([row("two", 0)]) == 1
    assert await store.add([row("two", 0)]) == 0
    assert len(await store.page(BroadcastId("p1"), "one")) == 2
    await store.delete_other_runs(BroadcastId("p1"), "two")
    assert await store.page(BroadcastId("p1"), "one") == []
    assert [each.send_slot for each in await store.slots(BroadcastId("p1"), "two", 0, 5)] == [0]
    assert await store.erase(ContactId("c1")) == 1
