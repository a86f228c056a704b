"""What the clock does with the queue: offers what waits, moves on what was missed, takes back what nobody answers."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from wxbot.actors import SYSTEM
from wxbot.audit.actions import AuditAction
from wxbot.conversations.episodes import assignment, changes
from wxbot.conversations.episodes.handling import Handling
from wxbot.conversations.episodes.visibility import Unseen, unseen
from wxbot.conversations.escalation.ladder import LOST
from wxbot.conversations.models import Agent, AgentStatus, Episode, EpisodeId, EpisodeState, Offer
from wxbot.database import ConnectionFailure
from wxbot.errors import NotFoundError, StaleError
from wxbot.logs import get_logger
from wxbot.staff.models import AccountId
from wxbot.workflow import NotNowError

log = get_logger(__name__)

MOST_AT_ONCE = 500  # episodes looked at in one run; the next one is a second away
MOST_PLANS = 5  # in one run, where others change what was planned on
FINISH_AFTER = timedelta(seconds=10)  # a close that is not finished by then: its process is gone


class Assigning(Handling):
    """The part of the desk that runs each second, in every process: every change is a conditional write."""

    async def assign(self, now: datetime) -> int:
        """Offer what waits, move on what was missed, take back what its owner does not answer; the number of moves."""
        agents = await self._agents.agents()
        offered = await self._episodes.offered(MOST_AT_ONCE)
        moves = await self._each(offered, lambda each: self._look_at_offer(each, agents, now))
        answering = await self._episodes.answering(now - self._rules.silent_after, MOST_AT_ONCE)
        moves += await self._each(answering, lambda each: self._look_at_owner(each, agents, now))
        half_closed = await self._episodes.half_closed(now - FINISH_AFTER, MOST_AT_ONCE)
        moves += await self._each(half_closed, lambda each: self._go_on_closing(each, now))
        return moves + await self._offer_what_waits(now)

    async def _each(self, episodes: Sequence[Episode], act: Callable[[Episode], Awaitable[int]]) -> int:
        """The moves made; what goes wrong with one keeps no other waiting, and is tried again at the next run."""
        moves = 0
        for episode in episodes:
            try:
                moves += await act(episode)
            except ConnectionFailure:
                raise
            except Exception:
                log.exception("desk_move_failed", episode=episode.id)
        return moves

    async def _go_on_closing(self, episode: Episode, now: datetime) -> int:
        await self._finish(episode, now)
        return 1

    def _alive_since(self) -> datetime:
        return self._parts.clock.machine_now() - self._rules.presence

    # -- offers that are out -------------------------------------------------------------------------------

    async def _look_at_offer(self, episode: Episode, agents: dict[AccountId, Agent], now: datetime) -> int:
        offer = episode.offer
        if offer is None:
            return 0
        missed = offer.until <= now
        if not missed and self._may_still_take(offer, agents.get(offer.to)):
            return 0

        async def change(before: Episode) -> Episode:
            return await self._moved_on(before, now) if before.offer == offer else before

        try:
            before, after = await self._change(episode.id, change)
        except (NotNowError, StaleError, NotFoundError):
            return 0  # it was taken at this moment
        if after is before:
            return 0
        if offer.handed_over_by is not None:
            who = await self._name(offer.to)
            await self._note_moved(after, f"{who}没有接，退回", SYSTEM.by, now)
        if missed:
            await self._missed(offer.to, after, now)
        return 1

    def _may_still_take(self, offer: Offer, agent: Agent | None) -> bool:
        if agent is None or agent.status is AgentStatus.AWAY or agent.in_training:
            return False
        return offer.handed_over_by is not None or assignment.ready(agent, self._alive_since())

    async def _missed(self, account_id: AccountId, episode: Episode, now: datetime) -> None:
        """Two in a row make a 小休, which supervisors are told of."""
        missing = Agent(account_id=account_id, capacity=self._rules.capacity)
        agent = await self._agents.missed(missing, self._rules.pause_after_missed, now)
        if agent.status is AgentStatus.PAUSED and agent.status_since == now:
            log.info("agent_paused", account=account_id, missed=agent.missed_offers)
            words = f"{await self._name(account_id)}连续 {agent.missed_offers} 次没有接，已转为小休，这位患者还在等"
            await self._parts.supervisors.tell(episode, f"paused/{account_id}", words, now)

    # -- owners who fell silent ----------------------------------------------------------------------------

    async def _look_at_owner(self, episode: Episode, agents: dict[AccountId, Agent], now: datetime) -> int:
        owner = episode.owner
        if owner is None or not self._silent(episode, agents.get(owner), now):
            return 0

        async def change(before: Episode) -> Episode:
            if before.owner != owner or not self._silent(before, agents.get(owner), now):
                return before
            after = changes.released(before, by=SYSTEM, past=owner, rung_at=self._rung_at(now), now=now)
            return replace(after, rungs=(*(each for each in after.rungs if each != LOST), LOST))

        try:
            before, after = await self._change(episode.id, change)
        except (NotNowError, StaleError, NotFoundError):
            return 0
        if after is before:
            return 0
        seconds = int(self._rules.silent_after.total_seconds())
        name = await self._name(owner)
        await self._note_moved(after, f"{name} {seconds} 秒没有回复，放回待回复", SYSTEM.by, now)
        words = f"{name}没有回复，已放回待回复：{after.preview or after.reason}"
        await self._parts.supervisors.tell(after, f"{LOST}/{owner}", words, now)
        await self._missed(owner, after, now)
        return 1

    def _silent(self, episode: Episode, agent: Agent | None, now: datetime) -> bool:
        """Taken and never answered since, or nobody is at the owner's console while the patient waits; by the clock."""
        if episode.owner_since is None or episode.waiting_since is None:
            return False
        since = max(episode.owner_since, episode.waiting_since)
        if now - since < self._rules.silent_after:
            return False
        answered = episode.staff_at is not None and episode.staff_at >= episode.owner_since
        alive = agent is not None and agent.seen_at is not None and agent.seen_at >= self._alive_since()
        return not answered or not alive

    # -- what nobody would look at -------------------------------------------------------------------------

    async def put_back(self, episode_id: EpisodeId, staffed: Collection[AccountId], now: datetime) -> Unseen | None:
        """Back to the queue, where it stands in no list that somebody sees; why, or None where all is well by now.

        `staffed`: the accounts that may answer. Noted in the audit.
        """

        async def change(before: Episode) -> Episode:
            if unseen(before, staffed, now) is None:
                return before
            queued = before.state is EpisodeState.WAITING
            since = before.waiting_since or (before.patient_at if queued else None) or now
            free = replace(before, owner=None, offer=None, waiting_since=since)
            rung_at = self._rung_at(now)
            after = changes.released(free, by=SYSTEM, past=None, rung_at=rung_at, now=now)
            return replace(after, rungs=(), next_rung_at=rung_at)

        try:
            before, after = await self._change(episode_id, change)
        except (NotNowError, StaleError, NotFoundError):
            return None
        why = unseen(before, staffed, now)
        if after is before or why is None:
            return None
        owner = await self._name(before.owner)
        await self._note_moved(after, f"{why.label}，放回待回复", SYSTEM.by, now)
        await self._record(
            AuditAction.CONVERSATION_UNSTUCK,
            after,
            SYSTEM,
            now,
            "不在任何人的列表里，放回待回复",
            reason=why.label,
            owner=(owner, ""),
        )
        return why

    # -- the queue -----------------------------------------------------------------------------------------

    async def _offer_what_waits(self, now: datetime) -> int:
        made = 0
        for _ in range(MOST_PLANS):
            more, whole = await self._offer_as_planned(now)
            made += more
            if whole:
                break
        return made

    async def _offer_as_planned(self, now: datetime) -> tuple[int, bool]:
        """How many were offered, and whether the plan held to its end.

        It ends at the first offer that cannot be made: what stands behind it must not overtake it.
        """
        waiting = await self._episodes.waiting(MOST_AT_ONCE)
        if not any(each.offer is None for each in waiting):
            return 0, True
        agents = await self._agents.agents()
        efforts = await self._episodes.efforts()
        there = assignment.seats_of(list(agents.values()), efforts, alive_since=self._alive_since())
        seats = [each for each in there if await self._parts.duty.takes_new_chats(each.account_id, now)]
        made = 0
        for proposal in assignment.propose(waiting, seats, now=now, again_after=self._rules.offer_for):
            offer = Offer(to=proposal.to, made_at=now, until=now + self._rules.offer_for)
            after = changes.offered(proposal.episode, offer, again=proposal.again)
            claim = await self._episodes.claim(proposal.episode, after, proposal.to, agents[proposal.to].capacity)
            if claim.episode is None:
                return made, False
            await self._agents.offered(proposal.to, now)
            made += 1
        return made, True
