"""From when patients may book, in sentences for the settings."""

from dataclasses import replace
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from wxbot.booking.earliest_hour import earliest_sentences
from wxbot.clinic.models import (
    Block,
    BookingWindow,
    Clinic,
    Practitioner,
    PractitionerId,
    Room,
    RoomId,
    VisitType,
    VisitTypeId,
    Weekday,
)

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # Monday 10:00 in the clinic
KIND = VisitType(id=VisitTypeId("cleaning"), name="洁牙", minutes=30)
CHEN = Practitioner(
    id=PractitionerId("chen"),
    name="陈晓晴",
    title="主治医师",
    speciality="口腔内科",
    room="1诊室",
    visit_types=(KIND.id,),
    hours=tuple(Block(day=day, start=time(9), end=time(12)) for day in Weekday),
)
CLINIC = Clinic(
    name="晨光诊所",
    address="晨光路1号",
    phone="010-0000-0000",
    privacy_contact="privacy@example.com",
    timezone=ZoneInfo("Asia/Shanghai"),
    visit_types=(KIND,),
    practitioners=(CHEN,),
    rooms=(Room(id=RoomId("1诊室"), name="1诊室"),),
)


def test_the_clinics_own_rules_hold_where_the_visit_type_has_none() -> None:
    assert earliest_sentences(KIND, CLINIC, NOW) == ["现在来约，患者最早可约今天 11:00，最远到12月23日 周三。"]


def test_new_patients_get_a_sentence_of_their_own_where_their_rules_differ() -> None:
    kind = replace(
        KIND,
        window=BookingWindow(same_day_until=time(10)),
        new_window=BookingWindow(lead_minutes=2880, horizon_days=7),
    )
    assert earliest_sentences(kind, CLINIC, NOW) == [
        "现在来约，患者最早可约明天 9:00，最远到12月23日 周三。",
        "现在来约，初诊患者最早可约后天 10:00，最远到11月30日 周一。",
    ]


def test_what_nobody_can_book_says_why() -> None:
    assert earliest_sentences(KIND, replace(CLINIC, practitioners=()), NOW) == ["还没有医生开展这个项目，患者约不到。"]
    assert earliest_sentences(replace(KIND, retired=True), CLINIC, NOW) == ["这个项目已停用，患者约不到。"]
    idle = replace(CLINIC, practitioners=(replace(CHEN, hours=()),))
    assert "约不到任何时间" in earliest_sentences(KIND, idle, NOW)[0]
    assert "约不到任何时间" in earliest_sentences(replace(KIND, devices=("激光仪",)), CLINIC, NOW)[0]
