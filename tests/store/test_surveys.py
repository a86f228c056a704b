"""Responses to surveys and satisfaction sheets over a real database: encrypted, carried over, produced once (A4-24)."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from tests.auditing import audit_of
from tests.clinics import FixedClinic
from tests.encryption import KEYS
from tests.recalls import BOSS, CLINIC, DESK
from tests.visit_follow_ups import called, came, follow_ups_of
from wxbot.database import Database, Store
from wxbot.encryption.documents import DocumentCipher
from wxbot.errors import ForbiddenError
from wxbot.followups.models import FollowUpKind
from wxbot.followups.service import FollowUps
from wxbot.followups.stores.followups import FollowUpStore
from wxbot.history.models import ContactId
from wxbot.history.service import History
from wxbot.history.store import HistoryStore
from wxbot.periods import Span, period_of
from wxbot.surveys.models import Answer, Occasion, ResponseState, Satisfaction, Subject, SurveyResponse, SurveyRules
from wxbot.surveys.sheet import Figure, Group
from wxbot.surveys.sheets import SatisfactionSheets
from wxbot.surveys.stores.former import FormerAnswers
from wxbot.surveys.stores.responses import NAME, ResponseStore
from wxbot.surveys.stores.sheets import SheetStore

ZONE = CLINIC.timezone
ASKED_AT = datetime(2026, 11, 25, 16, 0, tzinfo=ZONE)  # a Wednesday
LI, WANG = ContactId("li"), ContactId("wang")


def response(name: str, points: int | None = None, at: datetime = ASKED_AT, **fields: Any) -> SurveyResponse:
    made = SurveyResponse(
        id=f"visit:{name}",
        survey="visit",
        occasion=Occasion.VISIT,
        key=f"visit-survey/{name}",
        contact_id=LI,
        asked_at=at,
        state=ResponseState.SENT,
        subject=Subject(practitioner_id="chen", visit_type_id="cleaning", appointment_id=name),
    )
    if points is not None:
        answer = Answer(question="overall", value="一般", words="等太久", score=3, at=at, line_id="m:1")
        made = replace(made, state=ResponseState.DONE, answers=(answer,), points=points, satisfied=points > 80)
    return replace(made, **fields)


class Room:
    """The sheet over the test's database, as each process has it."""

    def __init__(self, database: Database) -> None:
        history = History(HistoryStore(database))
        self.responses = ResponseStore(database, KEYS)
        self.followups = FollowUps(FollowUpStore(database), history=history, audit=audit_of(database))
        self.sheets = SatisfactionSheets(
            self.responses,
            SheetStore(database),
            followed=follow_ups_of(database, SurveyRules()),
            followups=self.followups,
            clinics=FixedClinic(CLINIC),
            audit=audit_of(database),
        )

    async def keep(self, responses: Sequence[SurveyResponse]) -> None:
        for each in responses:
            assert await self.responses.insert(each)


@pytest.fixture
async def room(database: Database) -> Room:
    stores: list[Store] = [
        ResponseStore(database, KEYS),
        SheetStore(database),
        FollowUpStore(database),
        HistoryStore(database),
    ]
    await database.create_indexes(stores)
    return Room(database)


def local(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZONE)


async def test_what_patients_wrote_is_encrypted_and_erased_and_the_numbers_stay(room: Room, database: Database) -> None:
    await room.keep([response("a", 50), response("b", 100, contact_id=WANG)])
    row = await database.collection(NAME).find_one({"_id": "visit:a"})
    assert "等太久" not in str(row)
    assert "一般" not in str(row)
    assert (await room.responses.by_id("visit:a")) == response("a", 50)

    assert await room.responses.erase(LI) == 1
    assert await room.responses.erase(LI) == 0
    left = await room.responses.by_id("visit:a")
    assert left is not None
    assert (left.contact_id, left.points, left.answers[0].value, left.answers[0].words) == (None, 50, "", "")
    assert await room.responses.by_id("visit:b") == response("b", 100, contact_id=WANG)


async def test_a_change_of_one_that_was_changed_meanwhile_is_not_written(room: Room) -> None:
    await room.keep([response("a")])
    read = await room.responses.by_id("visit:a")
    assert read is not None
    assert await room.responses.replace(read, replace(read, state=ResponseState.STOPPED)) is not None
    assert await room.responses.replace(read, replace(read, state=ResponseState.DONE)) is None
    assert not await room.responses.insert(response("a"))


async def test_a4_23_the_sheet_counts_by_doctor_type_and_colleague_and_each_number_has_its_records(room: Room) -> None:
    talk = Subject(account_id="li", episode_id="e1")
    await room.keep(
        [
            response("a", 100),
            response("b", 0, low=True, followup_id="f"),
            response("c"),
            response("d", state=ResponseState.UNSENT),
            response("e", 50, subject=talk, survey="chat", occasion=Occasion.CHAT),
            response("f", 100, at=ASKED_AT - timedelta(days=1)),
        ]
    )
    await room.followups.open(
        key="visit-survey/b",
        kind=FollowUpKind.COMPLAINT,
        reason="r",
        contact_id=LI,
        patient_id=None,
        due_at=ASKED_AT,
        now=ASKED_AT,
    )
    day = period_of(Span.DAY, ASKED_AT.date())
    sheet = await room.sheets.of(day, by=BOSS)
    numbers = [sheet.whole.counts[each] for each in Figure]
    assert (numbers, sheet.whole.mean) == ([4, 3, 3, 1, 1, 1], 50)
    assert sheet.whole.share == pytest.approx(100 / 3)
    keys = {group: [(each.key, each.counts[Figure.ASKED]) for each in lines] for group, lines in sheet.groups.items()}
    assert keys == {
        Group.PRACTITIONER: [("chen", 3)],
        Group.VISIT_TYPE: [("cleaning", 3)],
        Group.ACCOUNT: [("li", 1)],
        Group.SURVEY: [("visit", 3), ("chat", 1)],
    }
    for group, lines in {Group.ALL: (sheet.whole,), **sheet.groups}.items():
        for line in lines:
            for figure, count in line.counts.items():
                found = await room.sheets.records(day, group, line.key, figure, by=BOSS)
                assert len(found) == count, (group, line.key, figure)
    week = await room.sheets.of(period_of(Span.WEEK, ASKED_AT.date()), by=BOSS)
    assert week.whole.counts[Figure.ASKED] == 5
    with pytest.raises(ForbiddenError):
        await room.sheets.of(day, by=DESK)


async def test_a4_24_each_sheet_goes_out_once_from_the_morning_after_and_two_processes_make_one(
    room: Room, database: Database
) -> None:
    await room.keep([response("a", 100)])
    day, after = ASKED_AT.date(), ASKED_AT.date() + timedelta(days=1)
    assert await room.sheets.produce(local(after, 7, 59)) == 0
    processes = [Room(database) for _ in range(4)]
    sent = await asyncio.gather(*(each.sheets.produce(local(after, 8)) for each in processes))
    assert sum(sent) == 1
    assert await room.sheets.produce(local(after, 8, 1)) == 0
    tasks = await database.collection("followups").find({}).to_list(None)
    assert [each["key"] for each in tasks] == [f"survey-sheet/day:{day}"]
    assert "到诊" not in tasks[0]["reason"]

    sunday = day + timedelta(days=(6 - day.weekday()))
    assert await room.sheets.produce(local(sunday + timedelta(days=1), 8)) == 1  # the week's
    assert await room.sheets.produce(local(date(2026, 12, 1), 8)) == 1  # November's
    assert await room.sheets.produce(local(date(2027, 1, 1), 8)) == 0
    assert {each.id for each in await room.sheets.produced(by=BOSS)} == {
        "day:2026-11-25",
        "week:2026-11-23",
        "month:2026-11-01",
    }


async def test_a4_23_the_supervisors_task_says_how_many_were_followed_up_and_which_days_missed_the_goal(
    room: Room, database: Database
) -> None:
    await room.keep([response("a", 100)])
    for name in ("a", "b"):
        await came(database, name, ASKED_AT - timedelta(hours=3))
    await called(database, "a", ASKED_AT)
    after = ASKED_AT.date() + timedelta(days=1)
    await room.sheets.produce(local(after, 8))
    await room.sheets.produce(local(date(2026, 12, 1), 8))
    reasons = {each["key"]: each["reason"] for each in await database.collection("followups").find({}).to_list(None)}
    assert "到诊 2 人，已随访 1 人。" in reasons[f"survey-sheet/day:{ASKED_AT.date()}"]  # there is time left
    assert "到诊 2 人，已随访 1 人，1 天未达标。" in reasons["survey-sheet/month:2026-11-01"]


async def test_who_died_after_the_task_and_before_the_sheet_sends_nothing_twice(room: Room, database: Database) -> None:
    await room.keep([response("a", 100)])
    now = local(ASKED_AT.date() + timedelta(days=1), 9)
    assert await room.sheets.produce(now) == 1
    await database.collection("survey_sheets").delete_many({})
    await room.sheets.produce(now + timedelta(minutes=1))
    assert await database.collection("followups").count_documents({}) == 1


async def test_a_service_that_stood_still_for_three_days_makes_up_for_its_days(room: Room) -> None:
    await room.keep([response("a", 100), response("b", 50, at=ASKED_AT + timedelta(days=1))])
    assert await room.sheets.produce(local(ASKED_AT.date() + timedelta(days=3), 12)) == 2


async def test_answers_of_before_surveys_become_responses_once(room: Room, database: Database) -> None:
    former = FormerAnswers(database, KEYS, room.responses)
    cipher = DocumentCipher(KEYS, "visits", ["survey.words"])
    talk = {"asked_at": ASKED_AT, "state": "answered", "answer": "fair", "answered_at": ASKED_AT, "words": "一般"}
    await database.collection("episodes").insert_many(
        [
            {"_id": "e1", "keys": ["e1"], "contact_id": LI, "owner": "li", "survey": {**talk, "measured": True}},
            {"_id": "e2", "keys": ["e2"], "contact_id": WANG, "survey": None},
        ]
    )
    visit = {
        "asked_at": ASKED_AT,
        "answer": "dissatisfied",
        "words": "等了一小时",
        "line_id": "m:1",
        "followup_id": "f",
    }
    await database.collection("visits").insert_one(
        cipher.encrypted({"_id": "v1", "contact_id": LI, "survey": {**visit, "answered_at": ASKED_AT}})
    )
    await database.collection("appointments").insert_one({"_id": "v1", "practitioner_id": "chen", "patient_id": "p"})
    assert await former.carry_over() == 2
    assert await former.carry_over() == 0
    chat, bad = await room.responses.by_id("chat:e1"), await room.responses.by_id("visit:v1")
    assert chat is not None
    assert bad is not None
    assert (chat.satisfaction, chat.subject.account_id, chat.counted) == (Satisfaction.FAIR, "li", True)
    assert (bad.satisfaction, bad.followup_id, bad.subject.practitioner_id) == (
        Satisfaction.DISSATISFIED,
        "f",
        "chen",
    )
    assert bad.answers[0].words == "等了一小时"
    row = await database.collection("visits").find_one({"_id": "v1"})
    assert row is not None
    assert "survey" not in row
