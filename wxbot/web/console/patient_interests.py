"""以前了解过、还没有做的: noted by hand on the patient's page, ended, and the end taken back."""

from collections.abc import Sequence

from aiohttp import web

from wxbot.history.models import PatientId
from wxbot.web.console.forms import Form
from wxbot.web.console.frame import actor_of, now_of, services_of
from wxbot.web.console.patient_notes import note_form
from wxbot.web.console.patient_page import id_of

PART = "#interests"


async def _note(request: web.Request, form: Form) -> str:
    await services_of(request).reception.interests.note(
        await _records(request), form.get("project"), by=actor_of(request), now=now_of(request)
    )
    return "已记下"


async def _end(request: web.Request, form: Form) -> str:
    await services_of(request).reception.interests.end(
        await _records(request), form.get("key"), form.get("end"), by=actor_of(request), now=now_of(request)
    )
    return "已移出，可以恢复"


async def _resume(request: web.Request, form: Form) -> str:
    await services_of(request).reception.interests.resume(
        await _records(request), form.get("key"), by=actor_of(request), now=now_of(request)
    )
    return "已恢复"


async def _records(request: web.Request) -> Sequence[PatientId]:
    detail = await services_of(request).records.detail(id_of(request), by=actor_of(request), now=now_of(request))
    return detail.ids


note = note_form(PART, _note)
end = note_form(PART, _end)
resume = note_form(PART, _resume)
