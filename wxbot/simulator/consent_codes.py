"""Web authorization: codes, user tokens and refresh tokens (reference §7.8)."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from wxbot.simulator.errors import ApiError

CODE_LIFE = timedelta(minutes=5)
TOKEN_LIFE = timedelta(seconds=7200)
REFRESH_LIFE = timedelta(days=30)
SCOPES = ("snsapi_base", "snsapi_userinfo")
KEPT = 5000  # codes and tokens remembered


@dataclass
class Grant:
    """What one consent allows: whose, which scope, until when. `snapshot`: a virtual openid of a snapshot page."""

    openid: str
    scope: str
    dies: datetime
    snapshot: bool = False
    used: bool = False


@dataclass
class ConsentCodes:
    """All codes and tokens of web authorization."""

    codes: dict[str, Grant] = field(default_factory=dict)
    tokens: dict[str, Grant] = field(default_factory=dict)
    refreshes: dict[str, Grant] = field(default_factory=dict)

    def issue(self, openid: str, scope: str, now: datetime, *, snapshot: bool = False) -> str:
        """A fresh code: single use, five minutes."""
        code = "0" + secrets.token_hex(16)
        self.codes[code] = Grant(openid, scope, now + CODE_LIFE, snapshot)
        _trim(self.codes)
        return code

    def redeem(self, code: str, now: datetime) -> tuple[str, str, Grant]:
        """(access_token, refresh_token, grant). ApiError 41008 none, 40029 unknown, 40163 used, 42003 expired."""
        if not code:
            raise ApiError(41008)
        grant = self.codes.get(code)
        if grant is None:
            raise ApiError(40029)
        if grant.used:
            raise ApiError(40163)
        if now >= grant.dies:
            raise ApiError(42003)
        grant.used = True
        token = self._token(grant, now)
        refresh = "r_" + secrets.token_urlsafe(48)
        self.refreshes[refresh] = Grant(grant.openid, grant.scope, now + REFRESH_LIFE, grant.snapshot)
        _trim(self.refreshes)
        return token, refresh, grant

    def renew(self, refresh: str, now: datetime) -> tuple[str, Grant]:
        """A new user token. Raises ApiError 41003, 40030 (unknown), 42002 (expired)."""
        if not refresh:
            raise ApiError(41003)
        grant = self.refreshes.get(refresh)
        if grant is None:
            raise ApiError(40030)
        if now >= grant.dies:
            raise ApiError(42002)
        return self._token(grant, now), grant

    def check(self, token: str, openid: str, now: datetime) -> Grant:
        """Raises ApiError 41001, 40001 (unknown), 42001 (expired), 41009, 40003 (somebody else's)."""
        if not token:
            raise ApiError(41001)
        grant = self.tokens.get(token)
        if grant is None:
            raise ApiError(40001)
        if now >= grant.dies:
            raise ApiError(42001)
        if not openid:
            raise ApiError(41009)
        if grant.openid != openid:
            raise ApiError(40003)
        return grant

    def _token(self, grant: Grant, now: datetime) -> str:
        token = "u_" + secrets.token_urlsafe(64)
        self.tokens[token] = Grant(grant.openid, grant.scope, now + TOKEN_LIFE, grant.snapshot)
        _trim(self.tokens)
        return token


def _trim(grants: dict[str, Grant]) -> None:
    while len(grants) > KEPT:
        del grants[next(iter(grants))]
