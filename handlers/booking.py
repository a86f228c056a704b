"""预约 by chatting: for whom → visit type → practitioner or any → day → time → booked, in any order and all at once.

Every step takes a tapped entry, its number or its words, and 返回 and 取消. What is named in free words is read back
first. The dialog is stored, so a restart loses nothing; a tap on an older message re-opens the question that comes
after it.
"""

from handlers import before_booking, whose_visit
from handlers.booking_claim import take
from handlers.booking_draft import BookingDraft
from handlers.booking_entries import begin, chosen, read_back_hour
from handlers.booking_message import (
    BACK,
    BEFORE_CLAIM,
    CONFIRM,
    DIALOG,
    LEAVE,
    MORE,
    NAME,
    PREFIX,
    SAME_DAY,
    TIME,
    moment_of,
    state,
)
from handlers.booking_questions import ask
from handlers.booking_words import UNCLEAR_DAY, follow, reading_of, says_something
from handlers.matching import assents, question_open, surely_meant, taps_entry, typed
from handlers.misunderstanding import misunderstood
from handlers.read_back import CHANGE
from wxbot.dispatch.context import Context, Reply
from wxbot.dispatch.router import Route, Router, in_dialog
from wxbot.dispatch.updates import TextMessage
from wxbot.understanding.models import Doubt, Intent, Reading

__all__ = ["ROUTER", "begin"]

HANDOFF_REASON = "患者在聊天中预约时，连续两次没有选中选项，请联系患者并协助预约。"

STARTS = frozenset({Intent.BOOK, Intent.FREE_HOURS})
NOT_A_WISH = frozenset({Doubt.PAST, Doubt.NEGATION, Doubt.OBSTACLE})
OTHER_HOUR = frozenset({Intent.DETAILS, Intent.MOVE})  # at the read-back: 换别的时间
AGREES = frozenset({Intent.COMING, Intent.BOOK})  # at the read-back, with nothing else named: 会来的, 约吧


# -- the routes ---------------------------------------------------------------------------------------------------


async def begin_with(context: Context) -> Reply:
    """我想约明天下午三点洗牙: the first question that the message leaves open, or all of it read back."""
    return await follow(context, BookingDraft(), context.reading)


async def tapped(context: Context) -> Reply:
    """An entry of this dialog was tapped: of the latest message or of an older one."""
    menu_id = context.update.menu_id if isinstance(context.update, TextMessage) else None
    return await chosen(context, menu_id or "")


async def answered(context: Context) -> Reply:
    """The patient wrote something while a question was open."""
    draft, step = state(context)
    reading = reading_of(context)
    entry_id = _entry_meant(context, draft, step, reading)
    if entry_id is not None:
        return await chosen(context, entry_id)
    if step == NAME and (name := whose_visit.name_told(context)):
        return await ask(context, whose_visit.named(draft, name))
    if (
        step in BEFORE_CLAIM
        and (answered_draft := before_booking.with_answer(context, draft, step)) is not None
        and draft.start
    ):
        return await take(context, answered_draft, draft.start)
    if says_something(reading):
        return await follow(context, draft, reading)
    choice = context.choice
    if choice is not None and step != CONFIRM:  # a part of a label is only a guess: an hour is read back first
        of_hour = f"{PREFIX}{TIME}:"  # nearest hours also stand beside days
        start = moment_of(choice.id.removeprefix(of_hour)) if choice.id.startswith(of_hour) else None
        return await (chosen(context, choice.id) if start is None else read_back_hour(context, draft, start))
    return await misunderstood(context, again="booking.not_understood", person="booking.person", reason=HANDOFF_REASON)


def _entry_meant(context: Context, draft: BookingDraft, step: str, reading: Reading) -> str | None:
    """The entry that the message surely means, by its id: its number, its whole label, 返回, 更多, or a yes or no."""
    sure = surely_meant(context)
    if sure is not None:
        return sure.id
    if reading.intent is Intent.CANCEL and not reading.slots.which.said:
        return LEAVE
    short = {Intent.LEAVE: LEAVE, Intent.BACK: BACK, Intent.MORE: f"{MORE}:{step}:{draft.page + 1}"}
    if step == SAME_DAY and context.dialog is not None:
        no = LEAVE if reading.intent is Intent.NO else None
        return context.dialog.options[0].id if assents(context) else no
    return short.get(reading.intent) or (_of_the_read_back(context, reading) if step == CONFIRM else None)


def _of_the_read_back(context: Context, reading: Reading) -> str | None:
    """A whole yes books what was read back; a no leads to the other hours."""
    if context.dialog is None:
        return None
    if assents(context) or (reading.intent in AGREES and reading.sure and not says_something(reading)):
        return context.dialog.options[0].id
    other = reading.intent in OTHER_HOUR and not says_something(reading)
    return f"{PREFIX}{CHANGE}" if other or reading.intent is Intent.NO else None


# -- when ---------------------------------------------------------------------------------------------------------


def _wants_to_book(context: Context) -> bool:
    """A wish to book, whatever question is open elsewhere; bare particulars only while none is."""
    reading = context.reading
    doubts = set(reading.doubts)
    if reading.intent in STARTS:
        unwanted = Doubt.PAST in doubts or (not says_something(reading) and bool(NOT_A_WISH & doubts))
        return not unwanted
    if reading.intent is not Intent.DETAILS or reading.leftover or question_open(context):
        return False
    slots = reading.slots
    enough = slots.visit_types or slots.practitioners or (slots.days and slots.times)  # a day alone may be anything
    return bool(enough) and not (NOT_A_WISH | UNCLEAR_DAY) & doubts


ROUTER = Router(
    name="booking",
    routes=(
        Route(TextMessage, tapped, (taps_entry(PREFIX),)),
        Route(TextMessage, answered, (in_dialog(DIALOG), typed)),
        Route(TextMessage, begin_with, (typed, _wants_to_book)),
    ),
)
