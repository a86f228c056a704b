"""设置: single days of a practitioner, with other hours than the weekly ones or none."""

from collections.abc import Sequence
from datetime import date, time
from urllib.parse import quote

from aiohttp import web
from pydantic import BaseModel

from wxbot.clinic.models import DatedHours, Practitioner, PractitionerId
from wxbot.clinic.ports import AffectedAppointment
from wxbot.errors import NotFoundError
from wxbot.stored_value import Stored
from wxbot.web.console.forms import Day, Form, filled, parse
from wxbot.web.console.frame import actor_of, now_of, page, see_other, services_of
from wxbot.web.console.settings_forms import CHANGED, part_of, revision_of
from wxbot.web.console.submit import submit
from wxbot.web.console.week_form import clock_of

PATH = "/console/settings/hours"
ROWS = 3  # stretches of one day that the form has room for


class DayForm(BaseModel):
    """A day as typed; its stretches are read apart."""

    day: Day
    reason: str = ""
    off: bool = False


async def index(request: web.Request) -> web.StreamResponse:
    """The days to come, those past folded away, and the form for another."""
    kept = await _kept(request)
    return await _form(request, filled({"revision": str(kept.revision)}), kept)


async def one(request: web.Request) -> web.StreamResponse:
    """One day to change."""
    kept = await _kept(request)
    dated = _dated(kept, request)
    values = {
        "revision": str(kept.revision),
        "day": dated.day.isoformat(),
        "reason": dated.reason,
        "off": "" if dated.spans else "true",
        "start": [f"{start:%H:%M}" for start, _ in dated.spans],
        "end": [f"{end:%H:%M}" for _, end in dated.spans],
    }
    return await _form(request, filled(values), kept)


async def save(request: web.Request) -> web.StreamResponse:
    """Keep a new day or a changed one; where appointments fall outside, show them first and ask."""
    return await submit(request, _save, again=_again, overtaken=_overtaken)


async def _save(request: web.Request, form: Form) -> web.StreamResponse:
    services, by, now, kept = services_of(request), actor_of(request), now_of(request), await _kept(request)
    dated = _typed(form)
    instead_of = _dated(kept, request).day if "day" in request.match_info else None
    if form.get("sure") != "true":
        outside = await services.dated_days.outside(kept.value.id, dated, by=by, now=now)
        if outside:
            return await _form(request, form, kept, outside=outside)
    await services.dated_days.keep(kept.value.id, dated, revision_of(form), by=by, now=now, instead_of=instead_of)
    return see_other(request, _address(kept.value.id), done="已保存，这一天患者马上按新的时间约")


async def remove(request: web.Request) -> web.StreamResponse:
    """The weekly hours again."""
    return await submit(request, _remove, overtaken=_changed_meanwhile)


async def _remove(request: web.Request, form: Form) -> web.StreamResponse:
    kept = await _kept(request)
    day, by, now = _dated(kept, request).day, actor_of(request), now_of(request)
    await services_of(request).dated_days.remove(kept.value.id, day, revision_of(form), by=by, now=now)
    return see_other(request, _address(kept.value.id), done="已去掉，这一天按每周的时间出诊")


async def _changed_meanwhile(request: web.Request, _: Form) -> web.StreamResponse:
    return see_other(request, _address(PractitionerId(request.match_info["id"])), done=CHANGED)


async def _again(request: web.Request, form: Form) -> web.StreamResponse:
    return await _form(request, form, await _kept(request))


async def _overtaken(request: web.Request, form: Form) -> web.StreamResponse:
    kept = await _kept(request)
    form.values["revision"] = str(kept.revision)
    return await _form(request, form, kept, overtaken=True)


async def _form(
    request: web.Request,
    form: Form,
    kept: Stored[Practitioner],
    *,
    outside: Sequence[AffectedAppointment] = (),
    overtaken: bool = False,
) -> web.StreamResponse:
    services = services_of(request)
    today = now_of(request).astimezone(services.clinic.timezone).date()
    typed = list(zip(form.all("start"), form.all("end"), strict=False))
    return await page(
        request,
        "settings/dates.html",
        form=form,
        kept=kept,
        rows=[*typed, *[("", "")] * (ROWS - len(typed))],
        coming=[each for each in kept.value.dated if each.day >= today],
        past=[each for each in kept.value.dated if each.day < today][::-1],
        spans=_spans,
        outside=outside,
        people=await services.patients.patients({each.patient_id for each in outside}),
        overtaken=overtaken,
        editing="day" in request.match_info,
        here=request.path,
        section=_address(kept.value.id),
    )


def _typed(form: Form) -> DatedHours:
    spans: list[tuple[time, time]] = []
    for start, end in zip(form.all("start"), form.all("end"), strict=False):
        if not start and not end:
            continue
        try:
            spans.append((clock_of(start), clock_of(end)))
        except ValueError:
            form.fail("spans", "有一段没有填完整，请写明开始和结束时间，例如 09:00 到 12:00。")
    off = form.get("off") == "true"
    if off and spans:
        form.fail("spans", "已勾选不出诊，请去掉时间；或取消勾选。")
    elif not off and not spans:
        form.fail("spans", "请填写这一天的出诊时间，或勾选「这一天不出诊」。")
    typed = parse(form, DayForm)
    return DatedHours(day=typed.day, spans=tuple(sorted(spans)), reason=typed.reason)


def _spans(dated: DatedHours) -> str:
    return " ".join(f"{start:%H:%M}–{end:%H:%M}" for start, end in dated.spans) or "不出诊"


def _address(practitioner_id: PractitionerId) -> str:
    return f"{PATH}/{quote(practitioner_id, safe='')}/dates"


def _dated(kept: Stored[Practitioner], request: web.Request) -> DatedHours:
    try:
        day = date.fromisoformat(request.match_info["day"])
    except ValueError as error:
        raise NotFoundError("no such day") from error
    found = next((each for each in kept.value.dated if each.day == day), None)
    if found is None:
        raise NotFoundError("nothing was entered for that day")
    return found


async def _kept(request: web.Request) -> Stored[Practitioner]:
    stored = await services_of(request).clinic_settings.stored(by=actor_of(request))
    return part_of(stored.practitioners, request)
