"""The questions of the booking dialog, in their order: for whom, visit type, practitioner, day, time, the read-back.

A question with one possible answer is not asked. Every entry's id carries its step, so that a tap on an older
message is understood for what it was.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any

from handlers.booking_draft import ANY, BookingDraft
from handlers.booking_message import (
    ALL_HOURS,
    BEFORE_CLAIM,
    CONFIRM,
    DAY,
    NAME,
    PAGE,
    PREFIX,
    TIME,
    TYPE,
    WHO,
    WHOSE,
    Wording,
    days_words,
    label,
    question,
    time_id,
    today,
)
from handlers.booking_reasons import FULL, nearest_free, why_not_at, why_not_on
from handlers.booking_window import booker_of
from handlers.read_back import read_back
from handlers.waiting import wait_option
from handlers.whose_visit import settle
from wxbot.booking.models import Slot
from wxbot.booking.sentences import hour_words, near_day_words, near_moment_words, practitioner_words
from wxbot.booking.wished_hours import exact, fitting, wish_words
from wxbot.clinic.models import Practitioner, VisitType
from wxbot.dispatch.context import Context, Reply
from wxbot.templates.models import Option
from wxbot.understanding.models import TimeWords


def offered_types(context: Context, who: str | None = None) -> list[VisitType]:
    """The visit types that a practitioner offers, or that one of them does."""
    clinic = context.services.clinic
    offered = [(kind, {person.id for person in clinic.who_offers(kind.id)}) for kind in clinic.visit_types]
    return [kind for kind, people in offered if people and (who in {None, ANY} or who in people)]


def a_step_back(context: Context, step: str, draft: BookingDraft) -> BookingDraft | None:
    """The draft without the latest answer; None when nothing was asked before this step."""
    draft = replace(draft, page=0, start=None, named_practitioner=None)
    if step == CONFIRM or step in BEFORE_CLAIM:
        return replace(draft, times=())
    draft = replace(draft, times=(), not_times=())
    if step == TIME and not draft.only_day:
        return replace(draft, day=None, among=(), without=())
    several_people = (
        draft.visit_type_id is not None and len(context.services.clinic.who_offers(draft.visit_type_id)) > 1
    )
    if step in {TIME, DAY} and several_people:
        return replace(draft, who=None, day=None, only_day=False, among=(), without=())
    if step not in {TYPE, WHOSE, NAME} and draft.moving is None and len(offered_types(context)) > 1:
        return BookingDraft(whom=draft.whom)
    return None


async def ask(
    context: Context, draft: BookingDraft, template: str | None = None, variables: Mapping[str, Any] | None = None
) -> Reply:
    """The first question that is still open, worded by `template` where one is given."""
    return await ask_in(
        context, draft, None if template is None else Wording(template=template, variables=variables or {})
    )


async def ask_in(context: Context, draft: BookingDraft, wording: Wording | None) -> Reply:
    """The first question that is still open, in other words where they fit it; the read-back when none is."""
    settled = await settle(context, replace(draft, start=None, named_practitioner=None))
    if isinstance(settled, Reply):
        return settled
    draft = settled
    types = offered_types(context, draft.who) or offered_types(context)
    if draft.visit_type_id not in {kind.id for kind in offered_types(context)}:
        draft = replace(draft, visit_type_id=types[0].id if len(types) == 1 else None)
    if draft.visit_type_id is None:
        entries = [Option(id=f"{PREFIX}{TYPE}:{kind.id}", label=kind.name) for kind in types]
        return question(context, TYPE, draft, entries, wording)
    people = context.services.clinic.who_offers(draft.visit_type_id)
    if draft.who not in {ANY, *(person.id for person in people)}:
        draft = replace(draft, who=people[0].id if len(people) == 1 else None)
    if draft.who is None:
        return question(context, WHO, draft, _people(context, people), wording)
    if draft.day is None:
        return await _ask_day(context, draft, wording)
    return await _ask_time(context, draft, wording)


def _people(context: Context, people: Sequence[Practitioner]) -> list[Option]:
    return [
        Option(id=f"{PREFIX}{WHO}:{ANY}", label=label(context, "any")),
        *(
            Option(
                id=f"{PREFIX}{WHO}:{person.id}",
                label=f"{practitioner_words(person)} {person.title} {person.speciality}",
            )
            for person in people
        ),
    ]


async def _ask_day(context: Context, draft: BookingDraft, wording: Wording | None, wait: Option | None = None) -> Reply:
    """`wait` is offered where the days that were wished are full."""
    free = [day for day in await free_days(context, draft) if day not in draft.without]
    if not free:
        besides = [wait_option(context, times=draft.times)]
        return question(context, DAY, draft, [], Wording(template="booking.no_days"), besides=besides)
    days = [day for day in free if day in draft.among] if draft.among else free
    if draft.among and not days:
        named = draft.among[:1] if draft.first_free else draft.among
        return await _another_day(context, replace(draft, among=(), first_free=False), named, free, draft.times)
    if draft.among and draft.first_free:
        return await _ask_time(context, replace(draft, day=days[0], among=(), first_free=False), wording)
    if len(days) == 1 and (wording is None or not wording.fits(DAY)):  # other words were written for a choice of days
        chosen = replace(draft, day=days[0], only_day=not draft.among, page=0)
        return await _ask_time(context, chosen, wording)
    return _days(context, draft, days, wording, wait or (wait_option(context) if draft.without else None))


async def _another_day(
    context: Context, draft: BookingDraft, named: Sequence[date], free: Sequence[date], times: Sequence[TimeWords]
) -> Reply:
    """Nothing of the named days can be had: why, the free hours that are nearest, and the days with free hours.

    Where they are full, not where nothing is offered on them, the patient may wait for them.
    """
    wording = await why_not_on(context, draft, named)
    zone = context.services.clinic.timezone
    hours = [
        Option(id=time_id(draft.who or ANY, slot.start), label=near_moment_words(slot.start, zone, context.now))
        for slot in await nearest_free(context, draft, named[0], free)
    ]
    wait = wait_option(context, named, times) if wording.template == FULL else None
    return _days(context, draft, free, wording, wait, hours)


def _days(  # noqa: PLR0913, PLR0917 - the parts of one message
    context: Context,
    draft: BookingDraft,
    days: Sequence[date],
    wording: Wording | None,
    wait: Option | None = None,
    hours: Sequence[Option] = (),
) -> Reply:
    here = today(context)
    entries = [Option(id=f"{PREFIX}{DAY}:{day.isoformat()}", label=near_day_words(day, here)) for day in days]
    besides = [wait] if wait is not None else []
    return question(context, DAY, draft, [*hours, *entries], wording, besides=besides)


async def _ask_time(context: Context, draft: BookingDraft, wording: Wording | None) -> Reply:
    clocks = await clocks_of(context, draft)
    refused = set(fitting([clock for clock, _ in clocks], draft.not_times)) if draft.not_times else set()
    clocks = [(clock, slot) for clock, slot in clocks if clock not in refused]
    if not clocks:
        anew = replace(draft, day=None, only_day=False, among=(), not_times=(), page=0)
        free = [day for day in await free_days(context, anew) if day not in anew.without]
        if not free:
            wait = wait_option(context, [draft.day] if draft.day is not None else [], draft.times)
            return question(context, DAY, anew, [], Wording(template="booking.no_days"), besides=[wait])
        return await _another_day(context, anew, [draft.day or today(context)], free, draft.times)
    named = exact(draft.times)
    fit = set(fitting([clock for clock, _ in clocks], draft.times))
    wished = [(clock, slot) for clock, slot in clocks if clock in fit]
    if named and len(wished) == 1:
        return await read_back(context, draft, wished[0][1], wording)
    if draft.times and not wished:
        return await _hour_gone(context, draft, clocks, named)
    if named:
        wording = Wording(template="booking.which_hour")
    others = [Option(id=ALL_HOURS, label=label(context, "all_hours"))] if len(wished) < len(clocks) else []
    if draft.not_times and draft.day is not None:
        others.append(wait_option(context, [draft.day]))
    return question(context, TIME, draft, _hours(draft, wished), wording, besides=others)


async def _hour_gone(
    context: Context, draft: BookingDraft, clocks: Sequence[tuple[time, Slot]], named: Sequence[time]
) -> Reply:
    """The wished hour is not free: every hour of the day, from the page on which it would stand."""
    after = [position for position, (clock, _) in enumerate(clocks) if named and clock >= named[-1]]
    what = hour_words(named[-1]) if named else wish_words(draft.times)
    variables = {"date": days_words([draft.day or today(context)], context), "time": what}
    paged = replace(draft, times=(), page=after[0] // PAGE if after else 0)
    wording = await why_not_at(context, draft, named, variables)
    taken = wording.template == "booking.hour_gone"
    besides = [wait_option(context, [draft.day or today(context)], draft.times)] if taken else []
    return question(context, TIME, paged, _hours(paged, clocks), wording, besides=besides)


def _hours(draft: BookingDraft, clocks: Sequence[tuple[time, Slot]]) -> list[Option]:
    return [Option(id=time_id(draft.who or ANY, slot.start), label=hour_words(clock)) for clock, slot in clocks]


def ask_alternatives(context: Context, draft: BookingDraft, slots: Sequence[Slot]) -> Reply:
    """The hour was taken meanwhile: these are the next free ones."""
    zone = context.services.clinic.timezone
    entries = [
        Option(id=time_id(draft.who or ANY, slot.start), label=near_moment_words(slot.start, zone, context.now))
        for slot in slots
    ]
    cleared = replace(draft, page=0, times=(), not_times=(), start=None, named_practitioner=None)
    return question(context, TIME, cleared, entries, Wording(template="booking.taken"))


async def free_days(context: Context, draft: BookingDraft) -> list[date]:
    """The days with free hours for the draft."""
    if draft.visit_type_id is None:
        return []
    found = await context.services.booking.days(
        draft.visit_type_id,
        draft.practitioner_id,
        context.now,
        moving=draft.moving,
        booker=await booker_of(context, draft),
        contact_id=context.contact.id,
    )
    return [day.date for day in found]


async def clocks_of(context: Context, draft: BookingDraft) -> list[tuple[time, Slot]]:
    """The free hours of the draft's day with their wall-clock times."""
    if draft.visit_type_id is None or draft.day is None:
        return []
    found = await context.services.booking.slots(
        draft.visit_type_id,
        draft.practitioner_id,
        draft.day,
        context.now,
        moving=draft.moving,
        booker=await booker_of(context, draft),
        contact_id=context.contact.id,
    )
    zone = context.services.clinic.timezone
    return [(slot.start.astimezone(zone).time(), slot) for slot in found]


def horizon(context: Context) -> list[date]:
    """The days that anything may be booked on; which of them suit the draft, `free_days` says."""
    return [today(context) + timedelta(days=ahead) for ahead in range(context.services.clinic.longest_horizon_days + 1)]
