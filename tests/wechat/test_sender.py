"""The outbox's carrier: each envelope by its channel, each failure as the outcome it honestly is."""

from typing import Any

import aiohttp
import pytest

from wxbot.errors import Reaction
from wxbot.messaging import Channel
from wxbot.outbox.models import Call, Envelope, Outcome
from wxbot.outbox.ports import Sender
from wxbot.templates.models import FilledCard, Option
from wxbot.wechat.client import Client
from wxbot.wechat.sender import WeChatSender

PATHS = {
    Channel.CUSTOMER: "/cgi-bin/message/custom/send",
    Channel.NOTICE: "/cgi-bin/message/subscribe/bizsend",
    Channel.TEMPLATE: "/cgi-bin/message/template/send",
}
CARD = FilledCard(template_id="TPL", title="就诊提醒", fields={"thing3": "林女士", "time5": "2026年11月20日 14:30"})


@pytest.fixture
def sender(client: Client) -> Sender:
    return WeChatSender(client)


@pytest.fixture
def ready(account: Any, follower: str) -> str:
    """A follower with every channel open."""
    content = "就诊人:{{thing3.DATA}}\n就诊时间:{{time5.DATA}}\n"
    account.platform.add_template("TPL", "就诊提醒", content)
    account.platform.add_notice_template("TPL", "就诊提醒", content)
    account.platform.person(follower).grants["TPL"] = 5
    return follower


def envelope(openid: str, channel: Channel, **more: Any) -> Envelope:
    content = {"text": "您好"} if channel is Channel.CUSTOMER else {"card": CARD}
    return Envelope(openid=openid, channel=channel, client_id="m-1", **(content | more))


async def test_words_go_as_a_customer_service_text(account: Any, sender: Sender, ready: str) -> None:
    assert await sender.send(envelope(ready, Channel.CUSTOMER)) == Outcome(call=Call.ACCEPTED)
    assert account.platform.sent[0].body == {"touser": ready, "msgtype": "text", "text": {"content": "您好"}}


async def test_words_with_options_go_as_a_menu_message(account: Any, sender: Sender, ready: str) -> None:
    options = (Option(id="yes", label="会来"), Option(id="no", label="不来"))
    outcome = await sender.send(envelope(ready, Channel.CUSTOMER, options=options))
    assert outcome.call is Call.ACCEPTED
    assert account.platform.sent[0].body["msgtype"] == "msgmenu"
    assert account.platform.sent[0].body["msgmenu"]["list"] == [
        {"id": "yes", "content": "会来"},
        {"id": "no", "content": "不来"},
    ]


async def test_a_card_goes_as_a_notice(account: Any, sender: Sender, ready: str) -> None:
    assert await sender.send(envelope(ready, Channel.NOTICE, url="https://x/h5")) == Outcome(call=Call.ACCEPTED)
    assert account.platform.sent[0].body == {
        "touser": ready,
        "template_id": "TPL",
        "page": "https://x/h5",
        "data": {"thing3": {"value": "林女士"}, "time5": {"value": "2026年11月20日 14:30"}},
    }


async def test_a_card_goes_as_a_template_message_and_brings_its_id(account: Any, sender: Sender, ready: str) -> None:
    outcome = await sender.send(envelope(ready, Channel.TEMPLATE))
    assert outcome == Outcome(call=Call.ACCEPTED, platform_id=account.platform.sent[0].msgid)
    assert account.platform.sent[0].body["client_msg_id"] == "m-1"


async def test_a_repeated_template_message_arrives_once(account: Any, sender: Sender, ready: str) -> None:
    account.platform.faults.add(PATHS[Channel.TEMPLATE], drop="after")
    first = await sender.send(envelope(ready, Channel.TEMPLATE))
    assert (first.call, first.reaction) == (Call.UNKNOWN, None)
    assert (await sender.send(envelope(ready, Channel.TEMPLATE))).call is Call.ACCEPTED
    assert len(account.platform.sent) == 1


@pytest.mark.parametrize("channel", [Channel.CUSTOMER, Channel.NOTICE, Channel.TEMPLATE])
@pytest.mark.parametrize("fault", [{"drop": "before"}, {"drop": "after"}, {"status": 502}])
async def test_without_an_answer_nobody_knows_and_nothing_is_repeated(
    account: Any, sender: Sender, ready: str, channel: Channel, fault: dict[str, Any]
) -> None:
    account.platform.faults.add(PATHS[channel], **fault)
    outcome = await sender.send(envelope(ready, channel))
    assert (outcome.call, outcome.reaction) == (Call.UNKNOWN, None)
    assert outcome.advice
    assert account.calls(PATHS[channel]) == 1


@pytest.mark.parametrize("channel", [Channel.CUSTOMER, Channel.NOTICE, Channel.TEMPLATE])
async def test_what_never_left_may_be_tried_again(account: Any, channel: Channel) -> None:
    keeper = account.keeper()
    await keeper.current()
    unreachable = WeChatSender(Client(account.http, "http://127.0.0.1:1", keeper, account.clock))
    outcome = await unreachable.send(envelope("oPatient", channel))
    assert (outcome.call, outcome.reaction) == (Call.REFUSED, Reaction.RETRY)


async def test_without_a_token_nothing_left(account: Any, sender: Sender, ready: str) -> None:
    account.platform.faults.add("/cgi-bin/stable_token", status=502, times=3)
    outcome = await sender.send(envelope(ready, Channel.CUSTOMER))
    assert (outcome.call, outcome.reaction) == (Call.REFUSED, Reaction.RETRY)
    assert account.calls(PATHS[Channel.CUSTOMER]) == 0


@pytest.mark.parametrize(
    ("channel", "code", "expected"),
    [
        (Channel.CUSTOMER, 45015, (Reaction.DEFER, None)),
        (Channel.CUSTOMER, 45047, (Reaction.DEFER, None)),
        (Channel.CUSTOMER, 45011, (Reaction.RETRY, 60)),
        (Channel.CUSTOMER, -1, (Reaction.RETRY, None)),
        (Channel.CUSTOMER, 48002, (Reaction.UNFOLLOW, None)),
        (Channel.NOTICE, 43101, (Reaction.DROP, None)),
        (Channel.NOTICE, 43108, (Reaction.RETRY, None)),
        (Channel.TEMPLATE, 40037, (Reaction.ALARM, None)),
        (Channel.TEMPLATE, 43004, (Reaction.UNFOLLOW, None)),
        (Channel.TEMPLATE, 47003, (Reaction.DROP, None)),
        (Channel.TEMPLATE, 40252, (Reaction.DEFER, 3600)),
    ],
)
async def test_a_refusal_is_reported_with_what_to_do(
    account: Any, ready: str, channel: Channel, code: int, expected: tuple[Reaction, float | None]
) -> None:
    account.platform.faults.add(PATHS[channel], code=code)
    outcome = await WeChatSender(account.client()).send(envelope(ready, channel))
    assert (outcome.call, outcome.code) == (Call.REFUSED, code)
    assert (outcome.reaction, outcome.retry_after_seconds) == expected
    assert outcome.advice.endswith("。")
    assert account.calls(PATHS[channel]) == 1


@pytest.mark.parametrize(
    ("channel", "more"),
    [
        (Channel.PHONE, {}),
        (Channel.CUSTOMER, {"text": " "}),
        (Channel.NOTICE, {"card": None}),
        (Channel.TEMPLATE, {"card": FilledCard(template_id="", title="", fields={})}),
    ],
)
async def test_what_cannot_be_carried_is_dropped_with_a_reason(
    account: Any, sender: Sender, channel: Channel, more: dict[str, Any]
) -> None:
    outcome = await sender.send(envelope("oPatient", channel, **more))
    assert (outcome.call, outcome.reaction) == (Call.REFUSED, Reaction.DROP)
    assert outcome.advice.endswith("。")
    assert len(account.platform.traffic) == 0


async def test_a_send_that_never_ends_is_given_up_and_unknown(
    account: Any, sender: Sender, ready: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await sender.send(envelope(ready, Channel.CUSTOMER))).call is Call.ACCEPTED
    monkeypatch.setattr("wxbot.wechat.wire.TIMEOUT", aiohttp.ClientTimeout(total=0.15, connect=0.1))
    account.platform.faults.add(PATHS[Channel.CUSTOMER], latency=1.0)
    assert (await sender.send(envelope(ready, Channel.CUSTOMER))).call is Call.UNKNOWN
