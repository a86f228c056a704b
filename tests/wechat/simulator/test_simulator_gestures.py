"""What a patient's gestures push, and which rights they open (reference §2, §4.1)."""

from datetime import timedelta

import pytest

from wxbot.simulator.menu import checked
from wxbot.simulator.people import NobodyError

MENU = {
    "button": [
        {"type": "click", "name": "预约", "key": "BOOK"},
        {
            "name": "服务",
            "sub_button": [
                {"type": "view", "name": "网页", "url": "https://clinic.example.cn/h5"},
                {"type": "scancode_waitmsg", "name": "扫码", "key": "SCAN"},
                {"type": "pic_weixin", "name": "照片", "key": "PIC"},
                {"type": "location_select", "name": "位置", "key": "LOC"},
            ],
        },
        {"type": "scancode_push", "name": "推", "key": "PUSH"},
    ]
}


async def test_following_pushes_subscribe_and_allows_three_for_a_minute(world):
    person = await world.follower()
    assert (world.last()["Event"], world.last()["EventKey"]) == ("subscribe", "")
    assert world.platform.rights(person.openid) == (3, world.platform.now() + timedelta(minutes=1))


async def test_following_by_a_code_names_the_scene_with_its_prefix(world):
    person = world.platform.create_person("小林")
    await world.platform.scan(person.openid, "doc_7")
    assert (world.last()["Event"], world.last()["EventKey"]) == ("subscribe", "qrscene_doc_7")
    assert world.last()["Ticket"] == world.platform.scenes.by_scene["doc_7"].ticket


async def test_a_follower_who_scans_pushes_the_bare_scene(world):
    person = await world.follower()
    world.platform.clock.move(timedelta(minutes=2))
    await world.platform.scan(person.openid, "doc_7")
    assert (world.last()["Event"], world.last()["EventKey"]) == ("SCAN", "doc_7")
    assert world.platform.rights(person.openid)[0] == 3


async def test_an_expired_code_cannot_be_scanned(world):
    person = await world.follower()
    world.platform.scenes.add("old", 0, world.platform.now(), life=timedelta(seconds=60))
    world.platform.clock.move(timedelta(seconds=60))
    with pytest.raises(ValueError, match="expired"):
        await world.platform.scan(person.openid, "old")


async def test_leaving_pushes_unsubscribe_and_closes_every_right(world):
    person = await world.follower()
    await world.platform.say(person.openid, "你好")
    await world.platform.unfollow(person.openid)
    assert (world.last()["Event"], world.last()["EventKey"]) == ("unsubscribe", "")
    assert world.platform.rights(person.openid) == (0, None)


async def test_a_message_opens_two_days_and_a_menu_message_tap_only_a_minute(world):
    person = await world.follower()
    await world.platform.say(person.openid, "满意", menu_id="101")
    assert (world.last()["Content"], world.last()["bizmsgmenuid"]) == ("满意", "101")
    assert world.platform.rights(person.openid) == (3, world.platform.now() + timedelta(minutes=1))
    await world.platform.say(person.openid, "满意")
    assert world.platform.rights(person.openid) == (5, world.platform.now() + timedelta(hours=48))
    assert world.last().root.find("bizmsgmenuid") is None


async def test_every_message_has_its_own_growing_id(world):
    person = await world.follower()
    for text in "一二三":
        await world.platform.say(person.openid, text)
    ids = [int(heard["MsgId"]) for heard in world.heard if heard["MsgType"] == "text"]
    assert ids == sorted(set(ids))


async def test_all_kinds_of_messages_carry_their_fields(world):
    person = await world.follower()
    platform = world.platform
    for send in (
        platform.send_image,
        platform.send_voice,
        platform.send_video,
        platform.send_location,
        platform.send_link,
    ):
        assert (await send(person.openid)).ok
    kinds = {heard["MsgType"]: heard for heard in world.heard if heard["MsgType"] != "event"}
    expected = {
        "image": ("PicUrl", "MediaId"),
        "voice": ("MediaId", "Format", "MediaId16K"),
        "video": ("MediaId", "ThumbMediaId"),
        "location": ("Location_X", "Location_Y", "Scale", "Label"),
        "link": ("Title", "Description", "Url"),
    }
    assert set(kinds) == set(expected)
    for kind, fields in expected.items():
        for field in fields:
            assert kinds[kind].root.find(field) is not None, (kind, field)
    assert [seen.kind for seen in person.messages] == list(expected)


async def test_the_picture_of_a_message_can_be_fetched_at_its_address(world):
    await world.get("/cgi-bin/getcallbackip")  # the platform learns its own address
    person = await world.follower()
    await world.platform.send_image(person.openid)
    async with world.session.get(world.last()["PicUrl"]) as response:
        assert (response.status, response.content_type) == (200, "image/png")
        assert (await response.read()).startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("button", "event", "key", "opens"),
    [
        ("BOOK", "CLICK", "BOOK", True),
        ("0", "CLICK", "BOOK", True),
        (0, "CLICK", "BOOK", True),
        ("网页", "VIEW", "https://clinic.example.cn/h5", False),
        ("1.0", "VIEW", "https://clinic.example.cn/h5", False),
        ("SCAN", "scancode_waitmsg", "SCAN", True),
        ("PUSH", "scancode_push", "PUSH", True),
        ("PIC", "pic_weixin", "PIC", False),
        ("LOC", "location_select", "LOC", False),
    ],
)
async def test_each_type_of_button_pushes_its_event(world, button, event, key, opens):
    world.platform.menu = checked(MENU)
    person = await world.follower()
    world.platform.clock.move(timedelta(minutes=2))
    heard_before = len(world.heard)
    assert (await world.platform.tap_menu(person.openid, button)).ok
    tapped = world.heard[heard_before]
    assert (tapped["Event"], tapped["EventKey"]) == (event, key)
    after_tap_alone = event in {"pic_weixin", "location_select"}  # the message that follows opens the two days
    assert (world.platform.rights(person.openid)[0] > 0) == (opens or after_tap_alone)


async def test_tapping_a_parent_pushes_nothing(world):
    world.platform.menu = checked(MENU)
    person = await world.follower()
    assert (await world.platform.tap_menu(person.openid, "服务")).attempts == 0
    assert world.events() == ["subscribe"]


async def test_a_button_that_does_not_exist_cannot_be_tapped(world):
    person = await world.follower()
    with pytest.raises(ValueError, match="no button"):
        await world.platform.tap_menu(person.openid, "BOOK")


async def test_accepting_counts_and_switching_off_voids(world):
    platform = world.platform
    platform.add_notice_template("N1", "复诊提醒", "事项:{{thing1.DATA}}")
    platform.add_notice_template("N2", "就诊提醒", "事项:{{thing1.DATA}}")
    person = await world.follower()
    await platform.answer_notice(person.openid, ["N1", "N2"])
    await platform.answer_notice(person.openid, "N1")
    rows = world.heard[-2].root.findall("SubscribeMsgPopupEvent/List")
    assert [row.findtext("TemplateId") for row in rows] == ["N1", "N2"]
    assert [row.findtext("SubscribeStatusString") for row in rows] == ["accept", "accept"]
    assert person.grants == {"N1": 2, "N2": 1}
    await platform.switch_off_notice(person.openid, "N1")
    assert world.last()["SubscribeMsgChangeEvent/List/SubscribeStatusString"] == "reject"
    assert person.grants == {"N2": 1}


async def test_rejecting_grants_nothing(world):
    world.platform.add_notice_template("N1", "复诊提醒", "事项:{{thing1.DATA}}")
    person = await world.follower()
    await world.platform.answer_notice(person.openid, "N1", accept=False)
    assert world.last()["SubscribeMsgPopupEvent/List/SubscribeStatusString"] == "reject"
    assert person.grants == {}


async def test_any_odd_event_can_be_pushed(world):
    fields = {"Event": "annual_renew", "ExpiredTime": 1_800_000_000, "CreateTime": 7}
    assert (await world.platform.push_raw(None, fields)).ok
    heard = world.last()
    assert (heard["FromUserName"], heard["CreateTime"], heard["ExpiredTime"]) == ("", "7", "1800000000")


async def test_a_blacklisted_patient_is_not_heard(world):
    person = await world.follower()
    person.blacklisted = True
    assert (await world.platform.say(person.openid, "你好")).attempts == 0
    assert world.events() == ["subscribe"]


async def test_only_followers_write_and_nobody_follows_twice(world):
    person = world.platform.create_person("小林")
    with pytest.raises(ValueError, match="does not follow"):
        await world.platform.say(person.openid, "你好")
    await world.platform.follow(person.openid)
    with pytest.raises(ValueError, match="already"):
        await world.platform.follow(person.openid)
    with pytest.raises(NobodyError):
        await world.platform.say("oNobody", "你好")


async def test_a_chat_keeps_its_last_five_hundred_lines(world):
    person = await world.follower()
    for number in range(510):
        await world.platform.say(person.openid, str(number))
    assert (len(person.messages), person.messages[0].text, person.messages[-1].text) == (500, "10", "509")
