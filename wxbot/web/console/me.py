"""我的账号: password, second factor, where I am signed in, my WeChat."""

import io
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import segno
from aiohttp import web

from wxbot.errors import FieldErrors
from wxbot.staff.errors import SignInRefusedError
from wxbot.web.console import cookies
from wxbot.web.console.browsers import browser_words
from wxbot.web.console.forms import Form, read_form
from wxbot.web.console.frame import actor_of, now_of, page, see_other, services_of
from wxbot.web.console.keys import ACCOUNT, SESSION
from wxbot.web.console.security import SIGN_IN
from wxbot.web.console.submit import submit

ME = "/console/me"


async def index(request: web.Request) -> web.StreamResponse:
    """Everything about one's own account."""
    services, actor = services_of(request), actor_of(request)
    sessions = await services.staff.self_service.sessions(services.clock.machine_now(), by=actor)
    return await page(
        request,
        "me/index.html",
        account=request[ACCOUNT],
        sessions=sessions,
        changes=await services.staff.self_service.credential_changes(by=actor),
        this=request[SESSION].id,
        browser=browser_words,
    )


async def password(request: web.Request) -> web.StreamResponse:
    """The form for a new password."""
    return await _password_form(request, Form())


async def change_password(request: web.Request) -> web.StreamResponse:
    """Change the password."""
    return await submit(request, _change_password, again=_password_form)


async def _change_password(request: web.Request, form: Form) -> web.StreamResponse:
    old, new = form.values.get("old", ""), form.values.get("new", "")
    if new != form.values.get("again", ""):
        raise FieldErrors({"again": "两次输入的新密码不一样，请重新输入。"})
    services = services_of(request)
    try:
        await services.staff.self_service.change_password(
            old,
            new,
            by=actor_of(request),
            session_id=request[SESSION].id,
            now=now_of(request),
            real=services.clock.machine_now(),
        )
    except SignInRefusedError as error:
        raise FieldErrors({"old": error.sentence}) from error
    return see_other(request, ME, done="密码已修改，其他地方的登录已退出")


async def codes(request: web.Request) -> web.StreamResponse:
    """Switch the second factor on: the QR code and the field for the first code."""
    if request[ACCOUNT].totp_secret is not None:
        return see_other(request, ME)
    return await _codes_form(request, Form(), anew=True)


async def codes_image(request: web.Request) -> web.StreamResponse:
    """The QR code for the authenticator, as an image of its own: the page's policy allows no inline drawing."""
    enrolment = await services_of(request).staff.self_service.begin_codes(by=actor_of(request))
    image = io.BytesIO()
    segno.make(enrolment.uri, micro=False).save(image, kind="svg", scale=5, border=4, xmldecl=True)
    return web.Response(body=image.getvalue(), content_type="image/svg+xml")


async def confirm_codes(request: web.Request) -> web.StreamResponse:
    """The first code: from now on one is asked for at sign-in."""
    return await submit(request, _confirm_codes, again=_codes_form)


async def _confirm_codes(request: web.Request, form: Form) -> web.StreamResponse:
    switch = services_of(request).staff.self_service.confirm_codes
    return await _switch_codes(request, form, switch, done="动态码已开启，下次登录时需要输入")


async def ask_end_codes(request: web.Request) -> web.StreamResponse:
    """Asks for password and code before the second factor is switched off."""
    if request[ACCOUNT].totp_secret is None:
        return see_other(request, ME)
    return await _end_codes_form(request, Form())


async def end_codes(request: web.Request) -> web.StreamResponse:
    """Switch the second factor off."""
    return await submit(request, _end_codes, again=_end_codes_form)


async def _end_codes(request: web.Request, form: Form) -> web.StreamResponse:
    return await _switch_codes(request, form, services_of(request).staff.self_service.end_codes, done="动态码已关闭")


async def _switch_codes(
    request: web.Request, form: Form, switch: Callable[..., Awaitable[object]], *, done: str
) -> web.StreamResponse:
    """Switch the second factor on or off, with the password and a code."""
    try:
        await switch(
            form.values.get("password", ""),
            form.get("code"),
            by=actor_of(request),
            now=now_of(request),
            real=services_of(request).clock.machine_now(),
        )
    except SignInRefusedError as error:
        raise FieldErrors({"": error.sentence}) from error
    return see_other(request, ME, done=done)


async def _end_codes_form(request: web.Request, form: Form) -> web.StreamResponse:
    form.values.pop("code", None)
    return await page(request, "me/codes_off.html", form=form)


async def end_session(request: web.Request) -> web.StreamResponse:
    """Sign out somewhere else."""
    form = await read_form(request)
    await services_of(request).staff.self_service.end_session(form.get("id"), by=actor_of(request), now=now_of(request))
    return see_other(request, ME, done="已退出那一处登录")


async def sign_out_everywhere(request: web.Request) -> web.StreamResponse:
    """Sign out everywhere, here too."""
    await services_of(request).staff.self_service.sign_out_everywhere(by=actor_of(request), now=now_of(request))
    answer = see_other(request, SIGN_IN, done="所有地方的登录都已退出")
    cookies.take_session(request, answer)
    return answer


async def _password_form(request: web.Request, form: Form) -> web.StreamResponse:
    must = request[ACCOUNT].must_change_password
    return await page(request, "me/password.html", form=form, must=must, **_alone(must=must))


async def _codes_form(request: web.Request, form: Form, *, anew: bool = False) -> web.StreamResponse:
    form.values.pop("code", None)
    staff = services_of(request).staff
    must = staff.lacks_second_factor(request[ACCOUNT])
    enrolment = await staff.self_service.begin_codes(by=actor_of(request), anew=anew)
    return await page(request, "me/codes.html", form=form, enrolment=enrolment, must=must, **_alone(must=must))


def _alone(*, must: bool) -> Mapping[str, Any]:
    """For a page before which nothing else may be opened: without the way to anywhere else."""
    return {"actor": None, "sections": ()} if must else {}
