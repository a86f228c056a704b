"""When the messages of a broadcast fall due."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from wxbot.broadcasts.send_slots import slot_times
from wxbot.clinic.models import Block, Clinic, Closure, Practitioner, PractitionerId, SendingRules, Weekday

ZONE = ZoneInfo("Asia/Shanghai")


def clinic(*hours: Block, sending: SendingRules | None = None, closures: tuple[Closure, ...] = ()) -> Clinic:
    person = Practitioner(
        id=PractitionerId("chen"), name="陈", title="", speciality="", room="", visit_types=(), hours=hours
    )
    return Clinic(
        name="诊所",
        address="",
        phone="",
        privacy_contact="",
        timezone=ZONE,
        visit_types=(),
        practitioners=(person,),
        closures=closures,
        sending=sending or SendingRules(),
    )


MORNINGS = clinic(
    Block(day=Weekday.MON, start=time(9), end=time(12)), Block(day=Weekday.TUE, start=time(9), end=time(12))
)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=ZONE)


def first(count: int, of: Clinic, start: datetime, per_hour: int) -> list[datetime]:
    return [due.astimezone(ZONE) for due in islice(slot_times(of, start, per_hour), count)]


def test_messages_are_spread_evenly_from_the_start() -> None:
    assert first(3, MORNINGS, at(23, 10), 12) == [at(23, 10), at(23, 10, 5), at(23, 10, 10)]


def test_what_does_not_fit_into_the_morning_goes_on_at_the_next_opening() -> None:
    assert first(3, MORNINGS, at(23, 11, 45), 4) == [at(23, 11, 45), at(24, 9), at(24, 9, 15)]


def test_a_closed_day_is_passed_over() -> None:
    closed = Closure(first=date(2026, 11, 24), last=date(2026, 11, 24), reason="盘点")
    shut = clinic(*MORNINGS.practitioners[0].hours, closures=(closed,))
    assert first(1, shut, at(23, 13), 60) == [at(30, 9)]


def test_quiet_hours_inside_opening_hours_are_passed_over() -> None:
    late = clinic(
        Block(day=Weekday.MON, start=time(19), end=time(22)), Block(day=Weekday.TUE, start=time(8), end=time(9))
    )
    assert first(2, late, at(23, 20, 59), 60) == [at(23, 20, 59), at(24, 8, 30)]


def test_a_clinic_that_never_opens_gets_no_turn() -> None:
    assert first(1, clinic(), at(23, 10), 60) == []


@given(st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC)), st.integers(1, 600))  # noqa: DTZ001 - zone follows
def test_turns_never_come_closer_than_the_pace_and_never_before_the_start(start: datetime, per_hour: int) -> None:
    found = list(islice(slot_times(MORNINGS, start, per_hour), 50))
    assert all(due >= start for due in found)
    assert all(later - earlier >= timedelta(hours=1) / per_hour for earlier, later in pairwise(found))
    assert all(time(9) <= due.astimezone(ZONE).time() < time(12) for due in found)
