"""The silent login (reference §7.8): to WeChat with a state that only this browser knows, back with a code.

The state is checked before the code is looked at and burnt in any case, so a link that somebody else began, or that
was followed before, signs nobody in. A code that was used already begins the login once more: WeChat asks the address
twice at times.
"""

from http import HTTPStatus

from aiohttp import web

from wxbot.errors import PlatformError, RestartLoginError
from wxbot.history.models import ContactId
from wxbot.logs import get_logger
from wxbot.web.patient import cookies
from wxbot.web.patient.frame import NothingShownError, notice, see_other, services_of
from wxbot.web.patient.keys import LIMITS, PAGES
from wxbot.web.patient.sessions import (
    HOME,
    LOGIN_LIFE,
    MOST_LOGINS,
    SESSION_LIFE,
    login_cookie,
    new_login,
    read_login,
    read_session,
    same,
    session_cookie,
)
from wxbot.web.proxies import throttle_source

log = get_logger(__name__)

RETURN = "/w/login"  # where WeChat sends the patient back to


def begin(request: web.Request, target: str, number: int = 1) -> web.StreamResponse:
    """To WeChat and back; afterwards to `target`."""
    pages = request.app[PAGES]
    login = new_login(target, number)
    base = pages.public_url or f"{request.scheme}://{request.host}"
    answer = web.Response(
        status=HTTPStatus.FOUND, headers={"Location": pages.login.authorize_url(f"{base}{RETURN}", login.state)}
    )
    now = services_of(request).clock.machine_now()
    cookies.give(request, answer, cookies.LOGIN, login_cookie(pages.secret, login, now), LOGIN_LIFE)
    return answer


async def back(request: web.Request) -> web.StreamResponse:
    """GET /w/login: WeChat sends the patient back with `code` and `state`."""
    try:
        answer = await _back(request)
    except NothingShownError as error:
        log.info("page_login_refused", reason=error.kind)
        answer = notice(request, error.kind, error.status)
    if not answer.cookies:
        cookies.take(request, answer, cookies.LOGIN)  # used up, whatever came of it
    return answer


async def _back(request: web.Request) -> web.StreamResponse:
    pages, services = request.app[PAGES], services_of(request)
    now = services.clock.machine_now()
    login = read_login(pages.secret, cookies.read(request, cookies.LOGIN), now)
    if login is None or not same(request.query.get("state", ""), login.state):
        if read_session(pages.secret, cookies.read(request, cookies.SESSION), now) is not None:
            return see_other(HOME)  # the same link once more: the session that stands stays whose it is
        raise NothingShownError("link", HTTPStatus.FORBIDDEN)
    try:
        contact_id = await _contact(request)
    except RestartLoginError:
        if login.number < MOST_LOGINS:
            return begin(request, login.target, login.number + 1)
        raise NothingShownError("link", HTTPStatus.FORBIDDEN) from None
    answer = see_other(login.target)
    cookies.take(request, answer, cookies.LOGIN)
    cookies.give(request, answer, cookies.SESSION, session_cookie(pages.secret, contact_id, now), SESSION_LIFE)
    log.info("page_login", contact_id=contact_id)
    return answer


async def _contact(request: web.Request) -> ContactId:
    """The follower behind the code that was brought back. Raises RestartLoginError and NothingShownError."""
    pages, services = request.app[PAGES], services_of(request)
    source = throttle_source(pages.proxies.caller(request).address)
    if not request.app[LIMITS].logins.allows(source, services.clock.monotonic()):
        raise NothingShownError("often", HTTPStatus.TOO_MANY_REQUESTS)
    try:
        visitor = await pages.login.exchange(request.query.get("code", ""))
    except PlatformError as error:
        log.warning("page_login_failed", code=error.code)
        raise NothingShownError("platform", HTTPStatus.BAD_GATEWAY) from None
    if visitor.is_snapshot:
        raise NothingShownError("snapshot", HTTPStatus.FORBIDDEN)
    contact = await services.patients.contact_by_openid(visitor.openid)
    if contact is None or not contact.following:
        raise NothingShownError("follow", HTTPStatus.FORBIDDEN)
    return contact.id
