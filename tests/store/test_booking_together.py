"""Those who book at the same time share a transaction, and one who is refused does not cost the others theirs."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.bookings import CHECKUP, CHEN, WANG, XRAY, ZHOU, audit_capacity, open_booking
from wxbot.actors import PATIENT
from wxbot.booking.models import Appointment
from wxbot.booking.service import Booking
from wxbot.booking.stores.occupancy import Look, OccupancyStore
from wxbot.clinic.models import PractitionerId, VisitTypeId
from wxbot.database import Database, Session
from wxbot.errors import SlotTakenError
from wxbot.history.models import ContactId, PatientId

NOW = datetime(2026, 11, 23, 16, tzinfo=UTC)  # midnight at the clinic
NINE = NOW + timedelta(hours=9)
PLACES = [
    (who, NINE + timedelta(days=day, hours=hour)) for day in range(2) for hour in range(2) for who in (CHEN, ZHOU)
]


async def book(
    booking: Booking, name: str, who: PractitionerId | None, start: datetime, kind: VisitTypeId = CHECKUP
) -> Appointment:
    return await booking.book(
        request_key=f"k:{name}",
        contact_id=ContactId(f"c:{name}"),
        patient_id=PatientId(f"p:{name}"),
        visit_type_id=kind,
        practitioner_id=who,
        start=start,
        by=PATIENT,
        now=NOW,
    )


@pytest.fixture
def transactions(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A word for each transaction that is begun."""
    begun: list[str] = []
    in_transaction = Database.in_transaction

    async def counted(self: Database, work: Callable[[Session], Awaitable[Any]]) -> Any:
        begun.append("begun")
        return await in_transaction(self, work)

    monkeypatch.setattr(Database, "in_transaction", counted)
    return begun


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[Sequence[Look]]:
    """What was looked at."""
    seen: list[Sequence[Look]] = []
    taken_each = OccupancyStore.taken_each

    async def counted(self: OccupancyStore, looks: Sequence[Look]) -> Any:
        seen.append(looks)
        return await taken_each(self, looks)

    monkeypatch.setattr(OccupancyStore, "taken_each", counted)
    return seen


async def test_an_hour_that_can_be_had_in_one_place_only_is_written_without_looking(
    database: Database, looks: list[Sequence[Look]]
) -> None:
    booking = await open_booking(database)
    await book(booking, "li", CHEN, NINE)
    assert looks == []
    await book(booking, "wu", None, NINE)  # whoever is free: that has to be seen
    await book(booking, "he", WANG, NINE, XRAY)  # one of two rooms
    assert len(looks) == 2
    with pytest.raises(SlotTakenError) as refused:
        await book(booking, "xu", CHEN, NINE)
    assert [each.start for each in refused.value.alternatives] == [
        each.start for each in await booking.next_free(CHECKUP, CHEN, NINE, NOW)
    ]
    await audit_capacity(database)


async def test_one_who_is_refused_does_not_cost_the_others_their_shared_transaction(
    database: Database, transactions: list[str]
) -> None:
    booking, elsewhere = await open_booking(database), await open_booking(database)
    await book(elsewhere, "first", *PLACES[3])
    transactions.clear()

    told = await asyncio.gather(
        *(book(booking, str(number), *place) for number, place in enumerate(PLACES)), return_exceptions=True
    )

    refused = [number for number, each in enumerate(told) if isinstance(each, BaseException)]
    assert refused == [3]
    assert isinstance(told[3], SlotTakenError)
    assert len(transactions) <= 4  # the first to come, all others, the one who is refused, the rest
    await audit_capacity(database)


async def test_what_the_contact_held_elsewhere_ends_although_nobody_looked(
    database: Database, looks: list[Sequence[Look]]
) -> None:
    booking = await open_booking(database)
    contact = ContactId("c:li")
    await booking.hold(CHECKUP, ZHOU, NINE, contact_id=contact, by=PATIENT, now=NOW)
    looks.clear()

    await book(booking, "li", CHEN, NINE)

    assert looks == []
    assert await booking.held_by(contact, NOW) is None
    await audit_capacity(database)
    await book(booking, "wu", ZHOU, NINE)


async def test_a_hold_whose_time_is_over_makes_way_once_it_is_seen(
    database: Database, looks: list[Sequence[Look]]
) -> None:
    booking = await open_booking(database)
    long_ago = NOW - timedelta(minutes=6)
    await booking.hold(CHECKUP, CHEN, NINE, contact_id=ContactId("c:other"), by=PATIENT, now=long_ago)
    looks.clear()

    await book(booking, "li", CHEN, NINE)

    assert len(looks) == 1
    await audit_capacity(database)
