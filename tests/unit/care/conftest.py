"""A small clinic with one visit and one patient, for the pure rules of care."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from wxbot.booking.models import Appointment, AppointmentId, AppointmentState
from wxbot.clinic.models import Clinic, Practitioner, PractitionerId, VisitType, VisitTypeId
from wxbot.history.models import ContactId, PatientId
from wxbot.patients.models import Birthday, Calendar, Contact, Patient

START = datetime(2026, 11, 27, 6, 30, tzinfo=UTC)  # Friday 14:30 in the clinic
MADE = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)


@pytest.fixture
def clinic() -> Clinic:
    extraction = VisitType(
        id=VisitTypeId("wisdom_tooth"), name="智齿拔除", minutes=60, aftercare="extraction", bring="请吃好饭再来"
    )
    zhou = Practitioner(
        id=PractitionerId("zhou"),
        name="周明远",
        title="副主任医师",
        speciality="口腔颌面外科",
        room="2诊室",
        visit_types=(extraction.id,),
        hours=(),
    )
    return Clinic(
        name="晨光诊所",
        address="示例路1号",
        phone="0555-000-0188",
        privacy_contact="privacy@example.com",
        timezone=ZoneInfo("Asia/Shanghai"),
        visit_types=(extraction, VisitType(id=VisitTypeId("checkup"), name="口腔检查", minutes=20)),
        practitioners=(zhou,),
    )


@pytest.fixture
def appointment() -> Appointment:
    return Appointment(
        id=AppointmentId("a1"),
        request_key="r1",
        contact_id=ContactId("c1"),
        patient_id=PatientId("p1"),
        visit_type_id=VisitTypeId("wisdom_tooth"),
        practitioner_id=PractitionerId("zhou"),
        room="2诊室",
        start=START,
        end=START.replace(hour=7),
        created_at=MADE,
        new_patient=True,
        state=AppointmentState.BOOKED,
    )


@pytest.fixture
def contact() -> Contact:
    return Contact(id=ContactId("c1"), openid="oTest001", alias="访客·蓝鲸07", created_at=MADE, following=True)


@pytest.fixture
def patient() -> Patient:
    return Patient(
        id=PatientId("p1"),
        name="张三",
        created_at=MADE,
        contact_id=ContactId("c1"),
        birthday=Birthday(calendar=Calendar.SOLAR, year=1990, month=11, day=27),
        birthday_keys=("S11-27",),
    )
