"""The sidebar of a talk: what was asked and learnt (问诊信息), what it reached; and the brief before the visit."""

from aiohttp import web

from wxbot.conversations.closing.leads import Goal, asks_for, goal_bar
from wxbot.conversations.intake.service import CONSENT, HEALTH, Intake, IntakeForm
from wxbot.conversations.states import REPLY
from wxbot.errors import NotFoundError
from wxbot.history.models import ContactId
from wxbot.patients.health_consents import SENTENCE
from wxbot.patients.models import ConsentTopic
from wxbot.web.console.forms import Form, filled, whole_number
from wxbot.web.console.frame import actor_of, fragment, is_fragment, now_of, see_other, services_of
from wxbot.web.console.patient_page import here
from wxbot.web.console.submit import submit
from wxbot.web.console.who import names_of

ANSWER = "answer."  # before a field's key in the form


def _contact_of(request: web.Request) -> ContactId:
    return ContactId(request.match_info["contact_id"])


async def show(request: web.Request) -> web.StreamResponse:
    """The form, with the question of each field for the reply."""
    intake = await _intake(request)
    return await _form(request, _as_form(request, intake), intake)


async def save(request: web.Request) -> web.StreamResponse:
    """Keep what was learnt so far."""
    return await submit(request, _save, again=_again, overtaken=_overtaken)


async def _save(request: web.Request, form: Form) -> web.StreamResponse:
    services = services_of(request)
    await _intake(request)
    typed = IntakeForm(
        answers={each.key: form.get(ANSWER + each.key) for each in services.review.intakes.fields},
        consent=form.get(CONSENT) == "true",
        health=form.get(HEALTH) == "true",
        out_of_scope=form.get("out_of_scope") == "true",
        relation=form.get("relation"),
    )
    revision = whole_number(form.get("revision"), 0)
    kept = await services.review.intakes.save(
        _contact_of(request), typed, revision, by=actor_of(request), now=now_of(request)
    )
    if not is_fragment(request):
        return see_other(request, f"/console/desk/{_contact_of(request)}", done="问诊信息已保存")
    return await _form(request, _as_form(request, kept), kept, saved=True)


async def _again(request: web.Request, form: Form) -> web.StreamResponse:
    for key in list(form.errors):
        if key and key not in {CONSENT, HEALTH, "relation"}:
            form.errors[ANSWER + key] = form.errors.pop(key)
    return await _form(request, form, await _intake(request))


async def _overtaken(request: web.Request, form: Form) -> web.StreamResponse:
    intake = await _intake(request)
    form.values["revision"] = str(intake.revision)
    return await _form(request, form, intake, overtaken=True)


async def goals(request: web.Request) -> web.StreamResponse:
    """邀约? 留电? 留微? and the minutes so far."""
    services, now = services_of(request), now_of(request)
    intake = await _intake(request)
    _, lines = await services.review.figures.talk_now(intake.id, now)
    bar = goal_bar(lines, now, out_of_scope=intake.out_of_scope)
    whom = intake.relation or asks_for(lines, services.word_lists.current)
    return await fragment(
        request, "desk/_goals.html", bar=bar, goals=list(Goal), whom=whom, out_of_scope=intake.out_of_scope
    )


async def brief(request: web.Request) -> web.StreamResponse:
    """What colleagues learnt in the chat, on the patient's page: to be read before the visit (A3-06)."""
    services, actor = services_of(request), actor_of(request)
    patient_id = request.match_info["id"]
    detail = await services.records.detail(patient_id, by=actor, now=now_of(request))  # type: ignore[arg-type]
    contacts = [linked.contact.id for linked in detail.linked_contacts]
    briefs = await services.review.intakes.briefs(contacts, by=actor)
    writers = {each.by for intake in briefs for each in intake.answers}
    return await fragment(
        request,
        "desk/_brief.html",
        briefs=briefs,
        fields=services.review.intakes.fields,
        names=await names_of(services, writers),
        patient_id=detail.card.id,
    )


async def read_brief(request: web.Request) -> web.StreamResponse:
    """已阅."""
    return await submit(request, _read_brief)


async def _read_brief(request: web.Request, form: Form) -> web.StreamResponse:
    revision, now = whole_number(form.get("revision"), 0), now_of(request)
    services, contact_id = services_of(request), ContactId(form.get("contact"))
    detail = await services.records.detail(request.match_info["id"], by=actor_of(request), now=now)  # type: ignore[arg-type]
    if contact_id not in {linked.contact.id for linked in detail.linked_contacts}:
        raise NotFoundError("not a contact of that patient")
    await services.review.intakes.mark_read(contact_id, revision, by=actor_of(request), now=now)
    return see_other(request, here(request.match_info["id"]), done="已记下您读过这份简报")


async def _intake(request: web.Request) -> Intake:
    """What is kept of the contact. Raises NotFoundError for an address that names nobody."""
    services, contact_id = services_of(request), _contact_of(request)
    if contact_id not in await services.patients.contacts({contact_id}):
        raise NotFoundError("no such contact")
    return await services.review.intakes.one(contact_id, by=actor_of(request))


def _as_form(request: web.Request, intake: Intake) -> Form:
    fields = services_of(request).review.intakes.fields
    values = {ANSWER + each.key: intake.text(each.key) for each in fields}
    values |= {
        CONSENT: "true" if intake.consent_at is not None else "",
        "out_of_scope": "true" if intake.out_of_scope else "",
        "relation": intake.relation,
        "revision": str(intake.revision),
    }
    return filled(values)


async def _form(
    request: web.Request, form: Form, intake: Intake, *, saved: bool = False, overtaken: bool = False
) -> web.StreamResponse:
    services = services_of(request)
    fields = services.review.intakes.fields
    contact = (await services.patients.contacts({intake.id}))[intake.id]
    return await fragment(
        request,
        "desk/_intake.html",
        intake=intake,
        form=form,
        asked=[each for each in fields if not each.optional],
        optional=[each for each in fields if each.optional],
        missing=sum(not each.optional and not intake.text(each.key) for each in fields),
        agreed=contact.allows(ConsentTopic.HEALTH),
        sentence=services.templates.render(SENTENCE, {}).text,
        may_write=actor_of(request).may(REPLY),
        saved=saved,
        overtaken=overtaken,
    )
