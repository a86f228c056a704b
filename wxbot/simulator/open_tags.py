"""The JS-SDK and `wx-open-subscribe` in the phone's browser (reference §6.2, §7.7): script, signature check, popup.

The script is our own stand-in for jweixin: it asks here whether a page's signature holds, shows the popup, and tells
what was tapped, upon which the platform pushes `subscribe_msg_popup_event` as for any other popup.
"""

import json
from hashlib import sha1
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from wxbot.simulator.api.oauth import PERSON_COOKIE
from wxbot.simulator.people import NobodyError
from wxbot.simulator.platform import Platform

SCRIPT = Path(__file__).parent / "static" / "jweixin.js"
SUBSCRIBE = "wx-open-subscribe"
MOST_AT_ONCE = 3  # templates of one popup (reference §6.2, error 20003)


def add_open_tags(app: web.Application, platform: Platform) -> None:
    """Put the script and what it asks into the application."""
    tags = OpenTags(platform)
    app.router.add_get("/open/js/jweixin-1.6.0.js", tags.script)
    app.router.add_post("/sim/jssdk/config", tags.config)
    app.router.add_post("/sim/jssdk/subscribe", tags.subscribe)


class OpenTags:
    """What WeChat's browser does for a page."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    async def script(self, _: web.Request) -> web.StreamResponse:
        """GET /open/js/jweixin-1.6.0.js."""
        return web.FileResponse(SCRIPT, headers={"Cache-Control": "no-cache", "Content-Type": "text/javascript"})

    async def config(self, request: web.Request) -> web.StreamResponse:
        """POST /sim/jssdk/config: whether `wx.config` holds for the page that called it, and what the tags may ask."""
        said = await _body(request)
        problem = self._problem(said, request.headers.get("Origin", ""))
        titles = {number: each["title"] for number, each in self._platform.notice_templates.items()}
        tags = said.get("openTagList")
        may_ask = not problem and isinstance(tags, list) and SUBSCRIBE in tags
        answer = {"errMsg": problem or "config:ok", "notices": titles if may_ask else {}}
        return _shared(request, answer)

    async def subscribe(self, request: web.Request) -> web.StreamResponse:
        """POST /sim/jssdk/subscribe: what the person tapped in the popup; pushed to the account as an event."""
        said = await _body(request)
        ids, openid = said.get("template_ids"), request.cookies.get(PERSON_COOKIE, "")
        if not isinstance(ids, list) or not ids or not all(isinstance(each, str) for each in ids):
            return _shared(request, {"errCode": 10001})
        if len(ids) > MOST_AT_ONCE:
            return _shared(request, {"errCode": 20003})
        try:
            await self._platform.answer_notice(openid, ids, accept=said.get("accept") is True)
        except NobodyError:
            return _shared(request, {"errMsg": "nobody's phone"}, status=HTTPStatus.FORBIDDEN)
        except ValueError:
            return _shared(request, {"errCode": 20001})
        return _shared(request, {"errMsg": "subscribe:ok"})

    def _problem(self, said: dict[str, Any], origin: str) -> str:
        """Why the page may not use the SDK; empty where it may. The ticket is the one that the account was given."""
        ticket, dies = self._platform.tickets.get("jsapi", ("", self._platform.now()))
        url = str(said.get("url", ""))
        page = urlsplit(url)
        if said.get("appId") != self._platform.account.app_id:
            return "config:invalid appid"
        if origin and f"{page.scheme}://{page.netloc}" != origin:
            return "config:invalid url domain"
        plain = f"jsapi_ticket={ticket}&noncestr={said.get('nonceStr')}&timestamp={said.get('timestamp')}&url={url}"
        signature = sha1(plain.encode(), usedforsecurity=False).hexdigest()
        holds = bool(ticket) and self._platform.now() < dies and said.get("signature") == signature
        return "" if holds else "config:invalid signature"


async def _body(request: web.Request) -> dict[str, Any]:
    try:
        said = json.loads(await request.text())
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _shared(request: web.Request, answer: dict[str, Any], *, status: int = HTTPStatus.OK) -> web.Response:
    """An answer that the page may read: of the same machine only, this is a simulator."""
    response = web.json_response(answer, status=status)
    origin = request.headers.get("Origin", "")
    if urlsplit(origin).hostname == request.url.host:
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Allow-Credentials"] = "true"
        response.headers["Vary"] = "Origin"
    return response
