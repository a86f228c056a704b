"""随访 over a real database: what counts of messages, calls and answers, also of merged records; by which indexes."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.encryption import KEYS
from tests.recalls import BOSS, CLINIC, DESK
from tests.visit_follow_ups import called, came, follow_ups_of, sent
from wxbot.booking.stores.appointments import BookingStore
from wxbot.database import Database, Store
from wxbot.errors import ForbiddenError
from wxbot.followups.attempt_models import Outcome
from wxbot.followups.stores.attempts import AttemptStore
from wxbot.history.models import ContactId, PatientId
from wxbot.messaging import Purpose
from wxbot.outbox.models import State
from wxbot.outbox.stores.care_sent import CareSentStore
from wxbot.outbox.stores.messages import OutboxStore
from wxbot.patients.models import Patient
from wxbot.patients.stores.patients import PatientStore
from wxbot.periods import Span, period_of
from wxbot.surveys.followed import CareWay, FollowedDay, Part
from wxbot.surveys.models import Answer, Occasion, ResponseState, Subject, SurveyResponse, SurveyRules
from wxbot.surveys.stores.responses import ResponseStore
from wxbot.surveys.visit_follow_ups import VisitFollowUps

ZONE = CLINIC.timezone
TEN = datetime(2026, 11, 25, 10, 0, tzinfo=ZONE)  # a Wednesday
HOUR, TODAY = timedelta(hours=1), period_of(Span.DAY, TEN.date())


@pytest.fixture
async def followed(database: Database) -> VisitFollowUps:
    stores: list[Store] = [
        BookingStore(database),
        ResponseStore(database, KEYS),
        AttemptStore(database, KEYS),
        PatientStore(database, KEYS),
        OutboxStore(database),
        CareSentStore(database),
    ]
    await database.create_indexes(stores)
    return follow_ups_of(database, SurveyRules(followed_goal=50))


async def answered(database: Database, name: str, at: datetime, *, value: str = "满意") -> None:
    answers = (Answer(question="overall", value=value, score=5, at=at, line_id="m:1"),) if value else ()
    response = SurveyResponse(
        id=f"visit:v-{name}",
        survey="visit",
        occasion=Occasion.VISIT,
        key=f"visit-survey/v-{name}",
        contact_id=ContactId(name),
        patient_id=PatientId(f"p-{name}"),
        asked_at=at - HOUR,
        subject=Subject(appointment_id=f"v-{name}"),
        state=ResponseState.DONE if value else ResponseState.STOPPED,
        answers=answers,
    )
    assert await ResponseStore(database, KEYS).insert(response)


def ways(day: FollowedDay) -> dict[str, list[CareWay]]:
    return {each.visit.id: [contact.way for contact in each.contacts] for each in day.patients}


async def test_a4_23_a_message_a_call_or_an_answer_follows_a_patient_up(
    followed: VisitFollowUps, database: Database
) -> None:
    for name in ("message", "notice", "call", "survey", "nothing"):
        await came(database, name, TEN)
    await sent(database, "message", TEN + 5 * HOUR)
    await sent(database, "notice", TEN + 5 * HOUR, state=State.DELIVERED)
    await called(database, "call", TEN + 24 * HOUR)
    await answered(database, "survey", TEN + 3 * HOUR)
    (day,) = await followed.of(TODAY, by=BOSS)
    assert ways(day) == {
        "v-nothing": [],
        "v-call": [CareWay.CALL],
        "v-message": [CareWay.MESSAGE],
        "v-notice": [CareWay.MESSAGE],
        "v-survey": [CareWay.SURVEY],
    }
    assert (day.count(Part.FOLLOWED), day.percent) == (4, 80)
    with pytest.raises(ForbiddenError):
        await followed.of(TODAY, by=DESK)


@pytest.mark.parametrize(
    "facts",
    [
        {"state": State.UNKNOWN},
        {"state": State.FAILED},
        {"state": State.DROPPED, "sent_at": None},
        {"purpose": Purpose.REMINDER},
        {"purpose": Purpose.MARKETING},
        {"greeting": True},
        {"patient_id": None},
        {"patient_id": PatientId("p-child")},
    ],
    ids=str,
)
async def test_a4_23_what_did_not_reach_the_patient_or_is_about_something_else_does_not_count(
    followed: VisitFollowUps, database: Database, facts: dict[str, Any]
) -> None:
    await came(database, "a", TEN)
    await sent(database, "a", TEN + HOUR, **facts)
    await called(database, "a", TEN + 2 * HOUR, Outcome.NO_ANSWER)
    await answered(database, "a", TEN + 3 * HOUR, value="")
    (day,) = await followed.of(TODAY, by=BOSS)
    assert ways(day) == {"v-a": []}


async def test_a4_23_a_call_to_a_merged_record_is_a_call_to_the_patient_it_became(
    followed: VisitFollowUps, database: Database
) -> None:
    people, into = PatientStore(database, KEYS), {"a": "b", "b": "c", "c": None}
    for name, target in into.items():
        merged = PatientId(f"p-{target}") if target else None
        assert await people.insert(Patient(id=PatientId(f"p-{name}"), name=name, created_at=TEN, merged_into=merged))
    await came(database, "a", TEN)
    await came(database, "b", TEN + HOUR)
    assert await followed.of(TODAY, by=BOSS) != []
    await called(database, "c", TEN + 5 * HOUR)
    (day,) = await followed.of(TODAY, by=BOSS)
    assert [(each.visit.id, each.visit.patient_id, len(each.contacts)) for each in day.patients] == [("v-b", "p-c", 1)]

    await came(database, "c", TEN + timedelta(days=1))
    await called(database, "a", TEN + timedelta(days=1, hours=5))
    (next_day,) = await followed.of(period_of(Span.DAY, (TEN + timedelta(days=1)).date()), by=BOSS)
    assert next_day.count(Part.FOLLOWED) == 1


async def test_a4_23_a_month_has_a_line_for_each_day_on_which_anybody_came(
    followed: VisitFollowUps, database: Database
) -> None:
    for number in range(3):
        await came(database, str(number), TEN - timedelta(days=2 * number))
    await called(database, "1", TEN)
    found = await followed.of(period_of(Span.MONTH, TEN.date()), by=BOSS)
    assert [(each.day.day, each.count(Part.FOLLOWED)) for each in found] == [(21, 0), (23, 1), (25, 0)]
    assert await followed.of(period_of(Span.MONTH, TEN.date() - timedelta(days=90)), by=BOSS) == []


async def test_a4_23_however_much_was_sent_and_said_it_reads_what_concerns_the_patients_of_the_day(
    followed: VisitFollowUps, database: Database
) -> None:
    await came(database, "a", TEN)
    await sent(database, "a", TEN + HOUR)
    await called(database, "a", TEN + HOUR)
    for number in range(60):
        await sent(database, "a", TEN - timedelta(days=10, minutes=number))
        await called(database, "a", TEN - timedelta(days=10, minutes=number))
        await sent(database, f"other{number}", TEN + HOUR)
    whole = database.client[database.name]
    await whole.create_collection("system.profile", capped=True, size=8 * 1024 * 1024)
    await whole.command({"profile": 2})
    try:
        (day,) = await followed.of(TODAY, by=BOSS)
    finally:
        await whole.command({"profile": 0})
    assert day.count(Part.FOLLOWED) == 1
    rows = await whole["system.profile"].find({"op": "query"}).to_list(None)
    read = {
        row["ns"].partition(".")[2]: (row["planSummary"], row["docsExamined"])
        for row in rows
        if row["ns"].partition(".")[2] in {"outbox", "attempts", "survey_responses", "appointments"}
    }
    assert read.keys() == {"outbox", "attempts", "survey_responses", "appointments"}
    assert [name for name, (plan, looked) in read.items() if "COLLSCAN" in plan or looked > 1] == []
    assert "patient_id: 1, sent_at: 1" in read["outbox"][0]
