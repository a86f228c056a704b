"""What staff note on a patient's page: tags, recovered, offers declined, contacts, consents, tasks."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Protocol

from aiohttp import web

from wxbot.actors import Actor
from wxbot.conversations.episodes.handoff_tasks import refuse_while_open
from wxbot.days import DayError, read_day
from wxbot.errors import FieldErrors, StaleError
from wxbot.followups.models import FollowUpId
from wxbot.followups.service import MOST_OUTCOME
from wxbot.history.models import ContactId, PatientId
from wxbot.patients.links import OwnRecordError
from wxbot.patients.marks import PatientMarks
from wxbot.patients.models import TOPIC_NAMES, ConsentTopic, Relation
from wxbot.web.console.forms import Form
from wxbot.web.console.frame import actor_of, fragment, now_of, page, see_other, services_of
from wxbot.web.console.patient_page import here, id_of
from wxbot.web.console.submit import sentences, submit

Note = Callable[[web.Request, Form], Awaitable[str]]  # returns what was done, for the page


def note_form(part: str, note: Note) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """The handler of a small form of the page: `part` is where on the page it leads back to."""

    async def save(request: web.Request, form: Form) -> web.StreamResponse:
        try:
            done = await note(request, form)
        except OwnRecordError as error:
            return see_other(request, here(id_of(request), f"/merge?with={error.patient_id}"), done=error.sentence)
        return see_other(request, here(id_of(request), part), done=done)

    async def handle(request: web.Request) -> web.StreamResponse:
        return await submit(request, save, again=_again)

    return handle


async def _again(request: web.Request, form: Form) -> web.StreamResponse:
    words = sentences(form)
    return await page(request, "patients/again.html", words=words, form=form, patient_id=id_of(request), status=422)


class Noting(Protocol):
    """A note that needs a reason."""

    def __call__(
        self, marks: PatientMarks, patient_id: PatientId, reason: str, /, *, by: Actor, now: datetime
    ) -> Awaitable[object]:
        """Note it."""
        ...


def _reasoned(note: Noting, done: str) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """The form of a note that needs a reason and nothing else; `done` says what was noted."""

    async def save(request: web.Request, form: Form) -> str:
        marks = services_of(request).patient_marks
        await note(marks, id_of(request), form.get("reason"), by=actor_of(request), now=now_of(request))
        return done

    return note_form("", save)


async def _tag(request: web.Request, form: Form) -> str:
    until = form.get("expires_on")
    try:
        expires_on = read_day(until) if until else None
    except DayError as error:
        raise FieldErrors({"expires_on": error.sentence}) from None
    await services_of(request).patient_marks.add_tag(
        id_of(request), form.get("name"), by=actor_of(request), now=now_of(request), expires_on=expires_on
    )
    return "已加标签"


async def _untag(request: web.Request, form: Form) -> str:
    marks = services_of(request).patient_marks
    await marks.remove_tag(id_of(request), form.get("name"), by=actor_of(request), now=now_of(request))
    return "已移除标签"


async def _declined(request: web.Request, form: Form) -> str:
    del form
    await services_of(request).patient_marks.declined_offers(id_of(request), by=actor_of(request), now=now_of(request))
    return "已记录，90天内不再推荐"


async def _link(request: web.Request, form: Form) -> str:
    relation = form.get("relation")
    if relation not in {each.value for each in Relation}:
        raise FieldErrors({"relation": "请选择联系人与患者的关系"})
    await services_of(request).patient_links.link(
        id_of(request),
        ContactId(form.get("contact_id")),
        Relation(relation),
        by=actor_of(request),
        now=now_of(request),
    )
    return "已关联联系人"


async def _unlink(request: web.Request, form: Form) -> str:
    contact_id = ContactId(form.get("contact_id"))
    await services_of(request).patient_links.unlink(
        id_of(request), contact_id, by=actor_of(request), now=now_of(request)
    )
    return "已解除关联"


async def _consent(request: web.Request, form: Form) -> str:
    topic, answer = form.get("topic"), form.get("granted")
    if topic not in {each.value for each in TOPIC_NAMES} or answer not in {"yes", "no"}:
        raise FieldErrors({"granted": "请选择同意或不同意"})
    await services_of(request).patient_links.set_consent(
        id_of(request),
        ContactId(form.get("contact_id")),
        ConsentTopic(topic),
        granted=answer == "yes",
        reason=form.get("reason"),
        by=actor_of(request),
        now=now_of(request),
    )
    return "已登记患者的意愿"


async def _close(request: web.Request, form: Form) -> str:
    outcome = form.get("outcome")
    if not outcome or len(outcome) > MOST_OUTCOME:
        raise FieldErrors({"outcome": f"请写下处理结果，最多{MOST_OUTCOME}个字"})
    followup_id, services = FollowUpId(request.match_info["followup"]), services_of(request)
    await refuse_while_open(services.followups, services.chat.desk, followup_id)
    try:
        await services.followups.close(followup_id, outcome, by=actor_of(request), now=now_of(request))
    except StaleError:
        return "这件待办已由同事处理"
    return "待办已完成"


async def find_contacts(request: web.Request) -> web.StreamResponse:
    """Contacts that may be meant, while somebody types."""
    services, actor = services_of(request), actor_of(request)
    found = await services.patient_links.candidates(request.query.get("contact", "")[:100], by=actor)
    return await fragment(request, "patients/_candidates.html", contacts=found, query=request.query.get("contact", ""))


tag = note_form("", _tag)
untag = note_form("", _untag)
recovered = _reasoned(PatientMarks.recovered, "已记录恢复")
not_recovered = _reasoned(PatientMarks.not_recovered, "已撤销恢复记录")
declined = note_form("", _declined)
link = note_form("#contacts", _link)
unlink = note_form("#contacts", _unlink)
consent = note_form("#contacts", _consent)
close_followup = note_form("#tasks", _close)
