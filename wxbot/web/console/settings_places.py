"""设置: rooms and devices. Both are a list and a short form."""

from dataclasses import replace

from aiohttp import web
from pydantic import BaseModel

from wxbot.clinic.identifiers import identifier
from wxbot.clinic.models import Device, DeviceId, Room, RoomId
from wxbot.clinic.parts import SettingKind
from wxbot.stored_value import Stored
from wxbot.web.console.forms import Form, filled, parse
from wxbot.web.console.frame import actor_of, now_of, page, see_other, services_of
from wxbot.web.console.settings_forms import NOTHING_SINCE, opened, part_of, revision_of, separated, since
from wxbot.web.console.settings_removal import PATHS, address
from wxbot.web.console.submit import submit

ROOMS, DEVICES = PATHS[SettingKind.ROOMS], PATHS[SettingKind.DEVICES]


class RoomForm(BaseModel):
    """A room as typed; `kinds` is separated by commas or spaces of any kind."""

    name: str
    note: str = ""
    kinds: str = ""


class DeviceForm(BaseModel):
    """A device as typed."""

    name: str
    kind: str
    note: str = ""


# -- rooms --------------------------------------------------------------------------------------------------------


async def rooms(request: web.Request) -> web.StreamResponse:
    """Every room, with who receives there."""
    stored = await services_of(request).clinic_settings.stored(by=actor_of(request))
    users: dict[str, list[str]] = {}
    for each in stored.practitioners:
        users.setdefault(each.value.room, []).append(each.value.name)
    return await page(request, "settings/rooms.html", rooms=stored.rooms, users=users, section=ROOMS)


async def new_room(request: web.Request) -> web.StreamResponse:
    """An empty form."""
    actor_of(request).must("settings:clinic:edit")
    return await _room_form(request, filled({}), None)


async def add_room(request: web.Request) -> web.StreamResponse:
    """Keep a new room."""
    return await submit(request, _add_room, again=lambda request, form: _room_form(request, form, None))


async def _add_room(request: web.Request, form: Form) -> web.StreamResponse:
    services, typed = services_of(request), parse(form, RoomForm)
    room_id = RoomId(identifier(typed.name, [each.id for each in services.clinic.rooms]))
    value = Room(id=room_id, name=typed.name, note=typed.note, kinds=separated(typed.kinds))
    await services.clinic_settings.add_room(value, by=actor_of(request), now=now_of(request))
    return see_other(request, ROOMS, done="已添加诊室")


async def room(request: web.Request) -> web.StreamResponse:
    """One room."""
    kept = await _kept_room(request)
    return await _room_form(request, opened(kept, _room_values(kept.value)), kept)


async def save_room(request: web.Request) -> web.StreamResponse:
    """Keep its name, note and kinds."""
    return await submit(request, _save_room, again=_room_again, overtaken=_room_overtaken)


async def _save_room(request: web.Request, form: Form) -> web.StreamResponse:
    kept, typed = await _kept_room(request), parse(form, RoomForm)
    settings, by, now = services_of(request).clinic_settings, actor_of(request), now_of(request)
    value = replace(kept.value, name=typed.name, note=typed.note, kinds=separated(typed.kinds))
    await settings.save_room(value, revision_of(form), by=by, now=now)
    return see_other(request, address(SettingKind.ROOMS, kept.id), done="已保存")


async def _room_again(request: web.Request, form: Form) -> web.StreamResponse:
    return await _room_form(request, form, await _kept_room(request))


async def _room_overtaken(request: web.Request, form: Form) -> web.StreamResponse:
    return await _room_form(request, form, await _kept_room(request), stale=True)


async def _kept_room(request: web.Request) -> Stored[Room]:
    stored = await services_of(request).clinic_settings.stored(by=actor_of(request))
    return part_of(stored.rooms, request)


async def _room_form(
    request: web.Request, form: Form, kept: Stored[Room] | None, *, stale: bool = False
) -> web.StreamResponse:
    changed = since(form, kept, _room_values(kept.value)) if stale and kept is not None else NOTHING_SINCE
    return await page(request, "settings/room.html", form=form, kept=kept, since=changed, section=ROOMS)


def _room_values(value: Room) -> dict[str, str]:
    return {"name": value.name, "note": value.note, "kinds": "、".join(value.kinds)}


# -- devices ------------------------------------------------------------------------------------------------------


async def devices(request: web.Request) -> web.StreamResponse:
    """Every device, with the visit types that need its kind."""
    stored = await services_of(request).clinic_settings.stored(by=actor_of(request))
    users: dict[str, list[str]] = {}
    for each in stored.visit_types:
        for kind in each.value.devices if not each.value.retired else ():
            users.setdefault(kind, []).append(each.value.name)
    return await page(request, "settings/devices.html", devices=stored.devices, users=users, section=DEVICES)


async def new_device(request: web.Request) -> web.StreamResponse:
    """An empty form."""
    actor_of(request).must("settings:clinic:edit")
    return await _device_form(request, filled({}), None)


async def add_device(request: web.Request) -> web.StreamResponse:
    """Keep a new device."""
    return await submit(request, _add_device, again=lambda request, form: _device_form(request, form, None))


async def _add_device(request: web.Request, form: Form) -> web.StreamResponse:
    services, typed = services_of(request), parse(form, DeviceForm)
    device_id = DeviceId(identifier(typed.name, [each.id for each in services.clinic.devices]))
    value = Device(id=device_id, name=typed.name, kind=typed.kind, note=typed.note)
    await services.clinic_settings.add_device(value, by=actor_of(request), now=now_of(request))
    return see_other(request, DEVICES, done=f"已添加设备。请到「项目」里为要用{typed.kind}的项目勾选它")


async def device(request: web.Request) -> web.StreamResponse:
    """One device."""
    kept = await _kept_device(request)
    return await _device_form(request, opened(kept, _device_values(kept.value)), kept)


async def save_device(request: web.Request) -> web.StreamResponse:
    """Keep its name, kind and note."""
    return await submit(request, _save_device, again=_device_again, overtaken=_device_overtaken)


async def _save_device(request: web.Request, form: Form) -> web.StreamResponse:
    kept, typed = await _kept_device(request), parse(form, DeviceForm)
    settings, by, now = services_of(request).clinic_settings, actor_of(request), now_of(request)
    value = replace(kept.value, name=typed.name, kind=typed.kind, note=typed.note)
    await settings.save_device(value, revision_of(form), by=by, now=now)
    return see_other(request, address(SettingKind.DEVICES, kept.id), done="已保存")


async def _device_again(request: web.Request, form: Form) -> web.StreamResponse:
    return await _device_form(request, form, await _kept_device(request))


async def _device_overtaken(request: web.Request, form: Form) -> web.StreamResponse:
    return await _device_form(request, form, await _kept_device(request), stale=True)


async def _kept_device(request: web.Request) -> Stored[Device]:
    stored = await services_of(request).clinic_settings.stored(by=actor_of(request))
    return part_of(stored.devices, request)


async def _device_form(
    request: web.Request, form: Form, kept: Stored[Device] | None, *, stale: bool = False
) -> web.StreamResponse:
    changed = since(form, kept, _device_values(kept.value)) if stale and kept is not None else NOTHING_SINCE
    kinds = sorted({each.kind for each in services_of(request).clinic.devices})
    return await page(
        request, "settings/device.html", form=form, kept=kept, since=changed, kinds=kinds, section=DEVICES
    )


def _device_values(value: Device) -> dict[str, str]:
    return {"name": value.name, "kind": value.kind, "note": value.note}
