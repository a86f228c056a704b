"""Quotas and request ids (reference §9)."""

import re
from datetime import timedelta

from wxbot.simulator.api.endpoint import OK, POST, Answer, Call, Endpoint
from wxbot.simulator.api.tokens import check_secret
from wxbot.simulator.errors import ApiError
from wxbot.simulator.quotas import DEFAULT_DAILY

KNOWN_PATHS = re.compile(r"/(?:cgi-bin|wxaapi|customservice)/[a-z_/0-9]+")
RID_SHAPE = re.compile(r"[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}")
RID_LIFE = timedelta(days=7)


def _path(call: Call) -> str:
    path = call.text("cgi_path")
    if path.startswith("/sns/"):
        raise ApiError(76022)
    if not KNOWN_PATHS.fullmatch(path):
        raise ApiError(76021)
    return path


def get(call: Call) -> Answer:
    """POST /cgi-bin/openapi/quota/get."""
    path, quotas = _path(call), call.platform.quotas
    limit, used = quotas.daily.get(path, DEFAULT_DAILY), quotas.used(path, call.platform.now())
    answer = {**OK, "quota": {"daily_limit": limit, "used": used, "remain": max(0, limit - used)}}
    if path in quotas.per_minute:
        answer["rate_limit"] = {"call_count": quotas.per_minute[path], "refresh_second": 60}
    return answer


def clear_path(call: Call) -> Answer:
    """POST /cgi-bin/openapi/quota/clear: 50 a month."""
    call.platform.quotas.clear(call.platform.now(), _path(call))
    return OK


def clear(call: Call) -> Answer:
    """POST /cgi-bin/clear_quota: 10 a month."""
    if call.body.get("appid") != call.platform.account.app_id:
        raise ApiError(40013)
    call.platform.quotas.clear(call.platform.now())
    return OK


def clear_with_secret(call: Call) -> Answer:
    """POST /cgi-bin/clear_quota/v2: the same without a token; the ten are shared."""
    check_secret(call, call.body.get("appid"), call.body.get("appsecret"))
    call.platform.quotas.clear(call.platform.now())
    return OK


def request(call: Call) -> Answer:
    """POST /cgi-bin/openapi/rid/get: what a failed call was, for seven days."""
    rid = call.text("rid")
    if not RID_SHAPE.fullmatch(rid):
        raise ApiError(76002)
    found = call.platform.failed_requests.get(rid)
    if found is None:
        raise ApiError(76001)
    if call.platform.now().timestamp() - found["invoke_time"] > RID_LIFE.total_seconds():
        raise ApiError(76004)
    return {**OK, "request": found}


ENDPOINTS = (
    Endpoint(POST, "/cgi-bin/openapi/quota/get", get),
    Endpoint(POST, "/cgi-bin/openapi/quota/clear", clear_path),
    Endpoint(POST, "/cgi-bin/clear_quota", clear),
    Endpoint(POST, "/cgi-bin/clear_quota/v2", clear_with_secret, token=False),
    Endpoint(POST, "/cgi-bin/openapi/rid/get", request),
)
