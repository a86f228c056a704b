"""A demo that begins on a day of the test's choice instead of today."""

import json
from datetime import UTC, datetime
from pathlib import Path

from wxbot.demo.service import ACCOUNT_ID, AES_KEY, APP_ID, APP_SECRET, TOKEN
from wxbot.simulator.account import AccountConfig
from wxbot.simulator.platform import Platform

MONDAY_TEN = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # 10:00 in the clinic's time zone; an ordinary week follows


def demo_begins_on_monday(data_dir: Path) -> None:
    """Leave a snapshot behind whose clock stands there, as if the demo's clock had been moved the last time."""
    account = AccountConfig(app_id=APP_ID, app_secret=APP_SECRET, token=TOKEN, aes_key=AES_KEY, account_id=ACCOUNT_ID)
    platform = Platform(account)
    platform.clock.move(MONDAY_TEN - datetime.now(UTC))
    data_dir.mkdir(parents=True, exist_ok=True)
    (data_dir / "simulator.json").write_text(json.dumps(platform.snapshot()), encoding="utf-8")
