"""Use cases of the daily checklist (A4-48, A4-49, A4-50, A4-54) and its month (A4-12)."""

from datetime import date, datetime, timedelta

from wxbot.actors import Actor
from wxbot.audit.actions import AuditAction
from wxbot.audit.service import AuditTrail
from wxbot.clinic.ports import LiveClinic
from wxbot.errors import NotFoundError
from wxbot.reception.checklist import MonthScore, month_score
from wxbot.reception.front_desk_figures import READ
from wxbot.reception.models import DayChecklist, Tick
from wxbot.reception.rules import ReceptionRules
from wxbot.reception.stores.checklists import ChecklistStore
from wxbot.visits.confirming import spans_of
from wxbot.visits.rules import found

TICK = "reception:checklist:tick"


class Checklists:
    """Each use case raises ForbiddenError."""

    def __init__(self, store: ChecklistStore, *, clinics: LiveClinic, audit: AuditTrail, rules: ReceptionRules) -> None:
        self._store = store
        self._clinics = clinics
        self._audit = audit
        self._rules = rules

    async def of(self, day: date, *, by: Actor) -> DayChecklist:
        """The checklist of a local day."""
        by.must(TICK)
        return (await self._store.between(day, day)).get(day.isoformat(), DayChecklist(id=day.isoformat()))

    async def tick(self, key: str, *, done: bool, by: Actor, now: datetime) -> bool:
        """Tick something of today, or take the tick back; whether anything changed. The first tick stays.

        Raises NotFoundError for what is not on the list.
        """
        by.must(TICK)
        item = found(self._rules.checklist, key)
        if item is None:
            raise NotFoundError(f"checklist item {key}")
        today = now.astimezone(self._clinics.current.timezone).date()
        if done:
            changed = await self._store.tick(today, key, Tick(at=now, by=by.by))
        else:
            changed = await self._store.untick(today, key)
        if changed:
            action = AuditAction.CHECKLIST_TICKED if done else AuditAction.CHECKLIST_UNTICKED
            await self._audit.record(action, f"checklist:{today.isoformat()}", by=by, now=now, summary=item.name)
        return changed

    async def month(self, day: date, *, by: Actor, now: datetime) -> MonthScore:
        """The score of the month in which a day lies, up to today, over the days on which anybody receives."""
        by.must(READ)
        clinic = self._clinics.current
        today = now.astimezone(clinic.timezone).date()
        first = day.replace(day=1)
        span = [first + timedelta(days=number) for number in range(31)]
        days = [each for each in span if each.month == first.month and each <= today and spans_of(clinic, each)]
        ticked = await self._store.between(span[0], span[-1])
        return month_score(days, ticked, self._rules.checklist, self._rules.checklist_goal)
