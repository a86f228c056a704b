"""The next visit, booked where the present one ends: free hours on the page of the checkout (A4-19)."""

from datetime import date, timedelta
from typing import Any

from aiohttp import web

from wxbot.booking.errors import AlreadyBookedError
from wxbot.booking.models import Appointment, Booker, Slot
from wxbot.booking.sentences import day_words
from wxbot.clinic.models import PractitionerId, VisitTypeId
from wxbot.days import DayError, read_day
from wxbot.errors import DomainError, FieldErrors, NotBookableError, NotFoundError, SlotTakenError
from wxbot.ids import new_id
from wxbot.web.console.before_booking import ask_first
from wxbot.web.console.board_answers import moment_at, place_of
from wxbot.web.console.forms import WHOLE, Form
from wxbot.web.console.frame import actor_of, now_of, services_of

EDIT = "booking:appointment:edit"
A_WEEK = timedelta(days=7)
MOST_HOURS = 48  # shown of a day
KIND, DAY, SLOT, KEY = "next_kind", "next_day", "slot", "key"  # the form's fields


async def next_hours(request: web.Request, visit: Appointment, form: Form) -> dict[str, Any]:
    """What the page offers: the visit types of the practitioner, and free hours of the day that was named.

    Without a day a week after the visit. Where that day has none, the nearest later ones.
    """
    services, now = services_of(request), now_of(request)
    clinic = services.clinic
    practitioner = clinic.practitioner(visit.practitioner_id)
    kinds = [
        each
        for each in clinic.visit_types
        if not each.retired and practitioner is not None and each.id in practitioner.visit_types
    ]
    chosen = form.get(KIND) or request.query.get(KIND, "") or visit.visit_type_id
    kind = next((each for each in kinds if each.id == chosen), kinds[0] if kinds else None)
    wanted, refusal = form.get(DAY) or request.query.get(DAY, ""), ""
    day = now.astimezone(clinic.timezone).date() + A_WEEK
    try:
        day = read_day(wanted) if wanted else day
    except DayError as error:
        refusal = error.sentence
    slots: list[Slot] = []
    if kind is not None and not refusal:
        slots, refusal = await _free(request, kind.id, visit, day)
    return {
        "next_kinds": [(each.id, each.name) for each in kinds],
        "next_kind": kind.id if kind is not None else "",
        "next_day": day.isoformat(),
        "next_refusal": refusal,
        "next_slots": [place_of(clinic, each, now) for each in slots],
        "next_where": day_words(day) if slots and not refusal else "",
        "next_key": form.get(KEY) or new_id(now),
    }


async def book_next(request: web.Request, form: Form, visit: Appointment) -> Appointment:
    """Book the hour that was chosen. Raises FieldErrors: taken meanwhile, or what must be answered first."""
    services, by, now = services_of(request), actor_of(request), now_of(request)
    by.must(EDIT)
    patient = (await services.patients.patients([visit.patient_id])).get(visit.patient_id)
    if patient is None:
        raise NotFoundError(f"patient {visit.patient_id}")
    day, _, rest = form.get(SLOT).partition("~")
    clock, _, who = rest.partition("~")
    start, kind = moment_at(services.clinic, day, clock), VisitTypeId(form.get(KIND))
    key = f"next:{visit.id}:{form.get(KEY)[:64] or new_id(now)}"
    await ask_first(request, form, patient, kind, start, key)
    try:
        return await services.booking.book(
            request_key=key,
            contact_id=patient.contact_id,
            patient_id=patient.id,
            visit_type_id=kind,
            practitioner_id=PractitionerId(who) or None,
            start=start,
            by=by,
            now=now,
        )
    except (AlreadyBookedError, SlotTakenError, NotBookableError) as error:
        raise FieldErrors({WHOLE: error.sentence}) from error


async def _free(request: web.Request, kind: VisitTypeId, visit: Appointment, day: date) -> tuple[list[Slot], str]:
    """The free hours of that day with the same practitioner, else the nearest with anybody; and what to say of it."""
    services, now = services_of(request), now_of(request)
    try:
        found = await services.booking.slots(kind, visit.practitioner_id, day, now, booker=Booker.STAFF)
        if found:
            return found[:MOST_HOURS], ""
        after = max(moment_at(services.clinic, day.isoformat(), "00:00"), now)
        for who in (visit.practitioner_id, None):
            found = await services.booking.next_free(kind, who, after, now, booker=Booker.STAFF)
            if found:
                return found, "这一天没有空档，最近的是："
    except DomainError as error:
        return [], error.sentence
    return [], "近期没有空档，请换一天或换一个项目。"
