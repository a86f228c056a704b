"""The embedded database's own files: note, secrets, locks, and folders shut to others; also on a full disk."""

import errno
import multiprocessing
import os
import stat
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NoReturn

import pytest

from wxbot.embedded_mongo.credentials import read_credentials
from wxbot.embedded_mongo.folder import make_private, write_private
from wxbot.embedded_mongo.locks import FileLock
from wxbot.embedded_mongo.note import SIZE, Note

PATIENCE = 60.0


def full(*_: object) -> NoReturn:
    raise OSError(errno.ENOSPC, "No space left on device")


# -- the note -----------------------------------------------------------------------------------------------------


def test_a_note_keeps_its_size_and_place_so_that_a_full_disk_takes_it(tmp_path: Path):
    note = Note(tmp_path / "mongod.json")
    note.write(pid=7, port=27017)
    before = note.path.stat()
    for pid, port in ((4_194_304, 65_535), (1, 1)):
        note.write(pid=pid, port=port)
        assert note.port() == port
    after = note.path.stat()
    assert (after.st_ino, after.st_size, after.st_blocks) == (before.st_ino, SIZE, before.st_blocks)


@pytest.mark.parametrize("call", ["open", "pwrite"])
def test_a_note_that_cannot_be_written_is_no_obstacle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], call: str
):
    monkeypatch.setattr(os, call, full)
    Note(tmp_path / "mongod.json").write(pid=7, port=27017)
    monkeypatch.undo()
    assert "mongod_note_not_written" in "".join(capsys.readouterr())


def test_a_note_is_rewritten_on_a_disk_that_is_really_full():
    """/dev/full takes nothing, ever."""
    Note(Path("/dev/full")).write(pid=7, port=27017)


# -- secrets ------------------------------------------------------------------------------------------------------


def test_secrets_are_generated_once_and_shown_to_nobody(tmp_path: Path):
    first = read_credentials(tmp_path)
    assert read_credentials(tmp_path) == first
    other = tmp_path / "other"
    other.mkdir()
    second = read_credentials(other)
    assert first.key != second.key
    assert first.password != second.password
    assert "Credentials()" in repr(first)


def test_a_secret_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    write_private(tmp_path / "password", "before")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_private(tmp_path / "password", "after")
    monkeypatch.undo()
    assert (tmp_path / "password").read_text() == "before\n"


def test_secrets_that_a_copy_opened_to_others_are_shut(tmp_path: Path):
    before = read_credentials(tmp_path)
    for name in ("keyfile", "password"):
        (tmp_path / name).chmod(0o644)
    assert read_credentials(tmp_path) == before
    assert {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("keyfile", "password")} == {0o600}


# -- folders ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", [0o755, 0o777, 0o750, 0o700])
def test_a_folder_of_ours_is_shut(tmp_path: Path, mode: int):
    folder = tmp_path / "data"
    folder.mkdir()
    folder.chmod(mode)
    make_private(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_folder_for_everybody_is_left_as_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    folder = tmp_path / "tmp"
    folder.mkdir()
    folder.chmod(0o1777)
    make_private(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o1777
    assert "data_folder_is_shared" in "".join(capsys.readouterr())


# -- locks --------------------------------------------------------------------------------------------------------


def test_a_lock_is_shared_or_exclusive(tmp_path: Path):
    one, other = FileLock(tmp_path / "lock"), FileLock(tmp_path / "lock")
    assert one.try_exclusive()
    assert not other.try_exclusive()
    assert not other.try_shared()
    assert one.try_shared()
    assert other.try_shared()
    assert not one.try_exclusive()
    one.release()
    other.release()
    assert one.try_exclusive()
    one.release()
    one.release()


def _fork(holder: FileLock, pipe: Connection) -> None:
    pipe.send("forked")
    pipe.recv()
    holder.release()  # it has nothing to release
    pipe.send("still there")
    pipe.recv()


def test_a_forked_child_neither_holds_nor_drops_the_lock(tmp_path: Path):
    one, other = FileLock(tmp_path / "lock"), FileLock(tmp_path / "lock")
    assert one.try_exclusive()
    forking = multiprocessing.get_context("fork")
    here, there = forking.Pipe()
    child = forking.Process(target=_fork, args=(one, there))
    child.start()
    try:
        assert here.poll(PATIENCE)
        assert here.recv() == "forked"
        here.send("release")
        assert here.poll(PATIENCE)
        assert here.recv() == "still there"
        assert not other.try_exclusive()  # the child did not drop it
        one.release()
        assert other.try_exclusive()  # and does not hold it
        other.release()
    finally:
        child.kill()
        child.join(PATIENCE)
