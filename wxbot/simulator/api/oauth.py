"""Web authorization (reference §7.8): the consent page of open.weixin.qq.com and the /sns calls."""

import html
import re
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from aiohttp import web

from wxbot.simulator.api.endpoint import GET, OK, Answer, Call, Endpoint
from wxbot.simulator.api.tokens import check_secret
from wxbot.simulator.consent_codes import SCOPES, TOKEN_LIFE, Grant
from wxbot.simulator.errors import ApiError
from wxbot.simulator.people import Person

PERSON_COOKIE = "sim_openid"  # set by the control API: whose phone this browser is
_STATE = re.compile(r"[A-Za-z0-9]{1,128}")
_PAGE = (
    '<!doctype html><html lang="zh-CN"><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width,initial-scale=1"><title>微信</title>'
    "<style>body{{font:17px/1.6 system-ui,sans-serif;max-width:24em;margin:3em auto;padding:0 1em;color:#191919}}"
    "a{{display:block;margin:.6em 0;padding:.6em;border-radius:8px;background:#07c160;color:#fff;text-align:center;"
    "text-decoration:none}}</style><h1>{title}</h1>{body}</html>"
)


def authorize(call: Call) -> Answer:
    """GET /connect/oauth2/authorize: redirects with a code, after asking what a phone would know or ask.

    Whose phone this is comes from `sim_openid` (query or cookie), else the page asks. `snsapi_userinfo` asks for
    consent; its second choice is a snapshot page with a virtual openid.
    """
    problem = _problem(call)
    if problem:
        return _page("无法打开", f"<p>{problem}</p>")
    query = call.query
    openid = query.get("sim_openid") or call.request.cookies.get(PERSON_COOKIE, "")
    person = call.platform.people.get(openid)
    if person is None:
        choices = [(each.name, {"sim_openid": each.openid}) for each in call.platform.people.values()]
        return _page("这是谁的手机？", _links(call, choices) or "<p>还没有人。</p>")
    snapshot = person.previewing or query.get("sim_allow") == "snapshot"
    if query["scope"] == "snsapi_userinfo" and query.get("sim_allow") not in {"yes", "snapshot"}:
        choices = [("允许", {"sim_openid": openid, "sim_allow": "yes"}), ("快照页", {"sim_allow": "snapshot"})]
        return _page(f"{call.platform.account.name} 申请获取你的昵称、头像", _links(call, choices))
    code = call.platform.authorize(person.openid, query["scope"], snapshot=snapshot)
    target = urlsplit(query["redirect_uri"])
    state = [("state", query["state"])] if "state" in query else []  # it may be left out
    extra = urlencode([*parse_qsl(target.query, keep_blank_values=True), ("code", code), *state])
    return web.Response(
        status=302, headers={"Location": urlunsplit(target._replace(query=extra)), "Cache-Control": "no-store"}
    )


def _problem(call: Call) -> str:
    query, account = call.query, call.platform.account
    target = urlsplit(query.get("redirect_uri", ""))
    if query.get("appid") != account.app_id:
        return "AppID 参数错误 (10012)"
    if target.scheme not in {"http", "https"} or not target.hostname:
        return "redirect_uri 参数错误 (10011)"
    if account.oauth_domain and account.oauth_domain not in (target.hostname, target.netloc):
        return "redirect_uri 域名与后台配置不一致 (10003)"
    if query.get("response_type") != "code" or query.get("scope") not in SCOPES:
        return "Scope 参数错误或没有 Scope 权限 (10010)"
    if "state" in query and not _STATE.fullmatch(query["state"]):
        return "state 参数错误 (10013)"
    return ""


def _links(call: Call, choices: list[tuple[str, dict[str, str]]]) -> str:
    own = {name: value for name, value in call.query.items() if name != "sim_allow"}
    return "".join(
        f'<a href="?{html.escape(urlencode({**own, **more}))}">{html.escape(label)}</a>' for label, more in choices
    )


def _page(title: str, body: str) -> web.Response:
    return web.Response(text=_PAGE.format(title=html.escape(title), body=body), content_type="text/html")


def access_token(call: Call) -> Answer:
    """GET /sns/oauth2/access_token: a code for a user token; a code works once, for five minutes."""
    query = call.query
    check_secret(call, query.get("appid"), query.get("secret"))
    if query.get("grant_type") != "authorization_code":
        raise ApiError(40002)
    token, refresh, grant = call.platform.consents.redeem(query.get("code", ""), call.platform.now())
    return _granted(call, token, refresh, grant)


def refresh_token(call: Call) -> Answer:
    """GET /sns/oauth2/refresh_token."""
    query = call.query
    if query.get("appid") != call.platform.account.app_id:
        raise ApiError(40013)
    if query.get("grant_type") != "refresh_token":
        raise ApiError(40002)
    refresh = query.get("refresh_token", "")
    token, grant = call.platform.consents.renew(refresh, call.platform.now())
    return _granted(call, token, refresh, grant)


def _granted(call: Call, token: str, refresh: str, grant: Grant) -> Answer:
    answer: dict[str, Any] = {
        "access_token": token,
        "expires_in": int(TOKEN_LIFE.total_seconds()),
        "refresh_token": refresh,
        "openid": grant.openid,
        "scope": grant.scope,
    }
    if grant.snapshot:
        answer["is_snapshotuser"] = 1
    person = _person(call, grant)
    if person is not None and person.union_id:
        answer["unionid"] = person.union_id
    return answer


def user_info(call: Call) -> Answer:
    """GET /sns/userinfo: only with snsapi_userinfo."""
    grant = _checked(call)
    if grant.scope != "snsapi_userinfo":
        raise ApiError(48001)
    person = _person(call, grant)
    answer: dict[str, Any] = {
        "openid": grant.openid,
        "nickname": person.name if person is not None else "微信用户",
        "sex": 0,
        "province": "",
        "city": "",
        "country": "",
        "headimgurl": "",
        "privilege": [],
    }
    return answer | ({"unionid": person.union_id} if person is not None and person.union_id else {})


def check(call: Call) -> Answer:
    """GET /sns/auth: whether a user token still works."""
    _checked(call)
    return OK


def _checked(call: Call) -> Grant:
    return call.platform.consents.check(
        call.query.get("access_token", ""), call.query.get("openid", ""), call.platform.now()
    )


def _person(call: Call, grant: Grant) -> Person | None:
    return None if grant.snapshot else call.platform.people.get(grant.openid)


ENDPOINTS = (
    Endpoint(GET, "/connect/oauth2/authorize", authorize, token=False),
    Endpoint(GET, "/sns/oauth2/access_token", access_token, token=False),
    Endpoint(GET, "/sns/oauth2/refresh_token", refresh_token, token=False),
    Endpoint(GET, "/sns/userinfo", user_info, token=False),
    Endpoint(GET, "/sns/auth", check, token=False),
)
