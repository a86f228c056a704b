"""每日清单: who ticked what, and the month's score."""

from datetime import date

from aiohttp import web

from wxbot.days import DayError, read_day
from wxbot.web.console.forms import Form
from wxbot.web.console.frame import actor_of, now_of, page, see_other, services_of
from wxbot.web.console.submit import submit
from wxbot.web.console.who import names_of

PATH = "/console/today/checklist"


async def show(request: web.Request) -> web.StreamResponse:
    """The checklist of today, or of `day`, which only shows."""
    services, actor = services_of(request), actor_of(request)
    today = _today(request)
    day = _day(request) or today
    found = await services.reception.checklists.of(day, by=actor)
    groups: dict[str, list[object]] = {}
    for item in services.reception.rules.checklist:
        groups.setdefault(item.group, []).append((item, found.ticks.get(item.key)))
    items = services.reception.rules.checklist
    return await page(
        request,
        "reception/checklist.html",
        day=day,
        open=day == today,
        groups=groups,
        ticked=sum(item.key in found.ticks for item in items),
        items=len(items),
        names=await names_of(services, [each.by for each in found.ticks.values()]),
    )


async def tick(request: web.Request) -> web.StreamResponse:
    """Tick something of today, or take it back."""
    return await submit(request, _tick)


async def _tick(request: web.Request, form: Form) -> web.StreamResponse:
    done = form.get("done") == "true"
    changed = await services_of(request).reception.checklists.tick(
        form.get("key"), done=done, by=actor_of(request), now=now_of(request)
    )
    said = ("已勾选" if done else "已撤回") if changed else "同事已经改过了"
    return see_other(request, PATH, done=said)


async def month(request: web.Request) -> web.StreamResponse:
    """The score of a month (A4-12)."""
    services, today = services_of(request), _today(request)
    day = _day(request) or today
    found = await services.reception.checklists.month(day, by=actor_of(request), now=now_of(request))
    return await page(request, "reception/checklist_month.html", month=day.replace(day=1), score=found)


def _today(request: web.Request) -> date:
    return now_of(request).astimezone(services_of(request).clinic.timezone).date()


def _day(request: web.Request) -> date | None:
    try:
        return read_day(request.query.get("day", ""))
    except DayError:
        return None
