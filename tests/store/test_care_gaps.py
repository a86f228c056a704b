"""After a stretch in which nobody looked: each step that fell due has one row and one reason, and people are told."""

from collections import Counter
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

import pytest

from tests.auditing import NOBODY
from tests.store.test_care import MADE, STORES, here, step, visit
from tests.store.test_care_course import CARE, PLAN, Ward
from wxbot.actors import Actor
from wxbot.audit.store import AuditStore
from wxbot.booking.models import AppointmentState
from wxbot.care.models import CarePlan, CatchUp, Offset
from wxbot.database import Database
from wxbot.errors import ForbiddenError, NotFoundError, StaleError
from wxbot.followups.models import FollowUp, FollowUpKind, FollowUpState
from wxbot.outbox.models import State
from wxbot.patients.models import Contact, Patient
from wxbot.staff.permissions import Role, permissions_of

LEAD = Actor(id="1", name="李主管", permissions=permissions_of(Role.MANAGER))
DAYS = Offset(days=1)
SURVEY = CarePlan(
    key="surgery",
    title="术后关怀",
    anchor="treatment",
    treatment="surgery",
    steps=(
        replace(step("pain", CARE, DAYS, at=time(9)), template="care.how", grace_hours=2.0),  # expires in the gap
        replace(step("call_pain", CARE, DAYS, at=time(10)), template="care.how", catch_up=CatchUp.SKIP),
        replace(step("how", CARE, DAYS, at=time(11)), catch_up=CatchUp.ASK),
        replace(step("later", CARE, DAYS, at=time(12)), template="care.how"),
    ),
)
DOWN, UP = here(28, 8, 50), here(28, 14)


async def ward_of(database: Database, plan: CarePlan) -> tuple[Ward, Contact, Patient]:
    await database.create_indexes([*STORES, AuditStore])  # type: ignore[list-item]
    ward = Ward(database, plan)
    contact, patient = await ward.treat()
    await ward.room.patients.set_name(patient.id, "张三", now=MADE)
    return ward, contact, patient


async def task(ward: Ward, key: str) -> FollowUp:
    found = await ward.room.followups.find(key)
    assert found is not None
    return found


async def reasons(ward: Ward) -> dict[str, str]:
    return {row.key.split("/")[1]: row.reason or row.state.value for row in await ward.room.messages()}


async def test_after_a_gap_each_step_gets_what_its_plan_says_and_one_reason(database: Database) -> None:
    ward, contact, patient = await ward_of(database, SURVEY)
    await ward.at(contact, DOWN)
    found = await ward.at(contact, UP)
    assert found == {
        "pain": "missed_downtime",
        "call_pain": "skipped_after_downtime",
        "how": "asked",
        "later": "accepted",
    }
    question = await task(ward, "care_ask:20261128T005000/surgery/2026-11-28")
    assert question.kind is FollowUpKind.CHECK
    assert question.reason == "服务中断期间，「术后关怀」有 1 条关怀在 2026-11-28 到期，请决定补发还是跳过：张三。"
    report = await task(ward, "care_gap:20261128T005000")
    assert report.reason == (
        "系统从 11月28日 08:50 到 11月28日 14:00 没有运行，期间到期的关怀共 4 条：照常补发 1 条，按计划跳过 1 条，"
        "等同事决定 1 条，已过有效时间，不再发 1 条。「术后关怀」照常补发 1 条，按计划跳过 1 条，等同事决定 1 条，"
        "已过有效时间，不再发 1 条。"
    )
    lines = [each for each in await ward.room.history.timeline(contact.id) if each.kind.value == "message:dropped"]
    assert {each.payload["reason"] for each in lines} == {"missed_downtime", "skipped_after_downtime"}
    del patient


@pytest.mark.parametrize(("send", "reason"), [(True, "accepted"), (False, "skipped_after_downtime")])
async def test_what_was_asked_is_sent_or_skipped_as_decided_and_at_once(
    database: Database, *, send: bool, reason: str
) -> None:
    ward, contact, _ = await ward_of(database, SURVEY)
    await ward.at(contact, DOWN)
    await ward.at(contact, UP)
    question = "20261128T005000/surgery/2026-11-28"
    catch_ups = ward.room.care.catch_ups
    with pytest.raises(ForbiddenError):
        await catch_ups.decide(question, send=send, by=NOBODY, now=UP)
    with pytest.raises(NotFoundError):
        await catch_ups.decide("x/surgery/2026-11-28", send=send, by=LEAD, now=UP)
    await catch_ups.decide(question, send=send, by=LEAD, now=UP + timedelta(minutes=5))
    await ward.room.outbox.rights.note_action(contact.id, "message", UP + timedelta(minutes=5))  # type: ignore[arg-type]
    await ward.room.outbox.deliver_due(UP + timedelta(minutes=5))
    assert (await reasons(ward))["how"] in {reason, "care_cap"}
    assert (await task(ward, f"care_ask:{question}")).state is FollowUpState.OBSOLETE
    with pytest.raises(StaleError):
        await catch_ups.decide(question, send=not send, by=LEAD, now=UP + timedelta(minutes=6))


async def test_what_nobody_decides_expires_with_its_one_reason(database: Database) -> None:
    ward, contact, _ = await ward_of(database, SURVEY)
    await ward.at(contact, DOWN)
    await ward.at(contact, UP)
    assert (await ward.at(contact, here(28, 19, 1)))["how"] == "expired"
    rows = {row.key.split("/")[1]: row.state for row in await ward.room.messages()}
    assert rows["how"] is State.DROPPED


async def test_a_short_pause_is_no_gap_and_a_first_look_looks_not_back(database: Database) -> None:
    ward, contact, _ = await ward_of(database, SURVEY)
    assert (await ward.at(contact, UP)).keys() == {"call_pain", "how", "later"}  # the expired one has no row
    assert await ward.room.followups.find("care_gap:20261128T005000") is None
    await ward.at(contact, UP + timedelta(minutes=10))
    assert await ward.room.store.looks.last() == UP + timedelta(minutes=10)


async def test_a_look_that_died_is_done_again_under_the_same_keys(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    ward, contact, _ = await ward_of(database, SURVEY)
    await ward.at(contact, DOWN)
    looks = ward.room.store.looks

    async def dies(_: datetime) -> None:
        raise ConnectionError("gone")

    monkeypatch.setattr(looks, "note", dies)
    with pytest.raises(ConnectionError):
        await ward.at(contact, UP)
    monkeypatch.undo()
    before = {row.key: (row.id, row.reason) for row in await ward.room.messages()}
    report = await task(ward, "care_gap:20261128T005000")
    other = ward.room.engine()
    assert await other.enqueue_due(UP + timedelta(minutes=1)) == 0
    assert {row.key: (row.id, row.reason) for row in await ward.room.messages()} == before
    assert (await task(ward, "care_gap:20261128T005000")).id == report.id
    assert await looks.last() == UP + timedelta(minutes=1)


async def test_a_clock_that_ran_ahead_is_set_back_and_nothing_is_lost(database: Database) -> None:
    ward, contact, _ = await ward_of(database, PLAN)
    await ward.room.care.enqueue_due(here(27, 20) + timedelta(hours=12, minutes=-1))
    await ward.room.care.enqueue_due(here(27, 20))
    assert await ward.room.store.looks.last() == here(27, 20)
    assert (await ward.at(contact, here(28, 10)))["pain"] == "accepted"


async def test_a_hand_set_time_within_a_gap_is_caught_up_like_any_other(database: Database) -> None:
    ward, contact, patient = await ward_of(database, SURVEY)
    await ward.at(contact, DOWN)
    key = "surgery/later/treatment:a1"
    at = here(28, 10)
    await ward.room.care.changes.move([patient.id], key, at, "早一点", by=LEAD, now=here(28, 8, 55))
    await ward.at(contact, here(28, 19))
    assert (await reasons(ward))["later"] == "missed_downtime"


async def test_every_step_of_many_patients_has_one_outcome_after_two_outages_and_two_processes(
    database: Database,
) -> None:
    ward, contact, patient = await ward_of(database, SURVEY)
    many = [
        visit(
            contact,
            patient,
            number=number,
            start=here(20, 9) + timedelta(minutes=37 * number),
            end=here(20, 10) + timedelta(minutes=37 * number),
            state=AppointmentState.COMPLETED,
            version=2,
        )
        for number in range(2, 202)
    ]
    await ward.room.keep(*many)
    engines: list[Any] = [ward.room.engine(), ward.room.engine()]
    moment, end = here(20, 8), here(29, 8)
    down = [(here(22, 7), here(22, 19)), (here(24, 21), here(26, 3))]
    turn = 0
    while moment < end:
        if not any(since < moment < until for since, until in down):
            await engines[turn % 2].enqueue_due(moment)
            turn += 1
        moment += timedelta(minutes=9)
    keys = Counter(row.key for row in await ward.room.messages())
    due = {
        each.key
        for each in await ward.room.care._steps.steps_of([patient.id], end)
        if here(20, 8) < each.due_at <= end - timedelta(hours=1)
    }
    assert set(keys.values()) == {1}
    assert due <= set(keys)
    assert len(keys) >= 4 * 150
