"""Every call against a simulated platform, and what a failure of each kind of call means."""

import json
from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from wxbot.errors import InvalidInputError, PlatformError, Reaction
from wxbot.templates.models import Option
from wxbot.wechat.api.contents import (
    Content,
    Coupon,
    Image,
    Menu,
    MiniProgramPage,
    Music,
    News,
    PublishedArticle,
    Text,
    Video,
    Voice,
)
from wxbot.wechat.api.media import VideoAddress
from wxbot.wechat.api.templates import MiniProgram, PlatformTemplate
from wxbot.wechat.client import Client
from wxbot.wechat.media import MediaFile, MediaKind
from wxbot.wechat.transport import Transport
from wxbot.wechat.wire import NO_ANSWER, Repeat, Request, Wire

SEND = "/cgi-bin/message/custom/send"
STABLE = "/cgi-bin/stable_token"
INFO = "/cgi-bin/user/info"
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 100


async def refusal(call: Any) -> PlatformError:
    with pytest.raises(PlatformError) as refused:
        await call
    return refused.value


# -- customer-service messages


async def test_a_text_reaches_the_patient(account: Any, client: Client, follower: str) -> None:
    await client.messages.send(follower, Text(content='您好，14:30 还有号 <a href="https://x">查看</a>'))
    seen = account.platform.person(follower).messages[-1]
    assert (seen.kind, seen.via) == ("text", "customer")
    assert seen.text.startswith("您好，14:30 还有号")


async def test_chinese_is_sent_as_it_is_and_not_as_escapes(script: Any, account: Any) -> None:
    script.say({"errcode": 0})
    transport = Transport(account.http, script.base_url, Fixed(), account.clock)
    await transport.post(SEND, {"text": {"content": "您好😀"}}, Repeat.ONCE)
    assert "您好😀".encode() in script.asked[0][3]
    assert b"\\u" not in script.asked[0][3]


async def test_a_menu_message_shows_its_entries(account: Any, client: Client, follower: str) -> None:
    options = (Option(id="101", label="满意"), Option(id="102", label="不满意"))
    await client.messages.send(follower, Menu(head="本次服务是否满意？", options=options, tail="感谢反馈"))
    seen = account.platform.person(follower).messages[-1]
    assert (seen.kind, seen.text, seen.tail) == ("menu", "本次服务是否满意？", "感谢反馈")
    assert [(option["id"], option["text"]) for option in seen.options] == [("101", "满意"), ("102", "不满意")]


async def test_a_menu_message_too_long_loses_words_and_no_entry(account: Any, client: Client, follower: str) -> None:
    options = tuple(Option(id=str(n), label="选项" * 20) for n in range(8))
    await client.messages.send(follower, Menu(head="长" * 2000, options=options))
    assert len(account.platform.person(follower).messages[-1].options) == 8


@pytest.mark.parametrize(
    ("content", "body"),
    [
        (Text(content="a\x00b" + "长" * 700), {"content": "ab" + "长" * 681 + "…"}),
        (Image(media_id="M"), {"media_id": "M"}),
        (Voice(media_id="M"), {"media_id": "M"}),
        (
            Video(media_id="M", thumb_media_id="T", title="t", description="d"),
            {"media_id": "M", "thumb_media_id": "T", "title": "t", "description": "d"},
        ),
        (
            Music(url="u", thumb_media_id="T"),
            {"title": "", "description": "", "musicurl": "u", "hqmusicurl": "u", "thumb_media_id": "T"},
        ),
        (
            News(title="t", description="d", url="u", picture_url="p"),
            {"articles": [{"title": "t", "description": "d", "url": "u", "picurl": "p"}]},
        ),
        (PublishedArticle(article_id="A"), {"article_id": "A"}),
        (
            MiniProgramPage(title="t", app_id="wx", page_path="p", thumb_media_id="T"),
            {"title": "t", "appid": "wx", "pagepath": "p", "thumb_media_id": "T"},
        ),
        (Coupon(card_id="C"), {"card_id": "C"}),
    ],
)
async def test_each_kind_of_content_has_the_platforms_form(
    script: Any, account: Any, content: Content, body: dict[str, Any]
) -> None:
    script.say({"errcode": 0, "errmsg": "ok"})
    client = Client(account.http, script.base_url, Fixed(), account.clock)
    await client.messages.send("oPatient", content, agent="desk1@clinic", written_by_model=True)
    assert json.loads(script.asked[0][3]) == {
        "touser": "oPatient",
        "msgtype": content.kind,
        content.kind: body,
        "customservice": {"kf_account": "desk1@clinic"},
        "aimsgcontext": {"is_ai_msg": 1},
    }


@pytest.mark.parametrize(
    "kind", ["image", "voice", "video", "music", "news", "mpnewsarticle", "miniprogrampage", "card"]
)
async def test_the_simulated_platform_takes_each_kind(client: Client, account: Any, follower: str, kind: str) -> None:
    media = client.media
    png = MediaFile(name="a.png", content=PNG)
    content: Content
    if kind == "image":
        content = Image(media_id=(await media.upload(MediaKind.IMAGE, png)).media_id)
    elif kind == "voice":
        voice = MediaFile(name="a.mp3", content=b"ID3\x03" + b"\x00" * 50)
        content = Voice(media_id=(await media.upload(MediaKind.VOICE, voice)).media_id)
    elif kind == "video":
        video = MediaFile(name="a.mp4", content=b"\x00\x00\x00\x18ftypmp42" + b"\x00" * 50)
        media_id = (await media.upload(MediaKind.VIDEO, video)).media_id
        content = Video(media_id=media_id, thumb_media_id=media_id)
    elif kind in {"music", "miniprogrampage"}:
        thumb = MediaFile(name="a.jpg", content=b"\xff\xd8\xff\xe0" + b"\x00" * 50)
        thumb_id = (await media.upload(MediaKind.THUMB, thumb)).media_id
        if kind == "music":
            content = Music(url="https://x", thumb_media_id=thumb_id, title="t")
        else:
            content = MiniProgramPage(title="t", app_id="wx1", page_path="p", thumb_media_id=thumb_id)
    elif kind == "news":
        content = News(title="就诊须知", description="d", url="https://x")
    elif kind == "mpnewsarticle":
        content = PublishedArticle(article_id="A")
    else:
        content = Coupon(card_id="C")
    await client.messages.send(follower, content)
    assert account.platform.sent[-1].body["msgtype"] == content.kind


@pytest.mark.parametrize(
    ("code", "reaction"),
    [(45015, Reaction.DEFER), (45047, Reaction.DEFER), (40003, Reaction.UNFOLLOW), (48002, Reaction.UNFOLLOW)],
)
async def test_a_refusal_carries_code_reaction_advice_and_request_id(
    account: Any, client: Client, follower: str, code: int, reaction: Reaction
) -> None:
    account.platform.faults.add(SEND, code=code)
    error = await refusal(client.messages.send(follower, Text(content="好")))
    assert (error.code, error.reaction, error.ambiguous) == (code, reaction, False)
    assert error.advice.endswith("。")
    assert error.rid
    assert (SEND, code) in account.observed


async def test_typing_is_shown_when_the_platform_agrees(account: Any, client: Client, follower: str) -> None:
    assert not await client.messages.show_typing(follower)
    account.platform.person(follower).exchanged_at = account.platform.now()
    assert await client.messages.show_typing(follower)
    assert not await client.messages.show_typing(follower)  # already typing
    assert await client.messages.show_typing(follower, typing=False)
    account.platform.faults.add("/cgi-bin/message/custom/typing", drop="before")
    assert not await client.messages.show_typing(follower)


# -- what a failure means


class Fixed:
    """Tokens that need no platform."""

    async def current(self, stale: str | None = None) -> str:
        return "T2" if stale == "T1" else "T1"


@pytest.mark.parametrize("fault", [{"drop": "before"}, {"drop": "after"}, {"status": 502}, {"status": 504}])
async def test_a_send_without_an_answer_is_ambiguous_and_made_once(
    account: Any, client: Client, follower: str, fault: dict[str, Any]
) -> None:
    account.platform.faults.add(SEND, **fault)
    error = await refusal(client.messages.send(follower, Text(content="好")))
    assert error.ambiguous
    assert error.code is None
    assert account.calls(SEND) == 1
    assert len(account.platform.sent) == (1 if fault.get("drop") == "after" else 0)


async def test_a_send_that_times_out_is_ambiguous(
    account: Any, client: Client, follower: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await client.tokens.current()
    monkeypatch.setattr("wxbot.wechat.wire.TIMEOUT", aiohttp.ClientTimeout(total=0.15, connect=0.1))
    account.platform.faults.add(SEND, latency=1.0)
    error = await refusal(client.messages.send(follower, Text(content="好")))
    assert error.ambiguous


async def test_an_unreachable_platform_leaves_no_doubt(account: Any) -> None:
    seen: list[tuple[str, int]] = []
    transport = Transport(
        account.http, "http://127.0.0.1:1", Fixed(), account.clock, lambda path, code, _: seen.append((path, code))
    )
    error = await refusal(transport.post(SEND, {}, Repeat.ONCE))
    assert (error.ambiguous, error.reaction) == (False, Reaction.RETRY)
    assert seen == [(SEND, NO_ANSWER)]


async def test_a_send_while_the_service_stops_leaves_no_doubt(account: Any) -> None:
    session = aiohttp.ClientSession()
    await session.close()
    transport = Transport(session, account.base_url, Fixed(), account.clock)
    error = await refusal(transport.post(SEND, {}, Repeat.ONCE))
    assert (error.ambiguous, error.reaction) == (False, Reaction.RETRY)


@pytest.mark.parametrize(("repeat", "ambiguous"), [(Repeat.ONCE, True), (Repeat.SAFE, False), (Repeat.READ, False)])
@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"null", b'{"errcode": "x"}', b"\xff\xfe", b"[" * 100_000])
async def test_an_unreadable_answer_is_ambiguous_only_for_what_must_happen_once(
    script: Any, account: Any, repeat: Repeat, ambiguous: bool, body: bytes
) -> None:
    script.say(body)
    wire = Wire(account.http, script.base_url, account.clock)
    error = await refusal(wire.json(Request(method="POST", path="/x", body={}, repeat=repeat)))
    assert (error.code, error.reaction, error.ambiguous) == (None, Reaction.RETRY, ambiguous)


@pytest.mark.parametrize(
    ("status", "reaction", "ambiguous"),
    [
        (301, Reaction.ALARM, False),
        (404, Reaction.ALARM, False),
        (413, Reaction.ALARM, False),
        (408, Reaction.RETRY, False),
        (429, Reaction.RETRY, False),
        (500, Reaction.RETRY, True),
    ],
)
async def test_each_http_status_has_its_reaction(
    script: Any, account: Any, status: int, reaction: Reaction, ambiguous: bool
) -> None:
    script.say(b"nginx", status=status)
    wire = Wire(account.http, script.base_url, account.clock)
    error = await refusal(wire.json(Request(method="POST", path="/x", body={}, repeat=Repeat.ONCE)))
    assert (error.reaction, error.ambiguous) == (reaction, ambiguous)


async def test_control_characters_and_textual_codes_in_an_answer_are_understood(script: Any, account: Any) -> None:
    script.say(b'{"errcode":"45015","errmsg":"a\x01b rid: 66-1-2"}', content_type="text/plain")
    wire = Wire(account.http, script.base_url, account.clock)
    error = await refusal(wire.json(Request(method="POST", path="/x", body={}, repeat=Repeat.ONCE)))
    assert (error.code, error.rid) == (45015, "66-1-2")


async def test_a_base_url_that_is_no_url_is_the_operators_business(account: Any) -> None:
    wire = Wire(account.http, "not a url", account.clock)
    error = await refusal(wire.json(Request(method="GET", path="/x", repeat=Repeat.READ)))
    assert error.reaction is Reaction.ALARM


@pytest.mark.parametrize("fault", [{"status": 502}, {"drop": "before"}, {"code": -1}])
async def test_a_read_is_repeated_and_then_succeeds(
    account: Any, client: Client, follower: str, fault: dict[str, Any]
) -> None:
    account.platform.faults.add(INFO, times=2, **fault)
    assert (await client.users.info(follower)).following
    assert account.calls(INFO) >= 3


async def test_a_read_that_keeps_failing_gives_up(account: Any, client: Client, follower: str) -> None:
    account.platform.faults.add(INFO, times=9, status=503)
    error = await refusal(client.users.info(follower))
    assert (error.reaction, error.ambiguous) == (Reaction.RETRY, False)
    assert account.calls(INFO) == 3


async def test_a_refused_read_is_not_repeated(account: Any, client: Client) -> None:
    error = await refusal(client.users.info("oNobody"))
    assert (error.code, error.reaction) == (40003, Reaction.UNFOLLOW)
    assert account.calls(INFO) == 1


@pytest.mark.parametrize("end", ["revoke_token", "expire_token"])
async def test_a_token_that_ended_is_changed_and_the_send_made_exactly_once(
    account: Any, client: Client, follower: str, end: str
) -> None:
    await client.messages.send(follower, Text(content="一"))
    getattr(account.platform, end)()
    await client.messages.send(follower, Text(content="二"))
    assert [sent.body["text"]["content"] for sent in account.platform.sent] == ["一", "二"]
    assert account.calls(STABLE) == 2


@pytest.mark.parametrize("code", [40001, 40014, 42001])
async def test_a_token_error_that_stays_is_not_looped_over(
    account: Any, client: Client, follower: str, code: int
) -> None:
    account.platform.faults.add(SEND, code=code, times=99)
    error = await refusal(client.messages.send(follower, Text(content="好")))
    assert (error.code, error.reaction) == (code, Reaction.ALARM)
    assert account.calls(SEND) == 1  # the platform gave the same token again: a second try is pointless
    assert account.calls(STABLE) == 2


async def test_a_token_error_that_survives_a_new_token_alarms(script: Any, account: Any) -> None:
    script.say({"errcode": 40001, "errmsg": "x"})
    script.say({"errcode": 42001, "errmsg": "x"})
    transport = Transport(account.http, script.base_url, Fixed(), account.clock)
    error = await refusal(transport.post(SEND, {}, Repeat.ONCE))
    assert error.reaction is Reaction.ALARM
    assert [query["access_token"] for _, _, query, _ in script.asked] == ["T1", "T2"]


async def test_an_unknown_code_is_dropped_and_alarms_when_it_comes_back(script: Any, account: Any) -> None:
    wire = Wire(account.http, script.base_url, account.clock)
    reactions = []
    for _ in range(7):
        script.say({"errcode": 123456, "errmsg": "?"})
        error = await refusal(wire.json(Request(method="GET", path="/x", repeat=Repeat.READ)))
        reactions.append(error.reaction)
    assert reactions == [Reaction.DROP] * 5 + [Reaction.ALARM] * 2


# -- templates and notices


async def test_a_template_message_is_sent_once_for_its_client_id(account: Any, client: Client, follower: str) -> None:
    account.platform.add_template("TPL", "就诊提醒", "就诊人:{{thing3.DATA}}\n就诊时间:{{time5.DATA}}\n")
    fields = {"thing3": "林女士", "time5": "2026年11月20日 14:30"}
    first = await client.templates.send(follower, "TPL", fields, client_msg_id="m-1", url="https://x/h5")
    again = await client.templates.send(follower, "TPL", fields, client_msg_id="m-1", url="https://x/h5")
    assert first == again
    assert first.isdigit()
    assert len(account.platform.sent) == 1
    assert account.platform.sent[0].body["url"] == "https://x/h5"


async def test_the_template_library(client: Client) -> None:
    added = await client.templates.add("47123", ["就诊人", "就诊时间"])
    (template,) = await client.templates.list_all()
    assert template.template_id == added
    assert template.fields == {"thing3": "就诊人", "time5": "就诊时间"}
    await client.templates.delete(added)
    assert await client.templates.list_all() == ()


def test_a_templates_fields_are_read_from_its_content() -> None:
    content = "{{first.DATA}}\n就诊人：{{thing3.DATA}}\n就诊时间: {{ time5.DATA }}\n{{remark.DATA}}"
    template = PlatformTemplate(template_id="T", title="t", content=content)
    assert template.fields == {"first": "", "thing3": "就诊人", "time5": "就诊时间", "remark": ""}


async def test_a_mini_program_is_named_beside_the_address(script: Any, account: Any) -> None:
    script.say({"errcode": 0, "msgid": 3428411849815982087})
    client = Client(account.http, script.base_url, Fixed(), account.clock)
    program = MiniProgram(app_id="wx1", page_path="p")
    msgid = await client.templates.send("o", "T", {"thing1": "x"}, client_msg_id="c", mini_program=program)
    assert msgid == "3428411849815982087"
    assert json.loads(script.asked[0][3])["miniprogram"] == {"appid": "wx1", "pagepath": "p"}


async def test_a_notice_uses_up_one_accept(account: Any, client: Client, follower: str) -> None:
    account.platform.add_notice_template("N", "复诊提醒", "事项:{{thing1.DATA}}\n日期:{{date2.DATA}}\n")
    account.platform.person(follower).grants["N"] = 1
    fields = {"thing1": "复诊提醒", "date2": "2026年11月20日"}
    await client.notices.send(follower, "N", fields, page="https://x/h5")
    error = await refusal(client.notices.send(follower, "N", fields))
    assert (error.code, error.reaction) == (43101, Reaction.DROP)
    assert account.platform.sent[0].body["page"] == "https://x/h5"


async def test_a_notice_without_an_answer_is_ambiguous(account: Any, client: Client, follower: str) -> None:
    account.platform.faults.add("/cgi-bin/message/subscribe/bizsend", drop="before")
    error = await refusal(client.notices.send(follower, "N", {"thing1": "x"}))
    assert error.ambiguous


async def test_the_notice_library(client: Client) -> None:
    (category, *_) = await client.notices.categories()
    titles = await client.notices.titles([row["id"] for row in await client.notices.categories()])
    assert category["name"]
    keywords = await client.notices.keywords(str(titles[0]["tid"]))
    added = await client.notices.add(str(titles[0]["tid"]), [row["kid"] for row in keywords[:2]], "就诊提醒")
    (template,) = await client.notices.list_all()
    assert template.template_id == added
    assert len(template.fields) == 2
    assert not template.lasting
    await client.notices.delete(added)
    assert await client.notices.list_all() == ()


# -- people, tags, codes, menus, media, operations


async def test_what_the_platform_tells_of_a_follower(account: Any, client: Client, follower: str) -> None:
    person = account.platform.person(follower)
    person.scene, person.came_by = "doc_7", "ADD_SCENE_QR_CODE"
    stranger = account.platform.create_person("路人").openid
    followed, unknown = await client.users.batch([follower, stranger])
    assert followed == await client.users.info(follower)
    assert (followed.following, followed.scene, followed.came_by) == (True, "doc_7", "ADD_SCENE_QR_CODE")
    assert followed.followed_at is not None
    assert abs(followed.followed_at - person.followed_at) < timedelta(seconds=1)
    assert (unknown.openid, unknown.following, unknown.followed_at) == (stranger, False, None)


async def test_more_than_a_hundred_people_are_asked_for_in_batches(account: Any, client: Client) -> None:
    openids = [account.platform.create_person(f"p{n}").openid for n in range(205)]
    assert [user.openid for user in await client.users.batch(openids)] == openids
    assert account.calls("/cgi-bin/user/info/batchget") == 3


async def test_followers_come_page_by_page_until_the_last(script: Any, account: Any) -> None:
    client = Client(account.http, script.base_url, Fixed(), account.clock)
    script.say({"total": 3, "count": 2, "data": {"openid": ["o1", "o2"]}, "next_openid": "o2"})
    script.say({"total": 3, "count": 1, "data": {"openid": ["o3"]}, "next_openid": "o3"})
    script.say({"total": 3, "count": 0, "next_openid": ""})
    assert [openid async for openid in client.users.followers()] == ["o1", "o2", "o3"]
    assert [query["next_openid"] for _, _, query, _ in script.asked] == ["", "o2", "o3"]


async def test_the_simulated_followers_are_all_found(client: Client, follower: str) -> None:
    assert [openid async for openid in client.users.followers()] == [follower]


async def test_a_remark_is_cut_to_what_fits(account: Any, client: Client, follower: str) -> None:
    await client.users.set_remark(follower, "很长的备注名称超过三十字节")
    assert account.platform.person(follower).remark == "很长的备注名称超过"


async def test_the_blacklist(account: Any, client: Client, follower: str) -> None:
    others = [account.platform.create_person(f"p{n}").openid for n in range(25)]
    await client.users.block([follower, *others])
    assert len([openid async for openid in client.users.blacklist()]) == 26
    await client.users.unblock(others)
    assert [openid async for openid in client.users.blacklist()] == [follower]


async def test_tags(client: Client, follower: str) -> None:
    tag = await client.tags.create("老朋友")
    assert await client.tags.put_on([follower], tag.id) == ()
    assert await client.tags.of_user(follower) == (tag.id,)
    assert [openid async for openid in client.tags.members(tag.id)] == [follower]
    await client.tags.rename(tag.id, "复诊")
    assert [(each.name, each.count) for each in await client.tags.list_all() if each.id == tag.id] == [("复诊", 1)]
    assert await client.tags.take_off([follower], tag.id) == ()
    await client.tags.delete(tag.id)
    assert await client.tags.of_user(follower) == ()


async def test_those_who_cannot_be_tagged_are_named(account: Any, client: Client, follower: str) -> None:
    stranger = account.platform.create_person("路人").openid
    tag = await client.tags.create("老朋友")
    assert await client.tags.put_on([follower, stranger], tag.id) == (stranger,)
    assert await client.tags.of_user(follower) == (tag.id,)
    assert account.calls("/cgi-bin/tags/members/batchtagging") == 2


async def test_a_scene_code(client: Client) -> None:
    code = await client.scene_codes.create("appt_8f3k")
    assert code.lasts == timedelta(days=30)
    assert code.url
    assert code.image_url.startswith("https://mp.weixin.qq.com/cgi-bin/showqrcode?ticket=")
    assert (await client.scene_codes.create("desk", lasts=None)).lasts is None


@pytest.mark.parametrize(("scene", "lasts"), [("", None), ("x" * 65, None), ("ok", timedelta(0))])
async def test_an_impossible_scene_code_is_refused_here(client: Client, scene: str, lasts: timedelta | None) -> None:
    with pytest.raises(InvalidInputError):
        await client.scene_codes.create(scene, lasts)


async def test_the_menu(client: Client) -> None:
    assert await client.menus.get() is None
    menu = {"button": [{"type": "click", "name": "联系客服", "key": "KF"}]}
    await client.menus.create(menu)
    kept = await client.menus.get()
    assert kept is not None
    assert kept["menu"]["button"][0]["name"] == "联系客服"
    assert (await client.menus.shown())["is_menu_open"] == 1
    await client.menus.delete()
    assert await client.menus.get() is None


async def test_a_picture_goes_up_and_comes_down(client: Client) -> None:
    file = MediaFile(name="复查照片.png", content=PNG)
    uploaded = await client.media.upload(MediaKind.IMAGE, file)
    fetched = await client.media.download(uploaded.media_id)
    assert isinstance(fetched, MediaFile)
    assert fetched.content == PNG
    assert fetched.content_type == "image/png"


async def test_an_upload_is_whole_again_after_the_token_was_changed(account: Any, client: Client) -> None:
    await client.tokens.current()
    account.platform.revoke_token()
    uploaded = await client.media.upload(MediaKind.IMAGE, MediaFile(name="a.png", content=PNG))
    fetched = await client.media.download(uploaded.media_id)
    assert isinstance(fetched, MediaFile)
    assert fetched.content == PNG
    assert account.calls("/cgi-bin/media/upload") == 2


async def test_a_video_comes_down_as_an_address(client: Client) -> None:
    video = MediaFile(name="a.mp4", content=b"\x00\x00\x00\x18ftypmp42" + b"\x00" * 50)
    uploaded = await client.media.upload(MediaKind.VIDEO, video)
    fetched = await client.media.download(uploaded.media_id)
    assert isinstance(fetched, VideoAddress)
    assert fetched.url.startswith("http")


async def test_a_medium_that_is_gone_is_a_refusal_and_not_a_file(client: Client) -> None:
    error = await refusal(client.media.download("gone"))
    assert error.code == 40007


async def test_permanent_media(client: Client) -> None:
    video = MediaFile(name="a.mp4", content=b"\x00\x00\x00\x18ftypmp42" + b"\x00" * 50)
    kept = await client.media.keep(MediaKind.VIDEO, video, title="术后须知", introduction="请观看")
    assert (await client.media.count())["video_count"] == 1
    await client.media.forget(kept)
    assert (await client.media.count())["video_count"] == 0
    assert (await client.media.upload_article_picture(MediaFile(name="a.png", content=PNG))).startswith("http")


async def test_a_file_that_cannot_be_right_never_leaves(account: Any, client: Client) -> None:
    with pytest.raises(InvalidInputError) as refused:
        await client.media.upload(MediaKind.IMAGE, MediaFile(name="a.svg", content=b"<svg>"))
    assert "图片只能是" in str(refused.value)
    assert account.calls("/cgi-bin/media/upload") == 0


async def test_operations(client: Client, follower: str) -> None:
    await client.messages.send(follower, Text(content="好"))
    quota = await client.operations.quota(SEND)
    assert quota.used == 1
    assert quota.remain == quota.daily_limit - 1
    await client.operations.clear_quota(SEND)
    assert (await client.operations.quota(SEND)).used == 0
    await client.operations.clear_all_quotas("wx0123456789abcdef")
    assert await client.operations.callback_addresses() == ("127.0.0.1",)
    assert await client.operations.api_addresses() == ("127.0.0.1",)
    assert "ping" in await client.operations.check_callback()


async def test_a_request_id_can_be_looked_up(client: Client) -> None:
    error = await refusal(client.users.info("oNobody"))
    found = await client.operations.look_up(error.rid)
    assert INFO in found["request_url"]


@pytest.mark.parametrize("answer", [{"errcode": 0}, {"errcode": 0, "template_id": None}])
async def test_an_answer_that_lacks_what_was_promised_is_a_platform_error(
    script: Any, account: Any, answer: dict[str, Any]
) -> None:
    client = Client(account.http, script.base_url, Fixed(), account.clock)
    script.say(answer)
    error = await refusal(client.templates.add("1", ["a"]))
    assert error.reaction is Reaction.ALARM
