"""When an answer is not understood: one kind question again with the same choices, then a person.

A greeting or thanks is understood: it is answered, and the question stays open. While somebody is to look at a danger
sign or a complaint, what is not understood is added there first.
"""

from dataclasses import replace

from handlers.handoff import add_to_urgent, call_a_person, waiting
from wxbot.conversations.models import Cause
from wxbot.dispatch.context import Context, Reply
from wxbot.logs import get_logger
from wxbot.understanding.models import Intent

log = get_logger(__name__)

MOST_MISSES = 1  # answers in a row that may be missed before a person is called
COURTESIES = {
    Intent.GREETING: "fallback.greeting_within",
    Intent.THANKS: "fallback.thanks_within",
    Intent.GOOD_NEWS: "fallback.thanks_within",
}


async def misunderstood(context: Context, *, again: str, person: str, reason: str) -> Reply:
    """Ask again by the template `again`; the second time in a row hand over, saying so by `person`.

    `reason` tells staff what the patient wanted. The dialog ends with the hand-over; the patient waits for a person.
    A courtesy is no miss.
    """
    dialog = context.dialog
    courtesy = COURTESIES.get(context.reading.intent)
    if dialog is not None and courtesy is not None:
        return Reply(template=courtesy, options=dialog.options, dialog=dialog)
    if dialog is not None and dialog.misses < MOST_MISSES:
        asked = replace(dialog, misses=dialog.misses + 1)
        if added := await add_to_urgent(context):
            return replace(added, dialog=asked)
        return Reply(template=again, options=dialog.options, dialog=asked)
    followup = await call_a_person(context, reason, Cause.REQUEST)
    log.info("dialog_handed_over", key=context.update.key, dialog=dialog.name if dialog is not None else None)
    return waiting(context, followup, Reply(template=person))
