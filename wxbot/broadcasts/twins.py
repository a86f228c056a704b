"""Twins of a broadcast: others with the same words, to some of the same people, within days (a form saved twice)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from wxbot.broadcasts.lifecycle import BroadcastLifecycle
from wxbot.broadcasts.models import Broadcast, BroadcastId, BroadcastState
from wxbot.broadcasts.store import BroadcastStore
from wxbot.templates.models import Template
from wxbot.templates.service import Templates

APART = timedelta(days=7)  # between the starts of two that reach the same people
MOST_COMPARED = 200  # the newest
WILL_ARRIVE = frozenset(
    {
        BroadcastState.APPROVED,
        BroadcastState.RUNNING,
        BroadcastState.PAUSED,
        BroadcastState.DONE,
    }
)


@dataclass(frozen=True, kw_only=True)
class Twin:
    """Another broadcast with the same words, and how many people would read them twice."""

    id: BroadcastId
    title: str
    state: BroadcastState
    starts_at: datetime
    people: int

    @property
    def arrives(self) -> bool:
        """It is approved or was sent: whoever approves the other one must say that they know."""
        return self.state in WILL_ARRIVE


class BroadcastTwins:
    """Finds the twins of a broadcast that was previewed."""

    def __init__(self, store: BroadcastStore, lifecycle: BroadcastLifecycle, templates: Templates) -> None:
        self._store = store
        self._lifecycle = lifecycle
        self._templates = templates

    async def of(self, broadcast: Broadcast) -> Sequence[Twin]:
        """The newest first; none of one without a preview. Cancelled ones reach nobody and are left out."""
        if broadcast.preview is None:
            return []
        words, start = self._words(broadcast), start_of(broadcast)
        alike = [
            (other, other.preview.run_id)
            for other in await self._store.newest(MOST_COMPARED)
            if other.preview is not None
            and other.id != broadcast.id
            and other.state is not BroadcastState.CANCELLED
            and abs(start_of(other) - start) <= APART
            and self._words(other) == words
        ]
        if not alike:
            return []
        people = await self._store.reached(broadcast.id, broadcast.preview.run_id)
        twins = [
            Twin(
                id=other.id,
                title=other.title,
                state=other.state,
                starts_at=start_of(other),
                people=len(people & await self._store.reached(other.id, run_id)),
            )
            for other, run_id in alike
        ]
        return [twin for twin in twins if twin.people]

    def _words(self, broadcast: Broadcast) -> str:
        """What an example patient reads, without blanks; of a template that is gone, its key and what was filled in."""
        template = self._template(broadcast.template)
        if template is None:
            return f"{broadcast.template} {sorted(broadcast.variables.items())}"
        return "".join(self._lifecycle.example(template, broadcast.variables).text.split())

    def _template(self, key: str) -> Template | None:
        return self._templates.get(key) if key in self._templates.keys else None


def start_of(broadcast: Broadcast) -> datetime:
    """When its first message left or would leave."""
    return broadcast.slots_from or broadcast.starts_at or broadcast.created_at
