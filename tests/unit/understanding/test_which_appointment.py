"""Which appointment is meant, and what hour a change gives."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from wxbot.understanding.models import DayWords, Relationship, Shift, TimeWords, Which
from wxbot.understanding.which_appointment import StandingAppointment, matching_appointments, shifted

ZONE = ZoneInfo("Asia/Shanghai")


def standing(name: str, day: int, hour: int, visit_type: str = "cleaning", who: str = "chen") -> StandingAppointment:
    start = datetime(2026, 11, day, hour, 30, tzinfo=ZONE)
    return StandingAppointment(id=name, start=start, visit_type_id=visit_type, practitioner_id=who)


FIRST = standing("first", 23, 9)
SECOND = standing("second", 25, 15, "follow_up", "zhou")
THIRD = standing("third", 27, 18)
ALL = (THIRD, FIRST, SECOND)
MONDAY, FRIDAY = DayWords(days=(date(2026, 11, 23),)), DayWords(days=(date(2026, 11, 20), date(2026, 11, 27)))
AT_NINE = TimeWords(times=(time(9, 30), time(21, 30)))
ABOUT_FOUR = TimeWords(times=(time(16),), relationship=Relationship.AROUND)
AFTER_TWO = TimeWords(times=(time(14),), relationship=Relationship.FROM)
BY_THREE = TimeWords(times=(time(15),), relationship=Relationship.UNTIL)
TWO_TO_FOUR = TimeWords(times=(time(14),), until=(time(16),), relationship=Relationship.BETWEEN)


@pytest.mark.parametrize(
    ("which", "meant"),
    [
        (Which(), (FIRST, SECOND, THIRD)),
        (Which(every=True), (FIRST, SECOND, THIRD)),
        (Which(days=(MONDAY,)), (FIRST,)),
        (Which(days=(FRIDAY,)), (THIRD,)),
        (Which(days=(MONDAY, FRIDAY)), (FIRST, THIRD)),
        (Which(days=(DayWords(days=()),)), ()),
        (Which(days=(DayWords(days=(date(2026, 11, 25),), relationship=Relationship.FROM),)), (SECOND, THIRD)),
        (Which(days=(DayWords(days=(date(2026, 11, 25),), relationship=Relationship.UNTIL),)), (FIRST, SECOND)),
        (Which(times=(AT_NINE,)), (FIRST,)),
        (Which(times=(TimeWords(part="下午"),)), (SECOND, THIRD)),
        (Which(times=(TimeWords(part="晚上"),)), (THIRD,)),
        (Which(times=(ABOUT_FOUR,)), (SECOND,)),
        (Which(times=(AFTER_TWO,)), (SECOND, THIRD)),
        (Which(times=(BY_THREE,)), (FIRST,)),
        (Which(times=(TWO_TO_FOUR,)), (SECOND,)),
        (Which(visit_types=("cleaning",)), (FIRST, THIRD)),
        (Which(practitioners=("zhou",)), (SECOND,)),
        (Which(practitioners=("zhou",), visit_types=("cleaning",)), ()),
        (Which(ordinal=2), (SECOND,)),
        (Which(ordinal=4), ()),
        (Which(ordinal=0), ()),
    ],
)
def test_which_appointments_are_meant(which: Which, meant: tuple[StandingAppointment, ...]) -> None:
    assert matching_appointments(which, ALL) == meant


@pytest.mark.parametrize(
    ("shift", "expected"),
    [
        (Shift(later=True, by=timedelta(days=7)), datetime(2026, 11, 30, 9, 30, tzinfo=ZONE)),
        (Shift(later=False, by=-timedelta(minutes=30)), datetime(2026, 11, 23, 9, 0, tzinfo=ZONE)),
        (Shift(later=True), None),
        (Shift(later=True, by=timedelta.max), None),
    ],
)
def test_what_hour_a_change_gives(shift: Shift, expected: datetime | None) -> None:
    assert shifted(shift, FIRST.start) == expected
