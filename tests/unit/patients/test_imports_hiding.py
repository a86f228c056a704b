"""What the pages of an import show of a cell."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wxbot.patients.imports.hiding import hidden
from wxbot.patients.imports.models import Field


@pytest.mark.parametrize(
    ("text", "field", "shown"),
    [
        ("13900139000", None, "139****9000"),
        ("13900139000", Field.PHONE, "139****9000"),
        ("1390013900", Field.PHONE, "139***3900"),
        ("62345678", Field.PHONE, "623*5678"),
        ("123", Field.PHONE, "*23"),
        ("无", Field.PHONE, "无"),
        ("张三13900139000请回电", Field.NOTE, "张三139****9000请回电"),
        ("１３９００１３９０００", None, "139****9000"),
        ("138 0013 8000", Field.NAME, "138****8000"),
        ("+86 138-0013-8000", None, "+86*******8000"),
        ("010-6234 5678", None, "010****5678"),
        ("1.38001380001E+10", None, "138*****0001E+10"),
        ("13800138000/13900139000", None, "138***************9000"),
        ("11010119900307803X", None, "110***********803X"),
        ("11010119900307803X", Field.IDENTITY, "1101****803X"),
        ("110101900307803", None, "110********7803"),
        ("E12345678", None, "E12**5678"),
        ("E12345678", Field.IDENTITY, "E123****5678"),
        ("A20260001", Field.RECORD_NUMBER, "A20260001"),
        ("1990-05-12", Field.BIRTHDAY, "1990-05-12"),
        ("1990-05-12 00:00:00", None, "1990-05-12 00:00:00"),
        ("19900512", None, "19900512"),
        ("女", Field.GENDER, "女"),
        ("", Field.PHONE, ""),
    ],
)
def test_a_cell_shows_no_more_of_a_number_than_a_masked_one(text: str, field: Field | None, shown: str) -> None:
    assert hidden(text, field) == shown


@given(number=st.from_regex(r"1[3-9]\d{9}", fullmatch=True), around=st.text(max_size=8))
def test_no_mobile_number_is_shown_whole_wherever_it_stands(number: str, around: str) -> None:
    for field in (None, *Field):
        assert number not in hidden(f"{around}{number}", field)
        assert number not in hidden(f"{number}{around}", field)
