"""access_token of both channels (reference §3)."""

from datetime import timedelta

import pytest

GOOD = {"grant_type": "client_credential", "appid": "wx0123456789abcdef", "secret": "s3cret"}


async def stable(world, **changes):
    return await world.post("/cgi-bin/stable_token", {**GOOD, **changes}, token="")


async def plain(world, **changes):
    return await world.get("/cgi-bin/token", token="", **{**GOOD, **changes})


async def use(world, token):
    return (await world.get("/cgi-bin/getcallbackip", token=token)).get("errcode", 0)


async def test_the_stable_channel_repeats_its_token_with_the_remaining_seconds(world):
    first = await stable(world)
    world.platform.clock.move(timedelta(seconds=1000))
    second = await stable(world)
    assert (first["expires_in"], second["expires_in"]) == (7200, 6200)
    assert first["access_token"] == second["access_token"]


async def test_in_the_last_five_minutes_a_fresh_token_comes_and_both_work(world):
    first = await stable(world)
    world.platform.clock.move(timedelta(seconds=6901))
    second = await stable(world)
    assert second["access_token"] != first["access_token"]
    assert second["expires_in"] == 7200
    assert [await use(world, token["access_token"]) for token in (first, second)] == [0, 0]
    world.platform.clock.move(timedelta(minutes=5))
    assert await use(world, first["access_token"]) == 42001


async def test_a_forced_refresh_kills_the_current_token_at_once(world):
    first = await stable(world)
    second = await stable(world, force_refresh=True)
    assert await use(world, first["access_token"]) == 40001
    assert await use(world, second["access_token"]) == 0


async def test_a_forced_refresh_needs_thirty_seconds_between_two(world):
    await stable(world, force_refresh=True)
    assert (await stable(world, force_refresh=True))["errcode"] == 45011


async def test_a_day_has_twenty_forced_refreshes(world):
    for _ in range(20):
        assert "access_token" in await stable(world, force_refresh=True)
        world.platform.clock.move(timedelta(seconds=30))
    assert (await stable(world, force_refresh=True))["errcode"] == 45009
    world.platform.clock.move(timedelta(days=1))
    assert "access_token" in await stable(world, force_refresh=True)


async def test_the_plain_channel_gives_a_new_token_each_time_and_the_old_one_five_minutes(world):
    first = await plain(world)
    second = await plain(world)
    assert first["access_token"] != second["access_token"]
    world.platform.clock.move(timedelta(minutes=4))
    assert await use(world, first["access_token"]) == 0
    world.platform.clock.move(timedelta(minutes=1))
    assert await use(world, first["access_token"]) == 42001
    assert await use(world, second["access_token"]) == 0


async def test_the_channels_do_not_touch_each_other(world):
    one = await stable(world)
    await plain(world)
    await plain(world)
    world.platform.clock.move(timedelta(minutes=10))
    assert await use(world, one["access_token"]) == 0


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"grant_type": "authorization_code"}, 40002),
        ({"appid": ""}, 41002),
        ({"secret": ""}, 41004),
        ({"appid": "wxother"}, 40013),
        ({"secret": "wrong"}, 40125),
    ],
)
async def test_wrong_credentials_get_their_code_on_both_channels(world, change, code):
    answers = [await stable(world, **change), await plain(world, **change)]
    assert [answer["errcode"] for answer in answers] == [code, code]


async def test_an_unlisted_address_is_told_which_one_it_is(open_world):
    world = await open_world(allowed_ips=("10.0.0.1",))
    answer = await stable(world)
    assert answer["errcode"] == 40164
    assert "127.0.0.1" in answer["errmsg"]


async def test_the_list_of_addresses_counts_for_every_call(world):
    token = (await stable(world))["access_token"]
    world.platform.account.allowed_ips = ("10.0.0.1",)
    answer = await world.get("/cgi-bin/getcallbackip", token=token)
    assert answer["errcode"] == 61004
    assert "127.0.0.1" in answer["errmsg"]
    world.platform.account.allowed_ips = ("127.0.0.1",)
    assert "ip_list" in await world.get("/cgi-bin/getcallbackip", token=token)


async def test_a_call_without_or_with_a_wrong_token_is_refused(world):
    await stable(world)
    unknown = "74_" + "x" * 60
    codes = [await use(world, token) for token in (unknown, "nonsense")]
    assert codes == [40001, 40014]
    assert (await world.get("/cgi-bin/getcallbackip", token=""))["errcode"] == 41001


async def test_revoked_and_expired_tokens_are_told_apart_and_replaced(world):
    first = (await stable(world))["access_token"]
    world.platform.revoke_token()
    assert await use(world, first) == 40001
    second = (await stable(world))["access_token"]
    world.platform.expire_token()
    assert await use(world, second) == 42001
    assert await use(world, (await stable(world))["access_token"]) == 0


async def test_every_business_error_ends_in_its_rid(world):
    answer = await stable(world, secret="wrong")
    assert answer["errmsg"].rpartition(" rid: ")[2].count("-") == 2
