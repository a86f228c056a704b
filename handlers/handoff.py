"""转人工: a person is asked to answer a patient."""

from wxbot.dispatch.context import Context
from wxbot.followups.models import FollowUpKind


async def call_a_person(context: Context, reason: str, *, key: str | None = None) -> None:
    """Open the task for staff, due now; `reason` is in their words. Once per update, or per `key` when given."""
    await context.services.followups.open(
        key=key or f"handoff:{context.update.key}",
        kind=FollowUpKind.HANDOFF,
        reason=reason,
        contact_id=context.contact.id,
        patient_id=None,
        due_at=context.now,
        now=context.now,
    )
