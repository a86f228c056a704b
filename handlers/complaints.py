"""A complaint: an apology without defence, and a case that somebody settles within 48 hours (A4-44)."""

from datetime import timedelta

from handlers.consent import heed
from handlers.handoff import open_episode, patient_words
from wxbot.conversations.models import Cause, Priority
from wxbot.dispatch import updates as u
from wxbot.dispatch.context import Context, Reply
from wxbot.dispatch.router import Route, Router
from wxbot.followups.models import FollowUpKind
from wxbot.understanding.models import Intent

TOPIC = "complaint"  # one case per contact while it is open
SETTLED_WITHIN = timedelta(hours=48)
REASON = "患者投诉，请负责人在 48 小时内致电处理，并写明结果。"


async def note(context: Context) -> Reply | None:
    """An apology, and who calls by when. A dialogue in progress stays where it is; a refusal beside it counts too.

    A colleague who has the chat apologises themselves; a refusal is confirmed all the same.
    """
    new = await open_case(context)
    template = "complaint.noted" if new else "complaint.again"
    await heed(context)
    if Intent.STOP in {context.reading.intent, *context.reading.others}:
        template = "complaint.noted_and_stopped"
        return Reply(template=template, dialog=context.dialog, beside_a_person=True)
    return None if context.with_a_person else Reply(template=template, dialog=context.dialog)


async def open_case(context: Context) -> bool:
    """Open the case, or add to the one that is open; whether it is a new one."""
    key = f"complaint:{context.update.key}"
    case = await context.services.followups.open(
        key=key,
        kind=FollowUpKind.COMPLAINT,
        reason=REASON,
        contact_id=context.contact.id,
        patient_id=None,
        due_at=context.now + SETTLED_WITHIN,
        now=context.now,
        topic=TOPIC,
        urgent=True,
        words=patient_words(context),
    )
    await open_episode(context, Cause.COMPLAINT, REASON, followup_id=case.id, priority=Priority.URGENT)
    return case.key == key


def _complains(context: Context) -> bool:
    reading = context.reading
    return Intent.COMPLAINT in {reading.intent, *reading.others} and not reading.doubtful_stop


ROUTER = Router(name="complaints", routes=(Route(u.TextMessage, note, (_complains,)),))
