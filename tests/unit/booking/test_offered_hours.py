"""The kept hours of a clinic against the plain way to find them: each hour of each day looked at for itself."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.clinics import claimed
from wxbot.booking import offered_hours
from wxbot.booking.availability import bookable_days, free_of_any, is_offered, next_free
from wxbot.booking.models import Slot
from wxbot.booking.offered_hours import OfferedHours
from wxbot.booking.taken import NOTHING
from wxbot.booking.ticks import practitioner_resource, room_resource, ticks
from wxbot.clinic.hours import openings
from wxbot.clinic.models import Block, Clinic, Closure, Practitioner, PractitionerId, VisitType, VisitTypeId, Weekday

TYPES = tuple(
    VisitType(id=VisitTypeId(name), name=name, minutes=minutes) for name, minutes in (("a", 30), ("b", 45), ("c", 60))
)
ZONES = (ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin"))
FIRST = date(2026, 10, 20)  # the clocks change in Berlin on the 25th; National Day is over
MOMENTS = st.datetimes(datetime(2026, 10, 20), datetime(2026, 10, 24), timezones=st.just(UTC))  # noqa: DTZ001 - naive bounds are what hypothesis takes
CLOCKS = st.integers(0, 47).map(lambda half: time(half // 2, 30 * (half % 2)))
BLOCKS = st.builds(
    lambda day, ends: Block(day=day, start=min(ends), end=max(ends)),
    st.sampled_from(Weekday),
    st.tuples(CLOCKS, CLOCKS),
)
PEOPLE = st.lists(
    st.tuples(
        st.lists(BLOCKS, max_size=12), st.sets(st.sampled_from([kind.id for kind in TYPES])), st.sampled_from("xy")
    ),
    min_size=1,
    max_size=3,
)
CLOSURES = st.lists(st.tuples(st.integers(0, 8), st.integers(0, 2), st.sampled_from([None, "p0", "p1"])), max_size=3)
CLAIMS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 9 * 288), st.integers(1, 40)), max_size=8)


def _resources(person: Practitioner) -> tuple[str, ...]:
    return (practitioner_resource(person.id), room_resource(person.room)) if person.room else ()


def plainly(  # noqa: PLR0917 - each a plain fact
    clinic: Clinic,
    people: Sequence[Practitioner],
    visit_type: VisitType,
    day: date,
    taken: Mapping[str, frozenset[int]],
    now: datetime,
) -> Mapping[datetime, list[Slot]]:
    """What is free, found without keeping anything."""
    found: dict[datetime, list[Slot]] = {}
    ahead = (day - now.astimezone(clinic.timezone).date()).days
    earliest = now + timedelta(minutes=clinic.lead_minutes)
    length, step = timedelta(minutes=visit_type.minutes), timedelta(minutes=clinic.slot_minutes)
    for person in people:
        if visit_type.id not in person.visit_types or not 0 <= ahead <= clinic.horizon_days:
            continue
        busy = [taken[resource] for resource in _resources(person) if resource in taken]
        for opening in openings(clinic, person, day):
            start = opening.start
            while start + length <= opening.end:
                slot = Slot(practitioner_id=person.id, start=start, end=start + length)
                untouched = all(claimed.isdisjoint(ticks(slot.start, slot.end)) for claimed in busy)
                if start >= earliest and untouched and slot not in found.setdefault(start, []):
                    found[start].append(slot)
                start += step
    return {start: slots for start, slots in sorted(found.items()) if slots}


@settings(max_examples=150, deadline=None)
@given(
    zone=st.sampled_from(ZONES),
    grid=st.sampled_from([15, 30, 45]),
    people=PEOPLE,
    closures=CLOSURES,
    claims=CLAIMS,
    moments=st.lists(MOMENTS, min_size=1, max_size=3),
)
def test_kept_hours_are_those_found_plainly(  # noqa: PLR0917 - each a strategy
    zone: ZoneInfo,
    grid: int,
    people: list[tuple[list[Block], set[VisitTypeId], str]],
    closures: list[tuple[int, int, str | None]],
    claims: list[tuple[int, int, int]],
    moments: list[datetime],
) -> None:
    clinic = Clinic(
        name="",
        address="",
        phone="",
        privacy_contact="",
        timezone=zone,
        visit_types=TYPES,
        practitioners=tuple(
            Practitioner(
                id=PractitionerId(f"p{place}"),
                name="",
                title="",
                speciality="",
                room=room,
                visit_types=tuple(offered),
                hours=tuple(blocks),
            )
            for place, (blocks, offered, room) in enumerate(people)
        ),
        closures=tuple(
            Closure(
                first=FIRST + timedelta(days=first),
                last=FIRST + timedelta(days=first + more),
                reason="",
                practitioner_id=None if whose is None else PractitionerId(whose),
            )
            for first, more, whose in closures
        ),
        horizon_days=6,
        slot_minutes=grid,
    )
    everything = sorted({resource for person in clinic.practitioners for resource in _resources(person)})
    midnight = ticks(datetime(2026, 10, 20, tzinfo=UTC), datetime(2026, 10, 21, tzinfo=UTC)).start
    taken: dict[str, frozenset[int]] = {}
    for whose, tick, count in claims:
        resource = everything[whose % len(everything)]
        taken[resource] = taken.get(resource, frozenset()) | frozenset(range(midnight + tick, midnight + tick + count))
    hours = OfferedHours(clinic)
    for now in moments:  # the same hours serve every moment
        for visit_type in TYPES:
            expected: list[Slot] = []
            for day in (FIRST - timedelta(days=1), *bookable_days(clinic, now), FIRST + timedelta(days=12)):
                (found,) = free_of_any(hours, clinic.practitioners, visit_type, [day], taken=claimed(taken), now=now)
                plain = plainly(clinic, clinic.practitioners, visit_type, day, taken, now)
                assert list(found) == list(plain)
                assert [list(slots) for slots in found.values()] == list(plain.values())
                expected += [slots[0] for slots in plain.values()]
            next_three = next_free(
                hours, clinic.practitioners, visit_type, after=now, taken=claimed(taken), now=now, count=3
            )
            assert next_three == expected[:3]
            for slot in expected[:2]:
                person = clinic.practitioner(slot.practitioner_id)
                assert person is not None
                assert is_offered(hours, person, visit_type, slot.start, now) == slot


WEEKDAY = Practitioner(
    id=PractitionerId("p"),
    name="",
    title="",
    speciality="",
    room="",
    visit_types=(TYPES[0].id,),
    hours=tuple(Block(day=day, start=time(9), end=time(12)) for day in Weekday),
)
CLINIC = Clinic(
    name="",
    address="",
    phone="",
    privacy_contact="",
    timezone=ZONES[0],
    visit_types=TYPES,
    practitioners=(WEEKDAY,),
)


def test_a_days_plan_is_worked_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[date] = []

    def counted(clinic: Clinic, practitioner: Practitioner, day: date) -> tuple[object, ...]:
        asked.append(day)
        return openings(clinic, practitioner, day)

    monkeypatch.setattr(offered_hours, "openings", counted)
    hours, now = OfferedHours(CLINIC), datetime(2026, 10, 20, tzinfo=UTC)
    days = bookable_days(CLINIC, now)
    busy = {"practitioner:p": frozenset(ticks(now, now + timedelta(hours=3)))}
    for taken in (NOTHING, claimed(busy), NOTHING):
        assert all(free_of_any(hours, (WEEKDAY,), TYPES[0], days, taken=taken, now=now))
    assert asked == days


def test_somebody_of_an_older_clinic_is_planned_by_their_own_hours() -> None:
    """A request looks people up first; meanwhile the clinic may have changed."""
    hours, now, day = OfferedHours(CLINIC), datetime(2026, 10, 20, tzinfo=UTC), date(2026, 10, 21)
    as_before = replace(WEEKDAY, hours=tuple(replace(block, end=time(10)) for block in WEEKDAY.hours))

    (before,) = free_of_any(hours, (as_before,), TYPES[0], [day], taken=NOTHING, now=now)
    (after,) = free_of_any(hours, (WEEKDAY,), TYPES[0], [day], taken=NOTHING, now=now)

    assert (len(before), len(after)) == (2, 6)
    assert list(free_of_any(hours, (as_before,), TYPES[0], [day], taken=NOTHING, now=now)) == [before]


def test_what_is_kept_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(offered_hours, "MOST_KEPT", 5)
    hours, now = OfferedHours(CLINIC), datetime(2026, 10, 20, tzinfo=UTC)
    found = free_of_any(hours, (WEEKDAY,), TYPES[0], bookable_days(CLINIC, now), taken=NOTHING, now=now)
    assert {len(slots) for slots in found} == {6}
    assert len(hours._of_one) <= 5
    assert sum(map(len, hours._of_all.values())) <= 31
