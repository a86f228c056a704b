"""Another hour for an appointment: by its entry, or in words (改到周五下午, 推迟一周, 把周五的改到周日).

The appointment keeps its hour until the new one is taken. A new hour that was named in words is read back first.
"""

from dataclasses import replace
from datetime import date

from handlers.appointment_messages import none_standing, pick, shown_appointment
from handlers.booking_draft import BookingDraft, Whom
from handlers.booking_message import DAY, TIME, Wording, appointment_variables
from handlers.booking_questions import ask_in
from handlers.booking_words import follow, moved_by
from handlers.coming_appointments import coming, local_start, meant
from handlers.whose_visit import persons_of
from wxbot.booking.entry_ids import MOVE
from wxbot.booking.models import Appointment
from wxbot.dispatch.context import Context, Reply
from wxbot.history.models import PatientId
from wxbot.patients.models import Relation
from wxbot.understanding.models import Particular, Reading, Shift, TimeWords


async def begin_move(context: Context, appointment: Appointment, reading: Reading | None = None) -> Reply:
    """Ask for the new hour, as far as the reading does not name it."""
    draft = await _draft_of(context, appointment)
    wording = Wording(
        template="booking.move_day", variables=appointment_variables(context, appointment), steps=frozenset({DAY})
    )
    if reading is None:
        return await ask_in(context, draft, wording)
    slots = reading.slots
    if slots.shift is not None and not (slots.days or slots.times):
        return await _by_shift(context, draft, appointment, slots.shift, wording)
    if not slots.days and (slots.times or Particular.PRACTITIONER in slots.another or slots.practitioners):
        # 改到四点, 换个医生: on the day that stands
        draft = replace(draft, day=local_start(context, appointment).date())
    if slots.practitioners and not slots.times:
        draft = replace(draft, times=(TimeWords(times=(local_start(context, appointment).time(),)),))
    return await follow(context, draft, reading, wording)


async def move_by_words(context: Context) -> Reply:
    """改到周五下午: which appointment is meant, asked when it is not clear; then its new hour."""
    reading = context.reading
    standing = await coming(context)
    if not standing:
        return none_standing(context)
    found = meant(context, standing, reading.slots.which)
    shown = [each for each in found if each.id == shown_appointment(context)]
    if not reading.slots.which.said and shown:
        found = shown
    if len(found) == 1:
        return await begin_move(context, found[0], reading)
    template = "appointments.pick_move" if found else "appointments.not_that_one"
    return await pick(context, found or standing, template, MOVE, said=reading.text)


async def move_picked(context: Context, appointment: Appointment) -> Reply:
    """The appointment was picked from the list: on with what was said before the list was shown."""
    dialog = context.dialog
    said = "" if dialog is None else str(dialog.data.get("said", ""))
    if not said:
        return await begin_move(context, appointment)
    today = context.now.astimezone(context.services.clinic.timezone).date()
    on = today if dialog is None or "on" not in dialog.data else date.fromisoformat(dialog.data["on"])
    reading = context.services.reader.read(said, today=on)
    return await begin_move(context, appointment, reading)


async def _draft_of(context: Context, appointment: Appointment) -> BookingDraft:
    return BookingDraft(
        visit_type_id=appointment.visit_type_id,
        who=appointment.practitioner_id,
        moving=appointment.id,
        version=appointment.version,
        whom=await _person(context, appointment, appointment.patient_id),
    )


async def _person(context: Context, appointment: Appointment, patient_id: PatientId) -> Whom | None:
    found = (await persons_of(context, [appointment])).get(patient_id)
    return None if found is None or found.relation is Relation.SELF else found


async def _by_shift(
    context: Context, draft: BookingDraft, appointment: Appointment, shift: Shift, wording: Wording
) -> Reply:
    """推迟一周, 晚半小时: that hour. 早一点: the hours before or after on the same day."""
    moved = moved_by(draft, shift, local_start(context, appointment))
    hours = Wording(template="booking.move_hours", variables=wording.variables, steps=frozenset({TIME}))
    return await ask_in(context, moved, hours)
