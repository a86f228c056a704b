"""设置: the three sheets of which there is one each: profile, rules of booking, rules of sending."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from datetime import datetime, time
from functools import partial
from typing import Any

from aiohttp import web
from pydantic import BaseModel

from wxbot.actors import Actor
from wxbot.clinic.models import SendingRules
from wxbot.clinic.parts import BookingRules, Profile, StoredClinic
from wxbot.clinic.settings import ClinicSettings
from wxbot.stored_value import Stored
from wxbot.web.console.forms import Form, parse
from wxbot.web.console.frame import actor_of, now_of, page, see_other, services_of
from wxbot.web.console.settings_forms import NOTHING_SINCE, opened, revision_of, since
from wxbot.web.console.submit import submit


class ProfileForm(BaseModel):
    """Texts are checked by the use case."""

    name: str
    address: str
    phone: str
    privacy_contact: str


class BookingForm(BaseModel):
    """An unticked box is not sent at all."""

    horizon_days: int
    lead_minutes: int
    slot_minutes: int
    closed_on_statutory_holidays: bool = False
    assume_attended_after_minutes: int


class SendingForm(BaseModel):
    """Bounds are checked by the use case."""

    quiet_start: time
    quiet_end: time
    marketing_share_percent: int
    marketing_per_30_days: int
    care_per_day: int
    recovery_days: int
    decline_days: int
    pace_per_hour: int


Save = Callable[[ClinicSettings, Any, int, Actor, datetime], Awaitable[Any]]


@dataclass(frozen=True)
class Sheet:
    """One page: its template, what is typed there, and where it goes."""

    path: str
    template: str
    part: Callable[[StoredClinic], Stored[Any]]
    typed: type[BaseModel]
    made: Callable[..., Any]
    save: Save


PROFILE = Sheet(
    "/console/settings/clinic",
    "settings/clinic.html",
    lambda stored: stored.profile,
    ProfileForm,
    Profile,
    lambda room, value, revision, by, now: room.save_profile(value, revision, by=by, now=now),
)
BOOKING = Sheet(
    "/console/settings/booking",
    "settings/booking.html",
    lambda stored: stored.rules,
    BookingForm,
    BookingRules,
    lambda room, value, revision, by, now: room.save_rules(value, revision, by=by, now=now),
)
SENDING = Sheet(
    "/console/settings/sending",
    "settings/sending.html",
    lambda stored: stored.sending,
    SendingForm,
    SendingRules,
    lambda room, value, revision, by, now: room.save_sending(value, revision, by=by, now=now),
)


async def profile(request: web.Request) -> web.StreamResponse:
    """诊所资料."""
    return await _show(request, PROFILE)


async def save_profile(request: web.Request) -> web.StreamResponse:
    """Keep it; every message says the new name at once."""
    return await _save(request, PROFILE)


async def booking(request: web.Request) -> web.StreamResponse:
    """预约规则."""
    return await _show(request, BOOKING)


async def save_booking(request: web.Request) -> web.StreamResponse:
    """Keep them; the chat offers hours by them at once."""
    return await _save(request, BOOKING)


async def sending(request: web.Request) -> web.StreamResponse:
    """免打扰与发送上限."""
    return await _show(request, SENDING)


async def save_sending(request: web.Request) -> web.StreamResponse:
    """Keep them; the next message that leaves obeys them."""
    return await _save(request, SENDING)


async def _show(
    request: web.Request, sheet: Sheet, form: Form | None = None, *, stale: bool = False
) -> web.StreamResponse:
    kept = sheet.part(await services_of(request).clinic_settings.stored(by=actor_of(request)))
    values = _values(kept.value)
    changed = since(form, kept, values) if form is not None and stale else NOTHING_SINCE
    return await page(
        request, sheet.template, form=form or opened(kept, values), kept=kept, since=changed, section=sheet.path
    )


async def _save(request: web.Request, sheet: Sheet) -> web.StreamResponse:
    return await submit(
        request,
        partial(_saved, sheet),
        again=lambda request, form: _show(request, sheet, form),
        overtaken=lambda request, form: _show(request, sheet, form, stale=True),
    )


async def _saved(sheet: Sheet, request: web.Request, form: Form) -> web.StreamResponse:
    typed = parse(form, sheet.typed)
    settings, by, now = services_of(request).clinic_settings, actor_of(request), now_of(request)
    await sheet.save(settings, sheet.made(**typed.model_dump()), revision_of(form), by, now)
    return see_other(request, sheet.path, done="已保存")


def _values(value: Any) -> dict[str, str]:
    return {name: f"{each:%H:%M}" if isinstance(each, time) else str(each) for name, each in asdict(value).items()}
