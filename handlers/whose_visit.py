"""For whom an appointment is: the contact themselves, or a relative who is asked for once (帮我妈约个洗牙).

Persons are never mixed: a relative is taken for a known record only where nobody else can be meant.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from handlers.booking_draft import BookingDraft, Whom
from handlers.booking_message import DIALOG, NAME, PREFIX, WHOSE, Wording, label, question, today
from wxbot.booking.models import Appointment
from wxbot.dispatch.context import Context, Reply
from wxbot.dispatch.updates import TextMessage
from wxbot.errors import InvalidInputError
from wxbot.history.models import PatientId
from wxbot.patients.models import Patient, Relation
from wxbot.patients.names import clean_name
from wxbot.patients.relatives import Relative
from wxbot.templates.models import Option
from wxbot.understanding.models import ForWhom, Intent

BY_MARRIAGE = ("婆婆", "公公", "岳", "丈母", "丈人")
SAID_TWICE = frozenset("妈爸爷奶姐妹哥弟公婆舅姑姨叔伯娃")
CALLED = "叫"  # before a name
LONGEST_ANSWER = 40  # characters; a longer one is a story
UNTOLD: Mapping[str, Any] = {"born": None, "guardian": None, "guardian_name": ""}  # of another person than before
ANOTHER = "another"  # in place of a patient's id: somebody who is not on the list


def whom_named(said: ForWhom) -> Whom:
    """The person that a message names. Who is not said how they are related is a friend or the like.

    Parents of the spouse are kept apart from the own ones: both are called 妈, and one must not be taken for the other.
    """
    words = said.words.removeprefix("我家").removeprefix("我") or said.words
    words = words * 2 if words in SAID_TWICE else words  # 我妈 → 妈妈, as the clinic says it
    by_marriage = said.relation is Relation.PARENT and any(term in words for term in BY_MARRIAGE)
    relation = Relation.OTHER if by_marriage or said.relation is None else said.relation
    try:
        name = clean_name(said.name) if said.name else ""
    except InvalidInputError:
        name = ""
    return Whom(relation=relation, words=words, name=name)


async def settle(context: Context, draft: BookingDraft) -> BookingDraft | Reply:
    """The draft with the person it is for found, or the question who that is."""
    whom = draft.whom
    if whom is None or whom.known:
        return draft
    found = await _candidates(context, whom)
    sure = [each for each in found if each.surely_is(whom.words, whom.name)]
    if len(sure) == 1:
        return replace(draft, whom=_with(whom, sure[0].patient))
    named = [each for each in found if each.patient.name]
    return _ask_which(context, draft, named) if named else ask_name(context, draft)


def ask_name(context: Context, draft: BookingDraft, template: str = "booking.ask_name") -> Reply:
    """How they are called; asked once, kept with the record that is made with the booking."""
    words = draft.whom.words if draft.whom is not None else ""
    return question(context, NAME, draft, [], Wording(template=template, variables={"relative": words}))


def _ask_which(context: Context, draft: BookingDraft, known: Sequence[Relative]) -> Reply:
    entries = [
        *(Option(id=f"{PREFIX}{WHOSE}:{each.patient.id}", label=each.patient.name or "") for each in known),
        Option(id=f"{PREFIX}{WHOSE}:{ANOTHER}", label=label(context, "another_person")),
    ]
    words = draft.whom.words if draft.whom is not None else ""
    wording = Wording(template="booking.which_person", variables={"relative": words})
    return question(context, WHOSE, draft, entries, wording)


async def chosen(context: Context, draft: BookingDraft, value: str) -> BookingDraft | Reply:
    """The person of a tapped entry: a record of this contact's, or somebody else, whose name is asked."""
    whom = draft.whom or Whom()
    if value == ANOTHER:
        return ask_name(context, replace(draft, whom=whom))
    relatives = await context.services.patients.relatives.of(context.contact)
    patient = next((each.patient for each in relatives if each.patient.id == value), None)
    return draft if patient is None else replace(draft, whom=_with(whom, patient))


def name_told(context: Context) -> str:
    """The name in the answer: 李桂兰, 她叫李桂兰, 我妈叫李桂兰; empty when it tells none."""
    reading = context.reading
    if reading.intent is Intent.NAME and reading.name:
        return reading.name
    if reading.slots.for_whom is not None and reading.slots.for_whom.name:
        return reading.slots.for_whom.name
    text = context.update.text if isinstance(context.update, TextMessage) else ""
    _, called, rest = text.rpartition(CALLED)
    if not called or not rest.strip() or len(text) > LONGEST_ANSWER:
        return ""
    of_rest = context.services.reader.read(rest.strip(), today=today(context), question=f"{DIALOG}.{NAME}")
    return of_rest.name or "" if of_rest.intent is Intent.NAME else ""


def named(draft: BookingDraft, name: str) -> BookingDraft:
    """The draft for the person of that name."""
    return replace(draft, whom=replace(draft.whom or Whom(), name=name, patient_id=None, **UNTOLD))


async def record_of(context: Context, draft: BookingDraft) -> Patient | None:
    """The record that the appointment is for, if there is one already; nothing is made."""
    whom = draft.whom or Whom(relation=Relation.SELF)
    for each in await context.services.patients.relatives.of(context.contact):
        if whom.relation is Relation.SELF:
            found = each.relation is Relation.SELF
        elif whom.patient_id is not None:
            found = each.patient.id == whom.patient_id
        else:
            found = each.may_be(whom.relation, whom.words, whom.name) and each.patient.name == whom.name
        if found:
            return each.patient
    return None


async def patient_of(context: Context, draft: BookingDraft) -> Patient:
    """The record that the appointment is for; made now for a relative who is new."""
    patients, whom = context.services.patients, draft.whom
    if whom is None or whom.relation is Relation.SELF:
        return await patients.self_patient(context.contact, context.now)
    if whom.patient_id is not None:
        relatives = await patients.relatives.of(context.contact)
        found = next((each.patient for each in relatives if each.patient.id == whom.patient_id), None)
        if found is not None:
            return found
    return await patients.relatives.patient_for(
        context.contact, whom.relation, whom.name, context.now, kinship=whom.words
    )


async def persons_of(context: Context, appointments: Sequence[Appointment]) -> dict[PatientId, Whom]:
    """Whose those appointments are, by patient. Nobody is looked up for a contact who comes for themselves alone."""
    if not {each.patient_id for each in appointments} or len(context.contact.patient_ids) <= 1:
        return {}
    relatives = await context.services.patients.relatives.of(context.contact)
    return {
        each.patient.id: Whom(relation=each.relation, name=each.patient.name or "", patient_id=each.patient.id)
        for each in relatives
    }


def self_words(context: Context) -> str:
    """本人."""
    return label(context, "self")


def shown(context: Context, whom: Whom | None) -> str:
    """The person as the read-back names them."""
    if whom is None or whom.relation is Relation.SELF:
        return self_words(context)
    return whom.shown or label(context, "relative")


async def _candidates(context: Context, whom: Whom) -> list[Relative]:
    """Known persons who may be meant; among friends and the like only one who was named."""
    if whom.relation is Relation.OTHER and not whom.name:
        return []
    relatives = await context.services.patients.relatives.of(context.contact)
    return [each for each in relatives if each.may_be(whom.relation, whom.words, whom.name)]


def _with(whom: Whom, patient: Patient) -> Whom:
    return replace(whom, patient_id=patient.id, name=patient.name or whom.name, **UNTOLD)
