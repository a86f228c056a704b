"""我的预约: what is coming, another hour for it, or cancelling it after one question; by entries and in words."""

from collections.abc import Awaitable, Callable, Mapping

from handlers.appointment_messages import (
    ACT,
    ALL,
    CONFIRM,
    DIALOG,
    DONE,
    PICK,
    SURE_ALL,
    cancelled,
    cannot_come,
    confirm,
    confirm_all,
    moved_since,
    none_standing,
    pick,
    show,
    shown_appointment,
    variables_of,
)
from handlers.booking_entries import begin
from handlers.booking_message import DIALOG as BOOKING
from handlers.booking_message import START
from handlers.coming_appointments import coming, meant
from handlers.confirming import come
from handlers.matching import assents, leaves, question_open, reads_as, surely_meant, taps_entry, typed
from handlers.misunderstanding import misunderstood
from handlers.moving import begin_move, move_by_words, move_picked
from handlers.waiting import with_waitlist
from wxbot.actors import PATIENT
from wxbot.booking.entry_ids import CANCEL, COME, KEEP, MOVE, PREFIX, SURE
from wxbot.booking.errors import TooLateError
from wxbot.booking.models import Appointment, AppointmentId, AppointmentState
from wxbot.dispatch.context import Context, Reply
from wxbot.dispatch.dialogs import small_number
from wxbot.dispatch.router import Route, Router, in_dialog
from wxbot.dispatch.updates import TextMessage
from wxbot.errors import NotFoundError, StaleError
from wxbot.understanding.models import Doubt, Intent

CANCEL_REASON = "患者在微信里取消"
HANDOFF_REASON = "患者想查看、更改或取消预约，连续两次没有选中选项，请联系患者协助办理。"
CANCELS = "cancel.cancel"  # the rule of 取消
CANCEL_WORD = "取消"
CANNOT_COME = "cancel.cannot_come"  # the rule of 来不了: another hour is offered first


# -- the routes ---------------------------------------------------------------------------------------------------


async def show_all(context: Context) -> Reply:
    """What is coming: one appointment with what can be done, or several to pick from."""
    standing = await coming(context)
    if not standing:
        return await with_waitlist(context, none_standing(context))
    shown = await (show(context, standing[0]) if len(standing) == 1 else pick(context, standing))
    return await with_waitlist(context, shown)


async def cancel_by_words(context: Context) -> Reply:
    """取消周五的预约, 我今天来不了了: shows what is meant and asks once."""
    reading = context.reading
    standing = await coming(context)
    if not standing:
        return none_standing(context)
    which = reading.slots.which
    found = meant(context, standing, which)
    shown = [each for each in found if each.id == shown_appointment(context)]
    if not which.said and shown:
        found = shown
    if which.every and len(found) > 1:
        return await confirm_all(context, found)
    if len(found) == 1:
        rules = [each.rule for each in reading.evidence]
        unable = CANCELS not in rules and any(each.startswith(CANNOT_COME) for each in rules)
        return await (cannot_come if unable else confirm)(context, found[0])
    template = "appointments.pick_cancel" if found else "appointments.not_that_one"
    return await pick(context, found or standing, template, CANCEL)


async def tapped(context: Context) -> Reply:
    """An entry of these messages was tapped, of the latest or of an older one."""
    menu_id = context.update.menu_id if isinstance(context.update, TextMessage) else None
    return await _chosen(context, menu_id or "")


async def answered(context: Context) -> Reply:
    """The patient wrote something while one of these messages was open."""
    entry_id = _entry_meant(context)
    if entry_id is not None:
        return await _chosen(context, entry_id)
    both = _either_or(context) and assents(context)
    again = "appointments.which_of_both" if both else "appointments.not_understood"
    return await misunderstood(context, again=again, person="appointments.person", reason=HANDOFF_REASON)


# -- what is meant ------------------------------------------------------------------------------------------------


def _entry_meant(context: Context) -> str | None:
    """The entry that the words mean. Before cancelling only a whole yes counts, never a part of a label."""
    choice, dialog, reading = context.choice, context.dialog, context.reading
    sure = surely_meant(context)
    if sure is not None:
        return sure.id
    if dialog is not None and dialog.step == CONFIRM:
        return _yes_or_no(context)
    if reading.intent is Intent.BACK:
        return ALL if dialog is not None and dialog.step == ACT else DONE
    if (leaves(context) or reading.intent is Intent.NO) and dialog is not None and dialog.step == PICK:
        return DONE
    return None if choice is None else choice.id


def _yes_or_no(context: Context) -> str | None:
    reading, dialog = context.reading, context.dialog
    options = () if dialog is None else dialog.options
    asked_to = leaves(context) and CANCEL_WORD in reading.text  # 取消吧, which leaves any other question
    if (asked_to if _either_or(context) else assents(context)) or _says_it_again(context):
        wanted = (SURE, "sureall")
    elif reading.intent in {Intent.NO, Intent.BACK, Intent.COMING}:
        wanted = (KEEP, "done")
    else:
        return None
    return next((option.id for option in options if _action(option.id) in wanted), None)


def _either_or(context: Context) -> bool:
    """Whether another hour or cancelling was asked of who cannot come: a bare yes answers neither."""
    dialog = context.dialog
    return dialog is not None and dialog.step == CONFIRM and _action(dialog.options[0].id) == MOVE


def _says_it_again(context: Context) -> bool:
    """嗯取消吧, in answer to whether it is to be cancelled; a bare 取消 may be meant for the question itself."""
    reading = context.reading
    cancels = reading.intent is Intent.CANCEL and reading.sure and not reading.slots.which.said
    return cancels and any(each.rule == CANCELS for each in reading.evidence) and not leaves(context)


def _action(entry_id: str) -> str:
    return entry_id.removeprefix(PREFIX).partition(":")[0]


# -- by entry -----------------------------------------------------------------------------------------------------


async def _chosen(context: Context, entry_id: str) -> Reply:
    if entry_id == START:
        return await begin(context)
    if entry_id == ALL:
        return await show_all(context)
    if entry_id == DONE:
        return Reply(template="appointments.left")
    if entry_id == SURE_ALL:
        return await _cancel_all(context)
    _, named, version = (*entry_id.removeprefix(PREFIX).split(":"), "", "")[:3]
    appointment = await _of_contact(context, named)
    if appointment is None:
        return Reply(template="appointments.gone")
    return await done_to(context, _action(entry_id), appointment, small_number(version) or 0)


async def done_to(context: Context, action: str, appointment: Appointment, version: int) -> Reply:
    """What follows from an entry about one appointment in its present state. `version` is what the patient saw."""
    if appointment.state is AppointmentState.CANCELLED:
        return cancelled(context, appointment, await variables_of(context, appointment))
    if not appointment.live or appointment.start <= context.now:
        return Reply(template="error.too_late")
    if action == SURE:
        return await _cancel(context, appointment, version)
    if action in OF_ITS_HOUR and 0 < version < appointment.standing_since:
        return await moved_since(context, appointment)
    return await ACTIONS.get(action, show)(context, appointment)


async def _move(context: Context, appointment: Appointment) -> Reply:
    picked = context.dialog is not None and context.dialog.step == PICK
    return await (move_picked if picked else begin_move)(context, appointment)


async def _keep(context: Context, appointment: Appointment) -> Reply:
    return Reply(template="appointments.kept", variables=await variables_of(context, appointment))


ACTIONS: Mapping[str, Callable[[Context, Appointment], Awaitable[Reply]]] = {
    MOVE: _move,
    CANCEL: confirm,
    COME: come,
    KEEP: _keep,
}


OF_ITS_HOUR = frozenset({COME, MOVE, CANCEL})  # what is meant for the hour that was shown, not for a later one


async def _cancel(context: Context, appointment: Appointment, version: int) -> Reply:
    """Cancel what the patient saw; if it changed meanwhile, show its present state."""
    try:
        gone = await context.services.booking.cancel(
            appointment.id, CANCEL_REASON, by=PATIENT, now=context.now, version=version
        )
    except StaleError:
        return await confirm(context, appointment, "appointments.changed")
    except (NotFoundError, TooLateError) as error:
        return Reply(template=error.wording)
    return cancelled(context, gone, await variables_of(context, gone))


async def _cancel_all(context: Context) -> Reply:
    """Cancel each that the patient saw; one that changed meanwhile is shown instead."""
    seen = {} if context.dialog is None else dict(context.dialog.data.get("seen", {}))
    last: Reply | None = None
    for named, version in seen.items():
        appointment = await _of_contact(context, named)
        if appointment is None or not appointment.live:
            continue
        reply = await _cancel(context, appointment, int(version))
        if reply.template != "appointments.cancelled":
            return reply
        last = reply
    if last is None:
        return Reply(template="appointments.gone")
    return Reply(template="appointments.all_cancelled", options=last.options, dialog=last.dialog)


async def _of_contact(context: Context, appointment_id: str) -> Appointment | None:
    """The appointment, if it is this contact's: an entry's id comes back from outside."""
    found = (await context.services.booking.by_ids([AppointmentId(appointment_id)])).get(AppointmentId(appointment_id))
    return found if found is not None and found.contact_id == context.contact.id else None


# -- when ---------------------------------------------------------------------------------------------------------


def _about_standing(context: Context) -> bool:
    """In the middle of a booking, 改成周六 changes the draft: only what names an appointment is about one that stands.

    A sentence about the past, or one that refuses (不取消, 不用改), asks for nothing.
    """
    reading = context.reading
    doubts = set(reading.doubts)
    if Doubt.PAST in doubts or (Doubt.NEGATION in doubts and reading.intent is Intent.CANCEL):
        return False
    if surely_meant(context) is not None or (question_open(context) and leaves(context)):
        return False
    dialog = context.dialog
    if dialog is not None and (dialog.name, dialog.step) == (DIALOG, CONFIRM) and _says_it_again(context):
        return False
    in_booking = dialog is not None and dialog.name == BOOKING
    unable = any(each.rule.startswith(CANNOT_COME) for each in reading.evidence)
    return not in_booking or reading.slots.which.said or unable


BY_WORDS = Router(
    name="appointments_by_words",
    routes=(
        Route(TextMessage, move_by_words, (reads_as(Intent.MOVE), _about_standing)),
        Route(TextMessage, cancel_by_words, (reads_as(Intent.CANCEL), _about_standing)),
        Route(TextMessage, show_all, (reads_as(Intent.APPOINTMENTS), _about_standing)),
    ),
)
"""Before the dialogs: 把周五的改到周日 is understood whatever question is open."""

ROUTER = Router(
    name="appointments",
    routes=(
        Route(TextMessage, tapped, (taps_entry(PREFIX),)),
        Route(TextMessage, answered, (in_dialog(DIALOG), typed)),
    ),
)
