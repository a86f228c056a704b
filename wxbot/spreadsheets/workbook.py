"""Read every sheet of an .xlsx as rows of plain text. Blocking: call it in a thread."""

import re
import warnings
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, time
from pathlib import Path
from typing import Any, BinaryIO

from wxbot.spreadsheets.archive import BROKEN, inspect, merged_down
from wxbot.spreadsheets.errors import UploadRefusedError
from wxbot.spreadsheets.sheet_rows import existing_rows

MOST_ROWS = 20_000  # of data in one import
SLACK_ROWS = 30  # titles and header above the data
MOST_COLUMNS = 60  # looked at; a patient has eight fields
MOST_SHEETS = 12  # looked at
MOST_FILLED = 200_000  # cells of a file that take over the value of a merged one; eight columns of the longest list
MOST_LINES = 1_048_576  # a sheet has no more
LONGEST_CELL = 2_000  # characters kept of one cell; no field of a patient is longer
SURE_BELOW = 1e15  # a spreadsheet keeps 15 digits of a number; the rest it has made up
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_AS_TEXT = re.compile(r'="([^"]*)"')  # how a number is kept from losing its zeros: ="000124"
_ESCAPED = re.compile(r"_x(00[01][0-9A-Fa-f]|005F)_")  # signs that XML cannot hold, as workbooks write them
_APOSTROPHES = "'‘’＇`"  # as people and programs write them before a number

TOO_MUCH_MERGED = (
    "需要合并单元格不多的名单，收到的文件里合并的单元格展开后超过 200,000 格，没有打开。"
    "请在 Excel 里取消合并（或只保留名单这一张表），另存后再上传。"
)


@dataclass(kw_only=True)
class SheetText:
    """A sheet's rows that hold something, each with its line from 1; blank rows are left out."""

    name: str
    hidden: bool = False
    too_long: bool = False
    hidden_lines: set[int] = field(default_factory=set)  # of the rows: hidden by a filter or by hand
    lines: list[int] = field(default_factory=list)
    cells: list[list[str]] = field(default_factory=list)

    @property
    def hidden_rows(self) -> int:
        """How many of the rows that hold something are hidden."""
        return len(self.hidden_lines)

    def add(self, line: int, cells: list[str], *, hidden: bool = False) -> bool:
        """Keep a row unless it is blank; False when the sheet has become too long."""
        while cells and not cells[-1]:
            cells.pop()
        if not cells:
            return True
        if len(self.lines) >= MOST_ROWS + SLACK_ROWS:
            self.too_long = True
            self.lines.clear()
            self.hidden_lines.clear()
            self.cells.clear()
            return False
        if hidden:
            self.hidden_lines.add(line)
        self.lines.append(line)
        self.cells.append(cells)
        return True


def read_workbook(path: Path) -> list[SheetText]:
    """Every worksheet; formulas by the value they had when the file was saved.

    Raises:
        UploadRefusedError: no workbook, broken, or unfolding too far. MemoryError: the process's limit is reached.
    """
    inspect(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl warns of decorations that it leaves out
            with path.open("rb") as file:  # by its name, openpyxl would refuse what is not called .xlsx
                return list(_sheets(path, file))
    except (UploadRefusedError, MemoryError):
        raise
    except Exception as error:  # openpyxl raises whatever its parsers stumble over
        raise UploadRefusedError(BROKEN) from error


def _sheets(path: Path, file: BinaryIO) -> Iterator[SheetText]:
    from openpyxl import load_workbook  # noqa: PLC0415 - 20 MB with numpy, for the process that reads a workbook

    workbook = load_workbook(file, read_only=True, data_only=True, keep_links=False)
    filled = 0
    try:
        for worksheet in workbook.worksheets[:MOST_SHEETS]:
            sheet = SheetText(name=str(worksheet.title), hidden=worksheet.sheet_state != "visible")
            for line, values, hidden in existing_rows(worksheet, MOST_COLUMNS):
                if line > MOST_LINES:
                    break
                blank = all(value is None for value in values)  # as are most of a sheet formatted to its end
                if not blank and not sheet.add(line, [plain(value) for value in values], hidden=hidden):
                    break
            filled += _fill_merged(sheet, path, worksheet, MOST_FILLED - filled)
            yield sheet
    finally:
        workbook.close()


def _fill_merged(sheet: SheetText, path: Path, worksheet: Any, most: int) -> int:
    """Repeat a value that is merged over several rows in each of them that holds something itself; how many cells.

    Raises UploadRefusedError beyond `most`: ranges may overlap, and a small file could ask for billions.
    """
    filled = 0
    part = str(worksheet._worksheet_path)  # noqa: SLF001 - openpyxl reads merges only when it keeps everything in memory
    for column, top, bottom in merged_down(path, part):
        if column > MOST_COLUMNS:
            continue
        rows = range(bisect_left(sheet.lines, top), bisect_right(sheet.lines, bottom))
        if not rows or sheet.lines[rows[0]] != top:
            continue
        first = sheet.cells[rows[0]]
        value = first[column - 1] if len(first) >= column else ""
        filled += len(rows) - 1 if value else 0
        if filled > most:
            raise UploadRefusedError(TOO_MUCH_MERGED, too_large=True)
        for each in rows[1:] if value else ():
            cells = sheet.cells[each]
            cells.extend([""] * (column - len(cells)))
            cells[column - 1] = cells[column - 1] or value
    return filled


def plain(value: Any) -> str:
    """The text of a value: 13800000000.0 → 13800000000, a date → 1990-05-12, '007 → 007."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, datetime) and value.time() == time(0):
        return value.date().isoformat()
    return tidy(str(value))  # dates and times read as ISO


def tidy(text: str) -> str:
    """Text without what nobody sees, a leading apostrophe, and blanks around it; ="000124" as 000124."""
    whole = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text[:LONGEST_CELL])
    seen = _UNSEEN.sub("", whole.replace("\u00a0", " ").replace("\u3000", " ")).strip()
    if kept := _AS_TEXT.fullmatch(seen):
        seen = kept[1].strip()
    if seen[:1] and seen[0] in _APOSTROPHES:
        seen = seen[1:].lstrip()
    return seen


def _number(value: float) -> str:
    if abs(value) >= SURE_BELOW:
        return f"{value:.14E}"  # as the spreadsheet shows it; which digits were meant cannot be known any more
    return str(int(value)) if value == int(value) else repr(value)
