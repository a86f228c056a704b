"""Login inside WeChat (reference §7.8): who has opened this page."""

import re
from dataclasses import dataclass, field
from urllib.parse import quote

import aiohttp

from wxbot.clock import Clock
from wxbot.errors import InvalidInputError, PlatformError, RestartLoginError
from wxbot.wechat.errors import RESTART_LOGIN_CODES, TOKEN_CODES
from wxbot.wechat.wire import Observe, Repeat, Request, Wire

STATE = re.compile(r"[A-Za-z0-9]{1,128}")
CODE_LENGTH = 512  # characters; real codes have 32


@dataclass(frozen=True, kw_only=True)
class OAuthUser:
    """Who came back from the login.

    `is_snapshot`: the page runs in WeChat's preview with a made-up openid: bind nothing to it, book nothing for
    it, ask the patient to tap 使用完整服务.
    """

    openid: str
    is_snapshot: bool = False
    union_id: str | None = None
    scope: str = ""
    access_token: str = field(default="", repr=False)  # of this user, for `profile` only


@dataclass(frozen=True, kw_only=True)
class OAuthProfile:
    """What snsapi_userinfo returns; sex and region are always empty."""

    openid: str
    nickname: str
    picture_url: str
    union_id: str | None = None


class OAuth:
    """Makes the address to send a patient to, and turns the code they bring back into an openid."""

    def __init__(  # noqa: PLR0913, PLR0917 - the parts it stands on
        self,
        app_id: str,
        app_secret: str,
        http: aiohttp.ClientSession,
        base_url: str,
        open_base_url: str,
        clock: Clock,
        observe: Observe | None = None,
    ) -> None:
        self._app_id = app_id
        self._app_secret = app_secret
        self._open_base_url = open_base_url.rstrip("/")
        self._wire = Wire(http, base_url, clock, observe)

    def authorize_url(self, redirect: str, state: str, *, with_profile: bool = False) -> str:
        """Where to send the patient. The platform wants the parameters in this order.

        `state` is an opaque random id of ours (1 to 128 letters and digits), checked and burnt when it comes back.
        `with_profile` asks for the name and must follow a tap. Raises InvalidInputError.
        """
        if not STATE.fullmatch(state):
            raise InvalidInputError("state must be 1 to 128 letters and digits")
        scope = "snsapi_userinfo" if with_profile else "snsapi_base"
        popup = "&forcePopup=true" if with_profile else ""
        return (
            f"{self._open_base_url}/connect/oauth2/authorize?appid={quote(self._app_id, safe='')}"
            f"&redirect_uri={quote(redirect, safe='')}&response_type=code&scope={scope}"
            f"&state={quote(state, safe='')}{popup}#wechat_redirect"
        )

    async def exchange(self, code: str) -> OAuthUser:
        """The user behind a code; it works once, for 5 minutes.

        Raises RestartLoginError for a used, old or impossible code (WeChat often asks the redirect address
        twice), PlatformError otherwise.
        """
        if not code or len(code) > CODE_LENGTH:
            raise RestartLoginError("no code, or an impossible one")
        request = Request(
            method="GET",
            path="/sns/oauth2/access_token",
            repeat=Repeat.SAFE,
            params={"appid": self._app_id, "code": code, "grant_type": "authorization_code"},
            proof=frozenset({"openid"}),
        )
        try:
            answer = await self._wire.json(request, secret=self._app_secret)
        except PlatformError as error:
            if error.code in RESTART_LOGIN_CODES:
                raise RestartLoginError(str(error.code)) from None
            raise
        openid = answer.get("openid")
        if not isinstance(openid, str) or not openid:
            raise RestartLoginError("an answer without openid")
        return OAuthUser(
            openid=openid,
            is_snapshot=answer.get("is_snapshotuser") in (1, "1", True),
            union_id=answer.get("unionid") or None,
            scope=str(answer.get("scope", "")),
            access_token=str(answer.get("access_token", "")),
        )

    async def profile(self, user: OAuthUser) -> OAuthProfile:
        """Name and picture of a user who agreed to snsapi_userinfo. Raises RestartLoginError, PlatformError."""
        request = Request(
            method="GET", path="/sns/userinfo", repeat=Repeat.READ, params={"openid": user.openid, "lang": "zh_CN"}
        )
        try:
            answer = await self._wire.json(request, access_token=user.access_token)
        except PlatformError as error:
            if error.code in RESTART_LOGIN_CODES | TOKEN_CODES:
                raise RestartLoginError(str(error.code)) from None
            raise
        return OAuthProfile(
            openid=str(answer.get("openid", user.openid)),
            nickname=str(answer.get("nickname", "")),
            picture_url=str(answer.get("headimgurl", "")),
            union_id=answer.get("unionid") or None,
        )
