"""What may be entered for each part of the clinic, and the words beside the field."""

from dataclasses import replace
from datetime import date, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from wxbot.clinic.changes import changes_between
from wxbot.clinic.checks import (
    closure_problems,
    hours_problems,
    practitioner_problems,
    profile_problems,
    room_problems,
    rules_problems,
    sending_problems,
    visit_type_problems,
    year_table_problems,
)
from wxbot.clinic.identifiers import identifier
from wxbot.clinic.models import (
    Block,
    Clinic,
    Closure,
    Practitioner,
    PractitionerId,
    Room,
    RoomId,
    SendingRules,
    SpecialDay,
    VisitType,
    VisitTypeId,
    Weekday,
    YearTable,
)
from wxbot.clinic.parts import profile_of, rules_of
from wxbot.clinic.photos import MOST_BYTES, content_type_of, photo_of
from wxbot.errors import FieldErrors

CLEANING = VisitType(id=VisitTypeId("cleaning"), name="洁牙", minutes=30, also=("洗牙",))
ONE, TWO = Room(id=RoomId("1"), name="1诊室"), Room(id=RoomId("2"), name="2诊室", retired=True)
CHEN = Practitioner(
    id=PractitionerId("chen"),
    name="陈晓晴",
    title="主治医师",
    speciality="口腔内科",
    room="1",
    visit_types=(CLEANING.id,),
    hours=(Block(day=Weekday.MON, start=time(9), end=time(12)),),
)
CLINIC = Clinic(
    name="晨光诊所",
    address="晨光路1号",
    phone="010-0000-0000",
    privacy_contact="privacy@example.com",
    timezone=ZoneInfo("Asia/Shanghai"),
    visit_types=(CLEANING,),
    practitioners=(CHEN,),
    rooms=(ONE, TWO),
)
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20


def block(day: Weekday, start: str, end: str) -> Block:
    return Block(day=day, start=time.fromisoformat(start), end=time.fromisoformat(end))


def test_what_stands_in_the_clinic_is_fit() -> None:
    assert profile_problems(profile_of(CLINIC)) == {}
    assert rules_problems(rules_of(CLINIC)) == {}
    assert sending_problems(SendingRules()) == {}
    assert room_problems(ONE, CLINIC, new=False) == {}
    assert visit_type_problems(CLEANING, CLINIC, new=False, aftercare=()) == {}
    assert practitioner_problems(CHEN, CLINIC, new=False) == {}


def test_empty_and_overlong_texts_are_told_beside_their_field() -> None:
    problems = profile_problems(replace(profile_of(CLINIC), name=" ", phone="请打前台", address="路" * 121))
    assert sorted(problems) == ["address", "name", "phone"]
    assert problems["name"] == "请填写诊所名称。"
    assert "121" in problems["address"]


@pytest.mark.parametrize(
    ("field", "value"),
    [("horizon_days", 0), ("horizon_days", 366), ("lead_minutes", -1), ("slot_minutes", 7), ("slot_minutes", 125)],
)
def test_rules_of_booking_have_bounds(field: str, value: int) -> None:
    change: dict[str, Any] = {field: value}
    assert list(rules_problems(replace(rules_of(CLINIC), **change))) == [field]


def test_quiet_hours_must_leave_time_to_send() -> None:
    almost_all_day = SendingRules(quiet_start=time(10), quiet_end=time(9))
    assert list(sending_problems(almost_all_day)) == ["quiet_end"]
    assert sending_problems(SendingRules(quiet_start=time(8), quiet_end=time(8))) == {}


def test_blocks_may_touch_but_not_overlap() -> None:
    touching = [block(Weekday.MON, "09:00", "12:00"), block(Weekday.MON, "12:00", "18:00")]
    overlapping = [block(Weekday.MON, "13:00", "18:00"), block(Weekday.MON, "09:00", "13:30")]
    assert hours_problems(touching) == {}
    assert hours_problems(overlapping) == {"hours.mon": "周一的 09:00–13:30 和 13:00–18:00 重叠了，请错开或合并。"}


def test_a_block_ends_after_it_begins() -> None:
    assert list(hours_problems([block(Weekday.SUN, "12:00", "12:00")])) == ["hours.sun"]


def test_a_practitioner_needs_a_room_that_is_in_use_and_a_visit_type() -> None:
    problems = practitioner_problems(replace(CHEN, room="2", visit_types=()), CLINIC, new=False)
    assert sorted(problems) == ["room", "visit_types"]
    assert list(practitioner_problems(replace(CHEN, room="9"), CLINIC, new=False)) == ["room"]
    unknown = replace(CHEN, visit_types=(VisitTypeId("magic"),))
    assert practitioner_problems(unknown, CLINIC, new=False) == {"visit_types": "没有这个项目：magic。"}


def test_two_practitioners_may_not_share_a_name_or_an_id() -> None:
    assert sorted(practitioner_problems(CHEN, CLINIC, new=True)) == ["id"]
    assert list(practitioner_problems(replace(CHEN, id=PractitionerId("other")), CLINIC, new=True)) == ["name"]


def test_what_patients_say_belongs_to_one_visit_type() -> None:
    polish = VisitType(id=VisitTypeId("polish"), name="抛光", minutes=30, also=("洗牙",))
    assert list(visit_type_problems(polish, CLINIC, new=True, aftercare=())) == ["also"]


def test_aftercare_is_one_that_a_plan_describes() -> None:
    surgery = replace(CLEANING, aftercare="surgery")
    assert list(visit_type_problems(surgery, CLINIC, new=False, aftercare=())) == ["aftercare"]
    assert visit_type_problems(surgery, CLINIC, new=False, aftercare={"surgery"}) == {}


def test_prices_end_on_a_day_that_can_be_meant_and_only_where_there_are_some() -> None:
    until = date(2027, 12, 31)
    priced = replace(CLEANING, price_from=180, price_to=320)
    assert visit_type_problems(replace(priced, price_until=until), CLINIC, new=False, aftercare=()) == {}
    for kind in (replace(CLEANING, price_from=None, price_until=until), replace(priced, price_until=date(1800, 1, 1))):
        assert list(visit_type_problems(kind, CLINIC, new=False, aftercare=())) == ["price_until"]


def test_a_closure_ends_after_it_begins_and_within_a_year() -> None:
    first = date(2026, 11, 23)
    backwards = Closure(first=first, last=date(2026, 11, 22), reason="盘点")
    endless = Closure(first=first, last=date(2028, 1, 1), reason="盘点")
    nobody = Closure(first=first, last=first, reason="", practitioner_id=PractitionerId("gone"))
    assert list(closure_problems(backwards, CLINIC)) == ["last"]
    assert list(closure_problems(endless, CLINIC)) == ["last"]
    assert sorted(closure_problems(nobody, CLINIC)) == ["practitioner_id", "reason"]


def test_a_year_holds_its_own_days_once() -> None:
    other = SpecialDay(day=date(2028, 1, 1), off=True)
    assert list(year_table_problems(YearTable(year=2027, days=(other,)))) == ["days"]
    twice = YearTable(year=2028, days=(other, other))
    assert list(year_table_problems(twice)) == ["days"]


def test_changes_name_the_field_and_both_values_in_words() -> None:
    after = replace(CHEN, room="2", hours=(block(Weekday.TUE, "09:00", "12:00"),), retired=True)
    assert changes_between(CHEN, after, CLINIC) == {
        "诊室": ("1诊室", "2诊室"),
        "出诊时间": ("周一 09:00–12:00", "周二 09:00–12:00"),
        "停用": ("否", "是"),
    }


def test_a_new_part_is_told_with_everything_it_has() -> None:
    closure = Closure(first=date(2026, 11, 23), last=date(2026, 11, 24), reason="学习", practitioner_id=CHEN.id)
    assert changes_between(None, closure, CLINIC) == {
        "开始日期": ("（空）", "2026-11-23"),
        "结束日期": ("（空）", "2026-11-24"),
        "原因": ("（空）", "学习"),
        "医生": ("（空）", "陈晓晴"),
    }


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"\xff\xd8\xff\xe0JFIF", "image/jpeg"),
        (PNG, "image/png"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", None),
        (b"<svg onload='x()'/>", None),
        (b"GIF89a", None),
        (b"", None),
    ],
)
def test_a_picture_is_known_by_its_bytes(data: bytes, expected: str | None) -> None:
    assert content_type_of(data) == expected


@pytest.mark.parametrize("data", [b"", b"<html>", PNG + b"0" * MOST_BYTES])
def test_what_is_no_small_picture_is_refused_in_words(data: bytes) -> None:
    with pytest.raises(FieldErrors) as refused:
        photo_of(data)
    assert list(refused.value.fields) == ["photo"]


def test_the_same_picture_has_the_same_id() -> None:
    assert photo_of(PNG) == photo_of(PNG)


@pytest.mark.parametrize(
    ("name", "taken", "expected"),
    [
        ("陈晓晴", (), "chen_xiao_qing"),
        ("陈晓晴", ("chen_xiao_qing",), "chen_xiao_qing_2"),
        ("1诊室", (), "n_1_zhen_shi"),
        ("…", (), "n"),
        ("VIP 室", (), "vip_shi"),
    ],
)
def test_an_id_sounds_like_the_name(name: str, taken: tuple[str, ...], expected: str) -> None:
    assert identifier(name, taken) == expected
