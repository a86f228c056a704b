"""Booking on the board: click an hour, find or create the patient, choose what for. Three actions, no other page."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aiohttp import web

from wxbot.booking.errors import AlreadyBookedError
from wxbot.booking.models import Appointment, Booker
from wxbot.booking.obstacles import BUSY, Obstacle, ObstacleKind
from wxbot.booking.overbooking import LONGEST_REASON
from wxbot.clinic.models import Practitioner, PractitionerId, VisitType, VisitTypeId
from wxbot.errors import FieldErrors, InvalidInputError, NotBookableError, NotFoundError, SlotTakenError
from wxbot.history.models import PatientId
from wxbot.ids import new_id
from wxbot.patients.models import Patient
from wxbot.patients.records import DuplicatesError
from wxbot.patients.views import Card
from wxbot.services import Services
from wxbot.web.console.before_booking import ask_first
from wxbot.web.console.board import board_address
from wxbot.web.console.board_answers import finished, moment_at, place_of, place_words
from wxbot.web.console.forms import WHOLE, Form, filled
from wxbot.web.console.frame import actor_of, fragment, is_fragment, now_of, page, services_of
from wxbot.web.console.patients import MOST_TYPED
from wxbot.web.console.submit import submit

EDIT = "booking:appointment:edit"
OWN_HOUR = frozenset({ObstacleKind.PAST, ObstacleKind.HORIZON, ObstacleKind.CLOSURE, ObstacleKind.HOLIDAY})
"""What is in the way of every visit type alike."""


@dataclass(frozen=True, kw_only=True)
class Offer:
    """A visit type at the hour that was clicked; `obstacles` is why it does not fit."""

    kind: VisitType
    obstacles: tuple[Obstacle, ...]

    @property
    def fits(self) -> bool:
        """Whether it can be booked."""
        return not self.obstacles

    @property
    def may_overbook(self) -> bool:
        """Whether only somebody else's visit is in the way."""
        return bool(self.obstacles) and all(each.kind in BUSY for each in self.obstacles)


async def new(request: web.Request) -> web.StreamResponse:
    """The dialog of an hour: for whom, and what for."""
    actor_of(request).must(EDIT)
    names = ("day", "at", "who", "patient_id")
    form = filled({name: request.query.get(name, "") for name in names} | {"key": new_id(now_of(request))})
    return await _asking(request, form)


async def found(request: web.Request) -> web.StreamResponse:
    """Patients that fit what is being typed, to choose from."""
    query = request.query.get("q", "").strip()[:MOST_TYPED]
    result = await services_of(request).records.search(query, by=actor_of(request), now=now_of(request))
    return await fragment(request, "board/_found.html", query=query, found=result)


async def book(request: web.Request) -> web.StreamResponse:
    """Book it. What is in the way is said with the next free hours, and what was filled in stays."""
    return await submit(request, _book, again=_asking, refused=(AlreadyBookedError,))


async def _book(request: web.Request, form: Form) -> web.StreamResponse:
    services, actor, now = services_of(request), actor_of(request), now_of(request)
    actor.must(EDIT)
    if form.get("search"):  # Enter in the search field, without scripts
        return await _asking(request, form)
    start, who = _hour(services, form)
    overbooked = form.get("overbook")
    kind = VisitTypeId(overbooked or form.get("kind"))
    if not kind:
        raise FieldErrors({"kind": "请选择项目。"})
    try:
        patient = await _patient(request, form)
    except DuplicatesError as error:
        form.fail(WHOLE, error.sentence)
        return await _asking(request, form, alike=error.found)
    key = f"board:{form.get('key')[:64] or new_id(now)}"
    try:
        await ask_first(request, form, patient, kind, start, key)
        visit = await services.booking.book(
            request_key=key,
            contact_id=patient.contact_id,
            patient_id=patient.id,
            visit_type_id=kind,
            practitioner_id=who.id,
            start=start,
            by=actor,
            now=now,
            overbooked=form.get("reason") if overbooked else None,
        )
    except (SlotTakenError, NotBookableError) as error:
        _keep(form, patient)
        form.fail(WHOLE, await _why(services, kind, who, start, error, now))
        return await _asking(request, form, wanted=kind)
    except (AlreadyBookedError, FieldErrors):
        _keep(form, patient)
        raise
    return finished(request, visit, _done_words(services, visit, patient, now))


def _done_words(services: Services, visit: Appointment, patient: Patient, now: datetime) -> str:
    kind = services.clinic.visit_type(visit.visit_type_id)
    where = place_words(services.clinic, visit.start, visit.practitioner_id, now)
    return f"已约：{where} {patient.name or '患者'} {kind.name if kind else ''}"


def _keep(form: Form, patient: Patient) -> None:
    """The patient stays chosen when the dialog is shown again, one just created too."""
    form.values["patient_id"] = patient.id
    form.values["name"] = form.values["phone"] = ""


async def _why(  # noqa: PLR0913, PLR0917 - what was asked for
    services: Services,
    kind: VisitTypeId,
    who: Practitioner,
    start: datetime,
    error: SlotTakenError | NotBookableError,
    now: datetime,
) -> str:
    obstacles = await services.booking.why_not(kind, who.id, start, now=now)
    return "".join(each.words for each in obstacles) or error.sentence


async def _patient(request: web.Request, form: Form) -> Patient:
    """The one chosen, or a new record. Raises FieldErrors and DuplicatesError."""
    services, actor, now = services_of(request), actor_of(request), now_of(request)
    name, chosen = form.get("name"), PatientId(form.get("patient_id"))
    if name or (form.get("phone") and not chosen):
        return await services.records.create(
            {"name": name, "phone": form.get("phone")},
            by=actor,
            now=now,
            despite_duplicates=form.get("despite") == "true",
        )
    patient = (await services.patients.patients([chosen])).get(chosen) if chosen else None
    if patient is None:
        raise FieldErrors({"patient_id": "请先选择患者，或填写姓名新建一位。"})
    return patient


def _hour(services: Services, form: Form) -> tuple[datetime, Practitioner]:
    """Raises InvalidInputError and NotFoundError."""
    who = services.clinic.practitioner(PractitionerId(form.get("who")))
    if who is None:
        raise NotFoundError("no such practitioner")
    return moment_at(services.clinic, form.get("day"), form.get("at")), who


async def _asking(
    request: web.Request, form: Form, *, alike: Sequence[Card] = (), wanted: VisitTypeId | None = None
) -> web.StreamResponse:
    services, actor, now = services_of(request), actor_of(request), now_of(request)
    start, who = _hour(services, form)
    offers = await offers_of(services, who, start, now)
    fitting = [each for each in offers if each.fits]
    nearest: list[dict[str, str]] = []
    nearest_kind = next((each.kind for each in offers if each.kind.id == wanted), None)
    if nearest_kind is None and not fitting and offers:
        nearest_kind = min((each.kind for each in offers), key=lambda kind: kind.minutes)
    if nearest_kind is not None:
        nearest = await _nearest(services, nearest_kind, who, start, now)
    chosen = PatientId(form.get("patient_id"))
    patient = (await services.patients.patients([chosen])).get(chosen) if chosen else None
    query = "" if patient is not None else form.get("q")[:MOST_TYPED]
    context: dict[str, Any] = {
        "form": form,
        "query": query,
        "found": await services.records.search(query, by=actor, now=now) if query else None,
        "who": who,
        "where": place_words(services.clinic, start, who.id, now),
        "offers": fitting,
        "crowded": [each for each in offers if each.may_overbook],
        "others": [each for each in offers if each.obstacles],
        "refusal": "" if fitting or not offers else _same_for_all(offers),
        "nearest": nearest,
        "nearest_kind": nearest_kind,
        "chosen": (await services.records.cards([patient], now))[0] if patient is not None else None,
        "alike": alike,
        "may_create": actor.may("patients:patient:create"),
        "longest": LONGEST_REASON,
        "back": board_address(day=form.get("day"), who=who.id),
        "address": board_address,
    }
    if is_fragment(request):
        return await fragment(request, "board/_new.html", **context)
    return await page(request, "board/new.html", status=200 if form.ok else 422, **context)


async def offers_of(services: Services, who: Practitioner, start: datetime, now: datetime) -> list[Offer]:
    """Every visit type of that practitioner, and whether it fits at that moment; the questions share a read."""
    kinds = [each for each in services.clinic.visit_types if each.id in who.visit_types and not each.retired]
    why = await asyncio.gather(*(services.booking.why_not(each.id, who.id, start, now=now) for each in kinds))
    return [Offer(kind=kind, obstacles=obstacles) for kind, obstacles in zip(kinds, why, strict=True)]


def _same_for_all(offers: Sequence[Offer]) -> str:
    """Why nothing fits: what is in the way of every visit type, else of the shortest."""
    shared = [each for each in offers[0].obstacles if each.kind in OWN_HOUR]
    if shared:
        return "".join(each.words for each in shared)
    shortest = min(offers, key=lambda each: each.kind.minutes)
    return "".join(each.words for each in shortest.obstacles)


async def _nearest(
    services: Services, kind: VisitType, who: Practitioner, start: datetime, now: datetime
) -> list[dict[str, str]]:
    """The nearest free hours of that practitioner, else of anybody."""
    for practitioner_id in (who.id, None):
        try:
            slots = await services.booking.next_free(
                kind.id, practitioner_id, max(start, now), now, booker=Booker.STAFF
            )
        except (NotBookableError, InvalidInputError):
            continue
        if slots:
            return [place_of(services.clinic, each, now) for each in slots]
    return []
