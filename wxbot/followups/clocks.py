"""What must be done within hours, and who is told when it was not: complaints, first visits, aftercare."""

from datetime import datetime, timedelta

from wxbot.followups.models import CALLED, FollowUp, FollowUpChange, FollowUpKind
from wxbot.followups.ports import Heads
from wxbot.followups.rules import FollowUpRules
from wxbot.followups.stores.clocks import ClockStore

AT_ONCE = 100  # in one run; the next goes on
LONGEST_BACK = timedelta(days=14)  # a clock that ran out before that was told of, or nobody waits for it any more


def deadline(task: FollowUp, rules: FollowUpRules) -> datetime | None:
    """Until when a follow-up must be done, counted from its opening; None where no clock runs (A4-41, A4-44, A4-45)."""
    if task.kind not in CALLED and not task.script:
        return None
    clock = rules.script_of(task).clock
    return task.opened_at + rules.hours[clock] if clock is not None else None


class Clocks:
    """Escalates what was not done in time. Nothing is scheduled: what is late follows from what is open."""

    def __init__(self, store: ClockStore, *, heads: Heads, rules: FollowUpRules) -> None:
        self._store = store
        self._heads = heads
        self._rules = rules

    async def run(self, now: datetime) -> int:
        """Tell the heads once of each follow-up whose time is over, and make it urgent; the number."""
        shortest = min(self._rules.hours.values())
        clocked = [each.key for each in self._rules.scripts if each.clock is not None]
        kinds = [FollowUpKind.COMPLAINT]
        found = await self._store.may_be_late(clocked, kinds, now - LONGEST_BACK, now - shortest, AT_ONCE)
        told = 0
        for task in found:
            until = deadline(task, self._rules)
            if until is None or until > now:
                continue
            words = f"{self._rules.script_of(task).name}超过 {_hours(until - task.opened_at)} 小时没有完成，已报告主管"
            if await self._store.escalate(task.id, FollowUpChange(at=now, by="system", cause=words), now):
                await self._heads.tell_of_overdue(task, words, now)
                told += 1
        return told


def _hours(span: timedelta) -> int:
    return int(span.total_seconds() // 3600)
