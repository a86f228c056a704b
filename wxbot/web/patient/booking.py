"""预约 in three taps: 项目, the hour, which is kept for five minutes, and 确认. All through `Booking`."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from wxbot.actors import PATIENT
from wxbot.booking.errors import AlreadyBookedError
from wxbot.booking.models import Appointment, HoldId
from wxbot.booking.same_day import SameDayAnswer, SameDayQuestion
from wxbot.clinic.models import PractitionerId, VisitTypeId
from wxbot.days import DayError
from wxbot.errors import InvalidInputError, NotBookableError, NotFoundError, SlotTakenError, StaleError
from wxbot.web.patient import holding
from wxbot.web.patient.asking import ASKED, Asked, asked_of, keep, read
from wxbot.web.patient.choosing import choose, hour_of, start_of
from wxbot.web.patient.frame import clinic_of, contact_of, now_of, page, said, see_other, services_of, typed, words_of
from wxbot.web.patient.holding import CONFLICT, HOLD_ENDED, HOLD_ID, UNPROCESSABLE
from wxbot.web.patient.people import Person, people, person, record

FIELDS = ("for", "type", "doctor", "start")


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
    return await _times(request, whom, {name: query.get(name, "") for name in ("type", "doctor", "day")})


async def hold(request: web.Request) -> web.StreamResponse:
    """POST /w/book/hold: keep the hour that was tapped, then on to its confirmation; twice is once."""
    values = await typed(request, *FIELDS)
    whom = await person(request, values["for"])
    try:
        start = start_of(values["start"])
        mine = await holding.booked(request, values["type"], start, whom)
        if mine is not None:
            return see_other(f"/w/appointments/{mine.id}?done=already")
        await services_of(request).booking.hold(
            VisitTypeId(values["type"]),
            PractitionerId(values["doctor"]) if values["doctor"] else None,
            start,
            contact_id=contact_of(request).id,
            patient_id=None if whom.patient is None else whom.patient.id,
            by=PATIENT,
            now=now_of(request),
        )
    except (InvalidInputError, NotBookableError, SlotTakenError) as error:
        return await _other_hours(request, whom, values, error)
    return see_other(holding.confirm_address("/w/book/confirm", values))


async def confirm(request: web.Request) -> web.StreamResponse:
    """GET /w/book/confirm: what is kept, until when, and what is still to be asked. Keeps nothing itself."""
    values = {name: request.query.get(name, "") for name in FIELDS}
    whom = await person(request, values["for"])
    start = start_of(values["start"])
    held = await holding.held_for(request, values["type"], start)
    if held is not None:
        asked = asked_of(request, whom)
        return await _confirming(request, whom, {**values, "hold": held.id}, asked)
    mine = await holding.booked(request, values["type"], start, whom)
    if mine is not None:  # booked already; the page of before was opened again
        return see_other(f"/w/appointments/{mine.id}?done=already")
    return await _ended(request, whom, values)


async def book(request: web.Request) -> web.StreamResponse:
    """POST /w/book: one held hour is booked once, however often it is sent."""
    values = await typed(request, *FIELDS, "hold", "same_day", *ASKED)
    whom = await person(request, values["for"])
    if not HOLD_ID.fullmatch(values["hold"]):
        raise InvalidInputError("no request of a page of ours")
    try:
        start = start_of(values["start"])
    except DayError as error:
        return await _other_hours(request, whom, values, error)
    key = f"page:{contact_of(request).id}:{values['hold']}"
    question = await holding.same_day(request, whom, values["type"], start, key)
    answers = () if question is None else question.answers
    answer = next((each for each in answers if each.value == values["same_day"]), None)
    if question is not None and answer is SameDayAnswer.MOVE:
        return await _move_instead(request, whom, values, question.existing, key)
    asked = read(request, whom, values)
    if asked.problems or (answers and answer is None):
        return await _confirming(request, whom, values, asked, status=UNPROCESSABLE)
    try:
        appointment = await _book(request, whom, values, asked, key)
    except (SlotTakenError, AlreadyBookedError, NotBookableError) as error:
        mine = error.existing if isinstance(error, AlreadyBookedError) else None
        if mine is not None and mine.contact_id == contact_of(request).id and mine.start == start:
            return see_other(f"/w/appointments/{mine.id}?done=already")
        return await _other_hours(request, whom, values, error)
    done = "booked" if appointment.start == start else "already"
    return see_other(f"/w/appointments/{appointment.id}?done={done}")


async def release(request: web.Request) -> web.StreamResponse:
    """POST /w/book/release: the kept hour is given back, and another one chosen."""
    values = await typed(request, *FIELDS, "hold")
    whom = await person(request, values["for"])
    await holding.release_hold(request, values["hold"])
    doctor = f"&doctor={values['doctor']}" if values["doctor"] else ""
    return see_other(f"/w/book/time?type={values['type']}&for={whom.key}{doctor}")


async def _book(request: web.Request, whom: Person, values: Mapping[str, str], asked: Asked, key: str) -> Appointment:
    """Keep what was asked on the page, and book."""
    patient = await record(request, whom)
    await keep(request, patient, asked)  # first: no child's visit stands without the guardian's consent
    return await services_of(request).booking.book(
        request_key=key,
        contact_id=contact_of(request).id,
        patient_id=patient.id,
        visit_type_id=VisitTypeId(values["type"]),
        practitioner_id=PractitionerId(values["doctor"]) if values["doctor"] else None,
        start=start_of(values["start"]),
        by=PATIENT,
        now=now_of(request),
        hold=HoldId(values["hold"]),
    )


async def _move_instead(
    request: web.Request, whom: Person, values: Mapping[str, str], existing: Appointment, key: str
) -> web.StreamResponse:
    """The visit that stands that day gets the new hour."""
    try:
        moved = await services_of(request).booking.move(
            existing.id,
            start_of(values["start"]),
            PractitionerId(values["doctor"]) if values["doctor"] else None,
            existing.version,
            key,
            by=PATIENT,
            now=now_of(request),
            hold=HoldId(values["hold"]),
        )
    except StaleError:
        return see_other(f"/w/appointments/{existing.id}?done=changed")
    except (SlotTakenError, AlreadyBookedError, NotBookableError) as error:
        return await _other_hours(request, whom, values, error)
    return see_other(f"/w/appointments/{moved.id}?done=moved")


async def _confirming(
    request: web.Request, whom: Person, values: Mapping[str, str], asked: Asked, *, status: int = 200
) -> web.StreamResponse:
    start = start_of(values["start"])
    question: SameDayQuestion | None = await holding.same_day(request, whom, values["type"], start)
    shown = {"whom": whom, "asked": asked, "question": question, "values": values}
    return await holding.confirming(request, values, shown, here="/w/book/confirm", status=status)


async def _ended(request: web.Request, whom: Person, values: Mapping[str, str]) -> web.StreamResponse:
    """The time for which it was kept is over: the hours nearest to it, at once."""
    nearest = await holding.nearest(request, values["type"], values["doctor"], start_of(values["start"]))
    again = {**values, "day": holding.day_of(request, values["start"])}
    return await _times(request, whom, again, {"start": said(request, HOLD_ENDED)}, hours=nearest)


async def _other_hours(
    request: web.Request,
    whom: Person,
    values: Mapping[str, str],
    error: InvalidInputError | NotBookableError | SlotTakenError | AlreadyBookedError,
) -> web.StreamResponse:
    """Why that hour cannot be had, and which can."""
    zone = clinic_of(request).timezone
    free = error.alternatives if isinstance(error, SlotTakenError) else ()
    status = CONFLICT if isinstance(error, SlotTakenError | AlreadyBookedError) else UNPROCESSABLE
    again = {**values, "day": holding.day_of(request, values["start"])}
    problems = {"start": words_of(request, error)}
    return await _times(request, whom, again, problems, hours=[hour_of(each, zone) for each in free], status=status)


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
    shown = {"choice": choice, "whom": whom, "problems": problems or {}, "nearest": hours, "moving": None}
    return page(request, "times.html", shown, status=status)
