"""The account room's view of the platform, against the simulator."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.wechat.conftest import Account
from wxbot.account.models import menu_of
from wxbot.account.ports import AccountTemplate
from wxbot.errors import PlatformError
from wxbot.wechat.account import WeChatAccount

MENU = {"button": [{"name": "服务", "sub_button": [{"type": "click", "name": "预约", "key": "BOOK"}]}]}


@pytest.fixture
def official(account: Account) -> WeChatAccount:
    keeper = account.keeper()
    return WeChatAccount(account.client(keeper), keeper, account.http, account.base_url)


async def test_a_menu_that_was_set_is_shown_as_it_was(official: WeChatAccount) -> None:
    assert await official.shown_menu() is None
    await official.set_menu(MENU)
    shown = await official.shown_menu()
    assert shown is not None
    assert menu_of(shown) == menu_of(MENU)


async def test_a_temporary_code_ends_and_a_permanent_one_does_not(official: WeChatAccount, account: Account) -> None:
    brief = await official.create_scene("staff_1", timedelta(minutes=10))
    assert brief.lasts == timedelta(minutes=10)
    lasting = await official.create_scene("q_1", None)
    assert lasting.lasts is None
    assert await official.create_scene("q_1", None) == lasting
    assert account.platform.scenes.by_ticket[brief.ticket].scene == "staff_1"


async def test_the_token_ends_when_the_platform_says(official: WeChatAccount, account: Account) -> None:
    ends_at = await official.token_ends_at()
    left = ends_at - account.clock.now()
    assert timedelta(seconds=7190) < left <= timedelta(seconds=7200)


async def test_a_quota_counts_todays_calls(official: WeChatAccount) -> None:
    await official.set_menu(MENU)
    quota = await official.quota("/cgi-bin/menu/create")
    assert (quota.daily_limit, quota.used, quota.remain) == (1000, 1, 999)


async def test_a_callback_nobody_answers_at_is_not_reached(official: WeChatAccount, account: Account) -> None:
    await account.platform.start()
    assert (await official.check_callback()).reached is False
    account.platform.account.callback_url = ""
    with pytest.raises(PlatformError) as refused:
        await official.check_callback()
    assert "还没有设置消息推送地址" in refused.value.advice
    await account.platform.stop()


async def test_templates_and_notices_are_told_apart(official: WeChatAccount, account: Account) -> None:
    account.platform.add_template("T1", "就诊提醒", "就诊时间:{{time5.DATA}}\n地点:{{thing3.DATA}}")
    account.platform.add_notice_template("N1", "就诊通知", "事项:{{thing1.DATA}}")
    assert list(await official.templates()) == [
        AccountTemplate(template_id="T1", title="就诊提醒", fields=("time5", "thing3")),
        AccountTemplate(template_id="N1", title="就诊通知", fields=("thing1",), notice=True),
    ]


async def test_the_platforms_clock_is_read_from_any_answer(official: WeChatAccount) -> None:
    assert abs(await official.server_time() - datetime.now(UTC)) < timedelta(seconds=5)


async def test_a_platform_out_of_reach_has_no_clock(account: Account) -> None:
    keeper = account.keeper()
    official = WeChatAccount(account.client(keeper), keeper, account.http, "http://127.0.0.1:1")
    with pytest.raises(PlatformError) as silent:
        await official.server_time()
    assert silent.value.code is None
