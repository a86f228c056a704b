"""医生动态: weekly hours, dated hours, leave and closures of the coming days (A2-97)."""

from dataclasses import replace
from datetime import date, time, timedelta

from tests.unit.visits.visits import CHEN, CLINIC, TUESDAY
from wxbot.clinic.models import Closure, DatedHours
from wxbot.reception.doctor_days import doctor_rows, notices

SATURDAY = date(2026, 11, 28)


def test_a2_97_each_day_has_its_hours_and_why_they_differ() -> None:
    dated = (
        DatedHours(day=TUESDAY, spans=((time(9), time(12)),), reason="下午开会"),
        DatedHours(day=TUESDAY + timedelta(days=1), reason="外出学习"),
    )
    chen = replace(CHEN, dated=dated)
    closure = Closure(first=TUESDAY + timedelta(days=2), last=TUESDAY + timedelta(days=2), reason="设备检修")
    (row,) = doctor_rows(replace(CLINIC, practitioners=(chen,), closures=(closure,)), TUESDAY, 5)
    assert [(each.hours, each.note, each.away) for each in row.days] == [
        ("09:00–12:00", "下午开会", False),
        ("", "外出学习", True),
        ("", "设备检修", True),
        ("09:00–18:00", "", False),
        ("", "", False),  # a free Saturday is no leave
    ]
    assert row.days[-1].day == SATURDAY


def test_who_left_is_not_shown_and_notices_are_the_whole_clinics() -> None:
    gone = replace(CHEN, retired=True)
    assert doctor_rows(replace(CLINIC, practitioners=(gone,)), TUESDAY) == []
    far = TUESDAY + timedelta(days=14)
    closures = (
        Closure(first=far - timedelta(days=1), last=far, reason="检修"),
        Closure(first=far, last=far, reason="以后"),
        Closure(first=TUESDAY, last=TUESDAY, reason="请假", practitioner_id=CHEN.id),
    )
    assert notices(replace(CLINIC, closures=closures), TUESDAY) == [(far - timedelta(days=1), far, "检修")]
