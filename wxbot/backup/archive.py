"""The layout of an archive: a gzip stream of frames, each a letter, a length (4 bytes, big endian) and that many bytes.

    H  header, JSON                                     once, first
    C  a collection begins: its name                    per collection
    D  documents, BSON one behind the other             any number per collection
    Z  trailer, JSON: documents and SHA-256 per collection, SHA-256 over all frames before    once, last

An archive without its trailer, or with anything behind it, is no archive. The digests find damage; they do not prove
who wrote it: whoever encrypts an archive signs or authenticates it with the same tool.
"""

import gzip
import hashlib
import json
import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO

from wxbot.backup.models import FORMAT, LEFT_OUT, ArchiveError, Header, Manifest, Part

MOST_BYTES = 64 * 2**20  # of one frame; the database hands out 16 MB at once
LEVEL = 6  # of gzip: the usual balance between time and size
CUT_SHORT = "The archive is cut short: it has no end. Nothing was restored."
DAMAGED = "The archive is damaged. Nothing was restored."
NO_ARCHIVE = "This is no backup of wxbot. An encrypted one must be decrypted first."
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")  # of our own collections; none of the database's own
_FRAME = struct.Struct(">cI")
_LENGTH = struct.Struct("<i")  # how a BSON document begins
_SHORTEST = 5  # bytes of an empty BSON document


@dataclass(frozen=True)
class Documents:
    """Some documents of a collection, in the order of `_id`."""

    collection: str
    bson: tuple[bytes, ...]


class ArchiveWriter:
    """Writes an archive: `collection` and `add` as often as needed, then `close`."""

    def __init__(self, target: BinaryIO, header: Header) -> None:
        self._header = header
        self._out = gzip.GzipFile(fileobj=target, mode="wb", compresslevel=LEVEL, mtime=0, filename="")
        self._whole = hashlib.sha256()
        self._name = ""
        self._digests: dict[str, Any] = {}
        self._documents: dict[str, int] = {}
        self._frame(b"H", _json({**vars(header), "taken_at": header.taken_at.isoformat()}))

    def collection(self, name: str) -> None:
        """Begin a collection."""
        self._name = name
        self._digests[name] = hashlib.sha256()
        self._documents[name] = 0
        self._frame(b"C", name.encode())

    def add(self, bson: bytes) -> int:
        """Add documents of the present collection, one behind the other; how many they are."""
        number = sum(1 for _ in split(bson))
        self._digests[self._name].update(bson)
        self._documents[self._name] += number
        self._frame(b"D", bson)
        return number

    def close(self) -> Manifest:
        """Write the trailer; what the archive holds."""
        parts = {
            name: Part(documents=self._documents[name], digest=digest.hexdigest())
            for name, digest in self._digests.items()
        }
        trailer = {"parts": {name: vars(part) for name, part in parts.items()}, "digest": self._whole.hexdigest()}
        self._frame(b"Z", _json(trailer))
        self._out.close()
        return Manifest(header=self._header, parts=parts)

    def _frame(self, kind: bytes, content: bytes) -> None:
        head = _FRAME.pack(kind, len(content))
        self._whole.update(head)
        self._whole.update(content)
        self._out.write(head)
        self._out.write(content)


def split(bson: bytes) -> Iterator[bytes]:
    """The documents that stand one behind the other. Raises ArchiveError."""
    start = 0
    while start < len(bson):
        if start + _SHORTEST > len(bson):
            raise ArchiveError(DAMAGED)
        (length,) = _LENGTH.unpack_from(bson, start)
        if length < _SHORTEST or start + length > len(bson):
            raise ArchiveError(DAMAGED)
        yield bson[start : start + length]
        start += length


def read(source: BinaryIO) -> Iterator[Documents]:
    """The documents of an archive. Ends without an error only where the archive is whole. Raises ArchiveError."""
    name = ""
    for kind, content, _ in _frames(source):
        if kind == b"C":
            name = _name(content)
            yield Documents(name, ())
        elif kind == b"D":
            yield Documents(name, tuple(split(content)))


def verify(source: BinaryIO) -> Manifest:
    """Read the whole archive and compare it with what its trailer says. Raises ArchiveError."""
    header: Header | None = None
    trailer: dict[str, Any] = {}
    digests: dict[str, Any] = {}
    documents: dict[str, int] = {}
    name, before = "", ""
    for kind, content, digest in _frames(source):
        if header is None:
            header = _header(kind, content)
        elif kind == b"C":
            name = _name(content)
            if name in digests:
                raise ArchiveError(DAMAGED)
            digests[name] = hashlib.sha256()
            documents[name] = 0
        elif kind == b"D":
            if not name:
                raise ArchiveError(DAMAGED)
            digests[name].update(content)
            documents[name] += sum(1 for _ in split(content))
        elif kind == b"Z":
            trailer, before = _parsed(content), digest
    parts = {name: Part(documents=documents[name], digest=each.hexdigest()) for name, each in digests.items()}
    said = {"parts": {name: vars(part) for name, part in parts.items()}, "digest": before}
    if header is None or trailer != said:
        raise ArchiveError(DAMAGED)
    return Manifest(header=header, parts=parts)


def _frames(source: BinaryIO) -> Iterator[tuple[bytes, bytes, str]]:
    """Kind and content of each frame up to the trailer, with the digest over all frames before the trailer."""
    source.seek(0)
    whole = hashlib.sha256()
    try:
        with gzip.GzipFile(fileobj=source, mode="rb") as packed:
            while True:
                head = _exactly(packed, _FRAME.size)
                kind, length = _FRAME.unpack(head)
                if kind not in {b"H", b"C", b"D", b"Z"} or length > MOST_BYTES:
                    raise ArchiveError(DAMAGED)
                content = _exactly(packed, length)
                if kind == b"Z":
                    if packed.read(1):
                        raise ArchiveError(DAMAGED)
                    yield kind, content, whole.hexdigest()
                    return
                whole.update(head)
                whole.update(content)
                yield kind, content, ""
    except gzip.BadGzipFile as error:
        raise ArchiveError(NO_ARCHIVE if "Not a gzipped file" in str(error) else DAMAGED) from error
    except EOFError as error:
        raise ArchiveError(CUT_SHORT) from error
    except zlib.error as error:
        raise ArchiveError(DAMAGED) from error


def _exactly(packed: gzip.GzipFile, length: int) -> bytes:
    content = packed.read(length)
    if len(content) < length:
        raise ArchiveError(CUT_SHORT)
    return content


def _header(kind: bytes, content: bytes) -> Header:
    if kind != b"H":
        raise ArchiveError(NO_ARCHIVE)
    said = _parsed(content)
    if said.get("format") != FORMAT:
        raise ArchiveError(
            f"The archive has format {said.get('format')}; this version reads {FORMAT}. "
            f"Restore it with the version that wrote it: {said.get('version')}."
        )
    try:
        taken_at = datetime.fromisoformat(said["taken_at"])
        return Header(format=FORMAT, version=said["version"], database=said["database"], taken_at=taken_at)
    except (KeyError, TypeError, ValueError) as error:
        raise ArchiveError(DAMAGED) from error


def _name(content: bytes) -> str:
    """A collection's name: one that an archive may hold."""
    name = content.decode(errors="replace")
    if not _NAME.fullmatch(name) or name in LEFT_OUT:
        raise ArchiveError(DAMAGED)
    return name


def _parsed(content: bytes) -> dict[str, Any]:
    try:
        said = json.loads(content)
    except ValueError as error:
        raise ArchiveError(DAMAGED) from error
    if not isinstance(said, dict):
        raise ArchiveError(DAMAGED)
    return said


def _json(content: dict[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=False, sort_keys=True).encode()
