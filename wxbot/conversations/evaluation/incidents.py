"""事故: a talk with something of level 3 or 4 (A0-32 … A0-36): who looks into it, by when, and the root cause."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from wxbot.actors import Actor
from wxbot.audit.actions import AuditAction
from wxbot.audit.service import AuditTrail
from wxbot.conversations.evaluation.measuring import EpisodeFigures
from wxbot.conversations.evaluation.scoring import VETO, WORST, Deduction, Mark, score
from wxbot.conversations.models import EpisodeId
from wxbot.errors import FieldErrors, NotFoundError, StaleError
from wxbot.history.models import ContactId
from wxbot.staff.models import AccountId

RATE = "desk:quality:rate"
DUE_IN = {VETO: timedelta(hours=48), WORST: timedelta(hours=24)}  # by the clock (A0-32)
SHORTEST_CAUSE = 10  # characters of a root cause: 不小心 explains nothing (A0-34)
LONGEST_CAUSE = 1_000


@dataclass(frozen=True, kw_only=True)
class Incident:
    """One per talk. `id` is the episode's."""

    id: EpisodeId
    contact_id: ContactId
    agent: AccountId | None  # whose talk it was
    level: int  # 3 or 4
    what: str
    line_id: str
    opened_at: datetime
    due_at: datetime
    owner: AccountId | None = None  # who looks into it
    owner_name: str = ""
    root_cause: str = ""
    measures: str = ""  # what is done so that it does not happen again
    settled_at: datetime | None = None
    settled_by_name: str = ""
    revision: int = 0

    @property
    def is_open(self) -> bool:
        """Whether somebody must still look into it."""
        return self.settled_at is None


class IncidentRows(Protocol):
    """Where incidents are kept. Implemented by stores/incidents.py."""

    async def insert(self, incident: Incident) -> bool:
        """Keep a new one; False when the talk has one."""
        ...

    async def replace(self, incident: Incident, revision: int) -> bool:
        """Keep it in place of that revision."""
        ...

    async def by_id(self, episode_id: EpisodeId) -> Incident | None:
        """The incident of that talk."""
        ...

    async def listed(self, *, settled: bool, limit: int) -> list[Incident]:
        """Open ones, what is due first in front; or settled ones, the latest first."""
        ...

    async def detach(self, contact_ids: Collection[ContactId]) -> int:
        """Take the contacts and every word about them off; how many were changed."""
        ...


class IncidentAlerts(Protocol):
    """Tells who leads on their own WeChat. Implemented by dangers/alerts.py."""

    async def tell_of_incident(
        self, incident_id: str, contact_id: ContactId, agent: AccountId | None, words: str, now: datetime
    ) -> int:
        """Once per incident, and not the one it is about; the number of new messages."""
        ...


class Incidents:
    """Use cases of incidents."""

    def __init__(self, rows: IncidentRows, *, audit: AuditTrail, alerts: IncidentAlerts) -> None:
        self._rows = rows
        self._audit = audit
        self._alerts = alerts

    async def open_for(self, figures: EpisodeFigures, marks: Sequence[Mark], now: datetime) -> Incident | None:
        """Open one when something of level 3 or 4 was found, once per talk; a worse finding raises its level.

        Of level 4 the clinic's leads are told at once, whoever said it (A0-33).
        """
        incident = await self._opened(figures, marks, now)
        if incident is not None and incident.is_open and incident.level >= WORST and incident.contact_id:
            await self._alerts.tell_of_incident(incident.id, incident.contact_id, incident.agent, incident.what, now)
        return incident

    async def _opened(self, figures: EpisodeFigures, marks: Sequence[Mark], now: datetime) -> Incident | None:
        worst = max(score(figures, marks).deductions, key=lambda each: each.level, default=None)
        if worst is None or worst.level < VETO:
            return None
        fresh = _incident(figures, worst, now)
        if await self._rows.insert(fresh):
            return fresh
        kept = await self._rows.by_id(figures.id)
        if kept is None or not kept.is_open or kept.level >= worst.level:
            return kept
        raised = replace(
            kept,
            level=worst.level,
            what=worst.name,
            line_id=worst.line_id,
            due_at=min(kept.due_at, fresh.due_at),
            revision=kept.revision + 1,
        )
        return raised if await self._rows.replace(raised, kept.revision) else kept

    async def listed(self, *, settled: bool = False, by: Actor, limit: int = 200) -> list[Incident]:
        """Open ones, what is due first in front; or settled ones, the latest first. Raises ForbiddenError."""
        by.must(RATE)
        return await self._rows.listed(settled=settled, limit=limit)

    async def one(self, episode_id: EpisodeId, *, by: Actor) -> Incident:
        """The incident of that talk. Raises ForbiddenError, NotFoundError."""
        by.must(RATE)
        kept = await self._rows.by_id(episode_id)
        if kept is None:
            raise NotFoundError("no such incident")
        return kept

    async def take(self, episode_id: EpisodeId, revision: int, *, by: Actor, now: datetime) -> Incident:
        """Look into it oneself. Raises ForbiddenError, NotFoundError, StaleError."""
        kept = await self._open(episode_id, revision, by)
        if kept.owner == by.id:
            return kept
        taken = replace(kept, owner=AccountId(by.id), owner_name=by.name, revision=kept.revision + 1)
        return await self._write(taken, kept, "接手事故", by, now)

    async def settle(  # noqa: PLR0913 - one fact each
        self, episode_id: EpisodeId, revision: int, *, root_cause: str, measures: str, by: Actor, now: datetime
    ) -> Incident:
        """Close it with its root cause (A0-34). Raises ForbiddenError, NotFoundError, StaleError, FieldErrors."""
        kept = await self._open(episode_id, revision, by)
        cause, done = root_cause.strip(), measures.strip()
        errors = {}
        if len(cause) < SHORTEST_CAUSE:
            errors["root_cause"] = f"请写清根本原因，至少 {SHORTEST_CAUSE} 个字"
        if not done:
            errors["measures"] = "请写明怎样避免再次发生"
        for name, text in (("root_cause", cause), ("measures", done)):
            if len(text) > LONGEST_CAUSE:
                errors[name] = f"最多 {LONGEST_CAUSE} 个字"
        if errors:
            raise FieldErrors(errors)
        settled = replace(
            kept,
            owner=kept.owner or AccountId(by.id),
            owner_name=kept.owner_name or by.name,
            root_cause=cause,
            measures=done,
            settled_at=now,
            settled_by_name=by.name,
            revision=kept.revision + 1,
        )
        return await self._write(settled, kept, "处理事故", by, now)

    async def erase(self, contact_id: ContactId) -> int:
        """Take a contact, and what was written about them, off their incidents; level, dates and people stay."""
        return await self._rows.detach([contact_id])

    async def _open(self, episode_id: EpisodeId, revision: int, by: Actor) -> Incident:
        kept = await self.one(episode_id, by=by)
        if kept.revision != revision or not kept.is_open:
            raise StaleError("the incident was changed meanwhile")
        return kept

    async def _write(self, fresh: Incident, before: Incident, summary: str, by: Actor, now: datetime) -> Incident:
        if not await self._rows.replace(fresh, before.revision):
            raise StaleError("the incident was changed meanwhile")
        subject = f"episode:{fresh.id}"
        await self._audit.record(AuditAction.CONVERSATION_RATED, subject, by=by, now=now, summary=summary)
        return fresh


def _incident(figures: EpisodeFigures, worst: Deduction, now: datetime) -> Incident:
    return Incident(
        id=figures.id,
        contact_id=figures.contact_id,
        agent=figures.owner,
        level=worst.level,
        what=worst.name,
        line_id=worst.line_id,
        opened_at=now,
        due_at=now + DUE_IN[worst.level],
    )
