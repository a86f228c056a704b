"""What the chat asks before an hour is claimed: of a child birth and guardian, and another visit on that day."""

from dataclasses import replace
from datetime import datetime

from handlers.booking_draft import BookingDraft, Whom
from handlers.booking_message import (
    BIRTHDAY,
    DIALOG,
    GUARDIAN,
    GUARDIAN_NAME,
    NAME,
    PREFIX,
    SAME_DAY,
    Wording,
    appointment_variables,
    label,
    question,
    today,
)
from handlers.whose_visit import record_of, shown
from wxbot.booking.same_day import SameDayAnswer
from wxbot.clinic.models import VisitTypeId
from wxbot.dispatch.context import Context, Reply
from wxbot.dispatch.updates import TextMessage
from wxbot.errors import InvalidInputError
from wxbot.patients.birthday_words import check_birthday
from wxbot.patients.guardians import lacks_birthday, under_age
from wxbot.patients.models import GuardianRelation, Patient, Relation
from wxbot.templates.models import Option

CONSENT = "booking.choose_guardian"  # the wording that a guardian agrees to by tapping what they are to the child


async def first_asked(context: Context, draft: BookingDraft, start: datetime, *, beside: bool) -> Reply | None:
    """The question that must be answered before that hour is booked; None when nothing is open."""
    patient = await record_of(context, draft)
    waiting = replace(draft, start=start, named_practitioner=draft.named_practitioner or draft.practitioner_id, page=0)
    about_child = await _about_child(context, waiting, patient)
    if about_child is not None or patient is None or beside:
        return about_child
    asked = await context.services.booking.same_day(
        patient.id, draft.visit_type_id or VisitTypeId(""), start, context.now, request_key=context.update.key
    )
    if asked is None or SameDayAnswer.KEEP not in asked.answers:  # what overlaps is refused with its own words
        return None
    entries = [Option(id=f"{PREFIX}{SAME_DAY}:{SameDayAnswer.KEEP}", label=label(context, "same_day_keep"))]
    if SameDayAnswer.MOVE in asked.answers:
        chosen = f"{SameDayAnswer.MOVE}:{asked.existing.id}"
        entries.append(Option(id=f"{PREFIX}{SAME_DAY}:{chosen}", label=label(context, "same_day_move")))
    variables = {**appointment_variables(context, asked.existing), "whom": shown(context, draft.whom)}
    return question(context, SAME_DAY, waiting, entries, Wording(template="booking.same_day", variables=variables))


async def _about_child(context: Context, draft: BookingDraft, patient: Patient | None) -> Reply | None:
    """Birthday, guardian and the guardian's name, each asked once (PIPL art. 31)."""
    whom = draft.whom or Whom(relation=Relation.SELF)
    if lacks_birthday(patient, whom.relation) and whom.born is None:
        return _asked(context, BIRTHDAY, draft, whom)
    born = whom.born or (None if patient is None else patient.birthday)
    if not under_age(born, today(context)) or (patient is not None and patient.guardian is not None):
        return None
    if whom.guardian is None:
        entries = [Option(id=f"{PREFIX}{GUARDIAN}:{each.value}", label=each.label) for each in GuardianRelation]
        return question(context, GUARDIAN, replace(draft, whom=whom), entries, _wording(context, GUARDIAN, whom))
    if not whom.guardian_name and not await _own_name(context):
        return _asked(context, GUARDIAN_NAME, draft, whom)
    return None


def with_answer(context: Context, draft: BookingDraft, step: str) -> BookingDraft | None:
    """The draft with the birthday or the guardian's name that was answered; None when it was neither."""
    whom, update = draft.whom, context.update
    if whom is None or not isinstance(update, TextMessage):
        return None
    if step == BIRTHDAY and context.reading.birthday is not None:
        try:
            check_birthday(context.reading.birthday, today(context))
        except InvalidInputError:
            return None
        return replace(draft, whom=replace(whom, born=context.reading.birthday))
    if step == GUARDIAN_NAME:
        reading = context.services.reader.read(update.text, today=today(context), question=f"{DIALOG}.{NAME}")
        return replace(draft, whom=replace(whom, guardian_name=reading.name)) if reading.name else None
    return None


async def keep_child(context: Context, draft: BookingDraft, patient: Patient) -> None:
    """Keep with the child's record what was asked: first, so that no visit stands without the guardian's consent."""
    whom, patients = draft.whom, context.services.patients
    if whom is None:
        return
    if whom.born is not None and patient.birthday is None:
        await patients.set_birthday(patient.id, whom.born, now=context.now)
    if whom.guardian is not None:
        name = whom.guardian_name or await _own_name(context)
        wording = f"{CONSENT}@{context.services.templates.get(CONSENT).version}"
        await patients.guardians.set(patient.id, name, whom.guardian, wording=wording, now=context.now)


async def _own_name(context: Context) -> str:
    """The contact's own name, where it is known: they need not say it again."""
    relatives = await context.services.patients.relatives.of(context.contact)
    return next((each.patient.name or "" for each in relatives if each.relation is Relation.SELF), "")


def _asked(context: Context, step: str, draft: BookingDraft, whom: Whom) -> Reply:
    return question(context, step, replace(draft, whom=whom), [], _wording(context, step, whom))


def _wording(context: Context, step: str, whom: Whom) -> Wording:
    return Wording(template=f"booking.choose_{step}", variables={"whom": shown(context, whom)})
