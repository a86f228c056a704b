"""改时间: another hour for an appointment. It is kept for five minutes; the old one stands until the new one is had."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from wxbot.actors import PATIENT
from wxbot.booking.errors import AlreadyBookedError
from wxbot.booking.models import Appointment, HoldId
from wxbot.clinic.models import PractitionerId
from wxbot.days import DayError
from wxbot.errors import InvalidInputError, NotBookableError, SlotTakenError, StaleError
from wxbot.web.patient import holding
from wxbot.web.patient.appointments import changed, may_change, own
from wxbot.web.patient.choosing import choose as choose_hours
from wxbot.web.patient.choosing import hour_of, start_of
from wxbot.web.patient.frame import clinic_of, contact_of, now_of, page, said, see_other, services_of, typed, words_of
from wxbot.web.patient.holding import CONFLICT, HOLD_ENDED, HOLD_ID, UNPROCESSABLE

FIELDS = ("v", "doctor", "start")
ANYBODY = "any"  # in an address: any practitioner, not the one of the appointment


async def choose(request: web.Request) -> web.StreamResponse:
    """GET /w/appointments/{id}/move: other hours."""
    appointment = await own(request)
    if request.query.get("v", "") != str(appointment.version):
        return changed(appointment)
    if not may_change(request, appointment):
        return see_other(f"/w/appointments/{appointment.id}")
    doctor = request.query.get("doctor", str(appointment.practitioner_id))
    values = {"doctor": "" if doctor == ANYBODY else doctor, "day": request.query.get("day", "")}
    return await _times(request, appointment, values)


async def hold(request: web.Request) -> web.StreamResponse:
    """POST /w/appointments/{id}/hold: keep the hour that was tapped, then on to its confirmation."""
    appointment = await own(request)
    values = await typed(request, *FIELDS)
    if values["v"] != str(appointment.version):
        return changed(appointment)
    if not may_change(request, appointment):
        return see_other(f"/w/appointments/{appointment.id}")
    try:
        await services_of(request).booking.hold(
            appointment.visit_type_id,
            PractitionerId(values["doctor"]) if values["doctor"] else None,
            start_of(values["start"]),
            contact_id=contact_of(request).id,
            by=PATIENT,
            now=now_of(request),
            moving=appointment.id,
        )
    except (InvalidInputError, NotBookableError, SlotTakenError) as error:
        return await _other_hours(request, appointment, values, error)
    return see_other(holding.confirm_address(_confirm(appointment), values))


async def confirm(request: web.Request) -> web.StreamResponse:
    """GET /w/appointments/{id}/move/confirm: the new hour and until when it is kept. Keeps nothing itself."""
    appointment = await own(request)
    values = {name: request.query.get(name, "") for name in FIELDS}
    if values["v"] != str(appointment.version):
        return changed(appointment)
    start, kind = start_of(values["start"]), appointment.visit_type_id
    held = await holding.held_for(request, kind, start, appointment)
    if held is not None:
        whole = {**values, "hold": held.id, "type": kind}
        shown = {"values": whole, "whom": None, "asked": None, "question": None}
        return await holding.confirming(request, whole, shown, here=_confirm(appointment), moving=appointment)
    near = await holding.nearest(request, kind, values["doctor"], start, appointment)
    again = {**values, "day": holding.day_of(request, values["start"])}
    return await _times(request, appointment, again, {"start": said(request, HOLD_ENDED)}, hours=near)


async def release(request: web.Request) -> web.StreamResponse:
    """POST /w/appointments/{id}/release: the kept hour is given back, and another one chosen."""
    appointment = await own(request)
    values = await typed(request, "hold")
    await holding.release_hold(request, values["hold"])
    return see_other(f"/w/appointments/{appointment.id}/move?v={appointment.version}")


async def move(request: web.Request) -> web.StreamResponse:
    """POST /w/appointments/{id}/move: in one step, once per hold."""
    appointment = await own(request)
    values = await typed(request, *FIELDS, "hold")
    if not HOLD_ID.fullmatch(values["hold"]) or not values["v"].isdecimal():
        raise InvalidInputError("no request of a page of ours")
    try:
        moved = await services_of(request).booking.move(
            appointment.id,
            start_of(values["start"]),
            PractitionerId(values["doctor"]) if values["doctor"] else None,
            int(values["v"][:9]),
            f"page:{contact_of(request).id}:move:{values['hold']}",
            by=PATIENT,
            now=now_of(request),
            hold=HoldId(values["hold"]),
        )
    except DayError as error:
        return await _other_hours(request, appointment, values, error)
    except StaleError:
        return changed(appointment)
    except (SlotTakenError, AlreadyBookedError, NotBookableError) as error:
        return await _other_hours(request, appointment, values, error)
    return see_other(f"/w/appointments/{moved.id}?done=moved")


def _confirm(appointment: Appointment) -> str:
    return f"/w/appointments/{appointment.id}/move/confirm"


async def _other_hours(
    request: web.Request,
    appointment: Appointment,
    values: Mapping[str, str],
    error: InvalidInputError | NotBookableError | SlotTakenError | AlreadyBookedError,
) -> web.StreamResponse:
    """Why that hour cannot be had, and which can."""
    zone = clinic_of(request).timezone
    free = error.alternatives if isinstance(error, SlotTakenError) else ()
    status = UNPROCESSABLE if isinstance(error, InvalidInputError) else CONFLICT
    again = {**values, "day": holding.day_of(request, values["start"])}
    problems = {"start": words_of(request, error)}
    near = [hour_of(each, zone) for each in free]
    return await _times(request, appointment, again, problems, hours=near, status=status)


async def _times(  # noqa: PLR0913 - the parts of one page
    request: web.Request,
    appointment: Appointment,
    values: Mapping[str, str],
    problems: Mapping[str, str] | None = None,
    *,
    hours: Any = (),
    status: int = 200,
) -> web.StreamResponse:
    choice = await choose_hours(
        request, appointment.visit_type_id, values["doctor"], values.get("day", ""), moving=appointment
    )
    shown = {"choice": choice, "problems": problems or {}, "nearest": hours, "moving": appointment, "whom": None}
    return page(request, "times.html", shown, status=status)
