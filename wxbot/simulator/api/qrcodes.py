"""Scene QR codes (reference §7.5)."""

import io
from typing import Any

import segno
from aiohttp import web

from wxbot.simulator.api.endpoint import GET, POST, Answer, Call, Endpoint

PICTURE_SCALE = 8


def create(call: Call) -> Answer:
    """POST /cgi-bin/qrcode/create."""
    code = call.platform.scenes.create(call.body, call.platform.now())
    call.platform.listeners.tell("scenes")
    answer: dict[str, Any] = {"ticket": code.ticket, "url": code.url}
    return answer if code.seconds is None else answer | {"expire_seconds": code.seconds}


def show(call: Call) -> Answer:
    """GET /cgi-bin/showqrcode?ticket=: a picture, 404 for a ticket that is unknown or over."""
    code = call.platform.scenes.by_ticket.get(call.query.get("ticket", ""))
    if code is None or not code.usable(call.platform.now()):
        return web.Response(status=404)
    picture = io.BytesIO()
    segno.make(code.url, error="m").save(picture, kind="png", scale=PICTURE_SCALE)
    return web.Response(body=picture.getvalue(), content_type="image/png")


ENDPOINTS = (
    Endpoint(POST, "/cgi-bin/qrcode/create", create),
    Endpoint(GET, "/cgi-bin/showqrcode", show, token=False),
)
