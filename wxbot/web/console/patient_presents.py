"""生日礼物: noted on the patient's page or on the card of a birthday call, and taken back."""

from collections.abc import Sequence
from datetime import date

from aiohttp import web

from wxbot.care.anchors.birthday import birthday_in
from wxbot.care.dates import read_date
from wxbot.care.presents import Presents
from wxbot.days import DayError
from wxbot.errors import FieldErrors
from wxbot.followups.models import FollowUp
from wxbot.history.models import PatientId
from wxbot.web.console.followup_rows import WorkRow
from wxbot.web.console.forms import Form
from wxbot.web.console.frame import actor_of, now_of, page, see_other, services_of
from wxbot.web.console.patient_page import here, id_of
from wxbot.web.console.submit import sentences, submit

PART = "#presents"
CALLS = "/console/followups/"  # the card of a call, from which one may come


async def note(request: web.Request) -> web.StreamResponse:
    """Note what was given; then back to where the form was."""
    return await submit(request, _note, again=_again)


async def take_back(request: web.Request) -> web.StreamResponse:
    """It was noted by mistake."""
    return await submit(request, _take_back, again=_again)


async def of_birthday(request: web.Request, task: FollowUp, row: WorkRow) -> tuple[date, Presents] | None:
    """Of a call about a birthday: its day, and what was given to the patient; None of any other call."""
    services, actor = services_of(request), actor_of(request)
    day = birthday_in(task.key)
    if day is None or row.card is None or not actor.may("patients:patient:read"):
        return None
    ids = await services.recalls.plans.records_of([row.card.id])
    return day, await services.care.presents.of_patient(ids, by=actor)


async def _note(request: web.Request, form: Form) -> web.StreamResponse:
    try:
        day = read_date(form.get("day"))
    except DayError as error:
        raise FieldErrors({"day": error.sentence}) from error
    await services_of(request).care.presents.note(
        await _records(request), form.get("text"), day, by=actor_of(request), now=now_of(request)
    )
    back = form.get("back")
    return see_other(request, back if back.startswith(CALLS) else here(id_of(request), PART), done="已记下礼物")


async def _take_back(request: web.Request, form: Form) -> web.StreamResponse:
    await services_of(request).care.presents.take_back(
        await _records(request), form.get("present"), by=actor_of(request), now=now_of(request)
    )
    return see_other(request, here(id_of(request), PART), done="已撤回")


async def _again(request: web.Request, form: Form) -> web.StreamResponse:
    words = sentences(form)
    return await page(request, "patients/again.html", words=words, form=form, patient_id=id_of(request), status=422)


async def _records(request: web.Request) -> Sequence[PatientId]:
    detail = await services_of(request).records.detail(id_of(request), by=actor_of(request), now=now_of(request))
    return detail.ids
