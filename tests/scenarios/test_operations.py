"""What the people who run the service see: health, numbers, logs, and the command line."""

import asyncio
import json
import logging
import os
import re
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stderr
from dataclasses import replace
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import structlog
from typer.testing import CliRunner, Result

import config
from jobs import JOBS
from tests.durations import iso_duration
from tests.encryption import SECRET
from tests.scenarios.conftest import Clinic, OpenClinic
from wxbot import logs
from wxbot.cli import app
from wxbot.commands import frame
from wxbot.diagnostics.models import GB, MB, DatabaseFacts, Topology
from wxbot.diagnostics.store import DatabaseProbe
from wxbot.dispatch.context import Context, Reply
from wxbot.dispatch.router import Route, Router
from wxbot.dispatch.updates import TextMessage
from wxbot.errors import PlatformError
from wxbot.messaging import Purpose

WIDTH = 250  # characters of the screen: no sentence is broken over lines
SHIPPED = Path(config.__file__).parent
ACCOUNT = {
    "WXBOT_SECRET_KEY": "0123456789abcdef" * 3,
    "WXBOT_WECHAT_APP_ID": "wxde00c1000c0000aa",
    "WXBOT_WECHAT_APP_SECRET": "0123456789abcdef0123456789abcdef",
    "WXBOT_WECHAT_TOKEN": "democlinictoken",
    "WXBOT_WECHAT_AES_KEY": "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
    "WXBOT_WECHAT_ACCOUNT_ID": "gh_de0000000001",
}


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def page(http: aiohttp.ClientSession, clinic: Clinic, path: str) -> tuple[int, Any]:
    async with http.get(f"{clinic.url}{path}") as response:
        return response.status, await (response.json() if "json" in response.content_type else response.text())


def token_ends(clinic: Clinic) -> None:
    """So much time passes that a new token is needed."""
    clinic.platform.clock.move(timedelta(hours=2))
    clinic.app.clock.move(timedelta(hours=2))


# -- health ------------------------------------------------------------------------------------------------------


async def test_a_service_that_can_work_is_alive_and_ready(clinic: Clinic, http: aiohttp.ClientSession):
    assert await page(http, clinic, "/healthz") == (200, {"status": "ok"})
    status, answer = await page(http, clinic, "/readyz")
    assert (status, answer["status"]) == (200, "ready")
    assert {name: part["ok"] for name, part in answer["parts"].items()} == {
        "database": True,
        "disk": True,
        "clock": True,
        "token": True,
        "platform": True,
        "channels": True,
    }
    assert [part.get("problem") for part in answer["parts"].values()] == [None] * 6


async def test_an_address_missing_from_the_platforms_list_is_named_in_words(
    clinic: Clinic, http: aiohttp.ClientSession
):
    clinic.platform.account.allowed_ips = ("203.0.113.7",)
    token_ends(clinic)
    status, answer = await page(http, clinic, "/readyz")
    assert (status, answer["status"]) == (503, "degraded")
    assert answer["parts"]["database"]["ok"] is True
    assert "白名单" in answer["parts"]["token"]["problem"]
    assert "127.0.0.1" in answer["parts"]["token"]["problem"]
    assert (await page(http, clinic, "/healthz"))[0] == 200
    openid = await clinic.person()
    assert await clinic.say(openid, "你好")  # who writes is still answered
    clinic.platform.account.allowed_ips = ()
    assert (await page(http, clinic, "/readyz"))[0] == 200


TOKEN_TROUBLE = {
    40125: "AppSecret 不正确",
    40013: "AppID 不正确",
    50004: "禁止了获取访问凭证",
    89503: "需要公众号管理员",
}


async def test_trouble_with_the_token_is_said_in_words(clinic: Clinic, http: aiohttp.ClientSession):
    for code, words in TOKEN_TROUBLE.items():
        clinic.platform.faults.add("/cgi-bin/stable_token", code=code)
        token_ends(clinic)
        status, answer = await page(http, clinic, "/readyz")
        assert status == 503
        assert words in answer["parts"]["token"]["problem"]
        assert (await page(http, clinic, "/readyz"))[0] == 200


async def test_a_wrong_secret_is_said_in_words_and_not_shown(open_clinic: OpenClinic, http: aiohttp.ClientSession):
    clinic = await open_clinic()
    openid = await clinic.person()
    await clinic.say(openid, "你好")
    clinic.platform.account.app_secret = "f" * 32  # somebody has reset it in the console: the token is void, too
    clinic.platform.revoke_token()
    with pytest.raises(PlatformError, match="40125"):
        await clinic.app.client.menus.get()
    status, answer = await page(http, clinic, "/readyz")
    assert status == 503
    assert "AppSecret 不正确" in answer["parts"]["token"]["problem"]
    assert clinic.app.settings.wechat_app_secret.get_secret_value() not in str(answer)
    clinic.platform.account.app_secret = clinic.app.settings.wechat_app_secret.get_secret_value()
    assert (await page(http, clinic, "/readyz"))[0] == 200


async def test_an_unknown_page_and_a_wrong_method_are_no_server_errors(clinic: Clinic, http: aiohttp.ClientSession):
    assert (await page(http, clinic, "/nowhere"))[0] == 404
    async with http.put(f"{clinic.url}/wechat/callback", data=b"x") as response:
        assert response.status == 405


Told = Callable[..., None]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    """Have the database say other facts of itself than it does."""
    real = DatabaseProbe.facts

    def tell(*, clock_off: timedelta = timedelta(0), **facts: Any) -> None:
        async def changed(probe: DatabaseProbe, machine_now: Callable[[], datetime]) -> DatabaseFacts:
            found = await real(probe, machine_now)
            return replace(found, server_time=found.server_time + clock_off, **facts)

        monkeypatch.setattr(DatabaseProbe, "facts", changed)

    return tell


async def test_readyz_says_when_a_write_was_last_tried(clinic: Clinic, http: aiohttp.ClientSession):
    _, answer = await page(http, clinic, "/readyz")
    assert answer["parts"]["database"]["checked_seconds_ago"] < 60
    assert re.fullmatch(r"\d+\.\d+\.\d+", answer["parts"]["database"]["version"])


@pytest.mark.parametrize(
    ("facts", "part", "words"),
    [
        ({"free_bytes": 20 * MB}, "disk", "Disk: only 20 MB left on the database server"),
        ({"topology": Topology.STANDALONE}, "database", "standalone server"),
        ({"writable": False}, "database", "has no primary"),
        ({"version": "5.0.3"}, "database", "MongoDB 5.0.3 is too old"),
        ({"clock_off": timedelta(minutes=6)}, "clock", "Clock: 360 s away from the database server's"),
    ],
)
async def test_readyz_says_what_check_says(
    clinic: Clinic, http: aiohttp.ClientSession, told: Told, *, facts: dict[str, Any], part: str, words: str
):
    told(**facts)
    await page(http, clinic, "/readyz")
    clinic.app.diagnostics.forget()
    await page(http, clinic, "/readyz")  # the disk is told by what is known of the database
    status, answer = await page(http, clinic, "/readyz")
    assert (status, answer["status"]) == (503, "degraded")
    assert [name for name, each in answer["parts"].items() if not each["ok"]] == [part]
    assert words in answer["parts"][part]["problem"]


@pytest.mark.parametrize(
    ("facts", "part", "words"),
    [
        ({"free_bytes": 900 * MB}, "disk", "Disk: 900 MB left on the database server"),
        ({"version": "6.0.5"}, "database", "no security updates"),
        ({"version": "9.0.0"}, "database", "newer than what this service was tested with"),
        ({"clock_off": timedelta(seconds=40)}, "clock", "Clock: 40 s away"),
    ],
)
async def test_what_only_warns_leaves_readyz_ready(
    clinic: Clinic, http: aiohttp.ClientSession, told: Told, *, facts: dict[str, Any], part: str, words: str
):
    told(**facts)
    clinic.app.diagnostics.forget()
    await page(http, clinic, "/readyz")
    status, answer = await page(http, clinic, "/readyz")
    assert (status, answer["status"]) == (200, "ready")
    assert words in " ".join(answer["parts"][part]["warnings"])


async def test_a_data_folder_that_is_gone_does_not_stop_an_external_database(
    clinic: Clinic, http: aiohttp.ClientSession
):
    folder = clinic.app.settings.data_dir
    shutil.rmtree(folder)
    folder.write_text("")
    status, answer = await page(http, clinic, "/readyz")
    assert status == 200
    assert "cannot be written" in " ".join(answer["parts"]["disk"]["warnings"])


async def test_the_free_space_of_both_disks_is_a_metric(clinic: Clinic, http: aiohttp.ClientSession, told: Told):
    told(free_bytes=5 * GB)
    clinic.app.diagnostics.forget()
    await page(http, clinic, "/readyz")
    found = numbers((await page(http, clinic, "/metrics"))[1])
    assert found['wxbot_disk_free_bytes{folder="database"}'] == 5 * GB
    assert found['wxbot_disk_free_bytes{folder="data"}'] > 0


# -- numbers -----------------------------------------------------------------------------------------------------


def numbers(text: str) -> dict[str, float]:
    """Metric with its labels → value."""
    lines = (line.rsplit(" ", 1) for line in text.splitlines() if line and not line.startswith("#"))
    return {name: float(value) for name, value in lines}


async def test_the_numbers_tell_queues_outcomes_rights_and_latency(clinic: Clinic, http: aiohttp.ClientSession):
    openid = await clinic.person()
    await clinic.say(openid, "你好")
    contact = await clinic.app.services.patients.contact_by_openid(openid)
    assert contact is not None
    clinic.platform.people[openid].rights.left = 0
    outbox, now = clinic.app.services.outbox, clinic.now
    await outbox.enqueue(
        [
            outbox.message(
                key=f"test:{number}",
                contact_id=contact.id,
                purpose=Purpose.REMINDER,
                template="fallback.greeting",
                now=now,
                due_at=due,
                expires_at=now + timedelta(days=1),
            )
            for number, due in enumerate((now, now, now + timedelta(seconds=90)))
        ]
    )
    await clinic.tick()
    clinic.app.clock.move(timedelta(seconds=120))
    await clinic.app.runner.run_now("measure_queues")
    status, text = await page(http, clinic, "/metrics")
    assert status == 200
    found = numbers(text)
    assert 29 <= found["wxbot_outbox_oldest_due_seconds"] <= 40
    assert found["wxbot_inbox_oldest_seconds"] == 0
    assert found['wxbot_outbox_messages{state="due"}'] == 1
    assert found['wxbot_outbox_messages{state="waiting"}'] == 1
    assert found['wxbot_outbox_reasons{reason="no_channel"}'] == 2
    assert found['wxbot_outbox_answers{code="45047"}'] == 1
    assert found['wxbot_rights_blocks{by="45047"}'] == 1
    assert found['wxbot_rights_blocks{by="ledger"}'] >= 1
    assert found['wxbot_api_calls_total{code="45047",endpoint="/cgi-bin/message/custom/send"}'] >= 1
    assert found['wxbot_pushes_total{outcome="answered"}'] >= 2
    assert found["wxbot_push_seconds_count"] >= 2
    assert found['wxbot_push_seconds_bucket{le="+Inf"}'] == found["wxbot_push_seconds_count"]
    assert found['wxbot_api_seconds_count{endpoint="/cgi-bin/message/custom/send"}'] >= 1
    assert openid not in text


# -- logs --------------------------------------------------------------------------------------------------------

SECRET_WORDS = "昨天拔牙以后一直肿着"
PHONE = "13800138000"
NAME = "欧阳小满"


async def trip(context: Context) -> Reply:
    """A handler that fails and takes the patient's words with it."""
    words = context.update.text if isinstance(context.update, TextMessage) else ""
    raise ValueError(f"cannot make sense of {words!r} from {context.update.openid}")


@contextmanager
def own_logging() -> Iterator[None]:
    """Whatever logging is set up inside is undone."""
    before, root = structlog.get_config(), logging.getLogger()
    handlers, level = list(root.handlers), root.level
    try:
        yield
    finally:
        structlog.configure(**before)
        root.handlers[:], root.level = handlers, level


@pytest.fixture
def written() -> Iterator[StringIO]:
    """Everything that is logged, down to DEBUG, as it is written in production."""
    with own_logging(), redirect_stderr(StringIO()) as screen:
        logs.configure("DEBUG", "json")
        yield screen


async def test_logs_hold_ids_and_never_words_people_or_secrets(
    open_clinic: OpenClinic, http: aiohttp.ClientSession, written: StringIO
):
    clinic = await open_clinic()
    stumbling = await open_clinic(beside=clinic, routers=(Router("trip", (Route(TextMessage, trip),)),))
    clinic.platform.account.callback_url = f"{clinic.url}/wechat/callback"
    openids = [await clinic.person("小林"), await clinic.person("小周")]
    first, second = openids
    for words in (SECRET_WORDS, f"我的电话是{PHONE}", f"我叫{NAME}", "生日 1990-05-12", "人工", "退订", "恢复"):
        await clinic.say(first, words)
    clinic.platform.faults.add("/cgi-bin/message/custom/send", drop="after")
    await clinic.book(first, "洁牙", "陈晓晴", "明天", "下午2:30")
    await clinic.tick()
    clinic.platform.revoke_token()
    await clinic.move_to("2026-11-24 12:31")
    await clinic.platform.answer_notice(second, ["NTC_CARE", "NTC_VISIT"])
    clinic.platform.faults.add("/cgi-bin/message/custom/send", code=48001)
    await clinic.book(second, "洁牙", "陈晓晴", "周五", "上午9:00")
    await clinic.tick()
    await clinic.platform.refuse_messages(first)
    await clinic.move_to("2026-11-26 15:00")
    clinic.platform.account.app_secret = "f" * 32
    clinic.platform.revoke_token()
    await page(http, clinic, "/readyz")
    await clinic.platform.push_raw(first, {"Event": "odd", "What": SECRET_WORDS})
    async with http.post(f"{clinic.url}/wechat/callback?openid={first}", data=SECRET_WORDS.encode()) as response:
        assert response.status == 403
    clinic.platform.account.callback_url = f"{stumbling.url}/wechat/callback"
    stumbling.app.clock.shift = clinic.app.clock.shift
    await stumbling.say(second, f"{SECRET_WORDS}，{PHONE}")
    await clinic.platform.unfollow(second)
    await clinic.move(timedelta(days=4))
    await clinic.platform.settled()

    log = written.getvalue()
    events = Counter(json.loads(line)["event"] for line in log.splitlines())
    expected = {"handler_failed", "push_refused", "platform_refused", "platform_silent", "outbox_alarm", "job_done"}
    assert expected - events.keys() == set()
    settings = clinic.app.settings
    tokens = list(clinic.platform.tokens._known)
    assert tokens
    secrets = (settings.wechat_app_secret, settings.wechat_aes_key, settings.wechat_token, settings.mongodb_uri)
    sent = [seen.text for openid in openids for seen in clinic.phone(openid) if len(seen.text) > 12]
    forbidden = {
        **{f"openid {number}": openid for number, openid in enumerate(openids)},
        **{f"token {number}": token for number, token in enumerate(tokens)},
        **{f"secret {number}": secret.get_secret_value() for number, secret in enumerate(secrets)},
        **{f"sent {number}": text.splitlines()[0] for number, text in enumerate(sent) if text.splitlines()[0]},
        "words": SECRET_WORDS,
        "phone": PHONE,
        "name": NAME,
        "birthday": "1990-05-12",
    }
    assert [what for what, text in forbidden.items() if text in log] == []
    assert re.search(r"\bo[A-Za-z0-9_-]{27}\b", log) is None


# -- the command line --------------------------------------------------------------------------------------------


@contextmanager
def surroundings(folder: Path, values: Mapping[str, str]) -> Iterator[None]:
    """The environment of a command: these settings only, in a folder without an .env."""
    kept, where = dict(os.environ), Path.cwd()
    for name in [name for name in os.environ if name.startswith("WXBOT_")]:
        del os.environ[name]
    os.environ.update({"COLUMNS": str(WIDTH), "NO_COLOR": "1", **values})
    frame.screen.width = frame.complaints.width = WIDTH  # they may have been made where a test runner says COLUMNS=80
    os.chdir(folder)
    try:
        with own_logging():
            yield
    finally:
        os.chdir(where)
        os.environ.clear()
        os.environ.update(kept)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A copy of the shipped configuration, to be broken."""
    return Path(shutil.copytree(SHIPPED, tmp_path / "config", ignore=shutil.ignore_patterns("*.py", "__pycache__")))


def wxbot(folder: Path, *words: str, **values: str) -> Result:
    """Run a command with these settings (names without prefix)."""
    with surroundings(folder, {f"WXBOT_{name}": value for name, value in values.items()}):
        return CliRunner().invoke(app, list(words))


def given(**more: str) -> dict[str, str]:
    """Everything the account needs, and more."""
    return {**{name.removeprefix("WXBOT_"): value for name, value in ACCOUNT.items()}, **more}


def test_check_lists_every_missing_secret_and_where_to_find_it(tmp_path: Path):
    result = wxbot(tmp_path, "check", "--offline")
    assert result.exit_code == 1
    lines = [line for line in result.output.splitlines() if line.startswith("✗")]
    assert [line.split(":")[0].removeprefix("✗ ") for line in lines] == [
        "WXBOT_WECHAT_APP_ID",
        "WXBOT_WECHAT_APP_SECRET",
        "WXBOT_WECHAT_TOKEN",
        "WXBOT_SECRET_KEY",
        "WXBOT_WECHAT_AES_KEY",
    ]
    assert all("is not set. " in line for line in lines)


def test_check_is_content_with_a_whole_configuration_and_shows_its_plans(tmp_path: Path):
    result = wxbot(tmp_path, "check", "--offline", **given())
    assert (result.exit_code, "✗" in result.output) == (0, False)
    assert "3 days before appointment at 10:00 (new patients)" in result.output
    for secret in ("WXBOT_SECRET_KEY", "WXBOT_WECHAT_APP_SECRET", "WXBOT_WECHAT_AES_KEY"):
        assert ACCOUNT[secret] not in result.output


BROKEN: dict[str, tuple[str, str, str, str]] = {
    # what is broken → file, what is replaced, by what, what must be said
    "an open bracket": ("menu.toml", "[[buttons]]", "[[buttons]", "menu.toml line 4: not valid TOML"),
    "a word for a number": (
        "clinic.toml",
        "slot_minutes = ",
        'slot_minutes = "[/b] [red]" #',
        'clinic.toml line 11: slot_minutes must be a whole number, found "[/b] [red]"',
    ),
    "an unknown variable": (
        "templates/welcome.toml",
        "{clinic_name}",
        "{clinc_name}",
        "templates/welcome.toml line 10: welcome.first uses {clinc_name}, which nothing fills. Did you mean clinic_",
    ),
    "an unknown template": (
        "care_plans/birthday.toml",
        'template = "birthday.wish"',
        'template = "birthday.wihs"',
        "care_plans/birthday.toml line 9:",
    ),
}


@pytest.mark.parametrize("case", BROKEN.values(), ids=BROKEN.keys())
@pytest.mark.parametrize("command", [("check", "--offline"), ("serve",)], ids=["check", "serve"])
def test_a_broken_file_is_refused_with_file_line_and_fix(
    files: Path, case: tuple[str, str, str, str], command: tuple[str, ...]
):
    name, old, new, told = case
    broken = files / name
    text = broken.read_text()
    assert old in text
    broken.write_text(text.replace(old, new))
    result = wxbot(files.parent, *command, **given(CONFIG_DIR=str(files)))
    assert result.exit_code == 1
    assert told in result.output
    assert "Traceback" not in result.output


def test_serve_refuses_to_start_without_its_secrets_and_lists_them(tmp_path: Path):
    result = wxbot(tmp_path, "serve")
    assert result.exit_code == 1
    assert len([line for line in result.output.splitlines() if "is not set. Copy" in line]) == 4


def test_settings_that_cannot_be_are_named_without_showing_secrets(tmp_path: Path):
    result = wxbot(
        tmp_path, "check", "--offline", **given(HTTP_PORT="many", SECRET_KEY="short!", WECHAT_APP_SECRET="swordfish")
    )
    assert result.exit_code == 1
    for name in ("WXBOT_HTTP_PORT", "WXBOT_SECRET_KEY", "WXBOT_WECHAT_APP_SECRET"):
        assert f"✗ {name}: " in result.output
    assert "short!" not in result.output
    assert "swordfish" not in result.output


def test_a_misspelt_setting_is_pointed_out(tmp_path: Path):
    result = wxbot(tmp_path, "check", "--offline", **given(HTP_PORT="8080"))
    assert (
        "! WXBOT_HTP_PORT: is set in the environment and is no setting. Did you mean WXBOT_HTTP_PORT?" in result.output
    )


def test_every_job_is_listed_with_its_rhythm(tmp_path: Path):
    result = wxbot(tmp_path, "job", "list")
    assert result.exit_code == 0
    for job in JOBS:
        assert job.name in result.output


def of(clinic: Clinic, **more: str) -> dict[str, str]:
    """The settings under which a command works on that clinic's database and platform."""
    settings = clinic.app.settings
    return given(
        MONGODB_URI=settings.mongodb_uri.get_secret_value(),
        MONGODB_DATABASE=settings.mongodb_database,
        DATA_DIR=str(settings.data_dir),
        WECHAT_API_BASE_URL=clinic.platform_url,
        CLOCK_SHIFT=iso_duration(clinic.app.clock.shift),
        DEMO="true",
        **more,
    )


async def test_a_job_can_be_run_by_hand_as_of_another_moment(clinic: Clinic, tmp_path: Path):
    openid = await clinic.person()
    await clinic.book(openid, "洁牙", "陈晓晴", "明天", "下午2:30")
    await clinic.tick()
    before = len(clinic.sent_to(openid))
    moment = "2026-11-24T12:31+08:00"
    enqueued = await asyncio.to_thread(wxbot, tmp_path, "job", "run", "enqueue_care", "--at", moment, **of(clinic))
    assert (enqueued.exit_code, "'enqueued': 1" in enqueued.output) == (0, True)
    again = await asyncio.to_thread(wxbot, tmp_path, "job", "run", "enqueue_care", "--at", moment, **of(clinic))
    assert "'enqueued': 0" in again.output
    clinic.platform.clock.move(timedelta(hours=26, minutes=31))
    sent = await asyncio.to_thread(wxbot, tmp_path, "job", "run", "deliver_outbox", "--at", moment, **of(clinic))
    assert (sent.exit_code, "'accepted': 1" in sent.output) == (0, True)
    await clinic.platform.settled()
    assert len(clinic.sent_to(openid)) == before + 1


async def test_what_people_have_to_do_is_listed_in_words(clinic: Clinic, tmp_path: Path):
    nothing = await asyncio.to_thread(wxbot, tmp_path, "followups", **of(clinic))
    assert (nothing.exit_code, nothing.output.strip()) == (0, "Nothing to do.")
    openid = await clinic.person()
    await clinic.say(openid, "人工")
    listed = await asyncio.to_thread(wxbot, tmp_path, "followups", **of(clinic))
    assert listed.exit_code == 0
    assert "handoff" in listed.output
    assert "患者请求人工服务，请回复。" in listed.output
    assert openid not in listed.output


UNKNOWN_JOB = "There is no job 'tea_break'; see `wxbot job list`."


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("job", "run", "tea_break"), UNKNOWN_JOB),
        (("job", "run", "enqueue_care", "--at", "teatime"), "'teatime' is no moment"),
        (("timeline", "nobody"), "Nobody is known as 'nobody'."),
        (("visit", "no-show", "nothing"), ""),
    ],
    ids=["an unknown job", "no moment", "nobody", "no such visit"],
)
def test_what_a_command_cannot_do_is_said_in_a_sentence(
    tmp_path: Path, mongo_uri: str, words: tuple[str, ...], told: str
):
    result = wxbot(tmp_path, *words, **given(MONGODB_URI=mongo_uri, MONGODB_DATABASE="test_cli", DATA_KEY=SECRET))
    assert result.exit_code in {1, 2}
    assert isinstance(result.exception, SystemExit)
    assert told in " ".join(result.output.split())
    assert result.output.strip()


def test_a_database_that_is_not_there_is_said_in_a_sentence(tmp_path: Path):
    result = wxbot(tmp_path, "job", "run", "enqueue_care", **given(MONGODB_URI="mongodb://127.0.0.1:1/?replicaSet=rs0"))
    assert (result.exit_code, isinstance(result.exception, SystemExit)) == (1, True)
    assert "nothing answers at the host and port of WXBOT_MONGODB_URI" in result.output
