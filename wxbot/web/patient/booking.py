"""预约 in three taps: 项目, the hour, 确认; for whom and with whom stand on the same pages. All through `Booking`."""

import re
import secrets
from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import web

from wxbot.actors import PATIENT
from wxbot.booking.errors import AlreadyBookedError
from wxbot.booking.models import Appointment
from wxbot.clinic.models import PractitionerId, VisitTypeId
from wxbot.days import DayError
from wxbot.errors import InvalidInputError, NotBookableError, NotFoundError, SlotTakenError
from wxbot.patients.names import clean_name
from wxbot.patients.phones import parse
from wxbot.web.patient.choosing import choose, hour_of, start_of
from wxbot.web.patient.frame import clinic_of, contact_of, now_of, page, see_other, services_of, typed, words_of
from wxbot.web.patient.people import Person, people, person, record

REQUEST = re.compile(r"[0-9a-f]{16,32}")  # the page that books: one page books once
FIELDS = ("for", "type", "doctor", "start", "request", "name", "phone")
UNPROCESSABLE, CONFLICT = 422, 409


async def types(request: web.Request) -> web.StreamResponse:
    """GET /w/book: for whom, and which visit type."""
    clinic, doctor = clinic_of(request), request.query.get("doctor", "")
    chosen = clinic.practitioner(PractitionerId(doctor)) if doctor else None
    if doctor and (chosen is None or chosen.retired):
        raise NotFoundError("no such practitioner")
    offered = [kind for kind in clinic.visit_types if clinic.who_offers(kind.id)]
    if chosen is not None:
        offered = [kind for kind in offered if kind.id in chosen.visit_types]
    whom = await person(request, request.query.get("for", ""))
    return page(
        request,
        "types.html",
        {"people": await people(request), "whom": whom, "doctor": chosen, "offered": offered},
    )


async def times(request: web.Request) -> web.StreamResponse:
    """GET /w/book/time: with whom, which day and which hour."""
    query = request.query
    whom = await person(request, query.get("for", ""))
    values = {name: query.get(name, "") for name in ("type", "doctor", "day")}
    return await _times(request, whom, {**values, "request": new_request()})


async def book(request: web.Request) -> web.StreamResponse:
    """POST /w/book: one page books once, however often it is sent."""
    values = await typed(request, *FIELDS)
    whom = await person(request, values["for"])
    if not REQUEST.fullmatch(values["request"]):
        raise InvalidInputError("no request of a page of ours")
    problems = _problems(request, whom, values)
    if problems:
        day = _day_of(request, values["start"])
        return await _times(request, whom, {**values, "day": day}, problems, status=UNPROCESSABLE)
    try:
        appointment = await _book(request, whom, values)
    except SlotTakenError as error:
        day = _day_of(request, values["start"])
        zone = clinic_of(request).timezone
        hours = [hour_of(slot, zone) for slot in error.alternatives]
        again = {**values, "day": day, "start": ""}
        return await _times(request, whom, again, {"start": words_of(request, error)}, hours=hours, status=CONFLICT)
    except AlreadyBookedError as error:
        mine = error.existing
        if mine is not None and mine.contact_id == contact_of(request).id and mine.start == start_of(values["start"]):
            return see_other(f"/w/appointments/{mine.id}?done=already")
        day = _day_of(request, values["start"])
        return await _times(request, whom, {**values, "day": day}, {"start": words_of(request, error)}, status=CONFLICT)
    except NotBookableError as error:
        day = _day_of(request, values["start"])
        problem = {"start": words_of(request, error)}
        return await _times(request, whom, {**values, "day": day, "start": ""}, problem, status=UNPROCESSABLE)
    done = "booked" if appointment.start == start_of(values["start"]) else "already"
    return see_other(f"/w/appointments/{appointment.id}?done={done}")


def new_request() -> str:
    """The key of a page that may write once."""
    return secrets.token_hex(12)


async def _book(request: web.Request, whom: Person, values: Mapping[str, str]) -> Appointment:
    """Book, and keep name and telephone where they were asked for."""
    services, contact, now = services_of(request), contact_of(request), now_of(request)
    patient = await record(request, whom)
    appointment = await services.booking.book(
        request_key=f"page:{contact.id}:{values['request']}",
        contact_id=contact.id,
        patient_id=patient.id,
        visit_type_id=VisitTypeId(values["type"]),
        practitioner_id=PractitionerId(values["doctor"]) if values["doctor"] else None,
        start=start_of(values["start"]),
        by=PATIENT,
        now=now,
    )
    if values["name"] and not patient.name:
        await services.patients.set_name(patient.id, values["name"], now=now)
    if values["phone"] and not patient.phone:
        await services.patients.phones.set(patient.id, values["phone"], now=now)
    return appointment


def _problems(request: web.Request, whom: Person, values: Mapping[str, str]) -> dict[str, str]:
    """What must be mended before the hour is asked for, by field."""
    found: dict[str, str] = {}
    checks: dict[str, Callable[[str], Any]] = {"start": start_of}
    if not whom.name:
        checks["name"] = clean_name
    if values["phone"]:
        checks["phone"] = parse
    for field, check in checks.items():
        try:
            check(values[field])
        except InvalidInputError as error:
            found[field] = words_of(request, error)
    return found


async def _times(  # noqa: PLR0913 - the parts of one page
    request: web.Request,
    whom: Person,
    values: Mapping[str, str],
    problems: Mapping[str, str] | None = None,
    *,
    hours: Any = (),
    status: int = 200,
) -> web.StreamResponse:
    patient_id = whom.patient.id if whom.patient is not None else None
    choice = await choose(request, values["type"], values["doctor"], values.get("day", ""), patient_id=patient_id)
    return page(
        request,
        "times.html",
        {
            "choice": choice,
            "whom": whom,
            "values": values,
            "problems": problems or {},
            "nearest": hours,
            "moving": None,
            "asks_name": not whom.name,
            "asks_phone": whom.patient is None or not whom.patient.phone,
        },
        status=status,
    )


def _day_of(request: web.Request, start: str) -> str:
    """The clinic's day of an hour; empty for what is none."""
    try:
        return start_of(start).astimezone(clinic_of(request).timezone).date().isoformat()
    except DayError:
        return ""
