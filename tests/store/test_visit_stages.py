"""The day of a visit over a real mongod: stages, steps back, colleagues who tap at once."""

import asyncio
from datetime import date, datetime, timedelta

import pytest

from tests.auditing import NOBODY, RECEPTION, audit_of, entries
from tests.clinics import FixedClinic
from tests.store.test_booking import CLINIC, NINE, TUESDAY, book, kinds, local
from wxbot.audit.actions import AuditAction
from wxbot.booking.models import Appointment, AppointmentId, AppointmentState, VisitStage
from wxbot.booking.service import Booking
from wxbot.booking.stores.appointments import BookingStore
from wxbot.booking.stores.stages import StageStore
from wxbot.booking.visit_stages import VisitStages
from wxbot.database import Database
from wxbot.errors import DomainError, ForbiddenError, NotFoundError, StaleError
from wxbot.history.models import Kind
from wxbot.history.service import History
from wxbot.history.store import HistoryStore
from wxbot.workflow import NotNowError

EXPECTED, ARRIVED, WAITING, IN_TREATMENT, LEFT = VisitStage
EARLY, LATE = local(TUESDAY, 8, 50), local(TUESDAY, 9, 40)


@pytest.fixture
async def history(database: Database) -> History:
    store = HistoryStore(database)
    await database.create_indexes([store])
    return History(store)


@pytest.fixture
async def booking(database: Database, history: History) -> Booking:
    store = BookingStore(database)
    await database.create_indexes([store])
    return Booking(store, FixedClinic(CLINIC), history=history, audit=audit_of(database))


@pytest.fixture
def stages(database: Database, booking: Booking) -> VisitStages:
    return VisitStages(StageStore(database), BookingStore(database), FixedClinic(CLINIC), booking.recorder)


async def advance(
    stages: VisitStages, visit: Appointment, to: VisitStage, seen: VisitStage, now: datetime = EARLY
) -> Appointment:
    return await stages.advance(visit.id, to, seen=seen, by=RECEPTION, now=now)


async def test_a_patient_goes_from_the_door_to_the_door(
    booking: Booking, stages: VisitStages, history: History, database: Database
) -> None:
    visit = await book(booking, "li")
    for to, seen, minutes in ((ARRIVED, EXPECTED, 0), (WAITING, ARRIVED, 2), (IN_TREATMENT, WAITING, 12)):
        visit = await advance(stages, visit, to, seen, EARLY + timedelta(minutes=minutes))
    gone = await advance(stages, visit, LEFT, IN_TREATMENT, LATE)

    assert (gone.stage, gone.state, gone.closed_at) == (LEFT, AppointmentState.COMPLETED, LATE)
    moments = (gone.arrived_at, gone.waiting_at, gone.treated_at, gone.departed_at)
    assert moments == (EARLY, EARLY + timedelta(minutes=2), EARLY + timedelta(minutes=12), LATE)
    assert await kinds(history, "li") == [
        Kind.APPOINTMENT_BOOKED,
        Kind.APPOINTMENT_CLOSED,
        *[Kind.APPOINTMENT_STAGE] * 3,
    ]
    assert len(await entries(database, AuditAction.APPOINTMENT_STAGE)) == 4
    later = await book(booking, "li", local(date(2026, 11, 25), 9))
    assert not later.new_patient  # they were seen


async def test_steps_may_be_left_out_and_a_second_tap_changes_nothing(booking: Booking, stages: VisitStages) -> None:
    visit = await book(booking, "li")
    treated = await advance(stages, visit, IN_TREATMENT, EXPECTED)
    again = await advance(stages, visit, IN_TREATMENT, EXPECTED, LATE)

    assert (treated.stage, treated.arrived_at, treated.treated_at) == (IN_TREATMENT, None, EARLY)
    assert again == treated


async def test_every_step_is_taken_back_to_the_one_noted_before(booking: Booking, stages: VisitStages) -> None:
    visit = await book(booking, "li")
    second = await book(booking, "li", local(date(2026, 11, 25), 9))
    await advance(stages, visit, ARRIVED, EXPECTED)
    await advance(stages, visit, LEFT, ARRIVED, LATE)
    after_left = (await booking.by_ids([second.id]))[second.id]

    back = await stages.step_back(visit.id, seen=LEFT, by=RECEPTION, now=LATE)
    expected = await stages.step_back(visit.id, seen=ARRIVED, by=RECEPTION, now=LATE)

    assert (back.stage, back.state, back.closed_at, back.departed_at) == (ARRIVED, AppointmentState.BOOKED, None, None)
    assert (expected.stage, expected.arrived_at, expected.live) == (EXPECTED, None, True)
    assert not after_left.new_patient
    assert (await booking.by_ids([second.id]))[second.id].new_patient  # the first visit did not take place yet
    with pytest.raises(NotNowError):
        await stages.step_back(visit.id, seen=EXPECTED, by=RECEPTION, now=LATE)


async def test_of_two_colleagues_one_is_told_of_the_other(booking: Booking, stages: VisitStages) -> None:
    visit = await book(booking, "li")
    await advance(stages, visit, ARRIVED, EXPECTED)

    with pytest.raises(StaleError):  # a page that still shows 未到
        await advance(stages, visit, WAITING, EXPECTED)
    with pytest.raises(StaleError):
        await stages.step_back(visit.id, seen=EXPECTED, by=RECEPTION, now=EARLY)

    results = await asyncio.gather(
        *(advance(stages, visit, to, ARRIVED) for to in (WAITING, IN_TREATMENT, LEFT)), return_exceptions=True
    )
    won = [each for each in results if not isinstance(each, BaseException)]
    told = [each for each in results if isinstance(each, DomainError)]
    assert (len(won), len(told)) == (1, 2)


@pytest.mark.parametrize("moment", [local(date(2026, 11, 23), 9), local(date(2026, 11, 25), 9)])
async def test_another_days_visit_is_not_arrived_at(booking: Booking, stages: VisitStages, moment: datetime) -> None:
    visit = await book(booking, "li")
    with pytest.raises(NotNowError, match="不在今天"):
        await advance(stages, visit, ARRIVED, EXPECTED, moment)


async def test_what_was_cancelled_or_is_not_there_is_refused(booking: Booking, stages: VisitStages) -> None:
    visit = await book(booking, "li")
    await booking.cancel(visit.id, "患者来电", by=RECEPTION, now=EARLY)
    with pytest.raises(NotNowError):
        await advance(stages, visit, ARRIVED, EXPECTED)
    with pytest.raises(NotNowError):
        await stages.unconfirm(visit.id, by=RECEPTION, now=EARLY)
    with pytest.raises(NotFoundError):
        await stages.advance(AppointmentId("nowhere"), ARRIVED, seen=EXPECTED, by=RECEPTION, now=EARLY)
    with pytest.raises(ForbiddenError):
        await stages.advance(visit.id, ARRIVED, seen=EXPECTED, by=NOBODY, now=EARLY)


async def test_attendance_is_assumed_only_where_nobody_touched_the_visit(booking: Booking, stages: VisitStages) -> None:
    untouched, arrived = await book(booking, "li"), await book(booking, "wang", local(TUESDAY, 10))
    await advance(stages, arrived, ARRIVED, EXPECTED)
    evening, next_day = local(TUESDAY, 18), local(date(2026, 11, 25), 2)

    assert await booking.close_past(evening) == 1
    assert await booking.close_past(next_day) == 1

    found = await booking.by_ids([untouched.id, arrived.id])
    assert found[untouched.id].closed_at == evening
    assert (found[arrived.id].closed_at, found[arrived.id].state) == (next_day, AppointmentState.COMPLETED)


async def test_a_mark_of_missed_and_a_confirmation_are_taken_back(
    booking: Booking, stages: VisitStages, database: Database
) -> None:
    visit = await book(booking, "li")
    await booking.confirm(visit.id, by=RECEPTION, now=EARLY)
    unconfirmed = await stages.unconfirm(visit.id, by=RECEPTION, now=EARLY)
    await booking.mark_no_show(visit.id, by=RECEPTION, now=LATE)

    expected = await stages.undo_no_show(visit.id, by=RECEPTION, now=LATE)
    again = await stages.undo_no_show(visit.id, by=RECEPTION, now=LATE)

    assert (unconfirmed.confirmed_at, expected.live, again.version) == (None, True, expected.version)
    assert len(await entries(database, AuditAction.APPOINTMENT_UNDONE)) == 2
    arrived = await advance(stages, visit, ARRIVED, EXPECTED, LATE)
    assert arrived.start == NINE

    other = await book(booking, "wang", local(TUESDAY, 10))
    await booking.mark_no_show(other.id, by=RECEPTION, now=local(TUESDAY, 11))
    with pytest.raises(NotNowError):
        await stages.undo_no_show(other.id, by=RECEPTION, now=local(date(2026, 11, 26), 9))
