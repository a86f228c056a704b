"""A large file out of a form: read in pieces as it comes, into a file of our own, up to a limit."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from aiohttp import BodyPartReader, web

OVERHEAD_BYTES = 64 * 1024  # what a form adds to its file


class NoFileError(Exception):
    """The form came without a file."""


class TooLargeError(Exception):
    """The file is larger than the limit; what came of it is gone."""


@dataclass(frozen=True)
class Upload:
    """An uploaded file, there only while it is looked at."""

    path: Path
    filename: str


@asynccontextmanager
async def uploaded(request: web.Request, field: str, most_bytes: int) -> AsyncIterator[Upload]:
    """The file in that field of a multipart form. Raises NoFileError, TooLargeError."""
    if request.content_type != "multipart/form-data":
        raise NoFileError
    if (request.content_length or 0) > most_bytes + OVERHEAD_BYTES:
        raise TooLargeError
    with tempfile.TemporaryDirectory(prefix="wxbot-upload-") as folder:
        try:
            filename = await _receive(request, field, Path(folder) / "upload", most_bytes)
        except ValueError as error:  # a form that is cut off or was never one
            raise NoFileError from error
        if not filename:
            raise NoFileError
        yield Upload(Path(folder) / "upload", filename)


async def _receive(request: web.Request, field: str, path: Path, most_bytes: int) -> str:
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader) or part.name != field:
            continue
        size = 0
        with path.open("wb") as target:
            while chunk := await part.read_chunk():
                size += len(chunk)
                if size > most_bytes:
                    raise TooLargeError
                target.write(chunk)
        return part.filename or ""
    return ""
