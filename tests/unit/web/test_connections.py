"""Connections over real sockets: deadlines, their number, malformed requests, what the headers tell, the stop."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import pytest
from aiohttp import web
from prometheus_client import REGISTRY

from wxbot.web import connections, listener
from wxbot.web.connections import Connection, finish_headers
from wxbot.web.listener import listening

PATIENCE = 30.0  # seconds that a busy machine may take
SHORT, LONG = 0.2, 60.0
ASK = b"GET /quick HTTP/1.1\r\nHost: clinic\r\n\r\n"
LARGE = 64 * 1024 * 1024  # bytes; more than any socket buffers

Socket = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Connect = Callable[[], Awaitable[Socket]]


async def quick(_request: web.Request) -> web.Response:
    return web.Response(text="quick")


async def echo(request: web.Request) -> web.Response:
    return web.Response(text=str(len(await request.read())))


async def large(request: web.Request) -> web.StreamResponse:
    answer = web.StreamResponse()
    await answer.prepare(request)
    for _ in range(LARGE // 65536):
        await answer.write(bytes(65536))
    return answer


async def fail(_request: web.Request) -> web.Response:
    raise ValueError("our fault")


def application() -> web.Application:
    app = web.Application(client_max_size=1024 * 1024)
    app.on_response_prepare.append(finish_headers)
    app.router.add_get("/quick", quick)
    app.router.add_get("/large", large)
    app.router.add_get("/fail", fail)
    app.router.add_post("/echo", echo)
    return app


@pytest.fixture(autouse=True)
def deadlines(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """No deadline passes but the one that a test shortens."""
    for name in ("FIRST_SECONDS", "HEADER_SECONDS", "BODY_SECONDS", "IDLE_SECONDS", "UNREAD_SECONDS"):
        monkeypatch.setattr(connections, name, LONG)
    monkeypatch.setattr(connections, "SWEEP_SECONDS", 0.02)
    return monkeypatch


@asynccontextmanager
async def served(app: web.Application | None = None) -> AsyncIterator[Connect]:
    """A way to connect to the application, until the test is through."""
    async with AsyncExitStack() as clients, listening(app or application(), "127.0.0.1", 0) as address:
        port = urlsplit(address).port

        async def connect() -> Socket:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            clients.callback(writer.close)
            return reader, writer

        yield connect


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def cut(reason: str) -> float:
    return counted("wxbot_connections_closed_total", reason=reason)


async def ended(reader: asyncio.StreamReader) -> bytes:
    """What still came until the other side ended the connection."""
    async with asyncio.timeout(PATIENCE):
        with contextlib.suppress(ConnectionResetError):
            return await reader.read()
    return b""


async def answered(reader: asyncio.StreamReader) -> bytes:
    """The head of an answer."""
    async with asyncio.timeout(PATIENCE):
        return await reader.readuntil(b"\r\n\r\n")


async def trickle(writer: asyncio.StreamWriter, piece: bytes) -> None:
    """Send a byte now and then until the other side has had enough."""
    with contextlib.suppress(ConnectionError):
        while not writer.is_closing():
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(SHORT / 10)


async def test_a_client_that_sends_nothing_is_cut_off(deadlines: pytest.MonkeyPatch) -> None:
    deadlines.setattr(connections, "FIRST_SECONDS", SHORT)
    before = cut("idle")
    async with served() as connect:
        reader, _ = await connect()
        assert await ended(reader) == b""
    assert cut("idle") == before + 1


@pytest.mark.parametrize("asked_before", [False, True])
async def test_headers_that_trickle_are_cut_off(deadlines: pytest.MonkeyPatch, asked_before: bool) -> None:
    deadlines.setattr(connections, "HEADER_SECONDS", SHORT)
    before = cut("headers")
    async with served() as connect:
        reader, writer = await connect()
        if asked_before:
            writer.write(ASK)
            assert (await answered(reader)).startswith(b"HTTP/1.1 200")
            await reader.readexactly(len("quick"))
        writer.write(b"GET /quick HTTP/1.1\r\nHost: clinic\r\nX-Slow: ")
        trickling = asyncio.create_task(trickle(writer, b"a"))
        assert await ended(reader) == b""
        await trickling
    assert cut("headers") == before + 1


async def test_a_body_that_trickles_is_cut_off_without_a_trace(
    deadlines: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    deadlines.setattr(connections, "BODY_SECONDS", SHORT)
    before = cut("body")
    async with served() as connect:
        reader, writer = await connect()
        writer.write(b"POST /echo HTTP/1.1\r\nHost: clinic\r\nContent-Length: 100000\r\n\r\n")
        trickling = asyncio.create_task(trickle(writer, b"a"))
        assert await ended(reader) == b""
        await trickling
    assert cut("body") == before + 1
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_a_body_that_arrives_at_a_usable_rate_may_take_longer(deadlines: pytest.MonkeyPatch) -> None:
    deadlines.setattr(connections, "BODY_SECONDS", 0.0)
    deadlines.setattr(connections, "SLOWEST", 1000)
    looks: list[float] = []
    check = Connection.check

    def counted_check(each: Connection, now: float) -> None:
        looks.append(now)
        check(each, now)

    deadlines.setattr(Connection, "check", counted_check)
    async with served() as connect:
        reader, writer = await connect()
        writer.write(b"POST /echo HTTP/1.1\r\nHost: clinic\r\nContent-Length: 200000\r\n\r\n" + bytes(199_999))
        async with asyncio.timeout(PATIENCE):
            while len(looks) < 10:
                await asyncio.sleep(0.01)
        writer.write(b"!")
        assert (await answered(reader)).startswith(b"HTTP/1.1 200")


async def test_an_answer_that_nobody_reads_is_cut_off(deadlines: pytest.MonkeyPatch) -> None:
    deadlines.setattr(connections, "UNREAD_SECONDS", SHORT)
    before = cut("unread")
    async with served() as connect:
        reader, writer = await connect()
        writer.write(b"GET /large HTTP/1.1\r\nHost: clinic\r\n\r\n")
        async with asyncio.timeout(PATIENCE):
            while cut("unread") == before:
                await asyncio.sleep(0.01)
        assert len(await ended(reader)) < LARGE


async def test_half_open_connections_beyond_the_bound_make_room_for_new_ones(deadlines: pytest.MonkeyPatch) -> None:
    deadlines.setattr(listener, "MOST_CONNECTIONS", 20)
    before = cut("full")
    async with served() as connect:
        worker, to_worker = await connect()
        to_worker.write(b"POST /echo HTTP/1.1\r\nHost: clinic\r\nContent-Length: 5\r\n\r\n")
        idle = [await connect() for _ in range(200)]
        for _ in range(20):
            reader, writer = await connect()
            writer.write(ASK)
            assert (await answered(reader)).startswith(b"HTTP/1.1 200")
        to_worker.write(b"hello")
        assert (await answered(worker)).startswith(b"HTTP/1.1 200")  # who is at work keeps the connection
        assert await ended(idle[0][0]) == b""
    assert cut("full") >= before + 200


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 a TLS hello \r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nBad Header\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: no\r\n\r\n",
        b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
        b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET / HTTP/1.1\r\n" + b"".join(b"H%d: a\r\n" % number for number in range(500)) + b"\r\n",
    ],
    ids=["tls", "header", "version", "length", "long", "chunk", "many-headers"],
)
async def test_a_malformed_request_is_counted_and_told_in_one_line(
    request_bytes: bytes, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    before = counted("wxbot_malformed_requests_total")
    async with served() as connect:
        reader, writer = await connect()
        writer.write(request_bytes)
        answer = await ended(reader)
    assert answer.startswith((b"HTTP/1.1 400", b"HTTP/1.0 400"))
    assert answer.endswith(b"bad request")
    assert counted("wxbot_malformed_requests_total") == before + 1
    assert caplog.records == []  # aiohttp's own logger has nothing to say
    said = capsys.readouterr()
    assert (said.out + said.err).count("request_malformed") == 1
    assert "Traceback" not in said.out + said.err


@pytest.mark.parametrize("path", ["/quick", "/nothing", "/fail", "/quick HTTP/1.1\r\nBad Header\r\nX: /"])
async def test_no_answer_tells_which_versions_we_run(path: str) -> None:
    async with served() as connect:
        reader, writer = await connect()
        writer.write(f"GET {path} HTTP/1.1\r\nHost: clinic\r\nConnection: close\r\n\r\n".encode())
        answer = (await ended(reader)).lower()
    assert b"\r\nserver: wxbot\r\n" in answer
    assert b"aiohttp" not in answer
    assert b"python" not in answer


class Busy:
    """An application with a request in hand that ends when it is told to."""

    def __init__(self) -> None:
        self.go, self.begun = asyncio.Event(), asyncio.Event()
        self.app = application()
        self.app.router.add_get("/busy", self.busy)

    async def busy(self, _request: web.Request) -> web.Response:
        self.begun.set()
        await self.go.wait()
        return web.Response(text="done")


@asynccontextmanager
async def stopping(app: web.Application, prepare: Callable[[Connect], Awaitable[Any]]) -> AsyncIterator[Any]:
    """Serve, prepare, and stop while the body of the `async with` runs; its end waits for the end of the stop."""
    asked, ready = asyncio.Event(), asyncio.get_running_loop().create_future()

    async def serve() -> None:
        async with served(app) as connect:
            ready.set_result(await prepare(connect))
            await asked.wait()

    serving = asyncio.create_task(serve())
    found = await ready
    asked.set()
    yield found
    async with asyncio.timeout(PATIENCE):
        await serving


async def test_a_stop_answers_what_is_in_hand_and_says_that_it_was_the_last() -> None:
    busy = Busy()

    async def prepare(connect: Connect) -> Socket:
        await connect()  # one without a request, and one that has asked before
        _, writer = await connect()
        writer.write(ASK)
        reader, writer = await connect()
        writer.write(b"GET /busy HTTP/1.1\r\nHost: clinic\r\n\r\n")
        await busy.begun.wait()
        return reader, writer

    async with stopping(busy.app, prepare) as (reader, _):
        await asyncio.sleep(0)
        busy.go.set()
        answer = await ended(reader)
    assert answer.endswith(b"done")
    assert b"\r\nconnection: close\r\n" in answer.lower()


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GET /large HTTP/1.1\r\nHost: clinic\r\n\r\n",
        b"POST /echo HTTP/1.1\r\nHost: clinic\r\nContent-Length: 100\r\n\r\nhalf",
        b"POST /nothing HTTP/1.1\r\nHost: clinic\r\nContent-Length: 100\r\n\r\nhalf",  # the rest is thrown away
        b"POST /echo HTTP/1.1\r\nHost: cli",
        b"GET /busy HTTP/1.1\r\nHost: clinic\r\n\r\n",
    ],
    ids=["unread", "half-a-body", "refused", "half-a-header", "a-handler-without-end"],
)
async def test_a_stop_does_not_wait_for_whoever_keeps_it_waiting(
    deadlines: pytest.MonkeyPatch, request_bytes: bytes
) -> None:
    deadlines.setattr(connections, "CUT_SECONDS", SHORT)
    deadlines.setattr(connections, "CANCEL_SECONDS", SHORT)
    deadlines.setattr(listener, "FINISH_SECONDS", 1.0)

    async def prepare(connect: Connect) -> float:
        _, writer = await connect()
        writer.write(request_bytes)
        reader, other = await connect()
        other.write(ASK)
        await answered(reader)  # by then the first has arrived, too
        return monotonic()

    async with stopping(Busy().app, prepare) as began:
        pass
    assert monotonic() - began < 8.0  # aiohttp waits 10 s for a rest and, before, twice the limit for a handler


async def test_fifteen_hundred_half_open_connections_slow_nobody_down(deadlines: pytest.MonkeyPatch) -> None:
    deadlines.setattr(connections, "HEADER_SECONDS", 5.0)

    async def seconds(connect: Connect) -> float:
        """The median of requests on new connections."""
        took = []
        for _ in range(40):
            began = monotonic()
            reader, writer = await connect()
            writer.write(ASK)
            assert (await answered(reader)).startswith(b"HTTP/1.1 200")
            took.append(monotonic() - began)
            writer.close()
        return sorted(took)[20]

    before = cut("headers") + cut("full")
    async with served() as connect:
        usual = await seconds(connect)
        half = [await connect() for _ in range(1500)]
        for _, writer in half:
            writer.write(b"POST /echo HTTP/1.1\r\nHost: cli")
        meanwhile = await seconds(connect)
        await asyncio.gather(*(ended(reader) for reader, _ in half))
    assert meanwhile < 5 * usual + 0.05
    assert cut("headers") + cut("full") == before + 1500
