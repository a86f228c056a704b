from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from wxbot.booking.models import Appointment, AppointmentState
from wxbot.care.anchors.kind import Facts
from wxbot.care.preconditions import verdict
from wxbot.history.models import ContactId, PatientId
from wxbot.messaging import Purpose
from wxbot.outbox.models import Message, MessageId
from wxbot.patients.birthdays import keys_celebrated_on, keys_for, may_be_greeted
from wxbot.patients.models import Birthday, Calendar, Patient

NOW = datetime(2026, 11, 26, 2, 0, tzinfo=UTC)
THIS_VISIT = {"kind": "appointment", "id": "a1", "version": 1}
THIS_TREATMENT = {"kind": "treatment", "id": "a1"}
THIS_BIRTHDAY = {"kind": "birthday", "id": "p1", "day": "2026-11-27"}


def message(precondition: Mapping[str, object], purpose: Purpose = Purpose.REMINDER) -> Message:
    return Message(
        id=MessageId("m1"),
        key="k1",
        contact_id=ContactId("c1"),
        patient_id=PatientId("p1"),
        purpose=purpose,
        template="t",
        variables={},
        created_at=NOW,
        due_at=NOW,
        expires_at=NOW,
        precondition=precondition,
    )


def celebrated(birthday: Birthday, day: date) -> bool:
    return may_be_greeted(birthday, day) and bool(set(keys_for(birthday)) & keys_celebrated_on(day))


def facts(appointment: Appointment | None = None, patient: Patient | None = None) -> Facts:
    return Facts(
        appointments={appointment.id: appointment} if appointment else {},
        patients={patient.id: patient} if patient else {},
        celebrated=celebrated,
    )


def reason(found: Facts, precondition: Mapping[str, object], purpose: Purpose = Purpose.REMINDER) -> str:
    answer = verdict(message(precondition, purpose), found)
    assert answer.met is (answer.reason == "")
    assert bool(answer.explanation) is not answer.met
    return answer.reason


def test_what_has_no_condition_is_wanted() -> None:
    assert reason(facts(), {}) == ""


def test_a_reminder_of_a_standing_visit_is_wanted(appointment: Appointment) -> None:
    assert reason(facts(appointment), THIS_VISIT) == ""


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (AppointmentState.CANCELLED, "appointment_cancelled"),
        (AppointmentState.COMPLETED, "appointment_over"),
        (AppointmentState.NO_SHOW, "appointment_missed"),
    ],
)
def test_a_reminder_of_a_closed_visit_is_not_wanted(
    appointment: Appointment, state: AppointmentState, expected: str
) -> None:
    assert reason(facts(replace(appointment, state=state, version=2)), THIS_VISIT) == expected


def test_a_reminder_of_the_old_hour_of_a_moved_visit_is_not_wanted(appointment: Appointment) -> None:
    assert reason(facts(replace(appointment, version=2)), THIS_VISIT) == "appointment_moved"


def test_a_reminder_of_a_visit_that_is_gone_is_not_wanted() -> None:
    assert reason(facts(), THIS_VISIT) == "appointment_gone"


def test_aftercare_is_wanted_while_the_visit_counts_as_attended(appointment: Appointment) -> None:
    attended = replace(appointment, state=AppointmentState.COMPLETED, version=2)
    corrected = replace(appointment, state=AppointmentState.NO_SHOW, version=3)
    assert reason(facts(attended), THIS_TREATMENT, Purpose.CARE) == ""
    assert reason(facts(corrected), THIS_TREATMENT, Purpose.CARE) == "not_treated"
    assert reason(facts(), THIS_TREATMENT, Purpose.CARE) == "not_treated"


def test_a_wish_is_wanted_while_the_birthday_still_falls_on_that_day(patient: Patient) -> None:
    corrected = replace(patient, birthday=Birthday(calendar=Calendar.SOLAR, year=1990, month=11, day=28))
    child = replace(patient, birthday=Birthday(calendar=Calendar.SOLAR, year=2013, month=11, day=27))
    assert reason(facts(patient=patient), THIS_BIRTHDAY, Purpose.CARE) == ""
    assert reason(facts(patient=corrected), THIS_BIRTHDAY, Purpose.CARE) == "no_birthday"
    assert reason(facts(patient=child), THIS_BIRTHDAY, Purpose.CARE) == "no_birthday"
    assert reason(facts(), THIS_BIRTHDAY, Purpose.CARE) == "no_birthday"


def test_a_condition_nobody_knows_is_not_taken_as_fulfilled() -> None:
    assert reason(facts(), {"kind": "weather"}) == "unknown_condition"
