"""我的 > 微信: one's own WeChat, bound by scanning a code and confirming whose WeChat it was."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from aiohttp import web

from wxbot.errors import FieldErrors, PlatformError
from wxbot.staff.models import Account
from wxbot.staff.wechat_binding import mark_of, tail_of
from wxbot.web.console import scene_pictures
from wxbot.web.console.forms import read_form
from wxbot.web.console.frame import actor_of, fragment, is_fragment, now_of, page, see_other, services_of

HERE = "/console/me/wechat"


async def panel(request: web.Request) -> web.StreamResponse:
    """Whether a WeChat is bound, and how to bind one; a page of its own where there is no htmx."""
    return await _panel(request, await _account(request))


async def begin(request: web.Request) -> web.StreamResponse:
    """A fresh code to scan; the one before is void."""
    services, actor, now = services_of(request), actor_of(request), now_of(request)
    scene = await services.staff.wechat.start(by=actor, now=now)
    try:
        code = await services.account.scenes.staff_code(scene, by=actor)
    except PlatformError as error:
        return await _panel(request, await _account(request), problem=error.advice)
    return await _panel(request, await _account(request), picture=scene_pictures.data_uri(code.url))


async def state(request: web.Request) -> web.StreamResponse:
    """Asked every two seconds while the code is shown: nothing new, or the panel as it is now."""
    account, now = await _account(request), now_of(request)
    until = account.binding_until
    if until is None or until <= now:
        return await _panel(request, account, problem="二维码已过期，请重新生成。")
    if account.binding_openid is None:
        return web.Response(status=HTTPStatus.NO_CONTENT)
    return await _panel(request, account)


async def confirm(request: web.Request) -> web.StreamResponse:
    """It was me who scanned."""
    form, services = await read_form(request), services_of(request)
    try:
        account = await services.staff.wechat.confirm(form.get("mark"), by=actor_of(request), now=now_of(request))
    except FieldErrors as error:
        return await _panel(request, await _account(request), problem=error.sentence)
    if is_fragment(request):
        return await _panel(request, account, fresh=True)
    return see_other(request, HERE, done="绑定成功，试发的消息会发到这个微信。")


async def reject(request: web.Request) -> web.StreamResponse:
    """It was somebody else."""
    await services_of(request).staff.wechat.reject(by=actor_of(request), now=now_of(request))
    return await _panel(request, await _account(request), problem="没有绑定，刚才的二维码已作废。请重新生成后自己扫。")


async def unbind(request: web.Request) -> web.StreamResponse:
    """Forget one's own WeChat."""
    await services_of(request).staff.wechat.unbind(by=actor_of(request), now=now_of(request))
    if is_fragment(request):
        return await _panel(request, await _account(request))
    return see_other(request, HERE, done="已解除微信绑定。")


async def _account(request: web.Request) -> Account:
    return await services_of(request).staff.self_service.account(by=actor_of(request))


async def _scanned(request: web.Request, account: Account) -> Mapping[str, Any] | None:
    """Whose WeChat waits to be confirmed; None when none does."""
    openid, until = account.binding_openid, account.binding_until
    if openid is None or until is None or until <= now_of(request):
        return None
    contact = await services_of(request).patients.contact_by_openid(openid)
    called = contact.alias if contact is not None else ""
    return {"code": tail_of(openid), "mark": mark_of(openid), "called": called, "at": account.binding_scanned_at}


async def _panel(
    request: web.Request, account: Account, *, picture: str = "", problem: str = "", fresh: bool = False
) -> web.StreamResponse:
    shown: dict[str, Any] = {"account": account, "picture": picture, "problem": problem, "fresh": fresh}
    shown["scanned"] = await _scanned(request, account)
    if is_fragment(request):
        return await fragment(request, "me/_wechat.html", alone=False, **shown)
    return await page(request, "me/wechat.html", alone=True, **shown)
