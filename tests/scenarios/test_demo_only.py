"""The demo's open door exists in `wxbot demo` alone: no service has it, and it never stands before real patients."""

from pathlib import Path

import aiohttp
import pytest
from typer.testing import CliRunner

from config.settings import Settings
from tests.scenarios.conftest import OpenClinic
from wxbot.app import open_app
from wxbot.cli import app
from wxbot.demo.service import demo_settings
from wxbot.errors import ConfigurationError


async def status_of(url: str) -> int:
    async with aiohttp.ClientSession() as http, http.post(url, json={"advance_seconds": 0}) as answer:
        return answer.status


async def test_only_the_demo_has_a_clock_to_move_and_accounts_on_its_sign_in_page(open_clinic: OpenClinic) -> None:
    clinic = await open_clinic(demo=False)
    assert await status_of(f"{clinic.url}/demo/clock") == 404
    async with aiohttp.ClientSession() as http, http.get(f"{clinic.url}/console/sign-in") as answer:
        assert "演示账号" not in await answer.text()
    assert await status_of(f"{(await open_clinic(mongodb_database='test_demo_only')).url}/demo/clock") == 200


@pytest.mark.parametrize(
    "address",
    [
        {"wechat_api_base_url": "https://api.weixin.qq.com"},
        {"wechat_api_base_url": "https://sh.api.weixin.qq.com"},
        {"wechat_api_base_url": "https://API.weixin.qq.com."},
        {"wechat_open_base_url": "https://open.weixin.qq.com"},
    ],
)
async def test_the_demo_is_refused_beside_the_real_platform(address: dict[str, str], tmp_path: Path) -> None:
    settings = demo_settings(Settings.model_construct(data_dir=tmp_path), 1).model_copy(update=address)
    with pytest.raises(ConfigurationError, match="never runs against the real platform"):
        async with open_app(settings):
            pass
    assert not any(tmp_path.iterdir())  # noqa: ASYNC240 - a look


def test_serve_refuses_to_start_with_the_demos_switch(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in {
        "WECHAT_APP_ID": "wx0123456789abcdef",
        "WECHAT_APP_SECRET": "0123456789abcdef0123456789abcdef",
        "WECHAT_TOKEN": "token123",
        "WECHAT_AES_KEY": "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
        "SECRET_KEY": "a-secret-key-for-this-test-only-long-enough",
        "DEMO": "true",
    }.items():
        monkeypatch.setenv(f"WXBOT_{name}", value)
    outcome = CliRunner().invoke(app, ["serve"])
    assert outcome.exit_code == 1
    assert "WXBOT_DEMO" in outcome.output
    assert "wxbot demo" in " ".join(outcome.output.split())
