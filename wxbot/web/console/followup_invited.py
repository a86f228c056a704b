"""已派单未上门: who was invited or cancelled and has not come since, by how long ago that was."""

from urllib.parse import urlencode

from aiohttp import web

from wxbot.care.invited_patients import Age, Place
from wxbot.days import DayError, moment_of
from wxbot.followups.leads import INVITES
from wxbot.followups.models import FollowUp
from wxbot.services import Services
from wxbot.visits.rules import name_of
from wxbot.web.console.followup_rows import work_rows
from wxbot.web.console.frame import actor_of, now_of, page, services_of

LIST = "/console/followups/invited"


async def index(request: web.Request) -> web.StreamResponse:
    """One age of the list, or all of it; the numbers are those of every age."""
    services, actor, now = services_of(request), actor_of(request), now_of(request)
    wanted = request.query.get("age", "")
    age = Age(wanted) if wanted in {each.value for each in Age} else None
    room = services.invited_patients
    found = await room.page(age, _after(request), by=actor, now=now)
    rows = {each.task.id: each for each in await work_rows(services, found.tasks, by=actor, now=now)}
    return await page(
        request,
        "followups/invited.html",
        age=age,
        ages=list(Age),
        counts=await room.counts(by=actor, now=now),
        rows=[(rows[each.id], room.days(each, now), _how(services, each)) for each in found.tasks],
        older=_older(age, found.next) if found.next is not None else "",
        may_close=actor.may("followups:task:close"),
    )


def _how(services: Services, task: FollowUp) -> str:
    """By what the patient came onto the list."""
    if not task.key.startswith(INVITES):
        return "自己取消了预约，没有再约"
    name = name_of(services.reception.rules.lead_classes, task.key.rsplit("/", 1)[-1])
    return f"首次联系登记为 {name}" if name else "首次联系登记了邀约"


def _older(age: Age | None, place: Place) -> str:
    where = ({"age": age.value} if age is not None else {}) | {
        "after": f"{place.opened_at.timestamp():.3f}",
        "id": place.id,
    }
    return f"{LIST}?{urlencode(where)}"


def _after(request: web.Request) -> Place | None:
    after = request.query.get("after", "")
    try:
        return Place(moment_of(float(after)), request.query.get("id", "")) if after else None
    except (ValueError, DayError):
        return None
