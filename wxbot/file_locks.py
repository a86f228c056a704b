"""Locks between processes on files and folders, held for the length of a `with`."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ONLY_OWNER = 0o600  # mode of a file that is made by locking it


@contextmanager
def locked(path: Path, flags: int = os.O_RDONLY, how: int = fcntl.LOCK_EX) -> Iterator[int]:
    """Hold an advisory lock (`flock`) on a file or folder; yields the open descriptor.

    `flags` are those of `os.open`. Waits for the lock, unless `how` has LOCK_NB: then BlockingIOError is raised while
    somebody else holds it. Raises OSError.
    """
    handle = os.open(path, flags, ONLY_OWNER)
    try:
        fcntl.flock(handle, how)
        yield handle
    finally:
        os.close(handle)
