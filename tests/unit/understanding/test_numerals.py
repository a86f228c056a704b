"""Numbers as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.every import every
from wxbot.understanding.message import normalise
from wxbot.understanding.numerals import LARGEST, choice_number, number

DIGITS = "零一二三四五六七八九"


def spoken(value: int) -> str:
    """一千零二十三, as it is said."""
    words, zero = "", False
    for unit, sign in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = value // unit % 10
        if digit == 0:
            zero = bool(words)
            continue
        words += ("零" if zero else "") + ("" if value < 20 and unit == 10 else DIGITS[digit]) + sign
        zero = False
    return words or "零"


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("两", 2), ("俩", 2), ("十", 10), ("十二", 12), ("二十", 20), ("二十三", 23), ("廿九", 29), ("卅", 30),
        ("三十一", 31),
        ("一百", 100), ("一百零五", 105), ("一百五", 150), ("一百五十", 150), ("二〇二六", 2026),
        ("二千零五", 2005), ("15", 15), ("〇", 0),
        ("三五", None), ("十十", None), ("百十", 110), ("一一十", None), ("", None), ("一万", None),
        ("10000", None), ("点", None),
    ],
)  # fmt: skip
def test_numerals(words: str, value: int | None) -> None:
    assert number(words) == value


@given(value=st.integers(0, LARGEST))
def test_every_number_is_read_as_it_is_said(value: int) -> None:
    assert number(spoken(value)) == number(str(value)) == value


@given(words=st.text(alphabet="零〇一二两三四五六七八九十百千廿卅0123456789万", max_size=14))
def test_nonsense_never_raises(words: str) -> None:
    value = number(words)
    assert value is None or 0 <= value <= LARGEST


@every(
    ("written", "value"),
    [
        ("1", 1), ("１", 1), ("1️⃣", 1), ("①", 1), ("❶", 1), ("一", 1), ("第一个", 1), ("第1个", 1),
        ("第一", 1), ("选1", 1), ("我选2", 2),
        ("选择第2个", 2), ("(1)", 1), ("（１）", 1), ("1.", 1), ("1、", 1), ("1吧", 1), ("就第二个吧", 2),
        ("【3】", 3), ("12", 12), ("㈡", 2),
        ("0", None), ("1 2", None), ("①②", None), ("3号", None), ("一个", None), ("两个", None),
        ("我要一个", None), ("一点", None),
        ("1个人", None), ("第一次", None), ("138001", None), ("", None), ("下午1点", None), ("1/2", None),
        ("-1", None), ("1.5", None),
    ],
)  # fmt: skip
def test_the_number_of_an_entry(written: str, value: int | None) -> None:
    assert choice_number(normalise(written).text) == value
