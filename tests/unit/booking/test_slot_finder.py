"""Looking for free hours: those who ask at the same time share a look at the database."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from typing import cast

from tests.clinics import FixedClinic, claimed
from tests.unit.booking.test_offered_hours import CLINIC, TYPES, WEEKDAY
from wxbot.booking.availability import bookable_days
from wxbot.booking.models import Hold
from wxbot.booking.slot_finder import SlotFinder
from wxbot.booking.stores.appointments import BookingStore
from wxbot.booking.stores.occupancy import Look
from wxbot.booking.taken import Taken
from wxbot.booking.ticks import practitioner_resource, ticks
from wxbot.clinic.models import Block, Clinic, PractitionerId, Weekday

NOW = datetime(2026, 10, 20, tzinfo=UTC)  # 8:00 at the clinic
OTHER = replace(WEEKDAY, id=PractitionerId("q"), name="", hours=(Block(day=Weekday.TUE, start=time(9), end=time(10)),))
BOTH = replace(CLINIC, practitioners=(WEEKDAY, OTHER))


@dataclass
class Claims:
    """What is claimed, and which looks were taken at it."""

    claimed: dict[str, frozenset[int]] = field(default_factory=dict)
    looks: list[Collection[str]] = field(default_factory=list)

    @property
    def occupancy(self) -> "Claims":
        return self

    @property
    def holds(self) -> "Claims":
        return self

    async def around(self, start: datetime, end: datetime) -> list[Hold]:
        assert start < end
        return []

    async def taken_each(self, looks: Sequence[Look]) -> list[Taken]:
        self.looks.append({each for resources, _, _ in looks for each in resources})
        await asyncio.sleep(0)
        return [self._taken(resources, set(ticks(start, end))) for resources, start, end in looks]

    def _taken(self, resources: Collection[str], span: set[int]) -> Taken:
        return claimed({each: self.claimed[each] & span for each in resources if each in self.claimed})


@dataclass
class Changing:
    current: Clinic


def finder(claims: Claims, clinics: FixedClinic | Changing) -> SlotFinder:
    return SlotFinder(cast("BookingStore", claims), clinics)


async def test_those_who_ask_together_share_a_look_and_get_what_they_asked_for() -> None:
    nine = datetime(2026, 10, 20, 1, tzinfo=UTC)
    claims = Claims({practitioner_resource(OTHER.id): frozenset(ticks(nine, nine + timedelta(hours=1)))})
    there = finder(claims, FixedClinic(BOTH))
    one, other = (there.query(TYPES[0].id, person.id) for person in (WEEKDAY, OTHER))
    either = there.query(TYPES[0].id, None)
    today, *_ = days = bookable_days(BOTH, NOW)

    found = await asyncio.gather(
        there.free_starts(one, days, NOW),
        *(there.free_starts(each, [today], NOW) for each in (one, other, either) * 20),
    )

    assert len(claims.looks) <= 3
    alone = [(await there.free_starts(each, [today], NOW))[0] for each in (one, other, either)]
    assert [len(each) for each in alone] == [6, 0, 6]
    assert found[0][0] == alone[0]
    assert [each for [each] in found[1:]] == alone * 20


async def test_what_is_claimed_after_a_look_is_seen_by_the_next() -> None:
    claims = Claims()
    there = finder(claims, FixedClinic(BOTH))
    query, today = there.query(TYPES[0].id, WEEKDAY.id), bookable_days(BOTH, NOW)[0]
    running = asyncio.ensure_future(there.free_starts(query, [today], NOW))
    while not claims.looks:
        await asyncio.sleep(0)
    claims.claimed[practitioner_resource(WEEKDAY.id)] = frozenset(ticks(NOW, NOW + timedelta(hours=9)))

    assert await there.free_starts(query, [today], NOW) == [{}]
    await running


async def test_changed_hours_count_at_once() -> None:
    clinics = Changing(CLINIC)
    there = finder(Claims(), clinics)
    today = bookable_days(CLINIC, NOW)[0]
    query = there.query(TYPES[0].id, None)
    assert [len(each) for each in await there.free_starts(query, [today], NOW)] == [6]
    shorter = tuple(replace(block, end=time(10)) for block in WEEKDAY.hours)
    clinics.current = replace(CLINIC, practitioners=(replace(WEEKDAY, hours=shorter),))

    assert [len(each) for each in await there.free_starts(there.query(TYPES[0].id, None), [today], NOW)] == [2]
