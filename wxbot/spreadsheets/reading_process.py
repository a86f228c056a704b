"""Reads one uploaded file in a process of its own: `python -m wxbot.spreadsheets.reading_process FILE NAME`.

Spreadsheets come from outside and a small one can ask for any amount of time and memory. Here the machine sets the
limits, so the worst that a file reaches is the end of this process. It writes lines of JSON for `reader`: of each
sheet its head, then its rows; at last that it is through, or why the file is refused.
"""

import json
import os
import resource
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from wxbot.spreadsheets.errors import UploadRefusedError
from wxbot.spreadsheets.upload import read_upload
from wxbot.spreadsheets.workbook import SheetText

MEMORY_BYTES = 768 * 1024 * 1024  # of address space; the longest list takes a third
CPU_SECONDS = 30  # the longest list takes a quarter
NICER = 10  # than the service: answers to the platform come first
OPEN_FILES = 32
LINE_CHARACTERS = 200_000  # about as many in a line of ours, which ends with a row

TOO_MUCH_WORK = (
    "需要一份普通的名单，收到的文件内容过于复杂（例如大量样式、合并或空白单元格），没有读完。"
    "请新建一个工作簿，只把名单的文字粘贴进去（选择性粘贴 → 数值），再上传。"
)


def main() -> None:
    """Read the file that the arguments name."""
    _limit()
    path, filename = sys.argv[1:]
    try:
        for line in _lines(read_upload(Path(path), filename)):
            _write(line)
        _write({"through": True})
    except UploadRefusedError as error:
        _write({"refused": error.sentence, "too_large": error.too_large})
    except MemoryError:
        _write({"refused": TOO_MUCH_WORK, "too_large": True})
    sys.stdout.buffer.flush()


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a dump would hold patients
    os.nice(NICER)


def _lines(sheets: list[SheetText]) -> Iterator[Mapping[str, Any]]:
    for sheet in sheets:
        head = {"name": sheet.name, "hidden": sheet.hidden, "too_long": sheet.too_long}
        yield {**head, "hidden_rows": sheet.hidden_rows}
        rows: list[tuple[int, list[str]]] = []
        characters, hidden = 0, sheet.hidden_lines
        for line, cells in zip(sheet.lines, sheet.cells, strict=True):
            rows.append((line, cells))
            characters += sum(map(len, cells))
            if characters > LINE_CHARACTERS:
                yield {"rows": rows, "hidden": [each for each, _ in rows if each in hidden]}
                rows, characters = [], 0
        if rows:
            yield {"rows": rows, "hidden": [each for each, _ in rows if each in hidden]}


def _write(line: Mapping[str, Any]) -> None:
    text = json.dumps(line, ensure_ascii=False, separators=(",", ":"))
    sys.stdout.buffer.write(text.encode(errors="replace") + b"\n")


if __name__ == "__main__":
    main()
