"""What is said of a MongoDB's version, a disk, a folder and a clock, and from where on it matters."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pymongo import errors

from wxbot.diagnostics import clocks, disks, failures, folders, versions
from wxbot.diagnostics.models import GB, MB, DatabaseFailure, Disk, Severity, Volume
from wxbot.diagnostics.service import storage
from wxbot.diagnostics.store import failure_of

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
FINE, WARNING, PROBLEM = Severity.FINE, Severity.WARNING, Severity.PROBLEM


def chinese(text: str) -> bool:
    return text.endswith("。") and any("\u4e00" <= letter <= "\u9fff" for letter in text)


# -- versions -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("version", "severity"),
    [
        ("5.0.31", PROBLEM),
        ("4.4.0", PROBLEM),
        ("", PROBLEM),
        ("6.0.5", WARNING),
        ("7.0.14", FINE),
        ("8.0.4", FINE),
        ("9.0.0", WARNING),
        ("10.1.0", WARNING),
    ],
)
def test_mongodb_7_and_8_are_fine_others_are_not(version: str, severity: Severity) -> None:
    found = versions.judge(version, embedded=False)
    assert found.severity is severity
    assert version in found.message
    assert ("MongoDB 7 or 8" in found.message) is (severity is not FINE)
    assert chinese(found.sentence)


def test_the_embedded_one_is_named_and_said_to_be_out_of_support() -> None:
    found = versions.judge("6.0.5", embedded=True)
    assert found.message.startswith("Database: MongoDB 6.0.5 (the embedded one) gets no security updates any more")
    assert "内置数据库 MongoDB 6.0.5 已不再有安全更新" in found.sentence


# -- disks --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("free", "severity", "shown"),
    [
        (70 * GB, FINE, "70.0 GB"),
        (disks.LOW_BYTES, FINE, "2.0 GB"),
        (disks.LOW_BYTES - MB, WARNING, "2.0 GB"),
        (disks.FULL_BYTES, WARNING, "256 MB"),
        (disks.FULL_BYTES - MB, PROBLEM, "255 MB"),
        (0, PROBLEM, "0 MB"),
    ],
)
@pytest.mark.parametrize("volume", Volume)
def test_little_disk_is_warned_of_and_almost_none_is_a_problem(
    free: int, severity: Severity, shown: str, volume: Volume
) -> None:
    found = disks.judge(Disk(volume=volume, where="/somewhere", free_bytes=free))
    assert found.severity is severity
    assert shown in found.message
    assert shown in found.sentence
    assert chinese(found.sentence)
    assert ("请管理员" in found.sentence) is (severity is not FINE)


def test_a_folder_that_is_still_to_be_made_has_the_room_of_the_disk_it_will_be_on(tmp_path: Path) -> None:
    here, there = disks.free_bytes(tmp_path), disks.free_bytes(tmp_path / "a" / "b")
    assert abs(here - there) < GB


@pytest.mark.parametrize(("embedded", "severity"), [(True, PROBLEM), (False, WARNING)])
def test_a_full_disk_here_stops_only_a_database_here(tmp_path: Path, embedded: bool, severity: Severity) -> None:
    (found,) = storage(tmp_path, embedded=embedded, measure=lambda _: 10 * MB)
    assert found.severity is severity


def test_a_disk_that_cannot_be_measured_is_said(tmp_path: Path) -> None:
    def measure(_: Path) -> int:
        raise OSError(5, "Input/output error")

    (found,) = storage(tmp_path, embedded=True, measure=measure)
    assert found.severity is WARNING
    assert "Input/output error" in found.message


# -- folders ------------------------------------------------------------------------------------------------------


def unwritable(tmp_path: Path) -> list[Path]:
    """Folders that root cannot write either."""
    (tmp_path / "file").write_text("")
    return [tmp_path / "file", tmp_path / "file" / "data", Path("/proc/data")]


def test_a_folder_that_cannot_be_written_is_a_problem_where_the_database_is_in_it(tmp_path: Path) -> None:
    for folder in unwritable(tmp_path):
        (found,) = storage(folder, embedded=True)
        assert found.severity is PROBLEM
        assert found.message.startswith(f"Data folder: {folder} cannot be written (")
        assert chinese(found.sentence)


def test_beside_an_external_database_it_may_be_missing_and_else_only_warns(tmp_path: Path) -> None:
    file, below, _ = unwritable(tmp_path)
    assert storage(file, embedded=False)[0].severity is WARNING
    assert storage(below, embedded=False)[0].severity is FINE
    assert storage(tmp_path / "none", embedded=False)[0].severity is FINE
    assert not (tmp_path / "none").exists()


def test_looking_leaves_nothing_behind(tmp_path: Path) -> None:
    assert folders.unwritable(tmp_path, needed=True) is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["", "{", '{"pid": 1, "po', "[]", "7", '{"pid": 1}', "\udcff\udcfe"])
def test_a_damaged_note_of_the_embedded_mongod_is_a_warning(tmp_path: Path, text: str) -> None:
    note = tmp_path / folders.NOTE
    note.parent.mkdir()
    note.write_bytes(text.encode("utf-8", "surrogateescape"))
    found = folders.damaged_note(tmp_path)
    assert found is not None
    assert found.severity is WARNING
    assert f"its note {note} is damaged" in found.message
    assert chinese(found.sentence)


def test_a_folder_in_the_place_of_the_note_is_a_damaged_note(tmp_path: Path) -> None:
    (tmp_path / folders.NOTE).mkdir(parents=True)
    assert folders.damaged_note(tmp_path) is not None


def test_no_note_and_a_whole_one_are_fine(tmp_path: Path) -> None:
    assert folders.damaged_note(tmp_path) is None
    note = tmp_path / folders.NOTE
    note.parent.mkdir()
    note.write_text(json.dumps({"pid": 0, "port": 27017}))
    assert folders.damaged_note(tmp_path) is None


# -- clocks -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(
    ("seconds", "uncertain", "severity"),
    [
        (0, 0, FINE),
        (9, 0, FINE),
        (11, 0, WARNING),
        (11, 2, FINE),
        (299, 0, WARNING),
        (301, 0, PROBLEM),
        (301, 9, WARNING),
    ],
)
def test_a_clock_that_is_off_is_said_beyond_what_the_way_there_explains(
    sign: int, seconds: int, uncertain: int, severity: Severity
) -> None:
    apart = clocks.skew(NOW + sign * timedelta(seconds=seconds), NOW, timedelta(seconds=uncertain))
    found = clocks.judge(apart, whose="the database server's", whose_in_chinese="数据库服务器")
    assert found.severity is severity
    assert ("NTP" in found.message) is ("NTP" in found.sentence) is (severity is not FINE)


# -- failures -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("failure", DatabaseFailure)
def test_every_failure_has_words_for_operators_and_for_staff(failure: DatabaseFailure) -> None:
    found = failures.finding(failure, "TheDriversName")
    assert found.severity is PROBLEM
    assert found.message.startswith("Database: ")
    assert found.message.endswith("(TheDriversName)")
    assert chinese(found.sentence)
    assert "请管理员" in found.sentence


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        (errors.OperationFailure("Authentication failed.", 18), DatabaseFailure.WRONG_CREDENTIALS),
        (errors.OperationFailure("not authorized on wxbot", 13), DatabaseFailure.NOT_ALLOWED),
        (errors.OperationFailure("Transaction numbers are only allowed", 20), DatabaseFailure.STANDALONE),
        (errors.OperationFailure("No space left on device", 14031), DatabaseFailure.NO_DISK_SPACE),
        (errors.OperationFailure("something new", 99999), DatabaseFailure.REFUSED),
        (errors.NotPrimaryError("node is recovering"), DatabaseFailure.NO_PRIMARY),
        (errors.NetworkTimeout("timed out"), DatabaseFailure.SILENT),
        (
            errors.ServerSelectionTimeoutError(
                "Could not reach any servers in [('db1', 1)]. Replica set is configured with internal hostnames or IPs?"
            ),
            DatabaseFailure.MEMBERS_UNREACHABLE,
        ),
        (errors.AutoReconnect("connection closed"), DatabaseFailure.UNREACHABLE),
        (errors.InvalidURI("ValueError"), DatabaseFailure.BAD_ADDRESS),
        (
            errors.ConfigurationError("The DNS query name does not exist: _mongodb._tcp.x."),
            DatabaseFailure.UNKNOWN_HOST,
        ),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else value.value,
)
def test_errors_of_the_driver_are_told_apart(error: errors.PyMongoError, failure: DatabaseFailure) -> None:
    assert failure_of(error) is failure
