"""Amounts of money in a text, and numbers that are none."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wxbot.quality.amounts import amounts, chinese_number


def found(text: str) -> list[tuple[str, int, int]]:
    return [(text[each.start : each.end], each.low, each.high) for each in amounts(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("现场12,800起", [("12,800", 12_800, 12_800)]),
        ("６８００元", [("６８００元", 6_800, 6_800)]),
        ("报6,800–12,800", [("6,800–12,800", 6_800, 12_800)]),
        ("180到320元", [("180到320元", 180, 320)]),
        ("1到2万", [("1到2万", 10_000, 20_000)]),
        ("一万二", [("一万二", 12_000, 12_000)]),
        ("1.28万", [("1.28万", 12_800, 12_800)]),
        ("1万2", [("1万2", 12_000, 12_000)]),
        ("￥199", [("￥199", 199, 199)]),
        ("99块钱", [("99块钱", 99, 99)]),
        ("只要99", [("99", 99, 99)]),
        ("三百八", [("三百八", 380, 380)]),
        ("两千五百块", [("两千五百块", 2_500, 2_500)]),
        ("2k", [("2k", 2_000, 2_000)]),
        ("大概12,800", [("12,800", 12_800, 12_800)]),
    ],
)
def test_an_amount_is_read_however_it_is_written(text: str, expected: list[tuple[str, int, int]]) -> None:
    assert found(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "大约30分钟",
        "两颗",
        "3月12日下午2:30",
        "14:00到15:30",
        "0555-000-0188",
        "晨光路88号2层",
        "38度5",
        "一起来",
        "一般要做三到五次",
        "2027年",
        "第一次",
        "B2楼",
        "一千例",
        "每天一次",
        "花10分钟",
    ],
)
def test_a_number_that_counts_something_else_is_no_amount(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("words", "value"),
    [("一百零五", 105), ("一百五", 150), ("十二", 12), ("两千零五", 2_005), ("十万", 100_000), ("一万零三百", 10_300)],
)
def test_chinese_numbers(words: str, value: int) -> None:
    assert chinese_number(words) == value


@pytest.mark.parametrize("words", ["", "万", "一一", "一万二万", "零百"])
def test_what_is_no_number(words: str) -> None:
    assert chinese_number(words) is None


@given(st.text(alphabet="0123456789,.万千百一二三元块到-–起¥￥ 洗牙，。", max_size=60))
def test_any_text_can_be_read_and_spans_lie_inside_in_order(text: str) -> None:
    read = amounts(text)
    assert all(0 <= each.start < each.end <= len(text) and each.low <= each.high for each in read)
    assert all(one.end <= other.start for one, other in pairwise(read))
