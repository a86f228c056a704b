"""What is wrong after each write on an episode, in the order of the writes."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from wxbot.conversations.escalation.ladder import waits
from wxbot.conversations.hours.clocks import BusinessTime
from wxbot.conversations.models import Episode, EpisodeId, EpisodeState
from wxbot.conversations.rules import DeskRules
from wxbot.database import Database, Mapper

A_RUN = timedelta(seconds=8)  # what came back to the queue so lately may not have been seen by the run that offered
RUNG_SECONDS = 30.0  # within which a rung that is due is fired, although processes are killed; by the machine's clock

Rung = tuple[EpisodeId, datetime, str]  # episode, since when the patient waits, name


@dataclass
class Watch:
    """Every write on an episode, in order, and what was wrong after it."""

    rules: DeskRules
    time: BusinessTime
    now: Callable[[], datetime]
    episodes: dict[str, Episode] = field(default_factory=dict)
    queued_at: dict[str, float] = field(default_factory=dict)  # since when it waits without an offer, by monotonic()
    wrong: list[str] = field(default_factory=list)
    offers: int = 0
    longest: int = 0  # how many waited at once
    fired: Counter[Rung] = field(default_factory=Counter)
    overdue: dict[Rung, float] = field(default_factory=dict)  # since when it is due and not fired, by monotonic()
    slowest: float = 0.0  # seconds from due to fired
    writes: int = 0
    ready: asyncio.Event = field(default_factory=asyncio.Event)

    async def follow(self, database: Database) -> None:
        """Take every write as it is made."""
        mapper, rows = Mapper(Episode), database.collection("episodes")
        async with rows.watch(full_document="updateLookup") as changes:
            self.ready.set()
            async for change in changes:
                document: dict[str, Any] | None = change.get("fullDocument")
                if change["operationType"] in {"insert", "replace"} and document is not None:
                    self.write(mapper.thing(document))

    def write(self, episode: Episode) -> None:
        """Take one."""
        before = self.episodes.get(episode.id)
        self.episodes[episode.id] = episode
        self.writes += 1
        if episode.state is EpisodeState.WAITING and episode.offer is None:
            self.queued_at.setdefault(episode.id, monotonic())
            self.longest = max(self.longest, len(self.queued_at))
        else:
            self.queued_at.pop(episode.id, None)
        if episode.offer is not None and (before is None or before.offer != episode.offer):
            self.offers += 1
            if episode.offer.handed_over_by is None:
                self._fair(episode)
        self._rungs(before, episode)
        self._in_a_list(episode)
        self._alone(episode)
        self._within_capacity()

    def _fair(self, episode: Episode) -> None:
        assert episode.offer is not None
        for each in self.episodes.values():
            older = each.priority <= episode.priority and (each.waiting_since or each.latest_at) < (
                episode.waiting_since or episode.latest_at
            )
            long = monotonic() - self.queued_at.get(each.id, monotonic()) > A_RUN.total_seconds()
            could = episode.offer.to not in each.passed_over and (
                each.passed_at is None or episode.offer.made_at - each.passed_at >= A_RUN
            )
            if older and long and could:
                self.wrong.append(f"{episode.id} overtakes {each.id}")

    def _rungs(self, before: Episode | None, episode: Episode) -> None:
        known = before.rungs if before is not None and before.waiting_since == episode.waiting_since else ()
        if episode.waiting_since is not None:
            for name in episode.rungs:
                if name in known:
                    continue
                rung = (episode.id, episode.waiting_since, name)
                self.fired[rung] += 1
                self.slowest = max(self.slowest, monotonic() - self.overdue.pop(rung, monotonic()))
        for rung in [each for each in self.overdue if each[0] == episode.id and each[1] != episode.waiting_since]:
            del self.overdue[rung]

    def look_at_rungs(self) -> None:
        """What is due and was not fired; to be called often."""
        now = self.now()
        for each in self.episodes.values():
            for since, rung in waits(each, self.rules):
                if since != each.waiting_since or rung.name in each.rungs:
                    continue
                at = self.time.after(since, rung.after)
                if at is None or at > now:
                    continue
                since_then = monotonic() - self.overdue.setdefault((each.id, since, rung.name), monotonic())
                if since_then > RUNG_SECONDS:
                    self.wrong.append(f"{each.id}: rung {rung.name} was due at {at} and is not fired")
                    self.overdue[each.id, since, rung.name] = monotonic()

    def _in_a_list(self, episode: Episode) -> None:
        waiting = episode.state is EpisodeState.WAITING and episode.owner is None and episode.waiting_since is not None
        owned = episode.with_a_person and episode.owner is not None
        if episode.is_open and not waiting and not owned:
            self.wrong.append(f"{episode.id} is in no list")

    def _alone(self, episode: Episode) -> None:
        if episode.is_open and any(
            each.is_open and each.contact_id == episode.contact_id and each.id != episode.id
            for each in self.episodes.values()
        ):
            self.wrong.append(f"{episode.contact_id} has two open episodes")

    def _within_capacity(self) -> None:
        held = Counter(who for each in self.episodes.values() for who in each.holders for _ in range(each.effort))
        self.wrong += [f"{who} holds {units}" for who, units in held.items() if units > self.rules.capacity]

    def faults(self) -> list[str]:
        """What was wrong."""
        twice = [f"rung {rung} was fired {times} times" for rung, times in self.fired.items() if times > 1]
        return [*dict.fromkeys(self.wrong), *twice]

    def by_rung(self) -> dict[str, int]:
        """How many were fired, by name."""
        counts: dict[str, int] = defaultdict(int)
        for _, _, name in self.fired:
            counts[name] += 1
        return dict(counts)
