"""Access to the console: headers on every answer; session, CSRF token and permission before any handler."""

from http import HTTPStatus
from urllib.parse import quote

from aiohttp import web

from wxbot.logs import get_logger
from wxbot.staff.models import Account, Session
from wxbot.web.console import cookies
from wxbot.web.console.callers import refuse_unnamed_proxy
from wxbot.web.console.form_tokens import new_nonce, same, token_of
from wxbot.web.console.frame import fragment, is_fragment, page, services_of
from wxbot.web.console.keys import ACCOUNT, ACTOR, CONSOLE, CSRF, SESSION, Handler
from wxbot.web.console.locations import is_inside, parts_of
from wxbot.web.console.routing import ANYBODY, SIGNED_IN, route_of

log = get_logger(__name__)

AREA = "/console"
SIGN_IN = "/console/sign-in"
STATIC = "/console/static/"
NEW_PASSWORD = "/console/me/password"  # noqa: S105 - an address
SECOND_FACTOR = "/console/me/codes"
# all that an account may open before it has a password or a second factor of its own
STILL_OPEN = frozenset({NEW_PASSWORD, "/console/sign-out"})
STILL_OPEN_FOR_CODES = frozenset({SECOND_FACTOR, f"{SECOND_FACTOR}.svg", "/console/sign-out"})
READING = frozenset({"GET", "HEAD", "OPTIONS"})

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
FORM_BYTES = 1024 * 1024  # the longest form: a photo of half a megabyte; larger files are read in pieces
HSTS = "max-age=31536000"  # seconds, a year


async def add_headers(request: web.Request, answer: web.StreamResponse) -> None:
    """On every answer of the console, streams and errors too (a signal: `on_response_prepare`)."""
    if not _ours(request):
        return
    if "csrf" in request.query:  # an upload's answer stands at that address: it goes to no log as a referrer either
        answer.headers.setdefault("Referrer-Policy", "strict-origin")
    for name, value in HEADERS.items():
        answer.headers.setdefault(name, value)
    answer.headers.setdefault("Cache-Control", "no-store")  # patients' data stays in no cache
    if cookies.is_https(request):
        answer.headers["Strict-Transport-Security"] = HSTS


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Check session, CSRF token and permission. Stands below the middleware that turns errors into pages."""
    if not _ours(request) or request.path.startswith(STATIC):
        return await handler(request)
    route = route_of(request)
    if route is not None and route.permission == ANYBODY:
        return await _before_a_session(request, handler)
    found = await signed_in(request)
    if found is None:
        return _to_sign_in(request)
    session, account = found
    request[SESSION], request[ACCOUNT], request[ACTOR], request[CSRF] = session, account, account.actor, session.csrf
    request = request.clone(client_max_size=FORM_BYTES)  # keeps what was stored in it so far
    if request.method not in READING and not await _meant(request, session.csrf):
        return await _not_meant(request)
    first, still_open = _must_do_first(request, account)
    if first and request.path not in still_open:
        return _redirect(request, first)
    if route is not None and route.permission != SIGNED_IN:
        account.actor.must(route.permission)
    if route is None or not route.by_itself:
        services = services_of(request)
        await services.staff.access.keep_alive(session, services.clock.machine_now())
    return await handler(request)


def _must_do_first(request: web.Request, account: Account) -> tuple[str, frozenset[str]]:
    """The page before which the account may open nothing else, and what stays open; empty when there is none."""
    if account.must_change_password:
        return NEW_PASSWORD, STILL_OPEN
    if services_of(request).staff.lacks_second_factor(account):
        return SECOND_FACTOR, STILL_OPEN_FOR_CODES
    return "", frozenset()


async def signed_in(request: web.Request) -> tuple[Session, Account] | None:
    """The session of this browser, and its account."""
    token = cookies.read(request, cookies.SESSION)
    if not token:
        return None
    services = services_of(request)
    return await services.staff.access.find(token, services.clock.machine_now())


async def _before_a_session(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A form that needs no account: the cookie's nonce and the form's token must belong together."""
    refusal = await refuse_unnamed_proxy(request)
    if refusal is not None:
        return refusal
    secret = request.app[CONSOLE].secret
    nonce = cookies.read(request, cookies.FORM)
    if request.method not in READING and not (nonce and await _meant(request, token_of(nonce, secret))):
        return await _not_meant(request)
    fresh = nonce or new_nonce()
    request[CSRF] = token_of(fresh, secret)
    answer = await handler(request)
    if not nonce and not answer.prepared:
        cookies.give_form(request, answer, fresh)
    return answer


async def _meant(request: web.Request, token: str) -> bool:
    """Whether a write comes from a page of ours: where it came from, and the token that only our pages know."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        return False
    origin = request.headers.get("Origin")
    if origin is not None:
        hosts = {request.host, parts_of(request.app[CONSOLE].public_url).netloc} - {""}
        if parts_of(origin).netloc not in hosts:
            return False
    given = request.headers.get("X-CSRF-Token")
    if given is None and request.content_type == "multipart/form-data":
        given = request.query.get("csrf")  # files are read as they come: the token cannot wait inside them
    if given is None:
        field = (await request.post()).get("csrf", "")
        given = field if isinstance(field, str) else ""
    return same(given, token)


async def _not_meant(request: web.Request) -> web.StreamResponse:
    """The page for a write without a valid token: most often a form was open during a new sign-in."""
    log.info("write_without_token", path=request.path)
    title, words = "请重新提交", "这个页面已过期，或者不是从我们的页面提交的。没有做任何修改，请刷新页面后再试一次。"
    if is_fragment(request):
        return await fragment(request, "problem_notice.html", status=HTTPStatus.FORBIDDEN, title=title, words=words)
    return await page(request, "problem.html", status=HTTPStatus.FORBIDDEN, title=title, words=words)


def _to_sign_in(request: web.Request) -> web.StreamResponse:
    """To the sign-in form, and afterwards back to the wanted page."""
    if request.headers.get("Accept", "").startswith("text/event-stream"):
        return web.Response(status=HTTPStatus.UNAUTHORIZED)
    if is_fragment(request):
        back = parts_of(request.headers.get("HX-Current-URL", ""))
    elif request.method in READING:
        back = parts_of(request.path_qs)
    else:
        back = parts_of(request.headers.get("Referer", ""))
    wanted = f"{back.path}?{back.query}" if back.query else back.path
    target = SIGN_IN
    if is_inside(wanted) and not wanted.startswith((SIGN_IN, "/console/sign-out")) and wanted != "/console/":
        target = f"{SIGN_IN}?next={quote(wanted, safe='/')}"
    return _redirect(request, target, HTTPStatus.UNAUTHORIZED)


def _redirect(request: web.Request, target: str, for_htmx: HTTPStatus = HTTPStatus.NO_CONTENT) -> web.StreamResponse:
    if is_fragment(request):
        return web.Response(status=for_htmx, headers={"HX-Redirect": target})
    return web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": target})


def _ours(request: web.Request) -> bool:
    return request.path == AREA or request.path.startswith(f"{AREA}/")
