"""What may be entered of devices, kinds of rooms, needs and booking windows, and the words beside the field."""

from dataclasses import replace
from datetime import date, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from wxbot.clinic.checks import room_problems, visit_type_problems
from wxbot.clinic.models import (
    BookingWindow,
    Clinic,
    DatedHours,
    Device,
    DeviceId,
    Room,
    RoomId,
    VisitType,
    VisitTypeId,
)
from wxbot.clinic.resource_checks import dated_problems, device_problems, needing_device, needing_room

LASER = Device(id=DeviceId("laser1"), name="激光仪1号", kind="激光仪")
SURGERY = Room(id=RoomId("6诊室"), name="6诊室", kinds=("手术室",))
SPOTS = VisitType(
    id=VisitTypeId("laser_spots"),
    name="激光祛斑",
    minutes=45,
    room_kind="手术室",
    devices=("激光仪",),
    after_minutes=10,
)
CLINIC = Clinic(
    name="晨光诊所",
    address="晨光路1号",
    phone="010-0000-0000",
    privacy_contact="privacy@example.com",
    timezone=ZoneInfo("Asia/Shanghai"),
    visit_types=(SPOTS,),
    practitioners=(),
    rooms=(SURGERY, Room(id=RoomId("1诊室"), name="1诊室")),
    devices=(LASER,),
)


def problems(**changed: Any) -> dict[str, str]:
    return visit_type_problems(replace(SPOTS, **changed), CLINIC, new=False, aftercare=())


def test_what_stands_is_fit() -> None:
    assert problems() == {}
    assert device_problems(LASER, CLINIC, new=False) == {}
    assert room_problems(SURGERY, CLINIC, new=False) == {}


def test_a_device_has_a_name_and_a_kind_of_its_own() -> None:
    second = replace(LASER, id=DeviceId("laser2"))
    assert "已有名为「激光仪1号」" in device_problems(second, CLINIC, new=True)["name"]
    assert "已有这个编号" in device_problems(replace(LASER, name="另一台"), CLINIC, new=True)["id"]
    empty = device_problems(replace(second, name=" ", kind=""), CLINIC, new=True)
    assert (empty["name"], empty["kind"]) == ("请填写设备名称。", "请填写种类。")


def test_the_only_device_of_a_kind_that_is_needed_keeps_its_kind() -> None:
    other = replace(LASER, kind="光子仪")
    assert "项目「激光祛斑」需要「激光仪」" in device_problems(other, CLINIC, new=False)["kind"]
    two = replace(CLINIC, devices=(LASER, replace(LASER, id=DeviceId("laser2"), name="2号")))
    assert device_problems(other, two, new=False) == {}
    assert (needing_device(LASER, CLINIC), needing_device(LASER, two)) == ((SPOTS,), ())


def test_the_only_room_of_a_kind_that_is_needed_keeps_it() -> None:
    assert "项目「激光祛斑」需要「手术室」" in room_problems(replace(SURGERY, kinds=()), CLINIC, new=False)["kinds"]
    two = replace(CLINIC, rooms=(SURGERY, Room(id=RoomId("1诊室"), name="1诊室", kinds=("手术室",))))
    assert room_problems(replace(SURGERY, kinds=()), two, new=False) == {}
    assert (needing_room(SURGERY, CLINIC), needing_room(SURGERY, two)) == ((SPOTS,), ())
    retired = replace(CLINIC, visit_types=(replace(SPOTS, retired=True),))
    assert room_problems(replace(SURGERY, kinds=()), retired, new=False) == {}


def test_kinds_of_a_room_have_bounds() -> None:
    assert "最多 40 个字" in room_problems(replace(SURGERY, kinds=("手" * 41,)), CLINIC, new=False)["kinds"]
    many = tuple(f"用途{number}" for number in range(11))
    assert "最多写 10 种" in room_problems(replace(SURGERY, kinds=many), CLINIC, new=False)["kinds"]


def test_a_kind_that_the_clinic_does_not_have_is_told_with_the_way_out() -> None:
    assert "请先到「诊室」里写上用途" in problems(room_kind="无菌室")["room_kind"]
    assert problems(devices=("激光仪", "CT"))["devices"] == "还没有这种设备：CT。请先到「设备」里添加，否则约不到。"


@pytest.mark.parametrize("field", ["before_minutes", "after_minutes"])
@pytest.mark.parametrize("minutes", [-5, 7, 125])
def test_preparation_and_cleaning_up_are_multiples_of_five_minutes(field: str, minutes: int) -> None:
    assert "5 的倍数" in problems(**{field: minutes})[field]


@pytest.mark.parametrize(
    ("window", "field"),
    [
        (BookingWindow(lead_minutes=3000, horizon_days=2), "lead_minutes"),
        (BookingWindow(lead_minutes=-1), "lead_minutes"),
        (BookingWindow(lead_minutes=10081), "lead_minutes"),
        (BookingWindow(horizon_days=0), "horizon_days"),
        (BookingWindow(horizon_days=366), "horizon_days"),
    ],
)
def test_a_window_in_which_nobody_could_book_is_refused(window: BookingWindow, field: str) -> None:
    assert list(problems(window=window)) == [f"window_{field}"]
    assert list(problems(new_window=window)) == [f"new_{field}"]


def test_a_horizon_inside_the_clinics_own_lead_time_is_refused_where_it_was_typed() -> None:
    slow = replace(CLINIC, lead_minutes=3000)
    short = replace(SPOTS, window=BookingWindow(horizon_days=1))
    assert "谁也约不到" in visit_type_problems(short, slow, new=False, aftercare=())["window_horizon_days"]


def test_a_window_may_end_the_day_early_and_differ_for_the_new() -> None:
    window = BookingWindow(lead_minutes=1440, horizon_days=1, same_day_until=time(0))
    assert problems(window=window, new_window=BookingWindow()) == {}


TODAY = date(2026, 11, 23)
FIFTH = DatedHours(day=date(2026, 12, 5), spans=((time(9), time(12)), (time(12), time(15))))


@pytest.mark.parametrize(
    ("changed", "field", "words"),
    [
        ({"day": date(2026, 11, 22)}, "day", "已经过去"),
        ({"day": date(2962, 11, 22)}, "day", ""),
        ({"reason": "长" * 41}, "reason", "最多 40 个字"),
        ({"spans": ((time(12), time(9)),)}, "spans", "要晚于开始时间"),
        ({"spans": ((time(9), time(12)), (time(11), time(13)))}, "spans", "重叠了"),
        ({"spans": tuple((time(8 + hour), time(9 + hour)) for hour in range(7))}, "spans", "最多 6 段"),
    ],
)
def test_a_single_day_has_hours_in_order_and_lies_ahead(changed: dict[str, Any], field: str, words: str) -> None:
    assert dated_problems(FIFTH, (), TODAY) == {}
    assert words in dated_problems(replace(FIFTH, **changed), (), TODAY)[field]


def test_a_day_is_entered_once() -> None:
    assert "已经填过了" in dated_problems(FIFTH, (replace(FIFTH, spans=()),), TODAY)["day"]
