"""What patients say of a visit that is near: that they run late, or that they will come."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from handlers import fallback
from handlers.appointment_messages import (
    ACT,
    COME,
    DIALOG,
    MOVE,
    entry,
    message,
    pick,
    variables_of,
)
from handlers.coming_appointments import coming, local_start, meant
from handlers.confirming import come
from handlers.handoff import patient_words
from handlers.matching import question_open, reads_as, surely_meant, typed
from wxbot.booking.models import Appointment
from wxbot.booking.sentences import appointment_words
from wxbot.dispatch.context import Context, Reply
from wxbot.dispatch.dialogs import Dialog
from wxbot.dispatch.router import Route, Router
from wxbot.dispatch.updates import TextMessage
from wxbot.followups.models import FollowUpKind
from wxbot.history.models import Direction
from wxbot.messaging import Purpose
from wxbot.outbox.models import State
from wxbot.understanding.models import Doubt, Intent

VERY_LATE = timedelta(minutes=30)  # from here on another hour is offered
REMINDED_LATELY = timedelta(days=3)  # a bare 好 answers a reminder for so long, and only as the next word
LOOKED_AT = 20  # messages of the outbox
LINES_LOOKED_AT = 10  # lines of the transcript
SENT = (State.ACCEPTED, State.DELIVERED, State.UNKNOWN)
YES = 1  # the number of an entry that nobody offered: 回复 1 确认


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
    if len(found) > 1 and not which.said:
        found = await _reminded(context, found) or found
    if len(found) > 1 or not context.reading.sure:
        return await pick(context, found, "appointments.pick_coming", COME)
    return await come(context, found[0])


async def say_yes(context: Context) -> Reply | None:
    """好, 1 or 👌 as the answer to a reminder; without one it is what it always is."""
    ahead = [each for each in await coming(context) if each.start > context.now]
    found = await _reminded(context, ahead) if ahead else []
    if not found:
        otherwise = fallback.ROUTER.find(context)
        return None if otherwise is None else await otherwise.handler(context)
    if len(found) > 1:
        return await pick(context, found, "appointments.pick_coming", COME)
    return await come(context, found[0])


async def _reminded(context: Context, ahead: Sequence[Appointment]) -> list[Appointment]:
    """Those whose reminder is the last thing that the patient was told; the latest reminder where there are several."""
    found = await context.services.outbox.of_contacts([context.contact.id], SENT, LOOKED_AT)
    versions = {each.id: each for each in ahead}
    reminded: dict[str, datetime] = {}
    for each in found:
        appointment = versions.get(each.precondition.get("id", ""))
        if each.purpose is not Purpose.REMINDER or each.sent_at is None or appointment is None:
            continue
        if each.precondition.get("version") == appointment.version and context.now - each.sent_at <= REMINDED_LATELY:
            reminded[appointment.id] = max(each.sent_at, reminded.get(appointment.id, each.sent_at))
    if not reminded:
        return []
    latest = max(reminded.values())
    lines = await context.services.history.timeline(context.contact.id, limit=LINES_LOOKED_AT)
    told = max((line.at for line in lines if line.direction is Direction.OUT), default=latest)
    if told > latest:
        return []
    return [each for each in ahead if reminded.get(each.id) == latest]


# -- when ---------------------------------------------------------------------------------------------------------


def _asks_nothing(context: Context) -> bool:
    """Not about the past, not in answer to an entry, and not what somebody else might do."""
    doubts = set(context.reading.doubts)
    return Doubt.PAST not in doubts and Doubt.NEGATION not in doubts and surely_meant(context) is None


def _bare_yes(context: Context) -> bool:
    """A word of assent while no question is open; 1 only where it is no entry's number."""
    if question_open(context):
        return False
    reading = context.reading
    return reading.intent is Intent.YES or (
        reading.intent is Intent.CHOICE and reading.choice == YES and context.dialog is None
    )


def _nothing_read_back(context: Context) -> bool:
    """A yes to what the booking dialog read back is not about a visit that stands."""
    return context.dialog is None or (context.dialog.name, context.dialog.step) not in WAITING


WAITING = frozenset({("booking", "confirm"), ("appointments", "confirm")})

ROUTER = Router(
    name="visit_news",
    routes=(
        Route(TextMessage, late, (typed, reads_as(Intent.LATE), _asks_nothing)),
        Route(TextMessage, say_coming, (typed, reads_as(Intent.COMING), _asks_nothing, _nothing_read_back)),
        Route(TextMessage, say_yes, (typed, _bare_yes)),
    ),
)
"""Before the dialogs: running late is heard whatever question is open."""
