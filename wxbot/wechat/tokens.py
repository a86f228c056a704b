"""The account's access token and JS-SDK ticket (reference §3, §7.7): one authority for all processes, never forced."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import aiohttp

from wxbot.clock import Clock
from wxbot.errors import PlatformError, Reaction
from wxbot.wechat.errors import TOKEN_CODES, explain
from wxbot.wechat.shared_credential import SharedCredential
from wxbot.wechat.store import TokenStore
from wxbot.wechat.transport import Transport
from wxbot.wechat.wire import NO_ANSWER_SAFE, Observe, Repeat, Request, Wire

STABLE_TOKEN = "/cgi-bin/stable_token"  # noqa: S105 - a path
TICKET = "/cgi-bin/ticket/getticket"
WRONG_SECRET = 40125
PAUSES = (0.5, 2.0)  # seconds between asks when the platform is silent or busy


class TokenKeeper:
    """Hands out the access token and the jsapi ticket. Their text is never logged."""

    def __init__(  # noqa: PLR0913, PLR0917 - the parts it stands on
        self,
        app_id: str,
        app_secret: str,
        http: aiohttp.ClientSession,
        base_url: str,
        store: TokenStore,
        clock: Clock,
        *,
        observe: Observe | None = None,
        pauses: Sequence[float] = PAUSES,
    ) -> None:
        self._app_id = app_id
        self._app_secret = app_secret
        self._pauses = pauses
        self._wire = Wire(http, base_url, clock, observe)
        self._transport = Transport(http, base_url, self, clock, observe)
        self._token = SharedCredential(f"{app_id}:access_token", self._ask_token, store, clock)
        self._ticket = SharedCredential(f"{app_id}:jsapi_ticket", self._ask_ticket, store, clock)

    @property
    def ready(self) -> bool:
        """Whether a token that has not ended is in memory."""
        return self._token.alive

    @property
    def ends_at(self) -> datetime | None:
        """When the access token in memory ends."""
        return self._token.expires_at

    async def current(self, stale: str | None = None) -> str:
        """The access token. `stale` is one the platform has just refused; if it insists on it, it comes back.

        Raises PlatformError: RETRY when the platform is out of reach, ALARM when it refuses the account.
        """
        return await self._token.current(stale)

    async def jsapi_ticket(self, stale: str | None = None) -> str:
        """The ticket that signs pages for the JS-SDK. Raises PlatformError."""
        return await self._ticket.current(stale)

    async def _ask_token(self) -> tuple[str, float]:
        request = Request(
            method="POST",
            path=STABLE_TOKEN,
            repeat=Repeat.SAFE,
            body={
                "grant_type": "client_credential",
                "appid": self._app_id,
                "secret": self._app_secret,
                "force_refresh": False,  # forcing kills the token in use; only for a leaked one
            },
            proof=frozenset({"access_token"}),
        )
        for pause in self._pauses:
            try:
                return _credential(await self._wire.json(request), "access_token")
            except PlatformError as error:
                if error.reaction is not Reaction.RETRY:
                    raise _about_secret(error) from None
            await asyncio.sleep(pause)
        try:
            return _credential(await self._wire.json(request), "access_token")
        except PlatformError as error:
            raise _about_secret(error) from None

    async def _ask_ticket(self) -> tuple[str, float]:
        return _credential(await self._transport.get(TICKET, type="jsapi"), "ticket")


def _credential(payload: dict[str, Any], name: str) -> tuple[str, float]:
    value = payload.get(name)
    lifetime = payload.get("expires_in")
    if not isinstance(value, str) or not value or not isinstance(lifetime, int | float) or lifetime <= 0:
        raise PlatformError(
            code=None, reaction=Reaction.RETRY, advice=NO_ANSWER_SAFE, detail=f"an answer without {name}"
        )
    return value, float(lifetime)


def _about_secret(error: PlatformError) -> PlatformError:
    """On the token call itself 40001 means the secret is wrong: no refresh can help."""
    if error.code not in TOKEN_CODES:
        return error
    advice = explain(WRONG_SECRET).advice
    return PlatformError(code=error.code, reaction=Reaction.ALARM, advice=advice, detail=error.detail, rid=error.rid)
