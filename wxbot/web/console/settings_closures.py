"""设置: closures. Before one counts, the page shows whose appointments fall inside."""

from collections.abc import Sequence
from datetime import date

from aiohttp import web
from pydantic import BaseModel, ValidationInfo, field_validator

from wxbot.clinic.closing import MOST_LISTED
from wxbot.clinic.models import Closure, PractitionerId
from wxbot.clinic.ports import AffectedAppointment
from wxbot.errors import NotFoundError
from wxbot.stored_value import Stored
from wxbot.web.console.forms import Day, Form, filled, parse
from wxbot.web.console.frame import actor_of, now_of, page, see_other, services_of
from wxbot.web.console.settings_forms import CHANGED, NOTHING_SINCE, opened, revision_of, since
from wxbot.web.console.submit import submit

PATH, CONFLICTS = "/console/settings/closures", "/console/conflicts"


class ClosureForm(BaseModel):
    """A closure as typed; without a last day it is one day, without a practitioner the whole clinic."""

    first: Day
    last: Day | None = None
    reason: str
    practitioner_id: str = ""

    @field_validator("last")
    @classmethod
    def not_before_first(cls, last: date | None, info: ValidationInfo) -> date | None:
        """Days in order."""
        first = info.data.get("first")
        if last is not None and first is not None and last < first:
            raise ValueError("结束日期不能早于开始日期。")
        return last


async def index(request: web.Request) -> web.StreamResponse:
    """What is to come, and the form for another."""
    return await _list(request, filled({}))


async def add(request: web.Request) -> web.StreamResponse:
    """Close; where appointments fall inside, show them first and ask."""
    return await submit(request, _add, again=_list)


async def _add(request: web.Request, form: Form) -> web.StreamResponse:
    services, by, now = services_of(request), actor_of(request), now_of(request)
    closure = _typed(form)
    if form.get("sure") != "true":
        inside = await services.closures.inside(closure, by=by, now=now)
        if inside:
            return await _list(request, form, inside=inside)
    await services.closures.add(closure, by=by, now=now)
    affects = form.get("sure") == "true" and by.may("booking:appointment:edit")
    goes_on = CONFLICTS if affects else PATH
    return see_other(request, goes_on, done="已设置休诊，这些时间患者马上就约不到了")


async def one(request: web.Request) -> web.StreamResponse:
    """One closure, with the appointments that still fall inside."""
    kept = await _kept(request)
    return await _form(request, opened(kept, _values(kept.value)), kept)


async def save(request: web.Request) -> web.StreamResponse:
    """Keep other days, another reason, somebody else."""
    return await submit(request, _save, again=_again, overtaken=_overtaken)


async def _save(request: web.Request, form: Form) -> web.StreamResponse:
    closure_id, by, now = request.match_info["id"], actor_of(request), now_of(request)
    await services_of(request).closures.save(closure_id, _typed(form), revision_of(form), by=by, now=now)
    return see_other(request, f"{PATH}/{closure_id}", done="已保存")


async def remove(request: web.Request) -> web.StreamResponse:
    """Receive again."""
    return await submit(request, _remove, overtaken=_changed_meanwhile)


async def _remove(request: web.Request, form: Form) -> web.StreamResponse:
    closures, by, now = services_of(request).closures, actor_of(request), now_of(request)
    await closures.remove(request.match_info["id"], revision_of(form), by=by, now=now)
    return see_other(request, PATH, done="已取消休诊，这些时间患者又可以预约了")


async def _changed_meanwhile(request: web.Request, _: Form) -> web.StreamResponse:
    return see_other(request, f"{PATH}/{request.match_info['id']}", done=CHANGED)


async def _again(request: web.Request, form: Form) -> web.StreamResponse:
    return await _form(request, form, await _kept(request))


async def _overtaken(request: web.Request, form: Form) -> web.StreamResponse:
    return await _form(request, form, await _kept(request), stale=True)


async def _list(request: web.Request, form: Form, inside: Sequence[AffectedAppointment] = ()) -> web.StreamResponse:
    services = services_of(request)
    people = await services.patients.patients({each.patient_id for each in inside})
    return await page(
        request,
        "settings/closures.html",
        form=form,
        inside=inside,
        people=people,
        most=MOST_LISTED,
        coming=await services.closures.coming(now_of(request), by=actor_of(request)),
        names={each.id: each.name for each in services.clinic.practitioners},
        section=PATH,
    )


async def _form(request: web.Request, form: Form, kept: Stored[Closure], *, stale: bool = False) -> web.StreamResponse:
    services = services_of(request)
    changed = since(form, kept, _values(kept.value)) if stale else NOTHING_SINCE
    inside = await services.closures.inside(kept.value, by=actor_of(request), now=now_of(request))
    people = await services.patients.patients({each.patient_id for each in inside})
    return await page(
        request,
        "settings/closure.html",
        form=form,
        kept=kept,
        since=changed,
        inside=inside,
        people=people,
        most=MOST_LISTED,
        names={each.id: each.name for each in services.clinic.practitioners},
        section=PATH,
    )


def _typed(form: Form) -> Closure:
    typed = parse(form, ClosureForm)
    whose = PractitionerId(typed.practitioner_id) if typed.practitioner_id else None
    return Closure(first=typed.first, last=typed.last or typed.first, reason=typed.reason, practitioner_id=whose)


def _values(value: Closure) -> dict[str, str]:
    return {
        "first": value.first.isoformat(),
        "last": value.last.isoformat(),
        "reason": value.reason,
        "practitioner_id": value.practitioner_id or "",
    }


async def _kept(request: web.Request) -> Stored[Closure]:
    stored = await services_of(request).clinic_settings.stored(by=actor_of(request))
    found = next((each for each in stored.closures if each.id == request.match_info["id"]), None)
    if found is None:
        raise NotFoundError("no such closure")
    return found
