"""Temporary files: in a folder of our own, removed in every ending, those of a killed process at the next start."""

import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from wxbot.errors import ConfigurationError
from wxbot.temporary_files import temporary_files_in

ROOT = Path(__file__).resolve().parents[2]
HALF_AN_EXPORT = """
import sys
from pathlib import Path
from wxbot.patients.exports.sheet import Head, Sheet
from wxbot.temporary_files import temporary_files_in
with temporary_files_in(Path(sys.argv[1])):
    sheet = Sheet(Head(by_name="周", at="", reason="", selection=""), ["姓名"])
    sheet.add([["张小满"]] * 2000)
    print("here", flush=True)
    sys.stdin.read()
"""


@contextmanager
def exporting(folder: Path, elsewhere: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that has written half an export; `elsewhere` is where the machine's temporary files are."""
    with subprocess.Popen(  # noqa: S603 - our own words
        [sys.executable, "-c", HALF_AN_EXPORT, str(folder)],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(elsewhere)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        while (line := process.stdout.readline()) != b"here\n":
            assert line, "it ended"
        try:
            yield process
        finally:
            process.kill()


def files(folder: Path) -> list[Path]:
    return [each for each in folder.rglob("*") if each.is_file() and each.name != ".lock"]


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    return folder


def test_half_an_export_of_a_killed_process_is_gone_after_the_next_start(tmp_path: Path, elsewhere: Path) -> None:
    home = tmp_path / "data"
    with exporting(home, elsewhere) as process:
        process.kill()
        process.wait()
    assert any("张小满" in file.read_text() for file in files(home))  # openpyxl's own file, whole names in it
    assert files(elsewhere) == []
    with temporary_files_in(home):
        assert files(home) == []


def test_the_files_of_a_process_that_lives_stay(tmp_path: Path, elsewhere: Path) -> None:
    home = tmp_path / "data"
    with exporting(home, elsewhere):
        before = files(home)
        assert before
        with temporary_files_in(home):
            assert files(home) == before


def test_nobody_else_may_look_in(tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir(mode=0o755)
    with temporary_files_in(tmp_path) as own:
        assert [stat.S_IMODE(each.stat().st_mode) for each in (own.parent, own)] == [0o700, 0o700]


def test_every_temporary_file_lies_there_until_the_end(tmp_path: Path) -> None:
    before = tempfile.gettempdir()
    with temporary_files_in(tmp_path) as own:
        with tempfile.NamedTemporaryFile(delete=False) as file:
            assert Path(file.name).parent == own
        assert Path(tempfile.mkdtemp()).parent == own
    assert list((tmp_path / "tmp").iterdir()) == [tmp_path / "tmp" / ".lock"]
    assert tempfile.gettempdir() == before


def test_what_somebody_else_left_in_the_folder_is_removed_and_a_link_is_not_followed(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "file").touch()
    home = tmp_path / "tmp"
    home.mkdir()
    (home / "openpyxl.abc").touch()
    (home / "link").symlink_to(kept)
    with temporary_files_in(tmp_path) as own:
        assert {each.name for each in home.iterdir()} == {".lock", own.name}
    assert (kept / "file").exists()


def test_a_folder_that_cannot_be_made_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    with pytest.raises(ConfigurationError, match="WXBOT_DATA_DIR"), temporary_files_in(tmp_path / "data"):
        pass
