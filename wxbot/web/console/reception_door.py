"""What stands beside the forms of arrival and checkout: scripts, the returning patient's card, the questionnaire."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from wxbot.booking.models import Appointment, AppointmentId
from wxbot.errors import NotFoundError
from wxbot.visits.rules import name_of
from wxbot.web.console.forms import Form
from wxbot.web.console.frame import actor_of, now_of, page, see_other, services_of
from wxbot.web.console.keys import CONSOLE
from wxbot.web.console.scene_pictures import data_uri
from wxbot.web.console.submit import sentences, submit
from wxbot.web.console.visit_rows import rows_of
from wxbot.workflow import NotNowError

LIST = "/console/today/visits"
CONFIRM = "reception:class:confirm"


async def arrival_context(request: web.Request, visit: Appointment) -> Mapping[str, Any]:
    """For visits/arrival.html: what the record lacks, who they are, what is said to them, the questionnaire."""
    services, actor = services_of(request), actor_of(request)
    door = services.reception.registering
    last = await door.last_visit(visit, by=actor)
    before = None if last is None else (await services.visit_day.records([last.id])).get(last.id)
    scripts = services.reception.rules.scripts
    address = _own_page(request, visit)
    return {
        "door_missing": await door.missing(visit),
        "door_last": (await rows_of(services, [last]))[0] if last is not None else None,
        "door_before": None if before is None or before.arrival is None else before.arrival.said,
        "door_scripts": (*scripts.arrival, *(scripts.first if last is None else scripts.returning)),
        "door_escort": scripts.escort,
        "door_doctor": services.clinic.practitioner(visit.practitioner_id),
        "door_intake": visit.id in await door.with_intake([visit]),
        "door_code": data_uri(address) if address else "",
    }


async def needs_before(request: web.Request, visit: Appointment) -> tuple[str, ...]:
    """Who needed help at the last visit is likely to at this one (A2-93): chosen beforehand, to be looked at again."""
    last = await services_of(request).reception.registering.last_visit(visit, by=actor_of(request))
    before = None if last is None else (await services_of(request).visit_day.records([last.id])).get(last.id)
    return () if before is None or before.arrival is None else before.arrival.said.needs


async def complete(request: web.Request, form: Form) -> None:
    """Keep name and telephone of a first visit whose record lacks them (A4-27). Raises FieldErrors."""
    typed = {name: form.get(name) for name in ("name", "phone")}
    await services_of(request).reception.registering.complete(
        AppointmentId(request.match_info["id"]), typed, by=actor_of(request), now=now_of(request)
    )


async def card_context(request: web.Request, visit: Appointment, problem: str = "") -> Mapping[str, Any]:
    """For visits/card.html: reception's class, and what who treats says about it."""
    services = services_of(request)
    noted = (await services.reception.classes.records([visit.id])).get(visit.id)
    record = (await services.visit_day.records([visit.id])).get(visit.id)
    given = None if noted is None else noted.clinician_label
    rules = services.visit_day.rules
    return {
        "class_confirmed": "" if given is None else name_of(rules.classes, given.label),
        "class_given": "" if record is None or record.arrival is None else record.arrival.said.visit_class,
        "classes": [(each.key, each.name) for each in rules.classes],
        "may_confirm": actor_of(request).may(CONFIRM),
        "problem": problem,
    }


async def confirm_class(request: web.Request) -> web.StreamResponse:
    """Who treats confirms the class, or says another one (A4-04)."""
    return await submit(request, _confirm_class, again=_again, refused=(NotNowError,))


async def _confirm_class(request: web.Request, form: Form) -> web.StreamResponse:
    visit = await _visit(request)
    await services_of(request).reception.classes.confirm(
        visit.id, form.get("visit_class"), by=actor_of(request), now=now_of(request)
    )
    return see_other(request, f"{LIST}/{visit.id}/card", done="已确认客户分类")


async def enter_intake(request: web.Request) -> web.StreamResponse:
    """The paper questionnaire is in the record (A4-13)."""
    visit = await _visit(request)
    await services_of(request).reception.registering.enter_intake(visit.id, by=actor_of(request), now=now_of(request))
    return see_other(request, f"{LIST}/{visit.id}/arrival", done="已登记：问诊表已录入")


async def _again(request: web.Request, form: Form) -> web.StreamResponse:
    visit = await _visit(request)
    services = services_of(request)
    card = await services.visit_day.card(visit.id, by=actor_of(request))
    row = (await rows_of(services, [visit]))[0]
    context = await card_context(request, visit, sentences(form))
    return await page(request, "visits/card.html", card=card, row=row, status=422, **context)


async def _visit(request: web.Request) -> Appointment:
    wanted = AppointmentId(request.match_info["id"])
    found = await services_of(request).booking.by_ids([wanted])
    if wanted not in found:
        raise NotFoundError(f"appointment {wanted}")
    return found[wanted]


def _own_page(request: web.Request, visit: Appointment) -> str:
    """Where the patient answers what is asked before the visit, inside WeChat; empty without a public address."""
    base = request.app[CONSOLE].public_url
    return f"{base}/w/appointments/{visit.id}/questions" if base and visit.contact_id is not None else ""
