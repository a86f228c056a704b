"""Calls of a visit's day over a real mongod: once per cause, by any number of processes, closed with their cause."""

import asyncio
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pytest

from tests.auditing import RECEPTION, audit_of
from tests.clinics import FixedClinic
from tests.store.test_booking import CLINIC, NINE, TUESDAY, book, local
from wxbot.actors import PATIENT
from wxbot.booking.day_visits import DayVisits
from wxbot.booking.models import AppointmentState, VisitStage
from wxbot.booking.service import Booking
from wxbot.booking.stores.appointments import BookingStore
from wxbot.booking.stores.days import DayReading
from wxbot.booking.stores.stages import StageStore
from wxbot.booking.visit_stages import VisitStages
from wxbot.database import Database
from wxbot.followups.models import FollowUp, FollowUpKind, FollowUpState
from wxbot.followups.service import FollowUps
from wxbot.followups.stores.followups import FollowUpStore
from wxbot.history.service import History
from wxbot.history.store import HistoryStore
from wxbot.visits.lateness import ARRIVED, BOOKED_AGAIN, MISSED, UNDONE
from wxbot.visits.rules import VisitDayRules
from wxbot.visits.tasks import CONFIRMED, VisitTasks

LATE = NINE + timedelta(minutes=10)


@dataclass
class Day:
    """What runs in one process, and what it works on."""

    booking: Booking
    stages: VisitStages
    followups: FollowUps
    tasks: VisitTasks
    store: FollowUpStore

    async def run(self, now: datetime) -> dict[str, int]:
        return dict(await self.tasks.run(now))

    async def all(self) -> list[FollowUp]:
        return await self.store.of_cause("visit-", limit=100)


@pytest.fixture
async def day(database: Database) -> Day:
    bookings, lines, store = BookingStore(database), HistoryStore(database), FollowUpStore(database)
    await database.create_indexes([bookings, lines, store])
    history, clinic, audit = History(lines), FixedClinic(CLINIC), audit_of(database)
    booking = Booking(bookings, clinic, history=history, audit=audit)
    followups = FollowUps(store, history=history, audit=audit)
    visits = DayVisits(DayReading(database))
    tasks = VisitTasks(booking=booking, visits=visits, followups=followups, clinics=clinic, rules=VisitDayRules())
    stages = VisitStages(StageStore(database), bookings, clinic, booking.recorder)
    return Day(booking, stages, followups, tasks, store)


async def test_a4_16_who_has_not_come_is_to_be_called_at_ten_minutes_once(day: Day) -> None:
    visit = await book(day.booking, "li")
    await day.booking.confirm(visit.id, by=RECEPTION, now=NINE - timedelta(hours=1))
    assert await day.run(LATE - timedelta(seconds=1)) == {"opened": 0, "settled": 0}
    await day.run(LATE)
    (task,) = await day.all()
    assert (task.kind, task.due_at, task.state) == (
        FollowUpKind.PHONE,
        NINE + timedelta(minutes=15),
        FollowUpState.OPEN,
    )
    await day.run(LATE + timedelta(minutes=1))
    assert await day.run(LATE + timedelta(minutes=20)) == {"opened": 0, "settled": 0}
    assert await day.all() == [task]


async def test_a4_16_four_processes_open_one_call(day: Day) -> None:
    for number in range(4):
        await book(day.booking, f"p{number}", NINE + timedelta(minutes=30 * number))
    await asyncio.gather(*(day.run(local(TUESDAY, 11)) for _ in range(4)))
    assert len([each for each in await day.all() if each.key.startswith("visit-late/")]) == 4


async def test_a4_16_the_call_closes_when_the_patient_comes(day: Day) -> None:
    visit = await book(day.booking, "li")
    await day.run(LATE)
    await day.stages.advance(visit.id, VisitStage.ARRIVED, seen=VisitStage.EXPECTED, by=RECEPTION, now=LATE)
    assert (await day.run(LATE + timedelta(minutes=1)))["settled"] == 1
    (task,) = await day.all()
    assert (task.state, task.outcome) == (FollowUpState.OBSOLETE, ARRIVED)
    assert await day.run(LATE + timedelta(minutes=20)) == {"opened": 0, "settled": 0}


async def test_a4_16_a_call_with_an_outcome_is_not_opened_again(day: Day) -> None:
    await book(day.booking, "li")
    await day.run(LATE)
    (task,) = await day.all()
    await day.followups.close(task.id, "堵车，二十分钟到", by=RECEPTION, now=LATE)
    await day.run(LATE + timedelta(minutes=2))
    await day.run(LATE + timedelta(minutes=20))
    (kept,) = await day.all()
    assert (kept.state, kept.outcome) == (FollowUpState.DONE, "堵车，二十分钟到")


async def test_a_missed_visit_is_called_next_day_and_its_undo_takes_that_back(day: Day) -> None:
    visit = await book(day.booking, "li")
    await day.run(LATE)
    await day.booking.mark_no_show(visit.id, by=RECEPTION, now=local(TUESDAY, 10))
    await day.run(local(TUESDAY, 10))
    late, missed = await day.all()
    assert (late.state, late.outcome) == (FollowUpState.OBSOLETE, MISSED)
    assert (missed.state, missed.due_at) == (FollowUpState.OPEN, local(date(2026, 11, 25), 9))

    await day.stages.undo_no_show(visit.id, by=RECEPTION, now=local(TUESDAY, 10, 5))
    await day.run(local(TUESDAY, 10, 5))
    assert [each.outcome for each in await day.all()] == [MISSED, UNDONE]

    await day.booking.mark_no_show(visit.id, by=RECEPTION, now=local(TUESDAY, 10, 10))
    await day.run(local(TUESDAY, 10, 10))
    assert [each.state for each in await day.all()] == [
        FollowUpState.OBSOLETE,
        FollowUpState.OBSOLETE,
        FollowUpState.OPEN,
    ]


async def test_a4_43_who_cancels_is_spoken_with_within_a_quarter_of_an_hour_unless_they_book_again(day: Day) -> None:
    visit = await book(day.booking, "li", local(TUESDAY, 11))
    await day.booking.cancel(visit.id, "", by=PATIENT, now=NINE)
    await day.run(NINE)
    (task,) = await day.all()
    assert (task.due_at, task.contact_id) == (NINE + timedelta(minutes=15), visit.contact_id)

    await book(day.booking, "li", local(date(2026, 11, 26), 9))
    await day.run(NINE + timedelta(minutes=1))
    assert [each.outcome for each in await day.all()] == [BOOKED_AGAIN]


async def test_a4_43_what_a_colleague_cancels_makes_no_call(day: Day) -> None:
    visit = await book(day.booking, "li", local(TUESDAY, 11))
    await day.booking.cancel(visit.id, "患者来电", by=RECEPTION, now=NINE)
    await day.run(NINE)
    assert await day.all() == []


async def test_a4_14_an_unconfirmed_tomorrow_is_an_alarm_after_the_deadline_and_ends_with_the_last_one(
    day: Day,
) -> None:
    wednesday = date(2026, 11, 25)
    visits = [await book(day.booking, who, local(wednesday, hour)) for who, hour in (("li", 9), ("wu", 10))]
    before = local(TUESDAY, 11, 29)
    await day.run(before)
    assert await day.all() == []
    await day.run(local(TUESDAY, 11, 30))
    await day.run(local(TUESDAY, 11, 31))
    (alarm,) = await day.all()
    assert (alarm.kind, alarm.urgent, alarm.contact_id) == (FollowUpKind.CHECK, True, None)
    assert "还有 2 位" in alarm.reason

    for visit in visits:
        await day.booking.confirm(visit.id, by=RECEPTION, now=before)
    await day.run(local(TUESDAY, 11, 40))
    assert [(each.state, each.outcome) for each in await day.all()] == [(FollowUpState.OBSOLETE, CONFIRMED)]


async def test_the_queries_of_a_run_use_indexes(day: Day, database: Database) -> None:
    await book(day.booking, "li")
    for query in (
        {"changed_at": {"$gte": NINE}, "state": {"$in": ["cancelled", "no_show"]}},
        {"state": "booked", "start": {"$gte": NINE, "$lt": LATE}},
        {"patient_id": {"$in": ["patient-li"]}, "state": "booked", "start": {"$gte": NINE}},
    ):
        plan = await database.collection("appointments").find(query).explain()
        assert "COLLSCAN" not in str(plan["queryPlanner"]["winningPlan"])
    states = [each.value for each in AppointmentState]
    day_of = {"state": {"$in": states}, "start": {"$gte": NINE, "$lt": LATE}}  # whom `tell_visitors` looks at
    plan = await database.collection("appointments").find(day_of).explain()
    assert "COLLSCAN" not in str(plan["queryPlanner"]["winningPlan"])
    plan = await database.collection("followups").find({"state": "open", "subject": {"$gt": ""}}).explain()
    assert "COLLSCAN" not in str(plan["queryPlanner"]["winningPlan"])
