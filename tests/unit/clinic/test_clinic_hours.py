from dataclasses import replace
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from wxbot.clinic.hours import closed_because, openings
from wxbot.clinic.models import Block, Clinic, Closure, Practitioner, PractitionerId, VisitTypeId, Weekday

CHEN = Practitioner(
    id=PractitionerId("chen"),
    name="陈医生",
    title="主治医师",
    speciality="口腔",
    room="1诊室",
    visit_types=(VisitTypeId("cleaning"),),
    hours=(
        Block(day=Weekday.MON, start=time(13, 30), end=time(18)),
        Block(day=Weekday.MON, start=time(9), end=time(12)),
        Block(day=Weekday.SAT, start=time(9), end=time(12)),
        Block(day=Weekday.THU, start=time(9), end=time(12)),
    ),
)
CLINIC = Clinic(
    name="测试诊所",
    address="",
    phone="",
    privacy_contact="",
    timezone=ZoneInfo("Asia/Shanghai"),
    visit_types=(),
    practitioners=(CHEN,),
)
MONDAY = date(2026, 11, 23)


def spans(clinic: Clinic, day: date, who: Practitioner = CHEN) -> list[tuple[str, str]]:
    return [
        (f"{each.start.astimezone(clinic.timezone):%H:%M}", f"{each.end.astimezone(clinic.timezone):%H:%M}")
        for each in openings(clinic, who, day)
    ]


def test_a_day_has_its_blocks_in_order_and_in_utc() -> None:
    assert spans(CLINIC, MONDAY) == [("09:00", "12:00"), ("13:30", "18:00")]
    assert openings(CLINIC, CHEN, MONDAY)[0].start == datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


def test_a_weekday_without_hours_is_closed_without_a_reason() -> None:
    assert spans(CLINIC, date(2026, 11, 24)) == []
    assert closed_because(CLINIC, CHEN, date(2026, 11, 24)) is None


def test_a_statutory_holiday_closes_unless_the_clinic_says_otherwise() -> None:
    national_day = date(2026, 10, 1)  # a Thursday

    assert spans(CLINIC, national_day) == []
    assert closed_because(CLINIC, CHEN, national_day) == "国庆节"
    assert spans(replace(CLINIC, closed_on_statutory_holidays=False), national_day) == [("09:00", "12:00")]


def test_a_make_up_workday_keeps_the_weekly_plan_and_adds_nothing() -> None:
    saturday, sunday = date(2026, 10, 10), date(2026, 9, 20)  # both worked

    assert spans(CLINIC, saturday) == [("09:00", "12:00")]
    assert spans(CLINIC, sunday) == []


def test_a_closure_is_for_everybody_or_for_one() -> None:
    lin = replace(CHEN, id=PractitionerId("lin"))
    for_all = replace(CLINIC, closures=(Closure(first=MONDAY, last=MONDAY, reason="盘点"),))
    for_chen = replace(CLINIC, closures=(Closure(first=MONDAY, last=MONDAY, reason="进修", practitioner_id=CHEN.id),))

    assert (spans(for_all, MONDAY), spans(for_all, MONDAY, lin)) == ([], [])
    assert (spans(for_chen, MONDAY), spans(for_chen, MONDAY, lin)) == ([], spans(CLINIC, MONDAY))
    assert closed_because(for_chen, CHEN, MONDAY) == "进修"
    assert spans(for_all, date(2026, 11, 30)) == spans(CLINIC, MONDAY)


def test_a_block_across_a_change_of_the_clocks_is_an_hour_shorter_or_longer() -> None:
    berlin = replace(CLINIC, timezone=ZoneInfo("Europe/Berlin"), closed_on_statutory_holidays=False)
    night = replace(CHEN, hours=(Block(day=Weekday.SUN, start=time(0), end=time(6)),))

    def length(day: date) -> float:
        (opening,) = openings(berlin, night, day)
        return (opening.end - opening.start).total_seconds() / 3600

    assert [length(date(2026, 3, 22)), length(date(2026, 3, 29)), length(date(2026, 10, 25))] == [6, 5, 7]


def test_a_block_swallowed_by_a_change_of_the_clocks_vanishes() -> None:
    """On 2026-03-29 the clocks in Berlin jump from 2:00 to 3:00."""
    berlin = replace(CLINIC, timezone=ZoneInfo("Europe/Berlin"), closed_on_statutory_holidays=False)
    night = replace(CHEN, hours=(Block(day=Weekday.SUN, start=time(2, 45), end=time(3, 15)),))

    assert openings(berlin, night, date(2026, 3, 29)) == ()
