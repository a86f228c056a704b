"""What every page module uses: who asks, what it answers with, and how it sends the browser on."""

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, unquote

import aiohttp_jinja2
from aiohttp import web

from wxbot.actors import Actor
from wxbot.database import PyMongoError
from wxbot.followups.worklist import MOST_COUNTED
from wxbot.media.models import MediaState
from wxbot.services import Services
from wxbot.web.console.cookies import is_https
from wxbot.web.console.keys import ACTOR, CONSOLE, CSRF, SERVICES
from wxbot.web.console.locations import inside_console
from wxbot.web.console.navigation import FOLLOWUPS, navigation

DONE_COOKIE = "wxbot_done"  # one line that says what was just done, shown once on the next page
DONE_SECONDS = 30  # long enough for a redirect
MEDIA_FATES: Mapping[MediaState, str] = {  # what a page says in place of a photo or voice
    MediaState.WAITING: "正在从微信取回，请稍后刷新",
    MediaState.GONE: "微信已不再保存，没有取到",
    MediaState.REFUSED: "文件无法显示，可请患者重新发送",
}
LONGEST_DONE = 200  # characters


def services_of(request: web.Request) -> Services:
    """The rooms' use cases."""
    return request.app[SERVICES]


def actor_of(request: web.Request) -> Actor:
    """Who asks. Only for routes that need an account; the middleware has put them there."""
    return request[ACTOR]


def now_of(request: web.Request) -> datetime:
    """The clinic's time."""
    return services_of(request).clock.now()


def is_fragment(request: web.Request) -> bool:
    """Whether htmx asks for a part of the page it is on."""
    return "HX-Request" in request.headers and "HX-Boosted" not in request.headers


async def page(
    request: web.Request, template: str, /, *, status: int = HTTPStatus.OK, **context: Any
) -> web.StreamResponse:
    """A whole page in the console's frame."""
    done = request.cookies.get(DONE_COOKIE, "")
    framed = {"done": unquote(done)[:LONGEST_DONE], "badges": await _badges(request)}
    answer = _render(request, template, {**framed, **context}, status)
    if done:
        answer.del_cookie(DONE_COOKIE, path="/console")
    return answer


async def fragment(
    request: web.Request, template: str, /, *, status: int = HTTPStatus.OK, **context: Any
) -> web.StreamResponse:
    """A part of a page, for htmx. htmx swaps only answers of 2xx: a form with errors is 200 here."""
    return _render(request, template, context, status)


def see_other(request: web.Request, location: str, *, done: str = "") -> web.StreamResponse:
    """Send the browser on after a write; `done` says on the next page what was done.

    Only addresses of our own: anything else leads to the first page.
    """
    target = inside_console(location)
    if is_fragment(request):
        answer = web.Response(status=HTTPStatus.NO_CONTENT, headers={"HX-Redirect": target})
    else:
        answer = web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": target})
    if done:
        answer.set_cookie(
            DONE_COOKIE,
            quote(done[:LONGEST_DONE]),
            max_age=DONE_SECONDS,
            path="/console",
            httponly=True,
            samesite="Lax",
            secure=is_https(request),
        )
    return answer


async def _badges(request: web.Request) -> Mapping[str, str]:
    """Section → what its badge says: of 待办回访 what is overdue, never all that is open. A range of one index."""
    actor: Actor | None = request.get(ACTOR)
    if actor is None or not actor.may("followups:task:read"):
        return {}
    try:
        overdue = await services_of(request).recalls.worklist.overdue(by=actor, now=now_of(request))
    except PyMongoError:  # a page that says what is wrong needs no badge
        return {}
    return {FOLLOWUPS: f"{MOST_COUNTED}+" if overdue >= MOST_COUNTED else str(overdue)} if overdue else {}


def _render(request: web.Request, template: str, context: Mapping[str, Any], status: int) -> web.Response:
    services = services_of(request)
    actor = request.get(ACTOR)
    whole = {
        "actor": actor,
        "csrf": request.get(CSRF, ""),
        "clinic": services.clinic,
        "zone": services.clinic.timezone,
        "now": services.clock.now(),
        "path": request.path,
        "sections": navigation(actor, request.path) if actor is not None else (),
        "media_fates": MEDIA_FATES,
        "demo": request.app[CONSOLE].demo,
        **context,
    }
    return aiohttp_jinja2.render_template(template, request, whole, status=status)
