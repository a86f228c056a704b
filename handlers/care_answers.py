"""What a patient says after a care message goes to a person: the message has promised so (A4-46, A2-74).

Good news is thanked, whenever it comes; only a message that holds nothing else is good news.
"""

from handlers.care_questions import ANSWERS_COUNT_FOR, note_answer
from handlers.handoff import call_a_person
from handlers.matching import answers_question
from wxbot.conversations.models import Cause
from wxbot.dispatch.context import Context, Reply
from wxbot.dispatch.router import Route, Router
from wxbot.dispatch.updates import TextMessage
from wxbot.understanding.models import Intent


async def answer_to_care(context: Context) -> Reply | None:
    """The reply to words or pictures that follow a care message; None when none was sent lately, or they are blocked.

    One task a day and patient, however many messages they write, with their words.
    """
    cared_at = await context.services.outbox.rights.cared_for(context.contact.id)
    if context.kept_from_people or cared_at is None or context.now - cared_at > ANSWERS_COUNT_FOR:
        return None
    await note_answer(context)
    day = context.now.astimezone(context.services.clinic.timezone).date()
    await call_a_person(
        context,
        "患者回复了诊后关怀消息，请查看对话，今天内联系患者。",
        Cause.REQUEST,
        key=f"care_answer:{context.contact.id}:{day.isoformat()}",
        topic="care_answer",
    )
    return Reply(template="care.answer_passed_on", dialog=context.dialog)


async def thank_for_good_news(context: Context) -> Reply:
    """Good news needs no task and no warning, only thanks."""
    return Reply(template="care.good_news", dialog=context.dialog)


def _is_good_news(context: Context) -> bool:
    return context.reading.intent is Intent.GOOD_NEWS and not answers_question(context)


ROUTER = Router(name="care_answers", routes=(Route(TextMessage, thank_for_good_news, (_is_good_news,)),))
