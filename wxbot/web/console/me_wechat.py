"""我的 > 微信: one's own WeChat, bound by scanning a code that is good for ten minutes."""

from http import HTTPStatus
from typing import Any

from aiohttp import web

from wxbot.errors import PlatformError
from wxbot.staff.models import Account
from wxbot.staff.self_service import BINDING_WITHIN
from wxbot.web.console import scene_pictures
from wxbot.web.console.frame import actor_of, fragment, is_fragment, now_of, page, see_other, services_of

HERE = "/console/me/wechat"


async def panel(request: web.Request) -> web.StreamResponse:
    """Whether a WeChat is bound, and how to bind one; a page of its own where there is no htmx."""
    return await _panel(request, await _account(request))


async def begin(request: web.Request) -> web.StreamResponse:
    """A fresh code to scan; the one before is void."""
    services, actor, now = services_of(request), actor_of(request), now_of(request)
    scene = await services.staff.start_binding(by=actor, now=now)
    try:
        code = await services.account.scenes.staff_code(scene, by=actor)
    except PlatformError as error:
        return await _panel(request, await _account(request), problem=error.advice)
    return await _panel(request, await _account(request), picture=scene_pictures.data_uri(code.url))


async def state(request: web.Request) -> web.StreamResponse:
    """Asked every two seconds while the code is shown: nothing new, or the panel as it is now."""
    account, now = await _account(request), now_of(request)
    until = account.binding_until
    waiting = until is not None and until > now
    if waiting and not _used(account):
        return web.Response(status=HTTPStatus.NO_CONTENT)
    over = not _used(account)
    return await _panel(request, account, problem="二维码已过期，请重新生成。" if over else "", fresh=not over)


async def unbind(request: web.Request) -> web.StreamResponse:
    """Forget one's own WeChat."""
    await services_of(request).staff.unbind_wechat(by=actor_of(request), now=now_of(request))
    if is_fragment(request):
        return await _panel(request, await _account(request))
    return see_other(request, HERE, done="已解除微信绑定。")


async def _account(request: web.Request) -> Account:
    return await services_of(request).staff.self_service.account(by=actor_of(request))


def _used(account: Account) -> bool:
    """Whether the code that was made last has been scanned."""
    if account.openid is None or account.bound_at is None or account.binding_until is None:
        return False
    return account.bound_at >= account.binding_until - BINDING_WITHIN


async def _panel(
    request: web.Request, account: Account, *, picture: str = "", problem: str = "", fresh: bool = False
) -> web.StreamResponse:
    shown: dict[str, Any] = {"account": account, "picture": picture, "problem": problem, "fresh": fresh}
    if is_fragment(request):
        return await fragment(request, "me/_wechat.html", alone=False, **shown)
    return await page(request, "me/wechat.html", alone=True, **shown)
