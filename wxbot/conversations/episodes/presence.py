"""Who is at the desk, what they look at and where they write. Data with an expiry, not sockets."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from wxbot.actors import Actor
from wxbot.clock import Clock
from wxbot.conversations.episodes.store import AgentStore
from wxbot.conversations.models import Agent, AgentStatus, EpisodeState, Looking
from wxbot.conversations.rules import DeskRules
from wxbot.conversations.states import READ, REPLY, SUPERVISE
from wxbot.conversations.store import EpisodeStore
from wxbot.errors import FieldErrors
from wxbot.history.models import ContactId
from wxbot.staff.models import AccountId
from wxbot.workflow import NotNowError

__all__ = ["Looking", "Presence"]

GONE_AFTER = timedelta(minutes=10)  # without a sign of life: a reload keeps the status, going home does not
MOST_OWNED = 200  # looked through when somebody signs off
LONGEST_DEVICE = 64  # characters of a console's own name
MOST_CAPACITY = 20  # effort units; nobody talks with more at once


class Presence:
    """Signs of life from open consoles, and the status that people set.

    A sign of life is by the machine's clock, so that no move of the clinic's clock makes anybody vanish. One person has
    one status on all devices; a sign of life never makes anybody available.
    """

    def __init__(self, agents: AgentStore, episodes: EpisodeStore, *, rules: DeskRules, clock: Clock) -> None:
        self._agents = agents
        self._episodes = episodes
        self._rules = rules
        self._clock = clock

    async def beat(
        self, *, device: str, looking_at: ContactId | None, writes: bool, silently: bool = False, by: Actor
    ) -> Agent:
        """One open console is alive and shows that thread. Changes no status: a sign-in makes nobody available.

        Who gave no sign of life for ten minutes is away until they say otherwise. `silently` counts for supervisors.
        """
        by.must(READ)
        at = self._clock.machine_now()
        looking = None
        if looking_at is not None:
            looking = Looking(
                account_id=AccountId(by.id),
                contact_id=looking_at,
                writes=writes,
                silently=silently and by.may(SUPERVISE),
            )
        return await self._agents.beat(
            self._new(AccountId(by.id)), looking, device[:LONGEST_DEVICE], at, at - GONE_AFTER
        )

    async def left(self, *, device: str, by: Actor) -> None:
        """That console was closed."""
        by.must(READ)
        await self._agents.forget_device(AccountId(by.id), device[:LONGEST_DEVICE])

    async def set_status(self, status: AgentStatus, *, by: Actor, now: datetime) -> Agent:
        """在线, 小休, 用餐, 离线.

        Raises:
            ForbiddenError: they may not answer patients.
            NotNowError: 离线 while a patient of theirs waits, or a talk of theirs is neither handed over nor put off
                (A0-18).
        """
        by.must(REPLY)
        if status is AgentStatus.AWAY:
            await self._may_leave(AccountId(by.id))
        return await self._agents.set_status(self._new(AccountId(by.id)), status, now, self._clock.machine_now())

    async def _may_leave(self, account_id: AccountId) -> None:
        owned = await self._episodes.owned(account_id, MOST_OWNED)
        waits = sum(each.waiting_since is not None for each in owned)
        if waits:
            raise NotNowError(f"还有 {waits} 位患者在等您回复，请先回复、转交或放回待回复，再离线。")
        talks = sum(each.state is EpisodeState.ASSIGNED for each in owned)
        if talks:
            raise NotNowError(f"还有 {talks} 个会话在您名下，请先写好交接转给同事、放回待回复，或者结束，再离线。")

    async def set_capacity(self, account_id: AccountId, capacity: int, *, by: Actor) -> Agent:
        """How many effort units somebody may hold at once. Raises ForbiddenError, FieldErrors."""
        by.must(SUPERVISE)
        if not 1 <= capacity <= MOST_CAPACITY:
            raise FieldErrors({"capacity": f"请填 1 到 {MOST_CAPACITY}。"})
        agent = await self.agent(account_id)
        return await self._agents.set_capacity(agent, capacity=capacity, in_training=agent.in_training)

    async def begin_training(self, account_id: AccountId) -> Agent:
        """They get no live chats until practice is passed (A3-27)."""
        agent = await self.agent(account_id)
        return await self._agents.set_capacity(agent, capacity=agent.capacity, in_training=True)

    async def end_training(self, account_id: AccountId) -> Agent:
        """Practice is passed: they begin with the capacity of a trainee, until a supervisor sets another."""
        agent = await self.agent(account_id)
        capacity = self._rules.trainee_capacity if agent.in_training else agent.capacity
        return await self._agents.set_capacity(agent, capacity=capacity, in_training=False)

    async def agent(self, account_id: AccountId) -> Agent:
        """One person; one who was never at the desk is away."""
        return await self._agents.agent(account_id) or self._new(account_id)

    async def agents(self) -> Mapping[AccountId, Agent]:
        """Everybody who was ever at the desk."""
        return await self._agents.agents()

    def alive(self, agent: Agent) -> bool:
        """Whether a console of theirs gave a sign of life lately, by the machine's clock."""
        return agent.seen_at is not None and agent.seen_at >= self._clock.machine_now() - self._rules.presence

    async def looking(
        self, contact_ids: Collection[ContactId], *, silent_too: bool = False
    ) -> Mapping[ContactId, tuple[Looking, ...]]:
        """Who looks at those threads now; supervisors who read silently only where `silent_too`."""
        found: dict[ContactId, list[Looking]] = {each: [] for each in contact_ids}
        for each in await self._agents.looking(contact_ids, self._clock.machine_now() - self._rules.presence):
            if silent_too or not each.silently:
                found[each.contact_id].append(each)
        return {contact_id: tuple(those) for contact_id, those in found.items() if those}

    def _new(self, account_id: AccountId) -> Agent:
        return Agent(account_id=account_id, capacity=self._rules.capacity)
