"""The demo's phones are kept in a file, also after a time without room for it."""

import asyncio
import errno
from pathlib import Path

import pytest

from wxbot.demo.service import APP_ID, APP_SECRET, TOKEN, _Keeper
from wxbot.simulator.account import AccountConfig
from wxbot.simulator.platform import Platform

AES_KEY = "a" * 43


async def test_they_are_kept_again_once_a_full_disk_has_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    account = AccountConfig(
        app_id=APP_ID, app_secret=APP_SECRET, token=TOKEN, aes_key=AES_KEY, account_id="gh_1", callback_url=""
    )
    kept = tmp_path / "simulator.json"
    keeper = _Keeper(Platform(account), kept, None)
    monkeypatch.setattr("wxbot.demo.service.SNAPSHOT_SECONDS", 0.001)
    refused = 0
    write_text = Path.write_text

    def full(path: Path, text: str) -> int:
        nonlocal refused
        refused += 1
        if refused <= 3:
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        return write_text(path, text)

    monkeypatch.setattr(Path, "write_text", full)
    keeping = asyncio.create_task(keeper.keep())
    async with asyncio.timeout(30):
        while not kept.exists():
            assert not keeping.done()
            await asyncio.sleep(0.001)
    keeping.cancel()
    assert refused == 4
