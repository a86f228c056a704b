"""What a patient says after a care message goes to a person: the message has promised so (A4-46, A2-74)."""

from datetime import timedelta

from handlers.handoff import call_a_person
from wxbot.dispatch.context import Context, Reply

ANSWERS_COUNT_FOR = timedelta(days=7)  # later words are about something else
ALL_IS_WELL = frozenset({"挺好", "挺好的", "很好", "都好", "一切都好", "都挺好", "好多了", "没事", "没问题"})


async def answer_to_care(context: Context) -> Reply | None:
    """The reply to words or pictures that follow a care message; None when none was sent lately.

    One task a day and patient, however many messages they write. Good news needs no task, only thanks.
    """
    cared_at = await context.services.outbox.rights.cared_for(context.contact.id)
    if cared_at is None or context.now - cared_at > ANSWERS_COUNT_FOR:
        return None
    if context.words in ALL_IS_WELL:
        return Reply(template="care.good_news", dialog=context.dialog)
    day = context.now.astimezone(context.services.clinic.timezone).date()
    await call_a_person(
        context,
        "患者回复了诊后关怀消息，请查看对话，今天内联系患者。",
        key=f"care_answer:{context.contact.id}:{day.isoformat()}",
    )
    return Reply(template="care.answer_passed_on", dialog=context.dialog)
