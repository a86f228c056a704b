from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.clinics import claimed
from wxbot.booking.availability import bookable_days, free, free_of_any, is_offered, next_free, offered
from wxbot.booking.offered_hours import OfferedHours
from wxbot.booking.taken import NOTHING
from wxbot.booking.ticks import practitioner_resource, room_resource, ticks
from wxbot.clinic.hours import openings
from wxbot.clinic.models import Block, Clinic, Practitioner, PractitionerId, VisitType, VisitTypeId, Weekday

ZONE = ZoneInfo("Asia/Shanghai")
TUESDAY = date(2026, 11, 24)
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # Monday 10:00
CLEANING = VisitType(id=VisitTypeId("cleaning"), name="洁牙", minutes=30)
CHECKUP = VisitType(id=VisitTypeId("checkup"), name="检查", minutes=20)
SURGERY = VisitType(id=VisitTypeId("surgery"), name="拔牙", minutes=60)


def person(name: str, *spans: tuple[time, time], room: str = "") -> Practitioner:
    return Practitioner(
        id=PractitionerId(name),
        name=name,
        title="",
        speciality="",
        room=room or f"{name}诊室",
        visit_types=(CLEANING.id, CHECKUP.id, SURGERY.id),
        hours=tuple(Block(day=day, start=start, end=end) for day in Weekday for start, end in spans),
    )


CHEN = person("chen", (time(9), time(10, 30)), (time(14), time(15)))
LIN = person("lin", (time(9), time(10)))
CLINIC = Clinic(
    name="",
    address="",
    phone="",
    privacy_contact="",
    timezone=ZONE,
    visit_types=(CLEANING, CHECKUP, SURGERY),
    practitioners=(CHEN, LIN),
    horizon_days=7,
)
HOURS = OfferedHours(CLINIC)


def local(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), ZONE).astimezone(UTC)


def clocks(slots: list[datetime]) -> list[str]:
    return [f"{start.astimezone(ZONE):%H:%M}" for start in slots]


def starts(visit_type: VisitType, day: date = TUESDAY, now: datetime = NOW, clinic: Clinic = CLINIC) -> list[str]:
    return clocks([slot.start for slot in free(OfferedHours(clinic), CHEN, visit_type, day, taken=NOTHING, now=now)])


def test_visits_start_on_the_grid_and_fit_inside_one_block() -> None:
    assert starts(CLEANING) == ["09:00", "09:30", "10:00", "14:00", "14:30"]
    assert starts(CHECKUP) == ["09:00", "09:30", "10:00", "14:00", "14:30"]
    assert starts(SURGERY) == ["09:00", "09:30", "14:00"]


def test_the_grid_begins_with_each_block() -> None:
    odd = replace(CHEN, hours=(Block(day=Weekday.TUE, start=time(8, 45), end=time(10)),))

    assert clocks([slot.start for slot in offered(HOURS, odd, CLEANING, TUESDAY, NOW)]) == ["08:45", "09:15"]


def test_blocks_laid_over_each_other_offer_each_hour_once() -> None:
    doubled = person("x", (time(9), time(10)), (time(9), time(10, 30)))

    found = clocks([slot.start for slot in offered(HOURS, doubled, CLEANING, TUESDAY, NOW)])
    assert sorted(found) == ["09:00", "09:30", "10:00"]


def test_the_lead_time_is_kept_to_the_minute() -> None:
    eight = local(TUESDAY, 8)

    assert starts(CLEANING, now=eight)[0] == "09:00"
    assert starts(CLEANING, now=eight + timedelta(minutes=1))[0] == "09:30"
    assert starts(CLEANING, now=local(TUESDAY, 13, 31)) == []


def test_nothing_is_offered_in_the_past_or_beyond_the_horizon() -> None:
    assert starts(CLEANING, date(2026, 11, 22)) == []
    assert starts(CLEANING, date(2026, 11, 30))[0] == "09:00"
    assert starts(CLEANING, date(2026, 12, 1)) == []
    assert (bookable_days(CLINIC, NOW)[0], bookable_days(CLINIC, NOW)[-1]) == (date(2026, 11, 23), date(2026, 11, 30))


def test_the_day_is_the_clinics_and_not_that_of_utc() -> None:
    late = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)  # Tuesday 01:00 at the clinic

    assert bookable_days(CLINIC, late)[0] == TUESDAY


def test_what_a_practitioner_does_not_offer_is_not_free() -> None:
    other = VisitType(id=VisitTypeId("laser"), name="激光", minutes=30)

    assert free(HOURS, CHEN, other, TUESDAY, taken=NOTHING, now=NOW) == []


def test_a_taken_room_or_practitioner_takes_the_hours_it_touches() -> None:
    busy = frozenset(ticks(local(TUESDAY, 9, 40), local(TUESDAY, 9, 50)))
    for resource in (practitioner_resource(CHEN.id), room_resource(CHEN.room)):
        found = free(HOURS, CHEN, CLEANING, TUESDAY, taken=claimed({resource: busy}), now=NOW)
        assert clocks([slot.start for slot in found]) == ["09:00", "10:00", "14:00", "14:30"]
    elsewhere = {practitioner_resource(LIN.id): busy, room_resource(LIN.room): busy}
    assert len(free(HOURS, CHEN, CLEANING, TUESDAY, taken=claimed(elsewhere), now=NOW)) == 5


def test_any_practitioner_is_the_union_in_the_clinics_order() -> None:
    (found,) = free_of_any(HOURS, (LIN, CHEN), CLEANING, [TUESDAY], taken=NOTHING, now=NOW)

    assert clocks(list(found)) == ["09:00", "09:30", "10:00", "14:00", "14:30"]
    assert [[slot.practitioner_id for slot in slots] for slots in found.values()][:3] == [
        ["lin", "chen"],
        ["lin", "chen"],
        ["chen"],
    ]


def test_the_next_free_hours_run_over_to_the_next_days() -> None:
    found = next_free(HOURS, (CHEN,), CLEANING, after=local(TUESDAY, 14, 15), taken=NOTHING, now=NOW)

    assert [slot.start for slot in found] == [
        local(TUESDAY, 14, 30),
        local(date(2026, 11, 25), 9),
        local(date(2026, 11, 25), 9, 30),
    ]


def test_there_may_be_fewer_next_hours_than_asked_for() -> None:
    last_day = date(2026, 11, 30)

    assert len(next_free(HOURS, (CHEN,), CLEANING, after=local(last_day, 14), taken=NOTHING, now=NOW, count=9)) == 2
    assert next_free(HOURS, (CHEN,), CLEANING, after=local(last_day, 15), taken=NOTHING, now=NOW) == []


def test_only_an_offered_hour_is_offered() -> None:
    slot = is_offered(HOURS, CHEN, SURGERY, local(TUESDAY, 9, 30), NOW)

    assert slot is not None
    assert slot.end == local(TUESDAY, 10, 30)
    assert is_offered(HOURS, CHEN, SURGERY, local(TUESDAY, 10), NOW) is None


def test_a_change_of_the_clocks_neither_skips_nor_doubles_a_visit() -> None:
    """Trap of booking 3.12; on 2026-10-25 the hour from 2:00 to 3:00 comes twice in Berlin."""
    berlin = ZoneInfo("Europe/Berlin")
    night = person("n", (time(1), time(4)))
    clinic = replace(CLINIC, timezone=berlin, closed_on_statutory_holidays=False)
    now = datetime(2026, 10, 24, 8, 0, tzinfo=UTC)

    found = [slot.start for slot in offered(OfferedHours(clinic), night, SURGERY, date(2026, 10, 25), now)]

    assert found == [datetime(2026, 10, 24, 23, 0, tzinfo=UTC) + timedelta(minutes=30 * n) for n in range(7)]


def test_the_zone_in_which_an_hour_is_written_opens_no_closed_day_and_shifts_no_hour() -> None:
    """Trap of booking 3.14: the viewer's zone is for display alone; the same moment is the same hour in any zone."""
    shut = replace(CHEN, hours=(Block(day=Weekday.TUE, start=time(0), end=time(24 - 1, 30)),))
    for zone in (ZoneInfo("Pacific/Kiritimati"), ZoneInfo("America/Los_Angeles"), ZoneInfo("Asia/Kathmandu"), UTC):
        for minute in range(0, 48 * 60, 30):
            start = datetime.combine(TUESDAY - timedelta(days=1), time(12), ZONE) + timedelta(minutes=minute)
            here = is_offered(HOURS, shut, CLEANING, start, NOW)
            there = is_offered(HOURS, shut, CLEANING, start.astimezone(zone), NOW.astimezone(zone))
            assert there == here
            assert (here is not None) is (start.date() == TUESDAY and start.time() <= time(23))


def test_ticks_are_those_touched_by_the_visit() -> None:
    start = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)

    assert len(ticks(start, start + timedelta(minutes=30))) == 6
    assert len(ticks(start, start + timedelta(minutes=31))) == 7
    assert len(ticks(start + timedelta(minutes=2), start + timedelta(minutes=7))) == 2
    before, after = ticks(start, start + timedelta(minutes=30)), ticks(start + timedelta(minutes=30), start)
    assert set(before).isdisjoint(after)


@settings(max_examples=60, deadline=None)
@given(
    minutes=st.integers(1, 36).map(lambda n: n * 5),
    grid=st.integers(1, 12).map(lambda n: n * 5),
    busy=st.lists(st.tuples(st.integers(0, 280), st.integers(1, 30)), max_size=8),
    hour=st.integers(0, 23),
)
def test_whatever_is_free_fits_a_block_and_touches_nothing_taken(
    minutes: int, grid: int, busy: list[tuple[int, int]], hour: int
) -> None:
    visit_type = replace(CLEANING, minutes=minutes)
    clinic = replace(CLINIC, slot_minutes=grid)
    now = local(TUESDAY, hour)
    midnight = ticks(local(TUESDAY, 0), local(TUESDAY, 1)).start
    busy_ticks = frozenset(midnight + first + number for first, length in busy for number in range(length))
    taken = {practitioner_resource(CHEN.id): busy_ticks}

    found = free(OfferedHours(clinic), CHEN, visit_type, TUESDAY, taken=claimed(taken), now=now)

    for slot in found:
        assert slot.end - slot.start == timedelta(minutes=minutes)
        assert busy_ticks.isdisjoint(ticks(slot.start, slot.end))
        assert slot.start >= now + timedelta(minutes=clinic.lead_minutes)
        assert any(span.start <= slot.start and slot.end <= span.end for span in openings(clinic, CHEN, TUESDAY))
    refused = {slot.start for slot in offered(OfferedHours(clinic), CHEN, visit_type, TUESDAY, now)} - {
        slot.start for slot in found
    }
    assert all(not busy_ticks.isdisjoint(ticks(start, start + timedelta(minutes=minutes))) for start in refused)
