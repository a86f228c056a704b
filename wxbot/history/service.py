"""Use cases of the transcript."""

from collections.abc import AsyncIterator, Awaitable, Collection, Mapping, Sequence
from datetime import datetime

from wxbot.group_commit import GroupCommit
from wxbot.history.kinds import RULES, Erasure
from wxbot.history.models import (
    ContactId,
    Interaction,
    PatientId,
    Position,
    TimelineCursor,
    TimelineFilter,
    TimelinePage,
)
from wxbot.history.ports import LineIndex
from wxbot.history.store import HistoryStore, newest_first

EVERYTHING = TimelineFilter()


class History:
    """The transcript. Appending is durable when the call returns and cheap in company."""

    def __init__(self, store: HistoryStore, index: LineIndex | None = None) -> None:
        """`index` is told of every line that was appended."""
        self._store = store
        self._index = index
        self._appends: GroupCommit[Sequence[Interaction], None] = GroupCommit(self._append_groups)

    def append(self, *interactions: Interaction) -> Awaitable[None]:
        """Write lines down; a line whose id is already there is left as it is."""
        return self._appends.add(interactions)

    async def line(self, interaction_id: str) -> Interaction | None:
        """One line by its id."""
        found = await self._store.by_ids([interaction_id])
        return found[0] if found else None

    async def timeline(
        self, contact_id: ContactId, *, before: datetime | None = None, limit: int = 100
    ) -> list[Interaction]:
        """A contact's story, newest first."""
        return await self._store.timeline(contact_id, before=before, limit=limit)

    async def heard(self, contact_ids: Collection[ContactId], since: datetime) -> Mapping[ContactId, datetime]:
        """When each of those contacts was last heard after that moment: wrote, sent, tapped; one query."""
        return await self._store.heard(contact_ids, since) if contact_ids else {}

    async def thread(
        self, contact_id: ContactId, *, before: Position | None = None, since: datetime | None = None, limit: int = 50
    ) -> tuple[list[Interaction], Position | None]:
        """A contact's lines, oldest first: the newest, those before a position, those not before a moment.

        Also the position before which the next page begins; None when nothing is older.
        """
        lines, more = await self._store.thread(contact_id, before=before, since=since, limit=limit)
        return lines[::-1], newest_first(lines[-1]) if more else None

    async def timeline_page(
        self,
        patient_ids: Collection[PatientId],
        contact_ids: Collection[ContactId],
        *,
        before: TimelineCursor | None = None,
        narrowed: TimelineFilter = EVERYTHING,
        limit: int = 50,
    ) -> TimelinePage:
        """A person's timeline: lines about those patients, and of those contacts where about no other patient."""
        lines = await self._store.timeline_page(
            patient_ids, contact_ids, before=before, narrowed=narrowed, limit=limit + 1
        )
        shown = tuple(lines[:limit])
        if len(lines) <= limit:
            return TimelinePage(lines=shown, older=None)
        last = shown[-1].at
        again = before.shown if before is not None and before.at == last else ()
        here = tuple(line.id for line in shown if line.at == last)
        return TimelinePage(lines=shown, older=TimelineCursor(at=last, shown=(*again, *here)))

    async def patients_with_lines(self, patient_ids: Collection[PatientId]) -> set[PatientId]:
        """Those of the patients whom any line is about."""
        return await self._store.patients_with_lines(patient_ids)

    def between(self, start: datetime, end: datetime) -> AsyncIterator[Interaction]:
        """Everything that happened from `start` up to `end`, oldest first."""
        return self._store.between(start, end)

    async def erase(self, contact_id: ContactId) -> int:
        """Erase a contact's lines by each kind's rule; the number of lines touched."""
        by_rule = {rule: [kind for kind, entry in RULES.items() if entry.erasure is rule] for rule in Erasure}
        deleted = await self._store.delete(contact_id, by_rule[Erasure.DELETE])
        detached = await self._store.detach(contact_id, by_rule[Erasure.DETACH])
        if self._index is not None:
            await self._index.erase(contact_id)
        return deleted + detached

    async def _append_groups(self, groups: Sequence[Sequence[Interaction]]) -> Sequence[Exception | None]:
        lines = [line for group in groups for line in group]
        if lines:
            await self._store.insert(lines)
            if self._index is not None:
                self._index.note(lines)
        return [None] * len(groups)
