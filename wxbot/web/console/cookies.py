"""The console's cookies: HttpOnly, SameSite=Lax, Secure and bound to the host as soon as we are reached by https."""

from hashlib import sha256

from aiohttp import web

from wxbot.staff.devices import LIFETIME
from wxbot.staff.sessions import ABSOLUTE
from wxbot.web.console.keys import CONSOLE

SESSION = "wxbot_session"
FORM = "wxbot_form"
DEVICE = "wxbot_device"
SIGN_IN_PATH = "/console/sign-in"  # a known browser says so nowhere else
FORM_SECONDS = 12 * 3600  # a sign-in page may stand open over night; then it asks once more


def is_https(request: web.Request) -> bool:
    """Whether the browser came by https: our own address says so, or a trusted proxy does."""
    settings = request.app[CONSOLE]
    return settings.https or settings.proxies.caller(request).https


def read(request: web.Request, name: str) -> str:
    """The value of one of our cookies; empty when it is not there."""
    return request.cookies.get(_name(request, name), "")


def give_session(request: web.Request, answer: web.StreamResponse, token: str) -> None:
    """Hand the browser its session."""
    _set(request, answer, SESSION, token, int(ABSOLUTE.total_seconds()))


def give_form(request: web.Request, answer: web.StreamResponse, nonce: str) -> None:
    """Hand the browser the nonce of the sign-in form."""
    _set(request, answer, FORM, nonce, FORM_SECONDS)


def read_device(request: web.Request, login: str) -> str:
    """What this browser keeps since somebody signed in with that login; empty when nobody has."""
    return request.cookies.get(_device(request, login), "")


def give_device(request: web.Request, answer: web.StreamResponse, login: str, value: str) -> None:
    """Let the browser be known for that login. Several people may share one browser, so each login has its own."""
    answer.set_cookie(
        _device(request, login),
        value,
        max_age=int(LIFETIME.total_seconds()),
        path=SIGN_IN_PATH,
        httponly=True,
        samesite="Strict",
        secure=is_https(request),
    )


def take_session(request: web.Request, answer: web.StreamResponse) -> None:
    """Take the session from the browser."""
    answer.del_cookie(
        _name(request, SESSION), path=_path(request), secure=is_https(request), httponly=True, samesite="Lax"
    )


def _device(request: web.Request, login: str) -> str:
    name = f"{DEVICE}_{sha256(login.encode('utf-8', 'replace')).hexdigest()[:12]}"
    return f"__Secure-{name}" if is_https(request) else name


def _set(request: web.Request, answer: web.StreamResponse, name: str, value: str, seconds: int) -> None:
    answer.set_cookie(
        _name(request, name),
        value,
        max_age=seconds,
        path=_path(request),
        httponly=True,
        samesite="Lax",
        secure=is_https(request),
    )


def _name(request: web.Request, name: str) -> str:
    """`__Host-` lets no neighbouring host set it; browsers take it over https only."""
    return f"__Host-{name}" if is_https(request) else name


def _path(request: web.Request) -> str:
    return "/" if is_https(request) else "/console"  # `__Host-` demands the whole host
