"""Signing in and out: login and password, the code where somebody has one, and the way back."""

from datetime import timedelta
from http import HTTPStatus

from aiohttp import web
from pydantic import BaseModel, Field

from wxbot.staff.errors import SignInRefusedError
from wxbot.staff.models import Opened
from wxbot.staff.password_rules import LONGEST
from wxbot.staff.sign_in import spelled_login
from wxbot.web.console import cookies
from wxbot.web.console.callers import source_of, throttled_source_of
from wxbot.web.console.forms import WHOLE, Form, parse
from wxbot.web.console.frame import page, see_other, services_of
from wxbot.web.console.keys import ACCOUNT, CONSOLE
from wxbot.web.console.security import SIGN_IN, signed_in
from wxbot.web.console.submit import submit


class Credentials(BaseModel):
    """What the sign-in form asks."""

    login: str = Field(min_length=1, max_length=64)
    password: str = Field(min_length=1, max_length=LONGEST)


async def show(request: web.Request) -> web.StreamResponse:
    """The sign-in form; who is signed in already is sent on."""
    if await signed_in(request) is not None:
        return see_other(request, request.query.get("next", "/console/"))
    return await _form(request, Form(values={"next": request.query.get("next", "")}))


async def enter(request: web.Request) -> web.StreamResponse:
    """Check login and password."""
    return await submit(request, _enter, again=_form)


async def _enter(request: web.Request, form: Form) -> web.StreamResponse:
    form.values["password"] = form.values.get("password", "")
    given, services = parse(form, Credentials), services_of(request)
    try:
        opened = await services.staff.access.sign_in(
            given.login,
            form.values["password"],  # as typed: spaces are part of it
            now=services.clock.now(),
            real=services.clock.machine_now(),
            source=source_of(request),
            counted_as=throttled_source_of(request),
            device=cookies.read_device(request, spelled_login(given.login)),
            agent=request.headers.get("User-Agent", ""),
        )
    except SignInRefusedError as error:
        return await _refused(request, form, error)
    if opened.session.awaiting_code:
        answer = await page(request, "sign_in/code.html", form=Form(values={"next": form.get("next")}))
        cookies.give_session(request, answer, opened.token)
        return answer
    return _in(request, opened, form.get("next"))


async def enter_code(request: web.Request) -> web.StreamResponse:
    """Check the code of the second factor."""
    return await submit(request, _enter_code)


async def _enter_code(request: web.Request, form: Form) -> web.StreamResponse:
    services = services_of(request)
    token, real = cookies.read(request, cookies.SESSION), services.clock.machine_now()
    try:
        opened = await services.staff.access.enter_code(
            token,
            form.get("code"),
            now=services.clock.now(),
            real=real,
            device=cookies.read_device(request, await services.staff.access.login_awaiting_code(token, real)),
        )
    except SignInRefusedError as error:
        form.values.pop("code", None)
        form.fail("code", error.sentence)
        status = HTTPStatus.TOO_MANY_REQUESTS if error.wait else HTTPStatus.OK
        return await page(request, "sign_in/code.html", status=status, form=form)
    return _in(request, opened, form.get("next"))


async def sign_out(request: web.Request) -> web.StreamResponse:
    """End this session."""
    services = services_of(request)
    await services.staff.access.sign_out(cookies.read(request, cookies.SESSION), request[ACCOUNT], services.clock.now())
    answer = see_other(request, SIGN_IN, done="已退出登录")
    cookies.take_session(request, answer)
    return answer


def _in(request: web.Request, opened: Opened, wanted: str) -> web.StreamResponse:
    answer = see_other(request, wanted or "/console/")
    cookies.give_session(request, answer, opened.token)
    services = services_of(request)
    known = services.staff.access.known_device(opened.account, services.clock.machine_now())
    cookies.give_device(request, answer, opened.account.login, known)
    return answer


async def _refused(request: web.Request, form: Form, error: SignInRefusedError) -> web.StreamResponse:
    form.fail(WHOLE, error.sentence)
    if error.wait <= timedelta(0):
        return await _form(request, form)
    answer = await _form(request, form, HTTPStatus.TOO_MANY_REQUESTS)
    answer.headers["Retry-After"] = str(int(error.wait.total_seconds()) + 1)
    return answer


async def _form(request: web.Request, form: Form, status: int = HTTPStatus.OK) -> web.StreamResponse:
    accounts = request.app[CONSOLE].demo_accounts
    return await page(request, "sign_in/form.html", status=status, form=form, accounts=accounts)
