"""What a message about a visit adds to its wording: the hour as people say it, the page, and entries to tap. Pure."""

from collections.abc import Mapping
from datetime import date

from wxbot.booking.entry_ids import CANCEL, COME, MOVE, entry_id
from wxbot.booking.models import Appointment
from wxbot.booking.sentences import NEAR_DAYS, day_words, hour_words
from wxbot.care.models import Anchor, Step
from wxbot.clinic.models import Clinic
from wxbot.messaging import Purpose
from wxbot.templates.models import Option

LABELS = {  # what can be answered with one tap, and the template that words it
    COME: "appointments.come_label",
    MOVE: "appointments.reminder_move_label",
    CANCEL: "appointments.reminder_cancel_label",
}
VARIABLES = frozenset({"when", "visit_page"})


def visit_page(anchor: Anchor, public_url: str) -> str:
    """The page of the appointment, with the version it is sent for; empty where there is none or no public address."""
    appointment = anchor.source
    if not public_url or not isinstance(appointment, Appointment):
        return ""
    return f"{public_url}/w/appointments/{appointment.id}?v={appointment.standing_since}"


def reminder_variables(anchor: Anchor, clinic: Clinic, on: date, public_url: str) -> dict[str, str]:
    """`when` as it is said on the local day on which the message leaves (今天上午10:00), and `visit_page`."""
    appointment = anchor.source
    if not isinstance(appointment, Appointment):
        return {}
    start = appointment.start.astimezone(clinic.timezone)
    ahead = (start.date() - on).days
    day = NEAR_DAYS[ahead] if 0 <= ahead < len(NEAR_DAYS) else f"{day_words(start.date())} "
    return {"when": f"{day}{hour_words(start.time())}", "visit_page": visit_page(anchor, public_url)}


def answers_of(anchor: Anchor, step: Step, labels: Mapping[str, str]) -> tuple[Option, ...]:
    """确认会来, 改时间, 取消 under a reminder of a visit; each names the appointment and the hour it was sent for.

    `labels` are the words of each action.
    """
    appointment = anchor.source
    if step.purpose is not Purpose.REMINDER or not isinstance(appointment, Appointment):
        return ()
    return tuple(
        Option(id=entry_id(action, appointment.id, appointment.standing_since), label=labels[action])
        for action in LABELS
        if action in labels
    )
