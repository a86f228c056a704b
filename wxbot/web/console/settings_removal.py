"""停用, 恢复 and 删除 of practitioners, rooms and visit types: the same steps for each."""

from urllib.parse import quote

from aiohttp import web

from wxbot.clinic.errors import InUseError, UnfitError
from wxbot.clinic.parts import SettingKind
from wxbot.errors import StaleError
from wxbot.web.console.forms import read_form
from wxbot.web.console.frame import actor_of, now_of, page, see_other, services_of
from wxbot.web.console.settings_forms import revision_of

PATHS = {
    SettingKind.PRACTITIONERS: "/console/settings/practitioners",
    SettingKind.ROOMS: "/console/settings/rooms",
    SettingKind.VISIT_TYPES: "/console/settings/visit-types",
}
CHANGED = "没有改动：刚刚有同事修改过这一项，请看过再操作"


def address(place: SettingKind, part_id: str) -> str:
    """The page of one part."""
    return f"{PATHS[place]}/{quote(part_id, safe='')}"


async def retire_practitioner(request: web.Request) -> web.StreamResponse:
    """No new bookings, or bookings again."""
    return await _retire(request, SettingKind.PRACTITIONERS)


async def retire_room(request: web.Request) -> web.StreamResponse:
    """Nobody new receives there, or somebody may again."""
    return await _retire(request, SettingKind.ROOMS)


async def retire_visit_type(request: web.Request) -> web.StreamResponse:
    """No new bookings, or bookings again."""
    return await _retire(request, SettingKind.VISIT_TYPES)


async def remove_practitioner(request: web.Request) -> web.StreamResponse:
    """Remove whom no appointment names."""
    return await _remove(request, SettingKind.PRACTITIONERS)


async def remove_room(request: web.Request) -> web.StreamResponse:
    """Remove what no appointment and no practitioner names."""
    return await _remove(request, SettingKind.ROOMS)


async def remove_visit_type(request: web.Request) -> web.StreamResponse:
    """Remove what no appointment names."""
    return await _remove(request, SettingKind.VISIT_TYPES)


async def _retire(request: web.Request, place: SettingKind) -> web.StreamResponse:
    form = await read_form(request)
    part_id, retired = request.match_info["id"], form.get("retired") == "true"
    room, by, now = services_of(request).clinic_settings, actor_of(request), now_of(request)
    try:
        await room.retire(place, part_id, revision_of(form), retired=retired, by=by, now=now)
    except UnfitError as error:
        return see_other(request, address(place, part_id), done=" ".join(error.fields.values()))
    except StaleError:
        return see_other(request, address(place, part_id), done=CHANGED)
    done = "已停用：不再接受新预约，已有的预约不变" if retired else "已恢复"
    return see_other(request, address(place, part_id), done=done)


async def _remove(request: web.Request, place: SettingKind) -> web.StreamResponse:
    form = await read_form(request)
    part_id = request.match_info["id"]
    services, by, now = services_of(request), actor_of(request), now_of(request)
    try:
        await services.clinic_settings.remove(place, part_id, revision_of(form), by=by, now=now)
    except InUseError as error:
        people = await services.patients.patients({each.patient_id for each in error.standing})
        return await page(
            request,
            "settings/in_use.html",
            standing=error.standing,
            people=people,
            back=address(place, part_id),
            retire=f"{address(place, part_id)}/retire",
            revision=form.get("revision"),
        )
    except UnfitError as error:
        return see_other(request, address(place, part_id), done=" ".join(error.fields.values()))
    except StaleError:
        return see_other(request, address(place, part_id), done=CHANGED)
    return see_other(request, PATHS[place], done="已删除")
