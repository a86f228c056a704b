"""Quotas, request ids and addresses (reference §3, §9)."""

from datetime import timedelta

import pytest

SEND = "/cgi-bin/message/custom/send"


async def test_a_used_up_day_ends_at_midnight_in_beijing(world):
    person = await world.follower()
    await world.platform.say(person.openid, "在吗")
    world.platform.quotas.daily[SEND] = 2
    assert [await world.say_to(person.openid, "好") for _ in range(3)] == [0, 0, 45009]
    world.platform.clock.move(timedelta(hours=13, minutes=59))  # 23:59 in Beijing
    assert await world.say_to(person.openid, "好") == 45009
    world.platform.clock.move(timedelta(minutes=1))
    assert await world.say_to(person.openid, "好") == 0


async def test_a_used_up_minute_ends_with_it(world):
    await world.token()
    world.platform.quotas.per_minute["/cgi-bin/stable_token"] = 2
    good = {"grant_type": "client_credential", "appid": "wx0123456789abcdef", "secret": "s3cret"}
    codes = [(await world.post("/cgi-bin/stable_token", good, token="")).get("errcode", 0) for _ in range(2)]
    assert codes == [0, 45011]
    world.platform.clock.move(timedelta(minutes=1))
    assert "access_token" in await world.post("/cgi-bin/stable_token", good, token="")


async def test_the_published_limits_are_told_with_what_is_left(world):
    person = await world.follower()
    await world.say_to(person.openid, "好")
    answer = await world.post("/cgi-bin/openapi/quota/get", {"cgi_path": SEND})
    assert answer["quota"] == {"daily_limit": 500_000, "used": 1, "remain": 499_999}
    rate = await world.post("/cgi-bin/openapi/quota/get", {"cgi_path": "/cgi-bin/stable_token"})
    assert rate["rate_limit"] == {"call_count": 10_000, "refresh_second": 60}


@pytest.mark.parametrize(("path", "code"), [("/sns/auth", 76022), ("cgi-bin/menu/get", 76021), ("", 76021)])
async def test_a_faulty_path_has_no_quota(world, path, code):
    for call in ("get", "clear"):
        assert (await world.post(f"/cgi-bin/openapi/quota/{call}", {"cgi_path": path}))["errcode"] == code


async def test_clearing_resets_the_day_ten_times_a_month_over_both_calls(world):
    person = await world.follower()
    await world.platform.say(person.openid, "在吗")
    world.platform.quotas.daily[SEND] = 1
    assert [await world.say_to(person.openid, "好") for _ in range(2)] == [0, 45009]
    app = {"appid": "wx0123456789abcdef"}
    assert (await world.post("/cgi-bin/clear_quota", app))["errcode"] == 0
    assert await world.say_to(person.openid, "好") == 0
    both = {**app, "appsecret": "s3cret"}
    codes = [(await world.post("/cgi-bin/clear_quota/v2", both, token=""))["errcode"] for _ in range(10)]
    assert codes == [0] * 9 + [48006]
    world.platform.clock.move(timedelta(days=15))  # the next month
    assert (await world.post("/cgi-bin/clear_quota", app))["errcode"] == 0


async def test_one_path_can_be_cleared_alone(world):
    person = await world.follower()
    await world.say_to(person.openid, "好")
    assert (await world.post("/cgi-bin/openapi/quota/clear", {"cgi_path": SEND}))["errcode"] == 0
    assert world.platform.quotas.used(SEND, world.platform.now()) == 0
    assert world.platform.quotas.used("/cgi-bin/stable_token", world.platform.now()) > 0


async def test_clearing_needs_the_right_account(world):
    assert (await world.post("/cgi-bin/clear_quota", {"appid": "wxother"}))["errcode"] == 40013
    wrong = {"appid": "wx0123456789abcdef", "appsecret": "no"}
    assert (await world.post("/cgi-bin/clear_quota/v2", wrong, token=""))["errcode"] == 40125


async def test_a_failed_call_can_be_looked_up_for_seven_days(world):
    body = {"touser": "oNobody", "msgtype": "text", "text": {"content": "好"}}
    failed = await world.post(SEND, body)
    rid = failed["errmsg"].rpartition("rid: ")[2]
    found = (await world.post("/cgi-bin/openapi/rid/get", {"rid": rid}))["request"]
    assert (found["request_url"], "oNobody" in found["request_body"]) == (SEND, True)
    assert "40003" in found["response_body"]
    world.platform.clock.move(timedelta(days=7, seconds=1))
    lookups = [rid, "00000000-00000000-00000000", "nonsense"]
    codes = [(await world.post("/cgi-bin/openapi/rid/get", {"rid": each}))["errcode"] for each in lookups]
    assert codes == [76004, 76001, 76002]


async def test_the_platform_tells_its_addresses(world):
    for path in ("/cgi-bin/getcallbackip", "/cgi-bin/get_api_domain_ip"):
        assert (await world.get(path))["ip_list"] == ["127.0.0.1"]


async def test_the_callback_check_tells_that_nobody_echoed(world):
    answer = await world.post("/cgi-bin/callback/check", {"action": "all", "check_operator": "DEFAULT"})
    assert (answer["dns"][0]["ip"], answer["ping"][0]["package_loss"]) == ("127.0.0.1", "100%")


@pytest.mark.parametrize(
    ("body", "code"),
    [({"action": "dance", "check_operator": "DEFAULT"}, 40202), ({"action": "all", "check_operator": "X"}, 40203)],
)
async def test_a_faulty_callback_check_is_refused(world, body, code):
    assert (await world.post("/cgi-bin/callback/check", body))["errcode"] == code


async def test_a_callback_check_needs_a_callback(open_world):
    world = await open_world(callback_url="")
    body = {"action": "all", "check_operator": "DEFAULT"}
    assert (await world.post("/cgi-bin/callback/check", body))["errcode"] == 40201


async def test_reading_calls_need_get(world):
    assert (await world.post("/cgi-bin/getcallbackip", {}))["errcode"] == 43001
