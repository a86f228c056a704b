"""Customer-service messages and typing (reference §4.2, §4.3)."""

import json
from datetime import timedelta

import pytest

SEND = "/cgi-bin/message/custom/send"


def text(openid, content="您好"):
    return {"touser": openid, "msgtype": "text", "text": {"content": content}}


async def code_of(world, body):
    return (await world.post(SEND, body))["errcode"]


async def test_a_text_arrives_and_uses_up_one_of_five(world):
    person = await world.follower()
    await world.platform.say(person.openid, "在吗")
    answer = await world.post(SEND, text(person.openid))
    assert answer == {"errcode": 0, "errmsg": "ok"}
    assert (person.messages[-1].text, person.messages[-1].via) == ("您好", "customer")
    assert world.platform.rights(person.openid)[0] == 4
    assert world.platform.sent[-1].body == text(person.openid)


async def test_the_sixth_message_gets_45047_and_the_next_word_reopens(world):
    person = await world.follower()
    await world.platform.say(person.openid, "在吗")
    assert [await world.say_to(person.openid, "好") for _ in range(6)] == [0] * 5 + [45047]
    await world.platform.say(person.openid, "谢谢")
    assert await world.say_to(person.openid, "好") == 0


async def test_after_two_days_the_window_is_closed(world):
    person = await world.follower()
    await world.platform.say(person.openid, "在吗")
    world.platform.clock.move(timedelta(hours=48))
    assert await world.say_to(person.openid, "好") == 45015
    assert person.messages[-1].direction == "in"


async def test_passive_replies_do_not_use_the_budget(world):
    person = await world.follower()
    world.answer = lambda heard: world.reply(heard, {"MsgType": "text", "Content": "好"})
    await world.platform.say(person.openid, "在吗")
    assert world.platform.rights(person.openid)[0] == 5


async def test_who_cannot_be_reached_gets_the_right_code(world):
    stranger = world.platform.create_person("陌生人")
    refusing, blocked = await world.follower("拒收"), await world.follower("黑名单")
    await world.platform.refuse_messages(refusing.openid)
    blocked.blacklisted = True
    codes = [await world.say_to(who, "好") for who in ("oNobody", stranger.openid, refusing.openid, blocked.openid)]
    assert codes == [40003, 45015, 48002, 43019]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"msgtype": "poem"}, 40008),
        ({"text": {"content": ""}}, 44004),
        ({"text": {}}, 44004),
        ({"text": None}, 44004),
        ({"text": {"content": "好" * 683}}, 45002),
        ({"touser": 7}, 40003),
        ({"msgtype": "image", "image": {}}, 41006),
        ({"msgtype": "image", "image": {"media_id": "gone"}}, 40007),
        ({"msgtype": "news", "news": {"articles": []}}, 44003),
        ({"msgtype": "news", "news": {"articles": [{"title": "a"}, {"title": "b"}]}}, 45008),
        ({"msgtype": "msgmenu", "msgmenu": {"head_content": "h", "list": []}}, 40035),
        ({"msgtype": "msgmenu", "msgmenu": {"head_content": "h", "list": [{"id": "1"}]}}, 40035),
        ({"msgtype": "mpnewsarticle", "mpnewsarticle": {}}, 44003),
        ({"msgtype": "wxcard", "wxcard": {}}, 40035),
    ],
)
async def test_a_faulty_body_gets_its_code_and_costs_nothing(world, change, code):
    person = await world.follower()
    assert await code_of(world, {**text(person.openid), **change}) == code
    assert world.platform.rights(person.openid)[0] == 3
    assert world.platform.sent == []


async def test_a_text_of_2048_bytes_passes(world):
    person = await world.follower()
    assert await world.say_to(person.openid, "好" * 682 + "ab") == 0


async def test_every_kind_is_shown_as_the_phone_shows_it(world):
    person = await world.follower()
    await world.platform.say(person.openid, "在吗")
    media = world.platform.media
    now = world.platform.now()
    picture = media.put("image", b"x", "a.png", "image/png", now).media_id
    film = media.put("video", b"x", "a.mp4", "video/mp4", now).media_id
    bodies = [
        {"msgtype": "image", "image": {"media_id": picture}},
        {"msgtype": "video", "video": {"media_id": film, "thumb_media_id": picture, "title": "t"}},
        {"msgtype": "music", "music": {"title": "t", "musicurl": "https://m.cn", "thumb_media_id": picture}},
        {"msgtype": "news", "news": {"articles": [{"title": "就诊须知", "url": "https://e.cn"}]}},
        {
            "msgtype": "msgmenu",
            "msgmenu": {
                "head_content": "满意吗？",
                "list": [{"id": "101", "content": "满意"}, {"id": 102, "content": "不满意"}],
                "tail_content": "感谢",
            },
        },
    ]
    for body in bodies:
        assert await code_of(world, {"touser": person.openid, **body}) == 0
    shown = person.messages[-5:]
    assert [seen.kind for seen in shown] == ["image", "video", "music", "news", "menu"]
    assert shown[3].card is not None
    assert shown[3].card["title"] == "就诊须知"
    assert shown[4].options == ({"id": "101", "text": "满意"}, {"id": "102", "text": "不满意"})
    assert (shown[4].text, shown[4].tail) == ("满意吗？", "感谢")


async def test_links_to_mini_programs_articles_and_cards_are_shown(world):
    person = await world.follower()
    thumb = world.platform.media.put("thumb", b"x", "a.jpg", "image/jpeg", world.platform.now()).media_id
    program = {"title": "预约", "appid": "wx1", "pagepath": "pages/a?b=1", "thumb_media_id": thumb}
    for kind, content in (
        ("miniprogrampage", program),
        ("mpnewsarticle", {"article_id": "A1"}),
        ("wxcard", {"card_id": "C1"}),
    ):
        assert await code_of(world, {"touser": person.openid, "msgtype": kind, kind: content}) == 0
    assert [seen.kind for seen in person.messages] == ["link", "news", "link"]


async def test_the_agent_and_the_machine_mark_are_shown(world):
    person = await world.follower()
    extras = {"customservice": {"kf_account": "desk1@clinicwx"}, "aimsgcontext": {"is_ai_msg": 1}}
    assert await code_of(world, {**text(person.openid), **extras}) == 0
    assert (person.messages[-1].agent, person.messages[-1].by_machine) == ("desk1@clinicwx", True)


async def test_escaped_characters_show_as_they_were_written(world):
    person = await world.follower()
    raw = json.dumps(text(person.openid, "您好")).encode()
    assert await code_of(world, raw) == 0
    assert person.messages[-1].text == "\\u60a8\\u597d"


async def test_what_is_not_json_is_refused(world):
    codes = [await code_of(world, raw) for raw in (b"{", b"[]", b"\xff", b"  ")]
    assert codes == [47001, 47001, 47001, 44002]


async def test_half_a_surrogate_pair_is_no_text(world):
    raw = b'{"touser":"\\ud800","template_id":"T"}'
    assert (await world.post("/cgi-bin/message/template/send", raw))["errcode"] == 47001


async def test_sending_needs_post(world):
    assert (await world.get(SEND))["errcode"] == 43002


async def test_typing_needs_a_recent_exchange_and_is_said_once(world):
    person = await world.follower()
    path = "/cgi-bin/message/custom/typing"

    async def typing(command="Typing"):
        return (await world.post(path, {"touser": person.openid, "command": command}))["errcode"]

    assert await typing() == 45080
    await world.platform.say(person.openid, "在吗")
    assert [await typing(), await typing(), await typing("CancelTyping"), await typing()] == [0, 45081, 0, 0]
    assert await typing("Dancing") == 45072
    world.platform.clock.move(timedelta(seconds=31))
    assert await typing() == 45080


async def test_a_message_ends_the_typing(world):
    person = await world.follower()
    await world.platform.say(person.openid, "在吗")
    await world.post("/cgi-bin/message/custom/typing", {"touser": person.openid, "command": "Typing"})
    await world.say_to(person.openid, "在的")
    assert person.typing_until is None
