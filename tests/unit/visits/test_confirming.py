from datetime import timedelta

import pytest

from tests.unit.visits.visits import CLINIC, TUESDAY, local, visit
from wxbot.booking.models import AppointmentState, VisitStage
from wxbot.history.models import PatientId
from wxbot.visits.confirming import (
    confirmations,
    day_to_confirm,
    masked_name,
    recheck_deadline,
    share_text,
    to_recheck,
)
from wxbot.visits.models import Noted, VisitRecord
from wxbot.visits.rules import VisitDayRules

RULES = VisitDayRules()
WEDNESDAY = TUESDAY + timedelta(days=1)
AFTER = local(TUESDAY, 12)
DONE = visit("a", local(WEDNESDAY, 9), confirmed_at=AFTER)
OPEN = visit("b", local(WEDNESDAY, 10), new_patient=True)
GONE = visit("c", local(WEDNESDAY, 11), state=AppointmentState.CANCELLED)


def test_a4_14_tomorrow_is_to_be_confirmed_half_an_hour_before_closing() -> None:
    found = confirmations([DONE, OPEN, GONE], CLINIC, RULES, day=WEDNESDAY, today=TUESDAY)
    assert (found.booked, found.confirmed, found.deadline) == (2, 1, local(TUESDAY, 17, 30))
    assert not found.missed(local(TUESDAY, 17, 29))
    assert found.missed(local(TUESDAY, 17, 30))


def test_a4_14_nothing_is_missed_when_all_are_confirmed_or_nobody_is_there() -> None:
    late = local(TUESDAY, 20)
    assert not confirmations([DONE, GONE], CLINIC, RULES, day=WEDNESDAY, today=TUESDAY).missed(late)
    sunday = TUESDAY - timedelta(days=2)
    assert not confirmations([OPEN], CLINIC, RULES, day=WEDNESDAY, today=sunday).missed(late)


def test_a4_14_on_friday_the_next_day_is_monday_unless_somebody_is_booked_before() -> None:
    friday = TUESDAY + timedelta(days=3)
    assert day_to_confirm(CLINIC, TUESDAY, set()) == WEDNESDAY
    assert day_to_confirm(CLINIC, friday, set()) == friday + timedelta(days=3)
    assert day_to_confirm(CLINIC, friday, {friday + timedelta(days=1)}) == friday + timedelta(days=1)


def test_a4_14_the_text_to_share_names_nobody_in_full() -> None:
    names = {PatientId("patient-a"): "王小明", PatientId("patient-b"): "欧阳修"}
    found = confirmations([DONE, OPEN, GONE], CLINIC, RULES, day=WEDNESDAY, today=TUESDAY)
    assert share_text([OPEN, DONE, GONE], names, CLINIC, found).splitlines() == [
        "11月25日 周三预约 2 位，已确认 1 位，未确认 1 位",
        "09:00 陈晓晴医生 王** 洁牙 ✓已确认",
        "10:00 陈晓晴医生 欧** 洁牙 初诊 未确认",
    ]


@pytest.mark.parametrize(("name", "shown"), [("王", "*"), ("王明", "王*"), ("", "")])
def test_short_names_are_masked_too(name: str, shown: str) -> None:
    assert masked_name(name) == shown


def test_a4_15_who_was_asked_again_or_is_here_leaves_the_morning_list() -> None:
    now = local(TUESDAY, 9, 5)
    coming = [visit(str(hour), local(TUESDAY, hour)) for hour in (10, 11, 12)]
    here = visit("here", local(TUESDAY, 13), stage=VisitStage.ARRIVED)
    begun = visit("begun", local(TUESDAY, 9))
    records = {coming[0].id: VisitRecord(id=coming[0].id, recheck=Noted(at=now, by="staff:7"))}
    assert to_recheck([begun, *coming, here], records, now) == coming[1:]


def test_a4_15_the_morning_list_is_due_a_quarter_of_an_hour_after_opening() -> None:
    assert recheck_deadline(CLINIC, RULES, TUESDAY) == local(TUESDAY, 9, 15)
    assert recheck_deadline(CLINIC, RULES, TUESDAY - timedelta(days=2)) is None
