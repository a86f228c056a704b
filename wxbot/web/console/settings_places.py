"""设置: rooms and visit types. Both are a list and a short form."""

from collections.abc import Sequence
from typing import TypeVar

from aiohttp import web
from pydantic import BaseModel, Field

from wxbot.clinic.identifiers import identifier
from wxbot.clinic.models import Room, RoomId, VisitType, VisitTypeId
from wxbot.clinic.parts import SettingKind
from wxbot.errors import NotFoundError
from wxbot.staff.permissions import ROLE_NAMES, who_may
from wxbot.stored_value import Stored
from wxbot.web.console.forms import Day, Form, filled, parse
from wxbot.web.console.frame import actor_of, now_of, page, see_other, services_of
from wxbot.web.console.settings_forms import NOTHING_SINCE, opened, revision_of, since
from wxbot.web.console.settings_removal import PATHS, address
from wxbot.web.console.submit import submit

K = TypeVar("K", Room, VisitType)

MAY_SAY_PRICES = {role.value: ROLE_NAMES[role] for role in who_may("desk:conversation:reply")}
ROOMS, KINDS = PATHS[SettingKind.ROOMS], PATHS[SettingKind.VISIT_TYPES]


class RoomForm(BaseModel):
    """A room as typed."""

    name: str
    note: str = ""


class VisitTypeForm(BaseModel):
    """A visit type as typed; `also` is separated by commas or spaces of any kind."""

    name: str
    minutes: int = Field(ge=5, le=480)
    aftercare: str = ""
    bring: str = ""
    also: str = ""
    price_from: int | None = Field(default=None, ge=0)
    price_to: int | None = Field(default=None, ge=0)
    price_until: Day | None = None
    price_by: list[str] = Field(default_factory=list)


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
    value = Room(id=room_id, name=typed.name, note=typed.note)
    await services.clinic_settings.add_room(value, by=actor_of(request), now=now_of(request))
    return see_other(request, ROOMS, done="已添加诊室")


async def room(request: web.Request) -> web.StreamResponse:
    """One room."""
    kept = await _kept_room(request)
    return await _room_form(request, opened(kept, _room_values(kept.value)), kept)


async def save_room(request: web.Request) -> web.StreamResponse:
    """Keep its name and note."""
    return await submit(request, _save_room, again=_room_again, overtaken=_room_overtaken)


async def _save_room(request: web.Request, form: Form) -> web.StreamResponse:
    kept, typed = await _kept_room(request), parse(form, RoomForm)
    settings, by, now = services_of(request).clinic_settings, actor_of(request), now_of(request)
    value = Room(id=kept.value.id, name=typed.name, note=typed.note, retired=kept.value.retired)
    await settings.save_room(value, revision_of(form), by=by, now=now)
    return see_other(request, address(SettingKind.ROOMS, kept.id), done="已保存")


async def _room_again(request: web.Request, form: Form) -> web.StreamResponse:
    return await _room_form(request, form, await _kept_room(request))


async def _room_overtaken(request: web.Request, form: Form) -> web.StreamResponse:
    return await _room_form(request, form, await _kept_room(request), stale=True)


async def _kept_room(request: web.Request) -> Stored[Room]:
    stored = await services_of(request).clinic_settings.stored(by=actor_of(request))
    return _found(stored.rooms, request)


async def _room_form(
    request: web.Request, form: Form, kept: Stored[Room] | None, *, stale: bool = False
) -> web.StreamResponse:
    changed = since(form, kept, _room_values(kept.value)) if stale and kept is not None else NOTHING_SINCE
    return await page(request, "settings/room.html", form=form, kept=kept, since=changed, section=ROOMS)


def _room_values(value: Room) -> dict[str, str]:
    return {"name": value.name, "note": value.note}


# -- visit types --------------------------------------------------------------------------------------------------


async def visit_types(request: web.Request) -> web.StreamResponse:
    """Every visit type, with who offers it."""
    stored = await services_of(request).clinic_settings.stored(by=actor_of(request))
    clinic = services_of(request).clinic
    offering = {each.id: [person.name for person in clinic.who_offers(each.value.id)] for each in stored.visit_types}
    return await page(request, "settings/visit_types.html", kinds=stored.visit_types, offering=offering, section=KINDS)


async def new_visit_type(request: web.Request) -> web.StreamResponse:
    """An empty form."""
    actor_of(request).must("settings:clinic:edit")
    return await _kind_form(request, filled({"minutes": "30"}), None)


async def add_visit_type(request: web.Request) -> web.StreamResponse:
    """Keep a new visit type."""
    return await submit(request, _add_kind, again=lambda request, form: _kind_form(request, form, None))


async def _add_kind(request: web.Request, form: Form) -> web.StreamResponse:
    services, typed = services_of(request), parse(form, VisitTypeForm)
    kind_id = VisitTypeId(identifier(typed.name, [each.id for each in services.clinic.visit_types]))
    value = _kind(kind_id, typed, retired=False)
    await services.clinic_settings.add_visit_type(value, by=actor_of(request), now=now_of(request))
    done = "已添加。请到「医生」里为开展这个项目的医生勾选它，患者才约得到"
    return see_other(request, KINDS, done=done)


async def visit_type(request: web.Request) -> web.StreamResponse:
    """One visit type."""
    kept = await _kept_kind(request)
    return await _kind_form(request, opened(kept, _kind_values(kept.value)), kept)


async def save_visit_type(request: web.Request) -> web.StreamResponse:
    """Keep the changes."""
    return await submit(request, _save_kind, again=_kind_again, overtaken=_kind_overtaken)


async def _save_kind(request: web.Request, form: Form) -> web.StreamResponse:
    kept, typed = await _kept_kind(request), parse(form, VisitTypeForm)
    settings, by, now = services_of(request).clinic_settings, actor_of(request), now_of(request)
    value = _kind(kept.value.id, typed, retired=kept.value.retired)
    await settings.save_visit_type(value, revision_of(form), by=by, now=now)
    return see_other(request, address(SettingKind.VISIT_TYPES, kept.id), done="已保存")


async def _kind_again(request: web.Request, form: Form) -> web.StreamResponse:
    return await _kind_form(request, form, await _kept_kind(request))


async def _kind_overtaken(request: web.Request, form: Form) -> web.StreamResponse:
    return await _kind_form(request, form, await _kept_kind(request), stale=True)


async def _kept_kind(request: web.Request) -> Stored[VisitType]:
    stored = await services_of(request).clinic_settings.stored(by=actor_of(request))
    return _found(stored.visit_types, request)


async def _kind_form(
    request: web.Request, form: Form, kept: Stored[VisitType] | None, *, stale: bool = False
) -> web.StreamResponse:
    changed = since(form, kept, _kind_values(kept.value)) if stale and kept is not None else NOTHING_SINCE
    aftercare = services_of(request).clinic_settings.aftercare
    return await page(
        request,
        "settings/visit_type.html",
        form=form,
        kept=kept,
        since=changed,
        section=KINDS,
        aftercare=list(aftercare.items()),
        roles=list(MAY_SAY_PRICES.items()),
    )


def _kind(kind_id: VisitTypeId, typed: VisitTypeForm, *, retired: bool) -> VisitType:
    return VisitType(
        id=kind_id,
        name=typed.name,
        minutes=typed.minutes,
        aftercare=typed.aftercare or None,
        bring=typed.bring,
        also=_separated(typed.also),
        retired=retired,
        price_from=typed.price_from,
        price_to=typed.price_to,
        price_until=typed.price_until,
        price_by=tuple(each for each in typed.price_by if each in MAY_SAY_PRICES),
    )


def _kind_values(value: VisitType) -> dict[str, str | list[str]]:
    return {
        "name": value.name,
        "minutes": str(value.minutes),
        "aftercare": value.aftercare or "",
        "bring": value.bring,
        "also": "、".join(value.also),
        "price_from": "" if value.price_from is None else str(value.price_from),
        "price_to": "" if value.price_to is None else str(value.price_to),
        "price_until": "" if value.price_until is None else value.price_until.isoformat(),
        "price_by": list(value.price_by),
    }


def _separated(text: str) -> tuple[str, ...]:
    for mark in "，,；;\n\t 　":
        text = text.replace(mark, "、")
    return tuple(dict.fromkeys(each for each in text.split("、") if each))


def _found(parts: Sequence[Stored[K]], request: web.Request) -> Stored[K]:
    found = next((each for each in parts if each.id == request.match_info["id"]), None)
    if found is None:
        raise NotFoundError("no such part")
    return found
