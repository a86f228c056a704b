"""What the use cases of the desk share: reading an episode, changing it once, writing down what was done."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime

from wxbot.actors import SYSTEM, Actor
from wxbot.audit.actions import AuditAction
from wxbot.audit.service import AuditTrail
from wxbot.clock import Clock
from wxbot.conversations.episodes.store import AgentStore
from wxbot.conversations.hours.clocks import DeskTime
from wxbot.conversations.models import Episode, EpisodeId
from wxbot.conversations.ports import (
    AfterTalk,
    ContactMarks,
    Duty,
    HandoffTasks,
    NothingAfterwards,
    StaffNames,
    Supervisors,
)
from wxbot.conversations.rules import DeskRules
from wxbot.conversations.states import SUPERVISE
from wxbot.conversations.store import EpisodeStore
from wxbot.errors import DomainError, FieldErrors, NotFoundError, StaleError
from wxbot.followups.models import FollowUpId
from wxbot.history.models import Interaction, Kind
from wxbot.history.service import History
from wxbot.logs import get_logger
from wxbot.workflow import NotNowError

log = get_logger(__name__)

MOST_RACES = 20  # tries to write one change while others write; each loss is another's success
QUICKER = "同事刚刚先处理了这个会话，请看看最新情况。"
MOST_REASON = 200  # characters
MOST_OUTCOME = 500  # characters of a task's outcome (followups/service.py)

Change = Callable[[Episode], Awaitable[Episode]]


@dataclass(frozen=True, kw_only=True)
class DeskParts:
    """What the desk works with."""

    episodes: EpisodeStore
    agents: AgentStore
    history: History
    audit: AuditTrail
    names: StaffNames
    tasks: HandoffTasks
    contacts: ContactMarks
    duty: Duty
    supervisors: Supervisors
    times: DeskTime
    rules: DeskRules
    clock: Clock
    after_talk: AfterTalk = field(default_factory=NothingAfterwards)


class DeskBase:
    """Reading and changing episodes."""

    def __init__(self, parts: DeskParts) -> None:
        self._parts = parts
        self._episodes = parts.episodes
        self._agents = parts.agents
        self._rules = parts.rules

    async def _episode(self, episode_id: EpisodeId) -> Episode:
        found = await self._episodes.by_id(episode_id)
        if found is None:
            raise NotFoundError("no such episode")
        return found

    async def _change(self, episode_id: EpisodeId, change: Change) -> tuple[Episode, Episode]:
        """The episode before and after; the change is made anew on what others wrote meanwhile.

        Raises what `change` raises; StaleError for what became impossible while it was tried.
        """
        for attempt in range(MOST_RACES):
            before = await self._episode(episode_id)
            try:
                after = await change(before)
            except NotNowError as error:
                if attempt:
                    raise StaleError("somebody was quicker", sentence=QUICKER) from error
                raise
            if after is before:
                return before, before
            kept = await self._episodes.replace(before, after)
            if kept is not None:
                return before, kept
        raise StaleError("the episode never stood still")

    def _rung_at(self, since: datetime) -> datetime | None:
        """When the first rung of a wait since then is due."""
        first = min((each.after for each in self._rules.ladder), default=None)
        return None if first is None else self._parts.times.current.after(since, first)

    def _owned(self, episode: Episode, by: Actor) -> None:
        """Refuse what somebody wants to do with a colleague's. Raises NotNowError."""
        theirs = episode.owner is None or episode.owner == by.id
        if not theirs and by.is_staff and not by.may(SUPERVISE):
            raise NotNowError("这个会话由同事接待。需要时请对方转给您，或请主管接管。")

    async def _name(self, account_id: str | None) -> str:
        if not account_id:
            return ""
        return (await self._parts.names.names([account_id])).get(account_id, "已停用的同事")

    async def _note(self, episode: Episode, kind: Kind, text: str, *, what: str, by: str, now: datetime) -> None:  # noqa: PLR0913
        """A line of the transcript; the same one once."""
        await self._parts.history.append(
            Interaction(
                id=f"episode:{episode.id}:{what}",
                at=now,
                kind=kind,
                contact_id=episode.contact_id,
                by=by,
                text=text,
                payload={"cause": episode.cause.value},
                ref=episode.id,
            )
        )

    async def _note_opened(self, episode: Episode) -> None:
        text = episode.reason or episode.cause.label
        await self._note(
            episode,
            Kind.CONVERSATION_OPENED,
            text,
            what="opened",
            by=episode.opened_by,
            now=episode.opened_at,
        )

    async def _note_taken(self, episode: Episode, by: Actor, now: datetime) -> None:
        who = by.name if episode.owner == by.id else await self._name(episode.owner)
        await self._note(episode, Kind.CONVERSATION_TAKEN, who, what=f"taken:{episode.revision}", by=by.by, now=now)

    async def _note_moved(self, episode: Episode, text: str, by: str, now: datetime) -> None:
        await self._note(
            episode,
            Kind.CONVERSATION_HANDED_OVER,
            text,
            what=f"handed_over:{episode.revision}",
            by=by,
            now=now,
        )

    async def _finish(self, episode: Episode, now: datetime, *, by: Actor = SYSTEM) -> None:
        """What follows from a close, once: its tasks are closed and its line is written. May be repeated."""
        ending = episode.ending
        if ending is None:
            return
        text = f"{ending.kind.label}：{episode.outcome}" if episode.outcome else ending.kind.label
        for each in episode.handoffs:
            try:
                if ending.by == "patient":
                    await self._parts.tasks.withdraw(FollowUpId(each), now)
                else:
                    await self._parts.tasks.close(FollowUpId(each), text[:MOST_OUTCOME], by=by, now=now)
            except (NotFoundError, StaleError):
                continue  # closed by hand, or by an earlier attempt
        await self._note(
            episode,
            Kind.CONVERSATION_CLOSED,
            text,
            what="closed",
            by=ending.by,
            now=episode.closed_at or now,
        )
        try:
            await self._parts.after_talk.ask(episode, now)
        except DomainError as error:  # the talk has ended all the same
            log.warning("survey_not_asked", episode=episode.id, code=error.code)
        await self._episodes.finished(episode.id)

    async def _record(  # noqa: PLR0913 - what an entry consists of
        self,
        action: AuditAction,
        episode: Episode,
        by: Actor,
        now: datetime,
        summary: str,
        *,
        reason: str = "",
        owner: tuple[str, str] | None = None,
    ) -> None:
        changed = {"接待": owner} if owner is not None else None
        await self._parts.audit.record(
            action, f"episode:{episode.id}", by=by, now=now, summary=summary, changes=changed, reason=reason
        )


def checked_reason(text: str, *, needed: bool = False) -> str:
    """The reason as it is kept. Raises FieldErrors when one is needed and missing, or it is too long."""
    words = text.strip()
    if needed and not words:
        raise FieldErrors({"reason": "请写一句原因。"})
    if len(words) > MOST_REASON:
        raise FieldErrors({"reason": f"原因请写在 {MOST_REASON} 字以内。"})
    return words
