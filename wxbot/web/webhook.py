"""/wechat/callback: bytes in, bytes out. The gateway judges, dispatch answers (reference §1)."""

import asyncio
from http import HTTPStatus

from aiohttp import web

from wxbot.database import PyMongoError
from wxbot.dispatch.in_flight import REPLY_WITHIN_SECONDS, NotClaimedError
from wxbot.dispatch.replies import WireReply
from wxbot.errors import PushRefusedError
from wxbot.logs import get_logger
from wxbot.metrics import PUSH_SECONDS, PUSHES
from wxbot.web.keys import CLOCK, DISPATCHER, GATEWAY, UNANSWERED, Incoming

log = get_logger(__name__)

HELD_SECONDS = 5.3  # what cannot be claimed is not answered before the platform has hung up, after 5 (reference §1.5)
CLAIM_AGAIN_SECONDS = 0.2  # between attempts at a claim


async def verify(request: web.Request) -> web.Response:
    """The platform's GET check when the callback is set up."""
    try:
        echo = request.app[GATEWAY].verify(request.query)
    except PushRefusedError as error:
        return _refused(error.status, error)
    return web.Response(text=echo)


async def receive(request: web.Request) -> web.Response:
    """One push. Answers 200 only for what is safely claimed.

    The platform promises to send a push again when it had no answer in five seconds, and for nothing else: what cannot
    be claimed is not answered while it waits. It is tried until then; the database may be back before.
    """
    clock = request.app[CLOCK]
    started = clock.monotonic()
    gateway = request.app[GATEWAY]
    try:
        incoming = gateway.open(request.query, await request.read())
    except PushRefusedError as error:
        if error.from_platform:
            request.app[UNANSWERED].note()
        return _refused(error.status, error)
    except web.HTTPRequestEntityTooLarge as error:
        return _refused(error.status, error)
    except web.RequestPayloadError as error:  # compressed or chunked, and not rightly so
        return _refused(HTTPStatus.BAD_REQUEST, error)
    try:
        reply = await _answer(request, incoming)
    except (PyMongoError, NotClaimedError) as error:
        PUSHES.labels("try_again").inc()
        request.app[UNANSWERED].note()
        log.warning("push_not_taken", key=incoming.update.key, error=type(error).__name__)
        return _unanswered()
    except Exception:
        PUSHES.labels("failed").inc()
        request.app[UNANSWERED].note()
        log.exception("push_failed", key=incoming.update.key)
        return _unanswered()
    body = gateway.seal(incoming, reply, now=clock.now())
    PUSH_SECONDS.observe(clock.monotonic() - started)
    return web.Response(body=body, content_type="text/xml" if reply is not None else "text/plain")


async def _answer(request: web.Request, incoming: Incoming) -> WireReply | None:
    """The answer to a push that is claimed. Whatever is raised instead is raised when nobody waits any more."""
    loop = asyncio.get_running_loop()
    held_until, answered_by = loop.time() + HELD_SECONDS, loop.time() + REPLY_WITHIN_SECONDS
    within: float | None = None  # as long as the dispatcher waits for an answer by itself
    while True:
        try:
            return await request.app[DISPATCHER].answer(incoming.update, incoming.xml, within)
        except (PyMongoError, NotClaimedError):
            left = held_until - loop.time()
            if left <= 0:
                raise
            await asyncio.sleep(min(CLAIM_AGAIN_SECONDS, left))
            within = max(CLAIM_AGAIN_SECONDS, answered_by - loop.time())
        except Exception:
            await asyncio.sleep(max(0.0, held_until - loop.time()))
            raise


def _unanswered() -> web.Response:
    """For whoever is still there; what was claimed already is finished by the sweep."""
    return web.Response(status=HTTPStatus.SERVICE_UNAVAILABLE, text="try again")


def _refused(status: int, error: Exception) -> web.Response:
    PUSHES.labels(f"refused_{status}").inc()
    log.warning("push_refused", status=status, reason=str(error))
    return web.Response(status=status, text="refused")
