"""Workbooks to upload: honest ones, and ones that ask for more than they look like."""

import io
import secrets
import zipfile
from collections.abc import Callable

from openpyxl import Workbook

SHEET, STYLES, BOOK = "xl/worksheets/sheet1.xml", "xl/styles.xml", "xl/workbook.xml"
EMPTY_CELLS = (b"<row>" + b"<c/>" * 100_000 + b"</row>") * 110  # a quarter of a minute for openpyxl


def honest(rows: int = 2, columns: int = 2) -> bytes:
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet("名单")
    for number in range(rows):
        sheet.append([f"第{number}行{column}" for column in range(columns)])
    content = io.BytesIO()
    workbook.save(content)
    return content.getvalue()


def changed(part: str, change: Callable[[bytes], bytes]) -> bytes:
    """An honest workbook with one part changed."""
    content = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(honest())) as source,
        zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as target,
    ):
        for each in source.infolist():
            data = source.read(each)
            target.writestr(each.filename, change(data) if each.filename == part else data)
    return content.getvalue()


def before(end: bytes, more: bytes) -> Callable[[bytes], bytes]:
    """Put something before an end tag."""

    def change(data: bytes) -> bytes:
        assert end in data
        return data.replace(end, more + end)

    return change


def with_noise(more: bytes, part: str = SHEET, end: bytes = b"</sheetData>") -> bytes:
    """A workbook that is not small for what it unfolds to: it holds something that does not pack."""
    content = io.BytesIO(changed(part, before(end, more)))
    with zipfile.ZipFile(content, "a", zipfile.ZIP_STORED) as archive:
        archive.writestr("xl/media/noise.bin", secrets.token_bytes(1024 * 1024))
    return content.getvalue()
