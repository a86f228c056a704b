"""Where other systems broke (field traps 2.2): skipped steps, many delays, what is stopped half."""

from dataclasses import replace
from datetime import time, timedelta

import pytest

from tests.store.test_care import STORES, here, step
from tests.store.test_care_course import CARE, PAIN, PLAN, Ward
from wxbot.audit.store import AuditStore
from wxbot.care.models import CarePlan, Condition, Fact, Offset, Step, StepKind
from wxbot.care.records import Ending
from wxbot.database import Database
from wxbot.followups.models import FollowUpState
from wxbot.outbox.models import State
from wxbot.templates.models import Template

KINDS = (StepKind.MESSAGE, StepKind.QUESTION, StepKind.CALL)
UNMET = (Condition(fact=Fact.TAG, values=("没有这个标签",)),)
WORDING = Template(key="care.how", purpose=CARE, text="您好{answer_with}", fallbacks={"answer_with": "。"})
HINT = Template(key="question.answer_number", purpose=CARE, text="，请回复数字")


def day(key: str, number: int, kind: StepKind = StepKind.MESSAGE) -> Step:
    """A step of that day, at ten."""
    question = PAIN if kind is StepKind.QUESTION else None
    made = step(key, CARE, Offset(days=number), at=time(10), kind=kind, question=question)
    return replace(made, template=WORDING.key)


async def ward_of(database: Database, plan: CarePlan) -> Ward:
    await database.create_indexes([*STORES, AuditStore])  # type: ignore[list-item]
    return Ward(database, plan, (WORDING, HINT))


@pytest.mark.parametrize("place", range(3))
@pytest.mark.parametrize("kind", KINDS)
async def test_a_skipped_step_of_any_kind_in_any_place_breaks_nothing_around_it(
    database: Database, kind: StepKind, place: int
) -> None:
    """Trap 10: every kind of step, first, in the middle and last, skipped by its condition."""
    steps = [day(f"s{number}", number + 1, kind) for number in range(3)]
    steps[place] = replace(steps[place], when=UNMET)
    ward = await ward_of(database, replace(PLAN, steps=tuple(steps)))
    contact, _ = await ward.treat()
    for number in range(3):
        rows = await ward.at(contact, here(28, 10) + timedelta(days=number))
    done = "call" if kind is StepKind.CALL else "accepted"
    assert rows == {f"s{number}": "condition" if number == place else done for number in range(3)}


async def test_five_delays_in_a_row_each_end_at_their_own_time(database: Database) -> None:
    """Trap 11: the second and third delay were skipped elsewhere."""
    ward = await ward_of(database, replace(PLAN, steps=tuple(day(f"s{number}", number) for number in range(1, 6))))
    contact, _ = await ward.treat()
    for number in range(1, 6):
        moment = here(27, 10) + timedelta(days=number)
        await ward.at(contact, moment - timedelta(minutes=5))
        assert len(await ward.room.messages()) == number - 1
        await ward.at(contact, moment)
        rows = {row.key.split("/")[1]: row for row in await ward.room.messages()}
        assert set(rows) == {f"s{each}" for each in range(1, number + 1)}
        sent = rows[f"s{number}"].sent_at
        assert rows[f"s{number}"].state is State.ACCEPTED
        assert sent is not None
        assert sent.replace(microsecond=0) == moment


async def test_an_ended_plan_stops_its_messages_and_its_calls_together(database: Database) -> None:
    """Trap 18: cancelled, and the requests went on. What waits is not sent, what is open is closed, nothing is new."""
    steps = (day("ring", 1, StepKind.CALL), day("how", 1), day("later", 2))
    ward = await ward_of(database, replace(PLAN, steps=steps))
    contact, patient = await ward.treat()
    await ward.room.care.enqueue_due(here(28, 10))
    ring = next(row for row in await ward.room.messages() if row.call)
    await ward.room.outbox.deliver_due(here(28, 10))
    call = await ward.room.followups.find(f"recall:{ring.key}")
    assert call is not None
    assert call.state is FollowUpState.OPEN
    facts = {"patient_id": patient.id, "by": "staff:1", "by_name": "李主管", "reason": "已转院"}
    await ward.room.store.changes.end(Ending(id="surgery/treatment:a1", at=here(28, 11), **facts))  # type: ignore[arg-type]
    rows = await ward.at(contact, here(29, 10))
    assert rows["later"] == "ended"
    closed = await ward.room.followups.find(f"recall:{ring.key}")
    assert closed is not None
    assert (closed.state, closed.outcome) == (FollowUpState.OBSOLETE, "李主管结束了这份计划：已转院")
