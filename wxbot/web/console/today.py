"""今日: what needs me now. Each number opens its records."""

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from wxbot.booking.models import Appointment, AppointmentId
from wxbot.services import Services
from wxbot.visits.confirming import recheck_deadline, share_text, to_recheck
from wxbot.web.console.board_day import mark_of
from wxbot.web.console.day_facts import facts_of
from wxbot.web.console.frame import actor_of, fragment, is_fragment, now_of, page, see_other, services_of
from wxbot.web.console.task_rows import rows_of as task_rows_of
from wxbot.web.console.tiles import shown_to
from wxbot.web.console.visit_rows import rows_of

VISITS = 8  # of the next ones, on the first page
TASKS = 8  # the most urgent ones
DAYS = ("today", "tomorrow")
EVENTS = "/console/board/events"  # tells of every change of a day


async def enter(request: web.Request) -> web.StreamResponse:
    """/console leads to /console/."""
    return see_other(request, "/console/")


async def index(request: web.Request) -> web.StreamResponse:
    """The numbers, then the next visits and the most urgent follow-ups."""
    services, actor, now = services_of(request), actor_of(request), now_of(request)
    numbers = await services.board.numbers(now)
    coming = [visit for visit in await services.board.visits(now) if visit.live and visit.end > now][:VISITS]
    tasks = await services.followups.open_ones(by=actor, limit=TASKS) if actor.may("followups:task:read") else []
    return await page(
        request,
        "today/index.html",
        tiles=shown_to(actor, numbers),
        coming=await rows_of(services, coming),
        tasks=tasks,
        rows=await task_rows_of(services, tasks, by=actor),
        warnings=_warnings(services, request),
    )


async def visits(request: web.Request) -> web.StreamResponse:
    """今日 · 确认: today's appointments to receive, tomorrow's to confirm before closing (A4-14, A4-15)."""
    return await page(request, "today/visits.html", **await _day(request, _which(request.query.get("day", ""))))


async def _day(request: web.Request, which: str, changed: str = "") -> dict[str, Any]:
    """What the list of that day shows; `changed` is the visit at which the reader goes on."""
    services, actor, now = services_of(request), actor_of(request), now_of(request)
    confirming, share = None, ""
    rules, today = services.visit_day.rules, now.astimezone(services.clinic.timezone).date()
    if which == "tomorrow":
        confirming, found = await services.visit_days.to_confirm(by=actor, now=now)
        people = await services.patients.patients({each.patient_id for each in found})
        names = {key: person.name or "" for key, person in people.items()}
        share = share_text(found, names, services.clinic, confirming) if found else ""
    else:
        found = await services.board.visits(now)
    found = sorted(found, key=lambda each: each.start)
    records = await services.visit_day.records([each.id for each in found])
    recheck_until = recheck_deadline(services.clinic, rules, today)
    return {
        "which": which,
        "changed": changed,
        "visits": await rows_of(services, found),
        "facts": await facts_of(services, found, by=actor, now=now),
        "confirming": confirming,
        "share": share,
        "live": f"{EVENTS}?day={today}&mark={mark_of(found, now, records)}" if which == "today" else "",
        "recheck": to_recheck(found, records, now) if which == "today" else [],
        "recheck_until": recheck_until,
        "recheck_late": recheck_until is not None and recheck_until < now,
    }


async def confirm(request: web.Request) -> web.StreamResponse:
    """The patient will come."""
    return await _changed(request, services_of(request).booking.confirm, "已记为确认会来")


async def unconfirm(request: web.Request) -> web.StreamResponse:
    """That was a mistake: it is not known whether the patient will come."""
    return await _changed(request, services_of(request).visit_stages.unconfirm, "已撤销确认")


async def missed(request: web.Request) -> web.StreamResponse:
    """The patient did not come."""
    return await _changed(request, services_of(request).booking.mark_no_show, "已标记未到诊")


async def expected(request: web.Request) -> web.StreamResponse:
    """That was a mistake: the visit that was marked missed lately stands again."""
    return await _changed(request, services_of(request).visit_stages.undo_no_show, "已撤销未到诊")


async def _changed(
    request: web.Request, change: Callable[..., Awaitable[Appointment]], done: str
) -> web.StreamResponse:
    """Change a visit; then its day with new counts, the reader where they were."""
    which = _which(str((await request.post()).get("day", "")))
    visit = await change(AppointmentId(request.match_info["id"]), by=actor_of(request), now=now_of(request))
    if is_fragment(request):
        return await fragment(request, "today/_day.html", **await _day(request, which, visit.id))
    return see_other(request, f"/console/today/visits?day={which}", done=done)


def _which(text: str) -> str:
    return text if text in DAYS else "today"


async def messages(request: web.Request) -> web.StreamResponse:
    """What failed or may not have arrived, of the last days."""
    services, now = services_of(request), now_of(request)
    actor_of(request).must("outbox:message:read")
    found = await services.board.failed(now)
    people = await services.patients.patients({each.patient_id for each in found if each.patient_id})
    contacts = await services.patients.contacts({each.contact_id for each in found})
    return await page(
        request,
        "today/messages.html",
        messages=found,
        people=people,
        contacts=contacts,
        names={each.template: services.templates.name_of(each.template) for each in found},
    )


async def approvals(request: web.Request) -> web.StreamResponse:
    """Templates, broadcasts and care plans that wait for somebody else's approval."""
    services, actor = services_of(request), actor_of(request)
    templates = await services.template_editor.waiting(by=actor)
    broadcasts = await services.broadcasts.waiting(by=actor) if actor.may("broadcasts:broadcast:approve") else []
    plans = await services.plans.editor.waiting(by=actor)
    return await page(request, "today/approvals.html", templates=templates, broadcasts=broadcasts, plans=plans)


def _warnings(services: Services, request: web.Request) -> list[str]:
    """What an admin should set right soon, in words."""
    if not actor_of(request).may("settings:clinic:read"):
        return []
    return list(services.clinics.warnings(now_of(request)))
