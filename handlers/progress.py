"""What a patient is in the middle of, for staff: said in the follow-up, so that a hand-over loses nothing."""

from datetime import date

from handlers.booking_questions import ANY, BookingDraft
from handlers.booking_questions import DIALOG as BOOKING
from wxbot.booking.sentences import day_words
from wxbot.clinic.models import PractitionerId
from wxbot.dispatch.context import Context

DIALOGS = {BOOKING: "预约", "appointments": "查看或更改自己的预约", "profile": "登记姓名或生日"}


def in_progress(context: Context) -> str:
    """正在预约（智齿拔除、周明远、12月4日 周五）。 Empty when no dialog is open."""
    dialog = context.dialog
    what = "" if dialog is None else DIALOGS.get(dialog.name, "")
    if dialog is None or not what:
        return ""
    if dialog.name != BOOKING:
        return f"当时正在{what}。"
    draft = BookingDraft.of(dialog)
    chosen = _chosen(context, draft)
    what = "改约" if draft.moving is not None else what
    return f"当时正在{what}" + (f"（已选：{'、'.join(chosen)}）。" if chosen else "。")


def _chosen(context: Context, draft: BookingDraft) -> list[str]:
    clinic, words = context.services.clinic, []
    kind = clinic.visit_type(draft.visit_type_id) if draft.visit_type_id is not None else None
    if kind is not None:
        words.append(kind.name)
    person = clinic.practitioner(PractitionerId(draft.who)) if draft.who not in {None, ANY} else None
    if person is not None:
        words.append(person.name)
    if isinstance(draft.day, date):
        words.append(day_words(draft.day))
    return words
