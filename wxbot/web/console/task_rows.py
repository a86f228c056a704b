"""Follow-ups as lists show them: whom they are about, with a link, and the patient's own words."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from wxbot.actors import Actor
from wxbot.care.gaps import gap_of, is_question
from wxbot.conversations.evaluation.corrections import talk_of
from wxbot.conversations.evaluation.reporting import RATE, READ
from wxbot.followups.models import FollowUp, FollowUpId, FollowUpKind, FollowUpState
from wxbot.history.models import ContactId, PatientId
from wxbot.media.models import Media
from wxbot.patients import masking
from wxbot.patients.digit_searches import REVEAL
from wxbot.patients.imports.hiding import hidden
from wxbot.patients.models import Contact
from wxbot.services import Services

UNNAMED = "未登记姓名"
DESK = "/console/desk"
GAPS = "/console/care/gaps"


@dataclass(frozen=True, kw_only=True)
class ShownWords:
    """What a patient wrote or sent, as staff read it."""

    at: datetime
    text: str
    media: Media | None = None  # the photo or voice, as far as it is had


@dataclass(frozen=True, kw_only=True)
class TaskRow:
    """What a list shows beside the follow-up itself. `href` is the patient's page, else the contact's, else empty.

    `desk` is the open conversation that the follow-up is done with; empty for one that is closed here.
    """

    who: str  # the name, else the alias; empty when it is about nobody
    phone: str  # masked
    href: str
    reason: str
    words: tuple[ShownWords, ...]  # oldest first
    desk: str = ""
    owner: str = ""  # the name of who is to do it
    rated: str = ""  # the rating of the talk that it corrects, for who may see it
    gap: str = ""  # the page of what fell due while the service was down, of a task that asks or tells about it
    to_decide: bool = False  # it asks: its decision closes it, nothing else
    talk: str = ""  # the contact's thread at the desk, where there is somebody to talk with


async def rows_of(services: Services, tasks: Sequence[FollowUp], *, by: Actor) -> dict[FollowUpId, TaskRow]:
    """A row for each follow-up. Numbers that patients wrote are masked for who may not reveal telephones.

    A contact with records stands for the first of them.
    """
    contacts = await services.patients.contacts({each.contact_id for each in tasks if each.contact_id is not None})
    whose = {each.id: each.patient_id or _first_record(contacts, each.contact_id) for each in tasks}
    patients = await services.patients.patients({each for each in whose.values() if each is not None})
    talks = await open_conversations(services, tasks)
    owners = await services.staff.names({each.owner for each in tasks if each.owner})
    media = await services.media.described([words.line_id for each in tasks for words in each.words])
    shown = (lambda text: text) if by.may(REVEAL) else hidden
    rows: dict[FollowUpId, TaskRow] = {}
    for each in tasks:
        patient = patients.get(patient_id) if (patient_id := whose.get(each.id)) is not None else None
        contact = contacts.get(each.contact_id) if each.contact_id is not None else None
        href = ""
        if patient is not None:
            href = f"/console/patients/{patient.id}"
        elif contact is not None and contact.erased_at is None:
            href = f"/console/contacts/{contact.id}"
        name = (patient.name if patient else None) or (contact.alias if contact else "")
        rows[each.id] = TaskRow(
            who=name or (UNNAMED if href else ""),
            phone=masking.phone(patient.phone) if patient is not None and patient.phone else "",
            href=href,
            reason=shown(each.reason),
            words=tuple(
                ShownWords(at=words.at, text=shown(words.text), media=media.get(words.line_id)) for words in each.words
            ),
            desk=f"{DESK}/{each.contact_id}" if each.id in talks else "",
            owner=owners.get(each.owner, ""),
            rated=_rating(each, by),
            gap=f"{GAPS}/{gap}" if (gap := gap_of(each.key)) else "",
            to_decide=is_question(each.key),
            talk=f"{DESK}/{contact.id}" if contact is not None and contact.erased_at is None else "",
        )
    return rows


def _rating(task: FollowUp, by: Actor) -> str:
    episode_id = talk_of(task)
    seen = episode_id is not None and (by.may(RATE) or (by.may(READ) and task.owner == by.id))
    return f"/console/quality/talks/{episode_id}" if seen else ""


async def open_conversations(services: Services, tasks: Iterable[FollowUp]) -> set[FollowUpId]:
    """Those that ask for a person whose conversation is still open: it is closed at the desk, and they with it."""
    asked = {
        each.id: each.contact_id
        for each in tasks
        if each.kind is FollowUpKind.HANDOFF and each.state is FollowUpState.OPEN and each.contact_id is not None
    }
    contacts = list(set(asked.values()))
    found = await asyncio.gather(*(services.chat.desk.of_contact(each) for each in contacts))  # they share a read
    talking = {each for each, episode in zip(contacts, found, strict=True) if episode is not None}
    return {followup_id for followup_id, contact_id in asked.items() if contact_id in talking}


def _first_record(contacts: Mapping[ContactId, Contact], contact_id: ContactId | None) -> PatientId | None:
    contact = contacts.get(contact_id) if contact_id is not None else None
    return contact.patient_ids[0] if contact is not None and contact.patient_ids else None
