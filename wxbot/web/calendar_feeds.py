"""GET /feeds/{token}.ics: a practitioner's calendar for whoever holds the link. Nothing else is said to anybody.

The token is a secret in an address: it stands in no log line of ours, in no answer, and no cache keeps the file.
"""

from dataclasses import dataclass, field
from http import HTTPStatus

from aiohttp import web

from wxbot.database import PyMongoError
from wxbot.errors import NotFoundError
from wxbot.logs import get_logger
from wxbot.web.console.keys import SERVICES
from wxbot.web.keys import FEED_ADDRESS
from wxbot.web.patient.rate_limit import RateLimit
from wxbot.web.proxies import TrustedProxies, throttle_source

log = get_logger(__name__)

TRY_AGAIN = 60  # seconds
HEADERS = {
    "Cache-Control": "private, no-cache",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
    "Content-Security-Policy": "default-src 'none'",
}


@dataclass(frozen=True)
class FeedEdge:
    """Who may ask how often: a calendar asks every quarter of an hour, somebody who guesses asks more."""

    proxies: TrustedProxies
    per_address: RateLimit = field(default_factory=lambda: RateLimit(60, 60))


EDGE = web.AppKey("calendar_feeds", FeedEdge)


def install_calendar_feeds(app: web.Application, proxies: TrustedProxies) -> None:
    """Make the feeds part of `app`, which has its services already."""
    app[EDGE] = FeedEdge(proxies)
    app.router.add_get(FEED_ADDRESS, feed)


async def feed(request: web.Request) -> web.Response:
    """The calendar; 304 where the reader has it, 404 for any link that is not open, 429 for who asks too often."""
    edge, services = request.app[EDGE], request.app[SERVICES]
    source = throttle_source(edge.proxies.caller(request).address)
    if not edge.per_address.allows(source, services.clock.monotonic()):
        return _nothing(HTTPStatus.TOO_MANY_REQUESTS)
    try:
        found = await services.calendar_feeds.read(request.match_info["token"], services.clock.now())
    except NotFoundError:
        return _nothing(HTTPStatus.NOT_FOUND)
    except PyMongoError as error:
        log.warning("calendar_feed_failed", error=type(error).__name__)
        return _nothing(HTTPStatus.SERVICE_UNAVAILABLE)
    headers = {**HEADERS, "ETag": found.etag}
    if found.etag in [each.strip().removeprefix("W/") for each in request.headers.get("If-None-Match", "").split(",")]:
        return web.Response(status=HTTPStatus.NOT_MODIFIED, headers=headers)
    return web.Response(body=found.body, content_type="text/calendar", charset="utf-8", headers=headers)


def _nothing(status: HTTPStatus) -> web.Response:
    again = {} if status is HTTPStatus.NOT_FOUND else {"Retry-After": str(TRY_AGAIN)}
    return web.Response(status=status, text=status.phrase, headers={**HEADERS, **again})
