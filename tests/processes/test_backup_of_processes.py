"""Backups beside real processes: a service that runs, a restore that is killed, a folder that is copied."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from tests.ports import free_port, reserve_port
from tests.processes.harness import PATIENCE, ROOT, World, until
from wxbot.actors import COMMAND_LINE
from wxbot.backup.service import Backups
from wxbot.backup.store import BackupStore
from wxbot.database import Database
from wxbot.embedded_mongo import EmbeddedMongo

FILLING = 6_000  # invented documents: a restore of them can be caught half-way


def start(world: World, *words: str, more: Mapping[str, str] | None = None) -> "subprocess.Popen[str]":
    """A command of the service's, as a process of its own."""
    own = words if words[0].startswith("/") else (sys.executable, "-m", "wxbot", *words)
    return subprocess.Popen(  # noqa: S603 - our own command
        own,
        cwd=world.folder,
        env={**os.environ, **world.environment(), "PYTHONPATH": str(ROOT), "COLUMNS": "250", **(more or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


async def ran(world: World, *words: str, more: Mapping[str, str] | None = None) -> tuple[int, str]:
    """Run a command to its end: exit code and what it said."""
    process = start(world, *words, more=more)
    said, _ = await asyncio.to_thread(process.communicate, timeout=PATIENCE)
    return process.returncode, said


async def test_a_running_service_is_backed_up_and_not_restored_over(world: World) -> None:
    service = await world.start().ready()
    openid = await world.follower()
    await world.say(openid, "预约", "洁牙", "周五", "下午2点", "可以")
    file = str(world.folder / "now.backup")
    code, said = await ran(world, "backup", file)
    assert code == 0, said
    pipe = f"{sys.executable} -m wxbot backup - | cat | {sys.executable} -m wxbot restore --check -"
    code, said = await ran(world, "/bin/sh", "-c", pipe)
    assert "the archive" in said.lower(), (
        said
    )  # what the service wrote between the two may differ, nothing else is said
    code, said = await ran(world, "restore", "--replace", "--yes", file)
    assert (code, "A service runs on the database" in said) == (1, True), said
    assert len(await world.rows("appointments")) == 1
    assert await world.rows("restores") == []
    assert (await service.health())[0] == 200


async def test_a_restore_that_was_killed_is_not_served_and_is_repeated(world: World) -> None:
    service = await world.start().ready()
    openid = await world.follower()
    await world.say(openid, "预约", "洁牙", "周五", "下午2点", "可以")
    await world.at_rest()
    assert await service.terminate() == 0
    await world.database.collection("interactions").insert_many(
        [{"_id": f"z{number}", "text": "话" * 2000} for number in range(FILLING)]
    )
    file = str(world.folder / "now.backup")
    code, said = await ran(world, "backup", file)
    assert code == 0, said
    await world.database.collection("job_runs").delete_many({})  # of the stopped service: no need to watch them

    restoring = start(world, "restore", "--replace", "--yes", file)

    async def half_way() -> bool:
        assert restoring.poll() is None, restoring.communicate()
        begun = await world.rows("restores", {"finished_at": None})
        return bool(begun) and 0 < await world.database.collection("interactions").estimated_document_count() < FILLING

    await until(half_way, "the restore is half-way", poll=0.001)
    restoring.send_signal(signal.SIGKILL)
    await asyncio.to_thread(restoring.communicate)

    refused = world.start(port=free_port())
    assert await refused.ended() == 1
    assert "was interrupted" in refused.tail()

    code, said = await ran(world, "restore", file)
    assert (code, "are restored" in said) == (0, True), said
    assert len(await world.rows("interactions", {"_id": {"$regex": "^z"}})) == FILLING
    again = await world.start().ready()
    assert (await again.health())[0] == 200
    assert (await world.say(openid, "我的预约")).ok
    assert "11月27日" in world.on_the_phone(openid)[-1].text


async def test_a_copied_folder_of_the_embedded_database_is_the_same_in_every_document(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    reserve_port(first)
    mongo = EmbeddedMongo(first)
    database = Database.connect(await mongo.start(), "wxbot")
    await database.collection("patients").insert_many(
        [{"_id": f"p{number}", "name": "林小满"} for number in range(500)]
    )
    await database.collection("rooms").insert_one({"_id": "1", "value": {"note": None}})
    archive = BytesIO()
    writer = Backups(BackupStore(database), audit=_NoAudit(), indexes=[])  # type: ignore[arg-type]
    manifest = await writer.write(archive, by=COMMAND_LINE, now=datetime.now(UTC))
    database.close()
    await mongo.stop()

    await asyncio.to_thread(shutil.copytree, first, second)
    copy = EmbeddedMongo(second)
    copied = Database.connect(await copy.start(), "wxbot")
    try:
        compared = Backups(BackupStore(copied), audit=_NoAudit(), indexes=[])  # type: ignore[arg-type]
        assert manifest.documents == 501
        assert await compared.compare(archive, by=COMMAND_LINE, now=datetime.now(UTC)) == []
        await copied.collection("rooms").update_one({}, {"$set": {"value.note": "漏水"}})
        assert len(await compared.compare(archive, by=COMMAND_LINE, now=datetime.now(UTC))) == 1
    finally:
        copied.close()
        await copy.stop()


class _NoAudit:
    async def record(self, *_facts: object, **_more: object) -> None:
        """Nobody is told: this database has no rooms."""
