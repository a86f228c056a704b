"""Leads as anchors: which of them begins a course, and what ends it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.unit.care.test_conditions import VISIT
from wxbot.booking.models import Appointment
from wxbot.care.anchors.kind import Facts
from wxbot.care.anchors.leads import INVITED, UNDECIDED_LEAD, precondition_of
from wxbot.care.course import CourseFacts
from wxbot.followups.leads import lead_kind
from wxbot.followups.models import FollowUp, FollowUpId, FollowUpKind, FollowUpState
from wxbot.history.models import ContactId, PatientId

AT = datetime(2026, 11, 23, 8, tzinfo=UTC)
P1 = PatientId("p1")
OWN = FollowUp(
    id=FollowUpId("f1"),
    key="undecided/a1/2",
    kind=FollowUpKind.PHONE,
    reason="",
    contact_id=ContactId("c1"),
    patient_id=P1,
    opened_at=AT,
    due_at=AT,
    script="undecided",
)


def why(*others: FollowUp, own: FollowUp | None = OWN, visits: tuple[Appointment, ...] = ()) -> str:
    known = sorted((*others, *([own] if own is not None else [])), key=lambda each: each.opened_at)
    facts = Facts(
        appointments={},
        patients={},
        celebrated=lambda _birthday, _day: False,
        course=CourseFacts(returned={P1: visits}, tz=ZoneInfo("Asia/Shanghai")),
        leads={P1: known},
    )
    return UNDECIDED_LEAD.judge(precondition_of("undecided", OWN), facts).reason


def other(hours: float, key: str = "undecided/p1/2026-11-23/种植", **changes: object) -> FollowUp:
    return replace(OWN, id=FollowUpId(f"f{hours}"), key=key, opened_at=AT + timedelta(hours=hours), **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ((), ""),
        ((other(1),), ""),  # the consultant notes what reception noted: the first counts
        ((other(-1),), "lead_same"),
        ((other(-48),), ""),
        ((other(48),), "lead_newer"),
        ((other(48, state=FollowUpState.OBSOLETE),), ""),  # taken back
        ((other(1, "recall:undecided/leaving/x"),), ""),  # a call of the plan begins nothing
        ((other(1, "recall:undecided/leaving/x", refused=True, closed_at=AT + timedelta(days=1)),), "lead_refused"),
        ((other(-99, refused=True, closed_at=AT - timedelta(days=3)),), ""),  # of an earlier talk
    ],
)
def test_of_one_talk_the_first_note_counts_and_of_several_talks_the_latest(
    others: tuple[FollowUp, ...], expected: str
) -> None:
    assert why(*others) == expected


def test_it_ends_with_a_booking_a_visit_or_when_it_is_taken_back_and_never_by_the_visit_that_it_is_about() -> None:
    later = replace(VISIT, start=AT + timedelta(days=3))
    assert why(visits=(later,)) == "lead_booked"
    assert why(visits=(replace(VISIT, start=AT + timedelta(minutes=5), arrived_at=AT - timedelta(hours=1)),)) == ""
    assert why(own=replace(OWN, state=FollowUpState.OBSOLETE)) == "lead_gone"
    assert why(own=None) == "lead_gone"


def test_each_cause_makes_one_kind_of_lead() -> None:
    kinds = {
        key: getattr(lead_kind(replace(OWN, key=key)), "value", None)
        for key in ("undecided/p1/x", "invite/p1/m_a", "visit-cancelled/a1/2", "visit-missed/a1/2", "recall:invited/x")
    }
    assert list(kinds.values()) == ["undecided", "invited", "invited", None, None]
    assert INVITED.kind == "invited"
