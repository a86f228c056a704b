"""Who is at the desk, what they look at and where they write. Data with an expiry, not sockets."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from wxbot.actors import Actor
from wxbot.conversations.models import Agent, AgentStatus
from wxbot.history.models import ContactId
from wxbot.staff.models import AccountId


@dataclass(frozen=True, kw_only=True)
class Looking:
    """Somebody has a thread before them; `writes` while their draft changes."""

    account_id: AccountId
    contact_id: ContactId
    writes: bool = False
    silently: bool = False  # a supervisor who reads along


class Presence:
    """Signs of life from open consoles, and the status that people set."""

    async def beat(
        self, *, device: str, looking_at: ContactId | None, writes: bool, silently: bool = False, by: Actor
    ) -> Agent:
        """One open console is alive and shows that thread. Changes no status: a sign-in makes nobody available."""
        raise NotImplementedError

    async def left(self, *, device: str, by: Actor) -> None:
        """That console was closed."""
        raise NotImplementedError

    async def set_status(self, status: AgentStatus, *, by: Actor, now: datetime) -> Agent:
        """在线, 小休, 用餐, 离线. Raises NotNowError for 离线 while a patient of theirs waits (A0-18)."""
        raise NotImplementedError

    async def agent(self, account_id: AccountId) -> Agent:
        """One person; one who was never at the desk is away."""
        raise NotImplementedError

    async def agents(self) -> Mapping[AccountId, Agent]:
        """Everybody who was ever at the desk."""
        raise NotImplementedError

    async def looking(self, contact_ids: Collection[ContactId]) -> Mapping[ContactId, tuple[Looking, ...]]:
        """Who looks at those threads now."""
        raise NotImplementedError
