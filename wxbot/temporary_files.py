"""Temporary files in a folder of our own, so that what a killed process leaves is found and removed at the next start.

Exports and uploads hold patients. Every temporary file of the process lies here, those too that libraries make
(openpyxl writes each sheet to one and aiohttp each large part of a form), because Python's `tempfile` is told so.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from wxbot.errors import ConfigurationError
from wxbot.file_locks import locked
from wxbot.logs import get_logger

log = get_logger(__name__)

FOLDER = "tmp"  # in the data folder
ONLY_US = 0o700
_LOCK = ".lock"


@contextmanager
def temporary_files_in(data_dir: Path) -> Iterator[Path]:
    """Let temporary files be made in a folder below `data_dir`, and remove what processes that are gone have left.

    Several processes may share `data_dir`: each has a folder in there that it holds locked as long as it lives.
    Raises ConfigurationError when the folder cannot be made.
    """
    home = data_dir.absolute() / FOLDER
    try:
        home.mkdir(mode=ONLY_US, parents=True, exist_ok=True)
        home.chmod(ONLY_US)
        with locked(home / _LOCK, os.O_RDWR | os.O_CREAT):
            _remove_abandoned(home)
            own = Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=home))
            held = os.open(own, os.O_RDONLY)
            fcntl.flock(held, fcntl.LOCK_EX)
    except OSError as error:
        raise ConfigurationError([f"WXBOT_DATA_DIR: {home} cannot be used: {error.strerror}"]) from error
    before, tempfile.tempdir = tempfile.tempdir, str(own)
    try:
        yield own
    finally:
        if tempfile.tempdir == str(own):
            tempfile.tempdir = before if before is not None and Path(before).is_dir() else None
        shutil.rmtree(own, ignore_errors=True)
        os.close(held)


def _remove_abandoned(home: Path) -> None:
    """Remove everything that no living process holds."""
    for each in home.iterdir():
        if each.name == _LOCK:
            continue
        try:
            _remove(each)
        except BlockingIOError:
            continue  # in use
        except OSError as error:  # another account's, perhaps; no reason not to start
            log.warning("temporary_files_left", name=each.name, error=error.strerror)


def _remove(path: Path) -> None:
    """Remove a file, a link or a folder; raises BlockingIOError for a folder that is held."""
    if path.is_symlink() or not path.is_dir():
        path.unlink()
        return
    with locked(path, os.O_RDONLY, fcntl.LOCK_EX | fcntl.LOCK_NB):
        shutil.rmtree(path)
    log.info("temporary_files_removed", folder=path.name)
