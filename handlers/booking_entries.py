"""What follows from an entry of the booking dialog, of the latest message or of an older one."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime

from handlers import whose_visit
from handlers.booking_claim import already_mine, take
from handlers.booking_draft import BookingDraft
from handlers.booking_message import (
    CONFIRM,
    DAY,
    GUARDIAN,
    PREFIX,
    SAME_DAY,
    TIME,
    TYPE,
    WHO,
    WHOSE,
    Wording,
    moment_of,
    state,
)
from handlers.booking_questions import a_step_back, ask, ask_in, offered_types
from handlers.read_back import CHANGE, YES
from handlers.waiting import WAIT, join
from wxbot.booking.same_day import SameDayAnswer
from wxbot.clinic.models import PractitionerId, VisitTypeId
from wxbot.days import DayError, read_day
from wxbot.dispatch.context import Context, Reply
from wxbot.dispatch.dialogs import small_number
from wxbot.patients.models import GuardianRelation
from wxbot.understanding.models import TimeWords


async def chosen(context: Context, entry_id: str) -> Reply:
    """What follows from an entry, by its id and the state of the dialog."""
    kind, _, value = entry_id.removeprefix(PREFIX).partition(":")
    follow = ENTRIES.get(kind)
    return await (_expired(context) if follow is None else follow(context, value))


async def begin(context: Context) -> Reply:
    """The first question, with nothing chosen; a dialog that was open ends."""
    return await ask(context, BookingDraft())


async def _start(context: Context, _value: str) -> Reply:
    return await begin(context)


async def _leave(context: Context, _value: str) -> Reply:
    draft, _ = state(context)
    return Reply(template="booking.left" if draft.moving is None else "booking.move_left")


async def _back(context: Context, value: str) -> Reply:
    draft, step = state(context)
    if not step:
        return await _expired(context)
    before = a_step_back(context, step, draft)
    return await (_leave(context, value) if before is None else ask(context, before))


async def _turn_page(context: Context, value: str) -> Reply:
    draft, step = state(context)
    of_step, _, page = value.partition(":")
    number = small_number(page)
    if not step:
        return await _expired(context)
    return await ask(context, draft if of_step != step or number is None else replace(draft, page=number))


async def _all_hours(context: Context, _value: str) -> Reply:
    draft, step = state(context)
    return await (ask(context, replace(draft, times=(), page=0)) if step else _expired(context))


async def _choose_whose(context: Context, value: str) -> Reply:
    draft, step = state(context)
    if not step or draft.whom is None:
        return await _expired(context)
    settled = await whose_visit.chosen(context, draft, value)
    return settled if isinstance(settled, Reply) else await ask(context, settled)


async def _choose_type(context: Context, value: str) -> Reply:
    draft, _ = state(context)
    if value not in {kind.id for kind in offered_types(context)}:
        return await _expired(context)
    if draft.moving is not None:
        moved = value == draft.visit_type_id
        return await ask(context, _without_day(draft) if moved else BookingDraft(visit_type_id=VisitTypeId(value)))
    if draft.visit_type_id is None:
        return await ask(context, replace(draft, visit_type_id=VisitTypeId(value), page=0))
    return await ask(context, BookingDraft(visit_type_id=VisitTypeId(value), whom=draft.whom))


async def _choose_who(context: Context, value: str) -> Reply:
    draft, _ = state(context)
    if draft.visit_type_id is None:
        return await _expired(context)
    if draft.who is None:
        return await ask(context, replace(draft, who=value, page=0))
    return await ask(context, replace(_without_day(draft), who=value))


async def _choose_day(context: Context, value: str) -> Reply:
    draft, _ = state(context)
    try:
        day = read_day(value)
    except DayError:
        return await _expired(context)
    if draft.who is None:
        return await _expired(context)
    narrowed = () if day != draft.day else draft.not_times
    return await ask(context, replace(draft, day=day, only_day=False, not_times=narrowed, page=0))


async def _choose_time(context: Context, value: str) -> Reply:
    """Book when that hour belongs to what is being asked; else see what the older message was about."""
    draft, _ = state(context)
    who, start = value.partition(":")[0], moment_of(value)
    if start is None:
        return await _expired(context)
    day = start.astimezone(context.services.clinic.timezone).date()
    options = () if context.dialog is None else context.dialog.options
    on_offer = any(option.id == f"{PREFIX}{TIME}:{value}" for option in options)
    if draft.visit_type_id is not None and (on_offer or (draft.who, draft.day) == (who, day)):
        return await (read_back_hour(context, draft, start) if draft.for_other else take(context, draft, start))
    mine = await already_mine(context, who, start)
    if mine is not None:
        return mine
    if draft.who is None:
        return await _expired(context)
    return await ask(context, replace(draft, day=day, only_day=False, times=(), not_times=(), page=0))


async def read_back_hour(context: Context, draft: BookingDraft, start: datetime) -> Reply:
    """That hour, read back before it is booked."""
    local = start.astimezone(context.services.clinic.timezone)
    wish = (TimeWords(times=(local.time(),)),)
    return await ask(context, replace(draft, day=local.date(), times=wish, not_times=(), page=0))


async def _yes(context: Context, value: str) -> Reply:
    """Book what was read back; a yes under an older message is not about what is asked now."""
    draft, step = state(context)
    who, start = value.partition(":")[0], moment_of(value)
    if start is None:
        return await _expired(context)
    if step == CONFIRM and (draft.start, draft.named_practitioner) == (start, PractitionerId(who)):
        return await take(context, draft, start)
    mine = await already_mine(context, who, start)
    if mine is not None:
        return mine
    return await (_expired(context) if draft.start is None else read_back_hour(context, draft, draft.start))


async def _guardian(context: Context, value: str) -> Reply:
    """Who consents for the child."""
    draft, step = state(context)
    relation = next((each for each in GuardianRelation if each.value == value), None)
    if step != GUARDIAN or draft.start is None or draft.whom is None or relation is None:
        return await _expired(context)
    return await take(context, replace(draft, whom=replace(draft.whom, guardian=relation)), draft.start)


async def _same_day(context: Context, value: str) -> Reply:
    """Both visits of the day, or the one that stands gets the new hour."""
    draft, step = state(context)
    answer, _, standing = value.partition(":")
    if step != SAME_DAY or draft.start is None:
        return await _expired(context)
    if answer == SameDayAnswer.KEEP:
        return await take(context, draft, draft.start, beside=True)
    coming = await context.services.booking.upcoming(context.contact.id, context.now)
    existing = next((each for each in coming if each.id == standing), None)
    if existing is None or answer != SameDayAnswer.MOVE:
        return await _expired(context)
    return await take(context, replace(draft, moving=existing.id, version=existing.version), draft.start)


async def _change(context: Context, _value: str) -> Reply:
    """Not this hour: the other hours of the day, and everything else kept."""
    draft, step = state(context)
    if step != CONFIRM:
        return await _expired(context)
    wording = Wording(template="booking.what_instead", steps=frozenset({TIME}))
    return await ask_in(context, replace(draft, times=(), page=0), wording)


async def _wait(context: Context, value: str) -> Reply:
    """有空位时通知我."""
    draft, step = state(context)
    return (await join(context, draft, value) if step else None) or await _expired(context)


async def _expired(context: Context) -> Reply:
    return await ask(context, BookingDraft(), "booking.expired")


def _without_day(draft: BookingDraft) -> BookingDraft:
    return replace(draft, day=None, only_day=False, among=(), first_free=False, times=(), not_times=(), page=0)


ENTRIES: Mapping[str, Callable[[Context, str], Awaitable[Reply]]] = {
    "start": _start,
    "leave": _leave,
    "back": _back,
    "page": _turn_page,
    "hours": _all_hours,
    WAIT: _wait,
    WHOSE: _choose_whose,
    TYPE: _choose_type,
    WHO: _choose_who,
    DAY: _choose_day,
    TIME: _choose_time,
    GUARDIAN: _guardian,
    SAME_DAY: _same_day,
    YES: _yes,
    CHANGE: _change,
}
