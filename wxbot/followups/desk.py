"""What staff do with follow-ups in the console. Each use case takes who acts; closing leaves a trace in the audit."""

from datetime import datetime

from wxbot.actors import Actor
from wxbot.audit.service import AuditTrail
from wxbot.followups.models import FollowUp, FollowUpId, FollowUpKind
from wxbot.followups.service import FollowUps
from wxbot.followups.store import FollowUpStore, Position

READ, CLOSE = "followups:task:read", "followups:task:close"
LISTED = 50  # on one page

KIND_NAMES = {FollowUpKind.PHONE: "打电话", FollowUpKind.HANDOFF: "请求人工", FollowUpKind.CHECK: "需要核实"}


class FollowUpDesk:
    """待办回访: the list, and closing what is done."""

    def __init__(self, store: FollowUpStore, *, followups: FollowUps, audit: AuditTrail) -> None:
        self._store = store
        self._followups = followups
        self._audit = audit

    async def open_ones(
        self,
        *,
        by: Actor,
        kind: FollowUpKind | None = None,
        prefix: str = "",
        after: Position | None = None,
        limit: int = LISTED,
    ) -> list[FollowUp]:
        """What is to be done, the most urgent first, behind `after`; of one kind, or of one cause, where asked.

        `prefix` is the beginning of the key, e.g. `phone:broadcast/<id>/`. Raises ForbiddenError.
        """
        by.must(READ)
        if prefix:
            return await self._store.of_cause(prefix, limit=limit)
        return await self._store.open_page(kind=kind, after=after, limit=limit)

    async def close(self, followup_id: FollowUpId, outcome: str, *, by: Actor, now: datetime) -> FollowUp:
        """Note that it is done, and what came of it.

        Raises ForbiddenError, NotFoundError, StaleError (closed already) and InvalidInputError (no outcome).
        """
        by.must(CLOSE)
        closed = await self._followups.close(followup_id, outcome, by=by.by, now=now)
        subject = f"patient:{closed.patient_id}" if closed.patient_id is not None else f"followup:{closed.id}"
        summary = f"完成待办（{KIND_NAMES[closed.kind]}）"
        await self._audit.record("followup:closed", subject, by=by, now=now, summary=summary)
        return closed
