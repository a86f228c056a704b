"""Connections to our HTTP port: deadlines for what a client owes us, a bound on their number, an orderly end.

aiohttp bounds the size of a request, not the time it takes: a client that sends one byte now and then keeps its
connection for an hour. Here each connection carries one deadline (its first request, the headers of a request, its
body, the next request, the reading of our answer), looked at once a second for all of them.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from math import inf
from typing import Any, cast

from aiohttp import web
from aiohttp.web_request import BaseRequest

from wxbot.logs import get_logger
from wxbot.metrics import CONNECTIONS_CLOSED, MALFORMED_REQUESTS

log = get_logger(__name__)

FIRST_SECONDS = 10.0  # from the connection to the end of the first request's headers
HEADER_SECONDS = 10.0  # from a later request's first byte to the end of its headers
BODY_SECONDS = 20.0  # for a body, and more as it arrives at SLOWEST or faster (Apache's mod_reqtimeout: body=20)
SLOWEST = 4 * 1024  # bytes per second; below it a line is not usable for an upload
IDLE_SECONDS = 150.0  # between requests; longer than nginx (60 s) and Caddy (120 s) keep theirs
UNREAD_SECONDS = 60.0  # an answer of ours that nobody reads
LINGER_SECONDS = 2.0  # how long the rest of a refused body is read, so that the refusal arrives
SWEEP_SECONDS = 1.0  # between looks at the deadlines
CUT_SECONDS = 1.0  # after a stop was asked for: then whoever still sends a body or reads nothing is cut off
LOOK_SECONDS = 0.02  # between looks whether the requests in hand are through
CANCEL_SECONDS = 0.5  # for a request that is cancelled to end

SERVER_NAME = "wxbot"  # in the Server header, where aiohttp names its version and Python's

Handler = Callable[[BaseRequest], Awaitable[web.StreamResponse]]


class Connection(web.RequestHandler):
    """One client's connection."""

    def __init__(self, connections: "Connections", **options: Any) -> None:
        super().__init__(connections, **options)
        self._connections = connections
        self._now = options["loop"].time  # seconds on the event loop's clock
        self._client: asyncio.Transport | None = None
        self._content: Any = None  # of the request in hand, a StreamReader
        self._began = 0.0
        self._received = 0  # bytes of the request in hand, its headers included
        self._sends_headers = False
        self._unread_since = inf
        self.deadline = inf
        self.in_hand = False  # a request is being handled

    @property
    def stopping(self) -> bool:
        """Whether the service stops: this answer is the connection's last."""
        return self._connections.stopping

    @property
    def stuck(self) -> bool:
        """Whether the client is what the request in hand waits for."""
        return self._unread_since < inf or (self.in_hand and not self._content.is_eof())

    # -- told by the event loop ------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Somebody has connected."""
        self._client = cast("asyncio.Transport", transport)
        super().connection_made(transport)
        self.deadline = self._now() + FIRST_SECONDS
        self._connections.admit(self)

    def data_received(self, data: bytes) -> None:
        """Bytes of a request."""
        self._received += len(data)
        if not self.in_hand and not self._sends_headers:
            self._sends_headers = True
            self.deadline = min(self.deadline, self._now() + HEADER_SECONDS)
        super().data_received(data)

    def connection_lost(self, exc: BaseException | None) -> None:
        """The client is gone, or was cut off."""
        self._connections.forget(self)
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """The client reads more slowly than we write."""
        self._unread_since = self._now()
        super().pause_writing()

    def resume_writing(self) -> None:
        """It has caught up."""
        self._unread_since = inf
        super().resume_writing()

    # -- one request -----------------------------------------------------------------------------------------

    def begin(self, request: BaseRequest) -> None:
        """The headers are through; the body may still be on its way."""
        self.in_hand, self._sends_headers = True, False
        self._content, self._began = request.content, self._now()
        self.deadline = inf if self._content.is_eof() else self._began + BODY_SECONDS

    def end(self) -> None:
        """The request is handled; its answer is sent and the next request may come."""
        self.in_hand, self._received = False, 0
        self.deadline = self._now() + IDLE_SECONDS

    def check(self, now: float) -> None:
        """Cut the client off when it keeps a deadline waiting."""
        if now - self._unread_since > UNREAD_SECONDS:
            self.cut("unread")
        elif now < self.deadline:
            return
        elif not self.in_hand:
            self.cut("headers" if self._sends_headers else "idle")
        elif self._content.is_eof():
            self.deadline = inf
        else:
            self.deadline = self._began + BODY_SECONDS + self._received / SLOWEST
            if now >= self.deadline:
                self.cut("body")

    def cut(self, reason: str) -> None:
        """End the connection at once, without an answer."""
        CONNECTIONS_CLOSED.labels(reason).inc()
        if self._client is not None:
            self._client.abort()

    # -- errors ----------------------------------------------------------------------------------------------

    def handle_error(
        self, request: BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> web.StreamResponse:
        """The answer to what is no HTTP, and to a handler that failed. Only the latter is our fault and traced."""
        malformed = status == web.HTTPBadRequest.status_code or isinstance(exc, web.RequestPayloadError)
        if malformed:
            MALFORMED_REQUESTS.inc()
            log.warning("request_malformed", error=type(exc).__name__)
            if request.writer.output_size:
                raise ConnectionError("the answer has begun already")
            answer: web.StreamResponse = web.Response(status=web.HTTPBadRequest.status_code, text="bad request")
        elif isinstance(exc, ConnectionError):  # gone in the middle of its body
            raise exc
        else:
            answer = super().handle_error(request, status, exc, message)
        answer.headers["Server"] = SERVER_NAME
        answer.force_close()
        return answer


class Connections(web.Server):
    """Every connection to our port. Called by the event loop for each new one."""

    def __init__(self, handler: Handler, *, most: int, **options: Any) -> None:
        """`most` connections at a time: beyond it the one that has been without a request for longest is cut off."""
        super().__init__(self._handle, **options)
        self._answer = handler
        self._options = options
        self._most = most
        self._open: set[Connection] = set()
        self._without_request: dict[Connection, None] = {}  # since longest first
        self._sweeping: asyncio.Task[None] | None = None
        self.stopping = False

    def __call__(self) -> web.RequestHandler:
        """A connection that is about to be made."""
        options = {name: value for name, value in self._options.items() if name != "request_factory"}
        return Connection(self, loop=asyncio.get_running_loop(), **options)

    @staticmethod
    def now() -> float:
        """Seconds on the event loop's clock."""
        return asyncio.get_running_loop().time()

    def admit(self, connection: Connection) -> None:
        """Take a new connection in, for an older one if there are too many."""
        if self.stopping:
            connection.cut("stopping")
            return
        self._open.add(connection)
        self._without_request[connection] = None
        if self._sweeping is None:
            self._sweeping = asyncio.create_task(self._sweep())
        if len(self._open) > self._most:
            next(iter(self._without_request)).cut("full")  # the newest itself when all others are at work

    def forget(self, connection: Connection) -> None:
        """It has ended."""
        self._open.discard(connection)
        self._without_request.pop(connection, None)

    async def stop(self, within: float) -> None:
        """Answer what is in hand, for so many seconds at most; then end every connection. Accepts none any more."""
        self.stopping = True
        self.pre_shutdown()
        until, began = self.now() + within, self.now()
        while (busy := [each for each in self._open if each.in_hand]) and self.now() < until:
            if self.now() > began + CUT_SECONDS:
                for each in busy:
                    if each.stuck:
                        each.cut("stopping")
            await asyncio.sleep(LOOK_SECONDS)
        if busy:
            log.warning("requests_cancelled", count=len(busy))
        if self._sweeping is not None:
            self._sweeping.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._sweeping
        await self.shutdown(CANCEL_SECONDS)

    async def _handle(self, request: BaseRequest) -> web.StreamResponse:
        connection = cast("Connection", request.protocol)
        self._without_request.pop(connection, None)
        connection.begin(request)
        try:
            return await self._answer(request)
        finally:
            connection.end()
            if connection in self._open:
                self._without_request[connection] = None

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            now = self.now()
            for connection in tuple(self._open):
                connection.check(now)


async def finish_headers(request: web.Request, answer: web.StreamResponse) -> None:
    """On every answer (a signal: `on_response_prepare`): no versions; the last one of a service that stops says so."""
    answer.headers["Server"] = SERVER_NAME
    connection = request.protocol
    if isinstance(connection, Connection) and connection.stopping:
        answer.headers["Connection"] = "close"
        answer.force_close()
