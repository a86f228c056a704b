"""Web authorization and JS-SDK tickets (reference §7.7, §7.8)."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

APP = {"appid": "wx0123456789abcdef", "secret": "s3cret"}
BACK = "https://clinic.example.cn/h5/login?next=%2Fh5"


async def exchange(world, given, **changes):
    query = {**APP, "code": given, "grant_type": "authorization_code", **changes}
    return await world.get("/sns/oauth2/access_token", token="", **query)


async def consent(world, cookie="", **changes):
    query = {
        "appid": APP["appid"],
        "redirect_uri": BACK,
        "response_type": "code",
        "scope": "snsapi_base",
        "state": "S1",
        **changes,
    }
    query = {name: value for name, value in query.items() if value is not None}
    headers = {"Cookie": f"sim_openid={cookie}"} if cookie else {}
    url = f"{world.url}/connect/oauth2/authorize"
    async with world.session.get(url, params=query, headers=headers, allow_redirects=False) as response:
        return response.status, response.headers.get("Location", ""), await response.text()


async def test_a_code_names_the_person_once(world):
    person = await world.follower()
    code = world.platform.authorize(person.openid)
    granted = await exchange(world, code)
    assert (granted["openid"], granted["scope"], granted["expires_in"]) == (person.openid, "snsapi_base", 7200)
    assert "is_snapshotuser" not in granted
    assert (await exchange(world, code))["errcode"] == 40163


async def test_a_code_lives_five_minutes(world):
    person = await world.follower()
    code = world.platform.authorize(person.openid)
    world.platform.clock.move(timedelta(minutes=5))
    assert (await exchange(world, code))["errcode"] == 42003


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"code": ""}, 41008),
        ({"code": "0bad"}, 40029),
        ({"appid": "wxother"}, 40013),
        ({"secret": "wrong"}, 40125),
        ({"secret": ""}, 41004),
        ({"grant_type": "client_credential"}, 40002),
    ],
)
async def test_a_faulty_exchange_gets_its_code(world, change, code):
    assert (await exchange(world, "0bad", **change))["errcode"] == code


async def test_the_consent_page_of_the_silent_scope_redirects_at_once(world):
    person = await world.follower()
    status, location, _ = await consent(world, cookie=person.openid)
    target = urlsplit(location)
    query = parse_qs(target.query)
    assert (status, target.netloc, target.path) == (302, "clinic.example.cn", "/h5/login")
    assert (query["next"], query["state"]) == (["/h5"], ["S1"])
    assert (await exchange(world, query["code"][0]))["openid"] == person.openid


async def test_a_state_may_be_left_out_and_then_none_comes_back(world):
    person = await world.follower()
    status, location, _ = await consent(world, cookie=person.openid, state=None)
    assert status == 302
    assert set(parse_qs(urlsplit(location).query)) == {"next", "code"}


async def test_a_browser_of_nobody_asks_whose_phone_it_is(world):
    person = await world.follower("小<林>")
    status, _, page = await consent(world)
    assert status == 200
    assert "小&lt;林&gt;" in page
    assert f"sim_openid={person.openid}" in page


async def test_the_asking_scope_asks_first(world):
    person = await world.follower()
    assert (await consent(world, cookie=person.openid, scope="snsapi_userinfo"))[0] == 200
    _, location, _ = await consent(world, cookie=person.openid, scope="snsapi_userinfo", sim_allow="yes")
    granted = await exchange(world, parse_qs(urlsplit(location).query)["code"][0])
    token = granted["access_token"]
    profile = await world.get("/sns/userinfo", token=token, openid=person.openid)
    assert (profile["openid"], profile["nickname"], profile["sex"]) == (person.openid, "小林", 0)


async def test_a_snapshot_page_brings_a_virtual_openid(world):
    person = await world.follower()
    _, location, _ = await consent(world, cookie=person.openid, scope="snsapi_userinfo", sim_allow="snapshot")
    granted = await exchange(world, parse_qs(urlsplit(location).query)["code"][0])
    assert granted["is_snapshotuser"] == 1
    assert granted["openid"] not in world.platform.people
    profile = await world.get("/sns/userinfo", token=granted["access_token"], openid=granted["openid"])
    assert profile["nickname"] == "微信用户"


@pytest.mark.parametrize(
    ("change", "number"),
    [
        ({"appid": "wxother"}, "10012"),
        ({"redirect_uri": "/h5"}, "10011"),
        ({"redirect_uri": "https://evil.example.cn/"}, "10003"),
        ({"redirect_uri": "https://sub.clinic.example.cn/"}, "10003"),
        ({"scope": "snsapi_login"}, "10010"),
        ({"response_type": "token"}, "10010"),
        ({"state": "a b"}, "10013"),
        ({"state": "x" * 129}, "10013"),
    ],
)
async def test_a_faulty_consent_link_is_refused(open_world, change, number):
    world = await open_world(oauth_domain="clinic.example.cn")
    person = await world.follower()
    status, location, page = await consent(world, cookie=person.openid, **change)
    assert (status, location) == (200, "")
    assert number in page


async def test_the_silent_scope_tells_no_profile(world):
    person = await world.follower()
    granted = await exchange(world, world.platform.authorize(person.openid))
    answer = await world.get("/sns/userinfo", token=granted["access_token"], openid=person.openid)
    assert answer["errcode"] == 48001


async def test_a_user_token_is_checked_expires_and_is_renewed(world):
    person = await world.follower()
    granted = await exchange(world, world.platform.authorize(person.openid))

    async def check(token, openid=person.openid):
        return (await world.get("/sns/auth", token=token, openid=openid))["errcode"]

    assert await check(granted["access_token"]) == 0
    assert await check(granted["access_token"], "oOther") == 40003
    assert await check(granted["access_token"], "") == 41009
    assert await check("u_unknown") == 40001
    world.platform.clock.move(timedelta(hours=2))
    assert await check(granted["access_token"]) == 42001
    query = {"appid": APP["appid"], "grant_type": "refresh_token", "refresh_token": granted["refresh_token"]}
    renewed = await world.get("/sns/oauth2/refresh_token", token="", **query)
    assert await check(renewed["access_token"]) == 0
    world.platform.clock.move(timedelta(days=30))
    assert (await world.get("/sns/oauth2/refresh_token", token="", **query))["errcode"] == 42002


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"appid": "wxother"}, 40013),
        ({"grant_type": "x"}, 40002),
        ({"refresh_token": ""}, 41003),
        ({"refresh_token": "r_unknown"}, 40030),
    ],
)
async def test_a_faulty_renewal_gets_its_code(world, change, code):
    query = {"appid": APP["appid"], "grant_type": "refresh_token", "refresh_token": "r_unknown", **change}
    assert (await world.get("/sns/oauth2/refresh_token", token="", **query))["errcode"] == code


async def test_a_user_token_is_no_account_token(world):
    person = await world.follower()
    granted = await exchange(world, world.platform.authorize(person.openid))
    assert (await world.get("/cgi-bin/getcallbackip", token=granted["access_token"]))["errcode"] == 40001


async def test_a_ticket_is_kept_while_it_lives(world):
    first = await world.get("/cgi-bin/ticket/getticket", type="jsapi")
    world.platform.clock.move(timedelta(seconds=200))
    second = await world.get("/cgi-bin/ticket/getticket", type="jsapi")
    assert (first["expires_in"], second["expires_in"]) == (7200, 7000)
    assert first["ticket"] == second["ticket"]
    world.platform.clock.move(timedelta(hours=2))
    assert (await world.get("/cgi-bin/ticket/getticket", type="jsapi"))["ticket"] != first["ticket"]
    assert (await world.get("/cgi-bin/ticket/getticket", type="poem"))["errcode"] == 40097


async def test_a_phone_that_previews_pages_brings_a_virtual_openid_until_it_stops(world):
    person = await world.follower()
    await world.platform.preview_pages(person.openid)
    _, location, _ = await consent(world, cookie=person.openid, scope="snsapi_base")
    granted = await exchange(world, parse_qs(urlsplit(location).query)["code"][0])
    assert granted["is_snapshotuser"] == 1
    assert granted["openid"] not in world.platform.people
    await world.platform.preview_pages(person.openid, preview=False)
    _, location, _ = await consent(world, cookie=person.openid, scope="snsapi_base")
    granted = await exchange(world, parse_qs(urlsplit(location).query)["code"][0])
    assert granted["openid"] == person.openid
