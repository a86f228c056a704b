"""受影响的预约: whom a leave, a holiday or other hours fall upon, and move, cancel or keep for each."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any
from urllib.parse import quote

from aiohttp import web

from wxbot.booking.clinic_decisions import Conflict
from wxbot.booking.models import Appointment, AppointmentId, ClinicDecision
from wxbot.booking.sentences import appointment_words, clock_words, hour_words, near_day_words, practitioner_words
from wxbot.clinic.models import PractitionerId
from wxbot.errors import DomainError, FieldErrors, NotBookableError, SlotTakenError
from wxbot.ids import new_id
from wxbot.web.console.forms import Form, filled, whole_number
from wxbot.web.console.frame import actor_of, now_of, page, see_other, services_of
from wxbot.web.console.submit import submit

PATH = "/console/conflicts"
MESSAGES: Mapping[ClinicDecision, str] = {  # the existing wording that tells the patient
    ClinicDecision.MOVED: "booking.moved",
    ClinicDecision.CANCELLED: "appointments.cancelled",
    ClinicDecision.KEPT: "appointments.kept",
}
OVERTAKEN = "没有改动：刚刚有同事处理过，或者患者自己改了。下面是现在的情况。"


@dataclass(frozen=True)
class Hour:
    """A free hour as the form offers it."""

    value: str
    words: str
    practitioner: str


async def index(request: web.Request) -> web.StreamResponse:
    """What waits for a decision, by what fell upon it; below, what was decided, by whom."""
    services, by, now = services_of(request), actor_of(request), now_of(request)
    waiting = await services.clinic_decisions.waiting(by=by, now=now)
    handled = await services.clinic_decisions.handled(by=by, now=now)
    ids = {each.appointment.patient_id for each in waiting} | {each.patient_id for each in handled}
    clinic = services.clinic
    ordered = sorted(waiting, key=lambda each: each.reason)
    return await page(
        request,
        "conflicts/index.html",
        groups=[(reason, list(group)) for reason, group in groupby(ordered, key=lambda each: each.reason)],
        waiting=len(waiting),
        handled=handled,
        people=await services.patients.patients(ids),
        words=lambda appointment: appointment_words(appointment, clinic),
        section=PATH,
    )


async def one(request: web.Request) -> web.StreamResponse:
    """One appointment: the next free hours, or what was decided and the message to the patient."""
    return await _one(request, filled({}))


async def move(request: web.Request) -> web.StreamResponse:
    """Another hour."""
    return await submit(request, _move, again=_one, overtaken=_overtaken, refused=(SlotTakenError, NotBookableError))


async def _move(request: web.Request, form: Form) -> web.StreamResponse:
    services, by, now = services_of(request), actor_of(request), now_of(request)
    start, practitioner_id = _chosen(form)
    await services.clinic_decisions.move(
        _id(request),
        start,
        practitioner_id,
        whole_number(form.get("version"), 0),
        f"conflict:{_id(request)}:{form.get('key')[:40]}",
        by=by,
        now=now,
    )
    return see_other(request, _address(_id(request)), done="已改期。请把下面的消息发给患者")


def _chosen(form: Form) -> tuple[datetime, PractitionerId]:
    """The hour that was ticked. Raises FieldErrors."""
    stamp, _, practitioner_id = form.get("hour").partition("|")
    start = None
    with suppress(ValueError):
        start = datetime.fromisoformat(stamp)
    if start is None or start.tzinfo is None or not practitioner_id:
        raise FieldErrors({"hour": "请先选一个时间。"})
    return start, PractitionerId(practitioner_id)


async def cancel(request: web.Request) -> web.StreamResponse:
    """No visit."""
    return await submit(request, _cancel, overtaken=_overtaken)


async def _cancel(request: web.Request, form: Form) -> web.StreamResponse:
    by, now, version = actor_of(request), now_of(request), whole_number(form.get("version"), 0)
    await services_of(request).clinic_decisions.cancel(_id(request), version, by=by, now=now)
    return see_other(request, _address(_id(request)), done="已取消，不算患者爽约。请把下面的消息发给患者")


async def keep(request: web.Request) -> web.StreamResponse:
    """The visit takes place as it stands."""
    return await submit(request, _keep, overtaken=_overtaken)


async def _keep(request: web.Request, form: Form) -> web.StreamResponse:
    by, now, version = actor_of(request), now_of(request), whole_number(form.get("version"), 0)
    await services_of(request).clinic_decisions.keep(_id(request), version, by=by, now=now)
    return see_other(request, _address(_id(request)), done="已记下照常接诊")


async def draft(request: web.Request) -> web.StreamResponse:
    """Put the message into the colleague's draft at the chat desk; nothing is sent."""
    return await submit(request, _draft, overtaken=_overtaken)


async def _draft(request: web.Request, _: Form) -> web.StreamResponse:
    services, by, now = services_of(request), actor_of(request), now_of(request)
    found = await services.clinic_decisions.one(_id(request), by=by)
    contact_id, text = found.appointment.contact_id, _message(request, found.appointment)
    if contact_id is None or not text:
        return see_other(request, _address(_id(request)), done="这位患者没有微信会话，请打电话")
    *_before, edit = await services.chat.drafts.of(contact_id, by=by)
    await services.chat.drafts.keep(contact_id, text, note=False, edit=edit, by=by, now=now)
    return see_other(request, f"/console/desk/{quote(contact_id, safe='')}", done="已放进草稿，看过再发送")


async def _overtaken(request: web.Request, _: Form) -> web.StreamResponse:
    return see_other(request, _address(_id(request)), done=OVERTAKEN)


async def _one(request: web.Request, form: Form) -> web.StreamResponse:
    services, by, now = services_of(request), actor_of(request), now_of(request)
    found = await services.clinic_decisions.one(_id(request), by=by)
    appointment = found.appointment
    people = await services.patients.patients({appointment.patient_id})
    form.values["key"] = form.get("key") or new_id(now)
    return await page(
        request,
        "conflicts/one.html",
        form=form,
        found=found,
        words=appointment_words(appointment, services.clinic),
        person=people.get(appointment.patient_id),
        hours=await _hours(request, found, now),
        message=_message(request, appointment),
        here=_address(appointment.id),
        section=PATH,
    )


async def _hours(request: web.Request, found: Conflict, now: datetime) -> list[Hour]:
    services, clinic = services_of(request), services_of(request).clinic
    if not found.reason:
        return []
    hours = []
    for slot in await services.clinic_decisions.proposals(found.appointment, now):
        person = clinic.practitioner(slot.practitioner_id)
        words = clock_words(slot.start, clinic.timezone, now)
        name = practitioner_words(person) if person is not None else slot.practitioner_id
        hours.append(Hour(f"{slot.start.isoformat()}|{slot.practitioner_id}", words, name))
    return hours


def _message(request: web.Request, appointment: Appointment) -> str:
    """What tells the patient of the decision, from the clinic's wording; empty before one, or where it cannot be."""
    services = services_of(request)
    if appointment.clinic_change is None:
        return ""
    try:
        rendered = services.templates.render(
            MESSAGES[appointment.clinic_change.decision], _variables(request, appointment)
        )
    except DomainError:
        return ""
    return rendered.text


def _variables(request: web.Request, appointment: Appointment) -> Mapping[str, Any]:
    clinic, now = services_of(request).clinic, now_of(request)
    start = appointment.start.astimezone(clinic.timezone)
    person, kind = clinic.practitioner(appointment.practitioner_id), clinic.visit_type(appointment.visit_type_id)
    return {
        "date": near_day_words(start.date(), now.astimezone(clinic.timezone).date()),
        "time": hour_words(start.time()),
        "practitioner": "" if person is None else practitioner_words(person),
        "visit_type": "" if kind is None else kind.name,
        "room": clinic.room_name(appointment.room),
    }


def _id(request: web.Request) -> AppointmentId:
    return AppointmentId(request.match_info["id"])


def _address(appointment_id: AppointmentId) -> str:
    return f"{PATH}/{quote(appointment_id, safe='')}"
