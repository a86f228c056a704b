"""候补: who waits for an hour, what they were offered, and what colleagues do for them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from aiohttp import web
from pydantic import BaseModel, Field

from wxbot.booking.errors import AlreadyBookedError
from wxbot.booking.models import Appointment
from wxbot.booking.sentences import WEEKDAY_NAMES
from wxbot.clinic.models import PractitionerId, VisitTypeId
from wxbot.errors import NotFoundError
from wxbot.history.models import PatientId
from wxbot.services import Services
from wxbot.waitlist.errors import NotWaitingError, OfferOverError
from wxbot.waitlist.models import Entry, EntryId, EntryState, Need, Offer, PartOfDay
from wxbot.waitlist.sentences import need_words, offer_words
from wxbot.web.console.forms import Day, Form, filled, parse, whole_number
from wxbot.web.console.frame import actor_of, now_of, page, see_other, services_of
from wxbot.web.console.patients import MOST_TYPED
from wxbot.web.console.submit import submit
from wxbot.web.console.who import names_of
from wxbot.workflow import NotNowError

PATH = "/console/today/waitlist"
ENDED_DAYS = 14  # how long what has ended stands below the list
YES, NO = "yes", "no"
REFUSED = (OfferOverError, NotWaitingError, AlreadyBookedError, NotNowError)
TONES = {
    EntryState.WAITING: "calm",
    EntryState.OFFERED: "warn",
    EntryState.BOOKED: "good",
    EntryState.LEFT: "plain",
    EntryState.EXPIRED: "plain",
}


@dataclass(frozen=True)
class Row:
    """An entry as a line of the list."""

    entry: Entry
    patient: str
    need: str
    tone: str
    offer: str  # the latest, in words; empty where there was none


class WishForm(BaseModel):
    """What is waited for, as typed."""

    patient_id: str
    type: str
    first: Day
    last: Day
    practitioners: list[str] = Field(default_factory=list)
    weekdays: list[int] = Field(default_factory=list)
    parts: list[PartOfDay] = Field(default_factory=list)


async def index(request: web.Request) -> web.StreamResponse:
    """Who waits, in line, and what ended lately."""
    services, actor, now = services_of(request), actor_of(request), now_of(request)
    waiting = await services.waitlist.entries.waiting(by=actor)
    ended = await services.waitlist.entries.ended(now - timedelta(days=ENDED_DAYS), by=actor)
    rows = {row.entry.id: row for row in await rows_of(services, [*waiting, *ended])}
    return await page(
        request,
        "waitlist/index.html",
        waiting=[rows[each.id] for each in waiting],
        ended=[rows[each.id] for each in ended],
        section=PATH,
        may_edit=actor.may("booking:appointment:edit"),
    )


async def show(request: web.Request) -> web.StreamResponse:
    """One entry with its offers and what can be done."""
    return await _show(request, Form())


async def remove(request: web.Request) -> web.StreamResponse:
    """Take the patient off the list, with a reason."""
    return await submit(request, _remove, again=_show, refused=REFUSED)


async def first(request: web.Request) -> web.StreamResponse:
    """Serve them before those who came earlier, with a reason; without one, in their turn again."""
    return await submit(request, _first, again=_show, refused=REFUSED)


async def answer(request: web.Request) -> web.StreamResponse:
    """The patient said on the telephone whether they want the hour."""
    return await submit(request, _answer, again=_show, refused=REFUSED)


async def new(request: web.Request) -> web.StreamResponse:
    """Who is to wait, and for what."""
    today = _today(request)
    last = today + timedelta(days=services_of(request).clinic.horizon_days)
    known = {name: request.query.get(name, "") for name in ("patient_id", "type")}
    return await _new(request, filled({**known, "first": today.isoformat(), "last": last.isoformat()}))


async def add(request: web.Request) -> web.StreamResponse:
    """Put a patient on the list."""
    return await submit(request, _add, again=_new, refused=REFUSED)


async def rows_of(services: Services, entries: Iterable[Entry]) -> list[Row]:
    """The rows, in the order given."""
    found, now, clinic = list(entries), services.clock.now(), services.clinic
    people = await services.patients.patients({each.patient_id for each in found})
    contacts = await services.patients.contacts({each.contact_id for each in found if each.contact_id is not None})
    here = now.astimezone(clinic.timezone).date()
    rows = []
    for each in found:
        person = people.get(each.patient_id)
        contact = contacts.get(each.contact_id) if each.contact_id is not None else None
        rows.append(
            Row(
                entry=each,
                patient=(person.name if person else None) or (contact.alias if contact else "") or "未登记姓名",
                need=need_words(each.need, clinic, here),
                tone=TONES[each.state],
                offer=offer_words(each.offers[-1], clinic, now) if each.offers else "",
            )
        )
    return rows


async def waiters(request: web.Request, visit: Appointment) -> Sequence[Row]:
    """Who waits for such an hour as this visit had, for the board; nobody where it is past."""
    services, actor = services_of(request), actor_of(request)
    if visit.start <= now_of(request) or not actor.may("booking:appointment:read"):
        return ()
    return await rows_of(services, await services.waitlist.entries.waiting_for(visit, by=actor))


# -- inside -----------------------------------------------------------------------------------------------------------


async def _remove(request: web.Request, form: Form) -> web.StreamResponse:
    await services_of(request).waitlist.entries.leave(
        _id(request), reason=form.get("reason"), by=actor_of(request), now=now_of(request)
    )
    return see_other(request, PATH, done="已移出候补")


async def _first(request: web.Request, form: Form) -> web.StreamResponse:
    entry = await services_of(request).waitlist.entries.put_first(
        _id(request), form.get("reason"), by=actor_of(request), now=now_of(request)
    )
    done = "已排到前面" if entry.priority else "已恢复按先后安排"
    return see_other(request, f"{PATH}/{entry.id}", done=done)


async def _answer(request: web.Request, form: Form) -> web.StreamResponse:
    entries, actor, now = services_of(request).waitlist.entries, actor_of(request), now_of(request)
    number = whole_number(form.get("number"), 0)
    if form.get("answer") == YES:
        await entries.accept(_id(request), number, by=actor, now=now)
        return see_other(request, PATH, done="已为患者约好")
    await entries.decline(_id(request), number, by=actor, now=now)
    return see_other(request, f"{PATH}/{_id(request)}", done="这个号留给下一位，患者继续候补")


async def _add(request: web.Request, form: Form) -> web.StreamResponse:
    services, actor, now = services_of(request), actor_of(request), now_of(request)
    actor.must("booking:appointment:edit")
    wish = parse(form, WishForm)
    patient_id = PatientId(wish.patient_id)
    patient = (await services.patients.patients([patient_id])).get(patient_id)
    if patient is None:
        raise NotFoundError("no such patient")
    need = Need(
        visit_type_id=VisitTypeId(wish.type),
        first=wish.first,
        last=wish.last,
        practitioners=tuple(PractitionerId(each) for each in wish.practitioners),
        weekdays=tuple(sorted({each for each in wish.weekdays if 0 <= each < len(WEEKDAY_NAMES)})),
        parts=tuple(wish.parts),
    )
    entry = await services.waitlist.entries.join(
        need=need, contact_id=patient.contact_id, patient_id=patient.id, by=actor, now=now
    )
    return see_other(request, f"{PATH}/{entry.id}", done="已加入候补")


async def _new(request: web.Request, form: Form) -> web.StreamResponse:
    services, actor, clinic = services_of(request), actor_of(request), services_of(request).clinic
    actor.must("booking:appointment:edit")
    wanted, query = PatientId(form.get("patient_id")), request.query.get("q", "").strip()[:MOST_TYPED]
    patient = (await services.patients.patients([wanted])).get(wanted) if wanted else None
    may_search = actor.may("patients:patient:read")
    found = (
        await services.records.search(query, by=actor, now=now_of(request))
        if query and patient is None and may_search
        else None
    )
    kinds = [(kind.id, kind.name) for kind in clinic.visit_types if clinic.who_offers(kind.id)]
    people = [(each.id, each.name) for each in clinic.practitioners if not each.retired]
    return await page(
        request,
        "waitlist/new.html",
        form=form,
        patient=patient,
        query=query,
        found=found,
        kinds=kinds,
        people=people,
        weekdays=list(enumerate(WEEKDAY_NAMES)),
        parts=[(each.value, each.label) for each in PartOfDay],
        section=PATH,
    )


async def _show(request: web.Request, form: Form) -> web.StreamResponse:
    services, actor, now = services_of(request), actor_of(request), now_of(request)
    actor.must("booking:appointment:read")
    entry = await services.waitlist.entries.entry(_id(request), by=actor)
    (row,) = await rows_of(services, [entry])
    offers: list[tuple[Offer, str]] = [
        (each, offer_words(each, services.clinic, now)) for each in reversed(entry.offers)
    ]
    doers = [each for each in (entry.by, entry.ended_by) if each and each not in {"patient", "system"}]
    return await page(
        request,
        "waitlist/one.html",
        form=form,
        row=row,
        entry=entry,
        offers=offers,
        open_offer=entry.offer if entry.offer is not None and entry.offer.until > now else None,
        names=await names_of(services, doers),
        base=f"{PATH}/{entry.id}",
        section=PATH,
        may_edit=actor.may("booking:appointment:edit"),
        may_open=actor.may("patients:patient:read"),
    )


def _id(request: web.Request) -> EntryId:
    return EntryId(request.match_info["id"])


def _today(request: web.Request) -> date:
    return now_of(request).astimezone(services_of(request).clinic.timezone).date()
