from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wxbot.booking import words
from wxbot.clinic.models import Practitioner, PractitionerId, VisitType, VisitTypeId

TODAY = date(2026, 11, 23)  # a Monday


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("今天", ["2026-11-23"]),
        ("明天", ["2026-11-24"]),
        ("后天吧", ["2026-11-25"]),
        ("大后天", ["2026-11-26"]),
        ("明天下午三点", ["2026-11-24"]),
        ("周五", ["2026-11-27", "2026-12-04"]),
        ("星期天", ["2026-11-29", "2026-12-06"]),
        ("周一", ["2026-11-23", "2026-11-30"]),
        ("这周五", ["2026-11-27"]),
        ("下周三", ["2026-12-02"]),
        ("下个星期三", ["2026-12-02"]),
        ("下下周一", ["2026-12-07"]),
        ("礼拜六可以吗", ["2026-11-28", "2026-12-05"]),
        ("11月27日", ["2026-11-27"]),
        ("11月27", ["2026-11-27"]),
        ("十一月二十七号", ["2026-11-27"]),
        ("１１月２７日", ["2026-11-27"]),
        ("11/27", ["2026-11-27"]),
        ("12-1", ["2026-12-01"]),
        ("2026-12-03", ["2026-12-03"]),
        ("1月4号", ["2027-01-04"]),
        ("27号", ["2026-11-27"]),
        ("十五号", ["2026-12-15"]),
        ("2月30日", []),
        ("9999年12月31日", []),
        ("0001-01-01", []),
        ("11月31日", []),
        ("周五不行", []),
        ("我周五没空", []),
        ("除了周五", []),
        ("随便", []),
        ("", []),
        ("下午2:30", []),
        ("医生您好我上次周五在你们那里看过牙齿现在又疼了怎么办", []),
    ],
)
def test_days_as_patients_write_them(text: str, days: list[str]) -> None:
    assert [day.isoformat() for day in words.days_meant(text, TODAY)] == days


def test_the_thirty_first_of_a_short_month_is_that_of_the_next() -> None:
    assert words.days_meant("31号", TODAY) == (date(2026, 12, 31),)
    assert words.days_meant("3号", date(2026, 12, 20)) == (date(2027, 1, 3),)


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("下午2:30", ["14:30"]),
        ("下午2：30", ["14:30"]),
        ("下午2点半", ["14:30"]),
        ("下午两点半", ["14:30"]),
        ("下午三点一刻", ["15:15"]),
        ("下午3点三刻", ["15:45"]),
        ("14:30", ["14:30"]),
        ("14点30分", ["14:30"]),
        ("2:30", ["02:30", "14:30"]),
        ("九点三十", ["09:30", "21:30"]),
        ("上午9点", ["09:00"]),
        ("早上十点半", ["10:30"]),
        ("中午12点半", ["12:30"]),
        ("中午1点", ["13:00"]),
        ("中午11点半", ["11:30"]),
        ("12点", ["12:00"]),
        ("晚上7点", ["19:00"]),
        ("十点整", ["10:00", "22:00"]),
        ("9点05", ["09:05", "21:05"]),
        ("明天下午三点", ["15:00"]),
        ("25点", []),
        ("2:75", []),
        ("下午", []),
        ("3", []),
        ("三点不行", []),
        ("三五点", []),
    ],
)
def test_hours_as_patients_write_them(text: str, times: list[str]) -> None:
    assert [f"{each:%H:%M}" for each in words.times_meant(text)] == times


@pytest.mark.parametrize(
    ("text", "part"), [("下午", "下午"), ("上午吧", "上午"), ("早上", "上午"), ("傍晚", "下午"), ("随便", None)]
)
def test_parts_of_the_day(text: str, part: str | None) -> None:
    assert words.part_meant(text) == part


def kind(name: str) -> VisitType:
    return VisitType(id=VisitTypeId(name), name=name, minutes=30)


def doctor(name: str) -> Practitioner:
    return Practitioner(id=PractitionerId(name), name=name, title="", speciality="", room="", visit_types=(), hours=())


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("洗牙", "洗牙"),
        ("我想洗牙", "洗牙"),
        ("智齿", "智齿拔除"),
        ("正畸咨询。", "正畸咨询"),
        ("牙", None),
        ("洗牙和智齿拔除", None),
        ("不想洗牙", None),
        ("补牙", None),
    ],
)
def test_visit_types_by_their_names(text: str, name: str | None) -> None:
    found = words.visit_type_meant(text, [kind("洗牙"), kind("智齿拔除"), kind("正畸咨询")])

    assert (found.name if found else None) == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("王医生", "王芳"),
        ("王芳", "王芳"),
        ("找王芳医生", "王芳"),
        ("张主任", "张医生"),
        ("李医生", None),  # there are two
        ("李明", "李明"),
        ("赵医生", None),
        ("医生", None),
    ],
)
def test_practitioners_by_name_or_family_name(text: str, name: str | None) -> None:
    found = words.practitioner_meant(text, [doctor("王芳"), doctor("张医生"), doctor("李明"), doctor("李雷")])

    assert (found.name if found else None) == name


@given(st.text(max_size=30))
def test_no_text_breaks_the_reading(text: str) -> None:
    words.days_meant(text, TODAY)
    words.times_meant(text)
    words.part_meant(text)
    words.visit_type_meant(text, [kind("洗牙")])
    words.practitioner_meant(text, [doctor("王芳")])


@given(st.text(alphabet="0123456789一二三十点时半:月日号周下午/-年 ", max_size=12))
def test_no_mixture_of_dates_and_hours_breaks_the_reading(text: str) -> None:
    assert all(isinstance(day, date) for day in words.days_meant(text, TODAY))
    assert all(isinstance(clock, time) for clock in words.times_meant(text))
