"""What the console's pages find in the application and in a request, by typed key."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from wxbot.actors import Actor
from wxbot.services import Services
from wxbot.staff.models import Account, Session
from wxbot.web.proxies import ProxiesSeen, TrustedProxies


@dataclass(frozen=True, kw_only=True)
class ConsoleSettings:
    """What of the settings the console needs. `secret` signs the cookie of the sign-in form."""

    secret: bytes
    https: bool  # reached by https: cookies are Secure, HSTS is sent
    public_url: str
    demo: bool
    proxies: TrustedProxies = field(default_factory=TrustedProxies)
    proxies_seen: ProxiesSeen = field(default_factory=ProxiesSeen)
    demo_accounts: tuple[tuple[str, str, str], ...] = ()  # (login, password, role's name), shown on the sign-in page


SERVICES = web.AppKey("services", Services)
CONSOLE = web.AppKey("console", ConsoleSettings)

# in a request, put there by security.py
ACCOUNT = web.RequestKey("account", Account)
ACTOR = web.RequestKey("actor", Actor)
CSRF = web.RequestKey("csrf", str)
SESSION = web.RequestKey("session", Session)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Context = Mapping[str, Any]
