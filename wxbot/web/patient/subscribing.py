"""Asking for subscriptions after booking: WeChat's own component on our page (reference §6.2, §7.7).

Only where the patient gains by it: for notices that the account has and for which no yes is left. What they answer
comes as an event from the platform; what the page says of it is advisory.
"""

import json
from dataclasses import dataclass
from urllib.parse import urlsplit

from aiohttp import web

from wxbot.errors import PlatformError
from wxbot.logs import get_logger
from wxbot.messaging import Purpose
from wxbot.metrics import NOTICES_ASKED
from wxbot.patients.models import ConsentTopic
from wxbot.web.patient.frame import contact_of, services_of
from wxbot.web.patient.keys import PAGES

log = get_logger(__name__)

MOST_AT_ONCE = 3  # templates in one popup (reference §6.2)
TAG = "wx-open-subscribe"


@dataclass(frozen=True, kw_only=True)
class Subscription:
    """What the page needs to ask: the templates, the script of the JS-SDK and its signed configuration."""

    templates: str
    script: str
    config: str  # JSON


async def subscription(request: web.Request) -> Subscription | None:
    """What to ask the contact for; None where there is nothing to gain, or the JS-SDK is not to be had."""
    pages = request.app[PAGES]
    if pages.sdk is None or not pages.public_url:
        return None
    wanted = await _wanted(request)
    if not wanted:
        return None
    try:
        config = await pages.sdk.config_for(f"{pages.public_url}{request.path_qs}", (), (TAG,))
    except PlatformError as error:
        log.warning("page_without_sdk", code=error.code)
        return None
    NOTICES_ASKED.inc()
    return Subscription(templates=",".join(wanted), script=pages.sdk_script, config=json.dumps(config))


def policy_for(policy: str, script: str) -> str:
    """The content policy of a page that asks: the SDK's host besides our own (the component styles its own tree)."""
    parts = urlsplit(script)
    host = f"{parts.scheme}://{parts.netloc}"
    return policy.replace("script-src 'self'", f"script-src 'self' {host}; connect-src {host}")


async def _wanted(request: web.Request) -> list[str]:
    """The account's ids of the notices that messages to this contact may go by, without those that may be sent."""
    services, contact = services_of(request), contact_of(request)
    purposes = {Purpose.SERVICE, Purpose.REMINDER}
    if contact.allows(ConsentTopic.CARE):
        purposes.add(Purpose.CARE)
    cards = [each.notice_card for each in services.templates.all() if each.purpose in purposes]
    bound = services.templates.bindings
    names = dict.fromkeys(card.template_id for card in cards if card is not None)
    ids = dict.fromkeys(bound[name].template_id for name in names if name in bound and bound[name].template_id)
    granted = (await services.outbox.rights.of(contact.id)).grants
    return [each for each in ids if granted.get(each, 0) < 1][:MOST_AT_ONCE]
