"""Which booked appointments no longer fit the clinic's days, and when somebody still has to decide."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from tests.unit.booking.test_earliest_hour import CHEN, CLINIC, KIND, NOW
from wxbot.actors import COMMAND_LINE
from wxbot.booking.clinic_conflicts import clinic_change, conflict_reason, is_open
from wxbot.booking.models import Appointment, AppointmentId, AppointmentState, ClinicDecision
from wxbot.clinic.models import Closure, DatedHours, SpecialDay, YearTable
from wxbot.history.models import PatientId

DAY = date(2026, 11, 24)
START = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)  # 10:00 in the clinic
BOOKED = Appointment(
    id=AppointmentId("a1"),
    request_key="r1",
    contact_id=None,
    patient_id=PatientId("p1"),
    visit_type_id=KIND.id,
    practitioner_id=CHEN.id,
    room="1诊室",
    start=START,
    end=START + timedelta(minutes=30),
    created_at=NOW,
    new_patient=False,
)


def with_days(*dated: DatedHours) -> Any:
    return replace(CLINIC, practitioners=(replace(CHEN, dated=dated),))


@pytest.mark.parametrize(
    ("clinic", "reason"),
    [
        (CLINIC, ""),
        (replace(CLINIC, closures=(Closure(first=DAY, last=DAY, reason="年检"),)), "休诊：年检"),
        (
            replace(CLINIC, holidays=(YearTable(year=2026, days=(SpecialDay(day=DAY, off=True, name="加假"),)),)),
            "法定节假日：加假",
        ),
        (with_days(DatedHours(day=DAY)), "这一天不出诊"),
        (with_days(DatedHours(day=DAY, reason="开会")), "这一天不出诊：开会"),
        (with_days(DatedHours(day=DAY, spans=((time(9), time(10, 15)),))), "不在出诊时间里"),
        (with_days(DatedHours(day=DAY, spans=((time(10), time(10, 30)),))), ""),
        (replace(CLINIC, practitioners=(replace(CHEN, hours=()),)), "不在出诊时间里"),
        (replace(CLINIC, practitioners=()), ""),
    ],
)
def test_a_leave_a_holiday_or_other_hours_are_told_by_name(clinic: Any, reason: str) -> None:
    assert conflict_reason(BOOKED, clinic) == reason


def test_what_is_cancelled_has_no_conflict_and_an_overbooked_visit_only_with_a_day_off() -> None:
    closed = replace(CLINIC, closures=(Closure(first=DAY, last=DAY, reason="年检"),))
    assert conflict_reason(replace(BOOKED, state=AppointmentState.CANCELLED), closed) == ""
    beside = replace(BOOKED, overbooked="急诊")
    assert conflict_reason(beside, replace(CLINIC, practitioners=(replace(CHEN, hours=()),))) == ""
    assert conflict_reason(beside, closed) == "休诊：年检"


def test_what_was_kept_for_one_reason_comes_up_again_for_another() -> None:
    kept = replace(BOOKED, clinic_change=clinic_change(ClinicDecision.KEPT, "休诊：年检", by=COMMAND_LINE, now=NOW))
    assert (is_open(BOOKED, "休诊：年检"), is_open(kept, "休诊：年检"), is_open(kept, "休诊：学习")) == (
        True,
        False,
        True,
    )
    moved = replace(BOOKED, clinic_change=clinic_change(ClinicDecision.MOVED, "休诊：年检", by=COMMAND_LINE, now=NOW))
    assert is_open(moved, "休诊：年检")  # it was moved into days off again
    assert not is_open(BOOKED, "")
