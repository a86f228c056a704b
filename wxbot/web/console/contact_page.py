"""A contact in WeChat, with or without a record: what was said, what is open, and how to give them one."""

from aiohttp import web

from wxbot.errors import FieldErrors
from wxbot.history.models import ContactId, PatientId
from wxbot.patients.links import RELATION_NAMES, OwnRecordError
from wxbot.patients.models import TOPIC_NAMES, Relation
from wxbot.patients.views import UNNAMED
from wxbot.web.console.forms import Form
from wxbot.web.console.frame import actor_of, fragment, now_of, page, see_other, services_of
from wxbot.web.console.patient_timeline import CHIPS, timeline_about
from wxbot.web.console.submit import submit
from wxbot.web.console.task_rows import rows_of
from wxbot.web.console.who import names_of

MOST_TYPED = 100  # characters of a query
MOST_FOUND = 10  # patients offered


def _id_of(request: web.Request) -> ContactId:
    return ContactId(request.match_info["id"])


def _here(contact_id: ContactId) -> str:
    return f"/console/contacts/{contact_id}"


async def show(request: web.Request) -> web.StreamResponse:
    """The page."""
    return await _show(request, Form())


async def timeline(request: web.Request) -> web.StreamResponse:
    """Older lines of the timeline, or the lines of one kind."""
    services, actor = services_of(request), actor_of(request)
    contact, _ = await services.patient_links.contact(_id_of(request), by=actor)
    chip, cursor = request.query.get("show", "all"), request.query.get("before", "")
    found = await timeline_about(services, (), [contact], chip=chip, cursor=cursor, by=actor)
    part = "patients/_lines.html" if cursor else "patients/_timeline.html"
    return await fragment(request, part, timeline=found, chips=CHIPS, base=_here(contact.id))


async def find_patients(request: web.Request) -> web.StreamResponse:
    """Records that may be this contact's, while somebody types."""
    services, query = services_of(request), request.query.get("patient", "").strip()[:MOST_TYPED]
    found = await services.records.search(query, by=actor_of(request), now=now_of(request)) if query else None
    cards = () if found is None else found.cards[:MOST_FOUND]
    return await fragment(request, "contacts/_candidates.html", cards=cards, query=query, found=found)


async def link(request: web.Request) -> web.StreamResponse:
    """The contact speaks for a patient who has a record."""
    return await submit(request, _link, again=_show)


async def _link(request: web.Request, form: Form) -> web.StreamResponse:
    patient_id, relation = form.get("patient_id"), form.get("relation")
    problems = {} if patient_id else {"patient_id": "请先查找并选中一位患者"}
    if relation not in {each.value for each in Relation}:
        problems["relation"] = "请选择联系人与患者的关系"
    if problems:
        raise FieldErrors(problems)
    links = services_of(request).patient_links
    actor, now = actor_of(request), now_of(request)
    try:
        patient = await links.link(PatientId(patient_id), _id_of(request), Relation(relation), by=actor, now=now)
    except OwnRecordError as error:
        raise FieldErrors({"relation": error.sentence}) from error
    return see_other(request, f"/console/patients/{patient.id}", done="已关联联系人")


async def _show(request: web.Request, form: Form) -> web.StreamResponse:
    services, actor = services_of(request), actor_of(request)
    contact, patients = await services.patient_links.contact(_id_of(request), by=actor)
    tasks = await services.followups.open_of((), [contact.id])
    doers = [consent.source.partition("：")[0] for consent in contact.consents]
    return await page(
        request,
        "contacts/show.html",
        status=422 if form.errors else 200,
        base=_here(contact.id),
        contact=contact,
        patients=[(each.id, each.name or contact.alias or UNNAMED) for each in patients],
        timeline=await timeline_about(services, (), [contact], chip="all", cursor="", by=actor),
        chips=CHIPS,
        tasks=tasks,
        rows=await rows_of(services, tasks, by=actor),
        names=await names_of(services, [by for by in doers if by.startswith("staff:")]),
        relations=RELATION_NAMES,
        topics=TOPIC_NAMES,
        template_name=services.templates.name_of,
        form=form,
    )
