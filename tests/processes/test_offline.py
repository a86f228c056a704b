"""The demo's whole story with the network off except loopback."""

import asyncio
import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.demo_clock import demo_begins_on_monday
from tests.ports import free_port
from tests.processes.harness import ROOT

pytestmark = pytest.mark.processes

OFFLINE = Path(__file__).with_name("offline")
LIMIT = 280.0
NAMESPACE = ("unshare", "--map-root-user", "--net")


async def _run(
    *command: str, environment: dict[str, str] | None = None, folder: Path | None = None
) -> tuple[int, str, str]:
    """Exit code, standard output and standard error."""
    process = await asyncio.create_subprocess_exec(
        *command, env=environment, cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        async with asyncio.timeout(LIMIT):
            out, err = await process.communicate()
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


async def _has_namespaces() -> bool:
    """Whether this machine lets us make an empty network."""
    if shutil.which(NAMESPACE[0]) is None:
        return False
    code, _, _ = await _run(*NAMESPACE, "true")
    return code == 0


async def test_the_demo_tells_its_story_with_the_network_off(tmp_path: Path) -> None:
    namespace = await _has_namespaces()
    notes = tmp_path / "attempts-to-get-out"
    demo_begins_on_monday(tmp_path / "data")
    environment = {
        **os.environ,
        "PYTHONPATH": f"{OFFLINE}{os.pathsep}{ROOT}",
        "TEST_OFFLINE_NOTES": str(notes),
        "WXBOT_DATA_DIR": str(tmp_path / "data"),
        "WXBOT_HTTP_PORT": str(free_port()),
        **({} if namespace else {"TEST_OFFLINE_BY_GUARD_ALONE": "yes"}),
    }
    story = (sys.executable, str(OFFLINE / "story.py"))
    how = "namespace" if namespace else "guard"
    code, out, err = await _run(
        *(NAMESPACE if namespace else ()),
        *story,
        how,
        str(notes),
        str(free_port()),
        environment=environment,
        folder=tmp_path,
    )
    assert code == 0, err[-4000:]
    found: dict[str, Any] = json.loads(out)

    # it was off: an attempt is refused and noted, also by the network itself where that can be had
    assert set(found["refused"]) >= ({"connect", "name", "bare"} if namespace else {"connect", "name"})
    assert found["refused"]["connect"].startswith("offline: socket.connect")
    assert found["refused"]["name"].startswith("offline: socket.getaddrinfo")
    if namespace:
        assert "unreachable" in found["refused"]["bare"]
    assert found["noted"] == ["socket.connect 192.0.2.1", "socket.getaddrinfo api.weixin.qq.com"]
    assert notes.read_text(encoding="utf-8").splitlines() == found["noted"]  # and nobody else tried

    # the story, and every word of it in the database
    said = [seen["text"] for seen in found["phone"] if seen["direction"] == "in"]
    assert said[-1] == "好的"
    for seen in found["phone"]:
        assert _first_words(seen) in found["timeline"]
    assert found["exit"] == 0
    assert not (tmp_path / "data" / "mongo" / "mongod.json").exists()  # the database was stopped, too


def _first_words(seen: dict[str, Any]) -> str:
    card = seen["card"]
    words = seen["text"] or (card["fields"][0][1] if card else "")
    return str(words).splitlines()[0]
