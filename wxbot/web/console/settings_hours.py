"""设置: the weekly hours of a practitioner, several blocks a day. htmx adds and removes rows; it works without too."""

from aiohttp import web

from wxbot.clinic.changes import hours_words
from wxbot.clinic.models import Practitioner
from wxbot.errors import NotFoundError
from wxbot.stored_value import Stored
from wxbot.web.console.forms import Form
from wxbot.web.console.frame import actor_of, now_of, page, see_other, services_of
from wxbot.web.console.settings_forms import opened, revision_of
from wxbot.web.console.submit import submit
from wxbot.web.console.week_form import WeekPage, copied, typed_blocks, week_values

PATH = "/console/settings/hours"
PAGE = WeekPage("settings/hours_one.html", section=PATH, rows=f"{PATH}/row")


async def index(request: web.Request) -> web.StreamResponse:
    """Everybody's week on one line."""
    stored = await services_of(request).clinic_settings.stored(by=actor_of(request))
    weeks = [(each, hours_words(each.value.hours)) for each in stored.practitioners if not each.value.retired]
    return await page(request, "settings/hours.html", weeks=weeks, section=PATH)


async def one(request: web.Request) -> web.StreamResponse:
    """The week of one practitioner."""
    kept = await _kept(request)
    return await _form(request, opened(kept, week_values(kept.value.hours)), kept)


async def row(request: web.Request) -> web.StreamResponse:
    """One more empty row of a day; or nothing, in the place of a row that goes."""
    actor_of(request).must("settings:clinic:edit")
    return await PAGE.empty_row(request)


async def save(request: web.Request) -> web.StreamResponse:
    """Keep the week; or copy a day's hours inside the form, which keeps nothing yet."""
    return await submit(request, _save, again=_again, overtaken=_overtaken)


async def _save(request: web.Request, form: Form) -> web.StreamResponse:
    kept = await _kept(request)
    if day := copied(form):
        return await _form(request, form, kept, copied=day)
    settings, by, now = services_of(request).clinic_settings, actor_of(request), now_of(request)
    await settings.save_hours(kept.value.id, typed_blocks(form), revision_of(form), by=by, now=now)
    return see_other(request, PATH, done=f"已保存{kept.value.name}的出诊时间。已有的预约不变")


async def _again(request: web.Request, form: Form) -> web.StreamResponse:
    return await _form(request, form, await _kept(request))


async def _overtaken(request: web.Request, form: Form) -> web.StreamResponse:
    return await _form(request, form, await _kept(request), stale=True)


async def _form(
    request: web.Request, form: Form, kept: Stored[Practitioner], *, stale: bool = False, copied: str = ""
) -> web.StreamResponse:
    return await PAGE.show(request, form, kept, kept.value.hours, stale=stale, copied=copied)


async def _kept(request: web.Request) -> Stored[Practitioner]:
    stored = await services_of(request).clinic_settings.stored(by=actor_of(request))
    found = next((each for each in stored.practitioners if each.id == request.match_info["id"]), None)
    if found is None:
        raise NotFoundError("no such practitioner")
    return found
