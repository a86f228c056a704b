"""The account's menu and scene QR codes (reference §7.5, §7.6)."""

import json
from datetime import timedelta

import pytest

CREATE = "/cgi-bin/menu/create"
QR = "/cgi-bin/qrcode/create"
CLICK = {"type": "click", "name": "预约", "key": "BOOK"}
PARENT = {"name": "服务", "sub_button": [{"type": "view", "name": "网页", "url": "https://e.cn"}]}


async def code(world, path, body):
    return (await world.post(path, body)).get("errcode", 0)


async def test_a_menu_is_made_read_and_deleted(world):
    assert (await world.get("/cgi-bin/menu/get"))["errcode"] == 46003
    assert await code(world, CREATE, {"button": [CLICK, PARENT]}) == 0
    buttons = (await world.get("/cgi-bin/menu/get"))["menu"]["button"]
    assert buttons[0] == {**CLICK, "sub_button": []}
    assert buttons[1]["sub_button"][0]["url"] == "https://e.cn"
    shown = await world.get("/cgi-bin/get_current_selfmenu_info")
    assert (shown["is_menu_open"], shown["selfmenu_info"]["button"][1]["sub_button"]["list"][0]["name"]) == (1, "网页")
    assert (await world.get("/cgi-bin/menu/delete"))["errcode"] == 0
    assert (await world.get("/cgi-bin/menu/get"))["errcode"] == 46003
    assert (await world.get("/cgi-bin/get_current_selfmenu_info"))["is_menu_open"] == 0


async def test_escaped_characters_are_refused_and_an_escaped_backslash_is_not(world):
    assert await code(world, CREATE, json.dumps({"button": [CLICK]}).encode()) == 40033
    innocent = {"button": [{"type": "click", "name": "ab", "key": "\\u1234"}]}
    assert await code(world, CREATE, innocent) == 0


@pytest.mark.parametrize(
    ("buttons", "expected"),
    [
        ([], 40016),
        ("x", 40016),
        ([CLICK] * 4, 40016),
        (["x"], 40017),
        ([{"type": "dance", "name": "a"}], 40017),
        ([{**PARENT, "type": "click"}], 40017),
        ([{**CLICK, "name": ""}], 40018),
        ([{**CLICK, "name": "六个字的名字"}], 40018),
        ([{**CLICK, "key": "k" * 129}], 40019),
        ([{"type": "view", "name": "a", "url": ""}], 40020),
        ([{"type": "view", "name": "a", "url": "https://e.cn/" + "a" * 1024}], 40020),
        ([{"type": "view", "name": "a", "url": "ftp://e.cn"}], 40055),
        ([{"name": "a", "sub_button": [CLICK] * 6}], 40023),
        ([{"name": "a", "sub_button": [{"type": "dance", "name": "a"}]}], 40024),
        ([{"name": "a", "sub_button": [PARENT]}], 40024),
        ([{"name": "a", "sub_button": [{**CLICK, "name": "字" * 21}]}], 40025),
        ([{"name": "a", "sub_button": [{**CLICK, "key": ""}]}], 40026),
        ([{"name": "a", "sub_button": [{"type": "view", "name": "a"}]}], 40027),
        ([{"name": "a", "sub_button": [{"type": "view", "name": "a", "url": "weixin://x"}]}], 40054),
        ([{"type": "miniprogram", "name": "a", "url": "https://e.cn", "appid": "wx1"}], 40035),
    ],
)
async def test_a_faulty_menu_is_refused_and_the_old_one_stays(world, buttons, expected):
    await world.post(CREATE, {"button": [CLICK]})
    assert await code(world, CREATE, {"button": buttons}) == expected
    assert (await world.get("/cgi-bin/menu/get"))["menu"]["button"][0]["key"] == "BOOK"


async def test_a_named_code_is_made_scanned_and_drawn(world):
    body = {
        "expire_seconds": 2_592_000,
        "action_name": "QR_STR_SCENE",
        "action_info": {"scene": {"scene_str": "doc_7"}},
    }
    made = await world.post(QR, body)
    assert made["expire_seconds"] == 2_592_000
    person = world.platform.create_person("小林")
    await world.platform.scan(person.openid, "doc_7")
    assert world.last()["Ticket"] == made["ticket"]
    async with world.session.get(f"{world.url}/cgi-bin/showqrcode", params={"ticket": made["ticket"]}) as picture:
        assert (picture.status, (await picture.read())[:4]) == (200, b"\x89PNG")


async def test_a_numbered_code_comes_back_as_a_number(world):
    await world.post(QR, {"action_name": "QR_LIMIT_SCENE", "action_info": {"scene": {"scene_id": 7}}})
    person = world.platform.create_person("小林")
    await world.platform.scan(person.openid, "7")
    assert world.last()["EventKey"] == "qrscene_7"
    profile = await world.get("/cgi-bin/user/info", openid=person.openid)
    assert (profile["qr_scene"], profile["qr_scene_str"]) == (7, "")


async def test_a_code_without_seconds_lives_for_sixty(world):
    made = await world.post(QR, {"action_name": "QR_SCENE", "action_info": {"scene": {"scene_id": 7}}})
    assert made["expire_seconds"] == 60
    world.platform.clock.move(timedelta(seconds=60))
    async with world.session.get(f"{world.url}/cgi-bin/showqrcode", params={"ticket": made["ticket"]}) as picture:
        assert picture.status == 404


async def test_the_same_permanent_code_keeps_its_ticket(world):
    body = {"action_name": "QR_LIMIT_STR_SCENE", "action_info": {"scene": {"scene_str": "desk"}}}
    first, second = await world.post(QR, body), await world.post(QR, body)
    assert first == second
    assert "expire_seconds" not in first


@pytest.mark.parametrize(
    ("action", "scene", "seconds", "expected"),
    [
        ("QR_DANCE", {"scene_id": 1}, 60, 40052),
        ("QR_SCENE", {"scene_id": 0}, 60, 40053),
        ("QR_SCENE", {"scene_id": "1"}, 60, 40053),
        ("QR_LIMIT_SCENE", {"scene_id": 100_001}, 60, 40053),
        ("QR_STR_SCENE", {"scene_str": ""}, 60, 40053),
        ("QR_STR_SCENE", {"scene_str": "x" * 65}, 60, 40053),
        ("QR_STR_SCENE", {"scene_str": "x"}, 2_592_001, 40035),
        ("QR_STR_SCENE", {"scene_str": "x"}, 0, 40035),
        ("QR_STR_SCENE", None, 60, 40053),
    ],
)
async def test_a_faulty_code_is_refused(world, action, scene, seconds, expected):
    body = {"action_name": action, "action_info": {"scene": scene}, "expire_seconds": seconds}
    assert await code(world, QR, body) == expected


async def test_a_bad_ticket_draws_nothing(world):
    async with world.session.get(f"{world.url}/cgi-bin/showqrcode", params={"ticket": "x"}) as picture:
        assert picture.status == 404
