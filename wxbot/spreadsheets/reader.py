"""Has uploaded files read by a process of its own, one at a time, within limits of time and memory."""

import asyncio
import contextlib
import json
import os
import signal
import sys
import tempfile
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wxbot.logs import get_logger
from wxbot.spreadsheets.archive import BROKEN
from wxbot.spreadsheets.errors import UploadRefusedError
from wxbot.spreadsheets.reading_process import TOO_MUCH_WORK

log = get_logger(__name__)

READ_SECONDS = 60.0  # how long the process is waited for, all in all
MOST_WAITING = 3  # files in line behind the one being read; each holds a browser and a file on the disk
LINE_BYTES = 4 * 1024 * 1024  # in one line of the process
MODULE = "wxbot.spreadsheets.reading_process"
OUT_OF_TIME = (-signal.SIGXCPU, -signal.SIGKILL)

_IMPORTED_FROM = [str(Path(part).absolute()) for part in sys.path]

BUSY = "正在读取同事们刚上传的几个文件，您的文件还没有上传成功。请过一分钟再上传一次。"


@dataclass(frozen=True)
class SheetHead:
    """A sheet begins; its rows follow."""

    name: str
    hidden: bool
    too_long: bool
    hidden_rows: int = 0  # that hold something


@dataclass(frozen=True)
class SheetRows:
    """Rows of the sheet that began last: line from 1 and cells of each, and which lines are hidden."""

    rows: Sequence[tuple[int, tuple[str, ...]]]
    hidden: frozenset[int] = frozenset()


class UploadReader:
    """Reads uploaded files outside of the service's own process."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._asking = 0

    @property
    def reading(self) -> bool:
        """Whether a file is being read."""
        return self._turn.locked()

    @asynccontextmanager
    async def read(self, path: Path, filename: str) -> AsyncIterator[AsyncIterator[SheetHead | SheetRows]]:
        """The sheets of a file, piece by piece, when its turn has come.

        Raises:
            UploadRefusedError: too many files wait, or the file cannot be read within the limits; in words for staff.
        """
        if self._asking > MOST_WAITING:
            raise UploadRefusedError(BUSY)
        self._asking += 1
        try:
            async with self._turn, _process(path, filename) as process, aclosing(_pieces(process)) as pieces:
                yield pieces
        finally:
            self._asking -= 1

    async def first_sheet(self, data: bytes, filename: str) -> list[tuple[int, tuple[str, ...]]]:
        """The rows of the first sheet that holds something, each with its line. Raises UploadRefusedError."""
        with tempfile.TemporaryDirectory(prefix="wxbot-upload-") as folder:
            path = Path(folder) / "upload"
            await asyncio.to_thread(path.write_bytes, data)
            found: list[tuple[int, tuple[str, ...]]] = []
            async with self.read(path, filename) as pieces:
                async for piece in pieces:
                    if isinstance(piece, SheetRows):
                        found.extend(piece.rows)
                    elif found:
                        break
        return found


@asynccontextmanager
async def _process(path: Path, filename: str) -> AsyncIterator[Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",  # nothing is imported from the folder of the upload
        "-m",
        MODULE,
        path.name,
        filename.encode(errors="replace").decode().replace("\x00", ""),
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=DEVNULL,
        limit=LINE_BYTES,
        cwd=path.parent,
        env={"PYTHONPATH": os.pathsep.join(_IMPORTED_FROM)},  # and no secrets
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def _pieces(process: Process) -> AsyncGenerator[SheetHead | SheetRows, None]:
    waited, now = 0.0, asyncio.get_running_loop().time
    while True:
        began = now()
        line = await _line(process, READ_SECONDS - waited)
        waited += now() - began
        if "name" in line:
            yield SheetHead(line["name"], line["hidden"], line["too_long"], line["hidden_rows"])
        elif "rows" in line:
            rows = [(number, tuple(cells)) for number, cells in line["rows"]]
            yield SheetRows(rows, frozenset(line.get("hidden", ())))
        elif "refused" in line:
            raise UploadRefusedError(line["refused"], too_large=line["too_large"])
        else:
            return


async def _line(process: Process, seconds: float) -> dict[str, Any]:
    """The next line; {} at the end. Raises UploadRefusedError when the process reached a limit or fell over."""
    stream = process.stdout
    line = b""
    if stream is not None:
        try:
            async with asyncio.timeout(seconds):
                line = await stream.readline()
                if not line.endswith(b"\n"):
                    await process.wait()
        except TimeoutError:
            log.warning("upload_reading_stopped", reason="time")
            raise UploadRefusedError(TOO_MUCH_WORK, too_large=True) from None
    if not line.endswith(b"\n"):
        log.warning("upload_reading_stopped", reason="process ended", code=process.returncode)
        if process.returncode in OUT_OF_TIME:
            raise UploadRefusedError(TOO_MUCH_WORK, too_large=True)
        raise UploadRefusedError(BROKEN)
    found: dict[str, Any] = json.loads(line)
    return {} if "through" in found else found
