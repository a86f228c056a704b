"""Folders and files that only their owner may open."""

import os
import stat
from pathlib import Path

from wxbot.logs import get_logger

log = get_logger(__name__)

OWNER_ONLY_FOLDER = 0o700
OWNER_ONLY_FILE = 0o600


def make_private(folder: Path) -> None:
    """Create `folder` where it is missing and shut it to everybody but its owner (mode 700).

    A folder that others keep files in too is left as it is, with a warning in the log. Raises OSError.
    """
    folder.mkdir(mode=OWNER_ONLY_FOLDER, parents=True, exist_ok=True)
    found = folder.stat()
    mode = stat.S_IMODE(found.st_mode)
    if not mode & ~OWNER_ONLY_FOLDER:
        return
    if found.st_uid != os.geteuid() or mode & stat.S_ISVTX or _is_shared(folder):
        log.warning("data_folder_is_shared", folder=str(folder), mode=f"{mode:o}")
        return
    folder.chmod(OWNER_ONLY_FOLDER)
    log.info("data_folder_shut_to_others", folder=str(folder), mode=f"{mode:o}")


def _is_shared(folder: Path) -> bool:
    with os.scandir(folder) as entries:
        return any(entry.stat(follow_symlinks=False).st_uid != os.geteuid() for entry in entries)


def read_private(path: Path) -> str:
    """What the file holds, stripped; "" where there is none. Shuts it to others. Raises OSError."""
    try:
        words = path.read_bytes()
    except FileNotFoundError:
        return ""
    if stat.S_IMODE(path.stat().st_mode) != OWNER_ONLY_FILE:
        path.chmod(OWNER_ONLY_FILE)
    return words.decode("ascii", errors="replace").strip()


def write_private(path: Path, words: str) -> None:
    """Write a file (mode 600) that is there whole or not at all, also after a power cut. Raises OSError."""
    unfinished = path.with_name(f"{path.name}.new")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, OWNER_ONLY_FILE)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(f"{words}\n")
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
