"""The Official Account as the account room asks of it: implements wxbot.account.ports.Platform over the client."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

import aiohttp

from wxbot.account.ports import AccountTemplate, Advice, CallbackCheck, Quota, SceneCode
from wxbot.errors import PlatformError, Reaction
from wxbot.wechat.client import Client
from wxbot.wechat.errors import TOKEN_CODES, explain
from wxbot.wechat.tokens import TokenKeeper
from wxbot.wechat.wire import CANNOT_CONNECT, NO_ANSWER, STRANGE_ANSWER, WRONG_ADDRESS

ALL_LOST = "100%"
TIME_SECONDS = 3  # a look at a clock is worth no more
SILENCE = "微信没有回应或连接不上；偶尔出现不必处理，若反复出现请检查服务器的网络。"
NO_CALLBACK = 40201  # reference §3
NO_CALLBACK_ADVICE = "公众平台还没有设置消息推送地址：请管理员到“设置与开发 > 基本配置”里填写并启用。"


async def server_time(http: aiohttp.ClientSession, base_url: str) -> datetime:
    """The `Date` of any answer of the platform's, to the second. Raises PlatformError."""
    try:
        async with http.get(
            f"{base_url}/", timeout=aiohttp.ClientTimeout(total=TIME_SECONDS), allow_redirects=False
        ) as response:
            date = response.headers.get("Date", "")
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise PlatformError(
            code=None, reaction=Reaction.RETRY, advice=CANNOT_CONNECT, detail=type(error).__name__
        ) from None
    try:
        return parsedate_to_datetime(date).astimezone(UTC)
    except ValueError:
        raise PlatformError(code=None, reaction=Reaction.RETRY, advice=STRANGE_ANSWER, detail="no date") from None


class WeChatAccount:
    """One account at the platform. `http` and `base_url` are the client's own."""

    def __init__(self, client: Client, tokens: TokenKeeper, http: aiohttp.ClientSession, base_url: str) -> None:
        self._client = client
        self._tokens = tokens
        self._http = http
        self._base_url = base_url.rstrip("/")

    async def set_menu(self, menu: Mapping[str, Any]) -> None:
        """Replace the account's menu. Raises PlatformError."""
        await self._client.menus.create(menu)

    async def shown_menu(self) -> Mapping[str, Any] | None:
        """The menu shown now, one made in the platform's console too; None when there is none. Raises PlatformError."""
        shown = await self._client.menus.shown()
        menu = shown.get("selfmenu_info")
        return menu if shown.get("is_menu_open") and isinstance(menu, Mapping) else None

    async def create_scene(self, scene: str, lasts: timedelta | None) -> SceneCode:
        """A scene QR code (reference §7.5). Raises PlatformError."""
        code = await self._client.scene_codes.create(scene, lasts)
        return SceneCode(ticket=code.ticket, url=code.url, lasts=code.lasts)

    async def token_ends_at(self) -> datetime:
        """When the access token ends, fetched if there is none. Raises PlatformError."""
        await self._tokens.current()
        ends_at = self._tokens.ends_at
        assert ends_at is not None  # noqa: S101 - `current` has just seen to it
        return ends_at

    async def quota(self, path: str) -> Quota:
        """The day's allowance of one call (reference §9). Raises PlatformError."""
        found = await self._client.operations.quota(path)
        return Quota(daily_limit=found.daily_limit, used=found.used, remain=found.remain)

    async def check_callback(self) -> CallbackCheck:
        """Let the platform try our address (reference §3): lost when no name resolves or every packet is lost."""
        try:
            answer = await self._client.operations.check_callback()
        except PlatformError as error:
            if error.code != NO_CALLBACK:
                raise
            raise PlatformError(
                code=error.code, reaction=Reaction.ALARM, advice=NO_CALLBACK_ADVICE, detail=error.detail, rid=error.rid
            ) from None
        pings = [row for row in answer.get("ping") or () if isinstance(row, Mapping)]
        losses = [str(row.get("package_loss", "")) for row in pings]
        return CallbackCheck(
            reached=bool(answer.get("dns")) and any(loss != ALL_LOST for loss in losses),
            addresses=tuple(dict.fromkeys(str(row.get("ip", "")) for row in pings)),
            loss="、".join(dict.fromkeys(losses)),
        )

    async def templates(self) -> Sequence[AccountTemplate]:
        """Message templates, then notices. Raises PlatformError."""
        cards, notices = await asyncio.gather(self._client.templates.list_all(), self._client.notices.list_all())
        return (
            *(AccountTemplate(template_id=it.template_id, title=it.title, fields=tuple(it.fields)) for it in cards),
            *(
                AccountTemplate(template_id=it.template_id, title=it.title, fields=tuple(it.fields), notice=True)
                for it in notices
            ),
        )

    async def server_time(self) -> datetime:
        """What time it is at the platform; needs no token. Raises PlatformError."""
        return await server_time(self._http, self._base_url)

    def explain(self, code: int) -> Advice:
        """What a code in our records means: the platform's own, an HTTP status, or -2 for no answer."""
        if code == NO_ANSWER or code in range(500, 600):
            return Advice(sentence=SILENCE, alarm=False)
        if HTTPStatus.BAD_REQUEST <= code < HTTPStatus.INTERNAL_SERVER_ERROR:
            return Advice(sentence=WRONG_ADDRESS, alarm=True)
        if code == NO_CALLBACK:
            return Advice(sentence=NO_CALLBACK_ADVICE, alarm=True)
        entry = explain(code)
        # A token that was changed in time is no news; whatever else asks for a person is.
        return Advice(sentence=entry.advice, alarm=entry.alarm and code not in TOKEN_CODES)
