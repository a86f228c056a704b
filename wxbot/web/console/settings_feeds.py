"""设置: a practitioner's calendar to subscribe to. The link is shown once, when it is made."""

from aiohttp import web

from wxbot.clinic.models import Practitioner, PractitionerId
from wxbot.clinic.parts import SettingKind
from wxbot.errors import NotFoundError
from wxbot.web.console.forms import Form
from wxbot.web.console.frame import actor_of, now_of, page, see_other, services_of
from wxbot.web.console.keys import CONSOLE
from wxbot.web.console.settings_removal import PATHS
from wxbot.web.console.submit import submit
from wxbot.web.keys import FEED_ADDRESS

PATH = PATHS[SettingKind.PRACTITIONERS]


async def show(request: web.Request) -> web.StreamResponse:
    """Whether a link is open, and what it shows."""
    return await _page(request, "")


async def renew(request: web.Request) -> web.StreamResponse:
    """Make a link; the earlier one ends."""
    return await submit(request, _renew)


async def revoke(request: web.Request) -> web.StreamResponse:
    """End the link."""
    return await submit(request, _revoke)


async def _renew(request: web.Request, _: Form) -> web.StreamResponse:
    token = await services_of(request).calendar_feeds.renew(
        _practitioner(request).id, by=actor_of(request), now=now_of(request)
    )
    public = request.app[CONSOLE].public_url or str(request.url.origin())
    return await _page(request, f"{public}{FEED_ADDRESS.format(token=token)}")


async def _revoke(request: web.Request, _: Form) -> web.StreamResponse:
    practitioner_id = PractitionerId(request.match_info["id"])
    ended = await services_of(request).calendar_feeds.revoke(practitioner_id, by=actor_of(request), now=now_of(request))
    words = "链接已停用" if ended else "没有在用的链接"
    return see_other(request, f"{PATH}/{request.match_info['id']}/calendar", done=words)


async def _page(request: web.Request, link: str) -> web.StreamResponse:
    practitioner = _practitioner(request)
    feed = await services_of(request).calendar_feeds.state(practitioner.id, by=actor_of(request))
    return await page(request, "settings/calendar.html", practitioner=practitioner, feed=feed, link=link, section=PATH)


def _practitioner(request: web.Request) -> Practitioner:
    found = services_of(request).clinic.practitioner(PractitionerId(request.match_info["id"]))
    if found is None:
        raise NotFoundError("no such practitioner")
    return found
