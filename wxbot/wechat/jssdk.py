"""Signatures that let our pages use WeChat's JavaScript (reference §7.7)."""

from collections.abc import Collection, Sequence
from hashlib import sha1
from secrets import token_hex
from typing import Any, Protocol
from urllib.parse import urlsplit

from wxbot.clock import Clock
from wxbot.errors import InvalidInputError

SDK_HOST, SDK_PATH = "https://res.wx.qq.com", "/open/js/jweixin-1.6.0.js"  # the first with open tags (reference §6.2)
NONCE = 8  # bytes
URL_LENGTH = 2048  # characters


class Tickets(Protocol):
    """Where the jsapi ticket comes from."""

    async def jsapi_ticket(self, stale: str | None = None) -> str:
        """The ticket to sign with."""
        ...


def sign(ticket: str, nonce: str, timestamp: int, url: str) -> str:
    """SHA-1 over the four values in this order, unescaped; `url` without its fragment."""
    plain = f"jsapi_ticket={ticket}&noncestr={nonce}&timestamp={timestamp}&url={url}"
    return sha1(plain.encode(), usedforsecurity=False).hexdigest()


class JsSdk:
    """Signs pages on our own hosts; for any other it would sign for strangers."""

    def __init__(self, app_id: str, tickets: Tickets, hosts: Collection[str], clock: Clock) -> None:
        self._app_id = app_id
        self._tickets = tickets
        self._hosts = frozenset(host.lower() for host in hosts)
        self._clock = clock

    async def config_for(
        self, url: str, functions: Sequence[str] = ("closeWindow",), open_tags: Sequence[str] = ()
    ) -> dict[str, Any]:
        """What `wx.config` needs on the page at `url`, exactly as the browser has it.

        Raises InvalidInputError for a host that is not ours, PlatformError when there is no ticket.
        """
        page = url.partition("#")[0]
        if not self._ours(page):
            raise InvalidInputError("not a page of ours")
        ticket = await self._tickets.jsapi_ticket()
        nonce = token_hex(NONCE)
        timestamp = int(self._clock.machine_now().timestamp())
        return {
            "debug": False,
            "appId": self._app_id,
            "timestamp": timestamp,
            "nonceStr": nonce,  # a capital S here, none inside the signature
            "signature": sign(ticket, nonce, timestamp, page),
            "jsApiList": list(functions),
            "openTagList": list(open_tags),
        }

    def _ours(self, url: str) -> bool:
        """Host (with its port, if it has one) on the list, plain http or https, no user name, no odd characters."""
        if len(url) > URL_LENGTH or not url.isprintable() or any(letter in url for letter in " \\"):
            return False
        try:
            parts = urlsplit(url)
        except ValueError:
            return False
        return parts.scheme in {"http", "https"} and parts.netloc.lower() in self._hosts
