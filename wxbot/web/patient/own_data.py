"""我的资料: what is kept of the contact and their relatives, correcting it, message topics, asking for deletion."""

from collections.abc import Mapping
from datetime import timedelta

from aiohttp import web

from wxbot.errors import InvalidInputError, NotFoundError
from wxbot.followups.models import FollowUpKind
from wxbot.patients.birthday_words import parse_birthday
from wxbot.patients.models import TOPIC_NAMES, Birthday, ConsentTopic, Patient, Relation
from wxbot.patients.names import clean_name
from wxbot.patients.phones import parse as parse_phone
from wxbot.web.patient.frame import contact_of, now_of, page, see_other, services_of, today_of, typed, words_of
from wxbot.web.patient.people import Person, people, person, record
from wxbot.web.patient.questionnaire import agree

ANSWER_WITHIN = timedelta(days=15)  # a request about personal data is answered within 15 days
DELETION = "患者在微信页面申请删除个人信息，请在15日内核实身份并答复；法律要求保存的病历按规定保管。"
TOPIC_WORDS: Mapping[ConsentTopic, str] = {  # the templates that say what a topic is
    ConsentTopic.CARE: "page.topic_care",
    ConsentTopic.REMINDER: "page.topic_reminder",
    ConsentTopic.FESTIVAL: "page.topic_festival",
    ConsentTopic.MARKETING: "page.topic_marketing",
    ConsentTopic.SURVEY: "page.topic_survey",
}


async def show(request: web.Request) -> web.StreamResponse:
    """GET /w/me: everybody's data as far as the contact may see it, and the message topics."""
    services, contact = services_of(request), contact_of(request)
    topics = [
        {
            "topic": topic,
            "name": TOPIC_NAMES[topic],
            "text": services.templates.render(key, {}).text,
            "on": contact.receives(topic),
        }
        for topic, key in TOPIC_WORDS.items()
    ]
    changed = next((each for each in topics if each["topic"] == request.query.get("topic")), None)
    answers = await services.questionnaire.of_contact(contact.id)
    visits = await services.booking.by_ids([each for each, _ in answers])
    answered = [(visits[each], read) for each, read in answers if each in visits and read]
    health = {"on": contact.allows(ConsentTopic.HEALTH), "answered": answered}
    shown = {
        "health": health,
        "people": [(each, _may_edit(request, each)) for each in await people(request)],
        "topics": topics,
    }
    return page(request, "me.html", {**shown, "done": request.query.get("done", ""), "changed": changed})


async def edit(request: web.Request) -> web.StreamResponse:
    """GET /w/me/edit: a form for one of them."""
    whom = await _editable(request, request.query.get("for", ""))
    return page(request, "edit.html", {"whom": whom, "values": {}, "problems": {}})


async def save(request: web.Request) -> web.StreamResponse:
    """POST /w/me/edit: what was filled in replaces what is kept; an empty field leaves it."""
    values = await typed(request, "for", "name", "birthday", "phone", "guardian")
    whom = await _editable(request, values["for"])
    birthday, problems = _read(request, values)
    if problems:
        return page(request, "edit.html", {"whom": whom, "values": values, "problems": problems}, status=422)
    services, now = services_of(request), now_of(request)
    patient = await record(request, whom)
    if values["name"] and values["name"] != patient.name:
        await services.patients.set_name(patient.id, values["name"], now=now)
    if birthday is not None and birthday != patient.birthday:
        await services.patients.set_birthday(patient.id, birthday, now=now)
    if values["phone"]:
        await services.patients.phones.set(patient.id, values["phone"], now=now)
    if values["guardian"] and patient.guardian is not None:
        await services.patients.guardians.set(
            patient.id, values["guardian"], patient.guardian.relation, wording=patient.guardian.wording, now=now
        )
    return see_other("/w/me?done=saved")


def _read(request: web.Request, values: Mapping[str, str]) -> tuple[Birthday | None, dict[str, str]]:
    """The birthday that was typed, and what is wrong with any field."""
    problems: dict[str, str] = {}
    birthday = None
    for field in ("name", "guardian", "birthday", "phone"):
        try:
            if values[field] and field in {"name", "guardian"}:
                clean_name(values[field])
            elif values[field] and field == "birthday":
                birthday = parse_birthday(values[field], today_of(request))
            elif values[field]:
                parse_phone(values[field])
        except InvalidInputError as error:
            problems[field] = words_of(request, error)
    return birthday, problems


async def set_topic(request: web.Request) -> web.StreamResponse:
    """POST /w/me/messages: one topic on or off. Off is as easy as on (PIPL 15)."""
    values = await typed(request, "topic", "granted")
    topic = next((each for each in TOPIC_WORDS if each.value == values["topic"]), None)
    if topic is None or values["granted"] not in {"yes", "no"}:
        raise InvalidInputError("no such topic or answer")
    services = services_of(request)
    key = TOPIC_WORDS[topic]
    await services.patients.set_consent(
        contact_of(request).id,
        topic,
        granted=values["granted"] == "yes",
        now=now_of(request),
        source="page",
        wording=f"{key}@{services.templates.get(key).version}",
    )
    return see_other(f"/w/me?done=messages&topic={topic.value}")


async def set_health(request: web.Request) -> web.StreamResponse:
    """POST /w/me/health: the consent to health data is withdrawn; what was answered is deleted (PIPL 15)."""
    await typed(request)
    await agree(request, granted=False)
    return see_other("/w/me?done=health")


async def ask_deletion(request: web.Request) -> web.StreamResponse:
    """GET /w/me/deletion: what a deletion means, before it is asked for."""
    return page(request, "deletion.html")


async def request_deletion(request: web.Request) -> web.StreamResponse:
    """POST /w/me/deletion: a colleague answers within 15 days; asking twice opens one task."""
    contact, now = contact_of(request), now_of(request)
    await services_of(request).followups.open(
        key=f"deletion:{contact.id}:{today_of(request).isoformat()}",
        kind=FollowUpKind.HANDOFF,
        reason=DELETION,
        contact_id=contact.id,
        patient_id=next((each.patient.id for each in await people(request) if each.patient is not None), None),
        due_at=now + ANSWER_WITHIN,
        now=now,
        topic="deletion",
    )
    return see_other("/w/me?done=deletion")


def _may_edit(request: web.Request, whom: Person) -> bool:
    """Themselves, and those whose record the contact brought; another contact's relative is corrected by that one."""
    patient: Patient | None = whom.patient
    return whom.relation is Relation.SELF or (patient is not None and patient.contact_id == contact_of(request).id)


async def _editable(request: web.Request, key: str) -> Person:
    whom = await person(request, key)
    if not _may_edit(request, whom):
        raise NotFoundError("somebody else's to correct")
    return whom
