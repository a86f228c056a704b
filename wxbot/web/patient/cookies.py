"""The patients' cookies: HttpOnly, SameSite=Lax, and bound to the host as soon as we are reached by https."""

from datetime import timedelta

from aiohttp import web

from wxbot.web.patient.keys import PAGES

SESSION = "wxbot_page"
LOGIN = "wxbot_page_login"


def is_https(request: web.Request) -> bool:
    """Whether the patient came by https: our own address says so, or a trusted proxy does."""
    pages = request.app[PAGES]
    return pages.https or pages.proxies.caller(request).https


def read(request: web.Request, name: str) -> str:
    """The value of one of our cookies; empty when it is not there."""
    return request.cookies.get(_name(request, name), "")


def give(request: web.Request, answer: web.StreamResponse, name: str, value: str, life: timedelta) -> None:
    """Hand the browser a cookie."""
    answer.set_cookie(
        _name(request, name),
        value,
        max_age=int(life.total_seconds()),
        path="/",
        httponly=True,
        samesite="Lax",
        secure=is_https(request),
    )


def take(request: web.Request, answer: web.StreamResponse, name: str) -> None:
    """Take a cookie from the browser."""
    answer.del_cookie(_name(request, name), path="/", httponly=True, samesite="Lax", secure=is_https(request))


def _name(request: web.Request, name: str) -> str:
    """`__Host-` lets no neighbouring host set it; browsers take it over https only."""
    return f"__Host-{name}" if is_https(request) else name
