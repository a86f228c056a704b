"""The load generator: a process of its own that builds its requests first and then does little but write and read.

`python -m tests.bench.load` reads a `Load` as JSON on stdin and writes its `Outcome` as JSON on stdout.
"""

import asyncio
import gc
import json
import sys
import time
from collections import deque
from dataclasses import asdict, dataclass, field
from typing import cast

import uvloop

from .account import Texts, pushes

TICK = 0.001  # seconds between looks at what is due in an open loop
MOST_CONNECTIONS = 2_000  # of an open loop that falls behind; beyond them requests wait here, and that counts
SETTLE_SECONDS = 30.0  # how long the last answers may take
MOST_BAD = 20  # wrong answers after which a run is given up: it measures nothing any more
GOOD = b"HTTP/1.1 200"


@dataclass(frozen=True, kw_only=True)
class Load:
    """What to send. `rate` None: closed loop, as fast as `connections` allow; else so many per second regardless."""

    ports: list[int]
    first: int  # number of the first push; every push of a run has its own
    count: int
    people: tuple[int, int]  # from, to
    connections: int
    rate: float | None = None
    build: int | None = None  # build only so many and repeat them (for servers that look at nothing)
    expect: str = "<Encrypt>"  # what must stand in the answer
    texts: Texts = "mixed"  # what is written


@dataclass(kw_only=True)
class Outcome:
    """What came of it. Latencies in milliseconds."""

    answered: int = 0
    bad: int = 0
    per_second: float = 0.0
    p50: float = 0.0
    p99: float = 0.0
    worst: float = 0.0
    generator_share: float = 0.0  # of one core
    first_bad: str = ""
    began: float = 0.0  # monotonic seconds
    latencies: list[float] = field(default_factory=list)  # open loop: in the order sent, milliseconds


class Line(asyncio.Protocol):
    """One kept-alive connection with at most one request on it."""

    def __init__(self, run: "Run") -> None:
        self._run = run
        self._transport: asyncio.Transport | None = None
        self._buffer = b""
        self._since = 0.0
        self._number = -1
        self.lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def send(self, request: bytes, number: int, since: float) -> None:
        assert self._transport is not None
        self._number, self._since = number, since
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        if self._buffer:
            data = self._buffer + data
        head = data.find(b"\r\n\r\n")
        if head < 0:
            self._buffer = data
            return
        start = data.find(b"Content-Length: ") + 16
        length = int(data[start : data.find(b"\r", start)])
        if len(data) < head + 4 + length:
            self._buffer = data
            return
        self._buffer = b""
        self._number = -1
        self._run.answered(self, data, self._since)

    def connection_lost(self, error: Exception | None) -> None:
        self.lost = True
        if self._number >= 0:
            self._number = -1
            self._run.answered(self, f"connection lost: {error!r}".encode(), self._since)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


class Run:
    """Sends what was built; every answer frees its line for the next."""

    def __init__(self, load: Load, requests: list[bytes]) -> None:
        self._load = load
        self._requests = requests
        self._expect = load.expect.encode()
        self._next = 0
        self._done = asyncio.Event()
        self._waiting: deque[float] = deque()  # open loop: due, and no line free
        self._free: deque[Line] = deque()
        self._opening = 0
        self._lines: list[Line] = []
        self._times: list[float] = []  # when each answer came
        self.outcome = Outcome()

    async def go(self) -> Outcome:
        """Run to the last answer."""
        await asyncio.gather(*(self._open() for _ in range(self._load.connections)))
        began_cpu, began = time.process_time(), time.monotonic()
        self.outcome.began = began
        if self._load.rate is None:
            lines, self._free = list(self._free), deque()
            for line in lines:
                self._send(line, time.monotonic())
            await self._done.wait()
        else:
            await self._at_rate(began, self._load.rate)
        elapsed = time.monotonic() - began
        self.outcome.generator_share = (time.process_time() - began_cpu) / elapsed
        for line in self._lines:
            line.close()
        return self._summed_up(began)

    def answered(self, line: Line, data: bytes, since: float) -> None:
        now = time.monotonic()
        self._times.append(now)
        self.outcome.latencies.append((now - since) * 1000)
        if not data.startswith(GOOD) or self._expect not in data:
            self.outcome.bad += 1
            self.outcome.first_bad = self.outcome.first_bad or data[:300].decode(errors="replace")
        if len(self._times) == self._load.count or self.outcome.bad > MOST_BAD:
            self._done.set()
        elif line.lost:
            return
        elif self._load.rate is None:
            if self._next < self._load.count:
                self._send(line, now)
        elif self._waiting:
            self._send(line, self._waiting.popleft())
        else:
            self._free.append(line)

    def _send(self, line: Line, since: float) -> None:
        number = self._next
        self._next += 1
        line.send(self._requests[number % len(self._requests)], number, since)

    async def _at_rate(self, began: float, rate: float) -> None:
        due = 0
        while due < self._load.count:
            now = time.monotonic()
            while due < self._load.count and began + due / rate <= now:
                self._due(began + due / rate)
                due += 1
            await asyncio.sleep(TICK)
        async with asyncio.timeout(SETTLE_SECONDS):
            await self._done.wait()

    def _due(self, moment: float) -> None:
        while self._free:
            line = self._free.popleft()
            if not line.lost:
                self._send(line, moment)
                return
        self._waiting.append(moment)
        if len(self._lines) + self._opening < MOST_CONNECTIONS:
            self._opening += 1
            task = asyncio.ensure_future(self._open())
            task.add_done_callback(lambda _: self._opened())

    def _opened(self) -> None:
        self._opening -= 1
        if self._waiting and self._free:
            self._send(self._free.popleft(), self._waiting.popleft())

    async def _open(self) -> None:
        port = self._load.ports[(len(self._lines) + self._opening) % len(self._load.ports)]
        line = Line(self)
        self._lines.append(line)
        await asyncio.get_running_loop().create_connection(lambda: line, "127.0.0.1", port)
        self._free.append(line)

    def _summed_up(self, began: float) -> Outcome:
        """Throughput without the first and last stretch, in which not every line is busy."""
        edge = min(self._load.connections, len(self._times) // 10)
        times = self._times
        span = times[-1 - edge] - times[edge]
        self.outcome.per_second = (len(times) - 2 * edge - 1) / span if span > 0 else len(times) / (times[-1] - began)
        self.outcome.answered = len(times)
        ordered = sorted(self.outcome.latencies)
        self.outcome.p50 = ordered[len(ordered) // 2]
        self.outcome.p99 = ordered[int(len(ordered) * 0.99)]
        self.outcome.worst = ordered[-1]
        return self.outcome


async def main() -> None:
    """Read the load, run it, write the outcome."""
    load = Load(**json.load(sys.stdin))
    requests = list(pushes(load.first, load.build or load.count, range(*load.people), load.texts))
    gc.collect()
    gc.disable()
    outcome = await Run(load, requests).go()
    if load.rate is None:
        outcome.latencies = []
    json.dump(asdict(outcome), sys.stdout)


if __name__ == "__main__":
    uvloop.run(main())
