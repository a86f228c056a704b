"""The embedded database: a real mongod that survives what happens to services, and opens to its own user only."""

import asyncio
import os
import signal
import socket
import stat
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.ports import free_port, reserve_port
from wxbot.database import Database, PyMongoError
from wxbot.embedded_mongo import EmbeddedMongo, find_mongod, ports
from wxbot.embedded_mongo.process import REPLICA_SET, MongodProcess
from wxbot.errors import ConfigurationError

PATIENCE = 120.0  # seconds a start may take on a busy machine
UNAUTHORIZED = 13  # MongoDB's error code of a command without the right to it


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


@asynccontextmanager
async def _opened(data_dir: Path) -> AsyncIterator[EmbeddedMongo]:
    mongo = EmbeddedMongo(data_dir)
    await mongo.start()
    try:
        yield mongo
    finally:
        await mongo.stop()


def _pid(mongo: EmbeddedMongo) -> int:
    assert mongo.process is not None
    return mongo.process.pid


def _running(data_dir: Path) -> MongodProcess | None:
    return MongodProcess.find(data_dir.resolve() / "mongo")


# -- starting, stopping, dying ------------------------------------------------------------------------------------


async def test_data_survives_a_stop_and_a_start(tmp_path: Path):
    async with _opened(tmp_path) as first:
        assert await _write_and_count(first.uri) == 1
    assert _running(tmp_path) is None
    async with _opened(tmp_path) as second:
        assert await _write_and_count(second.uri) == 2
    assert not (tmp_path / "mongo" / "mongod.json").exists()


async def test_the_last_to_leave_stops_it(tmp_path: Path):
    async with _opened(tmp_path) as first:
        second = EmbeddedMongo(tmp_path)
        assert await second.start() == first.uri
        pid = _pid(first)
        assert _pid(second) == pid
    assert _running(tmp_path) is not None
    assert await _write_and_count(second.uri) == 1
    await second.stop()
    assert _running(tmp_path) is None


async def test_a_port_that_something_else_took_for_a_moment_is_waited_for(tmp_path: Path):
    reserve_port(tmp_path)
    async with _opened(tmp_path) as first:
        assert first.process is not None
        port = first.process.port
        await first.process.kill()
        taken = socket.socket()
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", port))
        taken.listen()
        second = EmbeddedMongo(tmp_path)
        starting = asyncio.create_task(second.start())
        log_file = tmp_path / "mongo" / "mongod.log"
        async with asyncio.timeout(60):
            while "Address already in use" not in log_file.read_text(errors="replace"):
                await asyncio.sleep(0.05)
        taken.close()
        assert await starting == first.uri
        await second.stop()


def test_a_new_folder_gets_a_port_that_no_outgoing_connection_may_take():
    first_outgoing = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert 20_000 <= ports.free_port(preferred=taken.getsockname()[1]) < first_outgoing


async def test_a_mongod_that_dies_is_started_again_on_the_same_port(tmp_path: Path):
    reserve_port(tmp_path)
    async with _opened(tmp_path) as mongo, mongo.kept_running():
        uri, before = mongo.uri, _pid(mongo)
        await _write_and_count(uri)
        os.kill(before, signal.SIGKILL)
        async with asyncio.timeout(PATIENCE):
            while _pid(mongo) == before or not await _takes_writes(uri):
                await asyncio.sleep(0.05)
        assert await _write_and_count(uri) == 2
        assert mongo.uri == uri


async def test_a_changed_port_is_no_obstacle(tmp_path: Path):
    async with _opened(tmp_path) as mongo:
        await _write_and_count(mongo.uri)
    reserve_port(tmp_path)
    async with _opened(tmp_path) as moved:
        assert await _write_and_count(moved.uri) == 2


async def test_a_mongod_that_does_not_answer_is_replaced_by_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    async with _opened(tmp_path) as first:
        assert await _write_and_count(first.uri) == 1
        os.kill(_pid(first), signal.SIGSTOP)
        monkeypatch.setattr("wxbot.embedded_mongo.readiness.START_LIMIT_SECONDS", 6.0)  # it waits so long for the first
        async with _opened(tmp_path) as second:
            assert _pid(second) != _pid(first)
            assert await _write_and_count(first.uri) == 2


async def test_a_mongod_that_was_just_started_again_is_stopped_with_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """The service is stopped while its mongod, started again, does not answer yet."""
    asked = asyncio.Event()

    async def never_ready(*_: object) -> None:
        asked.set()
        await asyncio.Event().wait()

    async with _opened(tmp_path) as mongo:
        before = _pid(mongo)
        async with mongo.kept_running():
            monkeypatch.setattr("wxbot.embedded_mongo.server.make_ready", never_ready)
            os.kill(before, signal.SIGKILL)
            await asked.wait()
        assert mongo.process is not None
        assert (mongo.process.pid != before, mongo.process.child is not None) == (True, True)
        process = mongo.process
    assert not process.alive()
    assert _running(tmp_path) is None


# -- what may lie in the folder -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words", ["", "{", "[]", "7", '{"pid": 1}', '{"pid": 1, "port": "here"}', '{"port": 99999999}', "\0" * 256, "\xff"]
)
async def test_a_damaged_note_is_no_obstacle(tmp_path: Path, words: str):
    async with _opened(tmp_path) as mongo:
        assert await _write_and_count(mongo.uri) == 1
        (tmp_path / "mongo" / "mongod.json").write_bytes(words.encode("latin-1"))
        async with _opened(tmp_path) as second:  # adopts what runs
            assert await _write_and_count(second.uri) == 2
    (tmp_path / "mongo" / "mongod.json").write_bytes(words.encode("latin-1"))
    async with _opened(tmp_path) as later:
        assert await _write_and_count(later.uri) == 3


@pytest.mark.parametrize("lost", [("keyfile",), ("password",), ("keyfile", "password")])
@pytest.mark.parametrize("damage", [None, "", "short", "\0\xff"])
async def test_lost_credentials_are_made_again(tmp_path: Path, lost: tuple[str, ...], damage: str | None):
    async with _opened(tmp_path) as mongo:
        assert await _write_and_count(mongo.uri) == 1
    for name in lost:
        file = tmp_path / "mongo" / name
        file.unlink() if damage is None else file.write_bytes(damage.encode("latin-1"))
    async with _opened(tmp_path) as later:
        assert await _write_and_count(later.uri) == 2


async def test_credentials_lost_while_it_runs_are_put_back_by_a_restart(tmp_path: Path):
    async with _opened(tmp_path) as mongo, mongo.kept_running():
        before = _pid(mongo)
        for name in ("keyfile", "password"):
            (tmp_path / "mongo" / name).unlink()
        os.kill(before, signal.SIGKILL)
        async with asyncio.timeout(PATIENCE):
            while _pid(mongo) == before or not await _takes_writes(mongo.uri):
                await asyncio.sleep(0.05)
        assert await _write_and_count(mongo.uri) == 1


async def test_another_key_than_the_running_mongods_replaces_it(tmp_path: Path):
    left = EmbeddedMongo(tmp_path)
    await left.start()
    assert await _write_and_count(left.uri) == 1
    left._leave()  # as a kill does
    (tmp_path / "mongo" / "keyfile").write_text("0" * 128)
    async with _opened(tmp_path) as mongo:
        assert await _write_and_count(mongo.uri) == 2


@pytest.mark.parametrize("what", ["data is a file", "mongo is a file", "no such place", "lock is a folder"])
async def test_a_folder_that_cannot_be_used_is_told_in_a_sentence(tmp_path: Path, what: str):
    data = tmp_path / "data"
    if what == "data is a file":
        data.write_text("")
    elif what == "mongo is a file":
        data.mkdir()
        (data / "mongo").write_text("")
    elif what == "no such place":
        data = Path("/proc/nowhere/data")
    else:
        (data / "mongo" / "users.lock").mkdir(parents=True)
    with pytest.raises(ConfigurationError, match=r"The embedded database cannot use .*: [A-Z]"):
        await EmbeddedMongo(data).start()


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("#!/bin/sh\nexit 3\n", "mongod stopped while starting"),
        ("#!/no/such/interpreter\n", "cannot use"),
        ("", "cannot use"),
    ],
)
async def test_a_wrong_program_is_told_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, told: str
):
    program = tmp_path / "bin" / "mongod"
    program.parent.mkdir()
    program.write_text(script)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=os.pathsep)
    with pytest.raises(ConfigurationError, match=told):
        await EmbeddedMongo(tmp_path / "data").start()
    monkeypatch.undo()
    async with _opened(tmp_path / "data") as mongo:  # nothing is left behind that is in the way
        assert await _write_and_count(mongo.uri) == 1


# -- who may open it ----------------------------------------------------------------------------------------------


async def test_nobody_reads_or_writes_without_the_password(tmp_path: Path):
    async with _opened(tmp_path) as mongo:
        assert await _write_and_count(mongo.uri) == 1
        assert mongo.process is not None
        stranger = Database.connect(f"mongodb://127.0.0.1:{mongo.process.port}/?directConnection=true", "kept")
        things = stranger.collection("things")
        attempts = {
            "read": things.find_one({}),
            "write": things.insert_one({}),
            "list": stranger.client.list_database_names(),
            "become a user": stranger.client.admin.command("createUser", "eve", pwd="eve", roles=["root"]),
            "stop it": stranger.client.admin.command("shutdown"),
        }
        refused: dict[str, int | None] = {}
        for name, attempt in attempts.items():
            with pytest.raises(PyMongoError) as error:
                await attempt
            refused[name] = getattr(error.value, "code", None)
        stranger.close()
        assert refused == dict.fromkeys(attempts, UNAUTHORIZED)
        wrong = mongo.uri.replace("wxbot:", "wxbot:x")
        with pytest.raises(PyMongoError, match="Authentication failed"):
            await _write_and_count(wrong)


async def test_the_services_user_cannot_make_users(tmp_path: Path):
    async with _opened(tmp_path) as mongo:
        ours = Database.connect(mongo.uri, "admin")
        for attempt in (
            ours.client.admin.command("createUser", "eve", pwd="eve", roles=["root"]),
            ours.client.admin.command("grantRolesToUser", "wxbot", roles=["root"]),
            ours.client.admin.command("shutdown"),
        ):
            with pytest.raises(PyMongoError) as error:
                await attempt
            assert getattr(error.value, "code", None) == UNAUTHORIZED
        ours.close()


async def test_folder_and_files_are_shut_to_other_accounts(tmp_path: Path):
    data = tmp_path / "data"
    (data / "mongo").mkdir(parents=True)
    data.chmod(0o755)
    (data / "mongo").chmod(0o777)
    before = os.umask(0o022)
    try:
        async with _opened(data) as mongo:
            await _write_and_count(mongo.uri)
            modes = {path: stat.S_IMODE(path.stat().st_mode) for path in (data, *data.rglob("*"))}
    finally:
        os.umask(before)
    assert [str(path) for path, mode in modes.items() if mode & 0o077] == []
    assert {name: modes[data / "mongo" / name] for name in ("keyfile", "password", "mongod.json")} == {
        "keyfile": 0o600,
        "password": 0o600,
        "mongod.json": 0o600,
    }


async def test_neither_password_nor_key_is_shown(tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    async with _opened(tmp_path) as mongo:
        await _write_and_count(mongo.uri)
        secrets = [(tmp_path / "mongo" / name).read_text().strip() for name in ("keyfile", "password")]
        assert secrets[1] in mongo.uri
        database = Database.connect(mongo.uri, "x")
        seen_by_others = [_of_process(_pid(mongo), name) for name in ("cmdline", "environ")]
        shown = repr(mongo) + repr(mongo._credentials) + repr(database) + "".join(seen_by_others)
        database.close()
    out, err = capfd.readouterr()
    log = (tmp_path / "mongo" / "mongod.log").read_text()
    assert [secret for secret in secrets if secret in shown + out + err + log] == []


def _of_process(pid: int, name: str) -> str:
    return Path(f"/proc/{pid}/{name}").read_bytes().decode(errors="replace")


async def _old_folder(data_dir: Path) -> subprocess.Popen[bytes]:
    """A mongod as earlier versions ran it, without users, with one thing in its database."""
    home = data_dir / "mongo"
    home.mkdir(parents=True)
    home.chmod(0o755)
    port = free_port()
    old = subprocess.Popen(  # noqa: S603, ASYNC220
        [
            *(str(find_mongod(data_dir)), "--dbpath", str(home), "--port", str(port), "--bind_ip", "127.0.0.1"),
            *("--replSet", REPLICA_SET, "--logpath", str(home / "mongod.log"), "--nounixsocket", "--quiet"),
        ],
        stdout=subprocess.DEVNULL,
    )
    (home / "mongod.json").write_text(f'{{"pid": {old.pid}, "port": {port}, "owner": 1}}')
    uri = f"mongodb://127.0.0.1:{port}/?directConnection=true"
    database = Database.connect(uri, "admin")
    member = {"_id": 0, "host": f"127.0.0.1:{port}"}
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                await database.client.admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": [member]})
            except PyMongoError:
                await asyncio.sleep(0.05)
            else:
                break
        while not await _takes_writes(uri):
            await asyncio.sleep(0.05)
    database.close()
    assert await _write_and_count(uri) == 1
    return old


@pytest.mark.parametrize("left_running", [True, False])
async def test_a_folder_of_an_earlier_version_gets_its_user(tmp_path: Path, *, left_running: bool):
    old = await _old_folder(tmp_path)
    if not left_running:
        old.terminate()
        old.wait(timeout=PATIENCE)
    async with _opened(tmp_path) as mongo:
        assert await _write_and_count(mongo.uri) == 2
        assert mongo.process is not None
        open_to_all = f"mongodb://127.0.0.1:{mongo.process.port}/?directConnection=true"
        with pytest.raises(PyMongoError, match="requires authentication"):
            await _write_and_count(open_to_all)
    assert old.wait(timeout=PATIENCE) == 0
