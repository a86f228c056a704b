"""Merged cells that would unfold without end."""

from pathlib import Path

import pytest
from openpyxl import Workbook

from wxbot.patients.imports import workbook
from wxbot.patients.imports.models import UploadRefusedError


def a_book(path: Path, rows: int, times: int) -> Path:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in range(1, rows + 1):
        sheet.cell(row, 1, f"值{row}")
    for first in range(1, times + 1):
        sheet.merge_cells(start_row=first, start_column=2, end_row=rows, end_column=2)
        sheet.cell(1, 2).value = "家庭"
    for row in range(2, rows + 1):  # the cells beside keep their rows
        sheet.cell(row, 1, f"值{row}")
    book.save(path)
    return path


def test_merged_cells_are_filled_up_to_a_limit_and_refused_beyond_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = a_book(tmp_path / "a.xlsx", rows=11, times=1)
    monkeypatch.setattr(workbook, "MOST_FILLED", 10, raising=True)
    (sheet,) = workbook.read_workbook(path)
    assert [row[1] for row in sheet.cells] == ["家庭"] * 11
    monkeypatch.setattr(workbook, "MOST_FILLED", 9)
    with pytest.raises(UploadRefusedError) as caught:
        workbook.read_workbook(path)
    assert "合并" in caught.value.sentence
    assert "200,000" in caught.value.sentence
