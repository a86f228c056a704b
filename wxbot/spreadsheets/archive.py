"""Look into an .xlsx before anything parses it: is it one, how large would it become, which cells are merged.

An .xlsx is a zip of XML files. A small one can unfold to gigabytes, so the declared sizes are summed first; the zip
reader never yields more than what is declared. No spreadsheet program writes a DOCTYPE, so one that has it is refused.
"""

import re
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path

from wxbot.spreadsheets.errors import UploadRefusedError

MOST_UNFOLDED_BYTES = 120 * 1024 * 1024  # all parts together; 20,000 rows of patients take about 20 MB
MOST_SHARED_BYTES = 60 * 1024 * 1024  # the shared texts: the only part that is held in memory as a whole
MOST_PARTS = 2_000
MOST_RATIO = 250  # unfolded to packed, of files that unfold to more than SMALL_BYTES; lists reach 20 to 60
SMALL_BYTES = 8 * 1024 * 1024
MOST_TAGS = 400_000  # of styles, names and properties, which are held in memory; a spreadsheet has 65,490 cell styles
MOST_SHEET_TAGS = 12_000_000  # of all sheets, and of the shared texts; 20,000 rows of 60 columns take five million
_CHUNK = 1024 * 1024
_OVERLAP = 64
_FORBIDDEN = tuple(  # XML may be written in these
    words.encode(encoding) for words in ("<!DOCTYPE", "<!ENTITY") for encoding in ("utf-8", "utf-16-le", "utf-16-be")
)
_MERGED = re.compile(rb'<mergeCell\s+ref="\$?([A-Z]{1,3})\$?(\d{1,7}):\$?([A-Z]{1,3})\$?(\d{1,7})"')
_WORKBOOK = "xl/workbook.xml"
_STRICT = b"http://purl.oclc.org/ooxml/spreadsheetml/main"  # the namespace of ISO 29500 Strict
_READ_IN_PIECES = ("xl/worksheets/", "xl/sharedStrings.xml", "xl/drawings/", "xl/charts/")  # or not at all
_MOST_MERGES = 100_000

BROKEN = "需要完好的 .xlsx 文件，收到的文件打不开（可能没有传完，或已损坏）。请在 Excel 里打开它、另存一份再上传。"
TOO_LARGE = "需要 20,000 行以内的名单，收到的文件展开后超过 120 MB，没有打开。请只保留名单这一张表，另存后再上传。"
TOO_EMPTY = (
    "需要一份普通的名单，收到的文件里样式、名称或空白单元格太多，没有打开。"
    "请新建一个工作簿，只把名单的文字粘贴进去（选择性粘贴 → 数值），再上传。"
)
NOT_A_WORKBOOK = "需要 Excel 工作簿 .xlsx，收到的是另一种压缩文件（例如 Word 文档或 zip）。请上传表格文件。"

STRICT = (
    "需要普通的 .xlsx，收到的是「Strict Open XML 电子表格」。"
    "请在 Excel 里选「文件 → 另存为 → Excel 工作簿 (.xlsx)」（不选 Strict），再上传。"
)

Merge = tuple[int, int, int]
"""A column (from 1) whose cells are one from a first to a last row."""


def inspect(path: Path) -> None:
    """Refuse what is no workbook, or would unfold too far. Reads every part once, in small pieces.

    Raises:
        UploadRefusedError: with words for staff.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            if _WORKBOOK not in {part.filename for part in parts}:
                raise UploadRefusedError(NOT_A_WORKBOOK)
            with archive.open(_WORKBOOK) as stream:
                if _STRICT in stream.read(_CHUNK):
                    raise UploadRefusedError(STRICT)
            shared = sum(part.file_size for part in parts if part.filename.endswith("sharedStrings.xml"))
            whole = sum(part.file_size for part in parts)
            if whole > MOST_UNFOLDED_BYTES or shared > MOST_SHARED_BYTES or len(parts) > MOST_PARTS:
                raise UploadRefusedError(TOO_LARGE, too_large=True)
            if whole > SMALL_BYTES and whole > MOST_RATIO * path.stat().st_size:
                raise UploadRefusedError(TOO_EMPTY, too_large=True)
            tags = {True: 0, False: 0}
            for part in parts:
                if part.filename.endswith((".xml", ".rels")):
                    tags[part.filename.startswith(_READ_IN_PIECES)] += _scan(archive, part)
            if tags[False] > MOST_TAGS or tags[True] > MOST_SHEET_TAGS:
                raise UploadRefusedError(TOO_EMPTY, too_large=True)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        raise UploadRefusedError(BROKEN) from error  # RuntimeError: a part with a password


def merged_down(path: Path, part: str) -> Sequence[Merge]:
    """The columns of a sheet whose cells are merged over several rows; a merge over columns is left out."""
    found: list[Merge] = []
    before = b""
    with zipfile.ZipFile(path) as archive, archive.open(part) as stream:
        while chunk := stream.read(_CHUNK):
            window = before + chunk
            for match in _MERGED.finditer(window):
                first, top, last, bottom = match.groups()
                if first == last and top != bottom:
                    found.append((_column(first), int(top), int(bottom)))
            before = window[window.rfind(b"<") :] if b"<" in window[-_OVERLAP:] else b""
            if len(found) > _MOST_MERGES:
                break
    return found


def _scan(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> int:
    """Refuse a part that declares entities; the number of its tags, opening and closing ones."""
    before, tags = b"", 0
    with archive.open(part) as stream:
        while chunk := stream.read(_CHUNK):
            window = before + chunk
            if any(word in window for word in _FORBIDDEN):
                raise UploadRefusedError(BROKEN)
            before = window[-_OVERLAP:]
            tags += chunk.count(b"<")
    return tags


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64  # A is 1
    return number
