"""有空位时通知我: joining the waitlist out of the booking dialog, with the days and times that were wished."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, time, timedelta

from handlers.booking_draft import BookingDraft
from handlers.booking_message import PREFIX, today
from handlers.matching import OFFER
from handlers.whose_visit import patient_of
from wxbot.actors import PATIENT
from wxbot.booking.sentences import part_of_day
from wxbot.booking.wished_hours import fitting
from wxbot.days import DayError, read_day
from wxbot.dispatch.context import Context, Reply
from wxbot.dispatch.dialogs import Dialog
from wxbot.errors import FieldErrors
from wxbot.templates.models import Option
from wxbot.understanding.models import TimeWords
from wxbot.waitlist.messages import LEAVE, PAGE
from wxbot.waitlist.messages import PREFIX as OURS
from wxbot.waitlist.models import Entry, Need, PartOfDay
from wxbot.waitlist.rules import part_of
from wxbot.waitlist.sentences import doctor_words, kind_words, when_words

WAIT = "wait"  # the kind of its entry in the booking dialog: bk:wait:2026-11-24:2026-11-24:morning
MINE = f"{OURS}mine"
HALF_HOURS = tuple(time(minute // 60, minute % 60) for minute in range(6 * 60, 24 * 60, 30))


def wait_option(context: Context, days: Sequence[date] = (), times: Sequence[TimeWords] = ()) -> Option:
    """The entry that waits for those days (any, where none was named) at those times. It works on older messages."""
    bounds = (min(days).isoformat(), max(days).isoformat()) if days else ("", "")
    parts = ",".join(each.value for each in parts_of(times))
    return Option(id=f"{PREFIX}{WAIT}:{bounds[0]}:{bounds[1]}:{parts}", label=label(context, "wait"))


def parts_of(times: Sequence[TimeWords]) -> tuple[PartOfDay, ...]:
    """The parts of the day in which the wished times lie; none where nothing was wished."""
    if not times:
        return ()
    named = {part_of_day(clock) for clock in fitting(HALF_HOURS, times)}
    return tuple(each for each in PartOfDay if each.label in named)


async def join(context: Context, draft: BookingDraft, value: str) -> Reply | None:
    """Wait for what the entry says, for the person and the visit type of the draft; None where it is not known."""
    if draft.visit_type_id is None:
        return None
    first, last, parts = _read(context, value)
    need = Need(
        visit_type_id=draft.visit_type_id,
        practitioners=() if draft.practitioner_id is None else (draft.practitioner_id,),
        first=first,
        last=last,
        parts=parts,
    )
    patient = await patient_of(context, draft)
    try:
        entry = await context.services.waitlist.entries.join(
            need=need,
            contact_id=context.contact.id,
            patient_id=patient.id,
            moving=draft.moving,
            by=PATIENT,
            now=context.now,
        )
    except FieldErrors:
        return None
    return joined(context, entry)


def joined(context: Context, entry: Entry) -> Reply:
    """What was noted, and how to leave."""
    clinic = context.services.clinic
    variables = {
        "visit_type": kind_words(entry.need, clinic),
        "practitioner": doctor_words(entry.need, clinic),
        "wish": when_words(entry.need, today(context)),
    }
    options = (leave_option(context, entry),)
    return Reply(
        template="waitlist.joined",
        variables=variables,
        options=options,
        dialog=Dialog(name=OFFER, step="waitlist", options=options),
        page=PAGE,
    )


def leave_option(context: Context, entry: Entry, words: str = "") -> Option:
    """The entry that leaves the waitlist; `words` say which, where there are several."""
    return Option(id=f"{OURS}{LEAVE}:{entry.id}:0", label=words or label(context, "leave"))


async def with_waitlist(context: Context, reply: Reply) -> Reply:
    """我的预约, with 我的候补 among its entries for who waits for something."""
    if not await context.services.waitlist.entries.of_contact(context.contact.id):
        return reply
    options = (*reply.options, Option(id=MINE, label=label(context, "mine")))
    dialog = None if reply.dialog is None else replace(reply.dialog, options=options)
    return replace(reply, options=options, dialog=dialog)


def label(context: Context, name: str) -> str:
    """An entry's words, from the template `waitlist.<name>_label`."""
    return context.services.templates.get(f"waitlist.{name}_label").text


def _read(context: Context, value: str) -> tuple[date, date, tuple[PartOfDay, ...]]:
    """The days and parts of an entry's value; up to the horizon where it names no day that can be meant."""
    first, _, rest = value.partition(":")
    last, _, named = rest.partition(":")
    here = today(context)
    try:
        days = (read_day(first), read_day(last))
    except DayError:
        days = (here, here + timedelta(days=context.services.clinic.horizon_days))
    parts = (part_of(each) for each in named.split(","))
    return (*days, tuple(each for each in parts if each is not None))
