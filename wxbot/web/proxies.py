"""Who really asks, where proxies stand between: forwarding headers count only from proxies that are named. Pure.

Anybody can write `X-Forwarded-For` (RFC 7239, section 8.1). So the header is read only when the connection comes from a
trusted proxy, and from the right: each entry was added by the one behind it, and the first that is no trusted proxy is
the client.

A proxy writes one of `X-Forwarded-For` and `Forwarded` and passes the other on as it came. Where both are there and
disagree, one of them is invented, and the client is taken to be the proxy itself: who invents headers shares one
address with others who do, and nobody else's.
"""

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from aiohttp import web

UNIX = "unix"  # the name of a peer without an address
SIGNS = ("X-Forwarded-For", "Forwarded", "X-Forwarded-Proto", "X-Real-IP")  # headers that only proxies send
MOST_REPORTED = 10  # proxies
REMEMBERED = timedelta(hours=24)  # how long a proxy that nobody named is reported after it was seen

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True)
class Caller:
    """Who asks: the client's address as text (`unix` where there is none), and whether they came by https."""

    address: str
    https: bool


class TrustedProxies:
    """The proxies that are named in the setting `trusted_proxies`, which was checked before."""

    def __init__(self, named: str = "") -> None:
        words = [each for each in named.split(",") if each]
        self._unix = UNIX in words
        self._networks = tuple(ipaddress.ip_network(each, strict=False) for each in words if each != UNIX)

    def trusts(self, peer: str) -> bool:
        """Whether that peer is one of them; `unix` or the empty text is a Unix socket."""
        if peer in {"", UNIX}:
            return self._unix
        address = _address(peer)
        return address is not None and any(address in network for network in self._networks)

    def caller(self, request: web.Request) -> Caller:
        """Who asks."""
        peer = _spelled(request.remote or "")
        if not self.trusts(peer):
            return Caller(peer, https=False)
        chains = [chain for chain in (_x_forwarded_for(request), _forwarded(request)) if chain]
        clients = {self._client(peer, chain) for chain in chains}
        return Caller(clients.pop() if len(clients) == 1 else peer, https=_protocol(request) == "https")

    def stranger(self, request: web.Request) -> str:
        """The peer that forwards for somebody and is not named; empty when there is none."""
        peer = _spelled(request.remote or "")
        return peer if any(sign in request.headers for sign in SIGNS) and not self.trusts(peer) else ""

    def _client(self, peer: str, chain: Sequence[str]) -> str:
        """The first from the right that is no proxy of ours; what is no address ends the way."""
        last = peer
        for entry in reversed(chain):
            address = _address(entry)
            if address is None:
                return last
            last = str(address)
            if not self.trusts(last):
                return last
        return last


class ProxiesSeen:
    """Proxies that forwarded somebody and are not named, for the health page.

    Only those that can be the clinic's own: what a stranger on the internet puts into his headers is not reported.
    """

    def __init__(self) -> None:
        self._at: dict[str, datetime] = {}

    def note(self, peer: str, now: datetime) -> bool:
        """Remember it; whether it is news, which is logged once a day."""
        address = _address(peer)
        if address is not None and not (address.is_private or address.is_loopback or address.is_link_local):
            return False
        before = self._at.get(peer)
        if len(self._at) < MOST_REPORTED or before is not None:
            self._at[peer] = now
        return before is None or now - before > REMEMBERED

    def problems(self, now: datetime) -> list[str]:
        """What must be set, in sentences for staff."""
        return [
            f"有请求经由代理 {peer} 转发，但设置项 WXBOT_TRUSTED_PROXIES 里没有写它，登录后台因此被拒绝。"
            "请管理员把它写进去并重启服务。"
            for peer, at in self._at.items()
            if now - at <= REMEMBERED
        ]


def throttle_source(address: str) -> str:
    """Under which source an address is counted: an IPv6 subscriber has a whole /64 of them (RFC 6177)."""
    found = _address(address)
    if isinstance(found, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((found, 64), strict=False))
    return address


def _x_forwarded_for(request: web.Request) -> list[str]:
    return [each.strip() for line in request.headers.getall("X-Forwarded-For", []) for each in line.split(",")]


def _forwarded(request: web.Request) -> list[str]:
    return [each.get("for", "") for each in _elements(request)]


def _elements(request: web.Request) -> Sequence[Mapping[str, str]]:
    return request.forwarded if "Forwarded" in request.headers else ()


def _protocol(request: web.Request) -> str:
    """What the nearest proxy says that it was asked by."""
    said = [each.strip() for line in request.headers.getall("X-Forwarded-Proto", []) for each in line.split(",")]
    said = said or [each["proto"] for each in _elements(request) if "proto" in each]
    return said[-1].lower() if said else ""


def _address(text: str) -> Address | None:
    """An address as proxies write it: `192.0.2.1`, `192.0.2.1:4711`, `[2001:db8::1]:4711`; IPv4 in IPv6 is IPv4."""
    plain = text.strip().strip('"')
    if plain.startswith("["):
        plain = plain[1:].partition("]")[0]
    elif plain.count(":") == 1:
        plain = plain.partition(":")[0]
    try:
        found = ipaddress.ip_address(plain.partition("%")[0])
    except ValueError:
        return None
    return found.ipv4_mapped or found if isinstance(found, ipaddress.IPv6Address) else found


def _spelled(peer: str) -> str:
    address = _address(peer)
    return str(address) if address is not None else UNIX
