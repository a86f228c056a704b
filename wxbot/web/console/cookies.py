"""The console's cookies: HttpOnly, SameSite=Lax, Secure and bound to the host as soon as we are reached by https."""

from aiohttp import web

from wxbot.staff.sessions import ABSOLUTE
from wxbot.web.console.keys import CONSOLE

SESSION = "wxbot_session"
FORM = "wxbot_form"
FORM_SECONDS = 12 * 3600  # a sign-in page may stand open over night; then it asks once more


def read(request: web.Request, name: str) -> str:
    """The value of one of our cookies; empty when it is not there."""
    return request.cookies.get(_name(request, name), "")


def give_session(request: web.Request, answer: web.StreamResponse, token: str) -> None:
    """Hand the browser its session."""
    _set(request, answer, SESSION, token, int(ABSOLUTE.total_seconds()))


def give_form(request: web.Request, answer: web.StreamResponse, nonce: str) -> None:
    """Hand the browser the nonce of the sign-in form."""
    _set(request, answer, FORM, nonce, FORM_SECONDS)


def take_session(request: web.Request, answer: web.StreamResponse) -> None:
    """Take the session from the browser."""
    answer.del_cookie(
        _name(request, SESSION), path=_path(request), secure=request.app[CONSOLE].https, httponly=True, samesite="Lax"
    )


def _set(request: web.Request, answer: web.StreamResponse, name: str, value: str, seconds: int) -> None:
    answer.set_cookie(
        _name(request, name),
        value,
        max_age=seconds,
        path=_path(request),
        httponly=True,
        samesite="Lax",
        secure=request.app[CONSOLE].https,
    )


def _name(request: web.Request, name: str) -> str:
    """`__Host-` lets no neighbouring host set it; browsers take it over https only."""
    return f"__Host-{name}" if request.app[CONSOLE].https else name


def _path(request: web.Request) -> str:
    return "/" if request.app[CONSOLE].https else "/console"  # `__Host-` demands the whole host
