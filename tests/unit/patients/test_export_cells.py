"""No text becomes a formula: however it begins, the written file reads it back as text that runs nowhere."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from wxbot.patients.exports.cells import neutral, text_cell

STARTS = ["=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠", " =", "\u200b=", "\ufeff+", "\u00a0@", "\n-"]


@pytest.mark.parametrize("start", STARTS)
def test_what_a_spreadsheet_could_run_gets_an_apostrophe(start: str) -> None:
    assert neutral(f"{start}1+1").startswith("'")


@pytest.mark.parametrize("text", ["张小满", "138 0013 8000", "1990-05-12", "a=b", "说明：=1", ""])
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert neutral(text) == text


def read_back(texts: list[str]) -> list[tuple[object, str]]:
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet()
    for text in texts:
        sheet.append([text_cell(sheet, text)])
    target = io.BytesIO()
    workbook.save(target)
    active = load_workbook(target).active
    assert active is not None
    return [(row[0].value, row[0].data_type) for row in active.iter_rows()]


def test_the_written_cell_is_text() -> None:
    cells = read_back(['=HYPERLINK("http://example.com")', "+8613800138000", "@SUM(1)", "普通"])
    assert cells == [
        ('\'=HYPERLINK("http://example.com")', "s"),
        ("'+8613800138000", "s"),
        ("'@SUM(1)", "s"),
        ("普通", "s"),
    ]


risky = st.tuples(st.sampled_from(STARTS), st.text(max_size=20)).map("".join)


@given(texts=st.lists(st.one_of(risky, st.text(min_size=1, max_size=20)), min_size=1, max_size=8))
def test_nothing_that_is_written_reads_back_as_a_formula(texts: list[str]) -> None:
    for value, kind in read_back(texts):
        assert kind != "f"
        if isinstance(value, str):
            visible = value.lstrip(" \t\r\n\u00a0\u200b\ufeff")
            assert visible[:1] not in set("=+-@＝＋－＠")
