"""What counts as done: an answer with HTTP 200 that confirms nothing is no success."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from wxbot.errors import PlatformError, Reaction
from wxbot.messaging import Channel
from wxbot.outbox.models import Call, Envelope
from wxbot.templates.models import FilledCard
from wxbot.wechat.api.contents import Text
from wxbot.wechat.client import Client
from wxbot.wechat.media import MediaFile, MediaKind
from wxbot.wechat.sender import WeChatSender
from wxbot.wechat.wire import NO_ANSWER

PNG = MediaFile(name="a.png", content=b"\x89PNG\r\n\x1a\n" + b"\x00" * 100)
BOM = b"\xef\xbb\xbf"

Change = Callable[[Client], Awaitable[Any]]

ONCE: dict[str, Change] = {
    "custom/send": lambda c: c.messages.send("o", Text(content="您好")),
    "template/send": lambda c: c.templates.send("o", "T", {"thing1": "x"}, client_msg_id="m"),
    "bizsend": lambda c: c.notices.send("o", "T", {"thing1": "x"}),
    "template add": lambda c: c.templates.add("47123", ["就诊人"]),
    "notice add": lambda c: c.notices.add("1", [1, 2], "复诊"),
    "tag create": lambda c: c.tags.create("复诊"),
    "lasting scene": lambda c: c.scene_codes.create("desk", None),
    "clear one quota": lambda c: c.operations.clear_quota("/cgi-bin/menu/create"),
    "clear every quota": lambda c: c.operations.clear_all_quotas("wx1"),
}
SAFE: dict[str, Change] = {
    "template delete": lambda c: c.templates.delete("T"),
    "notice delete": lambda c: c.notices.delete("T"),
    "tag rename": lambda c: c.tags.rename(100, "复诊"),
    "tag delete": lambda c: c.tags.delete(100),
    "tagging": lambda c: c.tags.put_on(["o"], 100),
    "untagging": lambda c: c.tags.take_off(["o"], 100),
    "scene": lambda c: c.scene_codes.create("appt"),
    "menu create": lambda c: c.menus.create({"button": []}),
    "menu delete": lambda c: c.menus.delete(),
    "remark": lambda c: c.users.set_remark("o", "小林"),
    "block": lambda c: c.users.block(["o"]),
    "unblock": lambda c: c.users.unblock(["o"]),
    "upload": lambda c: c.media.upload(MediaKind.IMAGE, PNG),
    "keep": lambda c: c.media.keep(MediaKind.IMAGE, PNG),
    "article picture": lambda c: c.media.upload_article_picture(PNG),
    "forget": lambda c: c.media.forget("M"),
}
MADE: dict[str, Any] = {  # answers that the platform gives without errcode: the thing made confirms the call
    "tag create": {"tag": {"id": 134, "name": "复诊"}},
    "lasting scene": {"ticket": "gQH", "url": "http://weixin.qq.com/q/x"},
    "scene": {"ticket": "gQH", "expire_seconds": 60, "url": "http://weixin.qq.com/q/x"},
    "upload": {"type": "image", "media_id": "M", "created_at": 1},
    "keep": {"media_id": "M", "url": "https://mmbiz"},
    "article picture": {"url": "https://mmbiz"},
    "template add": {"template_id": "T"},
    "notice add": {"priTmplId": "T"},
}
STRANGE: tuple[dict[str, Any], ...] = (
    {},
    {"code": 500, "message": "internal error"},
    {"errcode": None},
    {"errcode": False},
    {"errcode": 0.0},
    {"errcode": "none"},
    {"errmsg": "ok"},
    {"msgid": 0, "media_id": "", "ticket": None, "tag": {}, "url": ""},
)


class Fixed:
    """One token, for good."""

    async def current(self, stale: str | None = None) -> str:  # noqa: ARG002 - never another
        return "T0KEN"


@pytest.fixture
def told(script: Any, account: Any) -> Client:
    return Client(
        account.http,
        script.base_url,
        Fixed(),
        account.clock,
        lambda path, code, _: account.observed.append((path, code)),
        pauses=(0, 0),
    )


@pytest.mark.parametrize("answer", STRANGE)
@pytest.mark.parametrize("name", [*ONCE, *SAFE])
async def test_an_answer_that_confirms_nothing_is_no_success(
    script: Any, account: Any, told: Client, name: str, answer: Any
) -> None:
    script.say(answer)
    with pytest.raises(PlatformError) as refused:
        await (ONCE | SAFE)[name](told)
    error = refused.value
    assert (error.code, error.reaction) == (None, Reaction.RETRY)
    assert error.ambiguous is (name in ONCE)
    assert [code for _, code in account.observed] == [NO_ANSWER]


@pytest.mark.parametrize("name", MADE)
async def test_what_a_call_made_confirms_it(script: Any, told: Client, name: str) -> None:
    script.say(MADE[name])
    assert await (ONCE | SAFE)[name](told)


@pytest.mark.parametrize("zero", [0, "0"])
@pytest.mark.parametrize("name", [each for each in (ONCE | SAFE) if each not in MADE])
async def test_errcode_0_confirms_any_call(script: Any, told: Client, name: str, zero: Any) -> None:
    script.say({"errcode": zero, "errmsg": "ok"})
    await (ONCE | SAFE)[name](told)


async def test_a_read_may_leave_errcode_out(script: Any, told: Client) -> None:
    script.say({"openid": "o", "subscribe": 0})
    assert not (await told.users.info("o")).following


@pytest.mark.parametrize(
    ("channel", "card"),
    [
        (Channel.CUSTOMER, None),
        (Channel.TEMPLATE, FilledCard(template_id="T", title="t", fields={"thing1": "x"})),
        (Channel.NOTICE, FilledCard(template_id="T", title="t", fields={"thing1": "x"})),
    ],
)
@pytest.mark.parametrize("answer", [{}, {"code": 500, "message": "down"}])
async def test_the_outbox_does_not_call_it_accepted(
    script: Any, told: Client, channel: Channel, card: FilledCard | None, answer: Any
) -> None:
    script.say(answer)
    envelope = Envelope(openid="o", channel=channel, client_id="m", text="您好", options=(), card=card, url="")
    assert (await WeChatSender(told).send(envelope)).call is Call.UNKNOWN


async def test_a_byte_order_mark_before_an_answer_is_no_trouble(script: Any, told: Client) -> None:
    script.say(BOM + b'{"errcode":0,"errmsg":"ok"}')
    await told.messages.send("o", Text(content="您好"))
    script.say(BOM + b'{"openid":"o","subscribe":1}')
    assert (await told.users.info("o")).following
