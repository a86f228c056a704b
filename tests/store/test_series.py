"""A course of visits over a real database: proposed whole, booked all or none, moved and cancelled together."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from tests.auditing import RECEPTION
from tests.bookings import CHECKUP, CHEN, JOINT, LASER, audit_capacity, open_booking
from tests.clinics import FixedClinic
from wxbot.actors import PATIENT
from wxbot.booking.claims import claims_of
from wxbot.booking.models import Appointment, AppointmentState
from wxbot.booking.series import SeriesBooking
from wxbot.booking.series_models import Proposal, SeriesRequest, SeriesTakenError
from wxbot.booking.series_placement import Interval
from wxbot.booking.service import Booking
from wxbot.booking.stores.appointments import BookingStore
from wxbot.booking.stores.occupancy import OccupancyStore
from wxbot.booking.stores.series import SeriesStore
from wxbot.clinic.models import Clinic, Closure
from wxbot.database import Database, Session
from wxbot.errors import FieldErrors, ForbiddenError, NotBookableError, StaleError
from wxbot.history.models import PatientId

NOW = datetime(2026, 11, 23, 16, tzinfo=UTC)  # midnight at the clinic, Tuesday the 24th
NINE = NOW + timedelta(hours=9)
EVERY_28 = Interval(every_days=28, within_days=3)
HOLIDAYS_DO_NOT_COUNT = replace(JOINT, closed_on_statutory_holidays=False)


def course(count: int = 4, start: datetime = NINE, interval: Interval = EVERY_28, who: str = "p") -> SeriesRequest:
    return SeriesRequest(
        patient_id=PatientId(who),
        contact_id=None,
        visit_type_id=LASER,
        practitioner_id=CHEN,
        start=start,
        interval=interval,
        count=count,
    )


def starts_of(proposal: Proposal) -> Mapping[int, datetime]:
    return {each.number: each.start for each in proposal.visits if each.start is not None}


class Room:
    """Booking and series over one database."""

    def __init__(self, database: Database, booking: Booking, clinic: Clinic) -> None:
        self.database, self.booking = database, booking
        store = SeriesStore(database)
        self.series = SeriesBooking(store, BookingStore(database), FixedClinic(clinic), booking.recorder)

    async def taken(self, start: datetime, who: str = "other") -> Appointment:
        """Somebody else's visit with the same practitioner."""
        return await self.booking.book(
            request_key=f"{who}{start.isoformat()}",
            contact_id=None,
            patient_id=PatientId(who),
            visit_type_id=CHECKUP,
            practitioner_id=CHEN,
            start=start,
            by=RECEPTION,
            now=NOW,
        )

    async def booked(self, request: SeriesRequest, key: str = "k") -> list[Appointment]:
        proposal = await self.series.propose(request, by=RECEPTION, now=NOW)
        return await self.series.book(proposal.request, starts_of(proposal), request_key=key, by=RECEPTION, now=NOW)


async def room_of(database: Database, clinic: Clinic = HOLIDAYS_DO_NOT_COUNT) -> Room:
    booking = await open_booking(database, clinic)
    await database.create_indexes([SeriesStore(database)])
    return Room(database, booking, clinic)


@pytest.fixture
async def room(database: Database) -> Room:
    return await room_of(database)


def days(visits: list[Appointment]) -> list[int]:
    return [(each.start - NINE).days for each in visits]


async def test_a_course_is_proposed_whole_and_books_nothing(room: Room) -> None:
    proposal = await room.series.propose(course(), by=RECEPTION, now=NOW)
    assert [each.start for each in proposal.visits] == [NINE + timedelta(days=28 * number) for number in range(4)]
    assert await audit_capacity(room.database) == 0


async def test_all_of_it_is_booked_in_one_step_and_twice_the_same_is_once(room: Room) -> None:
    visits = await room.booked(course())
    assert days(visits) == [0, 28, 56, 84]
    assert [each.series.number for each in visits if each.series is not None] == [1, 2, 3, 4]
    assert len({each.series.id for each in visits if each.series is not None}) == 1
    assert [each.devices for each in visits] == [("l1",)] * 4
    again = await room.series.book(
        course(), {number: each.start for number, each in enumerate(visits, 1)}, request_key="k", by=RECEPTION, now=NOW
    )
    assert [each.id for each in again] == [each.id for each in visits]
    assert await audit_capacity(room.database) > 0


async def test_a_visit_that_cannot_be_placed_is_told_with_its_days_and_why(database: Database) -> None:
    closed = Closure(first=date(2026, 12, 19), last=date(2026, 12, 25), reason="装修")
    room = await room_of(database, replace(HOLIDAYS_DO_NOT_COUNT, closures=(closed,)))
    proposal = await room.series.propose(course(3), by=RECEPTION, now=NOW)
    (missing,) = proposal.missing
    assert (missing.number, missing.first, missing.last) == (2, date(2026, 12, 19), date(2026, 12, 25))
    assert "12月19日休诊" in missing.why
    assert proposal.visits[2].start == NINE + timedelta(days=56)  # the interval goes on

    with pytest.raises(FieldErrors):
        await room.series.book(course(3), starts_of(proposal), request_key="k", by=RECEPTION, now=NOW)
    assert await audit_capacity(room.database) == 0
    some = await room.series.book(course(3), starts_of(proposal), request_key="k", partial=True, by=RECEPTION, now=NOW)
    assert days(some) == [0, 56]
    assert [each.series.number for each in some if each.series is not None] == [1, 3]


async def test_a_full_day_moves_the_visit_within_its_play_and_keeps_the_part_of_the_day(room: Room) -> None:
    for hour in range(3):
        await room.taken(NINE + timedelta(days=28, hours=hour), f"o{hour}")
    proposal = await room.series.propose(course(2), by=RECEPTION, now=NOW)
    assert [each.start for each in proposal.visits] == [NINE, NINE + timedelta(days=27)]


async def test_the_patients_own_other_visit_is_not_booked_over(room: Room) -> None:
    await room.booking.book(
        request_key="own",
        contact_id=None,
        patient_id=PatientId("p"),
        visit_type_id=CHECKUP,
        practitioner_id=None,
        start=NINE + timedelta(days=28),
        by=RECEPTION,
        now=NOW,
    )
    proposal = await room.series.propose(course(2), by=RECEPTION, now=NOW)
    at = proposal.visits[1].start
    assert at is not None
    assert at != NINE + timedelta(days=28)
    with pytest.raises(SeriesTakenError):
        await room.series.book(
            course(2), {1: NINE, 2: NINE + timedelta(days=28)}, request_key="k", by=RECEPTION, now=NOW
        )


async def test_one_hour_that_is_taken_meanwhile_books_none_and_is_named(room: Room) -> None:
    proposal = await room.series.propose(course(), by=RECEPTION, now=NOW)
    await room.taken(NINE + timedelta(days=56))
    before = await audit_capacity(room.database)
    with pytest.raises(SeriesTakenError) as refused:
        await room.series.book(proposal.request, starts_of(proposal), request_key="k", by=RECEPTION, now=NOW)
    assert refused.value.numbers == (3,)
    assert "第3次" in refused.value.sentence
    assert await audit_capacity(room.database) == before


async def test_of_two_courses_for_the_same_hours_one_is_booked_whole_and_the_other_not_at_all(room: Room) -> None:
    every = {number: NINE + timedelta(days=28 * (number - 1)) for number in range(1, 7)}
    results = await asyncio.gather(
        *(
            room.series.book(course(6, who=f"p{each}"), every, request_key=f"k{each}", by=RECEPTION, now=NOW)
            for each in range(6)
        ),
        return_exceptions=True,
    )
    assert sum(isinstance(each, list) for each in results) == 1
    assert all(isinstance(each, list | SeriesTakenError) for each in results)
    assert await room.database.collection("appointments").count_documents({}) == 6
    await audit_capacity(room.database)


async def test_what_dies_between_the_visits_leaves_none_of_them(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process ends after the appointments were written and before their hours were claimed."""

    async def die(self: object, claims: object, session: Session) -> None:  # noqa: ARG001
        raise KeyboardInterrupt

    monkeypatch.setattr(OccupancyStore, "claim_all", die)
    with pytest.raises(KeyboardInterrupt):
        await room.booked(course(2))
    monkeypatch.undo()
    assert await room.database.collection("appointments").count_documents({}) == 0
    assert await audit_capacity(room.database) == 0


async def test_moving_one_moves_the_rest_along_by_choice(room: Room) -> None:
    first, second, third, fourth = await room.booked(course())
    moved = await room.booking.move(
        second.id, second.start + timedelta(days=2), None, 1, request_key="m", by=RECEPTION, now=NOW
    )
    assert (await room.booking.by_ids([third.id]))[third.id] == third  # only by choice
    proposal = await room.series.propose_rest(moved, by=RECEPTION, now=NOW)
    assert {each.number: each.start for each in proposal.visits} == {
        3: NINE + timedelta(days=58),
        4: NINE + timedelta(days=86),
    }
    after = await room.series.move_rest(moved, starts_of(proposal), request_key="r", by=RECEPTION, now=NOW)
    assert days(after) == [58, 86]
    assert [each.version for each in after] == [2, 2]
    stands = await room.booking.by_ids([first.id, fourth.id])
    assert days([stands[first.id], stands[fourth.id]]) == [0, 86]
    await audit_capacity(room.database)
    again = await room.series.move_rest(moved, starts_of(proposal), request_key="r", by=RECEPTION, now=NOW)
    assert [each.version for each in again] == [2, 2]  # the second tap


async def test_a_series_shifts_onto_its_own_hours(room: Room) -> None:
    """Moved by a week, a weekly course takes what its next visits had."""
    weekly = course(4, interval=Interval(every_days=7))
    first, second, *_ = await room.booked(weekly)
    await room.booking.cancel(second.id, "", by=RECEPTION, now=NOW)
    moved = await room.booking.move(first.id, second.start, None, 1, request_key="m", by=RECEPTION, now=NOW)
    proposal = await room.series.propose_rest(moved, by=RECEPTION, now=NOW)
    after = await room.series.move_rest(moved, starts_of(proposal), request_key="r", by=RECEPTION, now=NOW)
    assert days(after) == [21, 28]
    await audit_capacity(room.database)


async def test_where_one_of_the_rest_changed_meanwhile_none_moves(room: Room) -> None:
    first, second, third = await room.booked(course(3))
    store = SeriesStore(room.database)
    await room.booking.move(third.id, third.start + timedelta(days=1), None, 1, request_key="m", by=RECEPTION, now=NOW)
    later = [replace(each, version=2, start=each.start, changed_at=NOW) for each in (second, third)]
    assert not await store.move(later, [])
    assert (await room.booking.by_ids([second.id]))[second.id].version == 1
    assert first.live
    await audit_capacity(room.database)


async def test_cancelling_one_cancels_the_rest_where_that_is_wanted(room: Room) -> None:
    first, second, third = await room.booked(course(3))
    with pytest.raises(StaleError):
        await room.series.cancel_from(replace(second, version=7), "不做了", by=RECEPTION, now=NOW)
    cancelled = await room.series.cancel_from(second, "不做了", by=RECEPTION, now=NOW)
    assert [each.state for each in cancelled] == [AppointmentState.CANCELLED] * 2
    assert (await room.booking.by_ids([first.id]))[first.id].live
    free = await room.booking.why_not(LASER, CHEN, third.start, now=NOW)
    assert free == ()
    assert await audit_capacity(room.database) == sum(len(each.ticks) for each in claims_of(first))


async def test_each_change_of_a_series_is_in_transcript_and_audit(room: Room) -> None:
    visits = await room.booked(course(3))
    await room.series.cancel_from(visits[1], "不做了", by=RECEPTION, now=NOW)
    audit = [row["summary"] async for row in room.database.collection("audit").find({})]
    assert audit == ["为患者预约疗程"] * 3 + ["取消疗程的预约"] * 2
    assert await room.database.collection("interactions").count_documents({}) == 5


@pytest.mark.parametrize(
    "wanted",
    [
        course(1),
        course(25),
        course(interval=Interval(every_days=0)),
        course(interval=Interval(every_days=7, within_days=7)),
        course(24, interval=Interval(every_days=60)),
    ],
)
async def test_what_is_no_course_is_refused(room: Room, wanted: SeriesRequest) -> None:
    with pytest.raises(FieldErrors):
        await room.series.propose(wanted, by=RECEPTION, now=NOW)


async def test_a_first_hour_that_is_not_free_is_refused_and_patients_book_none(room: Room) -> None:
    await room.taken(NINE)
    with pytest.raises(NotBookableError):
        await room.series.propose(course(), by=RECEPTION, now=NOW)
    with pytest.raises(ForbiddenError):
        await room.series.propose(course(start=NINE + timedelta(days=1)), by=PATIENT, now=NOW)
