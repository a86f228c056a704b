"""Which words mean which visit types, and what ends an interest by itself (A1-28)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.recalls import CLINIC
from wxbot.booking.models import Appointment, AppointmentId, AppointmentState
from wxbot.clinic.models import PractitionerId, VisitTypeId
from wxbot.followups.models import FollowUp, FollowUpId, FollowUpKind, FollowUpState
from wxbot.history.models import PatientId
from wxbot.reception.interest_models import InterestSource
from wxbot.reception.interest_rules import not_done, of_undecided, of_visits, one_of_each, types_named
from wxbot.visits.lateness import NOT_LEFT

NOW, DAY = datetime(2026, 11, 23, 2, tzinfo=UTC), timedelta(days=1)
CLEANING = VisitTypeId("cleaning")


def visit(name: str, state: AppointmentState, start: datetime, kind: str = "cleaning") -> Appointment:
    return Appointment(
        id=AppointmentId(name),
        request_key=name,
        contact_id=None,
        patient_id=PatientId("p"),
        visit_type_id=VisitTypeId(kind),
        practitioner_id=PractitionerId("chen"),
        room="1",
        start=start,
        end=start + timedelta(hours=1),
        created_at=start - DAY,
        new_patient=False,
        state=state,
        closed_at=None if state is AppointmentState.BOOKED else start,
    )


def undecided(about: str, at: datetime, **more: object) -> FollowUp:
    task = FollowUp(
        id=FollowUpId(f"{about}{at}"),
        key=f"undecided/{about}{at}",
        kind=FollowUpKind.PHONE,
        reason="",
        contact_id=None,
        patient_id=PatientId("p"),
        opened_at=at,
        due_at=at,
        about=about,
    )
    return replace(task, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("words", "types"),
    [
        ("洁牙", {"cleaning"}),
        ("全年洁牙计划", {"cleaning"}),
        ("正畸", {"braces_advice"}),
        ("种植", {"implant"}),
        ("隆鼻", set()),
        ("", set()),
        ("牙", set()),
    ],
)
def test_a1_28_words_mean_the_visit_types_whose_name_they_have(words: str, types: set[str]) -> None:
    assert types_named(words, CLINIC) == types


def test_a1_28_a_cancelled_visit_counts_until_one_of_its_type_was_made_up() -> None:
    given_up = visit("a", AppointmentState.CANCELLED, NOW)
    (interest,) = of_visits([given_up, visit("b", AppointmentState.COMPLETED, NOW)], CLINIC)
    assert (interest.project, interest.source) == ("洁牙", InterestSource.CANCELLED)
    made_up = {
        "of another type": (visit("c", AppointmentState.COMPLETED, NOW + DAY, "checkup"), False),
        "before it was booked": (visit("c", AppointmentState.COMPLETED, NOW - 5 * DAY), False),
        "earlier than it would have been": (visit("c", AppointmentState.COMPLETED, NOW - DAY / 2), True),
        "later": (visit("c", AppointmentState.COMPLETED, NOW + DAY), True),
        "to come": (visit("c", AppointmentState.BOOKED, NOW + DAY), True),
        "missed once more": (visit("c", AppointmentState.NO_SHOW, NOW + DAY), False),
    }
    found = {name: not not_done([interest], [given_up, each], CLINIC) for name, (each, _) in made_up.items()}
    assert found == {name: done for name, (_, done) in made_up.items()}


def test_a1_28_a_project_stands_once_with_what_was_said_last() -> None:
    tasks = [undecided("种植", NOW - DAY), undecided("种植", NOW, quote=12000), undecided("全年洁牙", NOW)]
    missed = of_visits([visit("a", AppointmentState.NO_SHOW, NOW + DAY)], CLINIC)
    found = one_of_each([*of_undecided(tasks, CLINIC), *missed])
    assert [(each.project, each.source, each.words) for each in found] == [
        ("洁牙", InterestSource.MISSED, ""),
        ("种植", InterestSource.UNDECIDED, "报价 12000 元"),
    ]


def test_a_checkout_that_was_taken_back_or_names_no_project_says_nothing() -> None:
    tasks = [
        undecided("上次咨询", NOW),
        undecided("", NOW),
        undecided("种植", NOW, state=FollowUpState.OBSOLETE, outcome=NOT_LEFT),
        undecided("正畸", NOW, state=FollowUpState.OBSOLETE, outcome="患者已重新预约"),
    ]
    assert [each.project for each in of_undecided(tasks, CLINIC)] == ["正畸"]
