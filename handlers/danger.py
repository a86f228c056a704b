"""Danger signs: advice at once, and a person who sees to it (A2-74, A2-92). The dialogue in progress is left as it is.

What a photo or voice shows is not read; they reach a person by other ways.
"""

from handlers.care_questions import note_answer
from handlers.complaints import open_case
from handlers.consent import heed
from handlers.handoff import open_episode, patient_words
from wxbot.conversations.models import Cause, Priority
from wxbot.dispatch import updates as u
from wxbot.dispatch.context import Context, Reply
from wxbot.dispatch.router import Route, Router
from wxbot.logs import get_logger
from wxbot.understanding.models import Intent

log = get_logger(__name__)

AGAIN = "danger.again"


async def advise(context: Context) -> Reply | None:
    """What is safe for everybody, before anything else. The advice that was given minutes ago is not repeated."""
    found = context.reading.danger
    words = patient_words(context)
    if found is None or not words:
        return None
    await note_answer(context)  # its number or choice decides about later steps, whatever else is done
    case = await context.services.danger_signs.report(context.contact, found, words[0], context.now)
    if case is None:
        return None
    try:
        await open_episode(
            context, Cause.DANGER, case.followup.reason, followup_id=case.followup.id, priority=Priority.URGENT
        )
    except Exception:  # the follow-up stands and colleagues are told; the patient must have the advice
        log.exception("danger_episode_failed", followup_id=case.followup.id)
    template = AGAIN if case.said_lately else case.judgement.rule.advice
    await heed(context)
    if Intent.COMPLAINT in context.reading.others:
        await open_case(context)
    return Reply(template=template, dialog=context.dialog, beside_a_person=True)


def _danger(context: Context) -> bool:
    return context.reading.danger is not None


ROUTER = Router(name="danger", routes=(Route(u.TextMessage, advise, (_danger,)),))
