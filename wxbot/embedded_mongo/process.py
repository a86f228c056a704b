"""One mongod process on one folder: found, launched, stopped, and why it stopped."""

import asyncio
import contextlib
import json
import os
import resource
import shutil
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

from wxbot.embedded_mongo.credentials import KEY_FILE
from wxbot.logs import get_logger
from wxbot.open_files import allow_open_files

log = get_logger(__name__)

STOP_LIMIT_SECONDS = 5.0  # a clean shutdown takes about one; killed after this it replays its journal at the next start
KILL_LIMIT_SECONDS = 2.0  # until a killed process is gone, unless it hangs in the kernel
POLL_SECONDS = 0.05
OPEN_FILES = 64_000  # what MongoDB recommends: one for each collection and index; it inherits our limit
CACHE_GB = 0.5  # WiredTiger's smallest sensible share on a clinic's machine
REPLICA_SET = "wxbot"
PORT_TAKEN = "Address already in use"  # mongod's words
LONGEST_LOG = 16 * 2**20  # bytes; a longer one is put aside at the next launch, in the place of the one before
LOG_TAIL = 64 * 2**10  # bytes read to say why it stopped
SHORT_OF_SPACE = 256 * 2**20  # bytes free; with less, a mongod that stops has most likely filled the disk


class MongodProcess:
    """A running mongod: our child, or one that another process or an earlier one started."""

    def __init__(
        self, home: Path, pid: int, port: int, *, authenticates: bool, child: subprocess.Popen[bytes] | None = None
    ) -> None:
        self.pid = pid
        self.port = port
        self.authenticates = authenticates
        self.child = child
        self._home = home
        self._log_start = 0

    @classmethod
    def find(cls, home: Path) -> "MongodProcess | None":
        """The mongod that runs on that very folder, whoever started it."""
        found: dict[int, list[str]] = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                words = _command(int(entry.name))
                if _is_ours(words, home):
                    found[int(entry.name)] = words
        parents = {_parent(pid) for pid in found}  # scripts that run a mongod carry the same arguments
        for pid, words in found.items():
            if pid not in parents and (port := _value(words, "--port")).isdigit():
                return cls(home, pid, int(port), authenticates="--keyFile" in words)
        return None

    @classmethod
    def launch(cls, binary: Path, home: Path, port: int) -> "MongodProcess":
        """Start one. Raises OSError when that program cannot be run."""
        log_file = home / "mongod.log"
        with contextlib.suppress(OSError):
            if log_file.stat().st_size > LONGEST_LOG:
                log_file.replace(home / "mongod.log.1")
        allow_open_files(OPEN_FILES)
        # its own session: a Ctrl-C in the terminal reaches the service, which then stops mongod in order
        child = subprocess.Popen(  # noqa: S603 - the command is ours
            _arguments(binary, home, port),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            close_fds=True,
            umask=0o077,
        )
        with contextlib.suppress(OSError):  # a memory image holds what patients wrote, and fills a disk
            resource.prlimit(child.pid, resource.RLIMIT_CORE, (0, 0))
        mongod = cls(home, child.pid, port, authenticates=True, child=child)
        with contextlib.suppress(OSError):
            mongod._log_start = log_file.stat().st_size
        return mongod

    def alive(self) -> bool:
        """Whether it still runs. A child that ended is reaped."""
        if self.child is not None:
            return self.child.poll() is None
        return _is_ours(_command(self.pid), self._home)

    async def listens(self) -> bool:
        """Whether its port takes connections."""
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        writer.close()
        return True

    async def stop(self) -> None:
        """Ask it to stop in order; kill it when that takes too long."""
        self._send(signal.SIGTERM)
        try:
            async with asyncio.timeout(STOP_LIMIT_SECONDS):
                await self._gone()
        except TimeoutError:
            log.error("mongod_did_not_stop", pid=self.pid)  # noqa: TRY400 - the limit says it all
            await self.kill()

    async def kill(self) -> None:
        """End it at once; its journal keeps what was acknowledged."""
        self._send(signal.SIGKILL)
        try:
            async with asyncio.timeout(KILL_LIMIT_SECONDS):
                await self._gone()
        except TimeoutError:  # it hangs in the kernel, on a disk that does not answer
            log.error("mongod_cannot_be_killed", pid=self.pid)  # noqa: TRY400 - the limit says it all

    def port_was_taken(self) -> bool:
        """Whether it stopped because something else had its port."""
        return not self.alive() and PORT_TAKEN in self.why_stopped()

    def leave_running(self) -> None:
        """It goes on for others; that it outlives its `Popen` is meant and needs no warning."""
        if self.child is not None and self.child.poll() is None:
            self.child.returncode = 0

    def why_stopped(self) -> str:
        """The last serious line it wrote since it was launched, and whether its disk is full."""
        log_file = self._home / "mongod.log"
        lines = _tail(log_file, self._log_start)
        serious = [line for line in lines if '"s":"E"' in line or '"s":"F"' in line]
        words = (serious or lines or ["it wrote no log"])[-1]
        with contextlib.suppress(ValueError, AttributeError):
            entry = json.loads(words)
            words = f"{entry.get('msg', '')} {json.dumps(entry.get('attr', {}))}"
        space = ""
        with contextlib.suppress(OSError):
            free = shutil.disk_usage(self._home).free
            if free < SHORT_OF_SPACE:
                space = f", with {free / 2**20:.0f} MB free on its disk"
        return f"mongod stopped while starting: {words[:400]}{space} (log: {log_file})"

    async def _gone(self) -> None:
        while self.alive():
            await asyncio.sleep(POLL_SECONDS)

    def _send(self, name: signal.Signals) -> None:
        if self.alive():
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, name)


def _arguments(binary: Path, home: Path, port: int) -> list[str]:
    return [
        str(binary),
        *("--dbpath", str(home)),
        *("--port", str(port)),
        *("--bind_ip", "127.0.0.1"),
        *("--replSet", REPLICA_SET),
        "--auth",
        *("--keyFile", str(home / KEY_FILE)),
        # without this, whoever is first on the machine could make the first user of a new database
        *("--setParameter", "enableLocalhostAuthBypass=false"),
        *("--oplogSize", "512"),
        *("--wiredTigerCacheSizeGB", str(CACHE_GB)),
        *("--logpath", str(home / "mongod.log")),
        "--logappend",
        *("--setParameter", "diagnosticDataCollectionEnabled=false"),
        "--nounixsocket",
        "--quiet",
    ]


def _command(pid: int) -> list[str]:
    """The arguments of a process; none when it is gone, or ended and not reaped."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="surrogateescape").split("\0")
    except OSError:
        return []


def _parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
    except (OSError, IndexError, ValueError):
        return 0


def _is_ours(words: Sequence[str], home: Path) -> bool:
    """Whether these are the arguments of a mongod that serves that folder (a repair by hand, say, does not)."""
    return _value(words, "--dbpath") == str(home) and _value(words, "--replSet") == REPLICA_SET


def _value(words: Sequence[str], option: str) -> str:
    """What follows an option; "" without it."""
    with contextlib.suppress(ValueError, IndexError):
        return words[words.index(option) + 1]
    return ""


def _tail(log_file: Path, start: int) -> list[str]:
    """The last lines of a log, none that were there before byte `start`."""
    try:
        with log_file.open("rb") as file:
            end = file.seek(0, os.SEEK_END)
            file.seek(max(start if start <= end else 0, end - LOG_TAIL))
            return file.read().decode(errors="replace").splitlines()
    except OSError:
        return []
