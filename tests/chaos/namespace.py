"""A small disk of one's own: a tmpfs in a mount namespace, which ends with the process."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

INSIDE = "CHAOS_DISK"  # set in the process that runs inside the namespace
SIZE = "8g"  # an upper bound: only what is written takes memory


def enter() -> bool:
    """Run this program once more inside a mount namespace; whether it is in one.

    Does not return where the namespace can be had. Without (no `unshare`, or the kernel refuses) the disk cannot be
    filled, and the answer is False.
    """
    if os.environ.get(INSIDE):
        return True
    unshare = shutil.which("unshare")
    if unshare is None:
        return False
    command = [unshare, "--mount", *([] if os.geteuid() == 0 else ["--user", "--map-root-user"])]
    if subprocess.run([*command, "true"], capture_output=True, check=False).returncode:  # noqa: S603 - found above
        return False
    os.environ[INSIDE] = "1"
    return bool(os.execv(unshare, [*command, sys.executable, "-m", "tests.chaos", *sys.argv[1:]]))  # noqa: S606 - ourselves


def mount(folder: Path) -> None:
    """Put a disk of `SIZE` at the folder."""
    mount = shutil.which("mount")
    assert mount is not None
    subprocess.run([mount, "-t", "tmpfs", "-o", f"size={SIZE},mode=700", "tmpfs", str(folder)], check=True)  # noqa: S603


def fill(folder: Path) -> Path:
    """Take all the space there is; the file to remove for getting it back."""
    filler = folder / "filler"
    with filler.open("wb") as file:
        size = os.statvfs(folder).f_bavail * os.statvfs(folder).f_frsize
        while size > 0:
            try:
                os.posix_fallocate(file.fileno(), file.tell(), size)
            except OSError:  # others wrote meanwhile
                size //= 2
                continue
            file.seek(0, os.SEEK_END)
            left = os.statvfs(folder)
            size = left.f_bavail * left.f_frsize
    return filler
