"""What the patients' pages find in the application and in a request, by typed key."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from aiohttp import web

from wxbot.patients.models import Contact
from wxbot.web.patient.rate_limit import RateLimit
from wxbot.web.proxies import TrustedProxies

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Visitor(Protocol):
    """Who came back from the login."""

    @property
    def openid(self) -> str:
        """Who it is; made up for a snapshot page."""
        ...

    @property
    def is_snapshot(self) -> bool:
        """Whether the page runs in WeChat's preview, for nobody in particular (reference §7.8)."""
        ...


class WeChatLogin(Protocol):
    """The login inside WeChat. Implemented by wechat/oauth.py; edges do not import each other."""

    def authorize_url(self, redirect: str, state: str) -> str:
        """Where to send the patient."""
        ...

    async def exchange(self, code: str) -> Visitor:
        """Who is behind a code. Raises RestartLoginError and PlatformError."""
        ...


class PageSdk(Protocol):
    """Signs our pages for WeChat's JavaScript. Implemented by wechat/jssdk.py."""

    async def config_for(self, url: str, functions: Sequence[str], open_tags: Sequence[str]) -> dict[str, Any]:
        """What `wx.config` needs on the page at `url`. Raises PlatformError when there is no ticket."""
        ...


@dataclass(frozen=True, kw_only=True)
class PatientPages:
    """What the pages need beside the services. `public_url` is our own address as phones see it; empty: closed.

    In the demo they stand open at whichever address the browser has come to.
    """

    secret: bytes
    public_url: str
    login: WeChatLogin
    demo: bool = False
    sdk: PageSdk | None = None
    sdk_script: str = ""  # where browsers get the JS-SDK
    proxies: TrustedProxies = field(default_factory=TrustedProxies)

    @property
    def https(self) -> bool:
        """Whether patients come by https."""
        return self.public_url.startswith("https://")


@dataclass(frozen=True)
class Limits:
    """How often pages may be asked for. Generous: families share a phone and an address."""

    logins: RateLimit = field(default_factory=lambda: RateLimit(120, 60))  # per address
    reads: RateLimit = field(default_factory=lambda: RateLimit(240, 60))  # per contact
    writes: RateLimit = field(default_factory=lambda: RateLimit(40, 60))  # per contact


PAGES = web.AppKey("patient_pages", PatientPages)
LIMITS = web.AppKey("patient_limits", Limits)

# in a request, put there by security.py
CONTACT = web.RequestKey("contact", Contact)
FORM_TOKEN = web.RequestKey("form_token", str)
