from datetime import timedelta
from typing import Any

import pytest

from tests.unit.visits.visits import CLINIC, TUESDAY, local, visit
from wxbot.actors import PATIENT
from wxbot.booking.models import AppointmentState, VisitStage
from wxbot.visits.lateness import (
    ARRIVED,
    BOOKED_AGAIN,
    CANCELLED,
    GONE,
    MISSED,
    MOVED,
    UNDONE,
    Lateness,
    late_task,
    lateness,
    obsolete,
    subject_of,
    unattended_task,
    visit_of,
)
from wxbot.visits.rules import VisitDayRules

RULES = VisitDayRules()
NINE = local(TUESDAY, 9)
CANCELLED_VISIT: dict[str, Any] = {"state": AppointmentState.CANCELLED, "changed_by": PATIENT.by}


@pytest.mark.parametrize(
    ("minutes", "how"),
    [(0, "NONE"), (1, "LATE"), (9, "LATE"), (10, "CALL"), (14, "CALL"), (15, "RED"), (90, "RED")],
)
def test_a4_16_late_is_called_at_ten_minutes_and_red_at_fifteen(minutes: int, how: str) -> None:
    assert lateness(visit(), NINE + timedelta(minutes=minutes), RULES) is Lateness[how]


def test_a4_16_who_came_or_is_not_expected_is_not_late() -> None:
    after = NINE + timedelta(minutes=30)
    assert lateness(visit(stage=VisitStage.ARRIVED), after, RULES) is Lateness.NONE
    assert lateness(visit(state=AppointmentState.NO_SHOW), after, RULES) is Lateness.NONE


def test_a4_16_the_call_is_due_five_minutes_after_it_opens() -> None:
    assert late_task(visit(), NINE + timedelta(minutes=9, seconds=59), RULES, CLINIC) is None
    task = late_task(visit(), NINE + timedelta(minutes=10), RULES, CLINIC)
    assert task is not None
    assert task.due_at == NINE + timedelta(minutes=15)
    assert "09:00 陈晓晴 洁牙" in task.reason


def test_a_missed_visit_is_called_on_the_next_day_that_somebody_is_there() -> None:
    friday = local(TUESDAY + timedelta(days=3), 9)
    missed = visit(start=friday, state=AppointmentState.NO_SHOW, closed_at=friday + timedelta(hours=1))
    task = unattended_task(missed, RULES, CLINIC, coming=False)
    assert task is not None
    assert task.due_at == local(TUESDAY + timedelta(days=6), 9)  # Monday
    assert unattended_task(missed, RULES, CLINIC, coming=True) is None


def test_a4_43_who_cancelled_in_the_chat_is_spoken_with_in_a_quarter_of_an_hour_of_opening() -> None:
    by_day = visit(**CANCELLED_VISIT, closed_at=local(TUESDAY, 11))
    by_night = visit(**CANCELLED_VISIT, closed_at=local(TUESDAY, 23))
    due = [unattended_task(each, RULES, CLINIC, coming=False) for each in (by_day, by_night)]
    assert [each.due_at for each in due if each is not None] == [
        local(TUESDAY, 11, 15),
        local(TUESDAY + timedelta(days=1), 9, 15),
    ]


def test_a4_43_whom_a_colleague_cancelled_for_has_been_spoken_with() -> None:
    by_staff = visit(state=AppointmentState.CANCELLED, changed_by="staff:7", closed_at=NINE)
    assert unattended_task(by_staff, RULES, CLINIC, coming=False) is None


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({}, ""),
        ({"stage": VisitStage.ARRIVED}, ARRIVED),
        ({"stage": VisitStage.LEFT, "state": AppointmentState.COMPLETED}, ARRIVED),
        ({"state": AppointmentState.CANCELLED}, CANCELLED),
        ({"state": AppointmentState.NO_SHOW}, MISSED),
        ({"start": NINE + timedelta(hours=2)}, MOVED),
    ],
)
def test_a4_16_a_call_ends_when_its_cause_does(facts: dict[str, Any], why: str) -> None:
    task = late_task(visit(), NINE + timedelta(minutes=10), RULES, CLINIC)
    assert task is not None
    assert obsolete(task.key, visit(**facts), coming=False) == why


def test_a_recovery_ends_with_its_undo_and_with_another_booking() -> None:
    missed = visit(state=AppointmentState.NO_SHOW, closed_at=NINE, version=2)
    task = unattended_task(missed, RULES, CLINIC, coming=False)
    assert task is not None
    assert obsolete(task.key, missed, coming=False) == ""
    assert obsolete(task.key, missed, coming=True) == BOOKED_AGAIN
    assert obsolete(task.key, visit(version=3), coming=False) == UNDONE
    assert obsolete(task.key, None, coming=False) == GONE


def test_missed_undone_and_missed_again_is_another_cause() -> None:
    keys = set()
    for version in (2, 4):
        task = unattended_task(
            visit(state=AppointmentState.NO_SHOW, closed_at=NINE, version=version), RULES, CLINIC, coming=False
        )
        assert task is not None
        keys.add(task.key)
    assert len(keys) == 2


def test_a_subject_names_its_visit() -> None:
    assert visit_of(subject_of(visit().id)) == visit().id
    assert visit_of("day:2026-11-25") is None
