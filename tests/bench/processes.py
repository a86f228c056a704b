"""Processes of a run: started with a clean environment, waited for, measured and stopped by their own id."""

import asyncio
import contextlib
import json
import os
import shutil
import socket
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar

import aiohttp

from .load import Load, Outcome

ROOT = Path(__file__).resolve().parents[2]
CODE = ("wxbot", "handlers", "jobs", "config", "tests/bench", "tests/corpus", "tests/unit/quality")
READY_SECONDS = 180.0  # of a start while others use the machine; alone it takes two
STOP_SECONDS = 30.0
LOAD_SECONDS = 300.0
POLL_SECONDS = 0.005


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def snapshot(home: Path) -> Path:
    """A copy of the code, so that every process of a run is of one version whatever is edited meanwhile."""
    copy = home / "code"
    for name in CODE:
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    return copy


def environment(code: Path, extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Ours without any WXBOT_ setting, and with `code` importable."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("WXBOT_")}
    return {**kept, "PYTHONPATH": str(code), **(extra or {})}


@dataclass
class Server:
    """A running server process."""

    name: str
    process: asyncio.subprocess.Process
    port: int
    log: Path
    started: float  # monotonic seconds
    running: ClassVar[dict[int, str]] = {}  # pid -> name, of every server that is up

    @classmethod
    async def start(cls, name: str, *words: str, port: int, home: Path, settings: Mapping[str, str]) -> "Server":
        """Start `python -m words…`, its output in a file of `home`."""
        log = home / f"{name}.log"
        started = time.monotonic()
        with log.open("ab") as output:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                *words,
                cwd=home,
                env=environment(home / "code", settings),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        cls.running[process.pid] = name
        return cls(name, process, port, log, started)

    async def answers(self, http: aiohttp.ClientSession, path: str = "/healthz") -> float:
        """Wait for a 200; seconds since the start."""
        async with asyncio.timeout(READY_SECONDS):
            while True:
                if self.process.returncode is not None:
                    raise RuntimeError(f"{self.name} ended: {self.log.read_text()[-2000:]}")
                with contextlib.suppress(aiohttp.ClientError):
                    async with http.get(f"http://127.0.0.1:{self.port}{path}") as response:
                        if response.status == 200:
                            return time.monotonic() - self.started
                await asyncio.sleep(POLL_SECONDS)

    async def stop(self) -> None:
        """Ask it to stop and wait."""
        if self.process.returncode is None:
            self.process.terminate()
            try:
                async with asyncio.timeout(STOP_SECONDS):
                    await self.process.wait()
            except TimeoutError:
                self.process.kill()
                await self.process.wait()
        self.running.pop(self.process.pid, None)


async def run_load(load: Load, code: Path) -> Outcome:
    """Run the generator; raises when an answer was not what it must be."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.bench.load",
        env=environment(code),
        cwd=code,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(LOAD_SECONDS):
            told, _ = await process.communicate(json.dumps(asdict(load)).encode())
    finally:
        if process.returncode is None:
            process.kill()
    if process.returncode:
        raise RuntimeError("the load generator failed")
    outcome = Outcome(**json.loads(told))
    if outcome.bad:
        raise RuntimeError(f"{outcome.bad} of {outcome.answered} answers were wrong, the first: {outcome.first_bad}")
    return outcome


def memory_mb(pid: int, field: str = "VmRSS") -> float:
    """Resident memory of a process in MB (VmHWM: its highest so far)."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(field):
            return int(line.split()[1]) / 1024
    return 0.0


def cpu_seconds(pid: int) -> float:
    """Processor time a process has used, user and system."""
    words = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def mongod_of(data_dir: Path) -> dict[str, Any]:
    """Process id and port of the mongod a service started for itself."""
    note: dict[str, Any] = json.loads((data_dir / "mongo" / "mongod.json").read_text())
    return note


def machine_seconds() -> tuple[float, float]:
    """Processor time of the whole machine since its start: in use or taken away by its host, and in all.

    Interrupts are left out: most are our own traffic, and no process is charged for them.
    """
    words = [int(word) for word in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    tick = os.sysconf("SC_CLK_TCK")
    return (sum(words[:3]) + words[7]) / tick, sum(words) / tick


def our_seconds(mongo_pid: int) -> float:
    """Processor time this run has used: itself, what has ended, what is up, the mongod."""
    own = os.times()
    return sum(own[:4]) + sum(cpu_seconds(pid) for pid in (*Server.running, mongo_pid))
