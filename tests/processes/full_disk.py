"""Runs a service on a file system of its own until that is full, and frees it again. Writes what it saw, as JSON.

Arguments: an empty folder to mount on, and a file for the service's log. Needs a mount namespace of its own.
"""

import errno
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.processes.embedded_service import EmbeddedService
from wxbot.embedded_mongo.process import MongodProcess

SIZE_MB = 512  # a new database takes about 300, most of it journal
BLOCK = b"\0" * 2**20
FAILED_ATTEMPTS = 3  # to start it again, on a disk that is still full


def main() -> None:
    """See above."""
    disk, log = Path(sys.argv[1]), Path(sys.argv[2])
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE_MB}m", "none", disk], check=True)  # noqa: S603, S607
    service = EmbeddedService(disk / "data", log)
    service.start()
    seen: dict[str, object] = {}
    try:
        service.wait(lambda: service.database() == "ok")
        assert service.process is not None
        before = MongodProcess.find(disk / "data" / "mongo")
        assert before is not None
        filler = disk / "filler"
        seen["full"] = fill(filler)
        if "kill" in sys.argv:
            os.kill(before.pid, signal.SIGKILL)
        else:
            service.wait(lambda: not before.alive())  # it aborts by itself
        service.wait(lambda: service.log().count("mongod_restart_failed") >= FAILED_ATTEMPTS)
        seen["meanwhile"] = service.database()
        seen["still running"] = service.running()
        filler.unlink()
        seen["ready after"] = service.wait(lambda: service.database() == "ok")
        after = MongodProcess.find(disk / "data" / "mongo")
        seen["same port"] = after is not None and after.port == before.port
        seen["exit"] = service.stop()
        seen["left over"] = MongodProcess.find(disk / "data" / "mongo") is not None
    finally:
        service.kill()
        left = MongodProcess.find(disk / "data" / "mongo")
        if left is not None:
            os.kill(left.pid, signal.SIGKILL)
    sys.stdout.write(json.dumps(seen))


def fill(filler: Path) -> bool:
    """Write until nothing more goes in."""
    with filler.open("wb", buffering=0) as file:
        for block in (BLOCK, b"\0" * 512, b"\0"):
            try:
                while True:
                    file.write(block)
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
    return True


if __name__ == "__main__":
    main()
