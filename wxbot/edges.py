"""What the edges are given of the settings: the platform's client, the console, the patients' pages, the gateway."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import aiohttp

from config.settings import Settings
from wxbot.clock import Clock, SystemClock
from wxbot.web.console.keys import ConsoleSettings
from wxbot.web.patient.keys import PatientPages
from wxbot.web.proxies import ProxiesSeen, TrustedProxies
from wxbot.wechat.account import WeChatAccount
from wxbot.wechat.client import Client
from wxbot.wechat.codec import Codec
from wxbot.wechat.gateway import Gateway
from wxbot.wechat.jssdk import SDK_HOST, SDK_PATH, JsSdk, Tickets
from wxbot.wechat.oauth import OAuth
from wxbot.wechat.store import TokenStore
from wxbot.wechat.tokens import TokenKeeper
from wxbot.wechat.wire import Observe


@dataclass(frozen=True, kw_only=True)
class WeChat:
    """The calls to the platform."""

    tokens: TokenKeeper
    client: Client
    account: WeChatAccount
    oauth: OAuth


def open_wechat(
    settings: Settings, http: aiohttp.ClientSession, tokens: TokenStore, clock: Clock, observe: Observe
) -> WeChat:
    """The calls to the platform, over one HTTP session."""
    api, secret = settings.wechat_api_base_url, settings.wechat_app_secret.get_secret_value()
    keeper = TokenKeeper(settings.wechat_app_id, secret, http, api, tokens, clock, observe=observe)
    client = Client(http, api, keeper, clock, observe)
    return WeChat(
        tokens=keeper,
        client=client,
        account=WeChatAccount(client, keeper, http, api),
        oauth=OAuth(settings.wechat_app_id, secret, http, api, settings.wechat_open_base_url, clock, observe),
    )


def console_settings(
    settings: Settings, demo_accounts: Sequence[tuple[str, str, str]] = (), proxies_seen: ProxiesSeen | None = None
) -> ConsoleSettings:
    """What of the settings the console needs."""
    return ConsoleSettings(
        secret=settings.secret_key.get_secret_value().encode(),
        https=settings.public_url.startswith("https://"),
        public_url=settings.public_url,
        demo=settings.demo,
        proxies=TrustedProxies(settings.trusted_proxies),
        proxies_seen=proxies_seen or ProxiesSeen(),
        demo_accounts=tuple(demo_accounts) if settings.demo else (),
    )


def patient_pages(settings: Settings, oauth: OAuth, tickets: Tickets) -> PatientPages:
    """What of the settings the patients' pages need. In the demo the phone's own stand-in is the JS-SDK."""
    ours = {urlsplit(settings.public_url).netloc} - {""}
    sdk_host = settings.wechat_open_base_url if settings.demo else SDK_HOST
    return PatientPages(
        secret=settings.secret_key.get_secret_value().encode(),
        public_url=settings.public_url,
        login=oauth,
        sdk=JsSdk(settings.wechat_app_id, tickets, ours, SystemClock()),
        sdk_script=f"{sdk_host}{SDK_PATH}",
        demo=settings.demo,
        proxies=TrustedProxies(settings.trusted_proxies),
    )


def gateway(settings: Settings, clock: SystemClock) -> Gateway:
    """The gateway for pushes. Raises ConfigurationError when a key it needs is missing."""
    codec = Codec(
        settings.wechat_app_id,
        settings.wechat_token.get_secret_value(),
        settings.wechat_aes_key.get_secret_value(),
        settings.wechat_aes_key_previous.get_secret_value() or None,
    )
    return Gateway(codec, settings.wechat_callback_mode, clock)
