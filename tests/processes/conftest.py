"""Worlds with real processes in them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.processes.harness import Mongod, World, open_world


@pytest.fixture
async def world(mongo_uri: str, tmp_path: Path) -> AsyncIterator[World]:
    """A platform and a fresh database, no process yet."""
    async with open_world(mongo_uri, tmp_path) as opened:
        yield opened
        await opened.database.client.drop_database(opened.database.name)


@pytest.fixture
async def mongod(tmp_path: Path) -> AsyncIterator[Mongod]:
    """A mongod of the test's own, not started yet."""
    own = Mongod(tmp_path / "own")
    yield own
    own.stop()
