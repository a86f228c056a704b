"""Pushes to the callback and passive replies (reference §1.3-§1.6, §2)."""

import asyncio
from datetime import timedelta

import pytest
from aiohttp import web

from wxbot.simulator.codec import sign
from wxbot.simulator.markup import read, text_of
from wxbot.simulator.pushes import Courier


async def test_in_safe_mode_only_the_receiver_and_the_encrypted_text_travel(world):
    person = await world.follower()
    assert [child.tag for child in read(world.last().body)] == ["ToUserName", "Encrypt"]
    assert world.last()["FromUserName"] == person.openid


async def test_a_push_carries_both_signatures(world):
    await world.follower()
    query, token = world.last().query, "clinicToken01"
    encrypted = text_of(read(world.last().body), "Encrypt")
    assert query["signature"] == sign(token, query["timestamp"], query["nonce"])
    assert query["msg_signature"] == sign(token, query["timestamp"], query["nonce"], encrypted)
    assert query["encrypt_type"] == "aes"


async def test_in_compatible_mode_both_halves_travel(open_world):
    world = await open_world(mode="compatible")
    await world.follower()
    outer = read(world.last().body)
    assert outer.findtext("Event") == world.last()["Event"] == "subscribe"
    assert "msg_signature" in world.last().query


async def test_in_plain_mode_nothing_is_encrypted(open_world):
    world = await open_world(mode="plain")
    await world.follower()
    assert read(world.last().body).find("Encrypt") is None
    assert set(world.last().query) == {"signature", "timestamp", "nonce", "openid"}


async def test_a_slow_answer_is_tried_three_times_with_the_same_body(open_world):
    world = await open_world(platform={"answer_seconds": 0.5})
    person = world.platform.create_person("小林")
    never = asyncio.Event()

    async def sleepy(_):
        await never.wait()

    world.answer = sleepy
    push = await world.platform.follow(person.openid)
    assert (push.ok, push.attempts, push.status) == (False, 3, None)
    assert len({heard.body for heard in world.heard}) == 1
    assert len(world.heard) == 3
    assert [seen.kind for seen in person.messages] == ["service_unavailable"]
    never.set()


async def test_the_second_try_may_succeed_and_nothing_grey_is_shown(open_world):
    world = await open_world(platform={"answer_seconds": 0.5})
    person = world.platform.create_person("小林")
    never = asyncio.Event()

    async def slow_at_first(_):
        if len(world.heard) == 1:
            await never.wait()
        return web.Response(status=200)

    world.answer = slow_at_first
    push = await world.platform.follow(person.openid)
    assert (push.ok, push.attempts, push.status) == (True, 2, 200)
    assert person.messages == []
    never.set()


async def test_an_http_status_is_an_answer_and_repeated_only_where_the_account_says_so(world):
    person = world.platform.create_person("小林")
    world.answer = lambda _: web.Response(status=503)
    push = await world.platform.follow(person.openid)
    assert (push.ok, push.attempts, push.status) == (False, 1, 503)
    assert person.messages[-1].kind == "service_unavailable"
    world.platform.account.repeats_on_status = True
    assert (await world.platform.say(person.openid, "在吗")).attempts == 3


async def test_after_many_failures_nothing_is_pushed_for_a_minute(open_world):
    world = await open_world(platform={"mark_fail_after": 3})
    person = await world.follower()
    world.answer = lambda _: web.Response(status=500)
    for _ in range(3):
        assert (await world.platform.say(person.openid, "在吗")).attempts == 1
    world.answer = lambda _: web.Response(status=200)
    silenced = await world.platform.say(person.openid, "在吗")
    assert (silenced.ok, silenced.attempts, "MarkFail" in silenced.problem) == (False, 0, True)
    world.platform.clock.move(timedelta(minutes=1))
    assert (await world.platform.say(person.openid, "在吗")).ok


async def test_failures_long_apart_silence_nothing(open_world):
    world = await open_world(platform={"mark_fail_after": 3})
    person = await world.follower()
    world.answer = lambda _: web.Response(status=500)
    for _ in range(6):
        assert (await world.platform.say(person.openid, "在吗")).attempts == 1
        world.platform.clock.move(timedelta(minutes=3))


@pytest.mark.parametrize("mode", ["plain", "compatible"])
async def test_the_platform_may_leave_what_is_typed_unescaped(open_world, mode):
    world = await open_world(mode=mode)
    person = await world.follower()
    world.platform.account.escapes = False
    push = await world.platform.say(person.openid, "看这个 (]]>_<[[)")
    assert b"(]]>_<[[)]]></Content>" in push.body


async def test_nobody_listening_is_three_tries_and_the_grey_line(open_world):
    world = await open_world(callback_url="http://127.0.0.1:9/wechat/callback")
    person = world.platform.create_person("小林")
    push = await world.platform.follow(person.openid)
    assert (push.ok, push.attempts, push.status) == (False, 3, None)
    assert person.messages[-1].kind == "service_unavailable"


async def test_without_a_callback_url_nothing_is_pushed(open_world):
    world = await open_world(callback_url="")
    push = await world.platform.follow(world.platform.create_person("小林").openid)
    assert (push.ok, push.attempts) == (False, 0)


async def test_a_failed_receipt_shows_nothing_to_the_patient(world):
    person = await world.follower()
    world.answer = lambda _: web.Response(status=500)
    push = await world.platform.push_raw(
        person.openid, {"Event": "TEMPLATESENDJOBFINISH", "MsgID": 1, "Status": "success"}
    )
    assert (push.ok, push.attempts) == (False, 1)
    assert person.messages == []


async def test_a_text_reply_is_shown_with_its_links(world):
    person = await world.follower()
    text = (
        '请选择：<a href="weixin://bizmsgmenu?msgmenucontent=预约&msgmenuid=201">我要预约</a>'
        ' <a href="https://clinic.example.cn/h5">网页</a>'
    )
    world.answer = lambda heard: world.reply(heard, {"MsgType": "text", "Content": text})
    push = await world.platform.say(person.openid, "你好")
    assert push.reply == {
        "kind": "text",
        "text": text,
        "plain": "请选择：我要预约 网页",
        "links": [{"id": "201", "text": "预约", "label": "我要预约"}],
        "urls": [{"url": "https://clinic.example.cn/h5", "text": "网页"}],
    }
    assert [(seen.direction, seen.kind, seen.via) for seen in person.messages] == [
        ("in", "text", None),
        ("out", "text", "passive"),
    ]


async def test_a_cdata_end_inside_a_message_survives_the_journey(world):
    person = await world.follower()
    world.answer = lambda heard: world.reply(heard, {"MsgType": "text", "Content": heard["Content"]})
    push = await world.platform.say(person.openid, "a]]>b<c>&amp;")
    assert push.reply is not None
    assert push.reply["text"] == "a]]>b<c>&amp;"


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("image", {"Image": {"MediaId": "$"}}),
        ("voice", {"Voice": {"MediaId": "$"}}),
        ("video", {"Video": {"MediaId": "$", "Title": "术后护理", "Description": "三分钟"}}),
        ("music", {"Music": {"Title": "舒缓", "MusicUrl": "https://m.example.cn/a", "ThumbMediaId": "$"}}),
    ],
)
async def test_media_replies_are_read(world, kind, fields):
    person = await world.follower()
    medium = world.platform.media.put("image", b"x", "a.png", "image/png", world.platform.now()).media_id
    filled = {name: {k: v.replace("$", medium) for k, v in inner.items()} for name, inner in fields.items()}
    world.answer = lambda heard: world.reply(heard, {"MsgType": kind, **filled})
    push = await world.platform.say(person.openid, "你好")
    assert push.ok
    assert push.reply is not None
    assert (push.reply["kind"], push.reply["media_id"]) == (kind, medium)
    assert person.messages[-1].kind == kind


def news(count):
    items = [{"Title": f"第{i}篇", "Description": "d", "PicUrl": "p", "Url": "https://e.cn"} for i in range(count)]
    return {"MsgType": "news", "ArticleCount": count, "Articles": {"item": items}}


async def test_a_message_is_answered_with_one_article_and_more_are_dropped(world):
    person = await world.follower()
    world.answer = lambda heard: world.reply(heard, news(3))
    push = await world.platform.say(person.openid, "须知")
    assert push.reply is not None
    assert [article["title"] for article in push.reply["articles"]] == ["第0篇"]


async def test_an_event_may_be_answered_with_eight_articles(world):
    person = world.platform.create_person("小林")
    world.answer = lambda heard: world.reply(heard, news(10))
    push = await world.platform.follow(person.openid)
    assert push.reply is not None
    assert len(push.reply["articles"]) == 8


async def test_a_message_may_be_handed_to_an_agent_and_an_event_may_not(world):
    person = await world.follower()
    world.answer = lambda heard: world.reply(
        heard, {"MsgType": "transfer_customer_service", "TransInfo": {"KfAccount": "desk1@clinicwx"}}
    )
    said = await world.platform.say(person.openid, "人工")
    assert said.reply == {"kind": "transfer_customer_service", "agent": "desk1@clinicwx"}
    scanned = await world.platform.scan(person.openid, "doc_7")
    assert (scanned.ok, scanned.reply) == (False, None)


@pytest.mark.parametrize(
    "fields",
    [
        {"MsgType": "text", "Content": ""},
        {"MsgType": "text", "Content": "好" * 683},
        {"MsgType": "image", "Image": {"MediaId": "unknown"}},
        {"MsgType": "poem", "Content": "x"},
        {"MsgType": "text", "Content": "x", "ToUserName": "oSomebodyElse"},
        {"MsgType": "text", "Content": "x", "CreateTime": "now"},
        {"MsgType": "news", "ArticleCount": 2, "Articles": {"item": [{"Title": "a"}]}},
    ],
)
async def test_a_malformed_reply_shows_the_grey_line_without_another_try(world, fields):
    person = await world.follower()
    world.answer = lambda heard: world.reply(heard, fields)
    push = await world.platform.say(person.openid, "你好")
    assert (push.ok, push.attempts, push.status, push.reply) == (False, 1, 200, None)
    assert person.messages[-1].kind == "service_unavailable"


@pytest.mark.parametrize("body", ["<xml><Content>", "hello", "<html></html>", "<!DOCTYPE xml><xml></xml>"])
async def test_an_answer_that_is_no_reply_shows_the_grey_line(world, body):
    person = await world.follower()
    world.answer = lambda _: web.Response(text=body)
    assert not (await world.platform.say(person.openid, "你好")).ok


async def test_a_plain_reply_in_safe_mode_is_malformed(world):
    person = await world.follower()
    world.answer = lambda heard: world.reply(heard, {"MsgType": "text", "Content": "好"}, encrypt=False)
    assert not (await world.platform.say(person.openid, "你好")).ok


async def test_a_reply_with_a_forged_signature_is_malformed(world):
    person = await world.follower()

    def forged(heard):
        honest = world.reply(heard, {"MsgType": "text", "Content": "好"})
        return web.Response(text=honest.text.replace("n0nce", "other"))

    world.answer = forged
    push = await world.platform.say(person.openid, "你好")
    assert (push.ok, push.problem) == (False, "MsgSignature does not fit")


async def test_pushes_of_different_people_do_not_wait_for_each_other(world):
    first, second = await world.follower("一"), await world.follower("二")
    gate = asyncio.Event()

    async def answer(heard):
        if heard["FromUserName"] == first.openid:
            await gate.wait()
        return web.Response(text="success")

    world.answer = answer
    waiting = asyncio.create_task(world.platform.say(first.openid, "慢"))
    assert (await world.platform.say(second.openid, "快")).ok
    assert not waiting.done()
    gate.set()
    assert (await waiting).ok


async def test_an_earlier_push_can_be_delivered_again_byte_for_byte(world):
    person = await world.follower()
    push = await world.platform.say(person.openid, "预约")
    await world.platform.redeliver(push)
    assert world.heard[-1].body == world.heard[-2].body
    assert world.heard[-1].query["openid"] == person.openid


async def test_saving_the_form_asks_the_callback_for_its_echo(open_world):
    world = await open_world()
    assert isinstance(world.platform._courier, Courier)
    assert await world.platform.verify_callback() is False  # the little clinic answers no GET
    clinic = web.Application()

    async def echo(request):
        query = request.query
        assert query["signature"] == sign("clinicToken01", query["timestamp"], query["nonce"])
        return web.Response(text=query["echostr"])

    clinic.router.add_get("/wechat/callback", echo)
    runner = web.AppRunner(clinic)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    world.platform.account.callback_url = f"http://127.0.0.1:{runner.addresses[0][1]}/wechat/callback"
    assert await world.platform.verify_callback() is True
    await runner.cleanup()


async def test_a_platform_that_was_not_started_says_so():
    from wxbot.simulator.platform import AccountConfig, Platform  # noqa: PLC0415 - only here

    key = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFE"
    account = AccountConfig(app_id="wx1", app_secret="s", token="abc", aes_key=key, callback_url="http://127.0.0.1:9/")
    platform = Platform(account)
    with pytest.raises(RuntimeError, match="not started"):
        await platform.follow(platform.create_person("小林").openid)
