"""What happens at the same moment: looks, decisions, a time set by hand or an ending beside a look or a send."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.store.test_care import STORES, Room, here, somebody, visit
from tests.store.test_care_course import WORDINGS, Ward
from tests.store.test_care_gaps import DOWN, LEAD, SURVEY, UP, ward_of
from wxbot.audit.store import AuditStore
from wxbot.booking.models import AppointmentState
from wxbot.care.records import Decision
from wxbot.database import Database
from wxbot.errors import StaleError
from wxbot.outbox.ledger import Action
from wxbot.outbox.models import Envelope, Message, Outcome, State

PAIN = "surgery/pain/treatment:a1"
DUE = here(28, 10)


@pytest.fixture
async def ward(database: Database) -> Ward:
    await database.create_indexes([*STORES, AuditStore])  # type: ignore[list-item]
    return Ward(database)


def before(monkeypatch: pytest.MonkeyPatch, thing: object, name: str, does: Callable[[], Awaitable[object]]) -> None:
    """Let that happen once, right before the named method runs."""
    real, done = getattr(thing, name), False

    async def late(*args: Any, **more: Any) -> Any:
        nonlocal done
        if not done:
            done = True
            await does()
        return await real(*args, **more)

    monkeypatch.setattr(thing, name, late)


async def test_two_looks_and_two_deliveries_at_once_make_one_row_and_one_message_each(database: Database) -> None:
    """Field traps 2.2, rows 2 and 9: one row and one message, however many look and deliver; after a gap, too."""
    ward, contact, _ = await ward_of(database, SURVEY)
    for number in range(2, 42):
        somebody_else = await somebody(ward.room, f"oPatient{number}")
        await ward.room.outbox.rights.note_action(somebody_else[0].id, Action.MESSAGE, UP)
        attended = visit(*somebody_else, number=number, state=AppointmentState.COMPLETED, version=2)
        await ward.room.keep(attended)
    engines = [ward.room.engine() for _ in range(3)]
    await engines[0].enqueue_due(DOWN)
    made = await asyncio.gather(*(engine.enqueue_due(UP) for engine in engines))
    rows = await ward.room.messages()
    assert Counter(Counter(row.key for row in rows).values()) == {1: 4 * 41}
    waiting = [row for row in rows if row.state is State.WAITING]
    assert sum(made) == len(waiting) == 2 * 41
    assert Counter(row.reason for row in rows) == {
        "missed_downtime": 41,
        "skipped_after_downtime": 41,
        "": 82,
    }
    lines = [each for each in await ward.room.history.timeline(contact.id) if each.kind.value == "message:dropped"]
    assert Counter(Counter(each.ref for each in lines).values()) == {1: 2}
    other = Room(database, (SURVEY,), WORDINGS, ward.phone)
    await asyncio.gather(*(room.outbox.deliver_due(UP) for room in (ward.room, other)))
    assert Counter(Counter(ward.phone.ids).values()) == {1: 40}


async def test_of_two_who_decide_at_once_one_is_told_that_it_was_decided(database: Database) -> None:
    ward, contact, _ = await ward_of(database, SURVEY)
    await ward.at(contact, DOWN)
    await ward.at(contact, UP)
    question, now = "20261128T005000/surgery/2026-11-28", UP + timedelta(minutes=1)
    decide = ward.room.care.catch_ups.decide
    people = [replace(LEAD, id=str(number), name=f"主管{number}") for number in range(3)]
    found: Sequence[Decision | BaseException] = await asyncio.gather(
        *(decide(question, send=who.id != "1", by=who, now=now) for who in people), return_exceptions=True
    )
    (taken,) = [each for each in found if isinstance(each, Decision)]
    assert [type(each) for each in found if not isinstance(each, Decision)] == [StaleError, StaleError]
    kept = await ward.room.store.looks.decisions([question])
    assert kept[question].send is taken.send


@pytest.mark.parametrize("name", ["known_keys", "enqueue"])
async def test_a_time_set_while_a_look_hands_the_step_over_is_kept(
    ward: Ward, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """A look that had read no hand-set time yet moves what it handed over."""
    contact, patient = await ward.treat()
    later, now = here(29, 15), DUE - timedelta(seconds=1)

    async def move() -> None:
        await ward.room.care.changes.move([patient.id], PAIN, later, "出差", by=LEAD, now=now)

    before(monkeypatch, ward.room.outbox, name, move)
    assert await ward.at(contact, DUE) == {"pain": "waiting"}
    (row,) = await ward.room.messages()
    assert row.due_at == later
    assert (await ward.at(contact, later))["pain"] == "accepted"
    assert len(ward.phone.sent) == 1


async def test_a_step_that_is_delivered_before_its_look_sees_the_time_set_by_hand_waits_for_it(
    ward: Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Set after the look read the times and before it handed the step over; another process delivers at once."""
    contact, patient = await ward.treat()
    await ward.room.outbox.rights.note_action(contact.id, "message", DUE)  # type: ignore[arg-type]
    later, now = here(29, 15), DUE - timedelta(seconds=1)

    async def move() -> None:
        await ward.room.care.changes.move([patient.id], PAIN, later, "出差", by=LEAD, now=now)

    async def deliver() -> None:
        await ward.room.outbox.deliver_due(DUE)

    before(monkeypatch, ward.room.outbox, "enqueue", move)
    before(monkeypatch, ward.room.care, "_move_pinned", deliver)
    await ward.room.care.enqueue_due(DUE)
    (row,) = await ward.room.messages()
    assert (row.state, row.reason) == (State.WAITING, "")
    assert ward.phone.sent == []
    await ward.room.care.enqueue_due(DUE + timedelta(minutes=1))
    (row,) = await ward.room.messages()
    assert (row.state, row.due_at) == (State.WAITING, later)
    assert (await ward.at(contact, later))["pain"] == "accepted"


async def test_a_plan_that_is_ended_while_its_message_leaves_has_one_outcome(ward: Ward) -> None:
    """What the platform has taken stays sent, and nothing of the plan follows; what was judged later is not sent."""
    contact, patient = await ward.treat()
    ended: list[str] = []

    async def send(envelope: Envelope) -> Outcome:
        if not ended:
            ending = await ward.room.care.changes.end([patient.id], "surgery/treatment:a1", "已转院", by=LEAD, now=DUE)
            ended.append(ending.id)
        return await real(envelope)

    real = ward.phone.send
    ward.phone.send = send  # type: ignore[method-assign]
    assert await ward.at(contact, DUE) == {"pain": "accepted"}
    assert ended == ["surgery/treatment:a1"]
    await ward.at(contact, here(29, 9))
    found = await ward.at(contact, here(30, 10))
    assert found == {"pain": "accepted", "call_pain": "ended", "how": "ended"}
    assert len(ward.phone.sent) == 1


async def test_a_plan_that_is_ended_between_the_look_and_the_delivery_sends_nothing(
    ward: Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    contact, patient = await ward.treat()

    async def end() -> None:
        await ward.room.care.changes.end([patient.id], "surgery/treatment:a1", "已转院", by=LEAD, now=DUE)

    before(monkeypatch, ward.room.care, "verdicts", end)
    assert await ward.at(contact, DUE) == {"pain": "ended"}
    rows: list[Message] = await ward.room.messages()
    assert [row.explanation for row in rows] == ["李主管结束了这份计划：已转院"]
    assert ward.phone.sent == []
