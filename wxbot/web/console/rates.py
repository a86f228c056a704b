"""How often one account may ask for what browsers ask by themselves, and how many streams it may hold open.

Far above what a person with several windows does; a script that asks without end is refused with a sentence, and takes
from nobody but itself. Counted in each process by its own clock.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import wraps

from aiohttp import web

from wxbot.errors import DomainError
from wxbot.web.console.frame import actor_of
from wxbot.web.console.keys import Handler

BURST = 200  # requests of one kind at once
PER_SECOND = 20.0  # of one kind, for as long as one likes
MOST_STREAMS = 20  # of one account in one process; browsers open six per window at most
MOST_ACCOUNTS = 10_000  # counted at once; there are some dozens


class TooOftenError(DomainError):
    """One account asks for something more often than anybody at a keyboard does."""

    code = "too_often"
    sentence = "操作太频繁了，请停几秒再试。写好的内容不会丢。"


@dataclass
class Rates:
    """What each account has left of each kind: as a bucket that fills again at an even pace."""

    left: dict[tuple[str, str], tuple[float, float]] = field(default_factory=dict)  # kind, account → left, when
    streams: dict[str, int] = field(default_factory=dict)  # by account

    def spend(self, kind: str, account: str, seconds: float) -> None:
        """One request at that moment of the process's clock. Raises TooOftenError."""
        known = self.left.get((kind, account))
        if known is None and len(self.left) >= MOST_ACCOUNTS:
            self.left.clear()
        left, at = known or (float(BURST), seconds)
        left = min(BURST, left + max(seconds - at, 0) * PER_SECOND)
        if left < 1:
            self.left[kind, account] = (left, seconds)
            raise TooOftenError(f"{kind} is asked for without end")
        self.left[kind, account] = (left - 1, seconds)

    @contextmanager
    def stream(self, account: str) -> Iterator[None]:
        """While a stream of that account is open. Raises TooOftenError."""
        if self.streams.get(account, 0) >= MOST_STREAMS:
            raise TooOftenError("too many open streams", sentence="打开的会话页面太多了，请先关掉几个。")
        self.streams[account] = self.streams.get(account, 0) + 1
        try:
            yield
        finally:
            self.streams[account] -= 1
            if not self.streams[account]:
                del self.streams[account]


RATES = web.AppKey("rates", Rates)


def paced(kind: str, handler: Handler) -> Handler:
    """The handler, for as many requests of one account as people make."""

    @wraps(handler)
    async def handle(request: web.Request) -> web.StreamResponse:
        request.app[RATES].spend(kind, actor_of(request).id, asyncio.get_running_loop().time())
        return await handler(request)

    return handle
