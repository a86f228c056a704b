"""What was named in words is read back in one message, and booked or moved only after a yes."""

from dataclasses import replace

from handlers.booking_draft import BookingDraft
from handlers.booking_message import CONFIRM, PREFIX, Wording, appointment_variables, label, question, time_id
from handlers.whose_visit import shown
from wxbot.booking.models import Slot
from wxbot.booking.sentences import hour_words, near_day_words, practitioner_words
from wxbot.dispatch.context import Context, Reply
from wxbot.templates.models import Option
from wxbot.understanding.models import TimeWords

YES, CHANGE = "yes", "change"  # entries: book it, another hour


async def read_back(context: Context, draft: BookingDraft, slot: Slot, wording: Wording | None = None) -> Reply:
    """The read-back: day with weekday, hour, visit type, practitioner and for whom. The hour is not held meanwhile."""
    clinic = context.services.clinic
    local = slot.start.astimezone(clinic.timezone)
    named = replace(
        draft,
        day=local.date(),
        times=(TimeWords(times=(local.time(),)),),
        start=slot.start,
        named_practitioner=slot.practitioner_id,
        page=0,
    )
    person = clinic.practitioner(slot.practitioner_id)
    variables = {
        "date": near_day_words(local.date(), context.now.astimezone(clinic.timezone).date()),
        "time": hour_words(local.time()),
        "practitioner": practitioner_words(person) if person is not None else "",
        "whom": shown(context, draft.whom),
    }
    yes = label(context, "yes_move" if draft.moving else "yes")
    entries = [
        Option(id=time_id(slot.practitioner_id, slot.start, YES), label=yes),
        Option(id=f"{PREFIX}{CHANGE}", label=label(context, "change")),
    ]
    if draft.moving is not None:
        standing = (await context.services.booking.by_ids([draft.moving])).get(draft.moving)
        if standing is not None:
            now = appointment_variables(context, standing)
            variables |= {"old_date": now["date"], "old_time": now["time"]}
        asked = Wording(template="booking.confirm_move", variables=variables)
    elif wording is not None and wording.fits(CONFIRM):
        asked = Wording(template=wording.template, variables={**variables, **wording.variables})
    else:
        asked = Wording(template="booking.confirm", variables=variables)
    return question(context, CONFIRM, named, entries, asked)
