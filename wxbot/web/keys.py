"""What the application carries for its pages, by typed key."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol

from aiohttp import web

from wxbot.clock import Clock
from wxbot.dispatch.dispatcher import Dispatcher
from wxbot.dispatch.replies import WireReply
from wxbot.dispatch.updates import Update
from wxbot.unanswered import UnansweredPushes


class Incoming(Protocol):
    """An accepted push: its update and the inner XML it was read from."""

    @property
    def update(self) -> Update:
        """What happened, as a value."""
        ...

    @property
    def xml(self) -> bytes:
        """What it was read from."""
        ...


class Gateway(Protocol):
    """Judges pushes and seals answers. Implemented by wechat/gateway.py; edges do not import each other."""

    def verify(self, query: Mapping[str, str]) -> str:
        """The text to answer the platform's GET check with. Raises PushRefusedError."""
        ...

    def open(self, query: Mapping[str, str], body: bytes) -> Incoming:
        """Let a push in. Raises PushRefusedError."""
        ...

    def seal(self, incoming: Any, reply: WireReply | None, *, now: datetime) -> bytes:
        """The HTTP body that answers what `open` gave."""
        ...


GATEWAY = web.AppKey("gateway", Gateway)
DISPATCHER = web.AppKey("dispatcher", Dispatcher)
CLOCK = web.AppKey("clock", Clock)
UNANSWERED = web.AppKey("unanswered", UnansweredPushes)

Probe = Callable[[], Awaitable[Mapping[str, Any]]]
READINESS = web.AppKey("readiness", dict[str, Probe])

MoveClock = Callable[[timedelta], Awaitable[Mapping[str, Any]]]
MOVE_CLOCK: "web.AppKey[MoveClock]" = web.AppKey("move_clock")

FEED_ADDRESS = "/feeds/{token}.ics"  # a practitioner's calendar; the token is the secret
