"""Token endpoints (reference §3)."""

from typing import Any

from wxbot.simulator.api.endpoint import GET, POST, Answer, Call, Endpoint
from wxbot.simulator.errors import ApiError
from wxbot.simulator.tokens import beijing_day


def check_secret(call: Call, app_id: Any, secret: Any) -> None:
    """Raises ApiError 41002, 41004, 40013, 40125 for missing or wrong credentials."""
    if not app_id:
        raise ApiError(41002)
    if not secret:
        raise ApiError(41004)
    if app_id != call.platform.account.app_id:
        raise ApiError(40013)
    if secret != call.platform.account.app_secret:
        raise ApiError(40125)


def _check(call: Call, values: Any) -> None:
    if values.get("grant_type") != "client_credential":
        raise ApiError(40002)
    check_secret(call, values.get("appid"), values.get("secret"))
    allowed = call.platform.account.allowed_ips
    if allowed and call.request.remote not in allowed:
        raise ApiError(40164, f"{call.request.remote} is not in whitelist")


def token(call: Call) -> Answer:
    """GET /cgi-bin/token: a new token each time."""
    _check(call, call.query)
    text, seconds = call.platform.tokens.plain(call.platform.now())
    return {"access_token": text, "expires_in": seconds}


def stable_token(call: Call) -> Answer:
    """POST /cgi-bin/stable_token: the same token while it lives."""
    _check(call, call.body)
    now = call.platform.now()
    force = call.body.get("force_refresh") is True
    text, seconds = call.platform.tokens.stable(now, beijing_day(now), force=force)
    return {"access_token": text, "expires_in": seconds}


ENDPOINTS = (
    Endpoint(GET, "/cgi-bin/token", token, token=False),
    Endpoint(POST, "/cgi-bin/stable_token", stable_token, token=False),
)
