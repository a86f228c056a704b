"""Dates that plans count from, on the patient's page: noted, changed after seeing what moves, removed, taken back."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import date

from aiohttp import web

from wxbot.care.date_shifts import Shift
from wxbot.care.dates import PatientDate, read_date
from wxbot.days import DayError
from wxbot.errors import FieldErrors
from wxbot.history.models import PatientId
from wxbot.patients.views import PatientDetail
from wxbot.web.console.forms import Form, filled, whole_number
from wxbot.web.console.frame import actor_of, now_of, page, see_other, services_of
from wxbot.web.console.patient_page import here, id_of
from wxbot.web.console.submit import complain, submit

PART = "#dates"


async def note(request: web.Request) -> web.StreamResponse:
    """Note a date."""
    return await submit(request, _note, again=_note_again)


async def _note(request: web.Request, form: Form) -> web.StreamResponse:
    detail = await _detail(request)
    await services_of(request).care.dates.note(
        detail.ids,
        form.get("kind"),
        _day(form.get("day")),
        form.get("note"),
        by=actor_of(request),
        now=now_of(request),
    )
    return see_other(request, here(detail.card.id, PART), done="已记下")


async def _note_again(request: web.Request, form: Form) -> web.StreamResponse:
    detail = await _detail(request)
    kinds = list(services_of(request).care.dates.names.items())
    return await page(request, "patients/date_new.html", form=form, card=detail.card, kinds=kinds, status=422)


async def edit(request: web.Request) -> web.StreamResponse:
    """The form; with another `day` in the address also what that would change."""
    detail, noted = await _noted(request)
    asked = request.query.get("day", "")
    form = filled({"day": asked or noted.day.isoformat(), "note": request.query.get("note", noted.note)})
    shifts: Sequence[Shift] | None = None
    try:
        if asked:
            shifts = await services_of(request).care.dates.preview(
                detail.ids, noted.id, _day(asked), by=actor_of(request), now=now_of(request)
            )
    except FieldErrors as error:
        complain(form, error)
    return await _edit_page(request, form, detail, noted, shifts)


async def save(request: web.Request) -> web.StreamResponse:
    """Change it as it was shown; where a colleague was faster, show how it stands."""
    return await submit(request, _save, again=_save_again, overtaken=_overtaken)


async def _save(request: web.Request, form: Form) -> web.StreamResponse:
    detail = await _detail(request)
    await services_of(request).care.dates.change(
        detail.ids,
        request.match_info["date"],
        _day(form.get("day")),
        form.get("note"),
        revision=whole_number(form.get("revision"), -1),
        by=actor_of(request),
        now=now_of(request),
    )
    return see_other(request, here(detail.card.id, PART), done="已更改日期")


async def _save_again(request: web.Request, form: Form) -> web.StreamResponse:
    detail, noted = await _noted(request)
    return await _edit_page(request, form, detail, noted, None)


async def _overtaken(request: web.Request, form: Form) -> web.StreamResponse:
    detail, noted = await _noted(request)
    if not noted.live:
        return see_other(request, here(detail.card.id, PART), done="这个日期刚刚被同事删除了")
    return await _edit_page(request, form, detail, noted, None, status=409)


async def _edit_page(  # noqa: PLR0913, PLR0917 - what the page shows
    request: web.Request,
    form: Form,
    detail: PatientDetail,
    noted: PatientDate,
    shifts: Sequence[Shift] | None,
    status: int | None = None,
) -> web.StreamResponse:
    services = services_of(request)
    return await page(
        request,
        "patients/date.html",
        form=form,
        card=detail.card,
        noted=noted,
        kind=services.care.dates.names.get(noted.kind, noted.kind),
        shifts=shifts,
        overtaken=status is not None,
        template_name=services.templates.name_of,
        status=status or (422 if form.errors else 200),
    )


Press = Callable[[web.Request, Form, PatientDetail], Awaitable[str]]  # returns what was done, for the page


def _button(press: Press) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """The handler of a button on the patient's page."""

    async def save(request: web.Request, form: Form) -> web.StreamResponse:
        detail = await _detail(request)
        return see_other(request, here(detail.card.id, PART), done=await press(request, form, detail))

    async def handle(request: web.Request) -> web.StreamResponse:
        return await submit(request, save)

    return handle


async def _remove(request: web.Request, form: Form, detail: PatientDetail) -> str:
    await services_of(request).care.dates.remove(
        detail.ids,
        request.match_info["date"],
        revision=whole_number(form.get("revision"), -1),
        by=actor_of(request),
        now=now_of(request),
    )
    return "已删除这个日期，可以在下面恢复"


async def _restore(request: web.Request, _: Form, detail: PatientDetail) -> str:
    await services_of(request).care.dates.restore(
        detail.ids, request.match_info["date"], by=actor_of(request), now=now_of(request)
    )
    return "已恢复这个日期"


remove, restore = _button(_remove), _button(_restore)


async def _detail(request: web.Request) -> PatientDetail:
    return await services_of(request).records.detail(id_of(request), by=actor_of(request), now=now_of(request))


async def _noted(request: web.Request) -> tuple[PatientDetail, PatientDate]:
    detail = await _detail(request)
    ids: Sequence[PatientId] = detail.ids
    return detail, await services_of(request).care.dates.get(ids, request.match_info["date"], by=actor_of(request))


def _day(text: str) -> date:
    try:
        return read_date(text.strip())
    except DayError as error:
        raise FieldErrors({"day": error.sentence}) from error
