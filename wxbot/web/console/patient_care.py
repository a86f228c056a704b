"""What staff change of one patient's plans, on the patient's page: another time for a step, an end, and both back."""

from collections.abc import Awaitable, Callable, Sequence

from aiohttp import web

from wxbot.history.models import PatientId
from wxbot.web.console.desk_form import moment_in
from wxbot.web.console.forms import Form
from wxbot.web.console.frame import actor_of, now_of, page, see_other, services_of
from wxbot.web.console.patient_page import here, id_of
from wxbot.web.console.submit import sentences, submit

Change = Callable[[web.Request, Form, Sequence[PatientId]], Awaitable[str]]  # returns what was done, for the page


def _form(change: Change) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def save(request: web.Request, form: Form) -> web.StreamResponse:
        services, actor, now = services_of(request), actor_of(request), now_of(request)
        detail = await services.records.detail(id_of(request), by=actor, now=now)
        done = await change(request, form, detail.ids)
        return see_other(request, here(detail.card.id, "#care"), done=done)

    async def handle(request: web.Request) -> web.StreamResponse:
        return await submit(request, save, again=_again)

    return handle


async def _again(request: web.Request, form: Form) -> web.StreamResponse:
    words = sentences(form)
    return await page(request, "patients/again.html", words=words, form=form, patient_id=id_of(request), status=422)


async def _move(request: web.Request, form: Form, ids: Sequence[PatientId]) -> str:
    at = moment_in(request, form.get("at"), "at")
    await services_of(request).care.changes.move(
        ids, form.get("key"), at, form.get("reason"), by=actor_of(request), now=now_of(request)
    )
    return "已改时间"


async def _put_back(request: web.Request, form: Form, ids: Sequence[PatientId]) -> str:
    await services_of(request).care.changes.put_back(ids, form.get("key"), by=actor_of(request), now=now_of(request))
    return "已恢复按计划的时间"


async def _end(request: web.Request, form: Form, ids: Sequence[PatientId]) -> str:
    await services_of(request).care.changes.end(
        ids, form.get("enrolment"), form.get("reason"), by=actor_of(request), now=now_of(request)
    )
    return "已结束这份计划"


async def _resume(request: web.Request, form: Form, ids: Sequence[PatientId]) -> str:
    await services_of(request).care.changes.resume(
        ids, form.get("enrolment"), by=actor_of(request), now=now_of(request)
    )
    return "已继续这份计划"


move, put_back, end, resume = _form(_move), _form(_put_back), _form(_end), _form(_resume)
