"""Locks between processes on files. The kernel drops them when their holder dies, however it dies."""

import contextlib
import fcntl
import os
from pathlib import Path
from weakref import WeakSet


class FileLock:
    """An advisory lock (`flock`) on a file, which is created where it is missing and never removed.

    Started programs do not inherit it, and a forked child lets go of its copy: only the process that took a lock
    holds it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None
        _locks.add(self)

    def try_exclusive(self) -> bool:
        """Take the lock, or turn a shared one into it, when nobody else holds it. Raises OSError."""
        return self._try(fcntl.LOCK_EX)

    def try_shared(self) -> bool:
        """Take the lock beside others who share it, or turn an exclusive one into that. Raises OSError."""
        return self._try(fcntl.LOCK_SH)

    def release(self) -> None:
        """Let go of it; nothing happens when it is not held."""
        if self._descriptor is not None:
            descriptor, self._descriptor = self._descriptor, None
            with contextlib.suppress(OSError):
                fcntl.flock(descriptor, fcntl.LOCK_UN)
            os.close(descriptor)

    def _try(self, kind: int) -> bool:
        if self._descriptor is None:
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            self.release()  # a lock that could not be turned into the other kind may be lost anyway: see flock(2)
            return False
        return True

    def forget(self) -> None:
        """Close the copy that a fork made; the parent holds the lock as before."""
        if self._descriptor is not None:
            descriptor, self._descriptor = self._descriptor, None
            os.close(descriptor)


_locks: WeakSet[FileLock] = WeakSet()


def _forget_all() -> None:
    for lock in list(_locks):
        lock.forget()


os.register_at_fork(after_in_child=_forget_all)
