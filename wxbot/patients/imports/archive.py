"""Look into an .xlsx before anything parses it: is it one, how large would it become, which cells are merged.

An .xlsx is a zip of XML files. A small one can unfold to gigabytes, so the declared sizes are summed first; the zip
reader never yields more than what is declared. No spreadsheet program writes a DOCTYPE, so one that has it is refused.
"""

import re
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path

from wxbot.patients.imports.models import UploadRefusedError

MOST_UNFOLDED_BYTES = 120 * 1024 * 1024  # all parts together; 20,000 rows of patients take about 20 MB
MOST_SHARED_BYTES = 60 * 1024 * 1024  # the shared texts: the only part that is held in memory as a whole
MOST_PARTS = 2_000
_CHUNK = 1024 * 1024
_OVERLAP = 64
_FORBIDDEN = tuple(  # XML may be written in these
    words.encode(encoding) for words in ("<!DOCTYPE", "<!ENTITY") for encoding in ("utf-8", "utf-16-le", "utf-16-be")
)
_MERGED = re.compile(rb'<mergeCell\s+ref="\$?([A-Z]{1,3})\$?(\d{1,7}):\$?([A-Z]{1,3})\$?(\d{1,7})"')
_WORKBOOK = "xl/workbook.xml"
_MOST_MERGES = 100_000

BROKEN = "需要完好的 .xlsx 文件，收到的文件打不开（可能没有传完，或已损坏）。请在 Excel 里打开它、另存一份再上传。"
TOO_LARGE = "需要 20,000 行以内的名单，收到的文件展开后超过 120 MB，没有打开。请只保留名单这一张表，另存后再上传。"
NOT_A_WORKBOOK = "需要 Excel 工作簿 .xlsx，收到的是另一种压缩文件（例如 Word 文档或 zip）。请上传表格文件。"

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
            shared = sum(part.file_size for part in parts if part.filename.endswith("sharedStrings.xml"))
            whole = sum(part.file_size for part in parts)
            if whole > MOST_UNFOLDED_BYTES or shared > MOST_SHARED_BYTES or len(parts) > MOST_PARTS:
                raise UploadRefusedError(TOO_LARGE, too_large=True)
            for part in parts:
                if part.filename.endswith((".xml", ".rels")):
                    _scan(archive, part)
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


def _scan(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    before = b""
    with archive.open(part) as stream:
        while chunk := stream.read(_CHUNK):
            window = before + chunk
            if any(word in window for word in _FORBIDDEN):
                raise UploadRefusedError(BROKEN)
            before = window[-_OVERLAP:]


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64  # A is 1
    return number
