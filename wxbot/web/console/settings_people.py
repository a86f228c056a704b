"""设置: practitioners, with their photo and the doctor card that patients see."""

from dataclasses import replace

from aiohttp import web
from aiohttp.web_request import FileField

from wxbot.clinic.identifiers import identifier
from wxbot.clinic.models import Clinic, PhotoId, Practitioner, PractitionerId, VisitTypeId
from wxbot.clinic.parts import SettingKind
from wxbot.clinic.photos import MOST_BYTES
from wxbot.errors import NotFoundError
from wxbot.stored_value import Stored
from wxbot.web.console.forms import Form, filled
from wxbot.web.console.frame import actor_of, now_of, page, see_other, services_of
from wxbot.web.console.settings_forms import CHANGED, NOTHING_SINCE, opened, revision_of, since
from wxbot.web.console.settings_removal import PATHS, address
from wxbot.web.console.submit import submit

PATH = PATHS[SettingKind.PRACTITIONERS]
A_DAY = 24 * 3600  # seconds; a picture never changes under its id


async def index(request: web.Request) -> web.StreamResponse:
    """Everybody, those who left last."""
    stored = await services_of(request).clinic_settings.stored(by=actor_of(request))
    people = sorted(stored.practitioners, key=lambda each: each.value.retired)
    return await page(request, "settings/practitioners.html", people=people, section=PATH)


async def new(request: web.Request) -> web.StreamResponse:
    """An empty form."""
    actor_of(request).must("settings:clinic:edit")
    return await _form(request, filled({}), None)


async def add(request: web.Request) -> web.StreamResponse:
    """Keep somebody new, then ask for their hours."""
    return await submit(request, _add, again=lambda request, form: _form(request, form, None))


async def _add(request: web.Request, form: Form) -> web.StreamResponse:
    services = services_of(request)
    taken = [each.id for each in services.clinic.practitioners]
    person = _typed(form, PractitionerId(identifier(form.get("name"), taken)), services.clinic)
    await services.clinic_settings.add_practitioner(person, by=actor_of(request), now=now_of(request))
    return see_other(request, f"/console/settings/hours/{person.id}", done="已添加，请填写出诊时间")


async def one(request: web.Request) -> web.StreamResponse:
    """One practitioner."""
    kept = await _kept(request)
    return await _form(request, opened(kept, _values(kept.value)), kept)


async def save(request: web.Request) -> web.StreamResponse:
    """Keep the changes."""
    return await submit(request, _save, again=_again, overtaken=_overtaken)


async def _save(request: web.Request, form: Form) -> web.StreamResponse:
    services, kept = services_of(request), await _kept(request)
    typed = _typed(form, kept.value.id, services.clinic)
    kept_too = {name: getattr(kept.value, name) for name in ("hours", "dated", "photo", "retired")}
    person = replace(typed, **kept_too)
    await services.clinic_settings.save_practitioner(
        person, revision_of(form), by=actor_of(request), now=now_of(request)
    )
    return see_other(request, address(SettingKind.PRACTITIONERS, kept.id), done="已保存")


async def _again(request: web.Request, form: Form) -> web.StreamResponse:
    return await _form(request, form, await _kept(request))


async def _overtaken(request: web.Request, form: Form) -> web.StreamResponse:
    return await _form(request, form, await _kept(request), stale=True)


async def upload(request: web.Request) -> web.StreamResponse:
    """Take a photo, or take it away."""
    return await submit(request, _upload, again=_upload_again, overtaken=_changed_meanwhile)


async def _upload(request: web.Request, form: Form) -> web.StreamResponse:
    kept, given = await _kept(request), form.files.get("photo")
    data = None if form.get("remove") == "true" else b"" if given is None else _content(given)
    settings, by, now = services_of(request).clinic_settings, actor_of(request), now_of(request)
    await settings.save_photo(kept.value.id, data, revision_of(form), by=by, now=now)
    return see_other(request, address(SettingKind.PRACTITIONERS, kept.id), done="照片已更新")


async def _upload_again(request: web.Request, form: Form) -> web.StreamResponse:
    kept = await _kept(request)
    shown = opened(kept, _values(kept.value))
    shown.errors.update(form.errors)
    return await _form(request, shown, kept)


async def _changed_meanwhile(request: web.Request, _: Form) -> web.StreamResponse:
    return see_other(request, address(SettingKind.PRACTITIONERS, request.match_info["id"]), done=CHANGED)


async def photo(request: web.Request) -> web.StreamResponse:
    """A picture, of the type its bytes say."""
    found = await services_of(request).clinic_settings.photo(PhotoId(request.match_info["id"]))
    if found is None:
        raise NotFoundError("no such picture")
    keep = f"private, max-age={A_DAY}, immutable"
    headers = {"Cache-Control": keep, "X-Content-Type-Options": "nosniff"}
    return web.Response(body=found.data, content_type=found.content_type, headers=headers)


async def _kept(request: web.Request) -> Stored[Practitioner]:
    stored = await services_of(request).clinic_settings.stored(by=actor_of(request))
    found = next((each for each in stored.practitioners if each.id == request.match_info["id"]), None)
    if found is None:
        raise NotFoundError("no such practitioner")
    return found


async def _form(
    request: web.Request, form: Form, kept: Stored[Practitioner] | None, *, stale: bool = False
) -> web.StreamResponse:
    clinic = services_of(request).clinic
    changed = since(form, kept, _values(kept.value)) if stale and kept is not None else NOTHING_SINCE
    return await page(
        request,
        "settings/practitioner.html",
        form=form,
        kept=kept,
        since=changed,
        section=PATH,
        rooms=[(each.id, each.name) for each in clinic.rooms if not each.retired or each.id == form.get("room")],
        kinds=[(each.id, each.name + ("（已停用）" if each.retired else "")) for each in clinic.visit_types],
        card=_card(form, kept, request),
        most_kb=MOST_BYTES // 1024,
    )


def _typed(form: Form, practitioner_id: PractitionerId, clinic: Clinic) -> Practitioner:
    chosen = form.all("visit_types")
    known = [each.id for each in clinic.visit_types if each.id in chosen]
    unknown = [VisitTypeId(each) for each in chosen if each not in known]
    return Practitioner(
        id=practitioner_id,
        name=form.get("name"),
        title=form.get("title"),
        speciality=form.get("speciality"),
        room=form.get("room"),
        visit_types=(*known, *unknown),
        hours=(),
        bio=form.get("bio"),
    )


def _values(person: Practitioner) -> dict[str, str | list[str]]:
    return {
        "name": person.name,
        "title": person.title,
        "speciality": person.speciality,
        "room": person.room,
        "visit_types": list(person.visit_types),
        "bio": person.bio,
    }


def _card(form: Form, kept: Stored[Practitioner] | None, request: web.Request) -> dict[str, object]:
    """The doctor card as patients will see it, of what stands in the form."""
    names = {each.id: each.name for each in services_of(request).clinic.visit_types}
    return {
        "name": form.get("name"),
        "title": form.get("title"),
        "speciality": form.get("speciality"),
        "bio": form.get("bio"),
        "photo": kept.value.photo if kept is not None else None,
        "kinds": [names[VisitTypeId(each)] for each in form.all("visit_types") if each in names],
    }


def _content(given: FileField) -> bytes:
    """The file's bytes; one more than allowed is enough to know that it is too large."""
    with given.file as file:
        return file.read(MOST_BYTES + 1)
