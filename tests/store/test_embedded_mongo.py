"""The embedded database: a real mongod that survives what happens to services."""

import asyncio
import os
import signal
from pathlib import Path

from tests.ports import reserve_port
from wxbot.database import Database, PyMongoError
from wxbot.embedded_mongo import EmbeddedMongo

PATIENCE = 120.0  # seconds a start may take on a busy machine


async def _write_and_count(uri: str) -> int:
    database = Database.connect(uri, "kept")
    try:
        await database.collection("things").insert_one({})
        return await database.collection("things").count_documents({})
    finally:
        database.close()


async def _takes_writes(uri: str) -> bool:
    database = Database.connect(uri, "admin")
    try:
        return bool((await database.client.admin.command("hello"))["isWritablePrimary"])
    except PyMongoError:
        return False
    finally:
        database.close()


async def test_data_survives_a_stop_and_a_start(tmp_path: Path):
    first = EmbeddedMongo(tmp_path)
    assert await _write_and_count(await first.start()) == 1
    await first.stop()

    second = EmbeddedMongo(tmp_path)
    assert await _write_and_count(await second.start()) == 2
    await second.stop()
    assert not (tmp_path / "mongo" / "mongod.json").exists()


async def test_a_mongod_left_over_by_a_crash_is_adopted_and_then_stopped(tmp_path: Path):
    crashed = EmbeddedMongo(tmp_path)
    await crashed.start()
    assert crashed._watcher is not None
    crashed._watcher.cancel()
    note = tmp_path / "mongo" / "mongod.json"
    note.write_text(note.read_text().replace(f'"owner": {os.getpid()}', '"owner": 999999999'))

    successor = EmbeddedMongo(tmp_path)
    assert await _write_and_count(await successor.start()) == 1
    assert successor.pid == crashed.pid
    await successor.stop()
    assert crashed._process is not None
    assert crashed._process.wait(timeout=PATIENCE) == 0


async def test_a_mongod_that_dies_is_started_again_on_the_same_port(tmp_path: Path):
    reserve_port(tmp_path)
    mongo = EmbeddedMongo(tmp_path)
    uri = await mongo.start()
    await _write_and_count(uri)
    before = mongo.pid
    assert before is not None
    os.kill(before, signal.SIGKILL)
    async with asyncio.timeout(PATIENCE):
        while mongo.pid == before or not await _takes_writes(uri):
            await asyncio.sleep(0.05)
    assert await _write_and_count(mongo.uri) == 2
    assert mongo.uri == uri
    await mongo.stop()


async def test_a_changed_port_is_no_obstacle(tmp_path: Path):
    mongo = EmbeddedMongo(tmp_path)
    await _write_and_count(await mongo.start())
    await mongo.stop()

    moved = EmbeddedMongo(tmp_path)  # without the note the old port is forgotten
    assert await _write_and_count(await moved.start()) == 2
    await moved.stop()
