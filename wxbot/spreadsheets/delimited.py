"""Read a .csv as rows of plain text, in the encodings Chinese spreadsheets write. Blocking: call it in a thread."""

import csv
import io
import re
from collections import Counter
from itertools import islice
from pathlib import Path

from wxbot.spreadsheets.errors import UploadRefusedError
from wxbot.spreadsheets.workbook import MOST_COLUMNS, SheetText, plain

_DELIMITERS = ",\t;，|"
_SAMPLE_ROWS = 100
_SAMPLE_CHARACTERS = 64_000
_TOLD = re.compile(r"sep=([,\t;，|])\r?\n", re.IGNORECASE)  # as spreadsheet programs note it above the header
_HEADERS = frozenset(  # of lists of people: a row that falls into them is cut at the right sign
    {"姓名", "手机", "手机号", "电话", "联系电话", "性别", "生日", "出生日期", "备注", "标签", "病历号", "身份证号"}
    | {"name", "phone", "mobile", "gender", "birthday", "note", "tags", "日期", "名称"}
)
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))

UNREADABLE = "需要 .xlsx，或 UTF-8、GBK 编码的 .csv；收到的文件按这两种编码都读不出。请在 Excel 里另存为 .xlsx 再上传。"


def read_delimited(path: Path, name: str) -> list[SheetText]:
    """The one sheet of a .csv.

    Raises:
        UploadRefusedError: it is in neither encoding, or has a cell without end.
    """
    text = decode(path.read_bytes())
    sheet = SheetText(name=name)
    told = _TOLD.match(text)
    delimiter = told[1] if told else _delimiter(text)
    first = 2 if told else 1
    if told:
        text = text[told.end() :]
    try:
        for line, values in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), first):
            if not sheet.add(line, [plain(value) for value in values[:MOST_COLUMNS]]):
                break
    except csv.Error as error:
        raise UploadRefusedError(UNREADABLE) from error
    return [sheet]


def decode(content: bytes) -> str:
    """The text of a file in UTF-8, UTF-16 with its mark, or GBK (GB 18030); raises UploadRefusedError."""
    marked = next((encoding for mark, encoding in _MARKS if content.startswith(mark)), None)
    for encoding in (marked,) if marked else ("utf-8", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise UploadRefusedError(UNREADABLE)


def _delimiter(text: str) -> str:
    """The sign that cuts the rows into known headers and equally many columns; signs within notes do neither."""
    return max(_DELIMITERS, key=lambda sign: _fits(text[:_SAMPLE_CHARACTERS], sign))


def _fits(sample: str, delimiter: str) -> tuple[int, float, int]:
    """How well a sign cuts: headers found in one row, share of the rows with as many columns as most, that number."""
    try:
        rows = list(islice(csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter), _SAMPLE_ROWS))
    except csv.Error:
        return (0, 0.0, 0)
    rows = [row for row in rows if any(cell.strip() for cell in row)]
    known = max((sum(plain(cell).lower() in _HEADERS for cell in row) for row in rows), default=0)
    wide = Counter(len(row) for row in rows if len(row) > 1)
    if not wide:
        return (0, 0.0, 0)
    columns, times = max(wide.items(), key=lambda it: (it[1], it[0]))
    return (known, times / len(rows), columns)
