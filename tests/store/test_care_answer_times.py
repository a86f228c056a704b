"""Field traps 2.2, row 19: late and early answers stay and are marked; what came too late to be sent is counted.

Elsewhere a moved base date made visits vanish, late ones were invisible, and nothing ever counted as missed.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest

from tests.auditing import RECEPTION
from tests.store.test_care import STORES, here, somebody, step
from tests.store.test_care_course import PAIN, Ward
from wxbot.audit.store import AuditStore
from wxbot.care.answer_marks import AnswerMark
from wxbot.care.catch_ups import REPORT
from wxbot.care.dates import PatientDate
from wxbot.care.gaps import gap_of
from wxbot.care.models import CarePlan, Condition, Fact, Offset, StepKind
from wxbot.database import Database
from wxbot.history.models import PatientId
from wxbot.messaging import Purpose
from wxbot.outbox.models import MessageId
from wxbot.patients.models import Contact, Patient
from wxbot.templates.models import Template

CARE = Purpose.CARE
DAY = date(2026, 11, 20)
PLAN = CarePlan(
    key="discharge",
    title="出院回访",
    anchor="discharge",
    steps=(
        step("pain", CARE, Offset(days=3), at=time(10), kind=StepKind.QUESTION, question=PAIN),
        step(
            "call_pain",
            CARE,
            Offset(days=12),
            at=time(10),
            kind=StepKind.CALL,
            when=(Condition(fact=Fact.ANSWER, of="pain", low=5),),
        ),
        step("month_1", CARE, Offset(months=1), at=time(10)),
    ),
)
WORDINGS = (
    *(
        Template(key=each.template, purpose=CARE, text="您好{answer_with}", fallbacks={"answer_with": "。"})
        for each in PLAN.steps
    ),
    Template(key="care.answer_by_number", purpose=Purpose.SERVICE, text="，请回复数字"),
)
NOTED = here(20, 9)
ASKED = here(23, 10)


class Answering(Ward):
    """A patient who was asked on the third day after a discharge, and answers whenever they like."""

    contact: Contact
    patient: Patient
    noted: PatientDate

    async def asked(self) -> None:
        """The question was sent."""
        self.contact, self.patient = await somebody(self.room)
        dates = self.room.care.dates
        self.noted = await dates.note([self.patient.id], "discharge", DAY, "", by=RECEPTION, now=NOTED)
        assert await self.at(self.contact, ASKED) == {"pain": "accepted"}

    @property
    def ids(self) -> list[PatientId]:
        return [self.patient.id]

    async def to(self, day: date, now: datetime) -> None:
        """The discharge was on another day."""
        change, revision = self.room.care.dates.change, self.noted.revision
        self.noted = await change(self.ids, self.noted.id, day, "", revision=revision, by=RECEPTION, now=now)

    async def answers_with(self, value: str, now: datetime) -> None:
        """What the question was answered with, as its handler keeps it."""
        (row,) = [each for each in await self.room.messages() if each.key.startswith("discharge/pain/")]
        asked = await self.room.care.answers.last_asked(self.contact.id, ASKED - timedelta(days=1))
        assert asked is not None
        assert asked.message.id == MessageId(row.id)
        await self.room.care.answers.note(asked, value, f"in:{now.isoformat()}", now)

    async def shown(self, now: datetime) -> list[tuple[str, Sequence[AnswerMark]]]:
        """The answers on the patient's page, with what is unusual about each."""
        overs = await self.room.care.answers.of_patient(self.ids, by=RECEPTION, now=now)
        return [(each.value, over.marks[each.id]) for over in overs for each in over.answers]


@pytest.fixture
async def ward(database: Database) -> Answering:
    await database.create_indexes([*STORES, AuditStore])  # type: ignore[list-item]
    ward = Answering(database, PLAN, WORDINGS)
    await ward.asked()
    return ward


async def test_an_answer_in_time_is_shown_without_a_mark_and_counts(ward: Answering) -> None:
    await ward.answers_with("7", here(23, 11))
    assert await ward.shown(here(24, 9)) == [("7", [])]
    assert (await ward.at(ward.contact, here(2, 10, month=12)))["call_pain"] == "call"


async def test_a_late_answer_is_shown_marked_and_still_counts(ward: Answering) -> None:
    await ward.answers_with("7", here(1, 10, month=12))  # eight days later
    await ward.answers_with("2", here(1, 11, month=12))
    assert await ward.shown(here(1, 12, month=12)) == [
        ("7", [AnswerMark.LATE]),
        ("2", [AnswerMark.LATER, AnswerMark.LATE]),
    ]
    assert (await ward.at(ward.contact, here(2, 10, month=12)))["call_pain"] == "call"


@pytest.mark.parametrize("answered", [here(23, 11), here(24, 11)], ids=["before the move", "after the move"])
async def test_an_answer_is_early_once_its_base_date_was_moved_behind_it(ward: Answering, answered: datetime) -> None:
    if answered < here(24, 9):
        await ward.answers_with("7", answered)
    await ward.to(date(2026, 11, 26), here(24, 9))
    if answered > here(24, 9):
        await ward.answers_with("7", answered)
    assert await ward.shown(here(25, 9)) == [("7", [AnswerMark.EARLY])]
    assert (await ward.at(ward.contact, here(29, 10))) == {"pain": "accepted"}  # asked once, on the old day
    assert (await ward.at(ward.contact, here(8, 10, month=12)))["call_pain"] == "call"  # it still decides
    await ward.to(date(2026, 11, 19), here(9, 9, month=12))
    assert await ward.shown(here(9, 10, month=12)) == [("7", [])]  # the mark is of the date as it is now


async def test_an_answer_stays_when_its_base_date_is_removed_and_when_it_comes_afterwards(ward: Answering) -> None:
    remove = ward.room.care.dates.remove
    await remove(ward.ids, ward.noted.id, revision=ward.noted.revision, by=RECEPTION, now=here(24, 9))
    await ward.answers_with("7", here(24, 10))
    assert await ward.shown(here(24, 11)) == [("7", [])]
    assert await ward.at(ward.contact, here(2, 10, month=12)) == {"pain": "accepted"}


async def test_an_answer_after_the_plan_was_ended_is_shown_marked_and_starts_nothing(ward: Answering) -> None:
    await ward.answers_with("6", here(23, 11))
    enrolment = f"discharge/date:{ward.noted.id}"
    changes = ward.room.care.changes
    await changes.end(ward.ids, enrolment, "已转院", by=RECEPTION, now=here(24, 9))
    await ward.answers_with("9", here(24, 10))
    assert await ward.shown(here(24, 11)) == [("6", []), ("9", [AnswerMark.LATER, AnswerMark.ENDED])]
    assert (await ward.at(ward.contact, here(2, 10, month=12)))["call_pain"] == "ended"


async def test_answers_outlive_their_plan(ward: Answering) -> None:
    await ward.answers_with("7", here(23, 11))
    other = replace(PLAN, key="another")
    ward.room.care = ward.room.engine_of((other,), WORDINGS)
    assert await ward.shown(here(24, 11)) == [("7", [])]


async def test_an_answer_to_a_question_that_was_put_off_by_hand_is_in_time(ward: Answering) -> None:
    """Its own hour counts, and not the derived one."""
    await ward.to(date(2026, 11, 26), here(23, 10, 30))
    contact, patient = await somebody(ward.room, "oPatient2")
    note, move = ward.room.care.dates.note, ward.room.care.changes.move
    noted = await note([patient.id], "discharge", date(2026, 11, 26), "", by=RECEPTION, now=here(24, 9))
    key, sooner = f"discharge/pain/date:{noted.id}", here(25, 10)
    await move([patient.id], key, sooner, "周三要出门", by=RECEPTION, now=here(24, 10))
    await ward.at(contact, sooner)
    asked = await ward.room.care.answers.last_asked(contact.id, sooner - timedelta(hours=1))
    assert asked is not None
    await ward.room.care.answers.note(asked, "3", "in:sooner", sooner + timedelta(hours=1))
    (over,) = await ward.room.care.answers.of_patient([patient.id], by=RECEPTION, now=here(26, 9))
    assert list(over.marks.values()) == [[]]


async def test_what_came_too_late_to_be_sent_is_counted_and_the_answer_before_it_stays(ward: Answering) -> None:
    """Elsewhere nothing ever counted as missed: here the step has its row, and the report of the gap its number."""
    await ward.answers_with("7", here(23, 11))
    await ward.room.care.enqueue_due(here(2, 9, 59, month=12))
    back = here(3, 10, month=12)  # a day later; the call was worth making for eight hours
    assert await ward.at(ward.contact, back) == {"pain": "accepted", "call_pain": "missed_downtime"}
    (task,) = await ward.room.followups.open_ones(by=RECEPTION, prefix=REPORT)
    report = await ward.room.care.gaps.report(gap_of(task.key), by=RECEPTION)
    assert [(each.step, each.reason, each.messages) for each in report.tallies] == [("call_pain", "missed_downtime", 1)]
    assert await ward.shown(back) == [("7", [])]
