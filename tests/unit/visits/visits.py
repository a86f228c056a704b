"""Appointments for the tests of this folder."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from wxbot.booking.models import Appointment, AppointmentId
from wxbot.clinic.models import Block, Clinic, Practitioner, PractitionerId, VisitType, VisitTypeId, Weekday
from wxbot.history.models import ContactId, PatientId

ZONE = ZoneInfo("Asia/Shanghai")
TUESDAY = date(2026, 11, 24)
WEEKDAYS = tuple(Weekday)[:5]
CHEN = Practitioner(
    id=PractitionerId("chen"),
    name="陈晓晴",
    title="",
    speciality="口腔内科",
    room="1诊室",
    visit_types=(VisitTypeId("cleaning"),),
    hours=tuple(Block(day=day, start=time(9), end=time(18)) for day in WEEKDAYS),
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


def local(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), ZONE).astimezone(UTC)


NINE = local(TUESDAY, 9)


def visit(name: str = "a", start: datetime = NINE, **facts: Any) -> Appointment:
    known: dict[str, Any] = {
        "id": AppointmentId(name),
        "request_key": name,
        "contact_id": ContactId(f"contact-{name}"),
        "patient_id": PatientId(f"patient-{name}"),
        "visit_type_id": VisitTypeId("cleaning"),
        "practitioner_id": CHEN.id,
        "room": "1诊室",
        "start": start,
        "end": start + timedelta(minutes=30),
        "created_at": start - timedelta(days=3),
        "new_patient": False,
    }
    return Appointment(**{**known, **facts})
