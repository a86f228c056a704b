"""我的预约: what is coming, another hour for it, or cancelling it after one question.

Every entry's id carries the appointment and the version the patient saw, so a tap on an old message never
changes something they have not seen.
"""

from collections.abc import Sequence

from handlers.booking import begin, begin_move
from handlers.booking_questions import START, appointment_variables
from handlers.free_text import asks_about_appointment
from handlers.matching import surely_meant, taps_entry, typed, unasked
from handlers.misunderstanding import misunderstood
from wxbot.actors import PATIENT
from wxbot.booking.errors import TooLateError
from wxbot.booking.models import Appointment, AppointmentId, AppointmentState
from wxbot.booking.sentences import appointment_words
from wxbot.booking.words import BACK, LEAVE, plain
from wxbot.dispatch.context import Context, Reply
from wxbot.dispatch.dialogs import Dialog, small_number
from wxbot.dispatch.router import Route, Router, in_dialog
from wxbot.dispatch.updates import TextMessage
from wxbot.errors import NotFoundError, StaleError
from wxbot.templates.models import Option

DIALOG = "appointments"
PREFIX = "ap:"  # of every entry's id
PICK, ACT, CONFIRM = "pick", "act", "confirm"  # the steps
SHOW, MOVE, CANCEL, SURE, KEEP = "show", "move", "cancel", "sure", "keep"  # what is done to one appointment
ALL, DONE = f"{PREFIX}all", f"{PREFIX}done"

MOST_SHOWN = 8  # entries of one message; no contact holds more appointments at once
YES = frozenset({"确认", "确定", "是", "是的", "确认取消", "确定取消"})
NO = frozenset({"保留", "不取消", "不取消了", "先不取消", "不", "不用", "不用了", "否"})
CANCEL_REASON = "患者在微信里取消"
HANDOFF_REASON = "患者想查看、更改或取消预约，连续两次没有选中选项，请联系患者协助办理。"


# -- the routes ---------------------------------------------------------------------------------------------------


async def show_all(context: Context) -> Reply:
    """What is coming: one appointment with what can be done, or several to pick from."""
    coming = await context.services.booking.upcoming(context.contact.id, context.now)
    if not coming:
        return _none(context)
    if len(coming) == 1:
        return _show(context, coming[0])
    return _pick(context, coming)


async def tapped(context: Context) -> Reply:
    """An entry of these messages was tapped, of the latest or of an older one."""
    menu_id = context.update.menu_id if isinstance(context.update, TextMessage) else None
    return await _chosen(context, menu_id or "")


async def answered(context: Context) -> Reply:
    """The patient wrote something while one of these messages was open."""
    text = context.update.text if isinstance(context.update, TextMessage) else ""
    entry_id = _entry_meant(context, text)
    if entry_id is not None:
        return await _chosen(context, entry_id)
    return await misunderstood(
        context, again="appointments.not_understood", person="appointments.person", reason=HANDOFF_REASON
    )


# -- what is meant ------------------------------------------------------------------------------------------------


def _entry_meant(context: Context, text: str) -> str | None:
    """The entry that the text means. Before cancelling only a whole yes counts, never a part of a label."""
    spoken, choice, dialog = plain(text), context.choice, context.dialog
    sure = surely_meant(context, text)
    if sure is not None:
        return sure.id
    if dialog is not None and dialog.step == CONFIRM:
        words = {SURE: YES, KEEP: NO | BACK}
        meant = [option.id for option in dialog.options if spoken in words.get(_action(option.id), ())]
        return meant[0] if meant else None
    if spoken in BACK:
        return ALL if dialog is not None and dialog.step == ACT else DONE
    if spoken in LEAVE and dialog is not None and dialog.step == PICK:
        return DONE
    return None if choice is None else choice.id


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
    _, named, version = (*entry_id.removeprefix(PREFIX).split(":"), "", "")[:3]
    appointment = await _of_contact(context, named)
    if appointment is None:
        return Reply(template="appointments.gone")
    return await _done_to(context, _action(entry_id), appointment, small_number(version) or 0)


async def _done_to(context: Context, action: str, appointment: Appointment, version: int) -> Reply:
    """What follows from an entry about one appointment in its present state."""
    if appointment.state is AppointmentState.CANCELLED:
        return _cancelled(context, appointment)
    if not appointment.live or appointment.start <= context.now:
        return Reply(template="error.too_late")
    if action == SURE:
        return await _cancel(context, appointment, version)
    if action == MOVE:
        return await begin_move(context, appointment)
    if action == KEEP:
        return Reply(template="appointments.kept", variables=appointment_variables(context, appointment))
    return (_confirm if action == CANCEL else _show)(context, appointment)


async def _cancel(context: Context, appointment: Appointment, version: int) -> Reply:
    """Cancel what the patient saw; if it changed meanwhile, show its present state."""
    try:
        cancelled = await context.services.booking.cancel(
            appointment.id, CANCEL_REASON, by=PATIENT, now=context.now, version=version
        )
    except StaleError:
        return _confirm(context, appointment, "appointments.changed")
    except (NotFoundError, TooLateError) as error:
        return Reply(template=error.wording)
    return _cancelled(context, cancelled)


async def _of_contact(context: Context, appointment_id: str) -> Appointment | None:
    """The appointment, if it is this contact's: an entry's id comes back from outside."""
    found = (await context.services.booking.by_ids([AppointmentId(appointment_id)])).get(AppointmentId(appointment_id))
    return found if found is not None and found.contact_id == context.contact.id else None


# -- the messages -------------------------------------------------------------------------------------------------


def _none(context: Context) -> Reply:
    options = (Option(id=START, label=_label(context, "book")),)
    return Reply(template="appointments.none", options=options, dialog=Dialog(name=DIALOG, step=PICK, options=options))


def _pick(context: Context, coming: Sequence[Appointment]) -> Reply:
    clinic = context.services.clinic
    entries = [
        Option(id=_entry_id(SHOW, each.id, each.version), label=appointment_words(each, clinic))
        for each in coming[:MOST_SHOWN]
    ]
    return _message(
        "appointments.pick",
        {},
        [*entries, Option(id=DONE, label=_label(context, "done"))],
        Dialog(name=DIALOG, step=PICK),
    )


def _show(context: Context, appointment: Appointment) -> Reply:
    entries = [
        _entry(context, MOVE, appointment),
        _entry(context, CANCEL, appointment),
        Option(id=START, label=_label(context, "another")),
        Option(id=DONE, label=_label(context, "done")),
    ]
    return _message("appointments.one", appointment_variables(context, appointment), entries, _at(ACT, appointment))


def _confirm(context: Context, appointment: Appointment, template: str = "appointments.confirm") -> Reply:
    """One question before it is gone, and another hour as the kinder way (the first entry is the yes)."""
    entries = [_entry(context, action, appointment) for action in (SURE, MOVE, KEEP)]
    return _message(template, appointment_variables(context, appointment), entries, _at(CONFIRM, appointment))


def _cancelled(context: Context, appointment: Appointment) -> Reply:
    options = (Option(id=START, label=_label(context, "book")),)
    return _message(
        "appointments.cancelled",
        appointment_variables(context, appointment),
        options,
        Dialog(name=DIALOG, step=PICK),
    )


def _message(template: str, variables: dict[str, str], entries: Sequence[Option], dialog: Dialog) -> Reply:
    options = tuple(entries)
    with_options = Dialog(name=dialog.name, step=dialog.step, data=dialog.data, options=options)
    return Reply(template=template, variables=variables, options=options, dialog=with_options)


def _at(step: str, appointment: Appointment) -> Dialog:
    return Dialog(name=DIALOG, step=step, data={"appointment": appointment.id})


def _entry(context: Context, action: str, appointment: Appointment) -> Option:
    return Option(id=_entry_id(action, appointment.id, appointment.version), label=_label(context, action))


def _entry_id(action: str, appointment_id: str, version: int) -> str:
    return f"{PREFIX}{action}:{appointment_id}:{version}"


def _label(context: Context, name: str) -> str:
    return context.services.templates.get(f"appointments.{name}_label").text


ROUTER = Router(
    name="appointments",
    routes=(
        Route(TextMessage, tapped, (taps_entry(PREFIX),)),
        Route(TextMessage, answered, (in_dialog(DIALOG), typed)),
        Route(TextMessage, show_all, (typed, unasked(asks_about_appointment))),
    ),
)
