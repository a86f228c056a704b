"""An appointment as a calendar file (RFC 5545)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from wxbot.booking.models import Appointment, AppointmentId
from wxbot.clinic.models import Clinic, Practitioner, PractitionerId, VisitType, VisitTypeId
from wxbot.history.models import ContactId, PatientId
from wxbot.web.patient.calendar import calendar_file

START = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
CLEANING = VisitType(id=VisitTypeId("cleaning"), name="洁牙", minutes=30, bring="请带医保卡；空腹, 谢谢")
CHEN = Practitioner(
    id=PractitionerId("chen"), name="陈立", title="", speciality="", room="1", visit_types=(CLEANING.id,), hours=()
)
CLINIC = Clinic(
    name="晨光诊所",
    address="杭州市西湖区文三路 1 号, 2 楼",
    phone="0571-8765 4321",
    privacy_contact="",
    timezone=ZoneInfo("Asia/Shanghai"),
    visit_types=(CLEANING,),
    practitioners=(CHEN,),
)
VISIT = Appointment(
    id=AppointmentId("a1"),
    request_key="k",
    contact_id=ContactId("c1"),
    patient_id=PatientId("p1"),
    visit_type_id=CLEANING.id,
    practitioner_id=CHEN.id,
    room="1",
    start=START,
    end=START + timedelta(minutes=30),
    created_at=NOW,
    new_patient=True,
    version=3,
)


def unfolded(file: bytes) -> list[str]:
    """The file's lines as a calendar reads them (RFC 5545, section 3.1)."""
    return file.decode().replace("\r\n ", "").removesuffix("\r\n").split("\r\n")


def test_the_visit_stands_in_the_calendar_at_its_hour_and_place() -> None:
    lines = unfolded(calendar_file(VISIT, CLINIC, NOW))
    assert (lines[0], lines[-1]) == ("BEGIN:VCALENDAR", "END:VCALENDAR")
    for line in (
        "UID:a1@wxbot",
        "SEQUENCE:2",
        "DTSTAMP:20261123T020000Z",
        "DTSTART:20261124T063000Z",
        "DTEND:20261124T070000Z",
        "SUMMARY:晨光诊所 洁牙 陈立医生",
        "LOCATION:杭州市西湖区文三路 1 号\\, 2 楼",
        "DESCRIPTION:请带医保卡；空腹\\, 谢谢\\n电话：0571-8765 4321",
    ):
        assert line in lines


def test_what_left_the_clinic_is_left_out() -> None:
    lines = unfolded(calendar_file(VISIT, replace(CLINIC, visit_types=(), practitioners=()), NOW))
    assert "SUMMARY:晨光诊所 就诊" in lines


@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=300))
def test_lines_are_folded_between_characters_and_read_back_whole(name: str) -> None:
    file = calendar_file(VISIT, replace(CLINIC, address=name), NOW)
    assert all(len(line) <= 75 for line in file.split(b"\r\n"))
    (line,) = [line for line in unfolded(file) if line.startswith("LOCATION:")]
    plain = line.removeprefix("LOCATION:").replace("\\,", ",").replace("\\;", ";").replace("\\\\", "\\")
    assert plain == name


def test_a_line_break_in_a_field_begins_no_line_of_its_own() -> None:
    lines = unfolded(calendar_file(VISIT, replace(CLINIC, address="一楼\r\nATTACH:http://x"), NOW))
    assert not any(line.startswith("ATTACH") for line in lines)
