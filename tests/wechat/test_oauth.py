"""Login inside WeChat, against the simulated consent page."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from wxbot.errors import InvalidInputError, PlatformError, Reaction, RestartLoginError
from wxbot.wechat.oauth import OAuth, OAuthUser

REDIRECT = "https://clinic.example.cn/h5/back?to=/h5/book&x=预约"


@pytest.fixture
def oauth(account: Any) -> OAuth:
    return OAuth(
        "wx0123456789abcdef",
        "secret-of-the-clinic",
        account.http,
        account.base_url,
        "https://open.weixin.qq.com/",
        account.clock,
    )


def test_the_address_has_the_parameters_in_the_platforms_order(oauth: OAuth) -> None:
    assert oauth.authorize_url("https://c.cn/h5?a=1&b=2", "s7") == (
        "https://open.weixin.qq.com/connect/oauth2/authorize?appid=wx0123456789abcdef"
        "&redirect_uri=https%3A%2F%2Fc.cn%2Fh5%3Fa%3D1%26b%3D2&response_type=code&scope=snsapi_base"
        "&state=s7#wechat_redirect"
    )


def test_asking_for_the_name_says_so(oauth: OAuth) -> None:
    url = oauth.authorize_url("https://c.cn/", "s7", with_profile=True)
    assert "&scope=snsapi_userinfo&state=s7&forcePopup=true#wechat_redirect" in url


@pytest.mark.parametrize("state", ["", "a b", "a&b", "预约", "x" * 129, "a#b", "a\n"])
def test_a_state_the_platform_would_spoil_is_refused(oauth: OAuth, state: str) -> None:
    with pytest.raises(InvalidInputError):
        oauth.authorize_url("https://c.cn/", state)


async def test_a_patient_goes_to_the_consent_page_and_comes_back_known(account: Any, follower: str) -> None:
    oauth = OAuth(
        "wx0123456789abcdef", "secret-of-the-clinic", account.http, account.base_url, account.base_url, account.clock
    )
    page = oauth.authorize_url(REDIRECT, "s7").partition("#")[0]
    async with account.http.get(page, headers={"Cookie": f"sim_openid={follower}"}, allow_redirects=False) as response:
        back = urlsplit(response.headers["Location"])
    query = parse_qs(back.query)
    assert query["state"] == ["s7"]
    assert query["x"] == ["预约"]
    user = await oauth.exchange(query["code"][0])
    assert (user.openid, user.is_snapshot, user.scope) == (follower, False, "snsapi_base")


async def test_a_code_works_once(account: Any, oauth: OAuth, follower: str) -> None:
    code = account.platform.authorize(follower)
    await oauth.exchange(code)
    with pytest.raises(RestartLoginError):
        await oauth.exchange(code)


@pytest.mark.parametrize("code", ["", "no-such-code", "x" * 600])
async def test_an_impossible_code_begins_the_login_again(oauth: OAuth, code: str) -> None:
    with pytest.raises(RestartLoginError):
        await oauth.exchange(code)


@pytest.mark.parametrize("code", [40029, 40163, 42003])
async def test_each_code_error_begins_the_login_again(account: Any, oauth: OAuth, follower: str, code: int) -> None:
    account.platform.faults.add("/sns/oauth2/access_token", code=code)
    with pytest.raises(RestartLoginError):
        await oauth.exchange(account.platform.authorize(follower))


async def test_a_snapshot_page_is_marked(account: Any, oauth: OAuth, follower: str) -> None:
    user = await oauth.exchange(account.platform.authorize(follower, "snsapi_userinfo", snapshot=True))
    assert user.is_snapshot
    assert user.openid != follower


async def test_a_profile_needs_the_wider_consent(account: Any, oauth: OAuth, follower: str) -> None:
    user = await oauth.exchange(account.platform.authorize(follower, "snsapi_userinfo"))
    profile = await oauth.profile(user)
    assert (profile.openid, profile.nickname) == (follower, "小林")
    narrow = await oauth.exchange(account.platform.authorize(follower))
    with pytest.raises(PlatformError) as refused:
        await oauth.profile(narrow)
    assert refused.value.code == 48001


async def test_a_profile_with_an_ended_token_begins_the_login_again(oauth: OAuth, follower: str) -> None:
    with pytest.raises(RestartLoginError):
        await oauth.profile(OAuthUser(openid=follower, access_token="ended"))


async def test_a_silent_platform_is_no_reason_to_begin_again(account: Any, oauth: OAuth, follower: str) -> None:
    account.platform.faults.add("/sns/oauth2/access_token", status=502)
    with pytest.raises(PlatformError) as failed:
        await oauth.exchange(account.platform.authorize(follower))
    assert (failed.value.reaction, failed.value.ambiguous) == (Reaction.RETRY, False)


async def test_the_secret_and_the_users_token_stay_out_of_sight(account: Any, follower: str) -> None:
    oauth = OAuth(
        "wx0123456789abcdef", "secret-of-the-clinic", account.http, "http://127.0.0.1:1", "https://o", account.clock
    )
    with pytest.raises(PlatformError) as failed:
        await oauth.exchange("code")
    assert "secret-of-the-clinic" not in repr(failed.value)
    assert "ended" not in repr(OAuthUser(openid=follower, access_token="ended"))
