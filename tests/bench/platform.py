"""A platform API that answers after a chosen time and counts what it was sent: `python -m tests.bench.platform PORT`.

`POST /bench {"latency": s}` starts a new count; `GET /bench` tells it.
"""

import asyncio
import json
import sys
import time
from collections import Counter
from typing import Any, cast

import uvloop

TOKEN_BODY = {"access_token": "bench-token", "expires_in": 7200}
SEND = b"/cgi-bin/message/custom/send"


class Tally:
    """What arrived since the last reset."""

    def __init__(self) -> None:
        self.reset(0.0)

    def reset(self, latency: float) -> None:
        self.latency = latency
        self.sends: Counter[str] = Counter()
        self.in_flight = self.most_in_flight = 0
        self.first = self.last = 0.0

    def came(self, body: bytes) -> None:
        self.sends[json.loads(body)["touser"]] += 1
        self.first = self.first or time.monotonic()
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)

    def went(self) -> None:
        self.in_flight -= 1
        self.last = time.monotonic()

    def told(self) -> dict[str, Any]:
        return {
            "sends": self.sends.total(),
            "people": len(self.sends),
            "twice": sum(1 for times in self.sends.values() if times > 1),
            "most_in_flight": self.most_in_flight,
            "first": self.first,
            "last": self.last,
        }


class Api(asyncio.Protocol):
    """Just enough HTTP for one client that asks one thing at a time."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head = self._buffer.find(b"\r\n\r\n")
        if head < 0:
            return
        lowered = self._buffer[:head].lower()
        start = lowered.find(b"content-length:")
        length = int(lowered[start + 15 :].split(b"\r", 1)[0]) if start >= 0 else 0
        if len(self._buffer) < head + 4 + length:
            return
        body = self._buffer[head + 4 : head + 4 + length]
        method, path = self._buffer.split(b" ", 2)[:2]
        self._buffer = self._buffer[head + 4 + length :]
        self._answer(method, path.split(b"?", 1)[0], body)

    def _answer(self, method: bytes, path: bytes, body: bytes) -> None:
        tally = self._tally
        if path == SEND:
            tally.came(body)
            if tally.latency:
                asyncio.get_running_loop().call_later(tally.latency, self._accept)
            else:
                self._accept()
        elif path == b"/bench":
            if method == b"POST":
                tally.reset(float(json.loads(body)["latency"]))
            self._write(tally.told())
        elif path == b"/cgi-bin/stable_token":
            self._write(TOKEN_BODY)
        else:
            self._write({"errcode": 0, "errmsg": "ok"})

    def _accept(self) -> None:
        self._tally.went()
        self._write({"errcode": 0, "errmsg": "ok"})

    def _write(self, answer: dict[str, Any]) -> None:
        body = json.dumps(answer).encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        if self._transport is not None:
            self._transport.write(head.encode() + body)


async def main(port: int) -> None:
    """Serve until killed."""
    tally = Tally()
    server = await asyncio.get_running_loop().create_server(lambda: Api(tally), "127.0.0.1", port, backlog=1024)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))
