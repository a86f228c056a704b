"""The layout of an archive: what is whole is read, and nothing else."""

import gzip
import tomllib
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import bson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wxbot.backup import archive
from wxbot.backup.models import FORMAT, VERSION, ArchiveError, Header

ROOT = Path(__file__).resolve().parents[3]
TAKEN_AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
HEADER = Header(format=FORMAT, version=VERSION, database="wxbot", taken_at=TAKEN_AT)
CONTENT: dict[str, list[dict[str, object]]] = {
    "patients": [{"_id": "1", "name": "林小满"}, {"_id": "2"}],
    "empty": [],
    "rooms": [{"_id": 7, "at": TAKEN_AT}],
}


def whole() -> bytes:
    target = BytesIO()
    writer = archive.ArchiveWriter(target, HEADER)
    for name, documents in CONTENT.items():
        writer.collection(name)
        if documents:
            writer.add(b"".join(bson.encode(each) for each in documents))
    writer.close()
    return target.getvalue()


def packed(content: bytes) -> BytesIO:
    return BytesIO(gzip.compress(content))


def test_what_was_written_is_read_back() -> None:
    source = BytesIO(whole())
    manifest = archive.verify(source)
    assert manifest.header == HEADER
    assert {name: part.documents for name, part in manifest.parts.items()} == {"patients": 2, "empty": 0, "rooms": 1}
    found: dict[str, list[dict[str, object]]] = {}
    for documents in archive.read(source):
        found.setdefault(documents.collection, []).extend(bson.decode(each) for each in documents.bson)
    assert {name: [each["_id"] for each in rows] for name, rows in found.items()} == {
        name: [each["_id"] for each in rows] for name, rows in CONTENT.items()
    }


def test_an_archive_cut_short_anywhere_is_refused() -> None:
    content = whole()
    for length in range(len(content)):
        with pytest.raises(ArchiveError):
            archive.verify(BytesIO(content[:length]))


def test_an_archive_with_any_byte_of_its_content_changed_is_refused() -> None:
    content = gzip.decompress(whole())
    for place in range(len(content)):
        damaged = bytearray(content)
        damaged[place] ^= 1
        with pytest.raises(ArchiveError):
            archive.verify(packed(bytes(damaged)))


def test_an_archive_with_a_byte_of_its_file_changed_is_refused_or_says_the_same() -> None:
    content, expected = whole(), archive.verify(BytesIO(whole()))
    refused = 0
    for place in range(len(content)):
        damaged = bytearray(content)
        damaged[place] ^= 0x10
        try:
            assert archive.verify(BytesIO(bytes(damaged))) == expected
        except ArchiveError:
            refused += 1
    assert len(content) - refused < 10  # gzip's own time and system, and the bits that fill up its last byte


def test_an_archive_with_something_behind_it_is_refused() -> None:
    with pytest.raises(ArchiveError):
        archive.verify(packed(gzip.decompress(whole()) + b"more"))


@pytest.mark.parametrize("name", ["restores", "tokens", "system.users", "", "patients"])
def test_an_archive_that_names_a_collection_of_the_database_itself_or_one_twice_is_refused(name: str) -> None:
    target = BytesIO()
    writer = archive.ArchiveWriter(target, HEADER)
    for each in ("patients", name):
        writer.collection(each)
        writer.add(bson.encode({"_id": 1}))
    writer.close()
    with pytest.raises(ArchiveError):
        archive.verify(target)


@given(st.binary(max_size=2000))
def test_any_other_file_is_refused(content: bytes) -> None:
    for source in (BytesIO(content), packed(content)):
        with pytest.raises(ArchiveError):
            archive.verify(source)


def test_an_encrypted_archive_is_named_as_a_possible_cause() -> None:
    with pytest.raises(ArchiveError, match="must be decrypted first"):
        archive.verify(BytesIO(b"age-encryption.org/v1\n-> X25519 ..."))


def test_another_format_names_the_version_that_can_read_it() -> None:
    target = BytesIO()
    later = Header(format=FORMAT + 1, version="9.9.9", database="wxbot", taken_at=TAKEN_AT)
    archive.ArchiveWriter(target, later).close()
    with pytest.raises(ArchiveError, match=r"format 2.*9\.9\.9"):
        archive.verify(target)


def test_the_version_is_that_of_the_project() -> None:
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"] == VERSION
