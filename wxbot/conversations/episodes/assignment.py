"""Whom to offer what. Pure: from who waits and who is there to a list of offers; nothing is written here.

A returning patient goes to who answered them last, if they are on duty and have room; else to whoever has most room,
in turns. Within a class the oldest is served first, and a higher class before a lower one (A0-16): while somebody has
too little room left for the one in front, they are offered nothing behind it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from wxbot.conversations.models import Agent, AgentStatus, Episode
from wxbot.staff.models import AccountId

LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Seat:
    """Somebody who may be offered a chat now. `taken`: effort units they hold, of `capacity`."""

    account_id: AccountId
    capacity: int
    taken: int = 0
    offered_at: datetime | None = None

    def takes(self, effort: int) -> int:
        """How much of their capacity an episode takes; what is heavier than all of it takes all of it."""
        return min(effort, self.capacity)

    def fits(self, effort: int) -> bool:
        """Whether they have room for that."""
        return self.taken + self.takes(effort) <= self.capacity


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """An episode to be offered to somebody. `again`: everybody passed it, so it begins with everybody anew."""

    episode: Episode
    to: AccountId
    again: bool = False


@dataclass
class _Plan:
    """The seats while proposals are made."""

    seats: dict[AccountId, Seat]
    blocked: set[AccountId] = field(default_factory=set)


def seats_of(
    agents: Sequence[Agent], efforts: Mapping[AccountId, Sequence[int]], *, alive_since: datetime
) -> list[Seat]:
    """Who is available and gave a sign of life at that machine time or later, with what they hold."""
    seats = []
    for agent in agents:
        if not ready(agent, alive_since):
            continue
        held = sum(min(each, agent.capacity) for each in efforts.get(agent.account_id, ()))
        seats.append(
            Seat(account_id=agent.account_id, capacity=agent.capacity, taken=held, offered_at=agent.offered_at)
        )
    return seats


def ready(agent: Agent, alive_since: datetime) -> bool:
    """Whether they can be offered a chat at all: they said so, a console of theirs lives, and practice is passed."""
    alive = agent.seen_at is not None and agent.seen_at >= alive_since
    return agent.status is AgentStatus.AVAILABLE and alive and not agent.in_training and agent.capacity > 0


def in_order(waiting: Sequence[Episode]) -> list[Episode]:
    """The queue: by class, then who has waited longest."""
    return sorted(waiting, key=lambda each: (each.priority, each.waiting_since or each.opened_at, each.id))


def propose(
    waiting: Sequence[Episode], seats: Sequence[Seat], *, now: datetime, again_after: timedelta
) -> list[Proposal]:
    """The offers to make now. `again_after`: how long an episode rests that everybody passed."""
    plan = _Plan({each.account_id: each for each in seats})
    proposals = []
    for episode in in_order(waiting):
        if episode.offer is not None:
            continue
        proposal = _proposal(episode, plan, now, again_after)
        if proposal is None:
            continue
        proposals.append(proposal)
        seat = plan.seats[proposal.to]
        plan.seats[proposal.to] = Seat(
            account_id=seat.account_id,
            capacity=seat.capacity,
            taken=seat.taken + seat.takes(episode.effort),
            offered_at=now,
        )
    return proposals


def _proposal(episode: Episode, plan: _Plan, now: datetime, again_after: timedelta) -> Proposal | None:
    asked = [each for each in plan.seats.values() if each.account_id not in episode.passed_over]
    again = not asked
    if again:
        if episode.passed_at is not None and now - episode.passed_at < again_after:
            return None
        asked = list(plan.seats.values())
    fitting = [each for each in asked if each.fits(episode.effort) and each.account_id not in plan.blocked]
    if not fitting:
        plan.blocked.update(each.account_id for each in asked)
        return None
    last = next((each for each in fitting if each.account_id == episode.preferred), None)
    chosen = last or min(fitting, key=_turn)
    return Proposal(episode=episode, to=chosen.account_id, again=again)


def _turn(seat: Seat) -> tuple[float, datetime, str]:
    """Most room first, then who was offered something longest ago."""
    offered_at = LONG_AGO if seat.offered_at is None else seat.offered_at
    return (seat.taken / seat.capacity, offered_at, seat.account_id)
