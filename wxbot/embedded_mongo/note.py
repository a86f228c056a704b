"""The note beside the data: the port of the mongod, so that it stays the same, and its process id for people."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from wxbot.embedded_mongo.folder import OWNER_ONLY_FILE
from wxbot.logs import get_logger

log = get_logger(__name__)

SIZE = 256  # bytes: the note always fills them, so that rewriting it needs no space on a full disk
PORTS = range(1, 65_536)


@dataclass(frozen=True)
class Note:
    """A file of fixed size that is rewritten in place. Without it everything works, only the port may change."""

    path: Path

    def port(self) -> int | None:
        """The port of the mongod that runs or ran last; None when the note is missing or says nothing sensible."""
        try:
            words = json.loads(self.path.read_bytes())
            port = words["port"]
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return port if isinstance(port, int) and port in PORTS else None

    def write(self, *, pid: int, port: int) -> None:
        """Write it over the old one. What cannot be written is logged and no obstacle."""
        words = json.dumps({"pid": pid, "port": port}).encode().ljust(SIZE)
        try:
            descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, OWNER_ONLY_FILE)
            try:
                os.pwrite(descriptor, words, 0)
                os.ftruncate(descriptor, SIZE)
                os.fchmod(descriptor, OWNER_ONLY_FILE)
            finally:
                os.close(descriptor)
        except OSError as error:
            log.warning("mongod_note_not_written", error=error)

    def remove(self) -> None:
        """Nobody's mongod runs any more."""
        try:
            self.path.unlink(missing_ok=True)
        except OSError as error:
            log.warning("mongod_note_not_removed", error=error)
