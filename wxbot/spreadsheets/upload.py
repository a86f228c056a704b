"""What kind of file came, by its first bytes and not by its name; and its sheets, if it is one we read."""

import contextlib
from collections.abc import Sequence
from pathlib import Path

from wxbot.spreadsheets.delimited import decode, read_delimited
from wxbot.spreadsheets.errors import UploadRefusedError
from wxbot.spreadsheets.workbook import MOST_ROWS, SheetText, read_workbook

MOST_BYTES = 20 * 1024 * 1024
TOO_LARGE = "需要 20 MB 以内的文件，收到的更大。请只保留名单这一张表，或分成几个文件上传。"

_SAVE_AS = "请在 Excel 或 WPS 里打开它，选「文件 → 另存为 → Excel 工作簿 (.xlsx)」，再上传。"
_SIGNATURES: Sequence[tuple[bytes, str]] = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "旧版 .xls 文件，或加了打开密码的文件"),
    (b"%PDF", "PDF 文件"),
    (b"\x89PNG", "图片"),
    (b"\xff\xd8\xff", "图片"),
    (b"GIF8", "图片"),
    (b"Rar!", "RAR 压缩包"),
    (b"7z\xbc\xaf", "7z 压缩包"),
    (b"\x1f\x8b", "gzip 压缩包"),
    (b"{\\rtf", "RTF 文档"),
)
_PAGES = (b"<!doctype html", b"<html", b"<table", b"<?xml", b"<meta", b"<style")
_TEXT_ENDINGS = {".csv", ".txt", ".tsv"}
_WORKBOOK_ENDINGS = {".xlsx", ".xls", ".xlsm", ".et"}
TEXT_AS_WORKBOOK = (
    "需要 Excel 工作簿，收到的其实是一个文本文件，只是名字叫 {ending}。"
    "请把文件名的结尾改成 .csv 再上传，或在 Excel 里打开它、另存为「Excel 工作簿 (.xlsx)」。"
)
_LONGEST_CHARACTER = 4  # bytes, in UTF-8 and GB 18030
_ZIP = b"PK\x03\x04"


def read_upload(path: Path, filename: str) -> list[SheetText]:
    """The sheets of an uploaded file. Blocking: call it in a thread.

    Raises:
        UploadRefusedError: anything that is no .xlsx and no .csv, is broken, or holds nothing.
    """
    if path.stat().st_size > MOST_BYTES:
        raise UploadRefusedError(TOO_LARGE, too_large=True)
    with path.open("rb") as file:
        head = file.read(512)
    if not head:
        raise _unexpected("空文件（0 字节）")
    if head.startswith(_ZIP):
        sheets = read_workbook(path)
    else:
        _refuse_others(head, filename)
        sheets = read_delimited(path, Path(filename).stem or "csv")
    if not any(sheet.lines for sheet in sheets):
        if any(sheet.too_long for sheet in sheets):
            raise UploadRefusedError(
                f"需要 {MOST_ROWS:,} 行以内的名单，收到的表更长。请分成几个文件，分次导入。", too_large=True
            )
        raise UploadRefusedError("需要有表头和数据的表格，收到的文件里每张表都是空的。")
    return sheets


def _refuse_others(head: bytes, filename: str) -> None:
    for signature, kind in _SIGNATURES:
        if head.startswith(signature):
            raise _unexpected(kind)
    if head.lstrip(b"\xef\xbb\xbf \r\n\t").lower().startswith(_PAGES):
        raise _unexpected("网页格式的表格（有些系统导出的 .xls 其实是网页）")
    ending = Path(filename).suffix.lower()
    if ending in _WORKBOOK_ENDINGS and _is_text(head):
        raise UploadRefusedError(TEXT_AS_WORKBOOK.format(ending=ending))
    if ending not in _TEXT_ENDINGS:
        raise _unexpected(f"{ending} 文件" if ending else "没有扩展名的文件")


def _is_text(head: bytes) -> bool:
    """Whether a file begins as text in one of the encodings that are read; its last character may be cut off."""
    for cut in range(min(_LONGEST_CHARACTER, len(head))):
        with contextlib.suppress(UploadRefusedError):
            text = decode(head[: len(head) - cut])
            return all(sign.isprintable() or sign in "\r\n\t" for sign in text)
    return False


def _unexpected(received: str) -> UploadRefusedError:
    return UploadRefusedError(f"需要 .xlsx 文件（或 .csv），收到的是{received}。{_SAVE_AS}")
