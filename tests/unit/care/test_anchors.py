from dataclasses import replace
from datetime import UTC, date, datetime

from wxbot.booking.models import Appointment
from wxbot.care.anchors.appointment import appointment_anchor
from wxbot.care.anchors.birthday import birthday_anchor
from wxbot.care.anchors.booked import booked_anchor
from wxbot.care.anchors.treatment import treatment_anchor
from wxbot.care.variables import variables_for
from wxbot.clinic.models import Clinic, PractitionerId, VisitTypeId
from wxbot.patients.models import Contact, Patient

MOVED_AT = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)


def test_a_booking_anchors_its_confirmation_at_the_moment_it_was_made(appointment: Appointment) -> None:
    anchor = booked_anchor(appointment)
    assert anchor is not None
    assert (anchor.kind, anchor.at, anchor.latest) == ("booked", appointment.created_at, appointment.start)
    assert anchor.precondition == {"kind": "appointment", "id": "a1", "version": 1}


def test_a_moved_visit_anchors_at_the_moment_of_the_move_under_another_name(appointment: Appointment) -> None:
    moved = replace(appointment, version=2, changed_at=MOVED_AT)
    booked, visit = booked_anchor(moved), appointment_anchor(moved)
    assert booked is not None
    assert visit is not None
    assert (booked.ref, booked.at) == ("appointment:a1:v2", MOVED_AT)
    assert (visit.ref, visit.at, visit.created_at) == ("appointment:a1:v2", appointment.start, MOVED_AT)


def test_aftercare_hangs_on_the_end_of_a_visit_whose_type_has_it(appointment: Appointment, clinic: Clinic) -> None:
    anchor = treatment_anchor(appointment, clinic)
    assert anchor is not None
    assert (anchor.ref, anchor.at, anchor.treatment) == ("treatment:a1", appointment.end, "extraction")
    assert anchor.precondition == {"kind": "treatment", "id": "a1"}
    assert treatment_anchor(replace(appointment, visit_type_id=VisitTypeId("checkup")), clinic) is None
    assert treatment_anchor(replace(appointment, visit_type_id=VisitTypeId("gone")), clinic) is None


def test_a_birthday_anchors_at_the_beginning_of_the_local_day(patient: Patient, clinic: Clinic) -> None:
    anchor = birthday_anchor(patient, date(2026, 11, 27), clinic)
    assert anchor is not None
    assert anchor.at == datetime(2026, 11, 26, 16, 0, tzinfo=UTC)
    assert anchor.ref == "birthday:p1:2026-11-27"
    assert anchor.precondition == {"kind": "birthday", "id": "p1", "day": "2026-11-27"}


def test_who_was_erased_has_no_anchors(appointment: Appointment, patient: Patient, clinic: Clinic) -> None:
    detached = replace(appointment, contact_id=None)
    assert booked_anchor(detached) is None
    assert appointment_anchor(detached) is None
    assert treatment_anchor(detached, clinic) is None
    assert birthday_anchor(replace(patient, contact_id=None), date(2026, 11, 27), clinic) is None


def test_a_visits_messages_can_name_all_that_a_patient_must_know(
    appointment: Appointment, clinic: Clinic, patient: Patient, contact: Contact
) -> None:
    anchor = appointment_anchor(appointment)
    assert anchor is not None
    assert variables_for(anchor, clinic, patient, contact) == {
        "name": "张三",
        "patient": "张三",
        "clinic_name": "晨光诊所",
        "clinic_address": "示例路1号",
        "clinic_phone": "0555-000-0188",
        "date": "11月27日 周五",
        "time": "下午2:30",
        "date_field": "2026年11月27日",
        "time_field": "2026年11月27日 14:30",
        "visit_type": "智齿拔除",
        "bring": "请吃好饭再来",
        "practitioner": "周明远医生",
        "title": "副主任医师",
        "speciality": "口腔颌面外科",
        "room": "2诊室",
    }


def test_without_a_name_the_card_falls_back_to_the_alias_and_the_text_to_its_own_words(
    appointment: Appointment, clinic: Clinic, patient: Patient, contact: Contact
) -> None:
    anchor = appointment_anchor(appointment)
    assert anchor is not None
    filled = variables_for(anchor, clinic, replace(patient, name=None), contact)
    assert (filled["name"], filled["patient"]) == ("", "访客·蓝鲸07")
    assert variables_for(anchor, clinic, None, None)["patient"] == ""


def test_a_practitioner_who_left_leaves_the_words_empty_and_not_broken(
    appointment: Appointment, clinic: Clinic, patient: Patient, contact: Contact
) -> None:
    anchor = appointment_anchor(replace(appointment, practitioner_id=PractitionerId("gone")))
    assert anchor is not None
    assert variables_for(anchor, clinic, patient, contact)["practitioner"] == ""
