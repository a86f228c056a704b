"""候补: wait for an hour where none fits, take one that is offered, leave. Reading changes nothing."""

from collections.abc import Mapping
from datetime import date, timedelta

from aiohttp import web

from wxbot.actors import PATIENT
from wxbot.booking.errors import AlreadyBookedError
from wxbot.clinic.models import PractitionerId, VisitTypeId
from wxbot.days import DayError, read_day
from wxbot.errors import DomainError, FieldErrors, InvalidInputError, NotBookableError, NotFoundError
from wxbot.waitlist.errors import NotWaitingError, OfferOverError
from wxbot.waitlist.models import EntryId, Need, PartOfDay
from wxbot.waitlist.sentences import need_words, offer_variables
from wxbot.web.patient.frame import (
    clinic_of,
    contact_of,
    now_of,
    page,
    see_other,
    services_of,
    today_of,
    typed,
    words_of,
)
from wxbot.web.patient.holding import CONFLICT, UNPROCESSABLE
from wxbot.web.patient.people import person, record

HERE = "/w/waitlist"
DONE = ("joined", "passed", "left")  # what the list says above
REFUSED = (OfferOverError, NotWaitingError, NotBookableError, AlreadyBookedError)
LONGEST_NUMBER = 6  # digits of the number of an offer


async def mine(request: web.Request) -> web.StreamResponse:
    """GET /w/waitlist: what the contact waits for, and the hour that is held for them."""
    return await _list(request)


async def ask(request: web.Request) -> web.StreamResponse:
    """GET /w/waitlist/join: which days and parts of the day."""
    query = request.query
    today = today_of(request)
    values = {name: query.get(name, "") for name in ("type", "doctor", "for")}
    day = _day(query.get("day", ""))
    last = day or today + timedelta(days=clinic_of(request).horizon_days)
    return await _form(request, {**values, "first": (day or today).isoformat(), "last": last.isoformat()}, ())


async def join(request: web.Request) -> web.StreamResponse:
    """POST /w/waitlist: wait for it; the same again keeps the place."""
    values = await typed(request, "for", "type", "doctor", "first", "last", *(each.value for each in PartOfDay))
    parts = tuple(each for each in PartOfDay if values[each.value])
    first, last = _day(values["first"]), _day(values["last"])
    if first is None or last is None or last < max(first, today_of(request)):
        return await _form(request, values, parts, problem="请选择从哪一天到哪一天，不能是过去的日子。")
    whom = await person(request, values["for"])
    _kind(request, values)
    patient = await record(request, whom)
    need = Need(
        visit_type_id=VisitTypeId(values["type"]),
        practitioners=(PractitionerId(values["doctor"]),) if values["doctor"] else (),
        first=first,
        last=last,
        parts=parts,
    )
    try:
        await services_of(request).waitlist.entries.join(
            need=need, contact_id=contact_of(request).id, patient_id=patient.id, by=PATIENT, now=now_of(request)
        )
    except FieldErrors as error:
        raise InvalidInputError("no wish of a page of ours") from error
    return see_other(f"{HERE}?done=joined")


async def take(request: web.Request) -> web.StreamResponse:
    """POST /w/waitlist/{id}/take: book the hour that is held."""
    number = await _number(request)
    try:
        appointment = await services_of(request).waitlist.entries.accept(
            _id(request), number, by=PATIENT, now=now_of(request), contact_id=contact_of(request).id
        )
    except REFUSED as error:
        return await _list(request, problem=error)
    return see_other(f"/w/appointments/{appointment.id}?done=booked")


async def decline(request: web.Request) -> web.StreamResponse:
    """POST /w/waitlist/{id}/pass: the hour goes to the next in line."""
    number = await _number(request)
    try:
        await services_of(request).waitlist.entries.decline(
            _id(request), number, by=PATIENT, now=now_of(request), contact_id=contact_of(request).id
        )
    except REFUSED as error:
        return await _list(request, problem=error)
    return see_other(f"{HERE}?done=passed")


async def leave(request: web.Request) -> web.StreamResponse:
    """POST /w/waitlist/{id}/leave: wait no more; a second time changes nothing."""
    await typed(request)
    await services_of(request).waitlist.entries.leave(
        _id(request), by=PATIENT, now=now_of(request), contact_id=contact_of(request).id
    )
    return see_other(f"{HERE}?done=left")


# -- inside -----------------------------------------------------------------------------------------------------------


async def _list(request: web.Request, *, problem: DomainError | None = None) -> web.StreamResponse:
    services, clinic, now, today = services_of(request), clinic_of(request), now_of(request), today_of(request)
    entries = await services.waitlist.entries.of_contact(contact_of(request).id)
    people = await services.patients.patients({each.patient_id for each in entries})
    rows = [
        {
            "entry": each,
            "need": need_words(each.need, clinic, today),
            "who": people[each.patient_id].name if each.patient_id in people else "",
            "offer": (
                {**offer_variables(each.need, each.offer, clinic, now), "number": each.offer.number}
                if each.offer is not None and each.offer.until > now
                else None
            ),
        }
        for each in entries
    ]
    done = request.query.get("done", "")
    return page(
        request,
        "waitlist.html",
        {
            "rows": rows,
            "done": done if done in DONE and problem is None else "",
            "problem": "" if problem is None else words_of(request, problem),
        },
        status=200 if problem is None else CONFLICT,
    )


async def _form(
    request: web.Request, values: Mapping[str, str], parts: tuple[PartOfDay, ...], *, problem: str = ""
) -> web.StreamResponse:
    whom = await person(request, values["for"])
    kind = _kind(request, values)
    doctor = clinic_of(request).practitioner(PractitionerId(values["doctor"])) if values["doctor"] else None
    today = today_of(request)
    return page(
        request,
        "waitlist_join.html",
        {
            "whom": whom,
            "kind": kind,
            "doctor": doctor,
            "values": values,
            "parts": [(each, each in parts) for each in PartOfDay],
            "today": today,
            "problem": problem,
        },
        status=UNPROCESSABLE if problem else 200,
    )


def _kind(request: web.Request, values: Mapping[str, str]) -> object:
    """The visit type. Raises NotFoundError for one that nobody asked for offers."""
    clinic = clinic_of(request)
    kind = clinic.visit_type(VisitTypeId(values["type"]))
    offering = [] if kind is None else [each.id for each in clinic.who_offers(kind.id)]
    if kind is None or not offering or (values["doctor"] and values["doctor"] not in offering):
        raise NotFoundError("no such visit type or practitioner")
    return kind


async def _number(request: web.Request) -> int:
    values = await typed(request, "number")
    text = values["number"]
    if not (text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER):
        raise InvalidInputError("no request of a page of ours")
    return int(text)


def _id(request: web.Request) -> EntryId:
    return EntryId(request.match_info["entry_id"])


def _day(text: str) -> date | None:
    try:
        return read_day(text)
    except DayError:
        return None
