"""设置: visit types, with what they need and when patients may book them."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import time

from aiohttp import web
from pydantic import BaseModel, Field

from wxbot.booking.earliest_hour import earliest_sentences
from wxbot.clinic.identifiers import identifier
from wxbot.clinic.models import BookingWindow, Clinic, Course, VisitType, VisitTypeId
from wxbot.clinic.parts import SettingKind
from wxbot.clinic.resource_checks import needs_problems, windows_problems
from wxbot.errors import FieldErrors
from wxbot.staff.permissions import ROLE_NAMES, who_may
from wxbot.stored_value import Stored
from wxbot.web.console.forms import Day, Form, filled, parse, read_form
from wxbot.web.console.frame import actor_of, fragment, now_of, page, see_other, services_of
from wxbot.web.console.settings_forms import NOTHING_SINCE, opened, part_of, revision_of, separated, since
from wxbot.web.console.settings_removal import PATHS, address
from wxbot.web.console.submit import submit

MAY_SAY_PRICES = {role.value: ROLE_NAMES[role] for role in who_may("desk:conversation:reply")}
KINDS = PATHS[SettingKind.VISIT_TYPES]


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
    before_minutes: int = Field(default=0, ge=0, le=120, multiple_of=5)
    after_minutes: int = Field(default=0, ge=0, le=120, multiple_of=5)
    room_kind: str = ""
    devices: list[str] = Field(default_factory=list)
    window_lead_minutes: int | None = None
    window_horizon_days: int | None = None
    window_same_day_until: time | None = None
    new_differs: bool = False
    new_lead_minutes: int | None = None
    new_horizon_days: int | None = None
    new_same_day_until: time | None = None
    parts: list[str] = Field(default_factory=list)
    course_every_days: int | None = None
    course_within_days: int = 0
    course_times: int | None = None


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
    value = _kind(VisitType(id=kind_id, name="", minutes=0), typed)
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
    value = _kind(kept.value, typed)
    await settings.save_visit_type(value, revision_of(form), by=by, now=now)
    return see_other(request, address(SettingKind.VISIT_TYPES, kept.id), done="已保存")


async def _kind_again(request: web.Request, form: Form) -> web.StreamResponse:
    return await _kind_form(request, form, await _kept_kind(request))


async def _kind_overtaken(request: web.Request, form: Form) -> web.StreamResponse:
    return await _kind_form(request, form, await _kept_kind(request), stale=True)


async def _kept_kind(request: web.Request) -> Stored[VisitType]:
    stored = await services_of(request).clinic_settings.stored(by=actor_of(request))
    return part_of(stored.visit_types, request)


async def earliest(request: web.Request) -> web.StreamResponse:
    """What the rules as typed would mean for patients; keeps nothing."""
    form = await read_form(request)
    return await fragment(request, "settings/_earliest.html", earliest=_earliest(request, form))


async def _kind_form(
    request: web.Request, form: Form, kept: Stored[VisitType] | None, *, stale: bool = False
) -> web.StreamResponse:
    changed = since(form, kept, _kind_values(kept.value)) if stale and kept is not None else NOTHING_SINCE
    services = services_of(request)
    clinic, aftercare = services.clinic, services.clinic_settings.aftercare
    value = None if kept is None else kept.value
    return await page(
        request,
        "settings/visit_type.html",
        form=form,
        kept=kept,
        since=changed,
        section=KINDS,
        aftercare=list(aftercare.items()),
        roles=list(MAY_SAY_PRICES.items()),
        room_kinds=_choices((kind for room in clinic.rooms for kind in room.kinds), [value.room_kind] if value else []),
        device_kinds=_choices((each.kind for each in clinic.devices), value.devices if value else ()),
        earliest=_earliest(request, form, kept),
        single_kinds=_single_kinds(clinic, value),
    )


def _single_kinds(clinic: Clinic, value: VisitType | None) -> list[tuple[str, str]]:
    """What a bundle may be made of, and what it is made of already."""
    chosen = () if value is None else value.parts
    return [
        (each.id, each.name)
        for each in clinic.visit_types
        if each.id in chosen or (not each.parts and not each.retired and (value is None or each.id != value.id))
    ]


def _choices(there: Iterable[str], chosen: Iterable[str]) -> list[tuple[str, str]]:
    """What may be chosen: what the clinic has, and what was chosen before, so that saving never drops it unseen."""
    return [(kind, kind) for kind in dict.fromkeys((*there, *chosen)) if kind]


def _earliest(request: web.Request, form: Form, kept: Stored[VisitType] | None = None) -> list[str]:
    """Who may book from when, by the rules as they stand in the form; nothing while they cannot be read."""
    clinic, now = services_of(request).clinic, now_of(request)
    kind_id = request.match_info.get("id", "") if kept is None else kept.id
    before = clinic.visit_type(VisitTypeId(kind_id))
    if before is None:
        return []
    copy = Form(values=dict(form.values), lists=dict(form.lists))
    try:
        kind = _kind(before, parse(copy, VisitTypeForm))
    except FieldErrors:
        return []
    if needs_problems(kind, clinic) or windows_problems(kind, clinic):
        return []
    return earliest_sentences(kind, clinic, now)


def _kind(before: VisitType, typed: VisitTypeForm) -> VisitType:
    return replace(
        before,
        name=typed.name,
        minutes=typed.minutes,
        aftercare=typed.aftercare or None,
        bring=typed.bring,
        also=separated(typed.also),
        price_from=typed.price_from,
        price_to=typed.price_to,
        price_until=typed.price_until,
        price_by=tuple(each for each in typed.price_by if each in MAY_SAY_PRICES),
        before_minutes=typed.before_minutes,
        after_minutes=typed.after_minutes,
        room_kind=typed.room_kind,
        devices=tuple(dict.fromkeys(typed.devices)),
        window=BookingWindow(
            lead_minutes=typed.window_lead_minutes,
            horizon_days=typed.window_horizon_days,
            same_day_until=typed.window_same_day_until,
        ),
        new_window=BookingWindow(
            lead_minutes=typed.new_lead_minutes,
            horizon_days=typed.new_horizon_days,
            same_day_until=typed.new_same_day_until,
        )
        if typed.new_differs
        else None,
        parts=tuple(VisitTypeId(each) for each in dict.fromkeys(typed.parts)),
        course=_course(typed),
    )


def _course(typed: VisitTypeForm) -> Course | None:
    """What was typed of a course; nothing typed is none. What is left out is refused by the clinic's own check."""
    if typed.course_every_days is None and typed.course_times is None:
        return None
    return Course(
        every_days=typed.course_every_days or 0, within_days=typed.course_within_days, times=typed.course_times or 0
    )


def _kind_values(value: VisitType) -> dict[str, str | list[str]]:
    return {
        "name": value.name,
        "minutes": str(value.minutes),
        "aftercare": value.aftercare or "",
        "bring": value.bring,
        "also": "、".join(value.also),
        "price_from": _typed(value.price_from),
        "price_to": _typed(value.price_to),
        "price_until": "" if value.price_until is None else value.price_until.isoformat(),
        "price_by": list(value.price_by),
        "before_minutes": _typed(value.before_minutes),
        "after_minutes": _typed(value.after_minutes),
        "room_kind": value.room_kind,
        "devices": list(value.devices),
        "new_differs": "" if value.new_window is None else "true",
        "parts": [str(each) for each in value.parts],
        "course_every_days": "" if value.course is None else str(value.course.every_days),
        "course_within_days": "0" if value.course is None else str(value.course.within_days),
        "course_times": "" if value.course is None else str(value.course.times),
        **_window_values("window_", value.window),
        **_window_values("new_", value.new_window or BookingWindow()),
    }


def _window_values(prefix: str, window: BookingWindow) -> dict[str, str]:
    until = window.same_day_until
    return {
        f"{prefix}lead_minutes": _typed(window.lead_minutes),
        f"{prefix}horizon_days": _typed(window.horizon_days),
        f"{prefix}same_day_until": "" if until is None else f"{until:%H:%M}",
    }


def _typed(number: int | None) -> str:
    return "" if number is None else str(number)
