"""Bundles: as long as their parts are, with all that they need; and what cannot be put together."""

from dataclasses import replace
from datetime import time
from zoneinfo import ZoneInfo

import pytest

from wxbot.clinic.bundles import bundle_problems, bundles_of, untrained, with_bundles
from wxbot.clinic.changes import course_words
from wxbot.clinic.models import Block, Clinic, Course, Practitioner, PractitionerId, VisitType, VisitTypeId, Weekday
from wxbot.clinic.resource_checks import course_problems

CLEANING = VisitType(
    id=VisitTypeId("cleaning"), name="洁牙", minutes=30, before_minutes=5, after_minutes=10, devices=("洁牙机",)
)
CHECKUP = VisitType(
    id=VisitTypeId("checkup"), name="检查", minutes=20, before_minutes=5, after_minutes=15, devices=("内窥镜", "洁牙机")
)
XRAY = VisitType(id=VisitTypeId("xray"), name="拍片", minutes=10, room_kind="放射室")
SURGERY = VisitType(id=VisitTypeId("surgery"), name="手术", minutes=60, room_kind="手术室")
BOTH = VisitType(id=VisitTypeId("both"), name="洁牙加检查", minutes=5, parts=(CLEANING.id, CHECKUP.id))
CHEN = Practitioner(
    id=PractitionerId("chen"),
    name="陈医生",
    title="医师",
    speciality="口腔",
    room="1",
    visit_types=(CLEANING.id, CHECKUP.id, BOTH.id),
    hours=(Block(day=Weekday.MON, start=time(9), end=time(12)),),
)
CLINIC = Clinic(
    name="测试诊所",
    address="1",
    phone="0",
    privacy_contact="p",
    timezone=ZoneInfo("Asia/Shanghai"),
    visit_types=with_bundles((CLEANING, CHECKUP, XRAY, SURGERY, BOTH)),
    practitioners=(CHEN,),
)


def test_a_bundle_is_as_long_as_its_parts_with_what_lies_between_and_needs_what_they_need() -> None:
    made = CLINIC.visit_type(BOTH.id)
    assert made is not None
    assert (made.minutes, made.before_minutes, made.after_minutes) == (30 + 10 + 5 + 20, 5, 15)
    assert made.devices == ("洁牙机", "内窥镜")
    assert with_bundles(CLINIC.visit_types) == CLINIC.visit_types  # again: the same


def test_a_change_of_a_part_is_a_change_of_the_bundle() -> None:
    slower = with_bundles(replace(each, minutes=45) if each.id == CLEANING.id else each for each in CLINIC.visit_types)
    assert next(each for each in slower if each.id == BOTH.id).minutes == 80


def test_it_takes_place_in_the_room_that_a_part_needs() -> None:
    (made,) = (
        each for each in with_bundles((CLEANING, XRAY, replace(BOTH, parts=(CLEANING.id, XRAY.id)))) if each.parts
    )
    assert made.room_kind == "放射室"


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ((CLEANING.id,), "2 到"),
        ((CLEANING.id, CLEANING.id), "不同的"),
        ((CLEANING.id, VisitTypeId("gone")), "单个的"),
        ((CLEANING.id, BOTH.id), "单个的"),
        ((XRAY.id, SURGERY.id), "不同的诊室"),
    ],
)
def test_what_cannot_be_put_together_is_refused_in_words(parts: tuple[VisitTypeId, ...], words: str) -> None:
    other = replace(BOTH, id=VisitTypeId("other"), parts=parts)
    assert words in bundle_problems(other, CLINIC)["parts"]


def test_a_part_is_no_bundle_and_a_retired_one_none_either() -> None:
    assert "自己是别的组合" in bundle_problems(replace(CLEANING, parts=(CHECKUP.id, XRAY.id)), CLINIC)["parts"]
    retired = replace(
        CLINIC, visit_types=tuple(replace(each, retired=each.id == CHECKUP.id) for each in CLINIC.visit_types)
    )
    assert "已停用" in bundle_problems(BOTH, retired)["parts"]
    long = replace(
        CLINIC, visit_types=tuple(replace(each, minutes=450) if not each.parts else each for each in CLINIC.visit_types)
    )
    assert "超过 480 分钟" in bundle_problems(BOTH, long)["parts"]


def test_who_does_a_bundle_does_its_parts() -> None:
    assert untrained(CHEN, CLINIC) == ""
    assert "检查" in untrained(replace(CHEN, visit_types=(CLEANING.id, BOTH.id)), CLINIC)
    assert [each.id for each in bundles_of(CHECKUP, CLINIC)] == [BOTH.id]


@pytest.mark.parametrize(
    ("course", "field"),
    [
        (Course(every_days=0, times=6), "course_every_days"),
        (Course(every_days=7, within_days=7, times=6), "course_within_days"),
        (Course(every_days=28, within_days=3, times=1), "course_times"),
        (Course(every_days=28, within_days=3, times=25), "course_times"),
        (Course(every_days=60, within_days=3, times=24), "course_times"),
    ],
)
def test_what_is_no_course_is_refused_beside_its_field(course: Course, field: str) -> None:
    assert list(course_problems(replace(CLEANING, course=course))) == [field]


def test_a_course_reads_as_people_say_it() -> None:
    assert course_words(Course(every_days=28, within_days=3, times=6)) == "每28±3天，共6次"
    assert course_problems(replace(CLEANING, course=Course(every_days=28, within_days=3, times=6))) == {}
