"""The account's templates and notices as the templates room sees them, read from the simulated platform."""

from typing import Any

import pytest

from wxbot.errors import PlatformError
from wxbot.messaging import Channel
from wxbot.templates.ports import AccountTemplate
from wxbot.wechat.account_templates import WeChatTemplates
from wxbot.wechat.client import Client


async def test_templates_and_notices_come_with_their_fields_and_labels(account: Any, client: Client) -> None:
    account.platform.templates.clear()
    account.platform.notice_templates.clear()
    content = "就诊时间:{{time5.DATA}}\n地点：{{thing3.DATA}}\n"
    account.platform.add_template("T1", "就诊提醒", content, example="就诊时间:2026年11月20日")
    account.platform.add_notice_template("N1", "就诊通知", "事项:{{thing1.DATA}}\n")
    assert await WeChatTemplates(client).template_list() == (
        AccountTemplate(
            id="T1",
            title="就诊提醒",
            kind=Channel.TEMPLATE,
            fields=(("time5", "就诊时间"), ("thing3", "地点")),
            example="就诊时间:2026年11月20日",
        ),
        AccountTemplate(id="N1", title="就诊通知", kind=Channel.NOTICE, fields=(("thing1", "事项"),)),
    )


async def test_a_platform_that_refuses_is_told_in_its_own_way(account: Any) -> None:
    client = account.client()
    account.platform.faults.add("/cgi-bin/template/get_all_private_template", code=48001)
    with pytest.raises(PlatformError) as refused:
        await WeChatTemplates(client).template_list()
    assert refused.value.advice
