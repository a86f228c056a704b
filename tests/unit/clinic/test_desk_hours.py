"""When somebody answers: inside the hours now, else from the next opening on."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from wxbot.booking.sentences import clock_words
from wxbot.clinic.desk_hours import answered_from
from wxbot.clinic.models import Block, Clinic, Closure, Practitioner, PractitionerId, Weekday

ZONE = ZoneInfo("Asia/Shanghai")


def practitioner(name: str, *blocks: Block, retired: bool = False) -> Practitioner:
    return Practitioner(
        id=PractitionerId(name),
        name=name,
        title="",
        speciality="",
        room="1",
        visit_types=(),
        hours=blocks,
        retired=retired,
    )


def on(day: Weekday, start: str, end: str) -> Block:
    return Block(day=day, start=time.fromisoformat(start), end=time.fromisoformat(end))


WORKDAYS = (Weekday.MON, Weekday.TUE, Weekday.WED, Weekday.THU, Weekday.FRI)
MORNINGS = tuple(on(day, "09:00", "12:00") for day in WORKDAYS)
AFTERNOONS = tuple(on(day, "13:30", "18:00") for day in WORKDAYS)
CLINIC = Clinic(
    name="",
    address="",
    phone="",
    privacy_contact="",
    timezone=ZONE,
    visit_types=(),
    practitioners=(practitioner("chen", *MORNINGS), practitioner("lin", *AFTERNOONS)),
)


def words(moment: str, clinic: Clinic = CLINIC) -> str:
    now = datetime.fromisoformat(moment).replace(tzinfo=ZONE)
    found = answered_from(clinic, now)
    assert found is not None
    return "now" if found == now else clock_words(found, clinic.timezone, now)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [  # 2026-11-23 is a Monday
        ("2026-11-23 08:59", "今天 9:00"),
        ("2026-11-23 09:00", "now"),
        ("2026-11-23 11:59", "now"),
        ("2026-11-23 12:00", "今天 13:30"),
        ("2026-11-23 12:30", "今天 13:30"),
        ("2026-11-23 13:30", "now"),
        ("2026-11-23 18:00", "明天 9:00"),
        ("2026-11-23 23:59", "明天 9:00"),
        ("2026-11-24 00:00", "今天 9:00"),
        ("2026-11-27 18:00", "11月30日 周一 9:00"),  # Friday evening
        ("2026-11-28 10:00", "后天 9:00"),
        ("2026-12-31 18:30", "1月4日 周一 9:00"),  # New Year's Day is a Friday
    ],
)
def test_by_the_hours_the_weekend_and_the_holidays(moment: str, expected: str) -> None:
    assert words(moment) == expected


def test_a_closure_of_everybody_is_passed_over_one_of_somebody_is_not() -> None:
    tuesday = date(2026, 11, 24)
    away = replace(CLINIC, closures=(Closure(first=tuesday, last=tuesday, reason="年检"),))
    assert words("2026-11-23 18:00", away) == "后天 9:00"
    one = replace(
        CLINIC, closures=(Closure(first=tuesday, last=tuesday, reason="会议", practitioner_id=PractitionerId("chen")),)
    )
    assert words("2026-11-23 18:00", one) == "明天 13:30"


def test_who_is_retired_answers_nobody() -> None:
    clinic = replace(CLINIC, practitioners=(practitioner("chen", *MORNINGS, retired=True), CLINIC.practitioners[1]))
    assert words("2026-11-23 09:30", clinic) == "今天 13:30"


def test_a_clinic_without_hours_promises_nothing() -> None:
    now = datetime(2026, 11, 23, 9, 0, tzinfo=ZONE)
    assert answered_from(replace(CLINIC, practitioners=()), now) is None
    shut = replace(CLINIC, closures=(Closure(first=now.date(), last=now.date() + timedelta(days=90), reason="装修"),))
    assert answered_from(shut, now) is None
