"""Availability against an oracle that looks at every minute: hours, dated hours, closures, buffers, joint resources.

The oracle shares no code with what it checks: it walks the clinic's clock minute by minute, as people would on paper.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import product
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.clinics import claimed
from wxbot.booking.availability import bookable_days, free_at, free_counts, free_of_any, is_offered, next_free
from wxbot.booking.models import Booker, Slot
from wxbot.booking.obstacles import ObstacleKind, obstacles
from wxbot.booking.offered_hours import OfferedHours
from wxbot.booking.taken import NOTHING, Taken
from wxbot.booking.ticks import device_resource, practitioner_resource, room_resource
from wxbot.clinic.models import (
    Block,
    BookingWindow,
    Clinic,
    Closure,
    DatedHours,
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

ZONES = (ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin"))
FIRST = date(2026, 10, 23)  # a Friday; the clocks change in Berlin on the 25th
DAYS = 5
CLOCKS = st.integers(0, 23).flatmap(
    lambda hour: st.sampled_from([0, 10, 30, 45]).map(lambda minute: time(hour, minute))
)
SPANS = st.lists(st.tuples(CLOCKS, CLOCKS).map(lambda ends: (min(ends), max(ends))), max_size=3)
WINDOWS = st.builds(
    BookingWindow,
    lead_minutes=st.sampled_from([None, 0, 90, 1440]),
    horizon_days=st.sampled_from([None, 1, 3]),
    same_day_until=st.sampled_from([None, time(9), time(15, 30)]),
)
TYPES = st.builds(
    VisitType,
    id=st.just(VisitTypeId("visit")),
    name=st.just("洁牙"),
    minutes=st.sampled_from([10, 30, 60]),
    before_minutes=st.sampled_from([0, 0, 10, 25]),
    after_minutes=st.sampled_from([0, 0, 5, 30]),
    room_kind=st.sampled_from(["", "", "手术室"]),
    devices=st.sampled_from([(), (), ("激光仪",), ("激光仪", "牙片机"), ("激光仪", "激光仪")]),
    window=WINDOWS,
    new_window=st.none() | WINDOWS,
)
PEOPLE = st.lists(
    st.builds(
        Practitioner,
        id=st.just(PractitionerId("")),
        name=st.just("陈"),
        title=st.just(""),
        speciality=st.just(""),
        room=st.sampled_from(["a", "b", ""]),
        visit_types=st.sampled_from([(VisitTypeId("visit"),), (VisitTypeId("visit"),), ()]),
        hours=st.lists(st.tuples(st.sampled_from([*[*Weekday][3:], Weekday.MON]), SPANS), max_size=5).map(
            lambda each: tuple(Block(day=day, start=first, end=last) for day, spans in each for first, last in spans)
        ),
        dated=st.dictionaries(st.integers(0, DAYS), SPANS, max_size=2).map(
            lambda each: tuple(
                DatedHours(day=FIRST + timedelta(days=day), spans=tuple(spans)) for day, spans in each.items()
            )
        ),
    ),
    min_size=1,
    max_size=3,
).map(lambda people: tuple(replace(each, id=PractitionerId(f"p{place}")) for place, each in enumerate(people)))
ROOMS = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=2, max_size=3).map(
    lambda rooms: tuple(
        Room(id=RoomId("abc"[place]), name="", kinds=("手术室",) if surgery else (), retired=retired)
        for place, (surgery, retired) in enumerate(rooms)
    )
)
DEVICES = st.lists(st.tuples(st.sampled_from(["激光仪", "牙片机"]), st.integers(0, 4)), max_size=4).map(
    lambda devices: tuple(
        Device(id=DeviceId(f"d{place}"), name="", kind=kind, retired=chance == 0)
        for place, (kind, chance) in enumerate(devices)
    )
)
CLOSURES = st.lists(
    st.builds(
        lambda first, more, whose: Closure(
            first=FIRST + timedelta(days=first),
            last=FIRST + timedelta(days=first + more),
            reason="装修",
            practitioner_id=None if whose is None else PractitionerId(whose),
        ),
        st.integers(0, DAYS),
        st.integers(0, 2),
        st.sampled_from([None, "p0", "p1"]),
    ),
    max_size=2,
)
CLINICS = st.builds(
    Clinic,
    name=st.just(""),
    address=st.just(""),
    phone=st.just(""),
    privacy_contact=st.just(""),
    timezone=st.sampled_from(ZONES),
    visit_types=TYPES.map(lambda kind: (kind,)),
    practitioners=PEOPLE,
    closures=CLOSURES.map(tuple),
    horizon_days=st.just(DAYS - 1),
    slot_minutes=st.sampled_from([10, 30, 45]),
    lead_minutes=st.sampled_from([0, 60]),
    rooms=ROOMS,
    devices=DEVICES,
)
CLAIMS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, (DAYS + 1) * 288), st.integers(1, 30)), max_size=25)
MINUTE = timedelta(minutes=1)


@dataclass
class Paper:
    """The clinic on paper: who is busy is a set of (resource, minute since 1970)."""

    clinic: Clinic
    busy: set[tuple[str, int]]

    def start_minutes(self, person: Practitioner, day: date, grid: int) -> Iterator[datetime]:
        """Every minute of a local day at which the person could receive somebody: inside hours, on the grid."""
        clinic, kind = self.clinic, self.clinic.visit_types[0]
        closed = any(
            each.first <= day <= each.last and each.practitioner_id in {None, person.id} for each in clinic.closures
        )
        dated = [each.spans for each in person.dated if each.day == day]
        weekly = [(each.start, each.end) for each in person.hours if [*Weekday].index(each.day) == day.weekday()]
        for first, last in () if closed else sorted(dated[0] if dated else weekly):
            opens, closes = (datetime.combine(day, each, clinic.timezone).astimezone(UTC) for each in (first, last))
            moment = opens
            while moment < closes:
                if (moment - opens) // MINUTE % grid == 0 and moment + kind.minutes * MINUTE <= closes:
                    yield moment
                moment += MINUTE

    def has_all(self, person: Practitioner, start: datetime) -> bool:
        """Whether somebody, a room and the devices are free in every minute, found by trying every combination."""
        kind = self.clinic.visit_types[0]
        first = int((start - kind.before_minutes * MINUTE).timestamp()) // 60
        minutes = range(first, first + kind.before_minutes + kind.minutes + kind.after_minutes)
        rooms = [[room_resource(person.room)]] if person.room else []
        if kind.room_kind:
            rooms = [[room_resource(e.id) for e in self.clinic.rooms if kind.room_kind in e.kinds and not e.retired]]
        devices = [
            [device_resource(e.id) for e in self.clinic.devices if e.kind == wanted and not e.retired]
            for wanted in kind.devices
        ]
        for chosen in product([practitioner_resource(person.id)], *rooms, *devices):
            once = len(set(chosen)) == len(chosen)
            if once and not any((resource, minute) in self.busy for resource in chosen for minute in minutes):
                return True
        return False

    def in_window(self, start: datetime, now: datetime, booker: Booker) -> bool:
        """Whether that booker may book that start at that moment."""
        clinic, kind = self.clinic, self.clinic.visit_types[0]
        here, there = now.astimezone(clinic.timezone), start.astimezone(clinic.timezone)
        if booker is Booker.STAFF:
            return start >= now
        window = kind.new_window if booker is Booker.NEW and kind.new_window is not None else kind.window
        lead = window.lead_minutes if window.lead_minutes is not None else clinic.lead_minutes
        horizon = window.horizon_days if window.horizon_days is not None else clinic.horizon_days
        if window.same_day_until is not None and there.date() == here.date() and here.time() >= window.same_day_until:
            return False
        return start - now >= lead * MINUTE and (there.date() - here.date()).days <= horizon

    def free(self, day: date, now: datetime, booker: Booker) -> dict[datetime, list[Slot]]:
        """Start → who is free, earliest first."""
        clinic, kind = self.clinic, self.clinic.visit_types[0]
        grid = clinic.slot_minutes if booker is not Booker.STAFF else {10: 5, 30: 15, 45: 15}[clinic.slot_minutes]
        found: dict[datetime, list[Slot]] = {}
        for person in clinic.practitioners:
            if kind.id not in person.visit_types:
                continue
            for start in sorted(set(self.start_minutes(person, day, grid))):
                if self.in_window(start, now, booker) and self.has_all(person, start):
                    end = start + kind.minutes * MINUTE
                    found.setdefault(start, []).append(Slot(practitioner_id=person.id, start=start, end=end))
        return dict(sorted(found.items()))


def drawn(clinic: Clinic, claims: list[tuple[int, int, int]]) -> tuple[Taken, Paper]:
    """The claims, as the engine and as the paper have them."""
    resources = [
        *(practitioner_resource(each.id) for each in clinic.practitioners),
        *(room_resource(each) for each in "abc"),
        *(device_resource(each.id) for each in clinic.devices),
    ]
    midnight = int(datetime.combine(FIRST, time(0), UTC).timestamp()) // 300 - 144
    ticks: dict[str, set[int]] = {}
    for whose, first, count in claims:
        ticks.setdefault(resources[whose % len(resources)], set()).update(
            range(midnight + first, midnight + first + count)
        )
    busy = {(each, tick * 5 + minute) for each, found in ticks.items() for tick in found for minute in range(5)}
    return claimed(ticks), Paper(clinic, busy)


@settings(max_examples=150, deadline=None)
@given(
    clinic=CLINICS,
    claims=CLAIMS,
    now=st.integers(0, 2 * 24 * 12).map(lambda five: datetime(2026, 10, 22, 22, tzinfo=UTC) + five * 5 * MINUTE),
    booker=st.sampled_from(Booker),
)
def test_what_is_free_is_what_a_minute_by_minute_oracle_finds(
    clinic: Clinic, claims: list[tuple[int, int, int]], now: datetime, booker: Booker
) -> None:
    taken, paper = drawn(clinic, claims)
    hours, (kind,), people = OfferedHours(clinic), clinic.visit_types, clinic.practitioners
    days = bookable_days(clinic, now, kind, booker)
    found = list(free_of_any(hours, people, kind, days, taken=taken, now=now, booker=booker))
    plain = [paper.free(day, now, booker) for day in days]

    assert [{start: list(slots) for start, slots in each.items()} for each in found] == plain
    assert [list(each) for each in found] == [list(each) for each in plain]  # earliest first
    assert free_counts(hours, people, kind, days, taken=taken, now=now, booker=booker) == [len(each) for each in plain]
    for start, slots in (pair for each in plain for pair in each.items()):
        assert free_at(hours, people, kind, start, taken=taken, now=now, booker=booker) == slots
    first_of_each = [slots[0] for each in plain for slots in each.values()]
    assert next_free(hours, people, kind, after=now, taken=taken, now=now, booker=booker) == first_of_each[:3]


@settings(max_examples=100, deadline=None)
@given(
    clinic=CLINICS,
    claims=CLAIMS,
    now=st.integers(0, 24 * 12).map(lambda five: datetime(2026, 10, 22, 22, tzinfo=UTC) + five * 5 * MINUTE),
    booker=st.sampled_from(Booker),
    offsets=st.lists(st.integers(-60, DAYS * 24 * 60), min_size=3, max_size=8),
)
def test_an_hour_has_no_obstacle_exactly_when_it_is_free(
    clinic: Clinic, claims: list[tuple[int, int, int]], now: datetime, booker: Booker, offsets: list[int]
) -> None:
    taken, paper = drawn(clinic, claims)
    hours, (kind,) = OfferedHours(clinic), clinic.visit_types
    offered = [start for day in bookable_days(clinic, now, kind, booker) for start in paper.free(day, now, booker)]
    moments = [*(now + each * MINUTE for each in offsets), *offered[:5], *(each + 5 * MINUTE for each in offered[:3])]
    for start, person in product(moments, clinic.practitioners):
        day = start.astimezone(clinic.timezone).date()
        slots = paper.free(day, now, booker).get(start, ())
        is_free = any(slot.practitioner_id == person.id for slot in slots)
        found = obstacles(hours, person, kind, start, taken=taken, now=now, booker=booker)
        assert (found == ()) is is_free
        assert all(each.words.endswith("。") for each in found)
        for each in found:
            if each.until is not None:
                assert each.until > start - (kind.before_minutes + 5) * MINUTE
                tick = int(each.until.timestamp()) // 300
                assert taken.free(each.resource, range(tick, tick + 1))
                assert not taken.free(each.resource, range(tick - 1, tick))
        busy = {ObstacleKind.PRACTITIONER_BUSY, ObstacleKind.ROOM_BUSY, ObstacleKind.DEVICE_BUSY}
        planned = is_offered(hours, person, kind, start, now, booker=booker)
        if {each.kind for each in found} <= busy:
            assert planned is not None


def person(name: str, room: str = "") -> Practitioner:
    return Practitioner(
        id=PractitionerId(name),
        name=name,
        title="",
        speciality="",
        room=room,
        visit_types=(VisitTypeId("visit"),),
        hours=tuple(Block(day=day, start=time(9), end=time(12)) for day in Weekday),
    )


VISIT = VisitType(id=VisitTypeId("visit"), name="洁牙", minutes=30)
TWO = Clinic(
    name="",
    address="",
    phone="",
    privacy_contact="",
    timezone=ZONES[0],
    visit_types=(VISIT,),
    practitioners=(person("chen", "a"), person("zhou", "b")),
    rooms=(Room(id=RoomId("a"), name="1诊室", kinds=("手术室",)), Room(id=RoomId("b"), name="2诊室")),
    devices=(Device(id=DeviceId("laser"), name="激光仪1号", kind="激光仪"),),
)
NOW = datetime(2026, 10, 25, 23, tzinfo=UTC)  # Monday 7:00 in Shanghai
NINE = datetime(2026, 10, 26, 1, tzinfo=UTC)


def clocks(clinic: Clinic, taken: Taken, who: int = 0) -> list[str]:
    hours, kind = OfferedHours(clinic), clinic.visit_types[0]
    (found,) = free_of_any(hours, (clinic.practitioners[who],), kind, [date(2026, 10, 26)], taken=taken, now=NOW)
    return [f"{start.astimezone(clinic.timezone):%H:%M}" for start in found]


def claim(resource: str, first: int, last: int) -> Taken:
    """Taken from so many minutes after nine to so many."""
    nine = int(NINE.timestamp()) // 300
    return claimed({resource: range(nine + first // 5, nine + last // 5)})


def test_preparation_may_lie_before_the_opening_but_never_over_another_visit() -> None:
    """Traps of booking 3.5 and 3.10: buffers count in the claim, the neighbour's too; an exact fit is a fit."""
    buffered = replace(TWO, visit_types=(replace(VISIT, before_minutes=10, after_minutes=20),))

    assert clocks(buffered, NOTHING) == ["09:00", "09:30", "10:00", "10:30", "11:00", "11:30"]
    busy = claim("practitioner:chen", 60, 90)  # 10:00 to 10:30, their own buffers included
    assert clocks(buffered, busy) == ["09:00", "11:00", "11:30"]  # 9:00–9:50 fits; 10:30 would be prepared at 10:20
    exact = claim("practitioner:chen", 50, 80)
    assert clocks(buffered, exact) == ["09:00", "10:30", "11:00", "11:30"]


def test_of_two_doctors_and_one_device_one_visit_at_a_time_is_offered() -> None:
    """Trap of booking 3.6: claims are of resources, not of services or people."""
    lasers = replace(TWO, visit_types=(replace(VISIT, devices=("激光仪",)),))
    busy = claim("device:laser", 0, 30)

    assert clocks(lasers, busy, 0)[0] == clocks(lasers, busy, 1)[0] == "09:30"
    kind = lasers.visit_types[0]
    (found,) = obstacles(
        OfferedHours(lasers), lasers.practitioners[0], kind, NINE, taken=busy, now=NOW, booker=Booker.STAFF
    )
    assert (found.kind, found.resource, found.until) == (
        ObstacleKind.DEVICE_BUSY,
        "device:laser",
        NINE + timedelta(minutes=30),
    )
    assert found.words == "激光仪1号已占用，今天 9:30起空出。"


def test_a_kind_of_room_replaces_the_own_one() -> None:
    surgery = replace(TWO, visit_types=(replace(VISIT, room_kind="手术室"),))

    assert clocks(surgery, claim("room:b", 0, 180), 1) == clocks(surgery, NOTHING, 1)
    assert clocks(surgery, claim("room:a", 0, 60), 1)[0] == "10:00"
    assert clocks(replace(surgery, rooms=()), NOTHING) == []


def test_windows_bind_patients_by_whether_they_are_new_and_never_staff() -> None:
    kind = replace(
        VISIT,
        window=BookingWindow(lead_minutes=0, same_day_until=time(7)),
        new_window=BookingWindow(lead_minutes=26 * 60, horizon_days=2),
    )
    clinic = replace(TWO, visit_types=(kind,))
    hours, chen = OfferedHours(clinic), clinic.practitioners[0]

    def first(booker: Booker) -> datetime:
        (slot, *_) = next_free(hours, (chen,), kind, after=NOW, taken=NOTHING, now=NOW, booker=booker)
        return slot.start

    tomorrow = NINE + timedelta(days=1)
    assert (first(Booker.STAFF), first(Booker.RETURNING), first(Booker.NEW)) == (NINE, tomorrow, tomorrow)
    later = NINE + timedelta(days=3)
    kinds = {
        booker: [each.kind for each in obstacles(hours, chen, kind, start, taken=NOTHING, now=NOW, booker=booker)]
        for booker, start in ((Booker.STAFF, later), (Booker.RETURNING, NINE), (Booker.NEW, later))
    }
    assert kinds == {Booker.STAFF: [], Booker.RETURNING: [ObstacleKind.CUT_OFF], Booker.NEW: [ObstacleKind.HORIZON]}


def test_a_closed_day_says_why() -> None:
    holiday = datetime(2026, 10, 1, 1, tzinfo=UTC)
    closed = replace(TWO, closures=(Closure(first=date(2026, 10, 27), last=date(2026, 10, 27), reason="装修"),))
    hours, chen = OfferedHours(closed), closed.practitioners[0]

    def words(start: datetime, now: datetime = NOW) -> list[str]:
        found = obstacles(hours, chen, VISIT, start, taken=NOTHING, now=now, booker=Booker.STAFF)
        return [each.words for each in found]

    assert words(NINE + timedelta(days=1)) == ["chen医生10月27日休诊：装修。"]
    assert words(holiday, holiday - timedelta(days=1)) == ["chen医生10月1日法定节假日：国庆节。"]
    assert words(NINE + timedelta(hours=3)) == ["不在chen医生的出诊时间内：当天出诊 09:00–12:00，洁牙要30分钟。"]
    assert words(NINE + timedelta(minutes=5)) == ["每15分钟一个起始时间，最近的是 09:00、09:15。"]
    assert words(NOW - timedelta(days=1)) == [
        "这个时间已经过去了。",
        "不在chen医生的出诊时间内：当天出诊 09:00–12:00，洁牙要30分钟。",
    ]
