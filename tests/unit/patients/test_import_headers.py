"""The header is found below titles, and columns are recognised by what people call them."""

import pytest

from wxbot.patients.imports.headers import find_header, guess_columns, signature
from wxbot.patients.imports.models import Field

NAME, PHONE, GENDER, BIRTHDAY = Field.NAME, Field.PHONE, Field.GENDER, Field.BIRTHDAY
NUMBER, IDENTITY, TAGS, NOTE = Field.RECORD_NUMBER, Field.IDENTITY, Field.TAGS, Field.NOTE


@pytest.mark.parametrize(
    ("header", "fields"),
    [
        (["姓名", "手机", "性别", "生日"], [NAME, PHONE, GENDER, BIRTHDAY]),
        (["患者姓名", "联系方式", "出生日期", "档案号"], [NAME, PHONE, BIRTHDAY, NUMBER]),
        (["客户", "电话", "身份证号", "分类", "备注"], [NAME, PHONE, IDENTITY, TAGS, NOTE]),
        (["*姓名（必填）", "手机号码：", "证 件 号"], [NAME, PHONE, IDENTITY]),
        (["Name", "Mobile", "Gender", "Birthday", "Tags"], [NAME, PHONE, GENDER, BIRTHDAY, TAGS]),
        (["客户电话", "患者生日", "客户等级"], [PHONE, BIRTHDAY, None]),
        (["客户等级", "客户姓名", "会员手机"], [None, NAME, PHONE]),
        (["会员等级", "顾客名称", "手机（微信同号）"], [None, NAME, PHONE]),
        (["名字", "手机微信同号", "会员余额"], [NAME, PHONE, None]),
        (["会员卡号", "客户编号", "患者"], [NUMBER, None, NAME]),
        (["手机/电话", "顾客姓名", "病案号"], [PHONE, NAME, NUMBER]),
        (["姓名", "姓名", "联系电话", "手机"], [NAME, None, PHONE, None]),
        (["序号", "医生姓名", "介绍人电话", "建档日期", "微信来源"], [None, None, None, None, None]),
        (["姓名", "客户来源", "末次就诊日期"], [NAME, Field.ORIGIN, Field.LAST_VISIT]),
    ],
)
def test_columns_are_guessed_by_their_names(header: list[str], fields: list[Field | None]) -> None:
    guessed = guess_columns(header)
    assert [guessed.get(str(position)) for position in range(len(header))] == fields


def test_the_header_stands_below_titles_and_notes() -> None:
    titles = [["某某门诊客户名单"], ["导出时间", "2026-11-01"]]
    rows = [*titles, ["姓名", "手机", "备注"], ["张小满", "13800138000", "电话"]]
    assert find_header(rows) == 2


def test_without_any_known_name_the_first_row_is_the_header() -> None:
    assert find_header([["甲", "乙"], ["丙", "丁"]]) == 0
    assert find_header([]) == 0


def test_a_list_of_a_single_column_has_a_header_too() -> None:
    assert find_header([["名单"], ["手机"], ["13800138000"]]) == 1


def test_the_same_header_has_the_same_signature_however_it_is_decorated() -> None:
    assert signature(["姓名*", " 手机 "]) == signature(["姓名", "手机"])
    assert signature(["姓名", "手机"]) != signature(["手机", "姓名"])
