"""Business time equals a count, second by second, of the moments at which the desk answers by the wall clock."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wxbot.clinic.models import (
    Block,
    Clinic,
    Closure,
    Practitioner,
    PractitionerId,
    SpecialDay,
    Weekday,
    YearTable,
)
from wxbot.conversations.hours.clocks import BusinessTime, DeskTime
from wxbot.conversations.rules import DeskRules

SHANGHAI, NEW_YORK = ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York")
SPRING_FESTIVAL = [date(2027, 2, 5) + timedelta(days=number) for number in range(8)]
TABLE = YearTable(
    year=2027,
    days=(
        *(SpecialDay(day=day, off=True, name="春节") for day in SPRING_FESTIVAL),
        SpecialDay(day=date(2027, 2, 14), off=False),  # a Sunday on which people work
    ),
)
DAYS = 12  # of the window that is counted out
FIRST = date(2027, 2, 3)


def clinic(*, zone: ZoneInfo = SHANGHAI, closures: tuple[Closure, ...] = (), hours: tuple[Block, ...] = ()) -> Clinic:
    doctor = Practitioner(
        id=PractitionerId("chen"), name="陈", title="", speciality="", room="1", visit_types=(), hours=hours
    )
    return Clinic(
        name="",
        address="",
        phone="",
        privacy_contact="",
        timezone=zone,
        visit_types=(),
        practitioners=(doctor,) if hours else (),
        closures=closures,
        holidays=(TABLE,),
    )


def block(day: Weekday, start: str, end: str) -> Block:
    return Block(day=day, start=time.fromisoformat(start), end=time.fromisoformat(end))


def every_day(*spans: tuple[str, str]) -> tuple[Block, ...]:
    return tuple(block(day, start, end) for day in Weekday for start, end in spans)


LUNCH_AND_NIGHT = every_day(("09:00", "12:00"), ("13:30", "18:00"), ("19:00", "23:00"))
DESK = BusinessTime(clinic(), DeskRules(hours=LUNCH_AND_NIGHT))


def at(words: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.fromisoformat(words).replace(tzinfo=zone).astimezone(UTC)


def _minute(clock: time) -> int:
    return clock.hour * 60 + clock.minute


class Oracle:
    """Counts every minute of the window by the wall clock; nothing in it knows of spans.

    The zone is asked once an hour: clocks are changed by whole hours, on the hour.
    """

    def __init__(self, where: Clinic, blocks: tuple[Block, ...], first: date, days: int) -> None:
        self.start = datetime.combine(first, time(), where.timezone).astimezone(UTC)
        self.minutes = [
            answers
            for number in range(days * 24)
            for answers in self._of_hour(where, blocks, self.start + timedelta(hours=number))
        ]
        self.sums = [0, *accumulate(60 * each for each in self.minutes)]

    @staticmethod
    def _of_hour(where: Clinic, blocks: tuple[Block, ...], moment: datetime) -> list[bool]:
        local = moment.astimezone(where.timezone)
        day, hour = local.date(), local.hour * 60
        closed = any(each.first <= day <= each.last for each in where.closures if each.practitioner_id is None)
        if closed or (day in SPRING_FESTIVAL and where.closed_on_statutory_holidays):
            return [False] * 60
        weekday = list(Weekday)[day.weekday()]
        todays = [(_minute(each.start), _minute(each.end)) for each in blocks if each.day is weekday]
        return [any(start <= minute < end for start, end in todays) for minute in range(hour, hour + 60)]

    def is_open(self, moment: datetime) -> bool:
        return self.minutes[int((moment - self.start).total_seconds()) // 60]

    def seconds_until(self, moment: datetime) -> int:
        whole, rest = divmod(int((moment - self.start).total_seconds()), 60)
        return self.sums[whole] + (rest if rest and self.minutes[whole] else 0)

    def elapsed(self, start: datetime, end: datetime) -> timedelta:
        return timedelta(seconds=max(0, self.seconds_until(end) - self.seconds_until(start)))


MINUTES = st.integers(0, 1439)
BLOCKS = st.lists(
    st.tuples(st.sampled_from(Weekday), MINUTES, MINUTES).filter(lambda each: each[1] < each[2]), min_size=1, max_size=9
).map(
    lambda found: tuple(
        Block(day=day, start=time(start // 60, start % 60), end=time(end // 60, end % 60)) for day, start, end in found
    )
)
CLOSURES = st.lists(
    st.tuples(st.integers(0, DAYS - 1), st.integers(0, 2), st.sampled_from([None, PractitionerId("chen")])), max_size=2
).map(
    lambda found: tuple(
        Closure(
            first=FIRST + timedelta(days=day),
            last=FIRST + timedelta(days=day + length),
            reason="休",
            practitioner_id=who,
        )
        for day, length, who in found
    )
)
SECONDS = st.integers(0, DAYS * 86_400 - 1)


@settings(max_examples=60)
@given(BLOCKS, CLOSURES, st.booleans(), st.lists(st.tuples(SECONDS, SECONDS), min_size=3, max_size=8))
def test_clocks_equal_a_count_over_holidays_lunch_and_shifts(
    blocks: tuple[Block, ...], closures: tuple[Closure, ...], keeps_holidays: bool, pairs: list[tuple[int, int]]
) -> None:
    where = replace(clinic(closures=closures), closed_on_statutory_holidays=keeps_holidays)
    check(where, blocks, FIRST, pairs)


HOURS = st.lists(
    st.tuples(st.sampled_from(Weekday), st.integers(0, 23), st.integers(0, 23)).filter(lambda each: each[1] < each[2]),
    min_size=1,
    max_size=9,
).map(lambda found: tuple(Block(day=day, start=time(start), end=time(end)) for day, start, end in found))


@settings(max_examples=30)
@given(
    HOURS, st.sampled_from([date(2027, 3, 10), date(2027, 11, 3)]), st.lists(st.tuples(SECONDS, SECONDS), min_size=3)
)
def test_clocks_equal_a_count_over_a_change_of_the_clocks(
    blocks: tuple[Block, ...], first: date, pairs: list[tuple[int, int]]
) -> None:
    check(clinic(zone=NEW_YORK), blocks, first, pairs)


def check(where: Clinic, blocks: tuple[Block, ...], first: date, pairs: list[tuple[int, int]]) -> None:
    desk, oracle = BusinessTime(where, DeskRules(hours=blocks)), Oracle(where, blocks, first, DAYS)
    end = oracle.start + timedelta(days=DAYS) - timedelta(minutes=1)
    for one, other in pairs:
        start, later = (oracle.start + timedelta(seconds=each) for each in sorted((one, other)))
        counted = oracle.elapsed(start, later)
        assert desk.elapsed(start, later) == counted
        assert desk.elapsed(later, start) == timedelta(0)
        assert desk.is_open(start) is oracle.is_open(start)
        opening = desk.opens_at(start)
        if opening is not None and opening < end:
            assert oracle.is_open(opening)
            assert oracle.elapsed(start, opening) == timedelta(0)
        due = desk.after(start, counted)
        assert due is not None, "so much time has passed by `later`"
        assert due <= later
        assert oracle.elapsed(start, due) == counted
        if counted:  # the earliest such moment
            assert oracle.elapsed(start, due - timedelta(seconds=1)) == counted - timedelta(seconds=1)


def test_every_second_of_a_day_is_counted_once() -> None:
    start, seconds = at("2027-03-01 08:59:50"), 4 * 3600
    wall = [(start + timedelta(seconds=number)).astimezone(SHANGHAI).time() for number in range(seconds)]
    opened = [time(9) <= each < time(12) or time(13, 30) <= each < time(18) for each in wall]
    sums = [0, *accumulate(opened)]
    for number in range(0, seconds, 7):
        assert DESK.elapsed(start, start + timedelta(seconds=number)) == timedelta(seconds=sums[number])


def test_lunch_and_the_night_do_not_count() -> None:
    assert DESK.elapsed(at("2027-03-01 11:59:50"), at("2027-03-01 13:30:10")) == timedelta(seconds=20)
    assert DESK.after(at("2027-03-01 22:59:45"), timedelta(seconds=30)) == at("2027-03-02 09:00:15")
    assert DESK.after(at("2027-03-01 11:59:30"), timedelta(seconds=30)) == at("2027-03-01 12:00:00")
    assert DESK.opens_at(at("2027-03-01 12:00")) == at("2027-03-01 13:30")


def test_only_a_break_opens_again_on_the_same_day() -> None:
    seen = [
        DESK.opens_again_on_the_same_day(at(f"2027-03-01 {clock}")) for clock in ("08:00", "10:00", "12:30", "23:30")
    ]
    assert seen == [False, False, True, False]


def test_a_holiday_stops_the_clock_and_a_make_up_workday_adds_no_hours() -> None:
    weekdays = tuple(each for each in LUNCH_AND_NIGHT if each.day not in {Weekday.SAT, Weekday.SUN})
    desk = BusinessTime(clinic(), DeskRules(hours=weekdays))
    assert desk.after(at("2027-02-04 22:59:50"), timedelta(seconds=30)) == at("2027-02-15 09:00:20")


def test_without_hours_of_its_own_the_desk_answers_while_the_clinic_is_open() -> None:
    closed = Closure(
        first=date(2027, 3, 2), last=date(2027, 3, 2), reason="培训", practitioner_id=PractitionerId("chen")
    )
    desk = BusinessTime(clinic(hours=every_day(("09:00", "12:00")), closures=(closed,)), DeskRules())
    assert desk.after(at("2027-03-01 11:59:00"), timedelta(seconds=90)) == at("2027-03-03 09:00:30")
    with_hours = BusinessTime(
        clinic(hours=every_day(("09:00", "12:00")), closures=(closed,)), DeskRules(hours=LUNCH_AND_NIGHT)
    )
    assert with_hours.is_open(at("2027-03-02 20:00")), "only a closure of the whole clinic closes the desk"


def test_a_clinic_that_never_opens_has_no_due_times() -> None:
    never = BusinessTime(clinic(), DeskRules())
    moment = at("2027-03-01 10:00")
    assert (never.opens_at(moment), never.after(moment, timedelta(seconds=1))) == (None, None)
    assert never.elapsed(moment, moment + timedelta(days=400)) == timedelta(0)
    assert never.after(moment, timedelta(0)) == moment


@pytest.mark.parametrize("days", [59, 61])
def test_what_is_not_within_sixty_days_is_not_near(days: int) -> None:
    start = at("2027-03-01 10:00")
    closed = Closure(first=date(2027, 3, 1), last=date(2027, 3, 1) + timedelta(days=days - 1), reason="装修")
    desk = BusinessTime(clinic(closures=(closed,)), DeskRules(hours=LUNCH_AND_NIGHT))
    assert (desk.opens_at(start) is not None) is (days == 59)
    assert (desk.after(start, timedelta(seconds=1)) is not None) is (days == 59)


def test_a_change_of_the_clinic_changes_the_clock() -> None:
    class Changing:
        current = clinic()

    clinics = Changing()
    desk = DeskTime(clinics, DeskRules(hours=LUNCH_AND_NIGHT))
    moment = at("2027-03-01 10:00")
    assert desk.current.is_open(moment)
    clinics.current = clinic(closures=(Closure(first=date(2027, 3, 1), last=date(2027, 3, 1), reason="停电"),))
    assert not desk.current.is_open(moment)
