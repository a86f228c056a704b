"""转人工: a person is asked to answer a patient."""

from wxbot.clinic.weekly_hours import weekly_hours
from wxbot.dispatch.context import Context, Reply
from wxbot.followups.models import FollowUpKind


async def call_human(context: Context) -> Reply:
    """Call a person because the patient asked for one. The answer promises only opening hours and a telephone."""
    await call_a_person(context, "患者请求人工服务，请查看对话并回复。")
    return Reply(template="human.called", variables={"hours": weekly_hours(context.services.clinic)})


async def call_a_person(context: Context, reason: str, *, key: str | None = None) -> None:
    """Open the task for staff, due now; `reason` is in their words. Once per update, or per `key` when given.

    While one for the same reason is open, further updates of the patient are counted there.
    """
    await context.services.followups.open(
        key=key or f"handoff:{context.update.key}",
        kind=FollowUpKind.HANDOFF,
        reason=reason,
        contact_id=context.contact.id,
        patient_id=None,
        due_at=context.now,
        now=context.now,
        topic=reason,
    )
