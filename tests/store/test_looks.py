"""Those who look at the same time at different days read these days in one query, from the index of claims alone."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.bookings import CHECKUP, CHEN, WANG, ZHOU, open_booking
from wxbot.actors import PATIENT
from wxbot.booking.stores.occupancy import CLAIMS, OCCUPANCY, OccupancyStore
from wxbot.booking.ticks import practitioner_resource, ticks
from wxbot.database import Database
from wxbot.history.models import PatientId

NOW = datetime(2026, 11, 23, 16, tzinfo=UTC)
NINE = NOW + timedelta(hours=9)


async def test_each_look_sees_what_is_claimed_of_its_resources_on_its_days(database: Database) -> None:
    booking, store = await open_booking(database), OccupancyStore(database)
    for number, who in enumerate((CHEN, ZHOU, WANG, CHEN, ZHOU)):
        await booking.book(
            request_key=f"k{number}",
            contact_id=None,
            patient_id=PatientId(f"p{number}"),
            visit_type_id=CHECKUP,
            practitioner_id=who,
            start=NINE + timedelta(days=number),
            by=PATIENT,
            now=NOW,
        )
    resources = [practitioner_resource(each) for each in (CHEN, ZHOU, WANG)]
    looks = [
        (chosen, NOW + timedelta(days=first), NOW + timedelta(days=first + length))
        for first in range(6)
        for length in (1, 3)
        for chosen in (resources, resources[:1], resources[1:])
    ]
    together = await store.taken_each(looks)
    for look, seen in zip(looks, together, strict=True):
        alone = await store.taken(*look)
        for resource in look[0]:
            for day in range(7):
                hour = NINE + timedelta(days=day)
                span = ticks(hour, hour + timedelta(hours=1))
                assert seen.free(resource, span) == alone.free(resource, span), (look, resource, day)
        assert await store.taken_each([look]) != []


async def test_the_query_of_several_looks_goes_by_the_index_of_claims(database: Database) -> None:
    await open_booking(database)
    await database.client[database.name].command("profile", 2)
    looks = [
        ([practitioner_resource(CHEN)], NOW + timedelta(days=each), NOW + timedelta(days=each + 1)) for each in range(3)
    ]
    await OccupancyStore(database).taken_each(looks)
    await database.client[database.name].command("profile", 0)
    plans: list[dict[str, Any]] = (
        await database.client[database.name]["system.profile"]
        .find({"ns": f"{database.name}.{OCCUPANCY}", "command.aggregate": OCCUPANCY})
        .to_list(None)
    )
    assert [each["command"]["hint"] for each in plans] == [CLAIMS]
    assert all("COLLSCAN" not in each["planSummary"] for each in plans)
