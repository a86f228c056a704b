"""What the health page says: of every code of the error table, and of each part that is not as it should be."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import cast

import aiohttp
import pytest

from jobs import JOBS
from tests.every import every
from wxbot.account import checks
from wxbot.account.checks import JOB_NAMES, Level
from wxbot.account.ports import AccountTemplate, CallbackCheck, CardUse, JobRun, Quota
from wxbot.account.refusals import by_code
from wxbot.account.store import Refusal
from wxbot.wechat.account import WeChatAccount
from wxbot.wechat.client import Client
from wxbot.wechat.errors import TABLE, TOKEN_CODES
from wxbot.wechat.tokens import TokenKeeper

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
CARD = CardUse(template="就诊提醒", template_id="T1", fields=("thing1", "time2"))
KNOWN = AccountTemplate(template_id="T1", title="预约提醒", fields=("thing1", "time2"))
RUN = JobRun(name="enqueue_care", at=NOW, ok=True, every=timedelta(seconds=15), waited_since=NOW)


@pytest.fixture
def account() -> WeChatAccount:
    nobody = object()  # nothing is called
    return WeChatAccount(cast("Client", nobody), cast("TokenKeeper", nobody), cast("aiohttp.ClientSession", nobody), "")


@every("code", sorted({*TABLE, -2, 404, 502, 99999}))
def test_every_code_gives_a_sentence_in_chinese(account: WeChatAccount, code: int) -> None:
    sentence = account.explain(code).sentence
    assert sentence.endswith(("。", "）"))
    assert any("\u4e00" <= letter <= "\u9fff" for letter in sentence)


@pytest.mark.parametrize("code", [40013, 40125, 40164, 40243, 48001, 48004, 50004, 50007, 89501, 89503, 40201, 404])
def test_what_is_configured_wrongly_asks_for_a_person(account: WeChatAccount, code: int) -> None:
    assert account.explain(code).alarm is True


@pytest.mark.parametrize("code", [*sorted(TOKEN_CODES), -1, -2, 45015, 43004, 502])
def test_what_mends_itself_or_concerns_one_patient_does_not(account: WeChatAccount, code: int) -> None:
    assert account.explain(code).alarm is False


def test_a_callback_that_is_not_reached_says_what_to_look_at() -> None:
    found = checks.callback(CallbackCheck(reached=False, addresses=("203.0.113.1",), loss="100%"))
    assert found.level is Level.WRONG
    assert "80 或 443" in found.todo[0]
    assert checks.callback(CallbackCheck(reached=True)).todo == ()


@pytest.mark.parametrize(
    ("past", "level", "says"),
    [
        (timedelta(seconds=5), Level.FINE, "刚刚。"),
        (timedelta(minutes=5), Level.FINE, "5 分钟前。"),
        (timedelta(hours=30), Level.FINE, "1 天前。"),
        (timedelta(hours=49), Level.NOTICE, "2 天前。"),
    ],
)
def test_the_last_push_is_told_by_its_age(past: timedelta, level: Level, says: str) -> None:
    found = checks.last_push(NOW - past, NOW)
    assert (found.level, found.says) == (level, says)


def test_no_push_at_all_says_how_to_try() -> None:
    assert "发一条消息试试" in checks.last_push(None, NOW).todo[0]


@pytest.mark.parametrize(("unanswered", "level"), [(0, Level.FINE), (9, Level.FINE), (10, Level.WRONG)])
def test_many_pushes_without_a_proper_answer_are_told_before_wechat_stops_pushing(
    unanswered: int, level: Level
) -> None:
    found = checks.last_push(NOW, NOW, unanswered)
    assert found.level is level
    assert any("暂停推送一分钟" in sentence for sentence in found.todo) is (level is Level.WRONG)


@pytest.mark.parametrize(
    ("used", "words"), [(10, None), (79, None), (80, "快用完了"), (99, "快用完了"), (100, "已用完")]
)
def test_a_quota_that_runs_out_is_told(used: int, words: str | None) -> None:
    found = checks.quotas([("模板消息", Quota(daily_limit=100, used=used, remain=100 - used))])
    assert (found.level is Level.FINE) is (words is None)
    assert words is None or words in found.todo[0]


@pytest.mark.parametrize(
    ("card", "words"),
    [
        (CARD, None),
        (replace(CARD, template_id=""), "还没有绑定"),
        (replace(CARD, template_id="T9"), "找不到"),
        (replace(CARD, notice=True), "绑定的不是订阅通知"),
        (replace(CARD, fields=("thing1", "time2", "thing5")), "没有字段 thing5"),
        (replace(CARD, fields=("thing1",)), "还需要字段 time2"),
    ],
)
def test_a_card_that_does_not_fit_the_accounts_template_is_told(card: CardUse, words: str | None) -> None:
    found = checks.templates([KNOWN], [card])
    assert len(found.todo) == (words is not None)
    assert words is None or words in found.todo[0]


def test_the_same_problem_of_many_templates_is_one_sentence() -> None:
    cards = [replace(CARD, template=f"模板{number}", template_id="") for number in range(5)]
    todo = checks.templates([], cards).todo
    assert len(todo) == 1
    assert "等 5 个模板" in todo[0]


@pytest.mark.parametrize(
    ("seconds", "level"), [(1, Level.FINE), (-29, Level.FINE), (31, Level.NOTICE), (-301, Level.WRONG)]
)
def test_a_clock_that_is_off_is_told(seconds: int, level: Level) -> None:
    assert checks.skew(NOW + timedelta(seconds=seconds), NOW).level is level


def test_a_job_that_stopped_or_failed_is_told_and_one_that_waits_for_its_first_turn_is_not() -> None:
    late = replace(RUN, at=NOW - timedelta(hours=1), waited_since=NOW - timedelta(hours=1))
    fresh = replace(RUN, at=None, waited_since=NOW - timedelta(minutes=1))
    never = replace(RUN, at=None, waited_since=NOW - timedelta(hours=2))
    restarted = replace(late, waited_since=NOW)
    results = [
        checks.jobs([run], NOW).rows[0][2] for run in (RUN, late, replace(RUN, ok=False), fresh, never, restarted)
    ]
    assert results == ["正常", "超时未运行", "出错", "等待中", "超时未运行", "正常"]


def test_nobody_to_tell_of_danger_signs_is_said_with_what_to_do() -> None:
    nobody = checks.alerted(0)
    assert nobody.level is Level.NOTICE
    assert "没有同事绑定微信，患者写到的危险征兆只会出现在待办里" in nobody.todo[0]
    assert (checks.alerted(2).level, checks.alerted(2).todo) == (Level.FINE, ())


def test_conversations_that_were_in_nobodys_list_are_told_with_why() -> None:
    fine = checks.conversations(())
    assert (fine.level, fine.todo) == (Level.FINE, ())
    found = checks.conversations(["没有接待人", "派出后没有收回", "没有接待人"])
    assert (found.level, found.says) == (Level.NOTICE, "没有接待人 2 个、派出后没有收回 1 个，已放回待回复。")
    assert found.todo[0].startswith("最近 24 小时有 3 个会话不在任何人的列表里")


def test_every_job_has_a_name_that_staff_understand() -> None:
    assert [job.name for job in JOBS if job.name not in JOB_NAMES] == []


def test_refusals_are_added_up_by_code_the_most_frequent_first() -> None:
    def row(code: int, times: int, path: str, hours: int) -> Refusal:
        at = NOW - timedelta(hours=hours)
        return Refusal(id=f"{hours}{path}{code}", hour=at, path=path, code=code, times=times, last_at=at)

    rows = [row(45009, 1, "/a", 0), row(48001, 2, "/b", 1), row(48001, 3, "/a", 2)]
    assert by_code(rows) == [
        (48001, 5, NOW - timedelta(hours=1), ("/a", "/b")),
        (45009, 1, NOW, ("/a",)),
    ]
