"""The last step of the booking dialog: claim the hour, and say kindly why it could not be had."""

from dataclasses import replace
from datetime import datetime

from handlers import contact_details
from handlers.before_booking import first_asked, keep_child
from handlers.booking_draft import ANY, BookingDraft
from handlers.booking_message import appointment_variables
from handlers.booking_questions import ask, ask_alternatives
from handlers.booking_window import booker_of
from handlers.whose_visit import patient_of, record_of, shown
from wxbot.actors import PATIENT
from wxbot.booking.errors import AlreadyBookedError, TooLateError
from wxbot.booking.models import Appointment
from wxbot.booking.sentences import hour_words, near_day_words
from wxbot.clinic.models import VisitTypeId
from wxbot.dispatch.context import Context, Reply
from wxbot.errors import DomainError, NotBookableError, NotFoundError, SlotTakenError, StaleError

MINE = "/w/appointments"  # the page with what is booked
EXPECTED = (SlotTakenError, AlreadyBookedError, NotBookableError, StaleError, NotFoundError, TooLateError)


async def take(context: Context, draft: BookingDraft, start: datetime, *, beside: bool = False) -> Reply:
    """Claim the hour: a new appointment, or the new hour of the one being moved.

    What must be known first is asked. `beside`: another visit of that day was asked about, and both are wanted.
    """
    if draft.moving is None and (asked := await first_asked(context, draft, start, beside=beside)) is not None:
        return asked
    try:
        appointment = await _claim(context, draft, start)
    except EXPECTED as error:
        return await _refused(context, draft, start, error)
    variables = {**appointment_variables(context, appointment), "whom": shown(context, draft.whom)}
    if draft.moving is not None:
        return Reply(template="booking.moved", variables=variables, page=MINE)
    template = "booking.booked_for" if draft.for_other else "booking.booked"
    details = await contact_details.ask_once(context, await record_of(context, draft))
    return Reply(
        template=template,
        variables={**variables, "ask": details.words},
        options=details.options,
        dialog=details.dialog,
        page=MINE,
    )


async def already_mine(context: Context, who: str, start: datetime) -> Reply | None:
    """Reassuring words when the contact holds that very hour: they tapped twice. Else None."""
    for appointment in await context.services.booking.upcoming(context.contact.id, context.now):
        if appointment.start == start and who in {ANY, appointment.practitioner_id}:
            return _already_yours(context, appointment)
    return None


async def _claim(context: Context, draft: BookingDraft, start: datetime) -> Appointment:
    booking = context.services.booking
    practitioner_id = draft.named_practitioner or draft.practitioner_id
    booker = await booker_of(context, draft)
    if draft.moving is not None:
        return await booking.move(
            draft.moving,
            start,
            practitioner_id,
            draft.version,
            request_key=context.update.key,
            now=context.now,
            by=PATIENT,
            booker=booker,
        )
    patient = await patient_of(context, draft)
    await keep_child(context, draft, patient)
    return await booking.book(
        request_key=context.update.key,
        contact_id=context.contact.id,
        patient_id=patient.id,
        visit_type_id=draft.visit_type_id or VisitTypeId(""),
        practitioner_id=practitioner_id,
        start=start,
        now=context.now,
        by=PATIENT,
        booker=booker,
    )


async def _refused(context: Context, draft: BookingDraft, start: datetime, error: DomainError) -> Reply:
    """Why the hour could not be had, and other hours where they help."""
    local = start.astimezone(context.services.clinic.timezone)
    again = replace(draft, day=local.date(), only_day=False, times=(), not_times=(), page=0)
    if isinstance(error, SlotTakenError):
        if error.alternatives:
            return ask_alternatives(context, again, error.alternatives)
        return await ask(context, replace(again, day=None), "booking.taken_choose")
    if isinstance(error, AlreadyBookedError) and error.existing is not None:
        existing = error.existing
        if existing.start == start and existing.visit_type_id == draft.visit_type_id:
            return _already_yours(context, existing)
        return await ask(context, again, "booking.overlap", appointment_variables(context, existing))
    if isinstance(error, NotBookableError):
        today = context.now.astimezone(local.tzinfo).date()
        hour = {"date": near_day_words(local.date(), today), "time": hour_words(local.time())}
        return await ask(context, again, "booking.hour_gone", hour)
    return Reply(template=error.wording if isinstance(error, AlreadyBookedError) else "booking.move_stale")


def _already_yours(context: Context, appointment: Appointment) -> Reply:
    return Reply(template="booking.already_yours", variables=appointment_variables(context, appointment))
