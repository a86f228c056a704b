"""A service whose own database is lost: a full disk, and a mongod that cannot be started again."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes.embedded_service import EmbeddedService
from tests.processes.harness import ROOT
from wxbot.embedded_mongo import find_mongod
from wxbot.embedded_mongo.process import MongodProcess

pytestmark = pytest.mark.processes

LIMIT = 400.0
NAMESPACE = ("unshare", "--user", "--map-root-user", "--mount")
GIVES_UP_SOON = (
    "from wxbot.embedded_mongo import watcher\nwatcher.GIVE_UP_SECONDS = 2.0\nfrom wxbot.__main__ import main\nmain()"
)

ENDS_SOON = "from wxbot.embedded_mongo import server; server.END_SECONDS = 1.0"
STUCK = (  # the jobs never come to their end
    "import asyncio\nfrom wxbot.scheduler.runner import Runner\nRunner.stop = lambda self: asyncio.Event().wait()"
)


def _may_mount(folder: Path) -> bool:
    """Whether this machine lets us have a file system of our own."""
    if shutil.which(NAMESPACE[0]) is None:
        return False
    command = [*NAMESPACE, "mount", "-t", "tmpfs", "-o", "size=1m", "none", str(folder)]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0  # noqa: S603


@pytest.mark.parametrize("how", ["abort", "kill"])
def test_a_full_disk_is_survived_and_left_behind_without_a_hand(tmp_path: Path, how: str) -> None:
    disk, log = tmp_path / "disk", tmp_path / "service.log"
    disk.mkdir()
    if not _may_mount(disk):
        pytest.skip("no mount namespace of our own here")
    done = subprocess.run(  # noqa: S603 - our own script
        [*NAMESPACE, sys.executable, "-m", "tests.processes.full_disk", str(disk), str(log), how],
        check=False,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=LIMIT,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    seen = json.loads(done.stdout)
    assert seen.pop("meanwhile") != "ok"
    assert seen.pop("ready after") < LIMIT
    assert seen == {"full": True, "still running": True, "same port": True, "exit": 0, "left over": False}


@pytest.fixture
def service(tmp_path: Path) -> Iterator[EmbeddedService]:
    """A service whose mongod does not start while there is a file `broken`."""
    program = tmp_path / "bin" / "mongod"
    program.parent.mkdir()
    real = find_mongod(tmp_path).resolve()
    program.write_text(f'#!/bin/sh\n[ -e "{tmp_path}/broken" ] && exit 1\nexec "{real}" "$@"\n')
    program.chmod(0o755)
    given = {"PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}"}
    service = EmbeddedService(tmp_path / "data", tmp_path / "service.log", given=given)
    yield service
    service.kill()
    left = MongodProcess.find(tmp_path.resolve() / "data" / "mongo")
    if left is not None:
        os.kill(left.pid, signal.SIGKILL)


def _kill_mongod(tmp_path: Path) -> None:
    found = MongodProcess.find(tmp_path.resolve() / "data" / "mongo")
    assert found is not None
    os.kill(found.pid, signal.SIGKILL)


def test_a_service_whose_mongod_cannot_be_started_again_ends_so_that_its_supervisor_starts_it(
    service: EmbeddedService, tmp_path: Path
) -> None:
    service.start(program=GIVES_UP_SOON)
    service.wait(lambda: service.database() == "ok")
    (tmp_path / "broken").touch()
    _kill_mongod(tmp_path)
    service.wait(lambda: not service.running())
    assert service.process is not None
    assert service.process.returncode == 1
    log = service.log()
    assert "mongod_given_up" in log
    assert "✗ The embedded database could not be brought back" in log
    assert "Traceback" not in log

    service.start()  # as a supervisor does; it is still broken
    service.wait(lambda: not service.running())
    assert service.process.returncode == 1
    assert "✗ mongod stopped while starting" in service.log()
    (tmp_path / "broken").unlink()
    service.start()
    service.wait(lambda: service.database() == "ok")
    assert service.stop() == 0
    assert MongodProcess.find(tmp_path.resolve() / "data" / "mongo") is None


def test_a_service_in_which_something_is_stuck_ends_all_the_same(service: EmbeddedService, tmp_path: Path) -> None:
    service.start(program=f"{ENDS_SOON}\n{STUCK}\n{GIVES_UP_SOON}")
    service.wait(lambda: service.database() == "ok")
    (tmp_path / "broken").touch()
    _kill_mongod(tmp_path)
    service.wait(lambda: "mongod_given_up" in service.log())
    service.wait(lambda: not service.running())
    assert service.process is not None
    assert service.process.returncode == 1
    assert "Timeout (0:00:01)!" in service.log()


def test_a_mongod_that_can_be_started_again_later_is(service: EmbeddedService, tmp_path: Path) -> None:
    service.start()
    service.wait(lambda: service.database() == "ok")
    (tmp_path / "broken").touch()
    _kill_mongod(tmp_path)
    service.wait(lambda: service.log().count("mongod_restart_failed") >= 3)
    assert service.database() != "ok"
    (tmp_path / "broken").unlink()
    service.wait(lambda: service.database() == "ok")
    assert service.running()
    assert service.stop() == 0


def test_a_mongod_that_freezes_is_replaced(service: EmbeddedService, tmp_path: Path) -> None:
    service.start(
        program=GIVES_UP_SOON.replace("GIVE_UP_SECONDS = 2.0", "SILENT_SECONDS = 1.0; watcher.ASK_SECONDS = 0.5")
    )
    service.wait(lambda: service.database() == "ok")
    found = MongodProcess.find(tmp_path.resolve() / "data" / "mongo")
    assert found is not None
    os.kill(found.pid, signal.SIGSTOP)
    service.wait(lambda: not found.alive())
    service.wait(lambda: service.database() == "ok")
    assert service.stop() == 0


def test_what_the_service_writes_is_its_own_accounts_only(service: EmbeddedService, tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        service.start()
        service.wait(lambda: service.database() == "ok")
    finally:
        os.umask(before)
    assert service.process is not None
    status = Path(f"/proc/{service.process.pid}/status").read_text(encoding="utf-8")
    assert "Umask:\t0077" in status
    data = tmp_path / "data"
    assert [path for path in (data, *data.rglob("*")) if path.stat().st_mode & 0o077] == []
    assert service.stop() == 0
