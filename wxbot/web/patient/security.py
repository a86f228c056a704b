"""Access to the patients' pages: headers on every answer; session, form token and pace before any handler."""

from http import HTTPStatus
from urllib.parse import urlsplit

from aiohttp import web

from wxbot.database import PyMongoError
from wxbot.errors import DomainError, NotFoundError
from wxbot.logs import get_logger
from wxbot.patients.models import Contact
from wxbot.web.patient import cookies, login, privacy
from wxbot.web.patient.frame import NothingShownError, notice, page, services_of, words_of
from wxbot.web.patient.keys import CONTACT, FORM_TOKEN, LIMITS, PAGES, Handler
from wxbot.web.patient.sessions import AREA, form_token, read_session, same

log = get_logger(__name__)

STATIC = "/w/static/"
READING = frozenset({"GET", "HEAD"})
FORM_FIELD = "form_token"
OPEN = frozenset({login.RETURN, privacy.PATH})  # without a session

CONTENT_SECURITY_POLICY = (  # scripts of our own only; every page works without them
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_NOTICES: tuple[tuple[type[Exception], str, int], ...] = (
    (PyMongoError, "trouble", HTTPStatus.SERVICE_UNAVAILABLE),
    (web.HTTPRequestEntityTooLarge, "form", HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    (web.HTTPNotFound, "gone", HTTPStatus.NOT_FOUND),
    (web.HTTPMethodNotAllowed, "gone", HTTPStatus.METHOD_NOT_ALLOWED),
)
HSTS = "max-age=31536000"  # seconds, a year


async def add_headers(request: web.Request, answer: web.StreamResponse) -> None:
    """On every answer of these pages (a signal: `on_response_prepare`)."""
    if not request.path.startswith(AREA):
        return
    for name, value in HEADERS.items():
        answer.headers.setdefault(name, value)
    answer.headers.setdefault("Cache-Control", "no-store")  # patients' data stays in no cache
    if cookies.is_https(request):
        answer.headers["Strict-Transport-Security"] = HSTS


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Find out whose session it is, refuse what no page of ours sent, and turn errors into kind pages."""
    if not request.path.startswith(AREA) or request.path.startswith(STATIC):
        return await handler(request)
    try:
        return await _guarded(request, handler)
    except NothingShownError as error:
        return notice(request, error.kind, error.status)
    except DomainError as error:
        if isinstance(error, NotFoundError):
            return notice(request, "gone", HTTPStatus.NOT_FOUND)
        words = words_of(request, error)
        return page(request, "refused.html", {"words": words}, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    except Exception as error:
        found = next((each for each in _NOTICES if isinstance(error, each[0])), None)
        if found is None and isinstance(error, web.HTTPException | web.RequestPayloadError | ConnectionError):
            raise
        if found is None:
            log.exception("page_failed", method=request.method)
        _, kind, status = found or (Exception, "trouble", HTTPStatus.INTERNAL_SERVER_ERROR)
        return notice(request, kind, status)


async def _guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
    pages, services = request.app[PAGES], services_of(request)
    if not pages.public_url and not pages.demo:
        raise NothingShownError("closed", HTTPStatus.NOT_FOUND)
    if request.path in OPEN:
        return await handler(request)
    reads = request.method in READING
    session = cookies.read(request, cookies.SESSION)
    contact = await _signed_in(request, session)
    if contact is None:
        if not reads:
            raise NothingShownError("form", HTTPStatus.FORBIDDEN)
        return login.begin(request, request.path_qs)
    if not contact.following:
        raise NothingShownError("follow", HTTPStatus.FORBIDDEN)
    limits = request.app[LIMITS]
    if not (limits.reads if reads else limits.writes).allows(contact.id, services.clock.monotonic()):
        raise NothingShownError("often", HTTPStatus.TOO_MANY_REQUESTS)
    request[CONTACT], request[FORM_TOKEN] = contact, form_token(pages.secret, session)
    if not reads and not await _meant(request):
        log.info("page_write_without_token", contact_id=contact.id)
        raise NothingShownError("form", HTTPStatus.FORBIDDEN)
    return await handler(request)


async def _signed_in(request: web.Request, session: str) -> Contact | None:
    """Whose session it is; nobody's once the contact was erased."""
    services = services_of(request)
    contact_id = read_session(request.app[PAGES].secret, session, services.clock.machine_now())
    if contact_id is None:
        return None
    contact = (await services.patients.contacts([contact_id])).get(contact_id)
    return None if contact is None or contact.openid is None else contact


async def _meant(request: web.Request) -> bool:
    """Whether a write comes from a page of ours: where it came from, and the token that only our pages know."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        return False
    origin = request.headers.get("Origin")
    if origin is not None:
        hosts = {request.host, urlsplit(request.app[PAGES].public_url).netloc} - {""}
        try:
            host = urlsplit(origin).netloc
        except ValueError:
            return False
        if host not in hosts:
            return False
    given = (await request.post()).get(FORM_FIELD, "")
    return same(given if isinstance(given, str) else "", request[FORM_TOKEN])
