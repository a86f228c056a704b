"""What a patient answers to a reminder: 1, 2 or 3, the words of its entries, 会来, 来不了, 改到周五.

A tap needs none of this: its entry names the appointment. Words and numbers mean the visit of the reminder when it is
the last thing that the patient was told, whatever question was open before, and the hour that it named.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from handlers.appointment_messages import cannot_come, label, moved_since, pick
from handlers.appointments import CANCELS, CANNOT_COME, done_to
from handlers.matching import question_open, typed
from handlers.moving import begin_move
from wxbot.booking.entry_ids import CANCEL, COME, MOVE
from wxbot.booking.models import Appointment, AppointmentId
from wxbot.dispatch.context import Context, Reply
from wxbot.dispatch.router import Route, Router, first_match
from wxbot.dispatch.updates import TextMessage
from wxbot.history.models import Direction
from wxbot.messaging import Purpose
from wxbot.outbox.lines import sent_id
from wxbot.outbox.models import State
from wxbot.understanding.models import Doubt, Intent

NAME = "reminder_answers"
REMINDED_LATELY = timedelta(days=3)
LINES_LOOKED_AT, MESSAGES_LOOKED_AT = 10, 20
SENT = (State.ACCEPTED, State.DELIVERED, State.UNKNOWN)
NUMBERS = {1: COME, 2: MOVE, 3: CANCEL}  # as the entries stand in the message
LABELS = {"come": COME, "reminder_move": MOVE, "move": MOVE, "reminder_cancel": CANCEL}
INTENTS = {Intent.YES: COME, Intent.COMING: COME, Intent.MOVE: MOVE, Intent.CANCEL: CANCEL}
PICKS = {COME: "appointments.pick_coming", MOVE: "appointments.pick_move", CANCEL: "appointments.pick_cancel"}


@dataclass(frozen=True, kw_only=True)
class Reminded:
    """An appointment whose reminder was the last thing said, and the version whose hour it named."""

    appointment: Appointment
    version: int


async def reminded(context: Context) -> list[Reminded]:
    """The visits ahead of whose reminder nothing else was said since, by us or the patient; mostly one, earliest first.

    A reminder of a visit that is over, or that left long ago, is answered by nothing any more.
    """
    lines = await context.services.history.timeline(context.contact.id, limit=LINES_LOOKED_AT)
    ids: set[str] = set()
    for line in lines:
        if line.direction is Direction.OUT and line.payload.get("purpose") == Purpose.REMINDER.value:
            ids.add(line.id)
        elif line.direction is Direction.OUT or (line.direction is Direction.IN and ids):
            break
    if not ids:
        return []
    sent = await context.services.outbox.of_contacts([context.contact.id], SENT, MESSAGES_LOOKED_AT)
    named = {
        AppointmentId(str(each.precondition.get("id", ""))): int(each.precondition.get("version", 0))
        for each in sent
        if sent_id(each.id) in ids and each.sent_at is not None and context.now - each.sent_at <= REMINDED_LATELY
    }
    found = await context.services.booking.by_ids(list(named))
    ahead = [
        each
        for each in found.values()
        if each.contact_id == context.contact.id and each.live and each.start > context.now
    ]
    return [Reminded(appointment=each, version=named[each.id]) for each in sorted(ahead, key=lambda each: each.start)]


def router_of(rest: Sequence[Router]) -> Router:
    """The router of such answers; what follows no reminder goes where it would go without it, to the `rest`."""

    async def answer(context: Context) -> Reply | None:
        told = await reminded(context)
        action = _action_of(context)
        if told and action is not None:
            return await _answered(context, told, action)
        found = first_match(rest, context)
        return None if found is None else await found[1].handler(context)

    return Router(name=NAME, routes=(Route(TextMessage, answer, (typed, _may_answer)),))


async def _answered(context: Context, told: Sequence[Reminded], action: str) -> Reply:
    reading = context.reading
    said = reading.text if reading.intent is Intent.MOVE else ""
    if len(told) > 1:
        return await pick(context, [each.appointment for each in told], PICKS[action], action, said)
    appointment, version = told[0].appointment, told[0].version
    if version < appointment.standing_since:
        return await moved_since(context, appointment)
    if said:
        return await begin_move(context, appointment, reading)
    if action == CANCEL and _unable(context):
        return await cannot_come(context, appointment)
    return await done_to(context, action, appointment, version)


def _action_of(context: Context) -> str | None:
    """What the words ask of the visit that they were reminded of; None where they may mean another, or something else.

    A yes is none while a question is open: it answers that.
    """
    for name, action in LABELS.items():
        if context.words == label(context, name):
            return action
    reading = context.reading
    if reading.intent is Intent.CHOICE:
        return NUMBERS.get(reading.choice or 0)
    if reading.intent is Intent.YES and question_open(context):
        return None
    doubts = set(reading.doubts)
    if reading.slots.which.said or Doubt.PAST in doubts or Doubt.NEGATION in doubts or not reading.sure:
        return None
    return INTENTS.get(reading.intent)


def _may_answer(context: Context) -> bool:
    return _action_of(context) is not None


def _unable(context: Context) -> bool:
    rules = [each.rule for each in context.reading.evidence]
    return CANCELS not in rules and any(each.startswith(CANNOT_COME) for each in rules)
