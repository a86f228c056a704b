"""What a person must read: a follow-up that quotes the patient's own words."""

from wxbot.dispatch.context import Context
from wxbot.dispatch.updates import TextMessage
from wxbot.followups.models import FollowUpKind, PatientWords


async def pass_on(context: Context, reason: str, *, key: str, topic: str = "") -> None:
    """Open a follow-up, due now, once per `key`; `reason` is in words that staff understand.

    With a `topic` further causes are counted while the first is open.
    """
    update = context.update
    words: tuple[PatientWords, ...] = ()
    if isinstance(update, TextMessage):
        words = (PatientWords(at=context.now, text=update.text, line_id=update.key),)
    await context.services.followups.open(
        key=key,
        kind=FollowUpKind.HANDOFF,
        reason=reason,
        contact_id=context.contact.id,
        patient_id=None,
        due_at=context.now,
        now=context.now,
        topic=topic,
        words=words,
    )
