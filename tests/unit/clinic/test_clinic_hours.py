from dataclasses import replace
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from wxbot.clinic.hours import Absence, closed_because, day_off, openings
from wxbot.clinic.models import Block, Clinic, Closure, DatedHours, Practitioner, PractitionerId, VisitTypeId, Weekday

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


def on(day: date, *hours: tuple[time, time], reason: str = "") -> Practitioner:
    return replace(CHEN, dated=(DatedHours(day=day, spans=hours, reason=reason),))


def test_hours_of_a_day_replace_the_weekly_ones_of_that_very_day() -> None:
    """Trap of booking 3.13: an override lands on its own day, whatever zone the machine has, up to the last minute."""
    late = on(MONDAY, (time(0), time(1, 30)), (time(20), time(23)))

    assert spans(CLINIC, MONDAY, late) == [("00:00", "01:30"), ("20:00", "23:00")]
    assert spans(CLINIC, date(2026, 11, 22), late) == []
    assert spans(CLINIC, date(2026, 11, 30), late) == [("09:00", "12:00"), ("13:30", "18:00")]
    tuesday = date(2026, 11, 24)
    assert spans(CLINIC, tuesday, on(tuesday, (time(9), time(23, 59)))) == [("09:00", "23:59")]


def test_a_day_entered_without_hours_is_off_with_its_reason() -> None:
    away = on(MONDAY, reason="外出会议")

    assert spans(CLINIC, MONDAY, away) == []
    found = day_off(CLINIC, away, MONDAY)
    assert found is not None
    assert (found.why, found.reason) == (Absence.DATED, "外出会议")


def test_hours_of_a_day_hold_on_a_holiday_but_not_through_a_closure() -> None:
    national_day = date(2026, 10, 1)
    works = on(national_day, (time(10), time(12)))
    closed = replace(CLINIC, closures=(Closure(first=national_day, last=national_day, reason="装修"),))

    assert spans(CLINIC, national_day, works) == [("10:00", "12:00")]
    assert day_off(CLINIC, works, national_day) is None
    assert spans(closed, national_day, works) == []
    assert closed_because(closed, works, national_day) == "装修"


def test_a_closure_of_three_days_covers_each_of_them() -> None:
    """Trap of booking 3.9: a leave of several days was handled at its first day only."""
    leave = replace(
        CLINIC, closures=(Closure(first=MONDAY, last=date(2026, 11, 25), reason="休假", practitioner_id=CHEN.id),)
    )
    everyday = replace(CHEN, hours=tuple(Block(day=day, start=time(9), end=time(12)) for day in Weekday))
    found = [len(spans(leave, date(2026, 11, day), everyday)) for day in range(22, 27)]
    assert found == [1, 0, 0, 0, 1]
