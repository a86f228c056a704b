"""`wxbot check` as it is called before each start: one sentence per finding, never a trace, never a secret."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from time import monotonic

import pytest
import pytest_asyncio
from typer.testing import Result

from tests.mongods import OtherMongod, other_mongod
from tests.ports import free_port
from tests.scenarios.test_operations import SHIPPED, given, wxbot
from wxbot.diagnostics.models import MB
from wxbot.embedded_mongo import EmbeddedMongo

NOWHERE = "http://127.0.0.1:1"  # where no platform answers
MARKS = {"✓", "!", "✗"}
BROKEN_DEVICE = Path("/proc/self/mem")  # reading it fails for everybody, root too


def check(folder: Path, **values: str) -> Result:
    """Run it; whatever it finds, it says sentences."""
    result = wxbot(folder, "check", **given(WECHAT_API_BASE_URL=NOWHERE, **values))
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert "Traceback" not in result.output
    return result


def said(result: Result, mark: str) -> list[str]:
    """The findings of that mark."""
    assert mark in MARKS
    return [line.removeprefix(mark).strip() for line in result.output.splitlines() if line.startswith(mark)]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def standalone(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[OtherMongod]:
    async with other_mongod(tmp_path_factory.mktemp("standalone")) as mongod:
        yield mongod


# -- the embedded database ----------------------------------------------------------------------------------------


def test_the_embedded_database_is_started_examined_and_stopped_again(tmp_path: Path) -> None:
    result = check(tmp_path, DATA_DIR=str(tmp_path / "data"))
    assert (result.exit_code, said(result, "✗")) == (0, [])
    fine = " ".join(said(result, "✓"))
    for told in ("a transaction was written and taken back", "of the database server's", "free on"):
        assert told in fine
    assert running_on(tmp_path / "data") == []


def test_the_embedded_version_is_named_and_so_is_what_to_use_instead(tmp_path: Path) -> None:
    told = [line for line in said(check(tmp_path), "!") + said(check(tmp_path), "✓") if "the embedded one" in line]
    assert all("MongoDB 6.0" not in line or "In production use MongoDB 7 or 8" in line for line in told)


async def test_a_running_embedded_database_goes_on_running(tmp_path: Path) -> None:
    mongo = EmbeddedMongo((tmp_path / "data").resolve())
    await mongo.start()
    try:
        before = running_on(tmp_path / "data")
        result = await in_a_thread(tmp_path, DATA_DIR=str(tmp_path / "data"))
        assert (result.exit_code, running_on(tmp_path / "data")) == (0, before)
    finally:
        await mongo.stop()


def test_a_damaged_note_is_said_and_does_not_keep_the_service_from_starting(tmp_path: Path) -> None:
    note = tmp_path / "data" / "mongo" / "mongod.json"
    note.parent.mkdir(parents=True)
    note.write_text('{"pid": 12, "po')
    result = check(tmp_path, DATA_DIR=str(tmp_path / "data"))
    assert result.exit_code == 0
    assert any("mongod.json is damaged (it is not JSON)" in line for line in said(result, "!"))


@pytest.mark.parametrize("text", ["", "[]", "7", '{"pid": "many", "port": []}', '{"pid": -1}'])
def test_no_note_whatever_stands_in_it_is_a_trace(tmp_path: Path, text: str) -> None:
    note = tmp_path / "data" / "mongo" / "mongod.json"
    note.parent.mkdir(parents=True)
    note.write_text(text)
    assert any("mongod.json is damaged" in line for line in said(check(tmp_path, DATA_DIR=str(tmp_path / "data")), "!"))
    assert running_on(tmp_path / "data") == []


def test_damaged_data_are_said_with_the_words_of_the_log(tmp_path: Path) -> None:
    data = tmp_path / "data" / "mongo"
    data.mkdir(parents=True)
    (data / "WiredTiger.turtle").write_text("nonsense")
    (data / "storage.bson").write_text("nonsense")
    result = check(tmp_path, DATA_DIR=str(tmp_path / "data"))
    (problem,) = said(result, "✗")
    assert result.exit_code == 1
    assert problem.startswith("Embedded database: mongod")
    assert "mongod.log" in result.output


def test_a_log_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "data" / "mongo" / "mongod.log").mkdir(parents=True)
    result = check(tmp_path, DATA_DIR=str(tmp_path / "data"))
    (problem,) = said(result, "✗")
    assert problem.startswith("Embedded database: ")


@pytest.mark.parametrize("where", ["file", "below a file", "no disk"])
def test_a_data_folder_that_cannot_be_written(tmp_path: Path, where: str) -> None:
    (tmp_path / "file").write_text("")
    folder = {"file": tmp_path / "file", "below a file": tmp_path / "file" / "data", "no disk": Path("/proc/data")}[
        where
    ]
    result = check(tmp_path, DATA_DIR=str(folder))
    (problem,) = said(result, "✗")
    assert result.exit_code == 1
    assert problem.startswith(f"Data folder: {folder} cannot be written (")
    assert "WXBOT_DATA_DIR" in problem


def test_a_file_in_the_place_of_the_embedded_databases_folder(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "mongo").write_text("")
    result = check(tmp_path, DATA_DIR=str(tmp_path / "data"))
    (problem,) = said(result, "✗")
    assert problem.startswith("Embedded database: ")


def test_a_disk_that_is_almost_full_is_a_problem_and_mongod_is_not_started_on_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: type("Usage", (), {"free": 90 * MB}))
    result = check(tmp_path, DATA_DIR=str(tmp_path / "data"))
    (problem,) = said(result, "✗")
    assert problem.startswith(f"Disk: only 90 MB left on {tmp_path / 'data'}, so writes will soon fail.")
    assert not (tmp_path / "data" / "mongo").exists()


def test_a_disk_with_little_room_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: type("Usage", (), {"free": 900 * MB}))
    result = check(tmp_path, DATA_DIR=str(tmp_path / "data"))
    assert result.exit_code == 0
    assert any(line.startswith("Disk: 900 MB left") for line in said(result, "!"))


# -- an external database -----------------------------------------------------------------------------------------


def test_an_external_database_that_is_fine(tmp_path: Path, mongo_uri: str) -> None:
    result = check(tmp_path, MONGODB_URI=mongo_uri, MONGODB_DATABASE="test_rooms")
    assert (result.exit_code, said(result, "✗")) == (0, [])
    assert any("a transaction was written" in line for line in said(result, "✓"))
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("mongodb://wxbot:swordfish@127.0.0.1:<closed>/", "nothing answers at the host and port"),
        ("mongodb://wxbot:swordfish@nowhere.invalid/", "no machine is known by the host name"),
        ("mongodb+srv://wxbot:swordfish@nowhere.invalid/", "no machine is known by the host name"),
        ("mongodb://wxbot:sword@fish@127.0.0.1/", "is no address of a MongoDB"),
        ("mongodb://wxbot:swordfish@127.0.0.1:many/", "is no address of a MongoDB"),
        ("mongodb://wxbot:swordfish@127.0.0.1/?replicaSet", "is no address of a MongoDB"),
    ],
)
def test_an_address_that_leads_nowhere_gets_its_sentence_within_seconds(
    tmp_path: Path, address: str, told: str
) -> None:
    began = monotonic()
    result = check(tmp_path, MONGODB_URI=address.replace("<closed>", str(free_port())))
    assert monotonic() - began < 30  # three on a quiet machine
    (problem,) = said(result, "✗")
    assert result.exit_code == 1
    assert told in problem
    assert "fish" not in result.output


@pytest.mark.parametrize("words", [("serve",), ("followups",)])
@pytest.mark.parametrize("address", ["mongodb://a:swordfish@h:many/", "mongodb://a:sword@fish@h/"])
def test_other_commands_say_the_same_of_an_address_that_cannot_be(
    tmp_path: Path, words: tuple[str, ...], address: str
) -> None:
    result = wxbot(tmp_path, *words, **given(MONGODB_URI=address))
    assert result.exit_code == 1
    assert "WXBOT_MONGODB_URI is no address of a MongoDB" in result.output
    assert "Traceback" not in result.output
    assert "fish" not in result.output


def test_other_commands_say_which_folder_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = wxbot(tmp_path, "followups", **given(DATA_DIR=str(tmp_path / "file" / "data")))
    assert result.exit_code == 1
    assert str(tmp_path / "file") in result.output
    assert "port" not in result.output
    assert "Traceback" not in result.output


async def test_a_standalone_server(standalone: OtherMongod, tmp_path: Path) -> None:
    result = await in_a_thread(tmp_path, MONGODB_URI=standalone.uri())
    (problem,) = said(result, "✗")
    assert "--replSet rs0" in problem
    assert result.exit_code == 1


# -- files and the platform ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["clinic.toml", "menu.toml", "templates/welcome.toml"])
def test_a_file_that_cannot_be_read(tmp_path: Path, name: str) -> None:
    files = Path(shutil.copytree(SHIPPED, tmp_path / "config", ignore=shutil.ignore_patterns("*.py", "__pycache__")))
    (files / name).unlink()
    (files / name).symlink_to(BROKEN_DEVICE)
    result = wxbot(files.parent, "check", "--offline", **given(CONFIG_DIR=str(files)))
    assert result.exit_code == 1
    assert "Traceback" not in result.output
    assert any("cannot be read" in line for line in said(result, "✗"))


def test_an_env_file_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / ".env").symlink_to(BROKEN_DEVICE)
    for command in (("check", "--offline"), ("serve",)):
        result = wxbot(tmp_path, *command)
        assert result.exit_code == 1
        assert ".env: the file cannot be read" in result.output


def test_a_platform_that_does_not_answer_is_a_warning(tmp_path: Path, mongo_uri: str) -> None:
    result = check(tmp_path, MONGODB_URI=mongo_uri, MONGODB_DATABASE="test_rooms")
    assert result.exit_code == 0
    assert any(line.startswith(f"Platform: {NOWHERE} does not answer") for line in said(result, "!"))


def test_offline_connects_to_nothing_and_starts_nothing(tmp_path: Path) -> None:
    result = wxbot(tmp_path, "check", "--offline", **given(DATA_DIR=str(tmp_path / "data")))
    assert result.exit_code == 0
    assert not (tmp_path / "data").exists()


# -- helpers ------------------------------------------------------------------------------------------------------


async def in_a_thread(folder: Path, **values: str) -> Result:
    """A command runs a loop of its own."""
    return await asyncio.to_thread(check, folder, **values)


def running_on(data_dir: Path) -> list[int]:
    """The processes whose command line names the embedded database's folder."""
    wanted = os.fsencode(str((data_dir / "mongo").resolve()))
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
            zombie = "Z" in (process / "stat").read_text().rsplit(")", 1)[1].split()[0]
        except OSError:
            continue
        if wanted in words and not zombie:
            found.append(int(process.name))
    return found
