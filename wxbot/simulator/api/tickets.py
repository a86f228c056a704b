"""Tickets for the JS-SDK (reference §7.7)."""

import secrets
from datetime import timedelta

from wxbot.simulator.api.endpoint import GET, OK, Answer, Call, Endpoint
from wxbot.simulator.errors import ApiError

LIFE = timedelta(seconds=7200)
KINDS = ("jsapi", "wx_card")


def ticket(call: Call) -> Answer:
    """GET /cgi-bin/ticket/getticket?type=jsapi: the same ticket with its remaining seconds while it lives."""
    kind = call.query.get("type", "")
    if kind not in KINDS:
        raise ApiError(40097)
    now = call.platform.now()
    text, dies = call.platform.tickets.get(kind, ("", now))
    if now >= dies:
        text, dies = f"O3SMpm8bG7kJnF36aXbe8{secrets.token_urlsafe(48)}", now + LIFE
        call.platform.tickets[kind] = (text, dies)
    return {**OK, "ticket": text, "expires_in": int((dies - now).total_seconds())}


ENDPOINTS = (Endpoint(GET, "/cgi-bin/ticket/getticket", ticket),)
