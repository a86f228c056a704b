"""Settings are read, checked and explained; secrets stay secret."""

import re
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from config.problems import ContentError
from config.setting_problems import missing_for_serving, name_of, read_settings, stray_names
from config.settings import Settings

AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFE"
COMPLETE = {
    "WXBOT_SECRET_KEY": "k" * 48,
    "WXBOT_WECHAT_APP_ID": "wx0123456789abcdef",
    "WXBOT_WECHAT_APP_SECRET": "0123456789abcdef0123456789abcdef",
    "WXBOT_WECHAT_TOKEN": "clinicToken01",
    "WXBOT_WECHAT_AES_KEY": AES_KEY,
    "WXBOT_WECHAT_ACCOUNT_ID": "gh_0123456789ab",
}
EXAMPLE = Path("config/example.env")


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for field in Settings.model_fields:
        monkeypatch.delenv(name_of(field), raising=False)
    monkeypatch.chdir(tmp_path)


def settings_of(monkeypatch: pytest.MonkeyPatch, **environment: str) -> Settings:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return read_settings()


def refusal_of(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> str:
    with pytest.raises(ContentError) as refused:
        settings_of(monkeypatch, **{name: value})
    assert [problem.where for problem in refused.value.problems] == [name]
    return str(refused.value)


def test_the_defaults_are_those_of_the_design() -> None:
    settings = read_settings()
    assert settings.mongodb_uri.get_secret_value() == ""
    assert settings.mongodb_database == "wxbot"
    assert settings.data_dir == Path("data")
    assert (settings.http_host, settings.http_port) == ("127.0.0.1", 8080)
    assert settings.timezone == ZoneInfo("Asia/Shanghai")
    assert settings.wechat_api_base_url == "https://api.weixin.qq.com"
    assert settings.wechat_open_base_url == "https://open.weixin.qq.com"
    assert settings.wechat_callback_mode == "safe"
    assert settings.clock_shift == timedelta(0)
    assert (settings.send_concurrency, settings.send_rate) == (20, 20)
    assert (settings.log_level, settings.log_format, settings.demo) == ("INFO", "json", False)
    assert (settings.config_dir / "clinic.toml").is_file()


def test_every_setting_has_a_help_text() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_a_dotenv_file_in_the_working_directory_is_read(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("\ufeffWXBOT_HTTP_PORT=9001\n", encoding="utf-8")
    assert read_settings().http_port == 9001


def test_the_environment_wins_over_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("WXBOT_HTTP_PORT=9001\n")
    assert settings_of(monkeypatch, WXBOT_HTTP_PORT="9002").http_port == 9002


def test_an_empty_value_means_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings_of(monkeypatch, WXBOT_HTTP_PORT="").http_port == 8080


def test_a_dotenv_file_in_another_encoding_is_explained(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes("# 诊所\n".encode("gbk"))
    with pytest.raises(ContentError, match="not UTF-8"):
        read_settings()


@pytest.mark.parametrize(
    ("words", "length"),
    [
        ("P3D", timedelta(days=3)),
        ("-PT90M", timedelta(minutes=-90)),
        ("P1DT2H3M4S", timedelta(days=1, hours=2, minutes=3, seconds=4)),
        ("P2W", timedelta(weeks=2)),
        ("+pt36h", timedelta(hours=36)),
        ("PT0S", timedelta(0)),
    ],
)
def test_the_clock_shift_is_an_iso_duration(monkeypatch: pytest.MonkeyPatch, words: str, length: timedelta) -> None:
    assert settings_of(monkeypatch, WXBOT_CLOCK_SHIFT=words).clock_shift == length


@pytest.mark.parametrize(
    "words", ["P", "PT", "3D", "P3", "P1M", "P1Y", "P1.5D", "three days", "P99999D", "P" + "9" * 40 + "D"]
)
def test_what_is_no_duration_is_refused(monkeypatch: pytest.MonkeyPatch, words: str) -> None:
    assert "P3D" in refusal_of(monkeypatch, "WXBOT_CLOCK_SHIFT", words)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WXBOT_WECHAT_APP_ID", "wx123"),
        ("WXBOT_WECHAT_APP_ID", "WX0123456789ABCDEF"),
        ("WXBOT_WECHAT_ACCOUNT_ID", "clinic"),
        ("WXBOT_WECHAT_CALLBACK_MODE", "compatible"),
        ("WXBOT_HTTP_PORT", "0"),
        ("WXBOT_HTTP_PORT", "eighty"),
        ("WXBOT_TIMEZONE", "Asia/Peking"),
        ("WXBOT_TIMEZONE", "../etc/passwd"),
        ("WXBOT_PUBLIC_URL", "clinic.example.cn"),
        ("WXBOT_PUBLIC_URL", "https://clinic.example.cn/?a=1"),
        ("WXBOT_PUBLIC_URL", "https://clinic.example.cn:port/"),
        ("WXBOT_WECHAT_API_BASE_URL", "ftp://api.weixin.qq.com"),
        ("WXBOT_SEND_RATE", "-1"),
        ("WXBOT_SEND_CONCURRENCY", "0"),
        ("WXBOT_LOG_LEVEL", "LOUD"),
        ("WXBOT_LOG_FORMAT", "xml"),
        ("WXBOT_TRUSTED_PROXIES", "proxy.clinic.local"),
        ("WXBOT_TRUSTED_PROXIES", "127.0.0.1,0.0.0.0/0"),
        ("WXBOT_TRUSTED_PROXIES", "::/0"),
        ("WXBOT_REQUIRE_SECOND_FACTOR", "admin,boss"),
        ("WXBOT_MONGODB_DATABASE", "a.b"),
    ],
)
def test_a_value_that_cannot_be_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    assert "is not right" not in refusal_of(monkeypatch, name, value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WXBOT_WECHAT_TOKEN", "no-dashes-allowed"),
        ("WXBOT_WECHAT_TOKEN", "ab"),
        ("WXBOT_WECHAT_AES_KEY", AES_KEY[:-1]),
        ("WXBOT_WECHAT_AES_KEY_PREVIOUS", AES_KEY + "="),
        ("WXBOT_WECHAT_APP_SECRET", "with space 0123456789abcdef"),
        ("WXBOT_SECRET_KEY", "too-short"),
        ("WXBOT_MONGODB_URI", "postgres://user:hunter2@host/"),
    ],
)
def test_a_refused_secret_is_never_repeated(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    assert value not in refusal_of(monkeypatch, name, value)


def test_secrets_never_show_in_repr(monkeypatch: pytest.MonkeyPatch) -> None:
    uri = "mongodb://clinic:hunter2@127.0.0.1/"
    settings = settings_of(monkeypatch, **COMPLETE, WXBOT_MONGODB_URI=uri, WXBOT_WECHAT_AES_KEY_PREVIOUS=AES_KEY)
    shown = f"{settings!r} {settings}"
    secret = [
        uri,
        AES_KEY,
        *(COMPLETE[f"WXBOT_{name}"] for name in ("SECRET_KEY", "WECHAT_APP_SECRET", "WECHAT_TOKEN")),
    ]
    assert [value for value in secret if value in shown] == []


def test_all_refusals_come_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ContentError) as refused:
        settings_of(monkeypatch, WXBOT_HTTP_PORT="x", WXBOT_WECHAT_APP_ID="y", WXBOT_TIMEZONE="z")
    assert {problem.where for problem in refused.value.problems} == {
        "WXBOT_HTTP_PORT",
        "WXBOT_WECHAT_APP_ID",
        "WXBOT_TIMEZONE",
    }


def test_a_closing_slash_of_an_address_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (
        settings_of(monkeypatch, WXBOT_PUBLIC_URL="https://clinic.example.cn/wx/").public_url
        == "https://clinic.example.cn/wx"
    )


def test_everything_missing_for_serving_is_listed() -> None:
    assert [problem.where for problem in missing_for_serving(read_settings())] == [
        "WXBOT_WECHAT_APP_ID",
        "WXBOT_WECHAT_APP_SECRET",
        "WXBOT_WECHAT_TOKEN",
        "WXBOT_SECRET_KEY",
        "WXBOT_WECHAT_AES_KEY",
    ]


def test_a_complete_account_misses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert missing_for_serving(settings_of(monkeypatch, **COMPLETE)) == []


def test_plain_mode_needs_no_aes_key(monkeypatch: pytest.MonkeyPatch) -> None:
    environment = {**COMPLETE, "WXBOT_WECHAT_AES_KEY": "", "WXBOT_WECHAT_CALLBACK_MODE": "plain"}
    assert missing_for_serving(settings_of(monkeypatch, **environment)) == []


def test_the_clock_must_not_be_moved_for_real_patients(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = settings_of(monkeypatch, **COMPLETE, WXBOT_CLOCK_SHIFT="P3D")
    assert [problem.where for problem in missing_for_serving(settings)] == ["WXBOT_CLOCK_SHIFT"]


def test_the_clock_may_be_moved_against_a_simulator(monkeypatch: pytest.MonkeyPatch) -> None:
    simulator = "http://127.0.0.1:9000"
    settings = settings_of(monkeypatch, **COMPLETE, WXBOT_CLOCK_SHIFT="P3D", WXBOT_WECHAT_API_BASE_URL=simulator)
    assert missing_for_serving(settings) == []


def test_a_misspelt_name_is_noticed_with_the_one_meant(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("WXBOT_WECHAT_TOKN=clinicToken01\n")
    strays = stray_names({"WXBOT_HTTP_PROT": "1", "WXBOT_HTTP_HOST": "x", "PATH": "/"})
    assert [str(stray) for stray in strays] == [
        "WXBOT_HTTP_PROT: is set in the environment and is no setting. Did you mean WXBOT_HTTP_PORT?",
        "WXBOT_WECHAT_TOKN: is set in .env and is no setting. Did you mean WXBOT_WECHAT_TOKEN?",
    ]


def test_the_example_file_names_every_setting_once_with_its_help(request: pytest.FixtureRequest) -> None:
    text = (request.config.rootpath / EXAMPLE).read_text(encoding="utf-8")
    assert re.findall(r"^# (WXBOT_\w+)=", text, re.MULTILINE) == [
        name for name in re.findall(r"WXBOT_\w+(?==)", text) if name.startswith("WXBOT_")
    ]
    assert sorted(re.findall(r"^# (WXBOT_\w+)=", text, re.MULTILINE)) == sorted(map(name_of, Settings.model_fields))
    absent = [name for name, field in Settings.model_fields.items() if f"# {field.description}\n" not in text]
    assert absent == []


def test_the_example_file_with_its_marks_taken_away_gives_the_defaults(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    text = (request.config.rootpath / EXAMPLE).read_text(encoding="utf-8")
    (tmp_path / ".env").write_text(re.sub(r"^# (WXBOT_)", r"\1", text, flags=re.MULTILINE), encoding="utf-8")
    with_file = read_settings()
    (tmp_path / ".env").unlink()
    assert with_file == read_settings()


def test_reached_by_https_the_proxy_before_the_service_must_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    outside = "https://clinic.example.cn"
    settings = settings_of(monkeypatch, **COMPLETE, WXBOT_PUBLIC_URL=outside)
    assert [problem.where for problem in missing_for_serving(settings)] == ["WXBOT_TRUSTED_PROXIES"]
    settings = settings_of(monkeypatch, **COMPLETE, WXBOT_PUBLIC_URL=outside, WXBOT_TRUSTED_PROXIES="127.0.0.1, unix")
    assert settings.trusted_proxies == "127.0.0.1,unix"
    assert missing_for_serving(settings) == []


@pytest.mark.parametrize("value", ["true", "1", "yes", "anything"])
def test_no_service_starts_with_the_demos_switch(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    settings = settings_of(monkeypatch, **COMPLETE, WXBOT_DEMO=value)
    assert settings.demo is False
    [problem] = missing_for_serving(settings)
    assert problem.where == "WXBOT_DEMO"
    assert "wxbot demo" in str(problem)


def test_the_demos_switch_in_the_file_counts_too_and_false_is_only_a_stray_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("WXBOT_DEMO=true\n")
    assert [each.where for each in missing_for_serving(settings_of(monkeypatch, **COMPLETE))] == ["WXBOT_DEMO"]
    (tmp_path / ".env").write_text("WXBOT_DEMO=false\n")
    assert missing_for_serving(settings_of(monkeypatch, **COMPLETE)) == []
    assert [each.where for each in stray_names(environ={})] == ["WXBOT_DEMO"]
