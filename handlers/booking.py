"""预约 by chatting: visit type → practitioner or any → day → time → booked.

Every step takes a tapped entry, its number or its words, and 返回 and 取消. The dialog is stored, so a
restart loses nothing; a tap on an older message re-opens the question that comes after it.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time

from handlers.booking_claim import already_mine, take
from handlers.booking_questions import (
    ANY,
    BACK,
    DAY,
    DIALOG,
    LEAVE,
    MORE,
    PAGE,
    PREFIX,
    TIME,
    TIME_FORMAT,
    TYPE,
    WHO,
    BookingDraft,
    a_step_back,
    appointment_variables,
    ask,
    free_days,
    free_slots,
    offered_types,
    today,
)
from handlers.free_text import wants_to_book
from handlers.matching import surely_meant, taps_entry, typed, unasked
from handlers.misunderstanding import misunderstood
from wxbot.booking import words
from wxbot.booking.models import Appointment, Slot
from wxbot.booking.sentences import hour_words, near_day_words, part_of_day
from wxbot.clinic.models import VisitTypeId
from wxbot.days import DayError, read_day, sensible_day
from wxbot.dispatch.context import Context, Reply
from wxbot.dispatch.dialogs import small_number
from wxbot.dispatch.router import Route, Router, in_dialog
from wxbot.dispatch.updates import TextMessage

HANDOFF_REASON = "患者在聊天中预约时，连续两次没有选中选项，请联系患者并协助预约。"


# -- the routes ---------------------------------------------------------------------------------------------------


async def begin(context: Context) -> Reply:
    """The first question, with nothing chosen; a dialog that was open ends."""
    return await ask(context, BookingDraft())


async def begin_with(context: Context) -> Reply:
    """我想预约洁牙: the first question that the message leaves open."""
    text = context.update.text if isinstance(context.update, TextMessage) else ""
    kind = words.visit_type_meant(text, offered_types(context))
    if kind is None:
        return await begin(context)
    person = words.practitioner_meant(text, context.services.clinic.who_offers(kind.id))
    return await ask(context, BookingDraft(visit_type_id=kind.id, who=None if person is None else person.id))


async def begin_move(context: Context, appointment: Appointment) -> Reply:
    """Ask for a new hour of an appointment; it keeps the old one until the new one is taken."""
    draft = BookingDraft(
        visit_type_id=appointment.visit_type_id,
        who=appointment.practitioner_id,
        moving=appointment.id,
        version=appointment.version,
    )
    return await ask(context, draft, "booking.move_day", appointment_variables(context, appointment))


async def tapped(context: Context) -> Reply:
    """An entry of this dialog was tapped: of the latest message or of an older one."""
    menu_id = context.update.menu_id if isinstance(context.update, TextMessage) else None
    return await _chosen(context, menu_id or "")


async def answered(context: Context) -> Reply:
    """The patient wrote something while a question was open."""
    text = context.update.text if isinstance(context.update, TextMessage) else ""
    entry_id = _entry_meant(context, text)
    if entry_id is not None:
        return await _chosen(context, entry_id)
    reply = await _day_or_time_by_words(context, text)
    if reply is not None:
        return reply
    if context.choice is not None:
        return await _chosen(context, context.choice.id)
    return await misunderstood(context, again="booking.not_understood", person="booking.person", reason=HANDOFF_REASON)


# -- by entry -----------------------------------------------------------------------------------------------------


async def _chosen(context: Context, entry_id: str) -> Reply:
    """What follows from an entry, by its id and the state of the dialog."""
    kind, _, value = entry_id.removeprefix(PREFIX).partition(":")
    follow = ENTRIES.get(kind)
    return await (_expired(context) if follow is None else follow(context, value))


async def _start(context: Context, _value: str) -> Reply:
    return await begin(context)


async def _leave(context: Context, _value: str) -> Reply:
    draft, _ = _state(context)
    return Reply(template="booking.left" if draft.moving is None else "booking.move_left")


async def _back(context: Context, value: str) -> Reply:
    draft, step = _state(context)
    if not step:
        return await _expired(context)
    before = a_step_back(context, step, draft)
    return await (_leave(context, value) if before is None else ask(context, before))


async def _turn_page(context: Context, value: str) -> Reply:
    draft, step = _state(context)
    of_step, _, page = value.partition(":")
    number = small_number(page)
    if not step:
        return await _expired(context)
    return await ask(context, draft if of_step != step or number is None else replace(draft, page=number))


async def _choose_type(context: Context, value: str) -> Reply:
    draft, _ = _state(context)
    if value not in {kind.id for kind in offered_types(context)}:
        return await _expired(context)
    if draft.moving is not None and value == draft.visit_type_id:
        return await ask(context, replace(draft, day=None, only_day=False, page=0))
    return await ask(context, BookingDraft(visit_type_id=VisitTypeId(value)))


async def _choose_who(context: Context, value: str) -> Reply:
    draft, _ = _state(context)
    if draft.visit_type_id is None:
        return await _expired(context)
    return await ask(context, replace(draft, who=value, day=None, only_day=False, page=0))


async def _choose_day(context: Context, value: str) -> Reply:
    draft, _ = _state(context)
    try:
        day = read_day(value)
    except DayError:
        return await _expired(context)
    if draft.who is None:
        return await _expired(context)
    return await ask(context, replace(draft, day=day, only_day=False, page=0))


async def _choose_time(context: Context, value: str) -> Reply:
    """Book when that hour belongs to what is being asked; else see what the older message was about."""
    draft, _ = _state(context)
    who, _, at = value.partition(":")
    try:
        start = datetime.strptime(at, TIME_FORMAT).replace(tzinfo=UTC)
        sensible_day(start.date())
    except (ValueError, DayError):
        return await _expired(context)
    day = start.astimezone(context.services.clinic.timezone).date()
    options = () if context.dialog is None else context.dialog.options
    on_offer = any(option.id == f"{PREFIX}{TIME}:{value}" for option in options)
    if draft.visit_type_id is not None and (on_offer or (draft.who, draft.day) == (who, day)):
        return await take(context, draft, start)
    mine = await already_mine(context, who, start)
    if mine is not None:
        return mine
    if draft.who is None:
        return await _expired(context)
    return await ask(context, replace(draft, day=day, only_day=False, page=0))


async def _expired(context: Context) -> Reply:
    return await ask(context, BookingDraft(), "booking.expired")


ENTRIES: Mapping[str, Callable[[Context, str], Awaitable[Reply]]] = {
    "start": _start,
    "leave": _leave,
    "back": _back,
    "page": _turn_page,
    TYPE: _choose_type,
    WHO: _choose_who,
    DAY: _choose_day,
    TIME: _choose_time,
}


# -- by words -----------------------------------------------------------------------------------------------------


def _entry_meant(context: Context, text: str) -> str | None:
    """The entry that the text surely means, by its id."""
    sure = surely_meant(context, text)
    draft, step = _state(context)
    spoken = words.plain(text)
    if sure is not None:
        return sure.id
    if spoken in words.LEAVE:
        return LEAVE
    if spoken in words.BACK:
        return BACK
    if spoken in words.MORE:
        return f"{MORE}:{step}:{draft.page + 1}"
    return _type_or_who_meant(context, step, draft, text)


def _type_or_who_meant(context: Context, step: str, draft: BookingDraft, text: str) -> str | None:
    if step == TYPE:
        kind = words.visit_type_meant(text, offered_types(context))
        return None if kind is None else f"{PREFIX}{TYPE}:{kind.id}"
    if step == WHO and draft.visit_type_id is not None:
        if words.plain(text) in words.ANYONE:
            return f"{PREFIX}{WHO}:{ANY}"
        person = words.practitioner_meant(text, context.services.clinic.who_offers(draft.visit_type_id))
        return None if person is None else f"{PREFIX}{WHO}:{person.id}"
    return None


async def _day_or_time_by_words(context: Context, text: str) -> Reply | None:
    """What follows from a day or an hour that the text names; None when it names none."""
    draft, step = _state(context)
    if step not in {DAY, TIME}:
        return None
    days = words.days_meant(text, today(context))
    if step == DAY or (days and draft.day not in days):
        return await _day_by_words(context, draft, text, days)
    return await _time_by_words(context, draft, text)


async def _day_by_words(context: Context, draft: BookingDraft, text: str, days: tuple[date, ...]) -> Reply | None:
    if not days:
        return None
    free = set(await free_days(context, draft))
    day = next((each for each in days if each in free), None)
    if day is None:
        full = {"date": near_day_words(days[0], today(context))}
        return await ask(context, replace(draft, day=None, only_day=False, page=0), "booking.day_full", full)
    chosen = replace(draft, day=day, only_day=False, page=0)
    return await ask(context, replace(chosen, page=_page_of(await _clocks(context, chosen), text)))


async def _time_by_words(context: Context, draft: BookingDraft, text: str) -> Reply | None:
    meant, part = words.times_meant(text), words.part_meant(text)
    if not meant and part is None:
        return None
    clocks = await _clocks(context, draft)
    fitting = [slot for clock, slot in clocks if clock in meant]
    if len(fitting) == 1:
        return await take(context, draft, fitting[0].start)
    if len(fitting) > 1:
        return None
    paged = replace(draft, page=_page_of(clocks, text))
    if not meant and any(part_of_day(clock) == part for clock, _ in clocks):
        return await ask(context, paged)
    day = draft.day or today(context)
    gone = {"date": near_day_words(day, today(context)), "time": hour_words(meant[-1]) if meant else part}
    return await ask(context, paged, "booking.hour_gone", gone)


async def _clocks(context: Context, draft: BookingDraft) -> list[tuple[time, Slot]]:
    """The free hours of the draft's day with their wall-clock times."""
    zone = context.services.clinic.timezone
    return [(slot.start.astimezone(zone).time(), slot) for slot in await free_slots(context, draft)]


def _page_of(clocks: list[tuple[time, Slot]], text: str) -> int:
    """The page on which the hour or part of the day in `text` begins; the first if it names none."""
    meant, part = words.times_meant(text), words.part_meant(text)
    for position, (clock, _) in enumerate(clocks):
        if (meant and clock >= meant[-1]) or (not meant and part_of_day(clock) == part):
            return position // PAGE
    return 0


def _state(context: Context) -> tuple[BookingDraft, str]:
    """The draft and step of this dialog; an empty draft and no step outside it."""
    dialog = context.dialog
    return (
        (BookingDraft.of(dialog), dialog.step) if dialog is not None and dialog.name == DIALOG else (BookingDraft(), "")
    )


ROUTER = Router(
    name="booking",
    routes=(
        Route(TextMessage, tapped, (taps_entry(PREFIX),)),
        Route(TextMessage, answered, (in_dialog(DIALOG), typed)),
        Route(TextMessage, begin_with, (typed, unasked(wants_to_book))),
    ),
)
