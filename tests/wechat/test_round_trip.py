"""The gateway against the simulated platform, whose signing, encryption and XML are its own."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from wxbot.clock import SystemClock
from wxbot.dispatch import updates
from wxbot.dispatch.replies import Article, NewsReply, TextReply, WireReply
from wxbot.errors import PushRefusedError
from wxbot.templates.models import Option
from wxbot.wechat.codec import Codec
from wxbot.wechat.gateway import Gateway


class CallbackServer:
    """A minimal webhook: it keeps the updates it received and answers with `reply`."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self.received: list[updates.Update] = []
        self.reply: WireReply | None = None

    async def verify(self, request: web.Request) -> web.Response:
        try:
            return web.Response(text=self.gateway.verify(request.query))
        except PushRefusedError as refusal:
            return web.Response(status=refusal.status)

    async def receive(self, request: web.Request) -> web.Response:
        try:
            incoming = self.gateway.open(request.query, await request.read())
        except PushRefusedError as refusal:
            return web.Response(status=refusal.status)
        self.received.append(incoming.update)
        return web.Response(body=self.gateway.seal(incoming, self.reply, now=datetime.now(UTC)))


@pytest.fixture
async def callback(account: Any, codec: Codec) -> AsyncIterator[CallbackServer]:
    found = CallbackServer(Gateway(codec, "safe", SystemClock()))
    app = web.Application()
    app.router.add_get("/callback", found.verify)
    app.router.add_post("/callback", found.receive)
    server = TestServer(app)
    await server.start_server()
    account.platform.account.callback_url = str(server.make_url("/callback"))
    yield found
    await server.close()


async def test_the_platforms_check_succeeds(account: Any, callback: CallbackServer) -> None:
    assert callback.received == []
    assert await account.platform.verify_callback()


@pytest.mark.parametrize("mode", ["safe", "compatible"])
async def test_what_a_patient_says_enters_and_the_answer_is_shown(
    account: Any, callback: CallbackServer, follower: str, mode: str
) -> None:
    account.platform.account.mode = mode
    callback.reply = TextReply(text="请选择：", options=(Option(id="a", label="洁牙"), Option(id="b", label="补牙")))
    result = await account.platform.say(follower, "预约 ]]> <b>")
    assert result.ok
    (update,) = callback.received
    assert isinstance(update, updates.TextMessage)
    assert (update.text, update.openid) == ("预约 ]]> <b>", follower)
    assert result.reply["kind"] == "text"
    assert result.reply["text"].startswith("请选择：")
    assert [link["id"] for link in result.reply["links"]] == ["a", "b"]


async def test_a_plain_push_is_not_let_in(account: Any, callback: CallbackServer, follower: str) -> None:
    account.platform.account.mode = "plain"
    result = await account.platform.say(follower, "预约")
    assert not result.ok
    assert result.status == 403
    assert callback.received == []


async def test_a_key_changed_in_the_console_needs_no_exact_moment(
    account: Any, callback: CallbackServer, follower: str
) -> None:
    new = "ZYXWVUTSRQPONMLKJIHGFEDCBA9876543210zyxwvuA"
    old = account.platform.account.aes_key
    callback.gateway = Gateway(Codec("wx0123456789abcdef", "clinicToken01", new, old), "safe", SystemClock())
    callback.reply = TextReply(text="好")
    before = await account.platform.say(follower, "一")
    account.platform.account.aes_key = new
    after = await account.platform.say(follower, "二")
    assert [before.reply["text"], after.reply["text"]] == ["好", "好"]


async def test_articles_are_shown(account: Any, callback: CallbackServer, follower: str) -> None:
    callback.reply = NewsReply(articles=(Article(title="就诊须知", description="d", picture_url="", url="https://x"),))
    result = await account.platform.say(follower, "须知")
    assert result.reply["kind"] == "news"


@pytest.mark.parametrize(
    ("gesture", "kind"),
    [
        (lambda platform, openid: platform.say(openid, "满意", menu_id="101"), updates.TextMessage),
        (lambda platform, openid: platform.send_image(openid), updates.ImageMessage),
        (lambda platform, openid: platform.send_voice(openid), updates.VoiceMessage),
        (lambda platform, openid: platform.send_video(openid), updates.VideoMessage),
        (lambda platform, openid: platform.send_location(openid), updates.LocationMessage),
        (lambda platform, openid: platform.send_link(openid), updates.LinkMessage),
        (lambda platform, openid: platform.scan(openid, "doc_7"), updates.Scanned),
        (lambda platform, openid: platform.tap_menu(openid, "BOOK"), updates.MenuClicked),
        (lambda platform, openid: platform.tap_menu(openid, "挂号"), updates.MenuViewed),
        (lambda platform, openid: platform.tap_menu(openid, "SCAN"), updates.CodeScanned),
        (lambda platform, openid: platform.answer_notice(openid, "N", accept=True), updates.NoticesAnswered),
        (lambda platform, openid: platform.switch_off_notice(openid, "N"), updates.NoticesChanged),
        (lambda platform, openid: platform.unfollow(openid), updates.Unfollowed),
    ],
)
async def test_every_gesture_of_a_patient_is_understood(
    account: Any,
    callback: CallbackServer,
    follower: str,
    gesture: Callable[[Any, str], Any],
    kind: type[updates.Update],
) -> None:
    account.platform.add_notice_template("N", "复诊提醒", "事项:{{thing1.DATA}}\n日期:{{date2.DATA}}\n")
    account.platform.person(follower).grants["N"] = 1
    client = account.client()
    await client.menus.create(
        {
            "button": [
                {"type": "click", "name": "预约", "key": "BOOK"},
                {"type": "view", "name": "挂号", "url": "https://x/"},
                {"type": "scancode_waitmsg", "name": "扫码", "key": "SCAN"},
            ]
        }
    )
    result = await gesture(account.platform, follower)
    assert result.ok
    assert [type(update) for update in callback.received] == [kind]


async def test_a_new_follower_brings_the_scene_that_brought_them(account: Any, callback: CallbackServer) -> None:
    openid = account.platform.create_person("新朋友").openid
    await account.platform.scan(openid, "doc_7")
    (update,) = callback.received
    assert isinstance(update, updates.Followed)
    assert update.scene == "doc_7"


async def test_a_template_message_is_settled_by_its_receipt(
    account: Any, callback: CallbackServer, follower: str
) -> None:
    account.platform.add_template("TPL", "就诊提醒", "就诊人:{{thing3.DATA}}\n就诊时间:{{time5.DATA}}\n")
    fields = {"thing3": "林女士", "time5": "2026年11月20日 14:30"}
    msgid = await account.client().templates.send(follower, "TPL", fields, client_msg_id="m-1")
    await account.platform.settled()
    (update,) = callback.received
    assert isinstance(update, updates.TemplateSettled)
    assert (update.message_id, update.status) == (msgid, "success")


async def test_a_notice_is_settled_by_its_receipt(account: Any, callback: CallbackServer, follower: str) -> None:
    account.platform.add_notice_template("N", "复诊提醒", "事项:{{thing1.DATA}}\n日期:{{date2.DATA}}\n")
    account.platform.person(follower).grants["N"] = 1
    await account.client().notices.send(follower, "N", {"thing1": "复诊", "date2": "2026年11月20日"})
    await account.platform.settled()
    (update,) = callback.received
    assert isinstance(update, updates.NoticesSettled)
    assert [(receipt.template_id, receipt.code) for receipt in update.receipts] == [("N", 0)]


async def test_a_delivery_repeated_by_the_platform_has_the_same_key(
    account: Any, callback: CallbackServer, follower: str
) -> None:
    said = await account.platform.say(follower, "一")
    await account.platform.redeliver(said)
    scanned = await account.platform.scan(follower, "s")
    await account.platform.redeliver(scanned)
    assert callback.received[0].key == callback.received[1].key
    assert callback.received[2].key == callback.received[3].key
    assert callback.received[0].key != callback.received[2].key
