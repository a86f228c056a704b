"""What 我的预约 shows: what is coming, one appointment with what can be done, and the one question before it is gone.

Every entry's id carries the appointment and the version the patient saw, so a tap on an old message never changes
something they have not seen.
"""

from collections.abc import Mapping, Sequence

from handlers.booking_message import START, appointment_variables, today
from handlers.whose_visit import persons_of, shown
from wxbot.booking.entry_ids import CANCEL, COME, KEEP, MOVE, PREFIX, SHOW, SURE, entry_id
from wxbot.booking.models import Appointment
from wxbot.booking.sentences import appointment_words
from wxbot.dispatch.context import Context, Reply
from wxbot.dispatch.dialogs import Dialog
from wxbot.patients.models import Relation
from wxbot.templates.models import Option

DIALOG = "appointments"
PICK, ACT, CONFIRM = "pick", "act", "confirm"  # the steps
SURE_ALL = f"{PREFIX}sureall"
ALL, DONE = f"{PREFIX}all", f"{PREFIX}done"

MOST_SHOWN = 8  # entries of one message; no contact holds more appointments at once


def none_standing(context: Context) -> Reply:
    """Nothing is coming, and one can be booked."""
    options = (Option(id=START, label=label(context, "book")),)
    return Reply(template="appointments.none", options=options, dialog=Dialog(name=DIALOG, step=PICK, options=options))


async def pick(
    context: Context,
    standing: Sequence[Appointment],
    template: str = "appointments.pick",
    action: str = SHOW,
    said: str = "",
) -> Reply:
    """Several to pick from; `action` is what is done to the one that is picked, `said` what the patient had written."""
    persons = await persons_of(context, standing)
    clinic = context.services.clinic
    entries = []
    for each in standing[:MOST_SHOWN]:
        person = persons.get(each.patient_id)
        whose = "" if person is None or person.relation is Relation.SELF else f" {shown(context, person)}"
        entries.append(
            Option(id=entry_id(action, each.id, each.version), label=f"{appointment_words(each, clinic)}{whose}")
        )
    data = {"said": said, "on": today(context).isoformat()} if said else {}
    done = Option(id=DONE, label=label(context, "done"))
    return message(template, {}, [*entries, done], Dialog(name=DIALOG, step=PICK, data=data))


async def show(context: Context, appointment: Appointment) -> Reply:
    """One appointment with what can be done."""
    entries = [
        entry(context, MOVE, appointment),
        entry(context, CANCEL, appointment),
        Option(id=START, label=label(context, "another")),
        Option(id=DONE, label=label(context, "done")),
    ]
    return message("appointments.one", await variables_of(context, appointment), entries, _at(ACT, appointment))


async def confirm(context: Context, appointment: Appointment, template: str = "appointments.confirm") -> Reply:
    """One question before it is gone, and another hour as the kinder way (the first entry is the yes)."""
    entries = [entry(context, action, appointment) for action in (SURE, MOVE, KEEP)]
    return message(template, await variables_of(context, appointment), entries, _at(CONFIRM, appointment))


async def cannot_come(context: Context, appointment: Appointment) -> Reply:
    """The same question for who wrote that they cannot come: another hour is offered first."""
    entries = [entry(context, action, appointment) for action in (MOVE, SURE, KEEP)]
    variables = await variables_of(context, appointment)
    return message("appointments.cannot_come", variables, entries, _at(CONFIRM, appointment))


async def confirm_all(context: Context, standing: Sequence[Appointment]) -> Reply:
    """One question before all of them are gone; the versions that were shown are kept with it."""
    clinic = context.services.clinic
    named = "\n".join(appointment_words(each, clinic) for each in standing)
    entries = [Option(id=SURE_ALL, label=label(context, "sure_all")), Option(id=DONE, label=label(context, "keep_all"))]
    seen = {each.id: each.version for each in standing}
    dialog = Dialog(name=DIALOG, step=CONFIRM, data={"seen": seen})
    return message("appointments.confirm_all", {"appointments": named}, entries, dialog)


def cancelled(context: Context, appointment: Appointment, variables: Mapping[str, str] | None = None) -> Reply:
    """It is gone, and another one can be booked."""
    options = (Option(id=START, label=label(context, "book")),)
    filled = dict(variables or appointment_variables(context, appointment))
    return message("appointments.cancelled", filled, options, Dialog(name=DIALOG, step=PICK))


async def variables_of(context: Context, appointment: Appointment) -> dict[str, str]:
    """What a wording about one appointment may name; `visit_type` with whose it is when it is another person's."""
    variables = appointment_variables(context, appointment)
    person = (await persons_of(context, [appointment])).get(appointment.patient_id)
    if person is not None and person.relation is not Relation.SELF:
        variables["visit_type"] = f"{variables['visit_type']}（{shown(context, person)}）"
    return variables


async def moved_since(context: Context, appointment: Appointment) -> Reply:
    """It got another hour after that message was sent: the present one, and what can be done about it."""
    labels = {COME: "come", MOVE: "reminder_move", CANCEL: "reminder_cancel"}
    entries = [
        Option(id=entry_id(action, appointment.id, appointment.version), label=label(context, name))
        for action, name in labels.items()
    ]
    variables = await variables_of(context, appointment)
    return message("appointments.moved_since", variables, entries, _at(ACT, appointment))


def shown_appointment(context: Context) -> str:
    """The id of the appointment that the latest message shows; empty where it shows none or several."""
    dialog = context.dialog
    return str(dialog.data.get("appointment", "")) if dialog is not None and dialog.name == DIALOG else ""


def message(template: str, variables: Mapping[str, str], entries: Sequence[Option], dialog: Dialog) -> Reply:
    """The message, and the dialog that remembers its entries."""
    options = tuple(entries)
    with_options = Dialog(name=dialog.name, step=dialog.step, data=dialog.data, options=options)
    return Reply(template=template, variables=dict(variables), options=options, dialog=with_options)


def label(context: Context, name: str) -> str:
    """An entry's words, from the template `appointments.<name>_label`."""
    return context.services.templates.get(f"appointments.{name}_label").text


def _at(step: str, appointment: Appointment) -> Dialog:
    return Dialog(name=DIALOG, step=step, data={"appointment": appointment.id})


def entry(context: Context, action: str, appointment: Appointment) -> Option:
    """The entry that does that to the appointment as it stands."""
    return Option(id=entry_id(action, appointment.id, appointment.version), label=label(context, action))
