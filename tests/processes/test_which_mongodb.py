"""The tests themselves run against another MongoDB: a running one with passwords, or another mongod."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.mongods import ADMIN, mongod_with_passwords, other_mongod
from tests.which_mongodb import MONGOD, MONGOD_VARIABLE, URI, URI_VARIABLE
from wxbot.database import Database
from wxbot.embedded_mongo import find_mongod

pytestmark = pytest.mark.processes

ROOT = Path(__file__).resolve().parents[2]
ONE_TEST = "tests/store/test_transactions.py"


async def run(*options: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a file of tests over a database in a process of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "TEST_MONGOD"))}
    return await asyncio.to_thread(
        subprocess.run,
        [
            sys.executable,
            "-m",
            "pytest",
            ONE_TEST,
            "-x",
            "-v",
            "-p",
            "no:cacheprovider",
            f"--basetemp={folder}",
            *options,
        ],
        cwd=ROOT,
        env={**kept, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("by", ["option", "variable"])
async def test_tests_run_against_a_running_replica_set_with_passwords(tmp_path: Path, by: str) -> None:
    async with mongod_with_passwords(tmp_path) as mongod:
        uri = mongod.uri(ADMIN, options="replicaSet=rs0&authSource=admin")
        if by == "option":
            done = await run(f"{URI}={uri}", folder=tmp_path / "run")
        else:
            done = await run(folder=tmp_path / "run", **{URI_VARIABLE: uri})
        assert done.returncode == 0, done.stdout
        assert f"MongoDB: the one of {URI}" in done.stdout
        assert uri not in done.stdout
        database = Database.connect(uri, "admin")
        assert "test_rooms" in await database.client.list_database_names()
        database.close()


async def test_a_standalone_server_ends_the_run_with_the_reason(tmp_path: Path) -> None:
    async with other_mongod(tmp_path) as mongod:
        done = await run(f"{URI}={mongod.uri()}", folder=tmp_path / "run")
    assert done.returncode == 4
    assert "refuses the transactions that booking needs" in done.stdout + done.stderr


async def test_workers_may_not_share_a_running_one(tmp_path: Path) -> None:
    done = await run(f"{URI}=mongodb://127.0.0.1:1/", "-n", "2", folder=tmp_path / "run")
    assert done.returncode == 4
    assert f"use {MONGOD}" in done.stdout + done.stderr


@pytest.mark.parametrize("by", ["option", "variable"])
async def test_another_mongod_is_started_instead(tmp_path: Path, by: str) -> None:
    other = tmp_path / "mongod-of-another-version"
    other.write_text(f'#!/bin/sh\necho started >> {tmp_path / "starts"}\nexec {find_mongod(tmp_path)} "$@"\n')
    other.chmod(0o755)
    if by == "option":
        done = await run(f"{MONGOD}={other}", folder=tmp_path / "run")
    else:
        done = await run(folder=tmp_path / "run", **{MONGOD_VARIABLE: str(other)})
    assert done.returncode == 0, done.stdout
    assert f"MongoDB: {other}" in done.stdout
    assert (tmp_path / "starts").read_text().splitlines() == ["started"]


async def test_a_mongod_that_cannot_be_run_is_said(tmp_path: Path) -> None:
    done = await run(f"{MONGOD}={tmp_path}", folder=tmp_path / "run")
    assert done.returncode == 4
    assert "cannot be run" in done.stdout + done.stderr
