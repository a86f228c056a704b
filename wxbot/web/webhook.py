"""/wechat/callback: bytes in, bytes out. The gateway judges, dispatch answers (reference §1)."""

from http import HTTPStatus

from aiohttp import web

from wxbot.database import PyMongoError
from wxbot.dispatch.in_flight import NotClaimedError
from wxbot.errors import PushRefusedError
from wxbot.logs import get_logger
from wxbot.metrics import PUSH_SECONDS, PUSHES
from wxbot.web.keys import CLOCK, DISPATCHER, GATEWAY

log = get_logger(__name__)


async def verify(request: web.Request) -> web.Response:
    """The platform's GET check when the callback is set up."""
    try:
        echo = request.app[GATEWAY].verify(request.query)
    except PushRefusedError as error:
        return _refused(error.status, error)
    return web.Response(text=echo)


async def receive(request: web.Request) -> web.Response:
    """One push. Answers 200 only for what is safely claimed, so that the platform comes again otherwise."""
    clock = request.app[CLOCK]
    started = clock.monotonic()
    gateway = request.app[GATEWAY]
    try:
        incoming = gateway.open(request.query, await request.read())
    except PushRefusedError as error:
        return _refused(error.status, error)
    except web.HTTPRequestEntityTooLarge as error:
        return _refused(error.status, error)
    except web.RequestPayloadError as error:  # compressed or chunked, and not rightly so
        return _refused(HTTPStatus.BAD_REQUEST, error)
    try:
        reply = await request.app[DISPATCHER].answer(incoming.update, incoming.xml)
    except (PyMongoError, NotClaimedError) as error:
        PUSHES.labels("try_again").inc()
        log.warning("push_not_taken", key=incoming.update.key, error=type(error).__name__)
        return _try_again()
    except Exception:
        PUSHES.labels("failed").inc()
        log.exception("push_failed", key=incoming.update.key)
        return _try_again()
    body = gateway.seal(incoming, reply, now=clock.now())
    PUSH_SECONDS.observe(clock.monotonic() - started)
    return web.Response(body=body, content_type="text/xml" if reply is not None else "text/plain")


def _try_again() -> web.Response:
    """The platform comes again; what was claimed already is finished by the sweep."""
    return web.Response(status=HTTPStatus.SERVICE_UNAVAILABLE, text="try again")


def _refused(status: int, error: Exception) -> web.Response:
    PUSHES.labels(f"refused_{status}").inc()
    log.warning("push_refused", status=status, reason=str(error))
    return web.Response(status=status, text="refused")
