"""Who sent a request to the console, behind the proxies that are named; and the refusal where one is not named."""

from http import HTTPStatus

from aiohttp import web

from wxbot.logs import get_logger
from wxbot.web.console.frame import page, services_of
from wxbot.web.console.keys import CONSOLE
from wxbot.web.proxies import throttle_source

log = get_logger(__name__)

TITLE = "现在不能登录"
WORDS = (
    "服务器前面有一个没有登记的代理，系统分不清谁在登录，所以暂时不接受登录。"
    "请管理员在设置项 WXBOT_TRUSTED_PROXIES 里写上这个代理的地址，然后重启服务；已登录的同事不受影响。"
)


def source_of(request: web.Request) -> str:
    """The browser's address, as its owner may recognise it."""
    return request.app[CONSOLE].proxies.caller(request).address[:64]


def throttled_source_of(request: web.Request) -> str:
    """Under which address failed tries of this browser are counted."""
    return throttle_source(source_of(request))


async def refuse_unnamed_proxy(request: web.Request) -> web.StreamResponse | None:
    """The page 503 where somebody forwards who is not named in `trusted_proxies`; None where all is well.

    Behind such a proxy everybody seems to sit at one address, and a stranger's wrong passwords would lock all out.
    """
    settings = request.app[CONSOLE]
    peer = "" if settings.demo else settings.proxies.stranger(request)
    if not peer:
        return None
    if settings.proxies_seen.note(peer, services_of(request).clock.machine_now()):
        log.warning("proxy_not_named", peer=peer, fix="name it in WXBOT_TRUSTED_PROXIES")
    return await page(request, "problem.html", status=HTTPStatus.SERVICE_UNAVAILABLE, title=TITLE, words=WORDS)
