"""What a patient answers when an hour is offered to them, and leaving the waitlist.

A tap is about its own offer, however old the message is. 要, 不用了, 1 and 2 are answers only as the next words after
the offer, while no question is open; anything else goes where it always goes.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from handlers.appointment_messages import variables_of
from handlers.booking_claim import MINE as MY_PAGE
from handlers.booking_message import today
from handlers.matching import OFFER, question_open, surely_meant, taps_entry, typed
from handlers.waiting import label, leave_option
from wxbot.actors import PATIENT
from wxbot.booking.errors import AlreadyBookedError
from wxbot.booking.sentences import hour_words, near_day_words
from wxbot.dispatch.context import Context, Reply
from wxbot.dispatch.dialogs import Dialog, small_number
from wxbot.dispatch.router import Route, Router, first_match
from wxbot.dispatch.updates import TextMessage
from wxbot.errors import DomainError, NotBookableError, NotFoundError, StaleError
from wxbot.history.models import Direction
from wxbot.templates.models import Option
from wxbot.understanding.message import normalise
from wxbot.understanding.models import Intent
from wxbot.waitlist.errors import NotWaitingError, OfferOverError
from wxbot.waitlist.messages import LEAVE, NO, PREFIX, YES
from wxbot.waitlist.models import EntryId
from wxbot.waitlist.sentences import need_words

OFFERED = "waitlist.offer"  # the template of the message
LINES_LOOKED_AT = 10  # of the transcript
NUMBERS = {1: YES, 2: NO}  # as the entries stand in the message
REFUSED = (OfferOverError, NotWaitingError, NotBookableError, NotFoundError, StaleError)


async def tapped(context: Context) -> Reply:
    """An entry of an offer, or of one's own waitlist."""
    menu_id = context.update.menu_id if isinstance(context.update, TextMessage) else None
    return await _chosen(context, menu_id or "")


async def named(context: Context) -> Reply:
    """The number or the words of one of our entries in the latest message."""
    option = surely_meant(context)
    return await _chosen(context, "" if option is None else option.id)


def said_or(following: Sequence[Router]) -> Callable[[Context], Awaitable[Reply | None]]:
    """要 or 不用了 as the next words after an offer; else what the routers that follow make of them."""

    async def said(context: Context) -> Reply | None:
        action = _answer(context)
        for entry in reversed(await context.services.waitlist.entries.of_contact(context.contact.id)):
            if action and entry.offer is not None and await _is_next_word(context):
                return await DEEDS[action](context, entry.id, entry.offer.number)
        if _means_ours(context):
            return await named(context)
        found = first_match(following, context)
        return None if found is None else await found[1].handler(context)

    return said


async def _chosen(context: Context, entry_id: str) -> Reply:
    action, _, value = entry_id.removeprefix(PREFIX).partition(":")
    wanted, _, number = value.rpartition(":")
    deed = DEEDS.get(action)
    return await (_mine(context) if deed is None else deed(context, EntryId(wanted), small_number(number) or 0))


async def _yes(context: Context, entry_id: EntryId, number: int) -> Reply:
    try:
        appointment = await context.services.waitlist.entries.accept(
            entry_id, number, by=PATIENT, now=context.now, contact_id=context.contact.id
        )
    except AlreadyBookedError as error:
        return _overlap(context, error)
    except REFUSED as error:
        return _refused(context, error)
    return Reply(template="waitlist.taken", variables=await variables_of(context, appointment), page=MY_PAGE)


async def _no(context: Context, entry_id: EntryId, number: int) -> Reply:
    try:
        entry = await context.services.waitlist.entries.decline(
            entry_id, number, by=PATIENT, now=context.now, contact_id=context.contact.id
        )
    except REFUSED as error:
        return _refused(context, error)
    options = (leave_option(context, entry),) if entry.is_open else ()
    return Reply(template="waitlist.declined", options=options, dialog=_offering(context, options))


async def _leave(context: Context, entry_id: EntryId, _number: int) -> Reply:
    try:
        await context.services.waitlist.entries.leave(
            entry_id, by=PATIENT, now=context.now, contact_id=context.contact.id
        )
    except REFUSED as error:
        return _refused(context, error)
    return Reply(template="waitlist.left", dialog=_kept(context))


async def _mine(context: Context) -> Reply:
    entries = await context.services.waitlist.entries.of_contact(context.contact.id)
    if not entries:
        return Reply(template="waitlist.none", dialog=_kept(context))
    here, clinic = today(context), context.services.clinic
    options = tuple(
        leave_option(context, each, f"{label(context, 'leave')}：{need_words(each.need, clinic, here)}")
        for each in entries
    )
    return Reply(template="waitlist.mine", options=options, dialog=_offering(context, options))


def _offering(context: Context, options: Sequence[Option]) -> Dialog | None:
    """A dialog that asks nothing and knows the entries; one that asks something stays open."""
    if question_open(context) and not _in_lists(context):
        return context.dialog
    return Dialog(name=OFFER, step="waitlist", options=tuple(options)) if options else None


def _kept(context: Context) -> Dialog | None:
    return context.dialog if question_open(context) and not _in_lists(context) else None


def _in_lists(context: Context) -> bool:
    """Whether the open dialog is 我的预约, which a tap on our entry ends."""
    return context.dialog is not None and context.dialog.name == "appointments"


def _overlap(context: Context, error: AlreadyBookedError) -> Reply:
    existing = error.existing
    if existing is None:
        return Reply(template=error.wording)
    clinic = context.services.clinic
    local = existing.start.astimezone(clinic.timezone)
    kind = clinic.visit_type(existing.visit_type_id)
    who = clinic.practitioner(existing.practitioner_id)
    variables = {
        "date": near_day_words(local.date(), today(context)),
        "time": hour_words(local.time()),
        "practitioner": who.name if who is not None else "",
        "visit_type": kind.name if kind is not None else "",
    }
    return Reply(template="waitlist.overlap", variables=variables)


def _refused(context: Context, error: DomainError) -> Reply:
    wording = error.wording if isinstance(error, (OfferOverError, NotBookableError)) else "waitlist.not_waiting"
    return Reply(template=wording, dialog=_kept(context))


def _answer(context: Context) -> str:
    """What the words answer; empty where they answer nothing of ours."""
    update, reading = context.update, context.reading
    if not isinstance(update, TextMessage):
        return ""
    words = normalise(update.text).words
    labels = {normalise(label(context, name)).words: name for name in (YES, NO)}
    if words in labels:
        return labels[words]
    if reading.intent is Intent.CHOICE and reading.choice is not None:
        return NUMBERS.get(reading.choice, "")
    if reading.intent is Intent.YES and reading.sure:
        return YES
    return NO if reading.intent in {Intent.NO, Intent.LEAVE} and reading.sure else ""


async def _is_next_word(context: Context) -> bool:
    """Whether an offer is the last thing that the patient was told."""
    lines = await context.services.history.timeline(context.contact.id, limit=LINES_LOOKED_AT)
    told = next((line for line in lines if line.direction is Direction.OUT), None)
    return told is not None and str(told.payload.get("template", "")) == OFFERED


def _answers_an_offer(context: Context) -> bool:
    return not question_open(context) and bool(_answer(context))


def _means_ours(context: Context) -> bool:
    option = surely_meant(context)
    return option is not None and option.id.startswith(PREFIX)


DEEDS: Mapping[str, Callable[[Context, EntryId, int], Awaitable[Reply]]] = {YES: _yes, NO: _no, LEAVE: _leave}


def router(following: Sequence[Router]) -> Router:
    """The routes; `following` are the routers that words go to which answer no offer."""
    return Router(
        name="waitlist",
        routes=(
            Route(TextMessage, tapped, (taps_entry(PREFIX),)),
            Route(TextMessage, said_or(following), (typed, _answers_an_offer)),
            Route(TextMessage, named, (typed, _means_ours)),
        ),
    )
