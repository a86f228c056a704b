"""Creating and editing a patient's record. Numbers stay masked: an empty field leaves them as they are."""

from collections.abc import Sequence
from datetime import datetime

from aiohttp import web

from wxbot.patients.details import FIELDS, GENDERS
from wxbot.patients.records import DuplicatesError
from wxbot.patients.views import Card
from wxbot.web.console.forms import WHOLE, Form, filled, whole_number
from wxbot.web.console.frame import actor_of, now_of, page, see_other, services_of
from wxbot.web.console.patient_page import here, id_of
from wxbot.web.console.seen import Row, changes_since, remember_seen
from wxbot.web.console.submit import submit

MASKED = ("phone", "second_phone", "identity")
GENDER_OPTIONS = [(gender.value, words) for gender, words in GENDERS.items()]


async def new(request: web.Request) -> web.StreamResponse:
    """An empty form."""
    return await _creating(request, filled({"gender": "unknown", "name": request.query.get("name", "")}))


async def create(request: web.Request) -> web.StreamResponse:
    """Keep the new record; when somebody is very like it, ask first."""
    return await submit(request, _create, again=_creating)


async def _create(request: web.Request, form: Form) -> web.StreamResponse:
    typed = {field: form.get(field) for field in FIELDS}
    sure = form.get("despite") == "true"
    try:
        patient = await services_of(request).records.create(
            typed, by=actor_of(request), now=now_of(request), despite_duplicates=sure
        )
    except DuplicatesError as error:
        form.fail(WHOLE, error.sentence)
        return await _creating(request, form, alike=error.found)
    return see_other(request, here(patient.id), done="已建档")


async def edit(request: web.Request) -> web.StreamResponse:
    """The form with what is stored, numbers masked."""
    card = await _card(request)
    return await _editing(request, _opened(card), card)


async def save(request: web.Request) -> web.StreamResponse:
    """Keep what was changed; when a colleague was faster, show what they changed and keep what was typed."""
    return await submit(request, _save, again=_again, overtaken=_overtaken)


async def _save(request: web.Request, form: Form) -> web.StreamResponse:
    card = await _card(request)
    revision = whole_number(form.get("revision"), -1)
    try:
        after = await services_of(request).records.edit(
            card.id,
            _typed(form, card),
            revision=revision,
            by=actor_of(request),
            now=now_of(request),
            despite_duplicates=form.get("despite") == "true",
        )
    except DuplicatesError as error:
        form.fail(WHOLE, error.sentence)
        return await _editing(request, form, card, alike=error.found)
    return see_other(request, here(after.id), done="已保存")


async def _again(request: web.Request, form: Form) -> web.StreamResponse:
    return await _editing(request, form, await _card(request))


async def _overtaken(request: web.Request, form: Form) -> web.StreamResponse:
    card = await _card(request)
    changes = changes_since(form, _shown(card), FIELDS)
    entries = await services_of(request).audit.of_subject(f"patient:{card.id}", 1)
    _remember(form, card)
    who, at = (entries[0].name, entries[0].at) if entries else ("", None)
    return await _editing(request, form, card, changes=changes, who=who, at=at)


async def _creating(request: web.Request, form: Form, alike: Sequence[Card] = ()) -> web.StreamResponse:
    return await page(
        request, "patients/new.html", form=form, genders=GENDER_OPTIONS, alike=alike, status=200 if form.ok else 422
    )


async def _editing(  # noqa: PLR0913 - what the form shows
    request: web.Request,
    form: Form,
    card: Card,
    *,
    changes: Sequence[Row] = (),
    who: str = "",
    at: datetime | None = None,
    alike: Sequence[Card] = (),
) -> web.StreamResponse:
    return await page(
        request,
        "patients/edit.html",
        form=form,
        card=card,
        genders=GENDER_OPTIONS,
        changes=changes,
        who=who,
        at=at,
        alike=alike,
        status=409 if changes or at else 200 if form.ok else 422,
    )


async def _card(request: web.Request) -> Card:
    detail = await services_of(request).records.detail(id_of(request), by=actor_of(request), now=now_of(request))
    return detail.card


def _opened(card: Card) -> Form:
    form = filled({field: value for field, value in _shown(card).items() if field not in MASKED})
    form.values["gender"] = card.patient.gender.value
    _remember(form, card)
    return form


def _remember(form: Form, card: Card) -> None:
    """Base the form on what is stored now; what the editor sees goes along, masked."""
    form.values["revision"] = str(card.patient.revision)
    remember_seen(form, _shown(card))


def _shown(card: Card) -> dict[str, str]:
    """What the editor sees of the record."""
    patient = card.patient
    return {
        "name": patient.name or "",
        "phone": card.phone,
        "second_phone": card.second_phone,
        "gender": GENDERS[patient.gender],
        "birthday": card.birthday,
        "record_number": patient.record_number or "",
        "identity": card.identity,
        "note": patient.note,
    }


def _typed(form: Form, card: Card) -> dict[str, str]:
    """The fields that were typed. A masked number is changed only by a new one, or by the tick that removes it."""
    typed = {field: form.get(field) for field in FIELDS if field in form.values and field not in MASKED}
    if not typed.get("name") and card.patient.name is None:
        typed.pop("name", None)
    for field in MASKED:
        if form.get(f"no_{field}") == "true":
            typed[field] = ""
        elif form.get(field):
            typed[field] = form.get(field)
    return typed
