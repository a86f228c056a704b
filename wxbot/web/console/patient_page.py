"""One patient: who they are, their timeline, what is coming and why, who speaks for them, what is open."""

from collections.abc import Sequence

from aiohttp import web

from wxbot.actors import Actor
from wxbot.care.conditions import ENDED
from wxbot.history.models import PatientId
from wxbot.outbox.models import Message, MessageId, State
from wxbot.outbox.reasons import reason_sentence
from wxbot.patients.details import GENDERS
from wxbot.patients.links import RELATION_NAMES
from wxbot.patients.merging import UNDO_WITHIN
from wxbot.patients.models import TOPIC_NAMES, HoldKind
from wxbot.patients.views import PatientDetail
from wxbot.services import Services
from wxbot.web.console.answer_trends import trend
from wxbot.web.console.frame import actor_of, fragment, now_of, page, see_other, services_of
from wxbot.web.console.hold_rows import hold_rows, unwanted_in_wechat
from wxbot.web.console.patient_timeline import CHIPS, deeds_of, timeline_of
from wxbot.web.console.task_rows import rows_of as task_rows_of
from wxbot.web.console.visit_rows import rows_of
from wxbot.web.console.who import names_of

OPEN_MESSAGES = (State.WAITING, State.FAILED, State.UNKNOWN)
PAST_VISITS = 5


def id_of(request: web.Request) -> PatientId:
    """The patient an address names."""
    return PatientId(request.match_info["id"])


def here(patient_id: PatientId | str, part: str = "") -> str:
    """The address of a patient's page, or of a part of it."""
    return f"/console/patients/{patient_id}{part}"


async def show(request: web.Request) -> web.StreamResponse:
    """The page. A merged duplicate's address leads to the record that it became."""
    services, actor, now = services_of(request), actor_of(request), now_of(request)
    detail = await services.records.detail(id_of(request), by=actor, now=now)
    if detail.card.id != id_of(request):
        return see_other(request, here(detail.card.id), done="这份档案已合并，已为您打开合并后的档案")
    visits = await services.booking.of_patients(detail.ids, limit=30)
    coming = sorted((each for each in visits if each.live and each.end > now), key=lambda each: each.start)
    past = [each for each in visits if each not in coming][:PAST_VISITS]
    contact_ids = [linked.contact.id for linked in detail.linked_contacts]
    steps = await services.care.upcoming(detail.ids, now)
    tasks = await services.followups.open_of(detail.ids, contact_ids)
    patient = detail.card.patient
    held = hold_rows(patient, by=actor, now=now)
    doers = held.doers | ({patient.recovered.by} if patient.recovered is not None else set())
    doers |= {each.by for each in patient.tags} | {each.by for each in detail.merges}
    doers.add(patient.source)
    doers |= {
        consent.source.partition("：")[0] for linked in detail.linked_contacts for consent in linked.contact.consents
    }
    interests = await services.reception.interests.of_patient(detail.ids, by=actor)
    presents = await services.care.presents.of_patient(detail.ids, by=actor)
    doers |= {by for each in (*presents.given, *presents.taken_back) for by in (each.noted_by, each.taken_back_by)}
    doers |= {each.by for each in interests.open} | {each.ended_by for each in interests.ended}
    return await page(
        request,
        "patients/show.html",
        detail=detail,
        card=detail.card,
        patient=patient,
        held=held,
        unwanted=unwanted_in_wechat(linked.contact for linked in detail.linked_contacts),
        hold_kinds=HoldKind,
        timeline=await timeline_of(services, detail, chip="all", cursor="", by=actor_of(request)),
        chips=CHIPS,
        coming=await rows_of(services, coming),
        past=await rows_of(services, past),
        steps=steps,
        enrolments=list({step.enrolment: step.plan for step in steps if step.reason != ENDED}.items()),
        interests=interests,
        presents=presents,
        unmentionable=await services.visit_room.offers.objection(detail.card.id, now) if interests.open else "",
        dates=await services.care.dates.of_patient(detail.ids, by=actor),
        date_names=services.care.dates.names,
        endings=await services.care.changes.endings_of(detail.ids),
        answers=[(each, trend(each)) for each in await services.care.answers.of_patient(detail.ids, by=actor, now=now)],
        plans=list(dict.fromkeys(step.plan for step in steps)),
        tasks=tasks,
        rows=await task_rows_of(services, tasks, by=actor),
        messages=await _open_messages(services, detail, actor),
        undoable=[each for each in detail.merges if each.undone_at is None and now - each.at <= UNDO_WITHIN],
        names=await names_of(services, [by for by in doers if by.startswith("staff:")]),
        genders=GENDERS,
        relations=RELATION_NAMES,
        topics=TOPIC_NAMES,
        template_name=services.templates.name_of,
        reason_sentence=reason_sentence,
        today=now.astimezone(services.clinic.timezone).date().isoformat(),
    )


async def timeline(request: web.Request) -> web.StreamResponse:
    """Older lines of the timeline, or the lines of one kind."""
    services, actor = services_of(request), actor_of(request)
    detail = await services.records.detail(id_of(request), by=actor, now=now_of(request))
    chip, cursor = request.query.get("show", "all"), request.query.get("before", "")
    found = await timeline_of(services, detail, chip=chip, cursor=cursor, by=actor_of(request))
    part = "patients/_lines.html" if cursor else "patients/_timeline.html"
    return await fragment(
        request, part, timeline=found, chips=CHIPS, patient=detail.card.patient, base=here(detail.card.id)
    )


async def deeds(request: web.Request) -> web.StreamResponse:
    """Who saw or changed this record: the audit's entries about it."""
    services, actor = services_of(request), actor_of(request)
    detail = await services.records.detail(id_of(request), by=actor, now=now_of(request))
    entries = await deeds_of(services, detail, by=actor)
    return await fragment(request, "patients/_deeds.html", entries=entries, patient=detail.card.patient)


async def reveal_phone(request: web.Request) -> web.StreamResponse:
    """The whole telephone number; the audit has noted it before."""
    return await _reveal(request, "phone")


async def reveal_second_phone(request: web.Request) -> web.StreamResponse:
    """The other telephone number, in the same way."""
    return await _reveal(request, "second_phone")


async def reveal_identity(request: web.Request) -> web.StreamResponse:
    """The whole identity number; the audit has noted it before."""
    return await _reveal(request, "identity")


async def _reveal(request: web.Request, field: str) -> web.StreamResponse:
    value = await services_of(request).records.reveal(id_of(request), field, by=actor_of(request), now=now_of(request))
    return await fragment(request, "patients/_revealed.html", value=value, field=field)


async def _open_messages(services: Services, detail: PatientDetail, actor: Actor) -> Sequence[Message]:
    """What waits, failed or may not have arrived, about this patient; nothing for those who may not see messages."""
    if not actor.may("outbox:message:read"):
        return []
    found = await services.outbox.of_contacts(
        [linked.contact.id for linked in detail.linked_contacts], OPEN_MESSAGES, 50
    )
    theirs = {None, *detail.ids}
    return [message for message in found if message.patient_id in theirs][:20]


async def cancel_message(request: web.Request) -> web.StreamResponse:
    """Take back a message that still waits."""
    services, actor, now = services_of(request), actor_of(request), now_of(request)
    detail = await services.records.detail(id_of(request), by=actor, now=now)
    await services.outbox.cancel_one(MessageId(request.match_info["message"]), by=actor, now=now)
    return see_other(request, here(detail.card.id, "#messages"), done="已取消这条消息")
