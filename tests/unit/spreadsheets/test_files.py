"""Files as they come: sheets, titles, merged cells, formulas, encodings; and those that are refused, in words."""

import io
import zipfile
from datetime import date
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.styles import PatternFill

from tests.workbooks import BOOK, changed
from wxbot.spreadsheets import workbook
from wxbot.spreadsheets.archive import inspect
from wxbot.spreadsheets.errors import UploadRefusedError
from wxbot.spreadsheets.sheet_rows import existing_rows
from wxbot.spreadsheets.upload import read_upload
from wxbot.spreadsheets.workbook import SheetText


def written(folder: Path, workbook: Workbook) -> Path:
    path = folder / "list.xlsx"
    workbook.save(path)
    return path


def test_the_name_a_file_is_kept_under_does_not_matter(tmp_path: Path) -> None:
    workbook = Workbook()
    workbook.create_sheet("名单").append(["姓名"])
    path = tmp_path / "upload"
    path.write_bytes(written(tmp_path, workbook).read_bytes())
    assert [sheet.name for sheet in read_upload(path, "名单.xls") if sheet.lines] == ["名单"]


def rows_of(sheet: SheetText) -> list[tuple[int, list[str]]]:
    return list(zip(sheet.lines, sheet.cells, strict=True))


def refusal(path: Path, name: str) -> str:
    with pytest.raises(UploadRefusedError) as refused:
        read_upload(path, name)
    return refused.value.sentence


def test_a_sheet_is_read_with_its_line_numbers_and_without_blank_rows(tmp_path: Path) -> None:
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet["A1"] = "客户名单"
    sheet.merge_cells("A1:C1")
    sheet.append(["姓名", "手机", "生日"])
    sheet.append([])
    sheet.append(["张小满", 13800138000.0, date(1990, 5, 12)])
    sheet["B7"] = "'13900139000"
    (read,) = read_upload(written(tmp_path, workbook), "list.xlsx")
    assert rows_of(read) == [
        (1, ["客户名单"]),
        (2, ["姓名", "手机", "生日"]),
        (4, ["张小满", "13800138000", "1990-05-12"]),
        (7, ["", "13900139000"]),
    ]


def test_a_value_merged_over_rows_counts_for_each_row_that_holds_something(tmp_path: Path) -> None:
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    for row in (["姓名", "手机"], ["张大满", "13800138000"], ["张小满"], [], ["李四", "13900139000"]):
        sheet.append(row)
    sheet.merge_cells("B2:B4")
    (read,) = read_upload(written(tmp_path, workbook), "list.xlsx")
    assert [cells for _, cells in rows_of(read)] == [
        ["姓名", "手机"],
        ["张大满", "13800138000"],
        ["张小满", "13800138000"],
        ["李四", "13900139000"],
    ]


def test_hidden_sheets_are_told_apart_and_all_are_read(tmp_path: Path) -> None:
    workbook = Workbook()
    first, second = workbook.active, workbook.create_sheet("旧名单")
    assert first is not None
    first.title = "名单"
    first.append(["姓名"])
    second.append(["姓名"])
    second.sheet_state = "hidden"
    sheets = read_upload(written(tmp_path, workbook), "list.xlsx")
    assert [(sheet.name, sheet.hidden) for sheet in sheets] == [("名单", False), ("旧名单", True)]


def test_hidden_rows_are_counted_where_they_hold_something(tmp_path: Path) -> None:
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    for row in (["姓名"], ["张大满"], ["张小满"], ["李四"]):
        sheet.append(row)
    for line in (3, 4, 9):
        sheet.row_dimensions[line].hidden = True
    (read,) = read_upload(written(tmp_path, workbook), "list.xlsx")
    assert (read.lines, read.hidden_rows) == ([1, 2, 3, 4], 2)


def test_a_sheet_costs_what_rows_it_has_not_how_far_it_reaches(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["姓名", "手机"])
    sheet["C1048576"].fill = PatternFill("solid", fgColor="FFFF00")
    sheet["B1048575"] = "13800138000"
    path = written(tmp_path, book)
    opened = load_workbook(path, read_only=True)
    rows = [(line, values) for line, values, _ in existing_rows(opened.active, 60)]
    assert rows == [(1, ["姓名", "手机"]), (1_048_575, [None, "13800138000"]), (1_048_576, [None, None, None])]
    (read,) = read_upload(path, "list.xlsx")
    assert rows_of(read) == [(1, ["姓名", "手机"]), (1_048_575, ["", "13800138000"])]


def test_a_strict_workbook_is_named_for_what_it_is(tmp_path: Path) -> None:
    def strict(data: bytes) -> bytes:
        usual = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
        assert usual in data
        return data.replace(usual, b"http://purl.oclc.org/ooxml/spreadsheetml/main")

    path = tmp_path / "list.xlsx"
    path.write_bytes(changed(BOOK, strict))
    assert "收到的是「Strict Open XML 电子表格」" in refusal(path, "list.xlsx")


@pytest.mark.parametrize("encoding", ["utf-8", "gbk", "utf-16"])
@pytest.mark.parametrize("cut", range(4))
def test_a_text_file_called_xlsx_is_named_for_what_it_is(tmp_path: Path, encoding: str, cut: int) -> None:
    path = tmp_path / "list.xlsx"
    path.write_bytes(("a" * cut + "姓名,手机\n" + "张小满,13800138000\n" * 99).encode(encoding))
    assert "收到的其实是一个文本文件，只是名字叫 .xlsx" in refusal(path, "list.xlsx")


def test_a_formula_counts_by_the_value_it_had_and_never_runs(tmp_path: Path) -> None:
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.append(["姓名", "手机"])
    sheet.append(["张小满", '=HYPERLINK("http://example.com","13800138000")'])
    (read,) = read_upload(written(tmp_path, workbook), "list.xlsx")
    assert rows_of(read)[1] == (2, ["张小满"])  # never computed: there is no value


def test_more_rows_than_one_import_takes_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    path.write_text("姓名,手机\n" + "张小满,13800138000\n" * 20_050)
    assert refusal(path, "long.csv") == "需要 20,000 行以内的名单，收到的表更长。请分成几个文件，分次导入。"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_a_csv_is_read_in_every_usual_encoding(tmp_path: Path, encoding: str, delimiter: str) -> None:
    path = tmp_path / "list.csv"
    text = "\r\n".join(delimiter.join(row) for row in (["姓名", "手机"], ["张小满", "'13800138000"], []))
    path.write_bytes(text.encode(encoding))
    (read,) = read_upload(path, "list.csv")
    assert rows_of(read) == [(1, ["姓名", "手机"]), (2, ["张小满", "13800138000"])]


@pytest.mark.parametrize(
    "text",
    [
        "姓名,手机,备注\n张小满,13800138000,怕疼，怕酸，怕冷，怕热\n",
        "姓名,手机,备注\n张小满,13800138000,a;b;c;d;e;f;g\n",
        "姓名\t手机\t备注\n张小满\t13800138000\ta,b,c,d,e,f\n",
        '姓名;手机;备注\n张小满;13800138000;"a,b,c\nd,e,f"\n',
        "客户名单，2026年，全部，共一位\n姓名,手机,备注\n张小满,13800138000,a，b，c\n",
        "sep=;\n姓名;手机;备注\n张小满;13800138000;a,b,c,d\n",
        "甲\t乙\t丙\n张小满\t13800138000\ta,b\n李四\t13900139000\tx\n王五\t13700137000\ta,b,c\n",
    ],
)
def test_signs_within_notes_do_not_cut_a_csv(tmp_path: Path, text: str) -> None:
    path = tmp_path / "list.csv"
    path.write_text(text)
    (read,) = read_upload(path, "list.csv")
    (person,) = [cells for cells in read.cells if cells[0] == "张小满"]
    assert (person[1], len(person)) == ("13800138000", 3)


def test_a_list_of_one_column_is_not_cut_at_all(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("手机\n13800138000\n13900139000\n")
    (read,) = read_upload(path, "list.csv")
    assert read.cells == [["手机"], ["13800138000"], ["13900139000"]]


@pytest.mark.parametrize(
    ("content", "name", "received"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "list.xls", "收到的是旧版 .xls 文件，或加了打开密码的文件"),
        (b"%PDF-1.7", "list.pdf", "收到的是PDF 文件"),
        (b"\x89PNG\r\n", "list.xlsx", "收到的是图片"),
        (b"<html><table>", "list.xls", "收到的是网页格式的表格"),
        (b"hello", "list.docx", "收到的是.docx 文件"),
        (b"hello", "list", "收到的是没有扩展名的文件"),
        (b"", "list.xlsx", "收到的是空文件（0 字节）"),
    ],
)
def test_another_kind_of_file_is_refused_with_what_came_and_what_to_do(
    tmp_path: Path, content: bytes, name: str, received: str
) -> None:
    path = tmp_path / "upload"
    path.write_bytes(content)
    words = refusal(path, name)
    assert words.startswith("需要 .xlsx 文件（或 .csv），")
    assert received in words
    assert "另存为" in words


def test_bytes_in_no_encoding_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(b"\x81\xff\x00\xfe" * 20)
    assert "两种编码都读不出" in refusal(path, "list.csv")


def test_another_zip_and_a_broken_workbook_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "upload"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    assert "收到的是另一种压缩文件" in refusal(path, "list.xlsx")
    good = written(tmp_path, Workbook())
    path.write_bytes(good.read_bytes()[:-200])
    assert "打不开" in refusal(path, "list.xlsx")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.xml", "<broken")
    assert "打不开" in refusal(path, "list.xlsx")


def test_a_small_file_that_would_unfold_to_much_is_refused_before_it_is_parsed(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (130 * 1024 * 1024))
    assert path.stat().st_size < 1_000_000
    with pytest.raises(UploadRefusedError) as refused:
        read_upload(path, "bomb.xlsx")
    assert refused.value.too_large


def test_a_workbook_that_declares_entities_is_refused(tmp_path: Path) -> None:
    good = written(tmp_path, Workbook())
    evil = io.BytesIO()
    with zipfile.ZipFile(good) as source, zipfile.ZipFile(evil, "w") as target:
        for part in source.infolist():
            content = source.read(part)
            if part.filename == "xl/workbook.xml":
                content = b'<!DOCTYPE x [<!ENTITY a "aaaa">]>' + content
            target.writestr(part.filename, content)
    path = tmp_path / "evil.xlsx"
    path.write_bytes(evil.getvalue())
    assert "打不开" in refusal(path, "evil.xlsx")


def test_empty_sheets_are_refused(tmp_path: Path) -> None:
    assert "每张表都是空的" in refusal(written(tmp_path, Workbook()), "list.xlsx")


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


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-be"])
def test_a_workbook_with_a_doctype_is_refused_in_whatever_encoding(tmp_path: Path, encoding: str) -> None:
    laughs = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><workbook>&b;</workbook>'
    path = tmp_path / "upload"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.xml", laughs.encode(encoding))
    with pytest.raises(UploadRefusedError):
        inspect(path)
