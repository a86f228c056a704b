"""What patients say of a visit that is near: that they run late, or that they will come."""

from collections.abc import Sequence
from datetime import timedelta

from handlers.appointment_messages import ACT, DIALOG, entry, message, pick, variables_of
from handlers.coming_appointments import coming, local_start, meant
from handlers.confirming import come
from handlers.handoff import patient_words
from handlers.matching import question_open, reads_as, surely_meant, typed
from wxbot.booking.entry_ids import COME, MOVE
from wxbot.booking.models import Appointment
from wxbot.booking.sentences import appointment_words
from wxbot.dispatch.context import Context, Reply
from wxbot.dispatch.dialogs import Dialog
from wxbot.dispatch.router import Route, Router
from wxbot.dispatch.updates import TextMessage
from wxbot.followups.models import FollowUpKind
from wxbot.understanding.models import Doubt, Intent

VERY_LATE = timedelta(minutes=30)  # from here on another hour is offered


# -- running late -------------------------------------------------------------------------------------------------


async def late(context: Context) -> Reply:
    """我会晚到20分钟: reception hears of it, the patient a kind word; a dialog that is open stays open."""
    standing = await coming(context)
    today = context.now.astimezone(context.services.clinic.timezone).date()
    todays = [each for each in standing if local_start(context, each).date() == today]
    which = context.reading.slots.which
    said = meant(context, todays, which) or ([] if which.days else todays)
    if not said:
        return await _not_today(context, meant(context, standing, which) or standing)
    appointment = said[0]
    by = context.reading.slots.late_by
    await _tell_reception(context, appointment, by)
    variables = await variables_of(context, appointment)
    if by is None or by <= VERY_LATE:
        return Reply(template="appointments.late", variables=variables, dialog=context.dialog)
    if question_open(context):
        return Reply(template="appointments.very_late", variables=variables, dialog=context.dialog)
    dialog = Dialog(name=DIALOG, step=ACT, data={"appointment": appointment.id})
    return message("appointments.very_late", variables, [entry(context, MOVE, appointment)], dialog)


async def _not_today(context: Context, standing: Sequence[Appointment]) -> Reply:
    if not standing:
        return Reply(template="appointments.late_none", dialog=context.dialog)
    variables = await variables_of(context, standing[0])
    return Reply(template="appointments.late_not_today", variables=variables, dialog=context.dialog)


async def _tell_reception(context: Context, appointment: Appointment, by: timedelta | None) -> None:
    minutes = "会晚到" if by is None else f"会晚到约 {round(by.total_seconds() / 60)} 分钟"
    words = appointment_words(appointment, context.services.clinic)
    await context.services.followups.open(
        key=f"late:{context.update.key}",
        kind=FollowUpKind.CHECK,
        reason=f"患者说{minutes}（{words}），请告知医生并安排。",
        contact_id=context.contact.id,
        patient_id=appointment.patient_id,
        due_at=context.now,
        now=context.now,
        topic=f"late:{appointment.id}",
        words=patient_words(context),
    )


# -- coming -------------------------------------------------------------------------------------------------------


async def say_coming(context: Context) -> Reply:
    """我会准时到: noted for the visit that is ahead (A4-14); which one is asked where there are several."""
    ahead = [each for each in await coming(context) if each.start > context.now]
    if not ahead:
        return Reply(template="appointments.coming_none", dialog=context.dialog)
    which = context.reading.slots.which
    found = meant(context, ahead, which) or ahead
    if len(found) > 1 or not context.reading.sure:
        return await pick(context, found, "appointments.pick_coming", COME)
    return await come(context, found[0])


# -- when ---------------------------------------------------------------------------------------------------------


def _asks_nothing(context: Context) -> bool:
    """Not about the past, not in answer to an entry, and not what somebody else might do."""
    doubts = set(context.reading.doubts)
    return Doubt.PAST not in doubts and Doubt.NEGATION not in doubts and surely_meant(context) is None


def _nothing_read_back(context: Context) -> bool:
    """A yes to what the booking dialog read back is not about a visit that stands."""
    return context.dialog is None or (context.dialog.name, context.dialog.step) not in WAITING


WAITING = frozenset({("booking", "confirm"), ("appointments", "confirm")})

ROUTER = Router(
    name="visit_news",
    routes=(
        Route(TextMessage, late, (typed, reads_as(Intent.LATE), _asks_nothing)),
        Route(TextMessage, say_coming, (typed, reads_as(Intent.COMING), _asks_nothing, _nothing_read_back)),
    ),
)
"""Before the dialogs: running late is heard whatever question is open."""
