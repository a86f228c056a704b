"""Loops, conditions and calls of a plan over a real mongod: one row and one reason for every step that fell due."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

import pytest

from tests.store.test_care import STORES, WISDOM, Room, here, somebody, step, visit
from wxbot.booking.models import AppointmentState
from wxbot.care.models import AnswerKind, CarePlan, Condition, Fact, Loop, Offset, Question, StepKind, Until
from wxbot.care.records import CareAnswer, Ending
from wxbot.database import Database
from wxbot.followups.attempt_models import Clock
from wxbot.followups.clocks import deadline
from wxbot.followups.models import FollowUp, FollowUpKind, FollowUpState
from wxbot.followups.rules import FollowUpRules, Script
from wxbot.history.models import Direction, Interaction, Kind
from wxbot.messaging import Purpose
from wxbot.outbox.ledger import Action
from wxbot.outbox.models import Call, Envelope, Outcome
from wxbot.patients.models import Contact, Patient
from wxbot.templates.models import Template

CARE = Purpose.CARE
PAIN = Question(kind=AnswerKind.NUMBER, low=0, high=10, danger_from=8)
PLAN = CarePlan(
    key="surgery",
    title="术后关怀",
    anchor="treatment",
    treatment="surgery",
    steps=(
        step("pain", CARE, Offset(days=1), at=time(10), kind=StepKind.QUESTION, question=PAIN),
        step(
            "call_pain",
            CARE,
            Offset(days=2),
            at=time(9),
            kind=StepKind.CALL,
            when=(Condition(fact=Fact.ANSWER, of="pain", low=5),),
        ),
        step(
            "how",
            CARE,
            Offset(days=3),
            at=time(10),
            loop=Loop(every_days=2, most=2, until=Until.FEEDBACK),
        ),
    ),
)
WORDS = {
    "pain": "{name}您好，今天疼不疼？{answer_with}",
    "call_pain": "问问{name}的疼痛有没有减轻",
    "how": "{name}您好，恢复得怎么样？",
}
WORDINGS = (
    *(Template(key=f"care.{key}", purpose=CARE, text=text, fallbacks={"name": "朋友"}) for key, text in WORDS.items()),
    Template(key="care.answer_by_number", purpose=Purpose.SERVICE, text="请回复 {low}～{high} 的数字"),
)


class Phone:
    """Takes everything."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.ids: list[str] = []  # of the messages

    async def send(self, envelope: Envelope) -> Outcome:
        self.sent.append(envelope.text)
        self.ids.append(envelope.client_id)
        return Outcome(call=Call.ACCEPTED, platform_id=f"p{len(self.sent)}")


class Ward:
    """One treated patient, and a clock that is moved by hand."""

    def __init__(self, database: Database, plan: CarePlan = PLAN, wordings: Sequence[Template] = WORDINGS) -> None:
        self.phone = Phone()
        self.room = Room(database, (plan,), wordings, self.phone)

    async def treat(self) -> tuple[Contact, Patient]:
        contact, patient = await somebody(self.room)
        await self.room.keep(visit(contact, patient, state=AppointmentState.COMPLETED, version=2))
        return contact, patient

    async def at(self, contact: Contact, moment: datetime) -> Mapping[str, str]:
        """Look and deliver at that moment, the patient's window open; every row's reason so far, by step."""
        await self.room.outbox.rights.note_action(contact.id, Action.MESSAGE, moment - timedelta(minutes=1))
        await self.room.care.enqueue_due(moment)
        await self.room.outbox.deliver_due(moment)
        rows = await self.room.messages()
        return {row.key.split("/")[1]: row.reason or row.state.value for row in rows}

    async def says(self, contact: Contact, words: str, moment: datetime) -> None:
        await self.room.history.append(
            Interaction(
                id=f"in:{moment.isoformat()}",
                at=moment,
                kind=Kind.MESSAGE_RECEIVED,
                direction=Direction.IN,
                contact_id=contact.id,
                text=words,
            )
        )

    async def answers(self, contact: Contact, patient: Patient, value: str, moment: datetime) -> None:
        await self.room.store.answers.keep(
            CareAnswer(
                id="surgery/pain/treatment:a1",
                plan="surgery",
                step="pain",
                ref="treatment:a1",
                enrolment="surgery/treatment:a1",
                kind=AnswerKind.NUMBER,
                value=value,
                at=moment,
                line_id=f"in:{moment.isoformat()}",
                contact_id=contact.id,
                patient_id=patient.id,
            )
        )

    async def calls(self) -> list[FollowUp]:
        found = [await self.room.followups.find(f"recall:{key}") for key in await self.room.keys()]
        return [each for each in found if each is not None]


@pytest.fixture
async def ward(database: Database) -> Ward:
    await database.create_indexes(STORES)  # type: ignore[arg-type]
    return Ward(database)


async def test_a_question_says_how_it_is_answered(ward: Ward) -> None:
    contact, _ = await ward.treat()
    assert await ward.at(contact, here(28, 10)) == {"pain": "accepted"}
    assert ward.phone.sent == ["朋友您好，今天疼不疼？请回复 0～10 的数字"]


async def test_a_call_is_opened_once_with_its_goal_when_its_condition_holds(ward: Ward) -> None:
    contact, patient = await ward.treat()
    await ward.at(contact, here(28, 10))
    await ward.answers(contact, patient, "7", here(28, 11))
    assert (await ward.at(contact, here(29, 9)))["call_pain"] == "call"
    await ward.room.engine().enqueue_due(here(29, 10))
    await ward.at(contact, here(29, 10))
    (call,) = await ward.calls()
    assert (call.kind, call.reason, call.due_at) == (FollowUpKind.RECALL, "问问朋友的疼痛有没有减轻", here(29, 9))
    assert (call.subject, call.patient_id) == ("care:surgery/treatment:a1", patient.id)
    assert len(ward.phone.sent) == 1


@pytest.mark.parametrize("value", ["4", ""])
async def test_a_call_whose_condition_fails_leaves_its_one_reason_and_nothing_to_do(ward: Ward, value: str) -> None:
    contact, patient = await ward.treat()
    await ward.at(contact, here(28, 10))
    if value:
        await ward.answers(contact, patient, value, here(28, 11))
    assert (await ward.at(contact, here(29, 9)))["call_pain"] == "condition"
    assert await ward.calls() == []
    await ward.answers(contact, patient, "9", here(29, 9, 30))  # too late: it was decided
    assert (await ward.at(contact, here(29, 10)))["call_pain"] == "condition"


async def test_a_call_is_opened_for_who_left_the_account_and_never_at_a_hold(ward: Ward) -> None:
    contact, patient = await ward.treat()
    await ward.answers(contact, patient, "7", here(28, 11))
    await ward.room.patients.unfollow(contact, here(28, 12))
    assert (await ward.at(contact, here(29, 9)))["call_pain"] == "call"


async def test_a_patient_on_hold_is_not_called(ward: Ward) -> None:
    contact, patient = await ward.treat()
    await ward.answers(contact, patient, "7", here(28, 11))
    await ward.room.hold(patient.id, "投诉处理中")
    assert (await ward.at(contact, here(29, 9)))["call_pain"] == "hold"
    assert await ward.calls() == []


async def test_a4_45_a_plans_call_has_the_script_and_the_clock_of_what_it_is_about(ward: Ward) -> None:
    contact, patient = await ward.treat()
    await ward.answers(contact, patient, "7", here(28, 11))
    await ward.at(contact, here(29, 9))
    (call,) = await ward.calls()
    assert call.script == "aftercare"
    rules = FollowUpRules(
        scripts=(Script(key="call", name="电话"), Script(key="aftercare", name="", clock=Clock.AFTERCARE))
    )
    assert deadline(call, rules) == call.opened_at + timedelta(hours=24)
    assert deadline(call, FollowUpRules()) is None  # a clinic without that script calls as usual


async def test_a_message_that_no_channel_takes_is_a_call_with_the_same_script(ward: Ward) -> None:
    contact, _ = await ward.treat()
    await ward.room.care.enqueue_due(here(28, 10))  # nobody wrote lately, and no card is there
    await ward.room.outbox.deliver_due(here(28, 10))
    task = await ward.room.followups.find("phone:surgery/pain/treatment:a1")
    assert task is not None
    assert (task.kind, task.script, task.contact_id) == (FollowUpKind.PHONE, "aftercare", contact.id)


async def test_a_call_decided_by_a_process_that_vanished_is_opened_by_recovery_whatever_came_since(
    ward: Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    contact, patient = await ward.treat()
    await ward.answers(contact, patient, "7", here(28, 11))
    tasks = ward.room.outbox._records.calls._tasks

    class Gone:
        async def open(self, **facts: Any) -> None:
            raise ConnectionError(facts["key"])

    monkeypatch.setattr(ward.room.outbox._records.calls, "_tasks", Gone())
    assert (await ward.at(contact, here(29, 9)))["call_pain"] == "claimed"
    monkeypatch.setattr(ward.room.outbox._records.calls, "_tasks", tasks)
    await ward.room.hold(patient.id, "投诉处理中")
    await ward.room.outbox._store._rows.update_many({"state": "claimed"}, {"$set": {"lease_until": here(1, 1)}})
    assert await ward.room.outbox.recover(here(29, 9, 5)) == {"dropped": 1}
    (call,) = await ward.calls()
    assert (call.reason, call.state) == ("问问朋友的疼痛有没有减轻", FollowUpState.OPEN)
    rows = await ward.room.messages()
    assert [(row.key.split("/")[1], row.reason) for row in rows] == [("call_pain", "call")]


async def test_a_loop_is_repeated_to_its_cap_and_then_a_person_calls(ward: Ward) -> None:
    contact, _ = await ward.treat()
    for day in (30, 31, 32, 33, 34, 35):
        reasons = await ward.at(contact, here(28, 10) + timedelta(days=day - 28))
    assert {**reasons, "call_pain": ""} == {
        "call_pain": "",
        "how": "accepted",
        "how.2": "accepted",
        "how.person": "call",
    }
    (call,) = await ward.calls()
    assert call.key == "recall:surgery/how.person/treatment:a1"


async def test_anything_the_patient_says_after_the_first_ends_a_loop_and_its_call(ward: Ward) -> None:
    contact, _ = await ward.treat()
    await ward.says(contact, "知道了", here(30, 9, 59))  # before the first: no feedback to it
    assert (await ward.at(contact, here(30, 10)))["how"] == "accepted"
    two = here(30, 10) + timedelta(days=2)
    assert (await ward.at(contact, two))["how.2"] == "accepted"
    await ward.says(contact, "挺好的", two + timedelta(hours=1))
    assert (await ward.at(contact, two + timedelta(days=2)))["how.person"] == "feedback"
    assert await ward.calls() == []


async def test_a_call_that_is_not_wanted_any_more_is_settled(ward: Ward) -> None:
    contact, patient = await ward.treat()
    await ward.answers(contact, patient, "7", here(28, 11))
    await ward.at(contact, here(29, 9))
    attended = visit(contact, patient, state=AppointmentState.NO_SHOW, version=3)
    await ward.room.keep(attended)
    await ward.at(contact, here(29, 10))
    (call,) = await ward.calls()
    assert (call.state, call.outcome) == (FollowUpState.OBSOLETE, "这次就诊没有完成，不需要诊后关怀")


async def test_a_question_is_not_asked_again_once_answered_and_a_booking_ends_a_loop(database: Database) -> None:
    await database.create_indexes(STORES)  # type: ignore[arg-type]
    asked = replace(PLAN.steps[0], loop=Loop(every_days=1, most=3, until=Until.ANSWERED))
    offered = replace(PLAN.steps[2], loop=Loop(every_days=1, most=3, until=Until.BOOKED))
    ward = Ward(database, replace(PLAN, steps=(asked, offered)))
    contact, patient = await ward.treat()
    await ward.at(contact, here(28, 10))
    assert (await ward.at(contact, here(29, 10)))["pain.2"] == "accepted"
    await ward.answers(contact, patient, "2", here(29, 11))
    assert (await ward.at(contact, here(30, 10))) == {
        "pain": "accepted",
        "pain.2": "accepted",
        "pain.3": "answered",
        "how": "accepted",
    }
    later = here(30, 10) + timedelta(days=1)
    coming = visit(contact, patient, number=2, start=later + timedelta(days=9), end=later + timedelta(days=9, hours=1))
    await ward.room.keep(replace(coming, visit_type_id=WISDOM))
    assert (await ward.at(contact, later))["how.2"] == "booked_again"


async def test_an_ending_stops_one_enrolment_and_no_other(ward: Ward) -> None:
    contact, patient = await ward.treat()
    await ward.room.keep(visit(contact, patient, number=2, state=AppointmentState.COMPLETED, version=2))
    ending = Ending(
        id="surgery/treatment:a1",
        patient_id=patient.id,
        by="staff:1",
        by_name="李主管",
        at=here(28, 9),
        reason="已转院",
    )
    assert await ward.room.store.changes.end(ending)
    await ward.at(contact, here(28, 10))
    rows = {row.key: (row.reason, row.explanation) for row in await ward.room.messages()}
    assert rows["surgery/pain/treatment:a1"] == ("ended", "李主管结束了这份计划：已转院")
    assert rows["surgery/pain/treatment:a2"][0] == ""
