"""Which MongoDB the tests run against: the service's own choice, another mongod, or one that is running already."""

import asyncio
import os
import shutil
import tempfile
from pathlib import Path

import pytest

from wxbot.clock import SystemClock
from wxbot.database import Database
from wxbot.diagnostics.service import Diagnostics, problems
from wxbot.diagnostics.store import DatabaseProbe
from wxbot.embedded_mongo import find_mongod
from wxbot.errors import ConfigurationError

URI, MONGOD = "--mongodb-uri", "--mongod"
URI_VARIABLE, MONGOD_VARIABLE = "TEST_MONGODB_URI", "TEST_MONGOD"


def add_options(parser: pytest.Parser) -> None:
    """The two options, and the variables of the environment that stand for them."""
    group = parser.getgroup("mongodb", "which MongoDB the tests run against")
    group.addoption(
        URI,
        default=os.environ.get(URI_VARIABLE, ""),
        help=f"A running replica set for tests; its databases test_… are emptied. Default: ${URI_VARIABLE}.",
    )
    group.addoption(
        MONGOD,
        default=os.environ.get(MONGOD_VARIABLE, ""),
        help=f"The mongod to start instead of the one on PATH or of the packages. Default: ${MONGOD_VARIABLE}.",
    )


def settle(config: pytest.Config) -> None:
    """Put the chosen mongod first on PATH, for this process and all that it starts. Raises UsageError."""
    uri, mongod = config.getoption(URI), config.getoption(MONGOD)
    if uri and (config.getoption("numprocesses", 0) or hasattr(config, "workerinput")):
        raise pytest.UsageError(f"{URI}: workers would empty each other's databases; run without -n, or use {MONGOD}")
    if not mongod:
        return
    binary = Path(mongod).resolve()
    if not os.access(binary, os.X_OK) or binary.is_dir():
        raise pytest.UsageError(f"{MONGOD}: {mongod} cannot be run")
    folder = Path(tempfile.mkdtemp(prefix="mongod-"))
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    (folder / "mongod").symlink_to(binary)
    os.environ["PATH"] = f"{folder}{os.pathsep}{os.environ.get('PATH', '')}"


def described(config: pytest.Config) -> str:
    """One line for the report's head."""
    if config.getoption(URI):
        return f"MongoDB: the one of {URI}"
    try:
        return f"MongoDB: {find_mongod(Path(tempfile.gettempdir())).resolve()}"
    except ConfigurationError:
        return "MongoDB: none"


def checked(uri: str) -> str:
    """That address, when the tests can use what answers there; ends the run with the reason otherwise."""

    async def examine() -> str:
        database = Database.connect(uri, "test_rooms")
        try:
            diagnostics = Diagnostics(
                DatabaseProbe(database), Path(tempfile.gettempdir()), SystemClock(), embedded=False
            )
            return problems((await diagnostics.database()).findings)
        finally:
            database.close()

    if wrong := asyncio.run(examine()):
        pytest.exit(f"{URI}: {wrong}", returncode=4)
    return uri
