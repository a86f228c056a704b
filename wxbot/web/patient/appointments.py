"""我的预约: see, confirm, cancel. Reading changes nothing; an old link shows the appointment as it stands."""

from collections.abc import Mapping

from aiohttp import web

from wxbot.actors import PATIENT
from wxbot.booking.models import Appointment, AppointmentId
from wxbot.errors import InvalidInputError, NotFoundError, StaleError
from wxbot.web.patient.calendar import calendar_file
from wxbot.web.patient.frame import clinic_of, contact_of, now_of, page, see_other, services_of, typed
from wxbot.web.patient.people import people
from wxbot.web.patient.security import CONTENT_SECURITY_POLICY
from wxbot.web.patient.subscribing import policy_for, subscription

PARKING = "parking"  # the frequent question whose reviewed answer says where to leave the car
REASONS: Mapping[str, str] = {  # what staff read; the page words them for patients
    "time": "患者在微信页面取消：时间不方便",
    "well": "患者在微信页面取消：暂时不需要了",
    "elsewhere": "患者在微信页面取消：在别处看了",
    "other": "患者在微信页面取消",
}


async def mine(request: web.Request) -> web.StreamResponse:
    """GET /w/appointments: what is coming."""
    standing = await services_of(request).booking.upcoming(contact_of(request).id, now_of(request))
    names = await _names(request)
    return page(request, "appointments.html", {"standing": standing, "names": names})


async def show(request: web.Request) -> web.StreamResponse:
    """GET /w/appointments/{id}: one, with what can be done about it."""
    appointment = await own(request)
    done = "changed" if _moved_since(appointment, request.query.get("v", "")) else request.query.get("done", "")
    return await _show(request, appointment, done)


async def calendar(request: web.Request) -> web.StreamResponse:
    """GET /w/appointments/{id}/calendar.ics: for the phone's calendar."""
    appointment, clinic = await own(request), clinic_of(request)
    if not appointment.live:
        raise NotFoundError("a calendar has nothing of a cancelled visit")
    return web.Response(
        body=calendar_file(appointment, clinic, now_of(request)),
        content_type="text/calendar",
        charset="utf-8",
        headers={"Content-Disposition": 'attachment; filename="appointment.ics"'},
    )


async def confirm(request: web.Request) -> web.StreamResponse:
    """POST /w/appointments/{id}/confirm: 确认会来."""
    appointment = await own(request)
    values = await typed(request, "v")
    if values["v"] != str(appointment.version):
        return changed(appointment)
    await services_of(request).booking.confirm(appointment.id, by=PATIENT, now=now_of(request))
    return see_other(f"/w/appointments/{appointment.id}?done=confirmed")


async def ask_cancel(request: web.Request) -> web.StreamResponse:
    """GET /w/appointments/{id}/cancel: another hour first, else the reason."""
    appointment = await own(request)
    if request.query.get("v", "") != str(appointment.version):
        return changed(appointment)
    if not may_change(request, appointment):
        return see_other(f"/w/appointments/{appointment.id}")
    return page(request, "cancel.html", {"appointment": appointment, "reasons": tuple(REASONS)})


async def cancel(request: web.Request) -> web.StreamResponse:
    """POST /w/appointments/{id}/cancel: what the patient saw, with the reason; a second time changes nothing."""
    appointment = await own(request)
    values = await typed(request, "v", "reason")
    if not values["v"].isdecimal():
        raise InvalidInputError("no request of a page of ours")
    if appointment.live:
        try:
            await services_of(request).booking.cancel(
                appointment.id,
                REASONS.get(values["reason"], REASONS["other"]),
                by=PATIENT,
                now=now_of(request),
                version=int(values["v"][:9]),
            )
        except StaleError:
            return changed(appointment)
    return see_other(f"/w/appointments/{appointment.id}?done=cancelled")


async def own(request: web.Request) -> Appointment:
    """The appointment of the address, if it is this contact's. Raises NotFoundError: of others nothing is shown."""
    wanted = AppointmentId(request.match_info["appointment_id"])
    found = (await services_of(request).booking.by_ids([wanted])).get(wanted)
    if found is None or found.contact_id != contact_of(request).id:
        raise NotFoundError("no appointment of this contact")
    return found


def may_change(request: web.Request, appointment: Appointment) -> bool:
    """Whether the patient may still change it."""
    return appointment.live and appointment.start > now_of(request)


def _moved_since(appointment: Appointment, seen: str) -> bool:
    """Whether the visit got another hour, or ended, after the version that a link names."""
    return bool(seen) and not (seen.isdecimal() and int(seen[:9]) >= appointment.standing_since)


def changed(appointment: Appointment) -> web.StreamResponse:
    """To the appointment as it stands: it had changed since the page was made."""
    return see_other(f"/w/appointments/{appointment.id}?done=changed")


async def _names(request: web.Request) -> dict[str, str]:
    """The names of the people the contact books for, by patient."""
    known = await people(request)
    return {str(each.patient.id): each.name for each in known if each.patient is not None}


async def _questions(request: web.Request, appointment: Appointment) -> str:
    """Whether questions wait before this visit: `open`, `answered`, or empty where none is asked."""
    questionnaire = services_of(request).questionnaire
    if not may_change(request, appointment) or not questionnaire.asked_for(appointment):
        return ""
    return "answered" if await questionnaire.open_position(appointment) is None else "open"


async def _show(request: web.Request, appointment: Appointment, done: str) -> web.StreamResponse:
    clinic = clinic_of(request)
    parking = services_of(request).questions.answer(PARKING, (), now_of(request))
    asking = await subscription(request) if done in {"booked", "moved", "answered"} and appointment.live else None
    answer = page(
        request,
        "appointment.html",
        {
            "appointment": appointment,
            "names": await _names(request),
            "visit_type": clinic.visit_type(appointment.visit_type_id),
            "practitioner": clinic.practitioner(appointment.practitioner_id),
            "open": may_change(request, appointment),
            "done": done,
            "parking": parking.text if parking is not None else "",
            "questions": await _questions(request, appointment),
            "asking": asking,
        },
    )
    if asking is not None:
        answer.headers["Content-Security-Policy"] = policy_for(CONTENT_SECURITY_POLICY, asking.script)
    return answer
