"""What is asked about a second visit on one day: which one stands, and what may be answered."""

from datetime import UTC, datetime, timedelta

from wxbot.booking.models import Appointment, AppointmentId, VisitStage
from wxbot.booking.same_day import SameDayAnswer, same_day_question
from wxbot.clinic.models import PractitionerId, VisitTypeId
from wxbot.history.models import PatientId

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
KEEP, MOVE = SameDayAnswer.KEEP, SameDayAnswer.MOVE


def visit(hour: int, kind: str = "cleaning", stage: VisitStage = VisitStage.EXPECTED) -> Appointment:
    start = NOW + timedelta(hours=hour)
    return Appointment(
        id=AppointmentId(f"a{hour}"),
        request_key=f"k{hour}",
        contact_id=None,
        patient_id=PatientId("p"),
        visit_type_id=VisitTypeId(kind),
        practitioner_id=PractitionerId("chen"),
        room="r1",
        start=start,
        end=start + timedelta(hours=1),
        created_at=NOW,
        new_patient=False,
        stage=stage,
    )


def answers(*standing: Appointment, hour: int = 5, kind: str = "cleaning") -> tuple[str, tuple[SameDayAnswer, ...]]:
    start = NOW + timedelta(hours=hour)
    question = same_day_question(standing, VisitTypeId(kind), start, start + timedelta(hours=1), NOW)
    return ("", ()) if question is None else (question.existing.id, question.answers)


def test_where_nothing_stands_nothing_is_asked() -> None:
    assert answers() == ("", ())


def test_one_of_the_same_type_may_be_kept_or_moved_and_of_another_only_kept() -> None:
    assert answers(visit(2)) == ("a2", (KEEP, MOVE))
    assert answers(visit(2, "checkup")) == ("a2", (KEEP,))


def test_what_overlaps_cannot_both_be_kept() -> None:
    assert answers(visit(5)) == ("a5", (MOVE,))
    assert answers(visit(5, "checkup")) == ("a5", ())
    assert answers(visit(4)) == ("a4", (KEEP, MOVE))  # ends as the other begins


def test_what_has_begun_or_whose_patient_has_come_is_not_moved() -> None:
    assert answers(visit(-1)) == ("a-1", (KEEP,))
    assert answers(visit(2, stage=VisitStage.ARRIVED)) == ("a2", (KEEP,))


def test_of_several_the_one_of_the_same_type_is_named() -> None:
    assert answers(visit(1, "checkup"), visit(3), hour=8)[0] == "a3"
