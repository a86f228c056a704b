"""停用, 恢复 and 删除 of practitioners, rooms, devices and visit types: the same steps for each."""

from functools import partial
from urllib.parse import quote

from aiohttp import web

from wxbot.clinic.errors import InUseError
from wxbot.clinic.parts import SettingKind
from wxbot.web.console.forms import Form
from wxbot.web.console.frame import actor_of, now_of, page, see_other, services_of
from wxbot.web.console.settings_forms import CHANGED, revision_of
from wxbot.web.console.submit import submit

PATHS = {
    SettingKind.PRACTITIONERS: "/console/settings/practitioners",
    SettingKind.ROOMS: "/console/settings/rooms",
    SettingKind.DEVICES: "/console/settings/devices",
    SettingKind.VISIT_TYPES: "/console/settings/visit-types",
}


def address(kind: SettingKind, part_id: str) -> str:
    """The page of one part."""
    return f"{PATHS[kind]}/{quote(part_id, safe='')}"


async def retire_practitioner(request: web.Request) -> web.StreamResponse:
    """No new appointments, or appointments again."""
    return await _retire(request, SettingKind.PRACTITIONERS)


async def retire_room(request: web.Request) -> web.StreamResponse:
    """No practitioner may be given this room, or they may again."""
    return await _retire(request, SettingKind.ROOMS)


async def retire_device(request: web.Request) -> web.StreamResponse:
    """Not given to new appointments, or given again."""
    return await _retire(request, SettingKind.DEVICES)


async def retire_visit_type(request: web.Request) -> web.StreamResponse:
    """No new appointments, or appointments again."""
    return await _retire(request, SettingKind.VISIT_TYPES)


async def remove_practitioner(request: web.Request) -> web.StreamResponse:
    """Remove a practitioner whom no appointment names."""
    return await _remove(request, SettingKind.PRACTITIONERS)


async def remove_room(request: web.Request) -> web.StreamResponse:
    """Remove what no appointment and no practitioner names."""
    return await _remove(request, SettingKind.ROOMS)


async def remove_device(request: web.Request) -> web.StreamResponse:
    """Remove what no appointment names and no visit type needs."""
    return await _remove(request, SettingKind.DEVICES)


async def remove_visit_type(request: web.Request) -> web.StreamResponse:
    """Remove what no appointment names."""
    return await _remove(request, SettingKind.VISIT_TYPES)


async def _retire(request: web.Request, kind: SettingKind) -> web.StreamResponse:
    return await submit(
        request, partial(_retired, kind), again=partial(_again, kind), overtaken=partial(_overtaken, kind)
    )


async def _retired(kind: SettingKind, request: web.Request, form: Form) -> web.StreamResponse:
    part_id, retired = request.match_info["id"], form.get("retired") == "true"
    settings, by, now = services_of(request).clinic_settings, actor_of(request), now_of(request)
    await settings.retire(kind, part_id, revision_of(form), retired=retired, by=by, now=now)
    done = "已停用：不再接受新预约，已有的预约不变" if retired else "已恢复"
    return see_other(request, address(kind, part_id), done=done)


async def _remove(request: web.Request, kind: SettingKind) -> web.StreamResponse:
    return await submit(
        request, partial(_removed, kind), again=partial(_again, kind), overtaken=partial(_overtaken, kind)
    )


async def _removed(kind: SettingKind, request: web.Request, form: Form) -> web.StreamResponse:
    part_id = request.match_info["id"]
    services, by, now = services_of(request), actor_of(request), now_of(request)
    try:
        await services.clinic_settings.remove(kind, part_id, revision_of(form), by=by, now=now)
    except InUseError as error:
        people = await services.patients.patients({each.patient_id for each in error.affected})
        return await page(
            request,
            "settings/in_use.html",
            affected=error.affected,
            people=people,
            back=address(kind, part_id),
            retire=f"{address(kind, part_id)}/retire",
            revision=form.get("revision"),
        )
    return see_other(request, PATHS[kind], done="已删除")


async def _again(kind: SettingKind, request: web.Request, form: Form) -> web.StreamResponse:
    return see_other(request, address(kind, request.match_info["id"]), done=" ".join(form.errors.values()))


async def _overtaken(kind: SettingKind, request: web.Request, _: Form) -> web.StreamResponse:
    return see_other(request, address(kind, request.match_info["id"]), done=CHANGED)
