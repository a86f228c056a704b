"""The embedded mongod under every order of start, stop and kill of those who use it: two services and a command."""

import multiprocessing
import os
import signal
from collections.abc import Iterator
from itertools import combinations, product
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from time import monotonic, sleep

import pytest

from tests.ports import reserve_port
from tests.processes.embedded_user import use
from wxbot.embedded_mongo.process import MongodProcess

pytestmark = pytest.mark.processes

PATIENCE = 90.0  # seconds for a step on a busy machine
ACTORS = ("service", "second service", "command")
ABORT_AFTER = (0.0, 0.05, 0.15, 0.3, 0.45, 0.6, 0.8, 1.1)  # seconds into a start, in turns: every stage of it is hit

forking = multiprocessing.get_context("forkserver")
forking.set_forkserver_preload(["tests.processes.embedded_user"])


class Users:
    """A data folder and the processes that use it, with what must be true of them."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.up: dict[str, tuple[ForkServerProcess, Connection]] = {}
        self.starting: dict[str, tuple[ForkServerProcess, Connection]] = {}
        self.stopping: list[ForkServerProcess] = []
        self.written = 0
        self.aborts = 0
        self.orderly = True  # whether nobody was killed since somebody started: then nothing may be left over

    def begin(self, actor: str, event: str) -> None:
        """Let it happen; `settle` waits for it."""
        if event in {"start", "abort"}:
            here, there = forking.Pipe()
            process = forking.Process(target=use, args=(str(self.data_dir), there), name=actor)
            process.start()
            there.close()
            self.starting[actor] = (process, here)
        elif event == "kill mongod":
            found = MongodProcess.find(self.data_dir / "mongo")
            assert found is not None
            os.kill(found.pid, signal.SIGKILL)
        else:
            process, pipe = self.up.pop(actor)
            pipe.close()
            assert process.pid is not None
            os.kill(process.pid, signal.SIGTERM if event == "stop" else signal.SIGKILL)
            self.orderly &= event == "stop"
            self.stopping.append(process) if event == "stop" else process.join(PATIENCE)
        if event == "abort":
            process, pipe = self.starting.pop(actor)
            sleep(ABORT_AFTER[self.aborts % len(ABORT_AFTER)])
            self.aborts += 1
            process.kill()
            process.join(PATIENCE)
            pipe.close()
            self.orderly = False

    def settle(self) -> None:
        """Wait until what began is over, then see that everybody who is up reads and writes, and nothing was lost."""
        for process in self.stopping:
            process.join(PATIENCE)
            assert process.exitcode == 0
        self.stopping.clear()
        for actor, (process, pipe) in self.starting.items():
            assert pipe.poll(PATIENCE), f"{actor} is not ready"
            assert pipe.recv() == "ready", process.exitcode
            self.up[actor] = (process, pipe)
        self.starting.clear()
        for actor, (_, pipe) in self.up.items():
            self.written += 1
            pipe.send(self.written)
            assert pipe.poll(PATIENCE), f"{actor} cannot write"
            assert pipe.recv() == self.written
        mongods = self.mongods()
        if self.up:
            assert len(mongods) == 1
        elif self.orderly:
            assert mongods == []

    def mongods(self) -> list[int]:
        """The processes that run on the folder."""
        home = os.fsencode(self.data_dir / "mongo")
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    words = (entry / "cmdline").read_bytes().split(b"\0")
                except OSError:
                    continue
                found += [int(entry.name)] if home in words else []
        return found

    def go_to(self, wanted: set[str]) -> None:
        """Have exactly these up, by starts and, in turns, stops and kills."""
        for number, actor in enumerate(sorted(self.up.keys() - wanted)):
            self.begin(actor, "kill" if (number + self.written) % 2 else "stop")
            self.settle()
        for actor in sorted(wanted - self.up.keys()):
            self.begin(actor, "start")
        self.settle()

    def leave_nothing(self) -> None:
        """A fresh start is ready; after its orderly stop nothing is left over."""
        self.go_to(set())
        self.begin("service", "start")
        self.settle()
        self.orderly = True
        self.begin("service", "stop")
        self.settle()


@pytest.fixture
def users(tmp_path: Path) -> Iterator[Users]:
    reserve_port(tmp_path)
    users = Users(tmp_path.resolve())
    yield users
    for process, _ in (*users.up.values(), *users.starting.values()):
        process.kill()
        process.join(PATIENCE)
    for pid in users.mongods():
        os.kill(pid, signal.SIGKILL)


def events(actor: str, up: set[str]) -> tuple[str, ...]:
    return ("stop", "kill") if actor in up else ("start", "abort")


STATES = [set(chosen) for size in range(len(ACTORS) + 1) for chosen in combinations(ACTORS, size)]


@pytest.mark.parametrize("up", STATES, ids=lambda up: "+".join(sorted(up)) or "nobody")
def test_every_two_things_at_once_end_ready(users: Users, up: set[str]) -> None:
    for first, second in combinations(ACTORS, 2):
        for one, other in product(events(first, up), events(second, up)):
            users.go_to(up)
            users.orderly = True
            users.begin(first, one)
            users.begin(second, other)
            users.settle()
    users.leave_nothing()


@pytest.mark.parametrize("up", [each for each in STATES if each], ids=lambda up: "+".join(sorted(up)))
def test_a_mongod_that_is_killed_beside_anything_comes_back(users: Users, up: set[str]) -> None:
    for actor in ACTORS:
        for event in events(actor, up):
            users.go_to(up)
            users.begin("", "kill mongod")
            users.begin(actor, event)
            users.settle()
    users.leave_nothing()


def test_the_locks_die_with_their_process_and_with_nobody_else(users: Users) -> None:
    users.begin("service", "start")
    users.settle()
    found = MongodProcess.find(users.data_dir / "mongo")
    assert found is not None
    held = {link.readlink().name for link in Path(f"/proc/{found.pid}/fd").iterdir()}
    assert not held & {"users.lock", "start.lock"}
    began = monotonic()
    users.leave_nothing()
    assert monotonic() - began < PATIENCE
