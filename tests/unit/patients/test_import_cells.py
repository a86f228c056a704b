"""What a cell of a spreadsheet says, in all the ways people and programs write it; and what is refused, in words."""

import contextlib
from datetime import date, datetime, time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wxbot.patients.imports.cells import CellError, read_cell
from wxbot.patients.imports.models import Field
from wxbot.patients.models import Birthday, Calendar, Gender
from wxbot.spreadsheets.workbook import plain

TODAY = date(2026, 11, 23)


def solar(year: int, month: int, day: int) -> Birthday:
    return Birthday(calendar=Calendar.SOLAR, year=year, month=month, day=day)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (13800138000.0, "13800138000"),
        (1.38e10, "13800000000"),
        (13800138000, "13800138000"),
        (36.5, "36.5"),
        (True, "TRUE"),
        (1.10101199003078e17, "1.10101199003078E+17"),
        (float("inf"), "INF"),
        (datetime(1990, 5, 12), "1990-05-12"),  # noqa: DTZ001 - a spreadsheet's dates have no zone
        (datetime(1990, 5, 12, 8, 30), "1990-05-12 08:30:00"),  # noqa: DTZ001
        (time(8, 30), "08:30:00"),
        ("  张小满\u3000", "张小满"),
        ("'007", "007"),
        ("’007", "007"),
        ('="000124"', "000124"),
        ('=""', ""),
        ("张三_x000D_", "张三"),
        ("一_x000D__x000A_二", "一\n二"),
        ("a_x005F_x000D_", "a_x000D_"),
        ("_x4F60_", "_x4F60_"),  # only signs that XML cannot hold are written so
        ("张\u200b小满\ufeff", "张小满"),
        ("复诊\u00a0种植", "复诊 种植"),
        ("a\x00b\x07c", "abc"),
        ("一\n二", "一\n二"),
    ],
)
def test_a_value_reads_as_people_see_it(value: Any, text: str) -> None:
    assert plain(value) == text


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("13800138000", "+8613800138000"),
        ("１３８００１３８０００", "+8613800138000"),
        ("138-0013-8000", "+8613800138000"),
        ("138 0013 8000", "+8613800138000"),
        ("+86 13800138000", "+8613800138000"),
        ("13800138000.0", "+8613800138000"),
        ("1.3800138000E+10", "+8613800138000"),
        ("010-62345678", "+861062345678"),
        ("+852 9123 4567", "+85291234567"),
    ],
)
def test_a_telephone_is_read_in_every_form(text: str, phone: str) -> None:
    assert read_cell(Field.PHONE, text, TODAY) == phone


@pytest.mark.parametrize(
    ("text", "birthday"),
    [
        ("1990-05-12", solar(1990, 5, 12)),
        ("1990-5-12", solar(1990, 5, 12)),
        ("1990/5/12", solar(1990, 5, 12)),
        ("1990.5.12", solar(1990, 5, 12)),
        ("1990年5月12日", solar(1990, 5, 12)),
        ("19900512", solar(1990, 5, 12)),
        ("１９９０年５月１２日", solar(1990, 5, 12)),
        ("1990-05-12 00:00:00", solar(1990, 5, 12)),
        ("1990-05-12T00:00:00", solar(1990, 5, 12)),
        ("33005", solar(1990, 5, 12)),
        ("25/12/1985", solar(1985, 12, 25)),
        ("12/25/85", solar(1985, 12, 25)),
        ("90/5/12", solar(1990, 5, 12)),
        ("33005.0", solar(1990, 5, 12)),
        ("农历1990年八月十五", Birthday(calendar=Calendar.LUNAR, year=1990, month=8, day=15)),
        ("1988年腊月廿九", Birthday(calendar=Calendar.LUNAR, year=1988, month=12, day=29)),
    ],
)
def test_a_birthday_is_read_in_every_form(text: str, birthday: Birthday) -> None:
    assert read_cell(Field.BIRTHDAY, text, TODAY) == birthday


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        (Field.NAME, " 张　小满 ".strip(), "张小满"),
        (Field.NAME, "郭 芳", "郭芳"),
        (Field.NAME, "李 小 明", "李小明"),
        (Field.NAME, "John  Smith", "John Smith"),
        (Field.NAME, "阿依古丽·买买提", "阿依古丽·买买提"),
        (Field.GENDER, "女", Gender.FEMALE),
        (Field.GENDER, "先生", Gender.MALE),
        (Field.GENDER, "Ｆ", Gender.FEMALE),
        (Field.GENDER, "保密", Gender.UNKNOWN),
        (Field.RECORD_NUMBER, "A0012", "A0012"),
        (Field.RECORD_NUMBER, "10086.0", "10086"),
        (Field.IDENTITY, "11010119900307803x", "11010119900307803X"),
        (Field.IDENTITY, "110101 19900307 803X", "11010119900307803X"),
        (Field.IDENTITY, "E12345678", "E12345678"),
        (Field.TAGS, "复诊，种植、 VIP 客户;复诊", ("复诊", "种植", "VIP 客户")),
        (Field.NOTE, "周末方便", "周末方便"),
    ],
)
def test_other_cells_are_read(field: Field, text: str, value: Any) -> None:
    assert read_cell(field, text, TODAY) == value


@pytest.mark.parametrize(
    ("field", "text", "wrong"),
    [
        (Field.NAME, "13800138000", "不像姓名"),
        (Field.NAME, "<script>", "不像姓名"),
        (Field.PHONE, "1380013800", "是 10 位数字，不是有效号码"),
        (Field.PHONE, "62345678", "不是有效号码，座机可能缺区号"),
        (Field.PHONE, "没有", "没有数字，不是号码"),
        (Field.PHONE, "13800138000/13900139000", "一格里有两个号码"),
        (Field.PHONE, "13800138000 13900139000", "一格里有两个号码"),
        (Field.PHONE, "1.38E+10", "表格把号码显示成了科学计数，后几位已经丢失"),
        (Field.PHONE, "138OOO38000", "号码里有字母（字母 O、l 和数字 0、1 容易混）"),
        (Field.PHONE, "1380013800①", "是 11 位数字，不是有效号码"),
        (Field.GENDER, "1", "看不出是男是女"),
        (Field.BIRTHDAY, "5月12日", "只有月和日，没有年份"),
        (Field.BIRTHDAY, "0512", "只有月和日，没有年份"),
        (Field.BIRTHDAY, "512", "只有月和日，没有年份"),
        (Field.BIRTHDAY, "1225", "只有月和日，没有年份"),
        (Field.BIRTHDAY, "05-12", "只有月和日，没有年份"),
        (Field.BIRTHDAY, "1990", "只有年份，没有月和日"),
        (Field.BIRTHDAY, "1985.0", "只有年份，没有月和日"),
        (Field.BIRTHDAY, "1990年", "只有年份，没有月和日"),
        (Field.BIRTHDAY, "1990年5月", "只有年和月，没有日"),
        (Field.BIRTHDAY, "199005", "只有年和月，没有日"),
        (Field.BIRTHDAY, "1990-05", "只有年和月，没有日"),
        (Field.BIRTHDAY, "3300", "不是一个能确定的生日"),
        (Field.BIRTHDAY, "30/05/12", "看不出年、月、日的先后"),
        (Field.BIRTHDAY, "05/12/1990", "看不出年、月、日的先后"),
        (Field.BIRTHDAY, "1990-02-30", "不是一个能确定的生日"),
        (Field.BIRTHDAY, "2027-01-01", "不是一个能确定的生日"),
        (Field.BIRTHDAY, "99999", "不是一个能确定的生日"),
        (Field.RECORD_NUMBER, "1.2E+12", "表格把编号显示成了科学计数，后几位已经丢失"),
        (Field.IDENTITY, "110101199003078031", "身份证号不对：校验码或出生日期不符"),
        (Field.IDENTITY, "1.10101199003078E+17", "证件号存成了数字，第 15 位以后已经丢失"),
        (Field.IDENTITY, "123456789012", "不像证件号"),
        (Field.TAGS, "一个超过二十个字的标签一个超过二十个字的标签", "有一个标签太长"),
        (Field.NOTE, "#REF!", "这一格的公式出错了"),
    ],
)
def test_what_cannot_be_read_is_refused_with_words_an_expectation_and_an_example(
    field: Field, text: str, wrong: str
) -> None:
    with pytest.raises(CellError) as refused:
        read_cell(field, text, TODAY)
    assert refused.value.wrong == wrong
    assert refused.value.expected
    assert refused.value.example


@given(text=st.text(max_size=60), field=st.sampled_from(list(Field)))
def test_no_text_breaks_a_reader(text: str, field: Field) -> None:
    with contextlib.suppress(CellError):  # any other error fails the test
        read_cell(field, plain(text), TODAY)
