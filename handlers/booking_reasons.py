"""Why a day or an hour that a patient named cannot be had, by the window of the visit type and of the booker."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time

from handlers.booking_draft import BookingDraft
from handlers.booking_message import Wording, days_words
from handlers.booking_window import booker_of
from wxbot.booking.models import Booker, Slot
from wxbot.booking.obstacles import ObstacleKind
from wxbot.booking.sentences import day_words, lead_words
from wxbot.booking.windows import Bookable
from wxbot.dispatch.context import Context

NEAREST = 3  # free hours told beside the reason
FULL = "booking.day_full"
OF_DAYS: Mapping[ObstacleKind, str] = {  # the reason that holds for a whole day → its wording
    ObstacleKind.PAST: "booking.day_past",
    ObstacleKind.CUT_OFF: "booking.day_cut_off",
    ObstacleKind.LEAD_TIME: "booking.day_too_soon",
    ObstacleKind.HORIZON: "booking.day_too_far",
    ObstacleKind.HOLIDAY: "booking.day_closed",
    ObstacleKind.CLOSURE: "booking.day_off",
    ObstacleKind.DAY_OFF: "booking.day_off",
    ObstacleKind.OUTSIDE_HOURS: "booking.day_off",
}
AWAY = frozenset({ObstacleKind.CLOSURE, ObstacleKind.HOLIDAY, ObstacleKind.DAY_OFF, ObstacleKind.OUTSIDE_HOURS})


async def why_not_on(context: Context, draft: BookingDraft, days: Sequence[date]) -> Wording:
    """Why nothing is free on any of these days, in the words for the first reason of the first day."""
    variables = {"date": days_words(days, context)}
    if draft.visit_type_id is None:
        return Wording(template=FULL, variables=variables)
    services, booker = context.services, await booker_of(context, draft)
    found = await services.booking.why_not_on(
        draft.visit_type_id, draft.practitioner_id, days[0], context.now, moving=draft.moving, booker=booker
    )
    if not found:
        return Wording(template=FULL, variables=variables)
    limits = _limits(context, draft, booker)
    return Wording(template=_of_day({each.kind for each in found}, found[0].kind), variables=variables | limits)


def _of_day(kinds: Collection[ObstacleKind], first: ObstacleKind) -> str:
    everybody_away = set(kinds) <= AWAY
    return OF_DAYS.get(ObstacleKind.DAY_OFF if everybody_away and len(kinds) > 1 else first, FULL)


async def why_not_at(
    context: Context, draft: BookingDraft, clocks: Sequence[time], variables: Mapping[str, str]
) -> Wording:
    """The words for an hour of the draft's day that is not free: too soon, outside the hours, or taken."""
    taken = Wording(template="booking.hour_gone", variables=variables)
    if not clocks or draft.day is None or draft.visit_type_id is None:
        return taken
    services, booker = context.services, await booker_of(context, draft)
    found = await services.booking.why_not(
        draft.visit_type_id,
        draft.practitioner_id,
        datetime.combine(draft.day, clocks[-1], services.clinic.timezone),
        now=context.now,
        booker=booker,
        moving=draft.moving,
        contact_id=context.contact.id,
    )
    kinds = {each.kind for each in found}
    if ObstacleKind.LEAD_TIME in kinds:
        return replace(
            taken, template="booking.hour_too_soon", variables={**variables, **_limits(context, draft, booker)}
        )
    return replace(taken, template="booking.hour_outside") if kinds and kinds <= AWAY else taken


def _limits(context: Context, draft: BookingDraft, booker: Booker) -> dict[str, str]:
    """What the booking window of the draft's visit type is for that booker, in words."""
    clinic = context.services.clinic
    kind = None if draft.visit_type_id is None else clinic.visit_type(draft.visit_type_id)
    bookable = Bookable.at(clinic, context.now, kind, booker)
    return {"last_day": day_words(bookable.last), "lead": lead_words(bookable.lead_minutes)}


async def nearest_free(context: Context, draft: BookingDraft, day: date, free: Collection[date]) -> Sequence[Slot]:
    """The free hours next after the start of that day; where there are none, the last day's before it."""
    if draft.visit_type_id is None:
        return ()
    services, booker = context.services, await booker_of(context, draft)
    midnight = datetime.combine(day, time(0), services.clinic.timezone)
    found = await services.booking.next_free(
        draft.visit_type_id,
        draft.practitioner_id,
        max(midnight, context.now),
        context.now,
        count=NEAREST,
        moving=draft.moving,
        booker=booker,
        contact_id=context.contact.id,
    )
    refused = set(draft.without)
    found = [each for each in found if each.start.astimezone(services.clinic.timezone).date() not in refused]
    if found or not free:
        return found
    last = await services.booking.slots(
        draft.visit_type_id,
        draft.practitioner_id,
        max(free),
        context.now,
        moving=draft.moving,
        booker=booker,
        contact_id=context.contact.id,
    )
    return last[:NEAREST]
