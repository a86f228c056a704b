"""Read a .csv as rows of plain text, in the encodings Chinese spreadsheets write. Blocking: call it in a thread."""

import csv
import io
from pathlib import Path

from wxbot.spreadsheets.errors import UploadRefusedError
from wxbot.spreadsheets.workbook import MOST_COLUMNS, SheetText, plain

_DELIMITERS = ",\t;，"
_SAMPLE_LINES = 20
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))

UNREADABLE = "需要 .xlsx，或 UTF-8、GBK 编码的 .csv；收到的文件按这两种编码都读不出。请在 Excel 里另存为 .xlsx 再上传。"


def read_delimited(path: Path, name: str) -> list[SheetText]:
    """The one sheet of a .csv.

    Raises:
        UploadRefusedError: it is in neither encoding, or has a cell without end.
    """
    text = decode(path.read_bytes())
    sheet = SheetText(name=name)
    try:
        for line, values in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text)), 1):
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
    sample = "\n".join(text.split("\n", _SAMPLE_LINES)[:_SAMPLE_LINES])
    return max(_DELIMITERS, key=sample.count)
