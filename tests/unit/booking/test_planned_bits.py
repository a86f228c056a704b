"""What is free by operations on whole days of bits is what looking at each hour, tick by tick, finds."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from wxbot.booking.availability import free, free_at, free_counts, free_of_any, is_offered, offered
from wxbot.booking.models import Booker, Slot
from wxbot.booking.offered_hours import OfferedHours, busy_ticks
from wxbot.booking.planned_days import Length, PlannedDay, seconds
from wxbot.booking.taken import NEVER, Taken
from wxbot.booking.ticks import TICK_SECONDS
from wxbot.clinic.hours import openings
from wxbot.clinic.models import (
    Block,
    Clinic,
    Device,
    DeviceId,
    Practitioner,
    PractitionerId,
    Room,
    RoomId,
    VisitType,
    VisitTypeId,
    Weekday,
)

SPAN = range(5_000, 5_200)
LONGEST = 40
RUNS = st.lists(  # gaps and lengths: disjoint, as the unique index keeps them
    st.tuples(st.integers(0, 30), st.integers(1, LONGEST)), max_size=8
).map(lambda pairs: _laid(SPAN.start - LONGEST, pairs))
CLAIMED = st.dictionaries(st.sampled_from("abc"), RUNS, max_size=3)

DAY = date(2026, 10, 23)
NOW = datetime(2026, 10, 22, 22, tzinfo=UTC)
DAYS = [DAY + timedelta(days=ahead) for ahead in range(-1, 4)]
CLOCKS = st.tuples(st.integers(0, 23), st.integers(0, 59)).map(lambda clock: time(*clock))  # two past as well
BLOCKS = st.lists(st.tuples(CLOCKS, CLOCKS), max_size=3).map(
    lambda spans: tuple(Block(day=day, start=min(each), end=max(each)) for each in spans for day in Weekday)
)
KINDS = st.builds(
    VisitType,
    id=st.just(VisitTypeId("visit")),
    name=st.just(""),
    minutes=st.sampled_from([5, 30, 60]),
    before_minutes=st.sampled_from([0, 10]),
    after_minutes=st.sampled_from([0, 5]),
    room_kind=st.sampled_from(["", "r"]),
    devices=st.sampled_from([(), ("d",), ("d", "d"), ("none",)]),
)
PEOPLE = st.lists(BLOCKS, min_size=1, max_size=3).map(
    lambda each: tuple(
        Practitioner(
            id=PractitionerId(f"p{place}"),
            name="",
            title="",
            speciality="",
            room="a",
            visit_types=(VisitTypeId("visit"),),
            hours=hours,
        )
        for place, hours in enumerate(each)
    )
)
RESOURCES = ("practitioner:p0", "practitioner:p1", "room:a", "room:b", "device:l1", "device:l2")
BUSY = st.dictionaries(
    st.sampled_from(RESOURCES),
    st.lists(st.tuples(st.integers(0, 40), st.integers(1, 30)), max_size=20).map(
        lambda pairs: _laid(seconds(NOW) // TICK_SECONDS - 20, pairs)
    ),
)


def _laid(first: int, pairs: Sequence[tuple[int, int]]) -> list[range]:
    found: list[range] = []
    for gap, length in pairs:
        found.append(range(first + gap, first + gap + length))
        first = found[-1].stop
    return found


@given(CLAIMED, st.sampled_from([("a",), ("b", "c"), ("a", "b", "c"), ()]), st.integers(1, 30), st.booleans())
def test_claims_drawn_by_length_are_those_drawn_one_by_one(
    claims: Mapping[str, list[range]], resources: tuple[str, ...], count: int, without: bool
) -> None:
    reached = {each: [run for run in runs if run.start < SPAN.stop] for each, runs in claims.items()}
    by_length = {
        (each, len(run)): [other.start for other in runs if len(other) == len(run)]
        for each, runs in reached.items()
        for run in runs
    }
    taken = Taken.of_claims([(*key, firsts) for key, firsts in by_length.items()], SPAN, LONGEST)
    busy = {each: {tick for run in runs for tick in run if tick in SPAN} for each, runs in reached.items()}
    if without:
        gone = {each: runs[:1] for each, runs in reached.items()}
        taken = taken.without(gone)
        busy = {each: ticks.difference(*gone[each]) for each, ticks in busy.items()}

    blocked = taken.blocked(resources, count)
    assert (blocked == NEVER) == (not resources)
    for first in range(SPAN.start - 35, SPAN.stop + 5):
        span = range(first, first + count)
        free_then = {each: busy.get(each, set()).isdisjoint(span) for each in "abc"}
        assert {each: taken.free(each, span) for each in "abc"} == free_then
        bit = first - (taken.first + 1 - count)
        assert (bit >= 0 and bool(blocked >> bit & 1)) == (not any(free_then[each] for each in resources)) or bit < 0
        for each in resources[:1]:
            again = taken.free_again(each, span)
            if free_then[each]:
                assert again is None
                continue
            tick = min(busy[each].intersection(span))
            while tick in busy[each]:
                tick += 1
            assert again == datetime.fromtimestamp(tick * TICK_SECONDS, UTC)


def one_by_one(clinic: Clinic, person: Practitioner, day: date, taken: Taken, *, grid: int) -> list[Slot]:
    """What is free of somebody on a day: every hour of the plan looked at for itself."""
    kind, hours = clinic.visit_types[0], OfferedHours(clinic)
    starts = {
        opening.start + timedelta(minutes=minutes)
        for opening in openings(clinic, person, day)
        for minutes in range(0, 24 * 60, grid)
        if opening.start + timedelta(minutes=minutes + kind.minutes) <= opening.end
    }
    needs = hours.needs(person, kind)
    return [
        Slot(practitioner_id=person.id, start=start, end=start + timedelta(minutes=kind.minutes))
        for start in sorted(starts)
        if needs.choose(busy_ticks(kind, start), taken) is not None
    ]


@given(
    kind=KINDS,
    people=PEOPLE,
    busy=BUSY,
    zone=st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "Pacific/Kiritimati", "Pacific/Pago_Pago"]),
    lead=st.sampled_from([0, 60, 7 * 60 + 3]),
    booker=st.sampled_from(Booker),
)
def test_every_question_about_free_hours_has_the_answer_of_looking_at_each(  # noqa: PLR0917 - each a strategy
    kind: VisitType,
    people: tuple[Practitioner, ...],
    busy: Mapping[str, list[range]],
    zone: str,
    lead: int,
    booker: Booker,
) -> None:
    clinic = Clinic(
        name="",
        address="",
        phone="",
        privacy_contact="",
        timezone=ZoneInfo(zone),
        visit_types=(kind,),
        practitioners=people,
        rooms=tuple(Room(id=RoomId(each), name="", kinds=("r",)) for each in "ab"),
        devices=tuple(Device(id=DeviceId(each), name="", kind="d") for each in ("l1", "l2")),
        horizon_days=2,
        lead_minutes=lead,
        closed_on_statutory_holidays=False,
    )
    taken, hours, now = Taken(busy), OfferedHours(clinic), NOW + timedelta(microseconds=1)
    today = now.astimezone(clinic.timezone).date()
    earliest = now if booker is Booker.STAFF else now + timedelta(minutes=lead)
    plain: list[dict[datetime, list[Slot]]] = []
    for day in DAYS:
        at: dict[datetime, list[Slot]] = {}
        for person in people if today <= day and (booker is Booker.STAFF or (day - today).days <= 2) else ():
            for slot in one_by_one(clinic, person, day, taken, grid=15 if booker is Booker.STAFF else 30):
                if slot.start >= earliest:
                    at.setdefault(slot.start, []).append(slot)
        plain.append(dict(sorted(at.items())))

    found = list(free_of_any(hours, people, kind, DAYS, taken=taken, now=now, booker=booker))
    assert [list(each.items()) for each in found] == [list(each.items()) for each in plain]
    assert free_counts(hours, people, kind, DAYS, taken=taken, now=now, booker=booker) == [len(each) for each in plain]
    for day, each in zip(DAYS, plain, strict=True):
        own = [slots[0] for slots in each.values() if slots[0].practitioner_id == people[0].id]
        assert free(hours, people[0], kind, day, taken=taken, now=now, booker=booker) == own
        planned = [slot.start for slot in offered(hours, people[0], kind, day, now, booker=booker)]
        for start in (*list(each)[:3], *planned[:3], NOW, earliest, earliest + timedelta(seconds=1)):
            here = start.astimezone(clinic.timezone).date() == day
            at_start = free_at(hours, people, kind, start, taken=taken, now=now, booker=booker)
            assert not here or at_start == each.get(start, [])
            is_planned = is_offered(hours, people[0], kind, start, now, booker=booker)
            assert not here or (is_planned is not None) == (start in planned)


def test_an_opening_at_two_past_keeps_its_own_hours_beside_others_of_the_same_tick() -> None:
    """9:00 and 9:02 begin in the same five minutes and are two hours all the same."""
    nine = seconds(datetime(2026, 10, 23, 1, tzinfo=UTC))
    day = PlannedDay(PractitionerId("p"), Length(30, 0, 0, 30), [nine, nine + 120, nine])

    assert [slot.start.minute for slot in day.slots()] == [0, 2]
    assert [(each.count, each.ticks(0)) for each in day.starts] == [
        (6, range(nine // 300, nine // 300 + 6)),
        (7, range(nine // 300, nine // 300 + 7)),
    ]
    assert day.at(datetime(2026, 10, 23, 1, 1, tzinfo=UTC)) is None
    assert day.at(datetime(2026, 10, 23, 1, 0, 0, 1, tzinfo=UTC)) is None


def test_an_hour_that_reaches_into_what_is_known_is_blocked_by_it() -> None:
    """The earliest hour of a look may begin before the ticks that were read."""
    taken = Taken({"a": [range(100, 101)]}, range(100, 120))

    assert taken.blocked(("a",), 3) == 0b111  # those from tick 98, 99 and 100 on
