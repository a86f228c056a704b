"""An hour that is kept for a patient while they confirm it: its page, its end, and what else stands that day."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from aiohttp import web

from wxbot.actors import PATIENT
from wxbot.booking.models import Appointment, Hold, HoldId
from wxbot.booking.same_day import SameDayQuestion
from wxbot.booking.sentences import hour_words
from wxbot.clinic.models import PractitionerId, VisitTypeId
from wxbot.days import DayError
from wxbot.errors import NotBookableError, NotFoundError
from wxbot.web.patient.choosing import Hour, hour_of, start_of
from wxbot.web.patient.frame import clinic_of, contact_of, now_of, page, services_of
from wxbot.web.patient.people import Person

HOLD_ID = re.compile(r"[0-9a-f]{16,32}")  # one hold books once
UNPROCESSABLE, CONFLICT = 422, 409
HOLD_ENDED = "page.hold_ended"  # the template that says so


async def held_for(
    request: web.Request, visit_type: str, start: datetime, moving: Appointment | None = None
) -> Hold | None:
    """What the contact holds for that visit type, hour and appointment; None once its time is over."""
    hold = await services_of(request).booking.held_by(contact_of(request).id, now_of(request))
    wanted = (visit_type, start, None if moving is None else moving.id)
    return hold if hold is not None and (hold.visit_type_id, hold.slot.start, hold.moving) == wanted else None


async def booked(request: web.Request, visit_type: str, start: datetime, whom: Person) -> Appointment | None:
    """That very visit, if it is booked already: somebody tapped twice, or went back."""
    if whom.patient is None:
        return None
    coming = await services_of(request).booking.upcoming(contact_of(request).id, now_of(request))
    wanted = (visit_type, start, whom.patient.id)
    return next((each for each in coming if (each.visit_type_id, each.start, each.patient_id) == wanted), None)


async def same_day(
    request: web.Request, whom: Person, visit_type: str, start: datetime, key: str = ""
) -> SameDayQuestion | None:
    """What to ask about the patient's other visits that day; nobody without a record has one."""
    if whom.patient is None:
        return None
    return await services_of(request).booking.same_day(
        whom.patient.id, VisitTypeId(visit_type), start, now_of(request), request_key=key
    )


async def nearest(
    request: web.Request, visit_type: str, doctor: str, start: datetime, moving: Appointment | None = None
) -> list[Hour]:
    """The three free hours from that one on."""
    now = now_of(request)
    try:
        slots = await services_of(request).booking.next_free(
            VisitTypeId(visit_type),
            PractitionerId(doctor) if doctor else None,
            max(start, now),
            now,
            moving=None if moving is None else moving.id,
            contact_id=contact_of(request).id,
        )
    except NotBookableError:
        return []
    return [hour_of(each, clinic_of(request).timezone) for each in slots]


async def release_hold(request: web.Request, hold: str) -> None:
    """End the hold, if it is this contact's and has not ended."""
    if HOLD_ID.fullmatch(hold):
        await services_of(request).booking.release_hold(HoldId(hold), contact_id=contact_of(request).id, by=PATIENT)


def confirm_address(path: str, values: Mapping[str, str]) -> str:
    """The address of the confirmation of that hour."""
    return path + "?" + "&".join(f"{name}={value}" for name, value in values.items() if value)


def day_of(request: web.Request, start: str) -> str:
    """The clinic's day of an hour; empty for what is none."""
    try:
        return start_of(start).astimezone(clinic_of(request).timezone).date().isoformat()
    except DayError:
        return ""


async def confirming(  # noqa: PLR0913 - the parts of one page
    request: web.Request,
    values: Mapping[str, str],
    shown: Mapping[str, Any],
    *,
    here: str,
    moving: Appointment | None = None,
    status: int = 200,
) -> web.StreamResponse:
    """The page that confirms an hour. A hold that has ended meanwhile is told; what was typed stays."""
    clinic, now, start = clinic_of(request), now_of(request), start_of(values["start"])
    visit_type = clinic.visit_type(VisitTypeId(values["type"]))
    if visit_type is None:
        raise NotFoundError("no such visit type")
    held = await held_for(request, values["type"], start, moving)
    doctor = held.slot.practitioner_id if held is not None else PractitionerId(values["doctor"])
    names: Sequence[str] = ("for", "type", "doctor", "start") if moving is None else ("v", "doctor", "start")
    return page(
        request,
        "confirm.html",
        {
            "visit_type": visit_type,
            "practitioner": clinic.practitioner(doctor),
            "start": start,
            "until": None if held is None else hour_words(held.until.astimezone(clinic.timezone).time()),
            "seconds": 0 if held is None else max(0, round((held.until - now).total_seconds())),
            "moving": moving,
            "here": confirm_address(here, {name: values.get(name, "") for name in names}),
            **shown,
        },
        status=status,
    )
