"""Deposits over a real database: they go along with a move, are carried in one step, and nobody overwrites a move."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from tests.auditing import RECEPTION, audit_of
from tests.bookings import CHECKUP, CHEN, JOINT, audit_capacity, open_booking
from tests.clinics import FixedClinic
from wxbot.actors import PATIENT
from wxbot.booking.deposits import Deposits
from wxbot.booking.models import Appointment, DepositMethod, DepositOutcome, SeriesId
from wxbot.booking.service import Booking
from wxbot.booking.stores.deposits import DepositStore
from wxbot.booking.stores.series import SeriesStore
from wxbot.database import Database
from wxbot.errors import FieldErrors, ForbiddenError, StaleError
from wxbot.history.models import PatientId

NOW = datetime(2026, 11, 23, 16, tzinfo=UTC)  # midnight at the clinic
NINE = NOW + timedelta(hours=9)


class Room:
    """Booking and deposits over one database."""

    def __init__(self, database: Database, booking: Booking) -> None:
        self.database, self.booking = database, booking
        self.deposits = Deposits(DepositStore(database), FixedClinic(JOINT), audit_of(database))

    async def visit(self, number: int = 0, patient: str = "p") -> Appointment:
        return await self.booking.book(
            request_key=f"{patient}{number}",
            contact_id=None,
            patient_id=PatientId(patient),
            visit_type_id=CHECKUP,
            practitioner_id=CHEN,
            start=NINE + timedelta(days=number),
            by=PATIENT,
            now=NOW,
        )

    async def with_deposit(self, number: int = 0) -> Appointment:
        visit = await self.visit(number)
        return await self.deposits.receive(visit.id, 20_000, DepositMethod.CASH, by=RECEPTION, now=NOW)

    async def stands(self, visit: Appointment) -> Appointment:
        return (await self.booking.by_ids([visit.id]))[visit.id]


@pytest.fixture
async def room(database: Database) -> Room:
    booking = await open_booking(database)
    await database.create_indexes([DepositStore(database)])
    return Room(database, booking)


async def test_a_deposit_goes_along_to_the_new_hour(room: Room) -> None:
    # A2-98
    held = await room.with_deposit()
    moved = await room.booking.move(
        held.id, NINE + timedelta(days=1), None, held.version, request_key="m", by=RECEPTION, now=NOW
    )
    assert moved.held_deposit == held.held_deposit
    assert await room.stands(held) == moved


async def test_a_move_that_was_begun_before_the_deposit_does_not_lose_it(room: Room) -> None:
    """The version that the mover saw is over: they are told, and the money stands."""
    visit = await room.visit()
    await room.deposits.receive(visit.id, 20_000, DepositMethod.CARD, by=RECEPTION, now=NOW)
    with pytest.raises(StaleError):
        await room.booking.move(
            visit.id, NINE + timedelta(days=1), None, visit.version, request_key="m", by=RECEPTION, now=NOW
        )
    assert (await room.stands(visit)).held_deposit is not None


async def test_two_taps_take_one_deposit(room: Room) -> None:
    visit = await room.visit()
    taken = await asyncio.gather(
        *(room.deposits.receive(visit.id, 100, DepositMethod.CASH, by=RECEPTION, now=NOW) for _ in range(8)),
        return_exceptions=True,
    )
    assert sum(isinstance(each, Appointment) for each in taken) == 1
    assert all(isinstance(each, Appointment | FieldErrors | StaleError) for each in taken)
    assert len((await room.stands(visit)).deposits) == 1


async def test_a_deposit_is_carried_to_another_visit_in_one_step(room: Room) -> None:
    held, other = await room.with_deposit(), await room.visit(2)
    deposit = held.held_deposit
    assert deposit is not None
    await room.booking.cancel(held.id, "改期", by=RECEPTION, now=NOW)
    assert [each.id for each in await room.deposits.undecided()] == [held.id]
    assert [each.id for each in await room.deposits.targets(await room.stands(held), NOW)] == [other.id]
    there = await room.deposits.transfer(held.id, deposit.id, other.id, by=RECEPTION, now=NOW)

    assert there.held_deposit is not None
    assert (there.held_deposit.amount, there.held_deposit.moved_from) == (20_000, held.id)
    assert [each.outcome for each in (await room.stands(held)).deposits] == [DepositOutcome.TRANSFERRED]
    assert await room.deposits.undecided() == []
    with pytest.raises(FieldErrors):  # the second tap
        await room.deposits.transfer(held.id, deposit.id, other.id, by=RECEPTION, now=NOW)
    await audit_capacity(room.database)


async def test_where_the_target_changed_meanwhile_neither_is_written(room: Room) -> None:
    held, other = await room.with_deposit(), await room.visit(2)
    store = DepositStore(room.database)
    await room.booking.move(other.id, NINE + timedelta(days=3), None, 1, request_key="m", by=RECEPTION, now=NOW)
    gone, there = (
        replace(held, version=held.version + 1, deposits=()),
        replace(other, version=2, deposits=held.deposits),
    )
    assert not await store.put(gone, there)
    assert (await room.stands(held)).held_deposit is not None
    assert (await room.stands(other)).deposits == ()


async def test_another_patients_visit_is_no_target(room: Room) -> None:
    held, other = await room.with_deposit(), await room.visit(1, "q")
    assert held.held_deposit is not None
    with pytest.raises(FieldErrors):
        await room.deposits.transfer(held.id, held.held_deposit.id, other.id, by=RECEPTION, now=NOW)


async def test_it_is_staffs_noted_in_the_audit_and_adds_up_for_the_day(room: Room) -> None:
    visit = await room.visit()
    with pytest.raises(ForbiddenError):
        await room.deposits.receive(visit.id, 100, DepositMethod.CASH, by=PATIENT, now=NOW)
    held = await room.deposits.receive(visit.id, 20_050, DepositMethod.CASH, by=RECEPTION, now=NOW)
    assert held.held_deposit is not None
    await room.deposits.settle(
        visit.id, held.held_deposit.id, DepositOutcome.REFUNDED, "病了", by=RECEPTION, now=NOW + timedelta(hours=1)
    )
    summaries = [row["summary"] async for row in room.database.collection("audit").find({})]
    assert summaries == ["收押金 200.50元 现金 已收", "押金 200.50元 现金 已退：病了"]
    found = await room.deposits.of_day(date(2026, 11, 24), by=RECEPTION)
    assert (found.received, found.refunded, found.by_method) == (20_050, 20_050, ())
    assert (await room.deposits.of_day(date(2026, 11, 25), by=RECEPTION)).received_count == 0


async def test_what_is_asked_of_deposits_and_series_goes_by_their_indexes(room: Room) -> None:
    series = SeriesStore(room.database)
    await room.database.create_indexes([series])
    await room.with_deposit()
    await room.database.client[room.database.name].command("profile", 2)
    await room.deposits.undecided()
    await room.deposits.of_day(date(2026, 11, 24), by=RECEPTION)
    await series.of_series(SeriesId("none"))
    await room.database.client[room.database.name].command("profile", 0)
    asked = room.database.client[room.database.name]["system.profile"].find({"op": "query"})
    plans = [each["planSummary"] async for each in asked]
    assert len(plans) == 4
    for field, plan in zip(("outcome", "received_at", "settled_at", "series.id"), plans, strict=True):
        assert field in plan
        assert "COLLSCAN" not in plan
