"""The data keys from the command line and at the start of a service."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from tests.encryption import SECRET
from tests.scenarios.conftest import Clinic, clinic, open_clinic
from tests.scenarios.test_staff_commands import wxbot
from wxbot.actors import COMMAND_LINE
from wxbot.app import open_app
from wxbot.database import PyMongoError
from wxbot.encryption.data_keys import key_id_of
from wxbot.encryption.keys import read_secret
from wxbot.encryption.service import Encryption
from wxbot.errors import ConfigurationError

__all__ = ["clinic", "open_clinic"]


async def patient(clinic: Clinic, phone: str) -> str:
    made = await clinic.app.services.records.create({"name": "王芳", "phone": phone}, by=COMMAND_LINE, now=clinic.now)
    return made.id


async def key_ids(clinic: Clinic) -> set[str | None]:
    rows = await clinic.app.database.collection("patients").find().to_list(None)
    return {key_id_of(row["phone"]) for row in rows if row.get("phone")}


async def test_a_fresh_key_is_printed(clinic: Clinic, tmp_path: Path) -> None:
    first, second = [(await wxbot(tmp_path, clinic, "keys", "new")).output.strip() for _ in range(2)]
    assert len(read_secret(first)) == 32
    assert first != second


async def test_the_key_is_changed_from_the_command_line_while_the_service_runs(
    clinic: Clinic, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = asyncio.sleep

    async def no_grace(seconds: float) -> Any:
        return await real(0 if seconds > 5 else seconds)

    monkeypatch.setattr("wxbot.encryption.service.asyncio.sleep", no_grace)
    await patient(clinic, "13800138000")
    [old] = await key_ids(clinic)

    done = await wxbot(tmp_path, clinic, "keys", "rotate")
    [new] = await key_ids(clinic)
    await patient(clinic, "13800138001")

    assert (done.exit_code, f"Retired: {old}" in done.output, new != old) == (0, True, True)
    assert await key_ids(clinic) == {new}
    found = await clinic.app.services.records.search("8000", by=COMMAND_LINE, now=clinic.now)
    assert [card.phone for card in found.cards] == ["138****8000"]
    await clinic.app.services.audit.anchor(now=clinic.now)
    assert (await wxbot(tmp_path, clinic, "audit", "verify")).exit_code == 0  # entries under either key


async def test_a_service_without_the_databases_key_does_not_start(clinic: Clinic, tmp_path: Path) -> None:
    await patient(clinic, "13800138000")
    before = await clinic.app.database.collection("audit").count_documents({})
    for other in ({"data_dir": tmp_path / "elsewhere"}, {"data_key": SecretStr(SECRET)}):
        settings = clinic.app.settings.model_copy(update=other)
        with pytest.raises(ConfigurationError, match="Bring the key back from its backup"):
            async with open_app(settings):
                pass
    assert not (tmp_path / "elsewhere" / "data-keys.json").exists()
    assert await clinic.app.database.collection("audit").count_documents({}) == before


async def test_a_database_that_comes_late_with_another_key_is_not_written_to(
    clinic: Clinic, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = clinic.app.settings.model_copy(update={"data_dir": tmp_path / "elsewhere"})
    real = Encryption.start

    async def away(_: Encryption) -> None:
        raise PyMongoError

    monkeypatch.setattr(Encryption, "start", away)
    async with open_app(settings) as late:
        monkeypatch.setattr(Encryption, "start", real)
        preparing = asyncio.create_task(late.prepare())
        async with asyncio.timeout(30):
            while "data_keys_refused" not in capsys.readouterr().out:
                await asyncio.sleep(0.05)
        assert not late.preparation.done.is_set()
        assert not late.encryption.keys.ready
        preparing.cancel()
