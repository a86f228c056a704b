from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from wxbot.booking.lines import line
from wxbot.booking.models import Appointment, AppointmentId, AppointmentState
from wxbot.booking.sentences import (
    appointment_words,
    hour_words,
    moment_words,
    near_day_words,
    near_moment_words,
    practitioner_words,
)
from wxbot.clinic.models import Clinic, Practitioner, PractitionerId, VisitType, VisitTypeId
from wxbot.history.models import ContactId, Kind, PatientId

ZONE = ZoneInfo("Asia/Shanghai")
AT = datetime(2026, 11, 20, 6, 30, tzinfo=UTC)
CHEN = Practitioner(
    id=PractitionerId("chen"), name="陈晓晴", title="", speciality="", room="1诊室", visit_types=(), hours=()
)
CLINIC = Clinic(
    name="",
    address="",
    phone="",
    privacy_contact="",
    timezone=ZONE,
    visit_types=(VisitType(id=VisitTypeId("cleaning"), name="洁牙", minutes=30),),
    practitioners=(CHEN,),
)
APPOINTMENT = Appointment(
    id=AppointmentId("a1"),
    request_key="m:1",
    contact_id=ContactId("c1"),
    patient_id=PatientId("p1"),
    visit_type_id=VisitTypeId("cleaning"),
    practitioner_id=CHEN.id,
    room="1诊室",
    start=AT,
    end=AT + timedelta(minutes=30),
    created_at=AT - timedelta(days=1),
    new_patient=True,
)


def test_a_moment_reads_as_patients_read_it() -> None:
    assert moment_words(AT, ZONE) == "11月20日 周五 下午2:30"


@pytest.mark.parametrize(
    ("clock", "words"),
    [
        (time(0, 5), "凌晨12:05"),
        (time(5, 59), "凌晨5:59"),
        (time(6), "上午6:00"),
        (time(9, 30), "上午9:30"),
        (time(12), "中午12:00"),
        (time(12, 45), "中午12:45"),
        (time(13), "下午1:00"),
        (time(17, 59), "下午5:59"),
        (time(18), "晚上6:00"),
        (time(23, 5), "晚上11:05"),
    ],
)
def test_an_hour_carries_its_part_of_the_day(clock: time, words: str) -> None:
    assert hour_words(clock) == words


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2026, 11, 20), "今天 11月20日 周五"),
        (date(2026, 11, 21), "明天 11月21日 周六"),
        (date(2026, 11, 22), "后天 11月22日 周日"),
        (date(2026, 11, 23), "11月23日 周一"),
        (date(2026, 11, 19), "11月19日 周四"),
        (date(2027, 1, 4), "1月4日 周一"),
        (date(2028, 1, 4), "2028年1月4日 周二"),
    ],
)
def test_near_days_are_named_and_far_ones_have_a_year(day: date, words: str) -> None:
    assert near_day_words(day, date(2026, 11, 20)) == words


def test_today_is_the_clinics_day() -> None:
    late_in_utc = datetime(2026, 11, 19, 17, 0, tzinfo=UTC)  # already Friday at the clinic

    assert near_moment_words(AT, ZONE, late_in_utc) == "今天 11月20日 周五 下午2:30"


@pytest.mark.parametrize(("name", "words"), [("陈晓晴", "陈晓晴医生"), ("陈医生", "陈医生"), ("张主任", "张主任")])
def test_a_practitioner_is_called_doctor_once(name: str, words: str) -> None:
    person = Practitioner(id=PractitionerId("x"), name=name, title="", speciality="", room="", visit_types=(), hours=())

    assert practitioner_words(person) == words


def test_an_appointment_in_words_leaves_out_what_left_the_clinic() -> None:
    empty = Clinic(name="", address="", phone="", privacy_contact="", timezone=ZONE, visit_types=(), practitioners=())

    assert appointment_words(APPOINTMENT, CLINIC) == "11月20日 周五 下午2:30 陈晓晴医生 洁牙"
    assert appointment_words(APPOINTMENT, empty) == "11月20日 周五 下午2:30"


@pytest.mark.parametrize(
    ("state", "version", "kind"),
    [
        (AppointmentState.BOOKED, 1, Kind.APPOINTMENT_BOOKED),
        (AppointmentState.BOOKED, 2, Kind.APPOINTMENT_MOVED),
        (AppointmentState.CANCELLED, 2, Kind.APPOINTMENT_CANCELLED),
        (AppointmentState.COMPLETED, 2, Kind.APPOINTMENT_CLOSED),
        (AppointmentState.NO_SHOW, 3, Kind.APPOINTMENT_CLOSED),
    ],
)
def test_the_transcript_names_what_happened_and_the_version(state: AppointmentState, version: int, kind: Kind) -> None:
    told = line(replace(APPOINTMENT, state=state, version=version, changed_by="staff:1"), CLINIC)

    assert (told.id, told.kind, told.by, told.ref) == (f"appointment:a1:v{version}", kind, "staff:1", "a1")
    assert told.payload["summary"] == "11月20日 周五 下午2:30 陈晓晴医生 洁牙"
